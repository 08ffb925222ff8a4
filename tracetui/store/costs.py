"""Questions about money and time: tables by dimension, other rules of counting, ready questions, percentiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis.times import WaitAfter
from tracetui.errors import UsageError
from tracetui.pricing.tables import (
    DIMENSIONS,
    ROLLUPS,
    TIMES,
    BucketCost,
    CostRow,
    CostScope,
    CostTable,
    LatencyRow,
    PriceGap,
    RoleRow,
    StepCost,
)
from tracetui.sql import questions
from tracetui.store import id_lists, reads
from tracetui.store.cost_keys import BASE, VIEWS, written
from tracetui.store.filters import Condition, readable_run_condition, run_condition

QUESTIONS: Mapping[str, str] = {
    "expensive-steps": "dearest_steps",
    "cache-hits": "cache_hit_rate",
    "waste": "waste",
}
"""Ready questions about money, by the names that they have among all of them."""

_SEVERAL = frozenset({"tag", "bucket"})
"""Dimensions in which one call may stand in several rows."""
_COUNTS = (
    "calls",
    "unpriced_calls",
    "uncomputed_calls",
    "partly_priced_calls",
    "partly_computed_calls",
    "timed_calls",
)
_TOKENS = ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens")
_MONEY = ("cost_usd", "reported_cost_usd", "computed_cost_usd")
_MOST_TOKENS = 2**63 - 1
_CALLS = """(
    FROM llm_calls UNION ALL BY NAME
    SELECT run_id, span_id, agent, '(tools)' AS model, cost_usd, computed_cost_usd FROM costs WHERE bucket = 'tool_call')"""
_BUCKETS = "costs"
_CALL_SUMS = (
    "count(*) FILTER (c.counts_as_call) AS calls",
    "count(*) FILTER (c.is_unpriced) AS unpriced_calls",
    "\n    sum(c.input_tokens) AS input_tokens", "sum(c.output_tokens) AS output_tokens",
    "sum(c.total_tokens) AS total_tokens", "sum(c.cost_usd) AS cost_usd",
    "\n    quantile_cont(c.duration_ns, 0.5) / 1e9 AS p50_s", "quantile_cont(c.duration_ns, 0.95) / 1e9 AS p95_s",
)  # fmt: skip
_BUCKET_SUMS = ("sum(c.tokens) AS total_tokens", "sum(c.cost_usd) AS cost_usd")
_RULES: Mapping[str, str] = {
    "sum": "p.usage_role IS NOT NULL", "top": "p.is_topmost", "root": "p.depth = 0", "leaf": "p.usage_role = 'leaf'",
}  # fmt: skip
_LATENCY_KEYS: Mapping[str, str] = {
    "step": "coalesce(s.tool_name, s.name)", "model": "coalesce(s.model, s.requested_model, '')",
    "agent": "coalesce(store.agent_of(s.agent, coalesce(s.kind = 'AGENT', false), s.name, s.span_key = s.run_key,"
    " a.span_key IS NOT NULL, a.agent, a.name, a.span_key = s.run_key), r.agent, '')",
}  # fmt: skip
_LATENCY_OF: Mapping[str, str] = {"model": "s.kind IN ('LLM', 'EMBEDDING', 'RERANKER')"}
"""Which steps a dimension tells apart, where not all."""
_AROUND = "LEFT JOIN store.spans AS a ON a.span_key = s.agent_key"


def cost_table(connection: duckdb.DuckDBPyConnection, by: Sequence[str], scope: CostScope) -> CostTable:
    """Money and tokens by dimensions; raises UsageError for a dimension or rule there is not."""
    for name in by:
        _one_of(name, DIMENSIONS, "money cannot be told apart by")
    if scope.rollup is not None:
        _one_of(scope.rollup, ROLLUPS, "there is no rule of counting")
        if "bucket" in by:
            raise UsageError("another rule of counting cannot be told apart by bucket")
    where = _where(connection, scope)
    rows = _rows(connection, by, scope.rollup, where) if by else []
    if by and by[0] in TIMES:
        rows.sort(key=lambda row: (row.keys[0] is None, row.keys[0] or ""))
    is_sum = bool(by) and _SEVERAL.isdisjoint(by)
    whole = [_total(rows)] if is_sum else _rows(connection, (), scope.rollup, where)
    return CostTable(tuple(by), tuple(map(_bounded, rows)), _bounded(whole[0] if whole else _total([])))


def _total(rows: Sequence[CostRow]) -> CostRow:
    """What lines that share nothing come to; their percentiles do not add up to any."""
    counts: dict[str, Any] = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
    amounts = {name: _sum([getattr(row, name) for row in rows]) for name in (*_TOKENS, *_MONEY)}
    notes = tuple(sorted({note for row in rows for note in row.price_notes}))
    return CostRow(keys=(), p50_ns=None, p95_ns=None, price_notes=notes, **counts, **amounts)


def _sum(amounts: Sequence[Any]) -> Any:
    """The sum of what is known, None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], start=known[0]) if known else None


def _bounded(row: CostRow) -> CostRow:
    """A sum that no column holds, from figures nobody can mean, is unknown."""
    beyond: dict[str, Any] = {name: None for name in _TOKENS if (getattr(row, name) or 0) > _MOST_TOKENS}
    return replace(row, **beyond) if beyond else row


def _where(connection: duckdb.DuckDBPyConnection, scope: CostScope) -> Condition:
    """The scope as a condition over `r`, a row of runs."""
    if scope.run_id is not None:
        return Condition("r.run_key = $run_key", {"run_key": reads.run_key(connection, scope.run_id)})
    return run_condition(scope.filter_text, id_lists.names(connection))


def _rows(
    connection: duckdb.DuckDBPyConnection, by: Sequence[str], rollup: str | None, where: Condition
) -> list[CostRow]:
    text = _table_text(by, rollup, _of_runs(where))
    found = connection.execute(text, dict(where.values)).fetchall()
    width = len(by) or 1
    return [_row(row[:width] if by else (), *row[width:]) for row in found]


def _row(keys: Sequence[str | None], *figures: Any) -> CostRow:
    *sums, percentiles, notes = figures
    p50_ns, p95_ns = percentiles or (None, None)
    told: dict[str, Any] = {"p50_ns": p50_ns, "p95_ns": p95_ns, "price_notes": tuple(sorted(notes or ()))}
    return CostRow(tuple(keys), *sums, **told)


def table_query(by: Sequence[str], scope: CostScope) -> str:
    """The SQL of `cost_table` over the views, with all values in their places, for people to read: counted as the views
    count, whatever the rule of the scope. Raises FilterError."""
    for name in by:
        _one_of(name, DIMENSIONS, "money cannot be told apart by")
    condition = readable_run_condition(scope.filter_text)
    if scope.run_id is not None:
        condition = "r.run_id = '{}'".format(scope.run_id.replace("'", "''"))
    keys = [f'{VIEWS.key(name)} AS "{name}"' for name in by]
    first = [f'"{by[0]}"'] if by and by[0] in TIMES else []
    lines = [
        f"SELECT {', '.join([*keys, *(_BUCKET_SUMS if 'bucket' in by else _CALL_SUMS)])}",
        f"FROM {_BUCKETS if 'bucket' in by else _CALLS} AS c",
        "JOIN runs AS r USING (run_id)",
        *VIEWS.joins_of(by),
        f"WHERE {condition}",
        "GROUP BY ALL",
        "ORDER BY "
        + ", ".join(
            [
                *first,
                "cost_usd DESC NULLS LAST",
                "total_tokens DESC NULLS LAST",
                *(f'"{name}"' for name in by),
            ]
        ),
    ]
    if scope.rollup is not None:
        lines.insert(0, "-- each call counted once: no view counts by another rule")
    return "\n".join(lines)


def _table_text(by: Sequence[str], rollup: str | None, condition: str) -> str:
    marks = {
        "figures": _figures(by, rollup),
        "keys": ", ".join([f"{BASE.group(name)} AS key_{name}" for name in by] or ["NULL AS nothing"]),
        "groups": ", ".join(
            [f'{written(name, f"key_{name}")} AS "{name}"' for name in by] or ["NULL AS nothing"]
        ),
        "order": ", ".join([f"key_{name}" for name in by] or ["nothing"]),
        "joins": "\n".join(BASE.joins_of(by)),
        "condition": condition,
        "each": "DISTINCT " if "bucket" in by else "",  # else a span has one row in a group
    }
    text = sql.text("money/table")
    for mark, part in marks.items():
        text = text.replace(f"/*{mark}*/", part)
    return text


def _of_runs(where: Condition, of: str = "f") -> str:
    """The condition for a table of that name."""
    if where.sql == "true":
        return "true"
    return f"{of}.run_key IN (SELECT r.run_key FROM store.priced_runs AS r WHERE {where.sql})"  # noqa: S608  # our own


def _figures(by: Sequence[str], rollup: str | None) -> str:
    if rollup is not None:
        return sql.text("money/rollup").replace("/*rule*/", _RULES[rollup])
    return sql.text("money/buckets") if "bucket" in by else "SELECT *, NULL AS bucket FROM store.money"


def roles(connection: duckdb.DuckDBPyConnection, scope: CostScope) -> tuple[RoleRow, ...]:
    """What spans of each role report, which explains how rules of counting differ."""
    where = _where(connection, scope)
    text = sql.text("money/roles").replace("/*condition*/", where.sql)
    return tuple(RoleRow(*row) for row in connection.execute(text, dict(where.values)).fetchall())


def price_gaps(connection: duckdb.DuckDBPyConnection, scope: CostScope) -> tuple[PriceGap, ...]:
    """Prices for want of which calls stay unpriced, those of most calls first."""
    where = _where(connection, scope)
    text = sql.text("money/price_gaps").replace("/*condition*/", _of_runs(where, "c"))
    rows = connection.execute(text, dict(where.values)).fetchall()
    return tuple(PriceGap(source, model, tuple(buckets), *rest) for source, model, buckets, *rest in rows)


def dearest_step(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, str] | None:
    """Run and span of the step of that name that cost most."""
    row = connection.execute(sql.text("money/dearest_step"), {"name": name}).fetchone()
    return None if row is None else (str(row[0]), str(row[1]))


def step_cost(connection: duckdb.DuckDBPyConnection, run_id: str, position: int) -> StepCost:
    """Money and time of the span at a position; raises UsageError where there is none."""
    values = {"run_key": reads.run_key(connection, run_id), "position": position}
    row = connection.execute(sql.text("money/step"), values).fetchone()
    if row is None:
        raise UsageError(f"run {run_id} has no span at position {position}")
    parts = connection.execute(sql.text("money/step_parts"), values).fetchall()
    return replace(StepCost(*row), buckets=tuple(BucketCost(*part) for part in parts))


def memory_calls(connection: duckdb.DuckDBPyConnection, run_id: str) -> frozenset[str]:
    """Ids of the tool calls of a run that spans of kind MEMORY executed."""
    rows = connection.execute(
        "SELECT DISTINCT t.tool_call_id FROM store.tool_calls AS t JOIN store.spans AS s ON s.span_key = t.executed_key"
        " JOIN store.places AS p ON p.span_key = s.span_key"
        " WHERE p.run_key = ? AND s.kind = 'MEMORY' AND t.tool_call_id IS NOT NULL",
        [reads.run_key(connection, run_id)],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def question(
    connection: duckdb.DuckDBPyConnection, name: str, scope: CostScope
) -> tuple[str, Mapping[str, object]]:
    """The SQL of a ready question and its values; raises UsageError where there is none of the name."""
    found = questions.question(QUESTIONS[_one_of(name, tuple(QUESTIONS), "there is no question")])
    where = _where(connection, scope)
    asked = f"SELECT r.run_id FROM store.priced_runs AS r WHERE {where.sql}"  # noqa: S608  # our own
    calls = f"SELECT * FROM main.llm_calls WHERE run_id IN ({asked})"  # noqa: S608  # our own
    text = f"WITH llm_calls AS ({calls})\nFROM (\n{found.text}\n)"
    return text, {**where.values, **found.values({})}


def latencies(connection: duckdb.DuckDBPyConnection, by: str, scope: CostScope) -> tuple[LatencyRow, ...]:
    """Percentiles of how long steps take; raises UsageError for a dimension there is not."""
    key = _LATENCY_KEYS[_one_of(by, tuple(_LATENCY_KEYS), "time cannot be told apart by")]
    where = _where(connection, scope)
    text = sql.text("money/latency").replace("/*key*/", key)
    text = text.replace("/*joins*/", _AROUND if by == "agent" else "").replace(
        "/*of*/", _LATENCY_OF.get(by, "true")
    )
    text = text.replace("/*condition*/", _of_runs(where, "p"))
    rows = connection.execute(text, dict(where.values)).fetchall()
    return tuple(LatencyRow(*row) for row in rows)


def wait_after(connection: duckdb.DuckDBPyConnection, run_id: str) -> WaitAfter | None:
    """The run that went on after one that paused for a human; None where the run did not pause."""
    values = {"run_key": reads.run_key(connection, run_id)}
    row = connection.execute(sql.text("read/wait_after"), values).fetchone()
    return None if row is None else WaitAfter(*row)


def failed_once(connection: duckdb.DuckDBPyConnection, run_id: str) -> frozenset[int]:
    """Positions of failed spans of a run whose input is recorded, and which no later one repeated with the same."""
    values = {"run_key": reads.run_key(connection, run_id)}
    return frozenset(row[0] for row in connection.execute(sql.text("read/failed_once"), values).fetchall())


def _one_of(name: str, known: Sequence[str], what: str) -> str:
    if name not in known:
        raise UsageError(f"{what} {name!r}", f"Choose of {', '.join(known)}.")
    return name
