"""Pictures of the screens over fixed data; read every difference before accepting it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

import pytest
from textual.pilot import Pilot

from benchmarks.mutated_runs import pair
from tests.conftest import SAMPLES
from tests.tui.conftest import loaded, opening_of, settled, until
from tests.tui.fake import FakeDB, some_issue, some_runs
from tracetui.analysis.diff.align import align
from tracetui.analysis.diff.divergence import first_divergence
from tracetui.analysis.diff.runs import rows_of
from tracetui.analysis.diff.side_effects import NO_DEEDS
from tracetui.api.diffs import RunDiff
from tracetui.tui.app import TracetuiApp
from tracetui.tui.loading import Begin
from tracetui.tui.view import CompareTarget
from tracetui.tui.views.sql import SqlView
from tracetui.workers.queries import QueryResult


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


def test_diff_tab(snap_compare: Compare) -> None:
    app = app_over(FakeDB([some_runs()[1]]))

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        await pilot.press("d")
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(120, 36), run_before=ready)


class MutatedDB(FakeDB):
    """Two runs, the second a changed copy of the first."""

    def run_diff(self, run_id: str, other_run_id: str, *_: object) -> RunDiff:
        made = pair("mixed", 60, 3)
        found = align(made.a, made.b)
        rows = rows_of(found)
        a, b = some_runs()[:2]
        return RunDiff(a, b, found, rows, first_divergence(found, rows), NO_DEEDS)


def test_compare(snap_compare: Compare) -> None:
    app = app_over(MutatedDB(some_runs()))

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        app.open_compared(CompareTarget("a", "b"))
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(120, 40), run_before=ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_cost(
    snap_compare: Compare, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    prices = tmp_path / "prices.toml"
    prices.write_text('[[model]]\nmodel = "gpt*"\ninput = 2\noutput = 8\n', encoding="utf-8")

    async def ready(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.load.is_priced)
        await pilot.press("5")
        await settled(app, pilot)

    with loaded(SAMPLES / "otlp") as db:
        begin = cast("Begin", lambda: opening_of(db))
        app = TracetuiApp(begin, ("otlp",), price_files=[prices])
        assert snap_compare(app, terminal_size=size, run_before=ready)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_sql(snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QueryResult, "elapsed_s", 0.012)
    question = "SELECT kind, tool_name, count(*) AS calls, max(output) AS output\nFROM spans GROUP BY ALL ORDER BY ALL"

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        app.question = question
        await pilot.press("6")
        await settled(app, pilot)
        view = app.screen
        await until(
            pilot,
            lambda: isinstance(view, SqlView) and view.pane.result is not None and not view.pane.is_busy,
        )
        await pilot.press("tab", "right")
        await settled(app, pilot)

    with loaded(SAMPLES / "otlp") as db:
        app = TracetuiApp(cast("Begin", lambda: opening_of(db)), ("otlp",), theme="tracetui-light")
        assert snap_compare(app, terminal_size=size, run_before=ready)


def test_import(snap_compare: Compare) -> None:
    app = app_over(FakeDB(some_runs(), issue_list=[some_issue()]))

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        await pilot.press("7")
        await settled(app, pilot)

    assert snap_compare(app, terminal_size=(100, 24), run_before=ready)


def test_memory(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES.parent)

    async def ready(pilot: Pilot[None]) -> None:
        await settled(app, pilot)
        await pilot.press("4")
        await settled(app, pilot)

    with loaded(Path("sample_traces/langgraph/history_memory.json")) as db:
        begin = cast("Begin", lambda: opening_of(db))
        app = TracetuiApp(begin, ("history_memory.json",), theme="tracetui-light")
        assert snap_compare(app, terminal_size=(120, 40), run_before=ready)
