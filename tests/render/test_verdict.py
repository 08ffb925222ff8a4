"""The verdict of a run, known whole or in part."""

from __future__ import annotations

from tests.tui.fake import run_of
from tracetui.model import Status
from tracetui.render.signs import UNICODE
from tracetui.render.verdict import outcome
from tracetui.tui.views.run_columns import COLUMNS, cells


def test_steps_that_are_not_numbered_yet() -> None:
    failed = run_of("r", "agent", Status.ERROR, "TimeoutError", steps=None, recovered_errors=None)
    assert outcome(failed) == "failed at step 4: search_flights TimeoutError"
    assert outcome(run_of("r", "agent", steps=None)) == "ok, steps not counted yet"
    assert outcome(run_of("r", "agent", steps=1)) == "ok, 1 step"


def test_a_row_of_a_run_that_is_still_being_indexed() -> None:
    run = run_of("r", "agent", Status.ERROR, "TimeoutError", steps=None, recovered_errors=None)
    styles = {
        column.title: cell[1] for column, cell in zip(COLUMNS, cells(run, COLUMNS, UNICODE), strict=True)
    }
    assert styles["errors"] == "error"
