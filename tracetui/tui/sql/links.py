"""From a row of a result to the place in Run that it tells of, and from a result to a filter of Runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracetui.errors import UsageError
from tracetui.tui.view import RunTarget

if TYPE_CHECKING:
    from tracetui.tui.loading import Traces
    from tracetui.workers.queries import QueryResult

MAX_RUNS_IN_FILTER = 500
_PLAIN_ID = re.compile(r"[\w:@./-]+")


def leads_to_run(result: QueryResult) -> bool:
    """Whether rows of the result name a run or a span."""
    return bool({"run_id", "span_id"} & set(result.columns))


def target_of(db: Traces, result: QueryResult, row: int) -> RunTarget:
    """What a row names; raises UsageError where it names nothing that is loaded. Blocks."""
    run_id, span_id, step = (_value(result, row, name) for name in ("run_id", "span_id", "step"))
    if run_id is None and span_id is not None:
        place = db.span_position(span_id)
        if place is None:
            raise UsageError(f"span {span_id} was not loaded")
        run_id = place[0]
    if run_id is None:
        raise UsageError("this row names no run")
    db.run(run_id)
    number = int(step) if step is not None and step.isdigit() else None
    return RunTarget(run_id, span_id, None if span_id is not None else number)


def _value(result: QueryResult, row: int, column: str) -> str | None:
    return result.cell(row, result.columns.index(column)) if column in result.columns else None


def runs_filter(result: QueryResult) -> str:
    """A filter that the runs of a result pass; raises UsageError where it names none, or too many. Blocks."""
    if "run_id" not in result.columns:
        raise UsageError("this result has no column run_id", "SELECT run_id, … makes it one of runs.")
    found = result.ask(
        "SELECT DISTINCT run_id::VARCHAR FROM shown WHERE run_id IS NOT NULL ORDER BY 1 LIMIT $most",
        {"most": MAX_RUNS_IN_FILTER + 1},
    )
    try:
        found.wait()
        ids = [row[0] for row in found.rows(0, found.row_count)]
    finally:
        found.close()
    if len(ids) > MAX_RUNS_IN_FILTER:
        raise UsageError(f"the result has more than {MAX_RUNS_IN_FILTER} runs", "Narrow it first.")
    if not ids:
        raise UsageError("no row of this result names a run")
    odd = next((run_id for run_id in ids if not _PLAIN_ID.fullmatch(run_id)), None)
    if odd is not None:
        raise UsageError(f"the id {odd} cannot stand in a filter")
    return f"run:={','.join(ids)}"
