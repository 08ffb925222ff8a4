"""Runs of every sample opened, and some walked through, in a small terminal and a larger one."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracetui
from tests.conftest import SAMPLES
from tests.tui.conftest import AppPilot, RunApp, screen_text, settled
from tracetui.api import LoadOptions, TraceDB
from tracetui.read_model import Run
from tracetui.tui.app import TracetuiApp
from tracetui.tui.tab_strip import TabStrip
from tracetui.tui.views.run import RunView

MOST_RUNS = 5
"""Of a folder; failed runs come first."""
FOLDERS = sorted(path for path in SAMPLES.iterdir() if path.is_dir() and path.name != "scripts")


@pytest.mark.parametrize("folder", FOLDERS, ids=[path.name for path in FOLDERS])
async def test_runs_open_with_their_verdict_and_all_their_tabs(run_app: RunApp, folder: Path) -> None:
    with tracetui.open(folder, options=LoadOptions(in_process=True, cached=False)) as db:
        runs = db.runs()[:MOST_RUNS]
        async with run_app(db, size=(80, 24)) as (app, pilot):
            for number, run in enumerate(runs):
                await pilot.press("1", "g", *["j"] * number, "enter")
                await assert_open(app, pilot, db, run)
                if number == 0:  # failed runs come first
                    await walk_tabs(app, pilot)
            await pilot.resize_terminal(120, 40)
            await pilot.press("j", "G", "L", "e", "s", "o")
            await settled(app, pilot)
            await pilot.press("7")
            await settled(app, pilot)
            assert "loaded" in screen_text(app)
            assert app.return_code is None


async def assert_open(app: TracetuiApp, pilot: AppPilot, db: TraceDB, run: Run) -> None:
    """The run is on the screen, with what broke it in the verdict and under the cursor."""
    await settled(app, pilot)
    assert isinstance(app.screen, RunView)
    assert app.screen.opened is not None
    assert app.screen.opened.run.run_id == run.run_id
    failed = f"failed at step {run.failed_step}" if run.failed_step and run.status == "error" else ""
    assert failed in screen_text(app)
    assert app.screen.position == db.tree(run.run_id).failed


async def walk_tabs(app: TracetuiApp, pilot: AppPilot) -> None:
    """Once around the tabs."""
    await pilot.press(*["]"] * len(app.screen.query_one(TabStrip).tabs))
    await settled(app, pilot)
