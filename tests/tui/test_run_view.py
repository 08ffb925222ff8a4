"""The Run view on a real sample: where the cursor starts, how it jumps, what the detail shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tests.tui.conftest import RunApp, loaded, screen_text, settled, until
from tests.tui.fake import FakeDB, some_runs
from tracetui.api import TraceDB
from tracetui.read_model import Tree
from tracetui.tui.app import TracetuiApp
from tracetui.tui.detail_pane import DetailPane
from tracetui.tui.views.run import RunTree, RunView


def is_shown(app: TracetuiApp, selector: str) -> bool:
    """Whether a widget of the view is displayed."""
    return bool(app.screen.query_one(selector).display)


def position(app: TracetuiApp) -> int:
    """The position of the chosen span."""
    assert isinstance(app.screen, RunView)
    return app.screen.position


async def test_a_single_run_opens_at_its_failing_step(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, _):
        text = screen_text(app)
        assert "failed at step 13 of 15: search_flights TimeoutError" in text
        assert "✗ TimeoutError" in text
        assert "upstream did not answer in 9 s" in text
        assert '"destination": "VIE"' in text or "arguments of search_flights" in text


async def test_side_by_side_when_there_is_room(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(160, 45)) as (app, _):
        tree, pane = app.screen.query_one(RunTree), app.screen.query_one(DetailPane)
        assert tree.region.y == pane.region.y
        assert tree.region.right <= pane.region.x
        assert "asked for by step 12   (enter: go)" in screen_text(app)


async def test_a_tiny_terminal_shows_one_pane_and_enter_the_other(
    run_app: RunApp, timeout_db: TraceDB
) -> None:
    async with run_app(timeout_db, size=(40, 10)) as (app, pilot):
        assert is_shown(app, "#tree-side")
        assert not is_shown(app, "DetailPane")
        await pilot.press("enter")
        await settled(app, pilot)
        assert is_shown(app, "DetailPane")
        assert not is_shown(app, "#tree-side")
        await pilot.press("escape")
        assert is_shown(app, "#tree-side")


async def test_a_tiny_terminal_tells_what_failed_and_has_rows_in_every_list(
    run_app: RunApp, timeout_db: TraceDB
) -> None:
    async with run_app(timeout_db, size=(40, 10)) as (app, pilot):
        assert "✗ failed at step 13 of 15: search_fli…" in screen_text(app)
        for key, row in (("5", "▶gpt-4o-2024-08-06"), ("7", "▶· remark  16 spans")):
            await pilot.press(key)
            await settled(app, pilot)
            assert row in screen_text(app)


async def test_a_verdict_of_two_lines_keeps_what_is_to_be_known_first(run_app: RunApp) -> None:
    run = replace(some_runs()[1], name="travel-agent " * 6, incomplete="3 of 9 spans were dropped")
    async with run_app(FakeDB([run])) as (app, _):
        lines = screen_text(app).splitlines()
        assert lines[2].startswith(" failed at step 4 of 6")
        assert lines[3].startswith(" export not whole: 3 of 9 spans were dropped")


async def test_a_parent_that_is_missing_says_so_whole(run_app: RunApp, tmp_path: Path) -> None:
    path = tmp_path / "orphan.jsonl"
    path.write_text('{"trace_id": "t", "span_id": "s", "parent_id": "gone", "name": "alone"}\n')
    with loaded(path) as db:
        async with run_app(db, size=(60, 24)) as (app, _):
            assert "▾ ○ (missing parent)" in screen_text(app)


async def test_tabs_and_views_beyond_the_edge_have_a_sign(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(40, 10)) as (app, pilot):
        await pilot.press("tab")
        await settled(app, pilot)
        assert screen_text(app).splitlines()[0].endswith("4 Memory  5 ›")
        assert "Messages  Inpu  Diff  Stat  Cost  Even›" in screen_text(app)
        await pilot.press(*["]"] * 7)
        await settled(app, pilot)
        assert "‹npu  Diff  Stat  Cost  Even  Attr  Raw" in screen_text(app)
        await pilot.press("7")
        await settled(app, pilot)
        assert "7 Import" in screen_text(app).splitlines()[0]


async def test_error_jumps_go_round(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        seen = []
        for key in ("e", "e", "E", "0"):
            await pilot.press(key)
            await settled(app, pilot)
            seen.append(position(app))
        failing = timeout_db.tree(timeout_db.run().run_id).failed
        assert seen[1] == failing
        assert seen[0] == seen[2] != failing
        assert seen[3] == failing


async def test_same_operation_and_slow(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        tree = timeout_db.tree(timeout_db.run().run_id)
        start = position(app)
        await pilot.press("o")
        await settled(app, pilot)
        assert position(app) != start
        assert tree.operation[position(app)] == tree.operation[start]
        await pilot.press("s")
        await settled(app, pilot)
        assert position(app) in tree.slow


async def test_search_counts_hits_and_walks_them(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        hits = timeout_db.search(timeout_db.run().run_id, "hotel")
        assert len(hits) > 1
        await pilot.press("slash", *"hotel")
        await settled(app, pilot)
        assert f"of {len(hits)} hits" in screen_text(app)
        await pilot.press("enter")
        first = position(app)
        await pilot.press("n")
        await settled(app, pilot)
        assert position(app) in hits
        assert position(app) != first
        await pilot.press("N")
        await settled(app, pilot)
        assert position(app) == first
        await pilot.press("escape")
        await settled(app, pilot)
        assert "hits" not in screen_text(app)


async def test_no_letter_acts_while_an_input_has_focus(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        start = position(app)
        await pilot.press("slash", *"qe!y1?")
        assert isinstance(app.screen, RunView)
        assert position(app) == start
        assert app.is_running


async def test_errors_only_and_back(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        tree = app.screen.query_one(RunTree)
        whole = tree.total_rows()
        await pilot.press("exclamation_mark")
        await settled(app, pilot)
        assert 0 < tree.total_rows() < whole
        assert "errors only" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert tree.total_rows() == whole


async def test_a_filter_that_nothing_passes_says_so_until_it_is_cleared(
    run_app: RunApp, timeout_db: TraceDB
) -> None:
    async with run_app(timeout_db) as (app, pilot):
        whole = app.screen.query_one(RunTree).total_rows()
        await pilot.press("f", *"tool:nosuch", "enter")
        await settled(app, pilot)
        assert "filter “tool:nosuch”  passes no span: all are shown" in screen_text(app)
        assert app.screen.query_one(RunTree).total_rows() == whole
        await pilot.press("escape")
        await settled(app, pilot)
        assert "nosuch" not in screen_text(app)
        assert isinstance(app.screen, RunView)


async def test_tabs_show_their_text(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(160, 45)) as (app, pilot):
        found = []
        for _ in range(7):
            await pilot.press("right_square_bracket")
            await settled(app, pilot)
            found.append(screen_text(app))
        assert "input" in found[0]
        assert "step 11  TOOL" in found[1]
        assert "The export tells of no state" in found[2]
        assert "cost and time" in found[3]
        assert "exception" in found[4]
        assert "gen_ai.tool.name" in found[5]
        assert "traceId" in found[6]


async def test_a_tab_is_chosen_by_click(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(160, 45)) as (app, pilot):
        await pilot.click("TabStrip", offset=(48, 0))
        await settled(app, pilot)
        assert "exception" in screen_text(app)


async def test_enter_on_the_asking_step_goes_there(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(160, 45)) as (app, pilot):
        await pilot.press("enter", "G", "enter")
        await settled(app, pilot)
        assert position(app) == timeout_db.step_position(timeout_db.run().run_id, 12)


async def test_panes_grow_and_shrink(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db, size=(120, 40)) as (app, pilot):
        tree = app.screen.query_one(RunTree)
        before = tree.region.width
        await pilot.press("plus")
        await pilot.pause()
        assert tree.region.width > before
        await pilot.press("plus")
        await pilot.pause()
        assert not is_shown(app, "DetailPane")
        await pilot.press("tab")
        await pilot.pause()
        assert is_shown(app, "DetailPane")
        await pilot.press("plus")
        await pilot.pause()
        assert tree.region.width < before


async def test_bookmarks(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        marked = position(app)
        await pilot.press("m", "g", "apostrophe")
        await settled(app, pilot)
        assert position(app) == marked
        assert "bookmark 1 of 1" in screen_text(app)
        await pilot.press("m")
        await settled(app, pilot)
        assert "bookmark" not in screen_text(app)


async def test_yank_copies_the_original(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        run = timeout_db.run()
        await pilot.press("y")
        await pilot.pause()
        assert "Markdown" in screen_text(app)
        await pilot.press("i")
        await pilot.pause()
        detail = timeout_db.detail(run.run_id, timeout_db.tree(run.run_id).failed)
        assert app.clipboard == detail.span_id
        await pilot.press("y", "j")
        await pilot.pause()
        assert app.clipboard == detail.raw
        await pilot.press("y", "c")
        await pilot.pause()
        assert app.clipboard == f"tracetui show travel.jsonl --run {run.run_id} --step 13"


async def test_the_command_line_goes_to_a_step(run_app: RunApp, timeout_db: TraceDB) -> None:
    async with run_app(timeout_db) as (app, pilot):
        await pilot.press("colon", *"step 1", "enter")
        await settled(app, pilot)
        assert position(app) == timeout_db.step_position(timeout_db.run().run_id, 1)
        await pilot.press("colon", *"step 999", "enter")
        await settled(app, pilot)
        assert "999" in screen_text(app)
        assert position(app) == timeout_db.step_position(timeout_db.run().run_id, 1)


async def test_the_former_run_goes_while_the_next_is_read(
    run_app: RunApp, many_db: TraceDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = many_db.runs()[:2]
    read, go_on = many_db.tree, Event()

    def held(run_id: str) -> Tree:
        assert run_id == first.run_id or go_on.wait(10)
        return read(run_id)

    monkeypatch.setattr(many_db, "tree", held)
    async with run_app(many_db) as (app, pilot):
        await pilot.press("enter")
        await settled(app, pilot)
        assert is_shown(app, "#verdict")
        await pilot.press("1", "j", "enter")
        await until(pilot, lambda: "Reading the run" in screen_text(app))
        assert not is_shown(app, "#panes")
        await pilot.press("j", "e", "d", "]", "y")  # nothing is there to act on
        go_on.set()
        await settled(app, pilot)
        assert is_shown(app, "#panes")
        assert isinstance(app.screen, RunView)
        assert app.screen.opened is not None
        assert app.screen.opened.run.run_id == second.run_id
