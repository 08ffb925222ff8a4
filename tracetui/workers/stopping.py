"""An end of reading that somebody asks for: what was read by then is put together instead of thrown away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Stop:
    """Whether reading is to end early. `is_heeded` once records are being read that would be lost otherwise."""

    is_wanted: bool = False
    is_heeded: bool = False

    def ask(self) -> bool:
        """Ask for it; False where nothing would come of it."""
        self.is_wanted = self.is_heeded
        return self.is_heeded
