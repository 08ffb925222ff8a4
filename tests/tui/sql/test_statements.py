"""The SQL view over a real sample: what is typed is run, remembered, saved and refused."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.events import Key

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tests.tui.conftest import RunApp, screen_text, settled, until
from tests.tui.fake import FakeOpening
from tests.tui.sql.view import ask, opened_view
from tracetui.api import Completed, LoadOptions, Opened, TraceDB, begin
from tracetui.store import build
from tracetui.tui.app import TracetuiApp
from tracetui.tui.sql.history import history, history_path, queries_folder
from tracetui.tui.sql.windows import ParameterForm
from tracetui.tui.views.sql import SqlView


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


async def test_statements_that_are_selected_are_run_one_after_the_other(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text(
            "SELECT 20 AS a;\nSELECT a + 1 AS a FROM result_1;\nSELECT a * 2 AS a FROM result_2"
        )
        view.editor.select_all()
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.result is not None and "42" in screen_text(app))
        await settled(app, pilot)
        assert list(view._asking.tables) == ["result_1", "result_2"]
        view.editor.set_text("SELECT 1; SELECT nmae FROM runs; SELECT 3 AS never")
        view.editor.focus()
        view.editor.select_all()
        await pilot.press("ctrl+j")
        await until(pilot, lambda: "nmae" in screen_text(app) and not view.pane.is_busy)
        await settled(app, pilot)
        assert "never" not in "\n".join(screen_text(app).splitlines()[4:])


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


async def test_a_ready_question_is_asked_from_the_palette_of_any_view(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        for keys in (("5", "ctrl+p"), ("6", "ctrl+p")):
            await pilot.press(*keys)
            await until(pilot, lambda: isinstance(app.screen, CommandPalette))
            await pilot.press(*"cost by day")
            await until(pilot, lambda: "Ask: Cost by day and model" in screen_text(app))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, SqlView) and app.screen.pane.result is not None)
            await settled(app, pilot)
            assert isinstance(app.screen, SqlView)
            assert app.screen.pane.result is not None
            assert "day" in app.screen.pane.result.columns
            await pilot.press("1")


async def test_keys_that_are_still_on_their_way_are_part_of_the_statement(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        for sign in "SELECT 12345 AS n":
            view.editor.post_message(Key("space" if sign == " " else sign, sign))
        view.action_run()
        await until(pilot, lambda: view.pane.result is not None)
        await settled(app, pilot)
        assert view.pane.result is not None
        assert view.pane.result.rows(0, 1) == [(12345,)]


async def test_parameters_of_a_typed_statement_are_asked_for(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT $n * 2 AS twice")
        await until(pilot, lambda: "$n" in screen_text(app))
        await pilot.press(*"21", "enter")
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        assert view.pane.result is not None
        assert view.pane.result.rows(0, 1) == [(42,)]
        await ask(app, pilot, "SELECT $m * 2 AS twice")
        await until(pilot, lambda: isinstance(app.screen, ParameterForm) and app.screen.focused is not None)
        assert isinstance(app.screen, ParameterForm)
        assert app.screen.focused is not None
        for sign in "500":
            app.screen.focused.post_message(Key(sign, sign))
        app.screen.action_run()  # the keys are still on their way
        await until(pilot, lambda: view.pane.result is not None and "1000" in screen_text(app))


async def test_a_statement_is_saved_once(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await ask(app, pilot, "SELECT 7 AS seven")
        for _ in range(2):
            await pilot.press("ctrl+s", *"mine", "enter")
            await settled(app, pilot)
        assert (queries_folder() / "mine.sql").read_text(encoding="utf-8") == "SELECT 7 AS seven\n"
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
            await until(pilot, lambda: list(view._asking.tables) == ["result_1"])
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
