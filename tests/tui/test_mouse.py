"""The mouse in every view, and beside windows and prompts."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot

from tests.conftest import SAMPLES
from tests.mouse import drag, send
from tests.tui.conftest import RunApp, loaded, screen_text, settled
from tests.tui.fake import FakeDB, some_runs
from tests.tui.sql.view import ask, opened_view
from tracetui.api import TraceDB
from tracetui.tui.app import TracetuiApp
from tracetui.tui.sql.popup import Popup
from tracetui.tui.views.memory import PointGrid
from tracetui.tui.views.memory_strip import StripPane
from tracetui.tui.views.run import RunTree
from tracetui.tui.views.runs import RunGrid
from tracetui.tui.widgets.row_pane import RowPane


async def opened_with_rows(app: TracetuiApp, pilot: Pilot[None], view: str) -> None:
    """A view with rows in it."""
    await pilot.press("g", "D", "j", "D")  # two runs to compare
    await settled(app, pilot)
    await pilot.press("1")
    await settled(app, pilot)
    await pilot.press("enter")
    await settled(app, pilot)
    app.switch_mode(view)
    await settled(app, pilot)
    if view == "sql":
        await ask(app, pilot, "SELECT * FROM spans")


def _row_panes(app: TracetuiApp) -> list[RowPane]:
    return [pane for pane in app.screen.query() if isinstance(pane, RowPane)]


@pytest.mark.parametrize("view", list(TracetuiApp.MODES))
async def test_a_click_chooses_the_row_under_it_also_when_scrolled(
    run_app: RunApp, many_db: TraceDB, view: str
) -> None:
    async with run_app(many_db) as (app, pilot):
        await opened_with_rows(app, pilot, view)
        panes = [pane for pane in _row_panes(app) if pane.is_on_screen and pane.total_rows()]
        assert panes
        for pane in panes:
            for _ in range(2):
                y = min(pane.body_top + 2, pane.size.height - 1)
                wanted = min(pane.top + y - pane.body_top, pane.total_rows() - 1)
                await pilot.click(
                    offset=(pane.region.x + 8, pane.region.y + wanted - pane.top + pane.body_top)
                )
                await settled(app, pilot)
                assert pane.cursor_row == wanted
                assert app.focused is pane
                await send(pilot, events.MouseScrollDown, pane, (8, y))
        await pilot.click(offset=(5, app.size.height - 2))
        await settled(app, pilot)
        assert app.current_mode == view


async def test_the_wheel_moves_what_is_under_the_pointer_alone(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await opened_with_rows(app, pilot, "imports")
        sources, issues = _row_panes(app)
        await send(pilot, events.MouseScrollDown, sources, (3, 2))
        assert (sources.top, issues.top, sources.cursor_row) == (3, 0, 0)
        await send(pilot, events.MouseScrollDown, issues, (3, 2))
        await send(pilot, events.MouseScrollUp, sources, (3, 2))
        assert (sources.top, issues.top > 0) == (0, True)


@pytest.mark.parametrize("key", ["y", "question_mark", "f9", "ctrl+p"])
async def test_a_click_beside_a_window_closes_it(run_app: RunApp, key: str) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press(key)
        await settled(app, pilot)
        assert len(app.screen_stack) == 2
        if key != "ctrl+p":
            await pilot.click(".window", offset=(2, 0))
            assert len(app.screen_stack) == 2
        await pilot.click(offset=(0, 0))
        await settled(app, pilot)
        assert (len(app.screen_stack), app.current_mode) == (1, "runs")


async def test_a_click_beside_a_form_keeps_what_was_typed(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT $name AS n")
        await pilot.press("a")
        await pilot.click(offset=(0, 0))
        await settled(app, pilot)
        assert len(app.screen_stack) == 2


async def test_a_click_beside_the_prompt_keeps_the_filter_and_closes_it(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db) as (app, pilot):
        view = app.view
        assert view is not None
        await pilot.press("f", *"status:error")
        await pilot.click(RunGrid, offset=(20, 2))
        await settled(app, pilot)
        assert not view.prompt.is_open
        assert isinstance(app.focused, RunGrid)
        assert "3 of 18 runs" in screen_text(app)
        await pilot.press("colon", *"quit")
        await pilot.click(RunGrid, offset=(20, 1))
        await settled(app, pilot)
        assert not view.prompt.is_open
        assert app.is_running


async def test_a_click_beside_the_prompt_leaves_the_focus_where_it_went(
    run_app: RunApp, timeout_db: TraceDB
) -> None:
    async with run_app(timeout_db, size=(120, 40)) as (app, pilot):
        await pilot.press("slash", *"search")
        await pilot.click("StepText", offset=(20, 3))
        await settled(app, pilot)
        assert type(app.focused).__name__ == "StepText"
        assert app.view is not None
        assert not app.view.prompt.is_open


async def test_tabs_and_columns_beyond_the_edge_are_reached_by_their_signs(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db, size=(50, 20)) as (app, pilot):
        assert screen_text(app).splitlines()[0].endswith("›")
        grid = app.screen.query_one(RunGrid)
        await pilot.click(RunGrid, offset=(grid.size.width - 2, 0))
        assert screen_text(app).splitlines()[2].startswith("‹")
        await pilot.click(RunGrid, offset=(0, 0))
        assert not screen_text(app).splitlines()[2].startswith("‹")
        await send(pilot, events.MouseScrollRight, grid, (5, 5))
        await send(pilot, events.MouseScrollDown, grid, (5, 5), shift=True)
        assert (screen_text(app).splitlines()[2][0], grid.top) == ("‹", 0)
        for _ in range(3):
            await pilot.click("ViewBar", offset=(49, 0))
            await settled(app, pilot)
        assert app.current_mode == "imports"
        await pilot.click("ViewBar", offset=(0, 0))
        await settled(app, pilot)
        assert app.current_mode != "imports"


async def test_a_click_takes_a_proposal_and_a_title_sorts_a_result(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        await pilot.press(*"sel")
        await settled(app, pilot)
        wanted_text = view.query_one(Popup).completion.items[1].text
        await pilot.click(Popup, offset=(2, 1))
        await settled(app, pilot)
        assert view.editor.text == wanted_text
        assert not view.query_one(Popup).is_open
        assert app.focused is view.editor
        await ask(app, pilot, "SELECT unnest([3, 1, 2]) AS number, 'x' AS t")
        for wanted in ([1, 2, 3], [3, 2, 1], [3, 1, 2]):
            await pilot.click("ResultGrid", offset=(3, 0))
            await settled(app, pilot)
            assert view.pane.result is not None
            assert [row[0] for row in view.pane.result.rows(0, 3)] == wanted


async def test_a_click_on_the_strip_goes_to_what_happened_there(run_app: RunApp) -> None:
    with loaded(SAMPLES / "langgraph" / "history_memory.json") as db:
        async with run_app(db, size=(140, 40)) as (app, pilot):
            await pilot.press("4")
            await settled(app, pilot)
            points = app.screen.query_one(PointGrid)
            strip = app.screen.query_one(StripPane)
            assert points.total_rows() > 3
            for wanted in (2, 0, points.total_rows() - 1):
                line = strip.render_line(0).text[20:]
                step = 2 if line[1] == " " else 1
                await pilot.click(StripPane, offset=(20 + wanted * step, 0))
                await settled(app, pilot)
                assert points.cursor == wanted
            await pilot.click(StripPane, offset=(138, 0))
            await pilot.click(StripPane, offset=(2, 0))
            assert points.cursor == points.total_rows() - 1


async def test_a_drag_that_ended_elsewhere_is_over(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        tree = app.screen.query_one(RunTree)
        edge = tree.size.width - 1
        await drag(pilot, tree, (edge, 0), (edge, tree.size.height - 1), is_let_go=False)
        end = tree.top
        assert end > 0
        await send(pilot, events.MouseMove, tree, (edge, 1))
        await send(pilot, events.MouseMove, tree, (edge, 0), button=1)
        assert (tree.top, app.mouse_captured) == (end, None)
