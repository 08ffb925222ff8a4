"""A comparison in the making: in a thread, telling how far it is, until it is whole or stopped."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from tracetui.analysis.diff.volatile import Volatile
from tracetui.api.diffs import Comparing, Reading, RunDiff
from tracetui.tui.loading import Traces
from tracetui.tui.view import CompareTarget
from tracetui.tui.views.compare_rows import Comparison, prepared


@dataclass(frozen=True, slots=True)
class Job:
    """What is compared, and by which rule; equal where both are the same."""

    db: Traces
    target: CompareTarget
    rule: Volatile
    stop: Event = field(default_factory=Event, compare=False)

    @property
    def how(self) -> Comparing:
        """How runs are compared."""
        return Comparing(self.rule)

    def run(self, told: Callable[[Comparison | Reading], None]) -> Comparison:
        """The whole comparison, what there is of it where it is stopped; for a thread, in which `told` is called too.

        Raises InterruptedByUser where it is stopped before there is anything.
        """

        def tell(found: RunDiff | Reading) -> None:
            told(found if isinstance(found, Reading) else prepared(found, self.rule, is_whole=False))

        target = self.target
        with _collector_at_rest():
            found = self.db.run_diff(target.a, target.b, self.how, self.stop.is_set, tell)
            return prepared(found, self.rule)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Two large runs are millions of objects: looking through them for cycles, of which there are none, would hold up
    every thread for tenths of a second, the event loop's too, then and later. So what they leave is kept from the collector
    until the next comparison."""
    was_enabled = gc.isenabled()
    gc.disable()
    gc.unfreeze()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()
            # the interpreter clears everything away at its end, whatever the number of comparisons
            atexit.unregister(gc.unfreeze)
            atexit.register(gc.unfreeze)


def reading_words(reading: Reading) -> str:
    """How far the reading of two runs is."""
    total = f" of {reading.total:,}" if reading.total else ""
    return f"Reading run {reading.side}: {reading.done:,}{total} spans.  esc stops"
