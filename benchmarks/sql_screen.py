"""How long the SQL view takes from a key to the rows that it paints, in a result of millions of rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from textual import events

from benchmarks.memory_screen import SIZE, Loaded, Scrubbing, TimedApp, until
from tracetui.api import TraceDB
from tracetui.tui.views.sql import SqlView

_KEYS = ("down", "pagedown")
_WARM_UP = 5


def walked(db: TraceDB, rows: int, presses: int) -> list[Scrubbing]:
    """Keys in the rows of a result, each once the one before is painted."""

    async def measure() -> list[Scrubbing]:
        app = TimedApp(lambda: Loaded(db), ("made",))
        async with app.run_test(size=SIZE) as pilot:
            await until(lambda: app.load.is_complete)
            await pilot.press("6")
            await until(lambda: isinstance(app.screen, SqlView))
            view = app.screen
            assert isinstance(view, SqlView)
            view.run_statement(
                f"SELECT i, i % 7 AS rest, 'row ' || i AS name FROM range({rows}) AS t(i)"
            )  # a number
            await until(lambda: view.pane.grid.total_rows() == rows and not view.pane.is_busy)
            view.pane.grid.focus()
            await pilot.pause(0.5)
            keys = [_KEYS[at % len(_KEYS)] for at in range(_WARM_UP + presses)]
            return [await _pressed(app, view, key) for key in keys][_WARM_UP:]

    return asyncio.run(measure())


async def _pressed(app: TimedApp, view: SqlView, key: str) -> Scrubbing:
    before = view.pane.grid.cursor
    used_s, began_s = time.process_time(), time.perf_counter()
    app.post_message(events.Key(key, None))
    await until(lambda: view.pane.grid.cursor != before and _is_fetched(view))
    await until(lambda: app.painted_s > began_s)
    took = Scrubbing((app.painted_s - began_s) * 1000, (time.process_time() - used_s) * 1000)
    await asyncio.sleep(0.2)
    return took


def _is_fetched(view: SqlView) -> bool:
    top, row = view.pane.top, view.pane.grid.cursor
    return top is not None and top.rows.rows(row, row + 1) is not None


def median_ms(figures: Sequence[float]) -> float:
    """The figure in the middle."""
    return sorted(figures)[len(figures) // 2]
