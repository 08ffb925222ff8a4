"""Every run of every sample, opened and walked through as a user would, at two sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracetui
from tests.conftest import SAMPLES
from tests.tui.conftest import RunApp, screen_text, settled
from tracetui.api import LoadOptions
from tracetui.tui.views.run import RunView

FOLDERS = sorted(path for path in SAMPLES.iterdir() if path.is_dir() and path.name != "scripts")
TABS = 5


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("folder", FOLDERS, ids=[path.name for path in FOLDERS])
async def test_each_run_opens_with_its_verdict_and_all_its_tabs(
    run_app: RunApp, folder: Path, size: tuple[int, int]
) -> None:
    with tracetui.open(folder, options=LoadOptions(in_process=True, cached=False)) as db:
        runs = db.runs()
        async with run_app(db, size=size) as (app, pilot):
            for number, run in enumerate(runs):
                if len(runs) > 1:
                    await pilot.press("1", *["j"] * (number > 0), "enter")
                    await settled(app, pilot)
                assert isinstance(app.screen, RunView)
                assert app.screen.opened is not None
                assert app.screen.opened.run.run_id == run.run_id
                failed = (
                    f"failed at step {run.failed_step}" if run.failed_step and run.status == "error" else ""
                )
                assert failed in screen_text(app)
                assert app.screen.position == db.tree(run.run_id).failed
                for _ in range(TABS):
                    await pilot.press("]")
                await pilot.press("j", "G", "L", "e", "s", "o")
                await settled(app, pilot)
            await pilot.press("7")
            await settled(app, pilot)
            assert "loaded" in screen_text(app)
            assert app.return_code is None
