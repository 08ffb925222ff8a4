"""The Runs view: triage order, sorting, filtering, searching, loading and having nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal

from tests.tui.conftest import RunApp, is_calm, screen_text, settled, until
from tests.tui.fake import FakeDB, FakeOpening, opened, progress, run_of, some_issue, some_runs
from tracetui.api import FirstRuns, TraceDB
from tracetui.cli.run_rows import cells_of
from tracetui.errors import InputError, InterruptedByUser
from tracetui.model import Status
from tracetui.render.signs import signs
from tracetui.render.text import date_time
from tracetui.tui.row_window import PAGE_ROWS
from tracetui.tui.views.run_columns import COLUMNS, fitting, suited
from tracetui.tui.views.runs import RunsView


def names_shown(text: str) -> list[str]:
    """Names of the fake runs in the order of the screen."""
    words = (
        next((word for word in line.split() if word.endswith("-agent")), None)
        for line in text.splitlines()[3:]
    )
    return [word for word in words if word is not None]


async def test_failed_runs_come_first(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, _):
        text = screen_text(app)
        assert names_shown(text) == ["travel-agent", "weather-agent", "refund-agent"]
        assert "✗ failed" in text
        assert "search_flights" in text
        assert "3 runs · by failed first" in text


async def test_enter_opens_the_run_and_q_comes_back(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.current_mode == "run"
        assert "failed at step 4 of 6: search_flights TimeoutError" in screen_text(app)
        await pilot.press("q")
        await settled(app, pilot)
        assert app.current_mode == "runs"
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0


async def test_the_filter_counts_while_typing_and_escape_clears_it(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("f", *"refund")
        await settled(app, pilot)
        assert names_shown(screen_text(app)) == ["refund-agent"]
        assert "1 of 3" in screen_text(app)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "1 of 3 runs · filter “refund”" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert len(names_shown(screen_text(app))) == 3


async def test_a_filter_without_matches_says_what_to_do(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("f", *"zzz", "enter")
        await settled(app, pilot)
        assert "No run contains “zzz”." in screen_text(app)
        assert "esc clears the filter" in screen_text(app)


async def test_search_jumps_without_hiding(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        view = app.screen
        assert isinstance(view, RunsView)
        await pilot.press("slash", *"agent", "enter")
        await settled(app, pilot)
        assert len(names_shown(screen_text(app))) == 3
        await pilot.press("n")
        await settled(app, pilot)
        assert view.grid.cursor == 1
        assert "“agent” 2 of 3" in screen_text(app)
        await pilot.press("N", "N")
        await settled(app, pilot)
        assert view.grid.cursor == 2


async def test_sorting_by_key_and_by_header(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = app.screen
        assert isinstance(view, RunsView)
        assert "≥ $0.000068" in screen_text(app)
        await pilot.press("j", "j", "greater_than_sign", "greater_than_sign")
        await settled(app, pilot)
        assert view.query_now.sort == "name"
        names = [run.name for run in many_db.runs(sort="name")]
        first = view.run_now
        assert first is not None
        assert first.name == names[0]
        await pilot.press("r")
        await settled(app, pilot)
        assert view.query_now.is_descending
        await pilot.press("equals_sign")
        await settled(app, pilot)
        assert view.query_now.sort == "triage"
        await pilot.click("RunGrid", offset=(14, 0))
        await settled(app, pilot)
        assert view.query_now.sort == "name"


async def test_error_jumps(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = app.screen
        assert isinstance(view, RunsView)
        await pilot.press("G")
        await pilot.press("E")
        await settled(app, pilot)
        run = view.run_now
        assert run is not None
        assert run.status is Status.ERROR


async def test_many_runs_are_fetched_page_by_page(run_app: RunApp) -> None:
    runs = [run_of(f"id{number:05}", f"n{number:05}-agent") for number in range(3 * PAGE_ROWS)]
    async with run_app(FakeDB(runs)) as (app, pilot):
        await pilot.press("G")
        await settled(app, pilot)
        assert names_shown(screen_text(app))[-1] == f"n{3 * PAGE_ROWS - 1:05}-agent"


async def test_issues_are_announced_and_7_shows_them(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs(), issue_list=[some_issue()]), size=(120, 40)) as (app, pilot):
        assert "7: 1 record skipped, 1 loss of data" in screen_text(app)
        await pilot.press("7")
        await settled(app, pilot)
        text = screen_text(app)
        assert "10 records = 8 loaded + 1 merged + 1 skipped" in text
        assert "the last line is cut (1 record skipped)" in text


async def test_first_runs_show_while_loading(run_app: RunApp) -> None:
    go_on = threading.Event()
    load = FakeOpening((progress(), FirstRuns(tuple(some_runs())), go_on, *opened(FakeDB(some_runs()))))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: "weather-agent" in screen_text(app))
        assert "esc stops" in screen_text(app)
        go_on.set()
        await until(pilot, lambda: is_calm(app))
        await settled(app, pilot)
        assert "esc stops" not in screen_text(app)


async def test_progress_shows_bytes_and_records_and_can_be_cancelled(run_app: RunApp) -> None:
    load = FakeOpening((progress(12_345), threading.Event(), InterruptedByUser("cancelled")))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: "12,345 records" in screen_text(app))
        assert "1.0 MB of 4.0 MB (25 %)" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.load.is_cancelled)
        await settled(app, pilot)
        assert "Loading was stopped" in screen_text(app)
        assert load.cancelled.is_set()
        assert app.is_running


async def test_an_input_error_is_shown_with_its_hint(run_app: RunApp) -> None:
    load = FakeOpening((InputError("nothing could be read", "try --format"),))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: app.load.error is not None)
        await settled(app, pilot)
        text = screen_text(app)
        assert "nothing could be read" in text
        assert "try --format" in text


async def test_no_runs_says_where_to_look(run_app: RunApp) -> None:
    async with run_app(FakeDB([])) as (app, _):
        assert "The sources hold no runs." in screen_text(app)


async def test_yank_of_a_run(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("y", "i")
        await pilot.pause()
        assert app.clipboard == "bbb2"


async def test_columns_come_with_room(run_app: RunApp) -> None:
    priced = [replace(run, cost_usd=Decimal(1)) for run in some_runs()]
    async with run_app(FakeDB(priced), size=(160, 45)) as (app, pilot):
        header = screen_text(app).splitlines()[2]
        assert [title in header for title in ("started", "models", "agent", "cost")] == [True] * 4
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        header = screen_text(app).splitlines()[2]
        assert "models" not in header
        assert "first error" in header


def test_where_no_run_failed_the_room_of_first_errors_goes_to_the_cost() -> None:
    run = replace(run_of("a1", "one"), cost_usd=Decimal("0.00095432"), unpriced_calls=1, priced_calls=1)
    shown = [column.title for column in fitting(78, suited([run], signs())) if column.is_shown]
    assert "cost" in shown
    assert "first error" not in shown
    (cost,) = (column for column in COLUMNS if column.title == "cost")
    assert cost.cell(run, signs()) == "≥ $0.00095" == cells_of(run, "a1", signs())[9]


def test_statuses_and_errors_are_whole_and_columns_without_a_word_give_way() -> None:
    run = replace(
        run_of("a1", "one"), status=Status.INTERRUPTED, error_type="cancelled", errors=12, recovered_errors=12
    )
    run = replace(run, start_ns=None, duration_ns=None)
    columns = {column.title: column for column in fitting(110, suited([run], signs()))}
    assert (columns["status"].cell(run, signs()), columns["status"].width) == ("‖ stopped", 9)
    assert (columns["errors"].cell(run, signs()), columns["errors"].width) == ("12 (12✓)", 8)
    assert (columns["started"].is_shown, columns["took"].is_shown, columns["name"].is_shown) == (
        False,
        False,
        True,
    )


def test_moments_tell_their_year_in_the_heading_or_each() -> None:
    run = run_of("a1", "one")
    assert run.start_ns is not None
    earlier = replace(run, start_ns=run.start_ns - 366 * 86_400 * 10**9)
    (of_one_year,) = (column for column in suited([run], signs()) if column.sort == "started")
    assert of_one_year.title == f"started {date_time(run.start_ns)[:4]}"
    assert of_one_year.cell(run, signs()) == date_time(run.start_ns)[5:16]
    assert of_one_year.cell(earlier, signs()) == date_time(earlier.start_ns)[:16]
    (of_two,) = (column for column in suited([run, earlier], signs()) if column.sort == "started")
    assert (of_two.title, of_two.cell(run, signs())) == ("started", date_time(run.start_ns)[:16])


async def test_e_goes_to_survived_errors_where_no_run_failed(run_app: RunApp) -> None:
    runs = [run_of("a1", "one"), run_of("b2", "two"), run_of("c3", "three", errors=2, recovered_errors=2)]
    async with run_app(FakeDB(runs)) as (app, pilot):
        await pilot.press("e")
        await settled(app, pilot)
        view = app.view
        assert isinstance(view, RunsView)
        assert view.run_now is not None
        assert view.run_now.run_id == "c3"
