"""The app as a whole: views, help, palette, command line, hostile text, faults."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key

from tests.conftest import ROOT
from tests.tui.conftest import RunApp, screen_text, settled, until
from tests.tui.fake import TRAVEL, FakeDB, FakeOpening, Node, opened, run_of, some_issue, some_runs
from tracetui.api import TraceDB
from tracetui.errors import UsageError
from tracetui.model import ImportIssue, Severity, SpanKind, Status
from tracetui.tui.dialogs import HelpScreen
from tracetui.tui.keymap import UserKeys
from tracetui.tui.prompt import PromptInput
from tracetui.tui.views.imports import ImportsView
from tracetui.tui.views.run import RunTree, RunView

HOSTILE = "[/x][@click=app.quit]\x1b[31m\x1b]52;c;aGk=\x07\x9b2J\u202e\u200b\x00\ud800[red]\rz"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]")


async def test_each_view_has_its_key_and_says_when_it_is_empty(run_app: RunApp) -> None:
    async with run_app(FakeDB([])) as (app, pilot):
        for key, mode in (("2", "run"), ("7", "imports"), ("1", "runs")):
            await pilot.press(key)
            await settled(app, pilot)
            assert app.current_mode == mode


async def test_views_are_switched_by_mouse(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.click("ViewBar", offset=(screen_text(app).index("7 Import"), 0))
        await settled(app, pilot)
        assert app.current_mode == "imports"


async def test_help_shows_the_keys_of_the_view_first(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs()), user_keys=UserKeys({"runs.filter": "f6"})) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        text = screen_text(app)
        assert "Next failed run" in text
        assert re.search(r"F6 +Filter the runs", text)
        await pilot.press("escape")
        await pilot.press("f6")
        await pilot.pause()
        assert "filter" in screen_text(app).splitlines()[-2]


async def test_problems_of_the_keymap_are_told(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs()), user_keys=UserKeys({}, ("keys.toml: no key is named 'x'",))) as (
        app,
        pilot,
    ):
        await until(pilot, lambda: "no key is named" in screen_text(app))


async def test_the_palette_runs_actions_of_the_view(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause(0.1)
        await pilot.press(*"import: what")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "imports")


async def test_the_command_line(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("colon", *"run ccc", "enter")
        await settled(app, pilot)
        assert app.current_mode == "run"
        assert "refund-agent" in screen_text(app).splitlines()[1]
        await pilot.press("colon", *"frobnicate", "enter")
        await until(pilot, lambda: "no command is called" in screen_text(app))
        await pilot.press("colon", *"theme light", "enter")
        await pilot.pause()
        assert app.theme == "tracetui-light"
        await pilot.press("colon", "q", "enter")
        await pilot.pause()
        assert app.return_code == 0


async def test_a_theme_is_chosen_from_the_list(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        await pilot.press("f9")
        await pilot.pause()
        await pilot.press("j", "enter")
        await pilot.pause()
        assert app.theme == "tracetui-light"


async def test_plain_ascii_where_the_terminal_has_no_more(run_app: RunApp) -> None:
    async with run_app(FakeDB([some_runs()[1]]), ascii_only=True) as (app, _):
        lines = screen_text(app).splitlines()
        assert lines[1].startswith(" x travel-agent")
        assert any("T search_flights x" in line for line in lines)


async def test_more_of_a_run_arrives_and_the_cursor_stays(run_app: RunApp) -> None:
    go_on = threading.Event()
    first, second = FakeDB([some_runs()[1]], TRAVEL[:6]), FakeDB([some_runs()[1]])
    load = FakeOpening((opened(first)[0], go_on, *opened(second)))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: app.current_mode == "run" and "retry" in screen_text(app))
        await pilot.press("k")
        await until(pilot, lambda: app.screen.query_one(RunTree).cursor == 4)
        go_on.set()
        await settled(app, pilot)
        assert app.screen.query_one(RunTree).total_rows() == len(TRAVEL)
        assert app.screen.query_one(RunTree).cursor == 4


async def test_errors_only_stays_when_more_of_a_run_arrives(run_app: RunApp) -> None:
    go_on = threading.Event()
    first, second = FakeDB([some_runs()[1]], TRAVEL[:6]), FakeDB([some_runs()[1]])
    load = FakeOpening((opened(first)[0], go_on, *opened(second)))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: app.current_mode == "run" and "retry" in screen_text(app))
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: "errors only" in screen_text(app))
        go_on.set()
        await settled(app, pilot)
        assert "errors only" in screen_text(app)
        assert app.screen.query_one(RunTree).total_rows() == 3


async def test_a_key_acts_once(run_app: RunApp) -> None:
    nodes = (Node(0, SpanKind.AGENT, "a", 0, 1), Node(1, SpanKind.TOOL, "t", 0, 1, step=1))
    async with run_app(FakeDB([some_runs()[0]], nodes)) as (app, pilot):
        await pilot.press("e")
        await settled(app, pilot)
        assert screen_text(app).count("This run has no error.") == 1


async def test_keys_typed_in_one_burst_reach_the_input_that_the_first_opens(run_app: RunApp) -> None:
    async with run_app(FakeDB(some_runs())) as (app, pilot):
        for key in ("slash", "q", "e", "y"):
            app.post_message(Key(key, "/" if key == "slash" else key))
        await settled(app, pilot)
        assert app.screen.query_one(PromptInput).value == "qey"
        assert app.is_running


async def test_an_error_in_a_thread_is_told_and_survived(run_app: RunApp) -> None:
    db = FakeDB([some_runs()[1]], fault=UsageError("the payload is gone", "open the source again"))
    async with run_app(db) as (app, pilot):
        await settled(app, pilot)
        assert "the payload is gone" in screen_text(app)
        db.fault = None
        await pilot.press("g")
        await settled(app, pilot)
        assert "the payload is gone" not in screen_text(app)


async def test_a_fault_in_a_thread_is_told_without_values(run_app: RunApp) -> None:
    db = FakeDB([some_runs()[1]], fault=ValueError("a secret of the trace"))
    async with run_app(db) as (app, pilot):
        await settled(app, pilot)
        assert "internal error: ValueError in fake.py" in screen_text(app)
        assert "a secret" not in screen_text(app)


async def test_only_the_step_where_the_cursor_rests_is_shown(run_app: RunApp) -> None:
    db = FakeDB([some_runs()[1]])
    async with run_app(db) as (app, pilot):
        db.hold = threading.Event()
        db.asked.clear()
        await pilot.press("g")
        await pilot.pause(0.1)
        await pilot.press("j", "j", "j")
        await pilot.pause(0.1)
        await pilot.press("j")
        await pilot.pause(0.1)
        db.hold.set()
        await settled(app, pilot)
        assert db.asked == [0, 4]
        view = app.screen
        assert isinstance(view, RunView)
        assert view.position == 4
        assert "○ retry" in screen_text(app)


async def test_hostile_text_is_harmless_everywhere(run_app: RunApp) -> None:
    run = run_of(
        HOSTILE, HOSTILE, Status.ERROR, HOSTILE, source=HOSTILE, models=(HOSTILE,), failed_name=HOSTILE
    )
    nodes = (
        Node(0, SpanKind.AGENT, HOSTILE, 0, 1, Status.ERROR, HOSTILE),
        Node(1, SpanKind.TOOL, HOSTILE, 0, 1, step=1),
    )
    issue = ImportIssue(HOSTILE, HOSTILE, Severity.ERROR, 1, 0, "s1", HOSTILE, 1)
    db = FakeDB([run, replace(run, run_id="other")], nodes, [issue])
    async with run_app(db, size=(160, 45)) as (app, pilot):
        for keys in (
            (),
            ("enter",),
            ("right_square_bracket",) * 1,
            ("y",),
            ("escape", "7"),
            ("slash", "x", "enter"),
        ):
            if keys:
                await pilot.press(*keys)
                await settled(app, pilot)
            assert FORBIDDEN.search(screen_text(app)) is None, keys
            assert app.is_running


async def test_an_error_message_from_data_is_harmless(run_app: RunApp) -> None:
    load = FakeOpening((UsageError(HOSTILE, HOSTILE),))
    async with run_app(load) as (app, pilot):
        await until(pilot, lambda: app.load.error is not None)
        await settled(app, pilot)
        assert FORBIDDEN.search(screen_text(app)) is None


async def test_a_copy_warns_of_control_characters(run_app: RunApp) -> None:
    run = run_of("r1", "name\x1b[31m", Status.ERROR, "E")
    async with run_app(FakeDB([run, run_of("r2", "b")])) as (app, pilot):
        await pilot.press("y", "n")
        await until(pilot, lambda: "control or invisible" in screen_text(app))
        assert app.clipboard == "name\x1b[31m"


async def test_issues_of_one_kind_unfold_and_one_of_them_opens_its_span(run_app: RunApp) -> None:
    others = [replace(some_issue(), line=line, span_id=None) for line in (11, 13)]
    async with run_app(FakeDB(some_runs(), issue_list=[some_issue(), *others])) as (app, pilot):
        await pilot.press("7")
        await settled(app, pilot)
        assert "3 × the last line is cut (3 records skipped)" in screen_text(app)
        assert "line 13" not in screen_text(app)
        await pilot.press("e", "enter")
        await settled(app, pilot)
        assert "line 13" in screen_text(app)
        await pilot.press("j", "enter")
        await settled(app, pilot)
        assert app.current_mode == "run"
        view = app.screen
        assert isinstance(view, RunView)
        assert view.position == 5


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24), (200, 60), (10, 4)])
@pytest.mark.parametrize("key", ["1", "2", "7", "question_mark"])
async def test_any_size_is_survived(run_app: RunApp, size: tuple[int, int], key: str) -> None:
    async with run_app(FakeDB(some_runs(), issue_list=[some_issue()]), size=size) as (app, pilot):
        await pilot.press(key)
        await settled(app, pilot)
        assert app.is_running
        assert screen_text(app)


async def test_folding_everything_is_survived(run_app: RunApp) -> None:
    nodes = [TRAVEL[0], *(replace(TRAVEL[2], depth=1 + index % 5, step=index + 1) for index in range(300))]
    db = FakeDB([some_runs()[1]], nodes)
    async with run_app(db) as (app, pilot):
        await pilot.press("G", "g", "L", "H", "space")
        await settled(app, pilot)
        assert app.is_running


def test_no_database_library_is_loaded_with_the_interface() -> None:
    code = (
        "import sys, tracetui.tui.launch\n"
        "print([name for name in ('duckdb', 'pyarrow', 'numpy', 'click') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"


def test_styles_use_theme_colours_only() -> None:
    for path in (ROOT / "tracetui" / "tui").rglob("*.tcss"):
        assert re.search(r"#[0-9a-fA-F]{3,8}\b(?!\s*\{)|rgb\(", _values_of(path)) is None, path


def _values_of(path: Path) -> str:
    return "\n".join(
        line.split(":", 1)[1] for line in path.read_text(encoding="utf-8").splitlines() if ":" in line
    )


async def test_a_key_typed_right_after_enter_is_for_the_view(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        await pilot.press("slash", "t", "enter", "7")
        await settled(app, pilot)
        assert isinstance(app.screen, ImportsView)
