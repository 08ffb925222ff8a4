"""How long the Memory view takes from a key to what it paints."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import events
from textual.screen import Screen
from textual.widgets import Static

import tracetui.tui as tui
from tracetui.api import Completed, Opened, TraceDB, Update
from tracetui.tui.app import TracetuiApp
from tracetui.tui.views.memory import MemoryView

SIZE = (120, 40)
POLL_S, _PATIENCE_S = 0.002, 60.0
_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Scrubbing:
    """Milliseconds of one key: until the state after the next point is painted, and of processor time."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """A load that is over at once."""

    db: TraceDB

    def updates(self) -> Iterator[Update]:
        yield Opened(self.db)
        yield Completed(self.db)

    def cancel(self) -> None:
        """There is nothing to stop."""


class TimedApp(TracetuiApp):
    """Knows when it painted last."""

    CSS_PATH = Path(tui.__file__).with_name("app.tcss")
    painted_s = 0.0

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        self.painted_s = time.perf_counter()


def scrubbed(db: TraceDB, point: int, presses: int) -> list[Scrubbing]:
    """One point on after another from this one, each as soon as the one before is painted."""

    async def measure() -> list[Scrubbing]:
        app = TimedApp(lambda: Loaded(db), ("made",))
        async with app.run_test(size=SIZE) as pilot:
            await until(lambda: app.load.is_complete)
            await pilot.press("4")
            await until(lambda: isinstance(app.screen, MemoryView) and app.screen.opened is not None)
            view = app.screen
            assert isinstance(view, MemoryView)
            view.points.move_to(point)
            view.points.focus()
            await pilot.pause(0.5)
            found = [await _pressed(app, view) for _ in range(_WARM_UP + presses)]
        return found[_WARM_UP:]

    return asyncio.run(measure())


async def _pressed(app: TimedApp, view: MemoryView) -> Scrubbing:
    wanted = view.points.cursor + 1
    used_s, began_s = time.process_time(), time.perf_counter()
    app.post_message(events.Key("down", None))

    step = view.opened.points[wanted].step if view.opened is not None else 0

    def is_done() -> bool:
        said = str(view.query_one("#summary", Static).content)
        return f"after step {step}:" in said and not view.work.is_busy("point")

    await until(is_done)
    asked_s = time.perf_counter()
    await until(lambda: app.painted_s > asked_s)
    took = Scrubbing((app.painted_s - began_s) * 1000, (time.process_time() - used_s) * 1000)
    await asyncio.sleep(0.3)
    return took


async def until(is_so: Callable[[], bool]) -> None:
    began_s = time.perf_counter()
    while not is_so():
        if time.perf_counter() - began_s > _PATIENCE_S:
            raise TimeoutError("the screen does not show what was asked for")
        await asyncio.sleep(POLL_S)
