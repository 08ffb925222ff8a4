"""The verdict of a run, known whole or in part."""

from __future__ import annotations

from tests.tui.fake import run_of
from tracetui.model import Status
from tracetui.render.signs import UNICODE
from tracetui.render.verdict import figures, outcome
from tracetui.tui.views.run_columns import COLUMNS, cells


def test_steps_that_are_not_numbered_yet() -> None:
    failed = run_of("r", "agent", Status.ERROR, "TimeoutError", steps=None, recovered_errors=None)
    assert outcome(failed) == "failed at step 4: search_flights TimeoutError"
    assert outcome(run_of("r", "agent", steps=None)) == "ok, steps not counted yet"
    assert outcome(run_of("r", "agent", steps=1)) == "ok, 1 step"
    uncounted = run_of("r", "agent", priced_calls=None, unpriced_calls=None, total_tokens=None)
    assert figures(uncounted) == "41.0 s"


def test_a_run_that_failed_outside_its_steps_says_after_which() -> None:
    changes = {"failed_step": None, "failed_name": "stock keeper"}
    failed = run_of("r", "a", Status.ERROR, "MaxTurns", steps=16, steps_before_failure=15, **changes)
    assert outcome(failed) == "failed after step 15 of 16: stock keeper MaxTurns"
    assert outcome(run_of("r", "a", Status.ERROR, "MaxTurns", steps=0, **changes)) == (
        "failed, 0 steps: stock keeper MaxTurns"
    )


def test_a_run_that_was_stopped_does_not_wait_for_anyone() -> None:
    cancelled = {"error_type": "cancelled", "failed_name": "evaluation sums"}
    stopped = run_of("r", "evaluation sums", Status.INTERRUPTED, steps=3, **cancelled)
    assert outcome(stopped) == "stopped after 3 steps: cancelled"
    stopped = run_of("r", "agent", Status.INTERRUPTED, "cancelled", steps=3, recovered_errors=1)
    assert outcome(stopped) == "stopped after 3 steps (1 error, 1 recovered): search_flights cancelled"
    waits = run_of("r", "agent", Status.INTERRUPTED, "GraphInterrupt", steps=3, errors=0)
    assert outcome(waits) == "paused for a human after 3 steps"


def test_a_row_of_a_run_that_is_still_being_indexed() -> None:
    run = run_of("r", "agent", Status.ERROR, "TimeoutError", steps=None, recovered_errors=None)
    styles = {
        column.title: cell[1] for column, cell in zip(COLUMNS, cells(run, COLUMNS, UNICODE), strict=True)
    }
    assert styles["errors"] == "error"
