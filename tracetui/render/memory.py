"""Words about the memory of a run that the screens and the commands share."""

from __future__ import annotations

NOTHING = (
    "The export tells of no state: no checkpoints, state deltas, memory operations or commands of a memory tool;"
    " docs/memory.md says how to export them."
)
"""Said of a run without any state."""
