"""An end of reading that somebody asks for: what was read by then is put together instead of thrown away."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from typing import cast

_PATIENCE_S = 0.2
"""After so long without a byte it is told that one waits."""


@dataclass(slots=True)
class Stop:
    """Whether reading is to end early. `is_heeded` once records are being read that would be lost otherwise;
    `is_arriving` while standard input comes, which a stop `cuts` so that what came by then is read."""

    is_wanted: bool = False
    is_heeded: bool = False
    is_arriving: bool = False
    cuts: bool = False

    def ask(self) -> bool:
        """Ask for it; False where nothing would come of it."""
        if self.is_arriving:
            self.cuts = True
            _end_standard_input()
            return True
        self.is_wanted = self.is_heeded
        return self.is_heeded


def _end_standard_input() -> None:
    """Whoever waits for it gets its end: a read that a signal interrupts is begun again."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


class Arriving:
    """Standard input as it comes; `tell` is given how many bytes that is by now, and whether there is no more yet."""

    def __init__(self, stop: Stop, tell: Callable[[int, bool], None]) -> None:
        self._stop = stop
        self._tell = tell
        self._taken = 0

    def read(self, size: int, /) -> bytes:
        """What there is, at most `size` bytes; waits only where there is none."""
        stream = cast("BufferedReader", sys.stdin.buffer)
        self._stop.is_arriving = True
        is_waiting = not select.select([stream], [], [], _PATIENCE_S)[0]
        self._tell(self._taken, is_waiting)
        octets = stream.read1(size)
        self._taken += len(octets)
        self._stop.is_arriving = bool(octets)
        return octets
