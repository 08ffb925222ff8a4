"""The app over real samples and over stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias, cast

import pytest
from textual.pilot import Pilot

import tracetui
from tests.conftest import SAMPLES
from tests.tui.fake import FakeDB, FakeOpening, opened
from tracetui.api import Completed, LoadOptions, Opened, TraceDB, Update
from tracetui.tui.app import TracetuiApp
from tracetui.tui.loading import Begin
from tracetui.tui.work import Work

AppPilot: TypeAlias = "Pilot[None]"
RunApp: TypeAlias = Callable[..., AbstractAsyncContextManager[tuple[TracetuiApp, AppPilot]]]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's settings."""
    monkeypatch.setenv("TRACETUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


def loaded(path: Path) -> TraceDB:
    """A sample, loaded whole in this process."""
    return tracetui.open(path, options=LoadOptions(in_process=True, cached=False))


@pytest.fixture(scope="session")
def timeout_db() -> Iterator[TraceDB]:
    """One run that fails on a tool's time-out."""
    with loaded(SAMPLES / "otlp" / "travel_agent_timeout.jsonl") as db:
        yield db


@pytest.fixture(scope="session")
def many_db() -> Iterator[TraceDB]:
    """Several runs, some failed."""
    with loaded(SAMPLES / "otlp") as db:
        yield db


def opening_of(db: TraceDB | FakeDB) -> FakeOpening:
    """A load that is over at once."""
    if isinstance(db, FakeDB):
        return FakeOpening(opened(db))
    updates: tuple[Update, Update] = (Opened(db), Completed(db))
    return FakeOpening(updates)


@asynccontextmanager
async def _run_app(
    source: TraceDB | FakeDB | FakeOpening, size: tuple[int, int] = (80, 24), **arguments: object
) -> AsyncIterator[tuple[TracetuiApp, AppPilot]]:
    """The app over a database or a load, with what is loaded on the screen."""
    opening = source if isinstance(source, FakeOpening) else opening_of(source)
    app = TracetuiApp(cast("Begin", lambda: opening), ("travel.jsonl",), **arguments)  # type: ignore[arg-type]  # passed on
    async with app.run_test(size=size, notifications=True) as pilot:
        if not isinstance(source, FakeOpening):
            await settled(app, pilot)
        yield app, pilot


@pytest.fixture(scope="session")
def run_app() -> RunApp:
    """Opens the app in a test."""
    return _run_app


def is_calm(app: TracetuiApp) -> bool:
    """Whether nothing is being loaded, asked or waited for."""
    if app.load.is_running:
        return False
    waiting = [
        getattr(node, name, None)
        for node in app.screen_stack[0].walk_children(with_self=True)
        for name in ("_rest", "_pause")
    ]
    if any(waiting):
        return False
    works = [
        work
        for node in app.screen_stack[0].walk_children(with_self=True)
        if isinstance(work := getattr(node, "work", None), Work)
    ]
    return not any(work.is_busy(group) for work in works for group in list(work._groups))


async def settled(app: TracetuiApp, pilot: AppPilot) -> None:
    """Wait until the screen shows what was asked for: the pauses of a resting cursor and of typing included."""
    for _ in range(3):
        await pilot.pause()
        await until(pilot, lambda: is_calm(app))


async def until(pilot: AppPilot, condition: Callable[[], object]) -> None:
    """Let the app run until the condition holds; fails after ten seconds."""
    for _ in range(1000):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("the condition never held")


def screen_text(app: TracetuiApp) -> str:
    """The screen as lines of text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
