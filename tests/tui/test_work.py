"""Calls in threads: newest wins, stale results are dropped, errors arrive as errors."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from tracetui.errors import TracetuiError, UsageError
from tracetui.tui.crash import InternalError
from tracetui.tui.work import Work


class Bench(App[None]):
    """An app that does nothing but own the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[object] = []
        self.errors: list[TracetuiError] = []
        self.work = Work(self, self.errors.append)


async def until(pilot: Pilot[None], condition: object) -> None:
    """Let the app run until the condition, a function of nothing, holds."""
    for _ in range(400):
        if callable(condition) and condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("the condition never held")


async def test_a_result_arrives_on_the_event_loop() -> None:
    app = Bench()
    async with app.run_test() as pilot:
        seen: list[int] = []
        app.work.start(
            "g",
            lambda: 42,
            lambda value: seen.append(value * (threading.current_thread() is threading.main_thread())),
        )
        await until(pilot, lambda: seen)
    assert seen == [42]


async def test_the_newest_call_wins_and_the_one_between_never_runs() -> None:
    app = Bench()
    release, asked = threading.Event(), list[int]()

    def ask(number: int) -> int:
        asked.append(number)
        assert release.wait(10)
        return number

    async with app.run_test() as pilot:
        for number in (1, 2, 3):
            app.work.start("g", lambda number=number: ask(number), app.results.append)  # type: ignore[misc]  # a default binds
            await until(pilot, lambda: 1 in asked)
        assert app.work.is_busy("g")
        release.set()
        await until(pilot, lambda: app.results)
        await until(pilot, lambda: not app.work.is_busy("g"))
    assert app.results == [3]
    assert asked == [1, 3]


async def test_a_cancelled_call_says_nothing() -> None:
    app = Bench()
    release = threading.Event()
    async with app.run_test() as pilot:
        app.work.start("g", lambda: release.wait(10), app.results.append)
        app.work.cancel("g")
        assert not app.work.is_busy("g")
        release.set()
        app.work.start("g", lambda: "after", app.results.append)
        await until(pilot, lambda: app.results)
    assert app.results == ["after"]


async def test_errors_are_handed_over() -> None:
    app = Bench()

    def wrong() -> int:
        raise UsageError("no such run", "look again")

    async with app.run_test() as pilot:
        app.work.start("g", wrong, app.results.append)
        await until(pilot, lambda: app.errors)
    assert app.results == []
    assert app.errors[0].hint == "look again"


async def test_a_fault_becomes_an_error_without_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_STATE_DIR", str(tmp_path))
    app = Bench()

    def faulty() -> int:
        raise ValueError("secret-of-the-trace")

    async with app.run_test() as pilot:
        app.work.start("g", faulty, app.results.append)
        await until(pilot, lambda: app.errors)
    error = app.errors[0]
    assert isinstance(error, InternalError)
    assert "ValueError in test_work.py" in error.message
    assert "secret" not in error.message + error.hint
    text, mode = only_report(tmp_path)
    assert "secret-of-the-trace" in text
    assert mode & 0o077 == 0


def only_report(folder: Path) -> tuple[str, int]:
    """Text and mode of the one file in a folder."""
    (report,) = folder.iterdir()
    return report.read_text(encoding="utf-8"), report.stat().st_mode
