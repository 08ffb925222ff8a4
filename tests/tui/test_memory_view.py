"""The Memory view over samples of real frameworks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import SAMPLES
from tests.tui.conftest import RunApp, loaded, screen_text, settled
from tracetui.api import TraceDB

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
        await pilot.press("4")
        await settled(app, pilot)
        text = screen_text(app)
        assert "findings" in text
        assert "written by" in text
        await pilot.press("g")
        await settled(app, pilot)
        assert "profile" not in screen_text(app)
        await pilot.press("e", "e", "e")
        await settled(app, pilot)
        text = screen_text(app)
        assert "rail + air" in text
        await pilot.press("tab", "g", "right_square_bracket")
        await settled(app, pilot)
        assert "fork" in screen_text(app) or "update_state" in screen_text(app)


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
        await pilot.press("t", "t")
        await settled(app, pilot)
        assert "The export tells of no state" in screen_text(app)
