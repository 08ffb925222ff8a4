"""The reads behind the screens and commands: SQL files in, model objects out. Each call uses a cursor of its own."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis.repeats import repeats
from tracetui.errors import UsageError
from tracetui.model import ImportIssue, Severity, SpanKind, Status
from tracetui.read_model import NO_TIME, Run, Source, Tree
from tracetui.store import id_lists, pricing
from tracetui.store.filters import Condition, run_condition, span_condition
from tracetui.tree_costs import TreeCosts

RUN_SORTS = {
    "triage": "list_position(['error', 'unfinished', 'interrupted'], r.status) NULLS LAST, r.errors = 0,"
    " coalesce(r.steps = 0, false), r.start_ns DESC",
    "status": "r.status", "name": "r.name", "agent": "r.agent", "started": "r.start_ns", "duration": "duration_ns",
    "steps": "r.steps", "spans": "r.spans", "errors": "r.errors", "tokens": "r.total_tokens", "cost": "r.cost_usd",
    "models": "models", "error": "r.error_type", "source": "s.source", "session": "r.session_id", "run": "r.run_id",
}  # fmt: skip
"""What the list of runs can be sorted by, and how."""

_COST = "r.cost_usd"
_RUN_FIELDS = [field.name for field in fields(Run)]
_STATUS, _MODELS = _RUN_FIELDS.index("status"), _RUN_FIELDS.index("models")
_SLOW_SHARE = 0.15
_SLOW_TIMES_MEDIAN = 3
_SLOW_MIN_SAMPLES = 5


def sources(connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Every source in the order opened."""
    return [Source(*row) for row in connection.execute(sql.text("read/sources")).fetchall()]


def issues(connection: duckdb.DuckDBPyConnection, source: str | None, limit: int | None) -> list[ImportIssue]:
    """Import issues, the gravest first."""
    rows = connection.execute(sql.text("read/issues"), {"source": source, "limit": limit}).fetchall()
    return [
        ImportIssue(code, message, Severity(severity), line, offset, span_id, name, skipped, trace_id)
        for code, message, severity, line, offset, span_id, name, skipped, trace_id in rows
    ]


def issue_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many issues of each severity."""
    rows = connection.execute("SELECT severity, count(*) FROM store.issues GROUP BY severity").fetchall()
    return {str(severity): int(count) for severity, count in rows}


def runs(
    connection: duckdb.DuckDBPyConnection,
    filter_text: str,
    sort: str,
    descending: bool,
    limit: int | None,
    offset: int,
) -> list[Run]:
    """Runs that pass the filter, sorted, by window."""
    if sort not in RUN_SORTS:
        raise UsageError(f"runs cannot be sorted by {sort!r}", f"Choose one of {', '.join(RUN_SORTS)}.")
    order = RUN_SORTS[sort] + (" DESC" if descending and sort != "triage" else "") + " NULLS LAST, r.run_key"
    condition = run_condition(filter_text, id_lists.names(connection) if filter_text else ())
    window = {"limit": limit, "offset": offset}
    priced = _priced(connection)
    if priced is pricing.PRICED_RUNS and limit is not None and _COST not in condition.sql + order:
        return _page(connection, condition, order, window)
    query = f"{_runs_where(condition.sql, priced)} ORDER BY {order} LIMIT $limit OFFSET $offset"
    rows = connection.execute(query, {**condition.values, **window}).fetchall()
    return _found(connection, rows)


def _page(
    connection: duckdb.DuckDBPyConnection, condition: Condition, order: str, window: Mapping[str, int | None]
) -> list[Run]:
    """A window of runs in an order that costs have no part in: only these are priced."""
    text = _runs_where(condition.sql, pricing.UNPRICED_RUNS)
    rows = connection.execute(
        f"{text} ORDER BY {order} LIMIT $limit OFFSET $offset", {**condition.values, **window}
    )
    found = _found(connection, rows.fetchall())
    costs = pricing.costs_of_runs(connection, [run.run_id for run in found])
    return [_with_cost(run, costs.get(run.run_id)) for run in found]


def _with_cost(run: Run, cost: pricing.RunCost | None) -> Run:
    if cost is None:
        return replace(run, cost_usd=None)
    return replace(
        run, cost_usd=cost.cost_usd, priced_calls=cost.priced_calls, unpriced_calls=cost.unpriced_calls,
        computed_calls=cost.computed_calls, partly_priced_calls=cost.partly_priced_calls, unsized_calls=cost.unsized_calls,
    )  # fmt: skip


def run_count(connection: duckdb.DuckDBPyConnection, filter_text: str) -> int:
    """How many runs pass the filter."""
    condition = run_condition(filter_text, id_lists.names(connection))
    runs = _priced(connection) if _COST in condition.sql else pricing.UNPRICED_RUNS
    query = f"SELECT count(*) FROM {runs} AS r WHERE {condition.sql}"  # noqa: S608  # our own
    ((count,),) = connection.execute(query, dict(condition.values)).fetchall()
    return int(count)


def matching(connection: duckdb.DuckDBPyConnection, run_id: str, filter_text: str) -> list[int]:
    """Positions of the spans of a run that pass the filter."""
    condition = span_condition(filter_text, id_lists.names(connection))
    query = sql.text("read/matching").replace("/*condition*/", condition.sql)
    values = {**condition.values, "run_key": run_key(connection, run_id)}
    return [position for (position,) in connection.execute(query, values).fetchall()]


def _runs_where(condition: str, runs: str) -> str:
    return sql.text("read/runs").replace("/*condition*/", condition).replace("/*runs*/", runs)


def _priced(connection: duckdb.DuckDBPyConnection) -> str:
    """Runs with their cost by the prices in use, if there are such."""
    return pricing.PRICED_RUNS if pricing.in_use(connection) else pricing.UNPRICED_RUNS


def find_runs(connection: duckdb.DuckDBPyConnection, name: str, limit: int) -> list[Run]:
    """Runs whose id begins with the name, or begins and ends as `beginning…end` says; an exact match alone."""
    start, _, end = name.replace("...", "…", 1).partition("…")
    where = _runs_where(
        "(starts_with(r.run_id, $name) OR starts_with(r.run_id, $start) AND ends_with(r.run_id, $end)"
        " AND length(r.run_id) > length($start) + length($end))",
        _priced(connection),
    )
    query = f"{where} ORDER BY r.run_id <> $name, r.run_id LIMIT $limit"
    given = {"name": name, "start": start, "end": end, "limit": limit}
    found = _found(connection, connection.execute(query, given).fetchall())
    return found[:1] if found and found[0].run_id == name else found


def run_or_first_of_trace(connection: duckdb.DuckDBPyConnection, run_id: str) -> str:
    """The id itself where a run has it, else that of the first run of the trace of that id."""
    row = connection.execute(
        "SELECT run_id FROM store.runs WHERE run_id = $id OR trace_id = $id"
        " ORDER BY run_id <> $id, start_ns, run_key LIMIT 1",
        {"id": run_id},
    ).fetchone()
    return run_id if row is None else str(row[0])


def run_key(connection: duckdb.DuckDBPyConnection, run_id: str) -> int:
    """Key of the run with exactly this id; raises UsageError where there is none."""
    row = connection.execute("SELECT run_key FROM store.runs WHERE run_id = ?", [run_id]).fetchone()
    if row is None:
        raise UsageError(f"there is no run {run_id}")
    return int(row[0])


def _found(connection: duckdb.DuckDBPyConnection, rows: Sequence[Sequence[Any]]) -> list[Run]:
    found = [_run(row) for row in rows]
    # asked for apart: planning that join would take as long as all the rest, and few databases have copies
    if not connection.execute("SELECT 1 FROM store.runs WHERE duplicate_of IS NOT NULL LIMIT 1").fetchall():
        return found
    asked = {"run_ids": [run.run_id for run in found]}
    copies = dict(connection.execute(sql.text("read/run_copies"), asked).fetchall())
    return [replace(run, copies=tuple(copies.get(run.run_id, ()))) for run in found]


def _run(row: Sequence[Any]) -> Run:
    values = list(row)  # in the order of the fields but the last, `copies`
    values[_STATUS], values[_MODELS] = Status(values[_STATUS]), tuple(values[_MODELS])
    return Run(*values)


def tree(connection: duckdb.DuckDBPyConnection, run_id: str) -> Tree:
    """The spans of a run in depth-first order, as columns."""
    key = run_key(connection, run_id)
    failed = connection.execute(
        "SELECT coalesce(min(p.position), 0) FROM store.runs AS r JOIN store.places AS p ON p.span_key = r.failed_key"
        " WHERE r.run_key = ?",
        [key],
    ).fetchone()
    columns = _columns(connection.execute(sql.text("read/tree"), {"run_key": key}), 15)
    starts, ends, steps = columns[3], columns[4], columns[7]
    labels, label = _coded(columns[10])
    _, operation = _coded(columns[11])
    depth, end = array("i", columns[1]), array("i", columns[2])
    return Tree(
        run_id=run_id,
        span_key=array("q", columns[0]),
        depth=depth,
        end=end,
        start_ns=_times(starts),
        end_ns=_times(ends),
        kind=[_KINDS.get(word, SpanKind.UNKNOWN) for word in columns[5]],
        status=[_STATUSES[word] for word in columns[6]],
        step=array("i", steps),
        tokens=array("q", columns[8]),
        label=label,
        labels=labels,
        operation=operation,
        slow=_slow(starts, ends, steps, operation),
        took_ns={position: took for position, took in enumerate(columns[14]) if took is not None},
        synthetic=frozenset(index for index, synthetic in enumerate(columns[12]) if synthetic),
        failed=int(failed[0]) if failed else 0,
        costs=TreeCosts.of(columns[9], columns[13]),
        repeat=repeats(depth, end, operation),
    )


_KINDS = {kind.value: kind for kind in SpanKind}
_STATUSES = {status.value: status for status in Status}


def _columns(cursor: duckdb.DuckDBPyConnection, count: int) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(count)]
    while rows := cursor.fetchmany(20_000):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def _coded(words: Iterable[str]) -> tuple[list[str], array[int]]:
    """Distinct words and, for each entry, the index of its word."""
    index: dict[str, int] = {}
    codes = array("i", (index.setdefault(word, len(index)) for word in words))
    return list(index), codes


def _times(values: Sequence[int | None]) -> array[int]:
    return array("q", (NO_TIME if value is None else value for value in values))


def _slow(
    starts: Sequence[int | None], ends: Sequence[int | None], steps: Sequence[int], operation: Sequence[int]
) -> frozenset[int]:
    """Steps that take a large part of the run, or far longer than others of their operation."""
    known = [value for value in (*starts, *ends) if value is not None]
    if not known:
        return frozenset()
    share = (max(known) - min(known)) * _SLOW_SHARE
    took = {
        position: end - start
        for position, (start, end, step) in enumerate(zip(starts, ends, steps, strict=True))
        if step and start is not None and end is not None
    }
    by_operation: dict[int, list[int]] = {}
    for position, duration in took.items():
        by_operation.setdefault(operation[position], []).append(duration)
    medians = {
        code: sorted(durations)[len(durations) // 2]
        for code, durations in by_operation.items()
        if len(durations) >= _SLOW_MIN_SAMPLES
    }
    return frozenset(
        position
        for position, duration in took.items()
        if duration > 0
        and (duration >= share or duration > _SLOW_TIMES_MEDIAN * medians.get(operation[position], duration))
    )


def step_position(connection: duckdb.DuckDBPyConnection, run_id: str, step: int) -> int:
    """Position of a step in the tree of its run."""
    key = run_key(connection, run_id)
    row = connection.execute(
        "SELECT position FROM store.places WHERE run_key = ? AND step = ?", [key, step]
    ).fetchone()
    if row is None:
        last = connection.execute("SELECT max(step) FROM store.places WHERE run_key = ?", [key]).fetchone()
        steps = last[0] if last else None
        raise UsageError(
            f"run {run_id} has no step {step}",
            f"It has {steps:,}, from 1." if steps else "It has no steps at all.",
        )
    return int(row[0])


def span_position(
    connection: duckdb.DuckDBPyConnection, span_id: str, trace_id: str | None, run_id: str | None
) -> tuple[str, int] | None:
    """Run and position of a span, where it is known; spans of several traces may share an id."""
    row = connection.execute(
        "SELECT r.run_id, p.position FROM store.spans AS s JOIN store.places AS p USING (span_key)"
        " JOIN store.runs AS r USING (run_key) WHERE s.span_id = $span"
        " AND ($trace IS NULL OR s.trace_id = $trace) AND ($run IS NULL OR r.run_id = $run)"
        " ORDER BY s.span_key LIMIT 1",
        {"span": span_id, "trace": trace_id, "run": run_id},
    ).fetchone()
    return None if row is None else (str(row[0]), int(row[1]))


def search(connection: duckdb.DuckDBPyConnection, run_id: str, text: str) -> list[int]:
    """Positions in a run whose texts contain the words, ascending."""
    key = run_key(connection, run_id)
    rows = connection.execute(sql.text("read/search"), {"run_key": key, "text": text}).fetchall()
    return [int(row[0]) for row in rows]
