"""The Memory view over samples of real frameworks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SAMPLES
from tests.tui.conftest import RunApp, loaded, screen_text, settled
from tracetui.api import TraceDB
from tracetui.tui.view import RunTarget

WIDE = (140, 40)


@pytest.fixture(scope="module")
def history_db() -> Iterator[TraceDB]:
    with loaded(SAMPLES / "langgraph" / "history_memory.json") as db:
        yield db


@pytest.fixture(scope="module")
def plain_db() -> Iterator[TraceDB]:
    with loaded(SAMPLES / "otlp" / "travel_agent_timeout.jsonl") as db:
        yield db


async def test_it_shows_the_state_and_walks_the_changes_of_a_key(
    history_db: TraceDB, run_app: RunApp
) -> None:
    async with run_app(history_db, WIDE) as (app, pilot):
        await pilot.press("g", *"jjjjjj", *["right_square_bracket"] * 2)
        await settled(app, pilot)
        text = screen_text(app)
        for expected in (
            "compact Δ!",
            "judge Δ ",
            "this span changed 2 keys",
            '− tz: "CET"',
            "! profile: sub-key lost",
        ):
            assert expected in text
        await pilot.press("4")
        await settled(app, pilot)
        text = screen_text(app)
        assert "findings" in text
        assert "written by" in text
        await pilot.press("g")
        await settled(app, pilot)
        assert '"Ada"' not in screen_text(app)
        await pilot.press("e", "e", "e")
        await settled(app, pilot)
        text = screen_text(app)
        assert "rail + air" in text
        assert "before the first step, moment " in text
        assert "superstep " in text
        await pilot.press("tab", "g", "right_square_bracket")
        await settled(app, pilot)
        assert "fork" in screen_text(app) or "update_state" in screen_text(app)
        await pilot.press("y")
        await settled(app, pilot)
        assert "tracetui state" in screen_text(app)
        assert "command for the history" in screen_text(app)


async def test_tabs_show_the_context_window_and_long_term_memory(
    history_db: TraceDB, run_app: RunApp
) -> None:
    async with run_app(history_db, WIDE) as (app, pilot):
        await pilot.press("4")
        await settled(app, pilot)
        await pilot.press("t")
        await settled(app, pilot)
        assert "no messages of model calls" in screen_text(app)
        await pilot.press("t", "t", "D")
        await settled(app, pilot)
        assert "compared with step" in screen_text(app)


async def test_a_run_without_state_still_shows_its_context_window(plain_db: TraceDB, run_app: RunApp) -> None:
    async with run_app(plain_db, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await settled(app, pilot)
        assert "entered" in screen_text(app)
        await pilot.press("g")
        await settled(app, pilot)
        assert "begins a conversation" in screen_text(app)
        await pilot.press(*"jjjjj", "tab", "tab")
        await settled(app, pilot)
        assert "4 messages the same" in screen_text(app)
        await pilot.press(*"jjjjjh")
        await settled(app, pilot)
        assert "[4] assistant … 4 lines" in screen_text(app)
        await pilot.press("g")
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.current_mode == "run"
        assert app.target is not None
        assert app.target.span_id is not None
        await pilot.press("4", "slash", *"zzz", "enter", "n")
        await settled(app, pilot)
        assert "No key further that way" in screen_text(app)
        await pilot.press("t", "t")
        await settled(app, pilot)
        assert "The export tells of no state" in screen_text(app)


async def test_a_point_is_compared_with_one_of_another_run(tmp_path: Path, run_app: RunApp) -> None:
    def line(run: str, **held: str) -> str:
        changes = [
            {"op": "set", "key": key, "value": value, "order": order, "actor": "desk"}
            for order, (key, value) in enumerate(held.items())
        ]
        span = {"tracetui": 1, "trace_id": run, "span_id": f"s-{run}", "name": f"book {run}", "kind": "TOOL"}
        return json.dumps({**span, "start": "2026-03-10T10:20:00Z", "state_changes": changes}) + "\n"

    path = tmp_path / "runs.jsonl"
    first, second = line("one", gone="1", seat='{"row": 11}'), line("two", new="2", seat='{"row": 22}')
    path.write_text(first + second, encoding="utf-8")
    with loaded(path) as db:
        one, two = (run.run_id for run in sorted(db.runs(), key=lambda run: run.name))
        async with run_app(db, WIDE) as (app, pilot):
            await pilot.press("4")
            await settled(app, pilot)
            assert app.target == RunTarget(db.run().run_id)  # what Run shows too
            app.open_run(RunTarget(one))
            await settled(app, pilot)
            await pilot.press("4")
            await settled(app, pilot)
            await pilot.press("D")
            await settled(app, pilot)
            app.open_run(RunTarget(two))
            await settled(app, pilot)
            await pilot.press("4")
            await settled(app, pilot)
            text = screen_text(app)
            assert "compared with step 1 of book one" in text
            assert "+  new" in text
            assert "-  gone" in text
            await pilot.press("tab", "j")
            await settled(app, pilot)
            assert "11" in screen_text(app)
            assert "22" in screen_text(app)


async def test_compactions_are_walked_and_what_is_wrong_with_a_window_is_told(run_app: RunApp) -> None:
    path = SAMPLES / "claude_code" / "3f1c9a52-7d64-4b0e-9a77-51c2e8d0f4a1.jsonl"
    with loaded(path) as db:
        async with run_app(db, WIDE) as (app, pilot):
            await pilot.press("4")
            await settled(app, pilot)
            await pilot.press("g", "e")
            await settled(app, pilot)
            edited = screen_text(app)
            await pilot.press("e")
            await settled(app, pilot)
            first = screen_text(app)
            await pilot.press("D", "e")
            await settled(app, pilot)
            second = screen_text(app)
    assert "after step 7" in edited
    for expected in (
        "…/billing/dates.py",
        "/srv/shop/billing/dates.py · Edit (inferred) · step 7",
        "what differs",
        "− ",
        "day=min(",
    ):
        assert expected in edited
    assert "after step 11" in first
    assert "Nothing changes" not in first + second
    assert "after step 12" in second
    assert "compared with step 11" in second


async def test_what_was_asked_for_one_tab_never_comes_up_in_another(run_app: RunApp) -> None:
    with loaded(SAMPLES / "google_adk" / "session-rewound.json") as db:
        async with run_app(db, (80, 24)) as (app, pilot):
            await pilot.press("4")
            await settled(app, pilot)
            await pilot.press("t", "t")
            await settled(app, pilot)
            text = screen_text(app)
    assert "The run tells of no long-term memory or files" in text
    assert "what is the same" not in text
