"""From a row of a result to the place in Run that it tells of, and from a result to a filter of Runs or Run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracetui.errors import UsageError
from tracetui.tui.sql.tokens import quoted_name
from tracetui.tui.view import RunTarget

if TYPE_CHECKING:
    from tracetui.tui.loading import Traces
    from tracetui.workers.queries import QueryResult

MOST_WRITTEN = 100
_OF_RUN = re.compile(r"(\w+_)run(_id)?")
_PLAIN_ID = re.compile(r"[\w:@./-]+")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Names of the columns that tell of a run, a span and a step, as far as there are such."""

    run: str | None
    span: str | None
    step: str | None


def leads_to_run(result: QueryResult) -> bool:
    """Whether rows of the result name a run or a span."""
    columns = _columns(result)
    return bool(columns.run or columns.span)


def target_of(db: Traces, result: QueryResult, row: int, column: int = 0) -> RunTarget:
    """What a row names, the column of the cursor first; raises UsageError where it names nothing that is loaded.
    Blocks."""
    columns = _columns(result, result.columns[column])
    run_id, span_id, step = (_value(result, row, name) for name in (columns.run, columns.span, columns.step))
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


def narrowing(db: Traces, result: QueryResult) -> RunTarget | str:
    """A run with a filter that the spans of a result pass, where they are all of one run; else a filter that the runs
    of the result pass. Many ids are kept with the result and named. Raises UsageError where it names none. Blocks."""
    columns = _columns(result)
    if columns.run is None:
        raise UsageError("this result has no column run_id", "SELECT run_id, … makes it one of runs.")
    runs = _distinct(result, columns.run)
    spans = _distinct(result, columns.span) if columns.span and len(runs) == 1 else []
    if spans:
        wanted = _said(db, result, columns.span or "", spans)
        return RunTarget(db.run(runs[0]).run_id, filter_text=f"span:{wanted}")
    if not runs:
        raise UsageError("no row of this result names a run")
    return f"run:{_said(db, result, columns.run, runs)}"


def _said(db: Traces, result: QueryResult, column: str, ids: list[str]) -> str:
    """Ids as a filter says them: one by one, or where that is much to read by the kept result that holds them."""
    if len(ids) <= MOST_WRITTEN and all(map(_PLAIN_ID.fullmatch, ids)):
        return f"={','.join(ids)}"
    name = f"{result.keep()}.{column}"
    db.name_list(name, ids)
    return f"@{name}"


def _columns(result: QueryResult, of_cursor: str = "") -> _Columns:
    """`run_id`, `span_id` and `step`, or `example_run` with `example_step` and the like; those of the column of the
    cursor first."""
    names = result.columns
    texts = [name for name, kind in zip(names, result.types, strict=True) if kind == "VARCHAR"]
    ordered = sorted(texts, key=lambda name: name != of_cursor)
    found = [match for name in ordered if (match := _OF_RUN.fullmatch(name))]
    if not {"run_id", "span_id"} & set(names) and found:
        step = f"{found[0].group(1)}step"
        return _Columns(found[0].group(), None, step if step in names else None)
    return _Columns(*(name if name in names else None for name in ("run_id", "span_id", "step")))


def _value(result: QueryResult, row: int, column: str | None) -> str | None:
    return None if column is None else result.cell(row, result.columns.index(column))


def _distinct(result: QueryResult, column: str) -> list[str]:
    """The ids that a column holds."""
    name = quoted_name(column)
    found = result.ask(f"SELECT DISTINCT {name}::VARCHAR FROM shown WHERE {name} IS NOT NULL ORDER BY 1")  # noqa: S608  # quoted
    try:
        found.wait()
        return [row[0] for row in found.rows(0, found.row_count)]
    finally:
        found.close()
