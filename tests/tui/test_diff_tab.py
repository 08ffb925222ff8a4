"""The Diff tab over real samples: against the step before of its kind, and any two marked steps."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_diff import a_run, chat, tool
from tests.cli.traces import otlp_file
from tests.tui.conftest import RunApp, loaded, screen_text, settled
from tracetui.api import TraceDB
from tracetui.tui.widgets.text_view import DocumentView

ONE = "a" * 32
ASKED = [{"role": "user", "parts": [{"type": "text", "content": "Please book the flight to Lisbon"}]}]
EDITED = [{"role": "user", "parts": [{"type": "text", "content": "Please book the flight to Porto"}]}]
MORE = [*EDITED, {"role": "user", "parts": [{"type": "text", "content": "Seat five"}]}]


def conversation(folder: Path) -> TraceDB:
    """Two model calls and two calls of a tool."""
    spans = a_run(
        ONE,
        chat(2, ONE, ASKED),
        tool(3, "get_flights", {"to": "LIS", "seats": [1, 2], "request_id": "r1"}, ONE, '{"left": 4}'),
        chat(4, ONE, MORE),
        tool(5, "get_flights", {"to": "OPO", "seats": [1, 2], "request_id": "r2"}, ONE, '{"left": 5}'),
    )
    return loaded(otlp_file(folder / "a.jsonl", spans))


async def test_a_model_call_against_the_one_before(run_app: RunApp, tmp_path: Path) -> None:
    with conversation(tmp_path) as db:
        async with run_app(db, (120, 40)) as (app, pilot):
            await pilot.press("g", "j", "j", "j", "d")
            await settled(app, pilot)
            shown = screen_text(app)
            for expected in (
                "− step 1  LLM chat m", "+1 message (", "1 edited", "cache prefix: breaks at message 0",
                "~ [0] user edited", "− Please book the flight to Lisbon", "+ Please book the flight to Porto",
                "+ [1] user",
            ):  # fmt: skip
                assert expected in shown


async def test_a_tool_call_entry_by_entry_and_the_tab_stays(run_app: RunApp, tmp_path: Path) -> None:
    with conversation(tmp_path) as db:
        async with run_app(db, (120, 40)) as (app, pilot):
            await pilot.press("g", "j", "j", "j", "d", "j")
            await settled(app, pilot)
            shown = screen_text(app)
            for expected in ('− to: "LIS"', '+ to: "OPO"', "− left: 4", "+ left: 5"):
                assert expected in shown
            assert "request_id" not in shown
            await pilot.press("k", "k")
            await settled(app, pilot)
            assert "there is no step of the same kind before this one" in screen_text(app)


async def test_any_two_marked_steps_and_back_to_the_other(run_app: RunApp, tmp_path: Path) -> None:
    with conversation(tmp_path) as db:
        async with run_app(db, (120, 40)) as (app, pilot):
            await pilot.press("g", "j", "D", "j")
            await settled(app, pilot)
            assert "marked for a diff" in screen_text(app)
            await pilot.press("D")
            await settled(app, pilot)
            shown = screen_text(app)
            assert "marked for a diff" not in shown
            assert "~ kind  LLM → TOOL" in shown
            await pilot.press("tab")
            app.screen.query_one(DocumentView).action_cursor_first()
            await pilot.press("enter")
            await settled(app, pilot)
            assert app.target is not None
            assert app.target.span_id is not None
            await pilot.press("D", "D")
            await settled(app, pilot)
            assert "marked for a diff" not in screen_text(app)
