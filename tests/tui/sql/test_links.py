"""From the SQL view to the others and back, by rows and by filters."""

from __future__ import annotations

import pytest

from tests.tui.conftest import RunApp, screen_text, settled, until
from tests.tui.sql.view import ask
from tracetui.api import TraceDB
from tracetui.errors import FilterError
from tracetui.pricing.tables import CostScope
from tracetui.tui.views.run import RunView
from tracetui.tui.views.runs import RunsView
from tracetui.tui.views.sql import SqlView


async def test_enter_opens_the_run_step_or_span_of_a_row(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        await ask(app, pilot, "SELECT run_id, step FROM steps WHERE step = 5")
        await pilot.press("escape", "enter")
        await settled(app, pilot)
        assert app.current_mode == "run"
        assert app.target is not None
        assert app.target.step == 5


async def test_enter_shows_a_value_where_a_row_names_no_run(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        await ask(app, pilot, 'SELECT \'{"deep": {"er": [1, 2]}}\'::JSON AS v')
        await pilot.press("escape", "enter")
        await until(pilot, lambda: '"er": [' in screen_text(app))


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [("1", "FROM runs"), ("2", "FROM spans"), ("5", 'AS "model"'), ("7", "FROM import_issues")],
)
async def test_semicolon_opens_the_query_behind_a_view(
    run_app: RunApp, timeout_db: TraceDB, keys: str, wanted: str
) -> None:
    async with run_app(timeout_db) as (app, pilot):
        await pilot.press(keys)
        await settled(app, pilot)
        await pilot.press("semicolon")
        await settled(app, pilot)
        assert isinstance(app.screen, SqlView)
        assert wanted in app.screen.editor.text
        await until(pilot, lambda: isinstance(app.screen, SqlView) and app.screen.pane.result is not None)


async def test_the_query_behind_a_filter_finds_the_same_runs(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await pilot.press("f", *"status:error", "enter")
        await settled(app, pilot)
        await pilot.press("semicolon")
        await settled(app, pilot)
        assert isinstance(app.screen, SqlView)
        view = app.screen
        await until(pilot, lambda: view.pane.result is not None)
        assert view.pane.result is not None
        assert view.pane.result.row_count == many_db.run_count("status:error")


async def test_a_result_becomes_the_filter_of_runs(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT run_id FROM runs WHERE status = 'error'")
        await pilot.press("escape", "f")
        await settled(app, pilot)
        assert isinstance(app.screen, RunsView)
        await settled(app, pilot)
        assert app.screen.query_now.text.startswith("run:=")
        assert f"{many_db.run_count('status:error')} of" in screen_text(app)


async def test_a_result_of_many_runs_is_named_in_the_filter(run_app: RunApp, many_db: TraceDB) -> None:
    failed = (
        "SELECT run_id FROM runs WHERE status = 'error' UNION ALL SELECT 'none ' || i FROM range(100000) t(i)"
    )
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, failed)
        assert "run " in screen_text(app).splitlines()[-1]
        await pilot.press("escape")
        await until(pilot, lambda: "sort" in screen_text(app).splitlines()[-1])
        await until(pilot, lambda: not view.pane.is_busy)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, RunsView))
        await settled(app, pilot)
        assert isinstance(app.screen, RunsView)
        assert app.screen.query_now.text == "run:@result_1.run_id"
        assert f"{many_db.run_count('status:error')} of" in screen_text(app)
        assert many_db.costs(("run",), CostScope(filter_text="run:@result_1.run_id")).rows
        with pytest.raises(FilterError, match="no list @result_9"):
            many_db.runs("run:@result_9.run_id")


async def test_enter_follows_an_example_that_a_question_gives(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        await ask(
            app,
            pilot,
            "SELECT 0.5 AS mean_place_in_run, min(run_id) AS example_run, 2::BIGINT AS example_step FROM runs",
        )
        await pilot.press("escape", "enter")
        await settled(app, pilot)
        assert isinstance(app.screen, RunView)
        assert app.target is not None
        assert (app.target.run_id, app.target.step) == (timeout_db.runs()[0].run_id, 2)


async def test_spans_of_one_run_become_the_filter_of_run(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(120, 30)) as (app, pilot):
        await ask(app, pilot, "SELECT run_id, span_id FROM spans WHERE kind = 'TOOL' LIMIT 2")
        await pilot.press("escape", "f")
        await until(pilot, lambda: "filter “span:=" in screen_text(app))
        assert isinstance(app.screen, RunView)
        await pilot.press("escape")
        await until(pilot, lambda: "filter “span:=" not in screen_text(app))
        await pilot.press("6", "f")
        await until(pilot, lambda: "filter “span:=" in screen_text(app))


async def test_a_filter_narrows_the_tree_of_a_run(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(120, 40)) as (app, pilot):
        await settled(app, pilot)
        assert isinstance(app.screen, RunView)
        view = app.screen
        assert view.opened is not None
        whole = len(view.opened.tree.depth)
        await pilot.press("f", *"kind:tool")
        await settled(app, pilot)
        found = timeout_db.matching(view.opened.run.run_id, "kind:tool")
        assert f"{len(found)} of {whole} spans" in screen_text(app)
        assert view.picture is not None
        assert view.picture.positions is not None
        assert set(found) <= set(view.picture.positions)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "filter “kind:tool”" in screen_text(app)
        await pilot.press("semicolon")
        await settled(app, pilot)
        assert isinstance(app.screen, SqlView)
        result = app.screen.pane.result
        assert result is not None
        assert result.row_count == len(found)


async def test_a_wrong_filter_of_a_run_points_at_its_place(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(120, 40)) as (app, pilot):
        await settled(app, pilot)
        await pilot.press("f", *"kind:tool toll:x")
        await settled(app, pilot)
        assert "at 11: there is no field 'toll'. Did you mean tool?" in screen_text(app)


async def test_a_filter_with_an_unknown_attribute_asks_what_was_meant(
    run_app: RunApp, timeout_db: TraceDB
) -> None:
    async with run_app(timeout_db, size=(140, 40)) as (app, pilot):
        for keys in ("1", "2", "5"):
            await pilot.press(keys)
            await settled(app, pilot)
            await pilot.press("f", *"attr.gen_ai.request.modl:x")
            await until(pilot, lambda: "did you mean attr.gen_ai.request.model?" in screen_text(app))
            await pilot.press("escape")
            await settled(app, pilot)
