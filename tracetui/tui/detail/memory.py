"""The State tab: what the step did to the memory, and what was held after it."""

from __future__ import annotations

from tracetui.read_model import SpanDetail
from tracetui.render.step_memory import step_memory_pieces
from tracetui.tui.loading import Traces
from tracetui.tui.widgets.document import Section


def memory_sections(db: Traces, detail: SpanDetail) -> list[Section]:
    """The pieces that `tracetui show --step` prints; for a thread."""
    found = db.memory(detail.run_id).of_span(detail.position)
    pieces = step_memory_pieces(found, db.run(detail.run_id).format)
    return [Section("", each.title, each.lines, each.subtitle, each.tone, each.is_folded) for each in pieces]
