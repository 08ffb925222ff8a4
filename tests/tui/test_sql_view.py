"""The SQL view over a real sample: running, looking at rows, links to the other views, history, files."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tests.tui.conftest import AppPilot, RunApp, screen_text, settled, until
from tests.tui.fake import FakeOpening
from tracetui.api import Completed, LoadOptions, Opened, TraceDB, begin
from tracetui.errors import FilterError
from tracetui.pricing.tables import CostScope
from tracetui.store import build
from tracetui.tui.app import TracetuiApp
from tracetui.tui.sql.catalog import Catalog, ColumnFacts, ViewFacts
from tracetui.tui.sql.completion import complete
from tracetui.tui.sql.formatting import formatted
from tracetui.tui.sql.history import history, history_path, queries_folder
from tracetui.tui.sql.popup import Popup
from tracetui.tui.sql.schema import SchemaBrowser
from tracetui.tui.views.run import RunView
from tracetui.tui.views.runs import RunsView
from tracetui.tui.views.sql import SqlView
from tracetui.workers.queries import QuerySession


@pytest.fixture(autouse=True)
def _no_spare_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process stands by for one that is killed; tests of sessions see to that."""
    open_queries = TraceDB.open_queries

    def opened(db: TraceDB, **options: Any) -> QuerySession:
        return open_queries(db, **{**options, "keeps_spare": False})

    monkeypatch.setattr(TraceDB, "open_queries", opened)


async def opened_view(app: TracetuiApp, pilot: AppPilot) -> SqlView:
    """The SQL view."""
    await pilot.press("6")
    await settled(app, pilot)
    assert isinstance(app.screen, SqlView)
    return app.screen


async def ask(app: TracetuiApp, pilot: AppPilot, query: str) -> SqlView:
    """The view with the answer to a query in it, the cursor in its rows."""
    view = app.screen if isinstance(app.screen, SqlView) else await opened_view(app, pilot)
    view.editor.set_text(query)
    await pilot.press("ctrl+j")
    await settled(app, pilot)
    return view


async def test_a_typed_statement_is_run(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(100, 30)) as (app, pilot):
        view = await opened_view(app, pilot)
        await pilot.press(*"SELECT 41 + 1 AS answer", "ctrl+j")
        await settled(app, pilot)
        text = screen_text(app)
        assert "answer" in text
        assert "42" in text
        assert "1 row" in text
        assert view.pane.result is not None


async def test_only_the_statement_under_the_cursor_is_run(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text("SELECT 1 AS first;\nSELECT 2 AS second;")
        view.editor.move_cursor((0, 3))
        await pilot.press("f5")
        await settled(app, pilot)
        assert view.pane.result is not None
        assert view.pane.result.columns == ("first",)


async def test_an_error_points_at_its_place_and_leaves_the_rows(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS kept")
        await ask(app, pilot, "SELECT nmae FROM runs")
        text = screen_text(app)
        assert "nmae" in text
        assert "kept" in text
        assert view.pane.result is not None


async def test_statements_that_write_are_refused(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "DROP VIEW runs")
        assert "only statements that read are run" in screen_text(app)


async def test_hostile_text_is_shown_as_harmless_signs(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT chr(27) || '[31m[/x][@click=app.quit]' AS \"[red]\"")
        text = screen_text(app)
        assert "␛[31m[/x][@click=app.quit]" in text
        assert "[red]" in text


async def test_sort_frequency_and_back(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await ask(app, pilot, "SELECT unnest([3, 1, 2, 1]) AS n, 'x' AS t")
        await pilot.press("escape", "s")
        await settled(app, pilot)
        assert view.pane.result is not None
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [1, 1, 2, 3]
        await pilot.press("s")
        await settled(app, pilot)
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [3, 2, 1, 1]
        await pilot.press("s")
        await settled(app, pilot)
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [3, 1, 2, 1]
        await pilot.press("F")
        await settled(app, pilot)
        assert view.pane.result.rows(0, 1)[0][:3] == (1, 2, 0.5)
        assert "values of n" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert view.pane.result.row_count == 4


async def test_columns_can_be_hidden_frozen_and_sized(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a, 2 AS b, 3 AS c")
        await pilot.press("escape", "right", "x")
        await settled(app, pilot)
        assert "1 hidden" in screen_text(app)
        assert view.pane.top is not None
        assert list(view.pane.top.rows.arrangement.order) == [0, 2]
        await pilot.press("z", "plus")
        await settled(app, pilot)
        assert list(view.pane.top.rows.arrangement.order) == [2, 0]
        assert view.pane.top.rows.arrangement.frozen == 1
        assert view.pane.grid.width_of(0) > 3
        await pilot.press("X")
        await settled(app, pilot)
        assert list(view.pane.top.rows.arrangement.order) == [0, 1, 2]


async def test_find_goes_to_rows_that_hold_a_text(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 'row ' || i AS name FROM range(1000) AS t(i)")
        await pilot.press("escape", "slash", *"ROW 77", "enter")
        await settled(app, pilot)
        assert "11 hits" in screen_text(app)
        await until(pilot, lambda: view.pane.grid.cursor == 77)
        await pilot.press("n")
        assert view.pane.grid.cursor == 770


async def test_a_search_among_rows_that_still_come_is_made_when_all_are_there(
    run_app: RunApp, many_db: TraceDB
) -> None:
    query = "SELECT i, CASE WHEN i = 200000 THEN sleep_ms(1500) END AS slept FROM range(200001) t(i)"
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text(query)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.result is not None)
        view.pane.find("199999")
        await until(pilot, lambda: "1 of 1 hits" in screen_text(app))


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


async def test_a_sort_keeps_the_order_of_what_is_equal(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT i % 2 AS odd, 99999 - i AS n FROM range(100000) t(i)")
        await pilot.press("escape", "s")
        await settled(app, pilot)
        await until(pilot, lambda: len(view.pane.stack) == 2 and not view.pane.is_busy)
        assert view.pane.result is not None
        assert view.pane.result.columns == ("odd", "n")
        expected = [(0, n) for n in range(99_999, 0, -2)]
        assert view.pane.result.rows(0, 50_000) == expected


async def test_statements_are_remembered_privately(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT 'remembered' AS it")
        await until(pilot, lambda: history())
    assert [asked.query for asked in history()] == ["SELECT 'remembered' AS it"]
    assert stat.S_IMODE(history_path().stat().st_mode) == 0o600
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        await pilot.press("f8")
        await until(pilot, lambda: "remembered" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "remembered" in view.editor.text)


async def test_a_ready_question_asks_for_its_parameters(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await opened_view(app, pilot)
        await pilot.press("f3", *"slowest tools")
        await until(pilot, lambda: "Slowest tools" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "$calls" in screen_text(app) and "ctrl+j runs" in screen_text(app))
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        assert view.pane.result is not None
        assert view.pane.result.columns[:2] == ("tool", "calls")


async def test_parameters_of_a_typed_statement_are_asked_for(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT $n * 2 AS twice")
        await until(pilot, lambda: "$n" in screen_text(app))
        await pilot.press(*"21", "enter")
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        assert view.pane.result is not None
        assert view.pane.result.rows(0, 1) == [(42,)]


async def test_a_statement_is_saved_once(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT 7 AS seven")
        for _ in range(2):
            await pilot.press("ctrl+s", *"mine", "enter")
            await settled(app, pilot)
        assert (queries_folder() / "mine.sql").read_text(encoding="utf-8") == "SELECT 7 AS seven\n"
        assert "exists" in screen_text(app)


async def test_a_result_is_exported_and_never_overwrites(
    run_app: RunApp, many_db: TraceDB, tmp_path: Path
) -> None:
    target = tmp_path / "out.jsonl"
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a")
        for _ in range(2):
            await pilot.press("ctrl+e")
            view.prompt.open(view.prompt.purpose, str(target))
            await pilot.press("enter")
            await settled(app, pilot)
        assert [json.loads(line) for line in target.read_text().splitlines()] == [{"a": 1}, {"a": 2}]
        assert "exists" in screen_text(app)


async def test_a_query_is_cancelled_and_the_view_lives_on(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text("SELECT count(*) FROM range(100000000) a, range(100000) b")
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.running is not None)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Cancelled" in screen_text(app))
        await ask(app, pilot, "SELECT 5 AS five")
        assert view.pane.result is not None
        assert view.pane.result.columns == ("five",)


async def test_rows_far_down_are_fetched_when_seen(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT i FROM range(300000) t(i)")
        await pilot.press("escape", "G")
        await until(pilot, lambda: "299999" in screen_text(app))
        assert view.pane.top is not None
        assert len(view.pane.top.rows.window.rows_in_memory()) < 10_000


async def test_proposals_follow_what_is_typed(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await opened_view(app, pilot)
        await until(pilot, lambda: view.proposals.catalog.views)
        await pilot.press(*"SELECT name FROM ru")
        await until(pilot, lambda: view.query_one(Popup).is_open)
        await pilot.press("tab", *" WHERE statu")
        await pilot.pause()
        await pilot.press("tab", *" = 'er")
        await until(pilot, lambda: "error  value" in screen_text(app))
        await pilot.press("tab", "ctrl+j")  # the quotation mark is put behind a value
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        assert view.editor.text == "SELECT name FROM runs WHERE status = 'error'"
        assert view.pane.result is not None
        assert view.pane.result.row_count == many_db.run_count("status:error")


async def test_the_schema_tells_columns_and_values(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(140, 50)) as (app, pilot):
        view = await opened_view(app, pilot)
        await until(pilot, lambda: view.proposals.catalog.views)
        await pilot.press("f2")
        await settled(app, pilot)
        names = list(view.proposals.catalog.views)
        await pilot.press(*["j"] * names.index("runs"), "enter")
        await settled(app, pilot)
        assert "One row per run" in screen_text(app)
        columns = [column.name for column in view.proposals.catalog.views["runs"].columns]
        view.query_one(SchemaBrowser).search("status VARCHAR")
        view.query_one(SchemaBrowser).go_to_hit()
        await pilot.press("enter")
        await until(pilot, lambda: "runs.status: " in screen_text(app))
        assert "status" in columns


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT r.sta| FROM runs AS r", "status"),
        ("SELECT x FROM ru|", "runs"),
        ("FROM runs SELECT coun|", "count("),
        ("SELECT attributes ->> '|' FROM spans", "gen.ai"),
        ("SELECT attributes ->> '|' FROM runs", "other"),
        ("SELECT attributes ->> 'gen|' FROM result_1", "gen.ai"),
    ],
)
def test_what_is_proposed(query: str, wanted: str) -> None:
    columns = (ColumnFacts("status", "VARCHAR", ""), ColumnFacts("attributes", "JSON", ""))
    views = {name: ViewFacts(name, "", columns) for name in ("runs", "spans")}
    keys = {("runs", "attributes"): ("other",), ("spans", "attributes"): ("gen.ai",)}
    catalog = Catalog(views, ("count", "max"), keys)
    place = query.index("|")
    found = complete(catalog, query.replace("|", ""), place)
    assert wanted in [item.text for item in found.items]


def test_a_formatted_statement_keeps_its_tokens() -> None:
    text = "select a, max(b) filter (where c > 'x y') from runs -- why\n where 1=1 group by all order by 2"
    laid_out = formatted(text)
    assert laid_out.splitlines() == [
        "SELECT a, max(b) FILTER (WHERE c > 'x y')", "FROM runs -- why", "WHERE 1=1", "GROUP BY ALL", "ORDER BY 2",
    ]  # fmt: skip


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


async def test_a_result_is_drawn_and_saved(run_app: RunApp, many_db: TraceDB, tmp_path: Path) -> None:
    async with run_app(many_db, size=(120, 36)) as (app, pilot):
        await ask(app, pilot, "SELECT name, total_tokens AS tok FROM runs WHERE total_tokens > 0")
        await pilot.press("escape", "c")
        await until(pilot, lambda: "tok by name" in screen_text(app) and "█" in screen_text(app))
        await pilot.press("tab")
        await until(pilot, lambda: "histogram of tok" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: "Save the chart" in screen_text(app))
        app.screen.query_one(Input).value = str(tmp_path / "c.txt")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "c.txt").exists())
    assert "histogram of tok" in (tmp_path / "c.txt").read_text(encoding="utf-8")


async def test_a_file_is_attached_by_a_command(run_app: RunApp, many_db: TraceDB, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n41\n", encoding="utf-8")
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1")
        await pilot.press("escape")
        app.run_command(f"attach {tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "Attached, as a copy: mine" in screen_text(app))
        app.run_command(f"attach runs={tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "runs is the name of a view of the traces" in screen_text(app))
        app.run_command(f"attach again={tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "Attached, as a copy: again" in screen_text(app))
        await ask(app, pilot, "SELECT a + 1 AS b FROM mine")
        assert view.pane.result is not None
        assert view.pane.result.rows(0, 1) == [(42,)]


async def test_unsafe_sql_is_said_on_the_screen(run_app: RunApp, timeout_db: TraceDB, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("read from a file", encoding="utf-8")
    async with run_app(timeout_db, is_sql_unsafe=True) as (app, pilot):
        await ask(app, pilot, f"SELECT content FROM read_text('{tmp_path}/note.txt')")
        text = screen_text(app)
        assert "--unsafe-sql" in text
        assert "read from a file" in text


async def test_what_needs_payloads_waits_for_them_and_kept_results_stay(
    run_app: RunApp, timeout_db: TraceDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    whole = threading.Event()
    with load(SAMPLES / "otlp" / "travel_agent_timeout.jsonl", stage="tree") as tree:
        load_of_stages = FakeOpening((Opened(tree), whole, Opened(timeout_db), Completed(timeout_db)))
        async with run_app(load_of_stages, size=(100, 30)) as (app, pilot):
            await until(pilot, lambda: app.load.db is not None)
            await pilot.press("6")
            await until(pilot, lambda: isinstance(app.screen, SqlView))
            view = app.screen
            assert isinstance(view, SqlView)
            view.editor.set_text("SELECT 42 AS kept")
            await pilot.press("ctrl+j")
            await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
            await pilot.press("escape", "m")
            await until(pilot, lambda: view._asking.kept == ("result_1",))
            view.editor.set_text("SELECT count(*) AS parts, any_value(kept) FROM messages, result_1")
            view.editor.focus()
            await pilot.press("ctrl+j")
            await until(pilot, lambda: "being read" in screen_text(app))
            whole.set()
            await settled(app, pilot)
            await until(pilot, lambda: "parts" in screen_text(app))
            assert "42" in screen_text(app)


async def test_payloads_of_a_large_source_are_read_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    path = (str(SAMPLES / "otlp" / "travel_agent_timeout.jsonl"),)
    options = LoadOptions(in_process=True, cached=False, stage="tree")
    app = TracetuiApp(
        lambda: begin(path, options), path, begin_full=lambda: begin(path, replace(options, full=True))
    )
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        view = await ask(app, pilot, "SELECT count(input) FROM spans")
        await until(pilot, lambda: "on demand: f7 reads them all, then it runs" in screen_text(app))
        await pilot.press("f7")
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        await settled(app, pilot)
        assert "It needs payloads" not in screen_text(app)
        await pilot.press("f7")
        await until(pilot, lambda: "No payloads are left." in screen_text(app))
        assert app.load.db is not None
    app.load.db.close()
