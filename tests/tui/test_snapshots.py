"""Pictures of the screens over fixed data; read every difference before accepting it."""

from __future__ import annotations

from typing import Protocol, cast

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import opening_of, settled
from tests.tui.fake import FakeDB, some_issue, some_runs
from tracetui.tui.app import TracetuiApp
from tracetui.tui.loading import Begin


class Compare(Protocol):
    """The fixture of pytest-textual-snapshot."""

    def __call__(self, app: TracetuiApp, *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


def app_over(db: FakeDB, theme: str = "tracetui-dark") -> TracetuiApp:
    """The app with what is loaded."""
    return TracetuiApp(cast("Begin", lambda: opening_of(db)), ("travel.jsonl",), theme=theme)


@pytest.mark.parametrize("theme", ["tracetui-dark", "tracetui-light"])
def test_runs(snap_compare: Compare, theme: str) -> None:
    app = app_over(FakeDB(some_runs(), issue_list=[some_issue()]), theme)

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
def test_run(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_over(FakeDB([some_runs()[1]]))

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=size, run_before=ready)


def test_import(snap_compare: Compare) -> None:
    app = app_over(FakeDB(some_runs(), issue_list=[some_issue()]))

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        await pilot.press("7")
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(100, 24), run_before=ready)
