"""What follows from the loaded rows: merged records, trees, runs, tool calls, oddities.

Runs once, in the process that writes the database, when all sources are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import duckdb

from tracetui import sql
from tracetui.analysis import endings, roles
from tracetui.analysis.forest import Finding, Forest, SpanRow, grow
from tracetui.analysis.usage_roles import UsageRoles, cover_costs, usage_roles
from tracetui.store.contexts import derive_contexts
from tracetui.store.state import derive_state
from tracetui.store.tables import TableBuffer

_SPANS = """
    SELECT s.id_scope, s.trace_id, span_key, s.span_id, s.parent_id, s.start_ns, s.end_ns, s.kind, s.status,
        coalesce(s.tool_name, s.name), coalesce(s.error_message, s.error_type, ''),
        u.span_key IS NOT NULL, u.total_tokens, u.cost_usd, coalesce(s.model, s.requested_model),
        u.output_tokens, s.source_key
    FROM store.spans AS s LEFT JOIN store.usage AS u USING (span_key)
    ORDER BY s.id_scope, s.trace_id, span_key"""
_SEVERITY = {
    "duplicate_id": "warning", "orphan": "info", "cycle": "warning", "several_roots": "info", "usage_anomaly": "warning",
}  # fmt: skip
_BATCH = 50_000


def derive(
    connection: duckdb.DuckDBPyConnection, next_key: int, alive: Callable[[], None] = lambda: None
) -> None:
    """Fill everything that is computed from other tables. `alive` is called now and then and may raise to stop."""
    if _has_several_formats(connection):
        connection.execute(sql.text("derive/copies"))
    if _has_twins(connection):
        connection.execute(sql.text("derive/merge_spans"))
        connection.execute(sql.text("derive/merge_payloads"))
    next_key = _stand_in_for_lone_logs(connection, next_key)
    connection.execute(sql.text("derive/join_logs"))
    connection.execute(sql.text("derive/defaults"))
    connection.execute(sql.text("derive/usage"))
    alive()
    _place_spans(connection, next_key, alive)
    names = ("remainders", "figures", "runs", "tool_calls", "scores", "issues", "bare_id", "run_notes")
    for name in names:
        alive()
        connection.execute(sql.text(f"derive/{name}"))
    derive_state(connection, alive)
    derive_contexts(connection, alive)
    connection.execute(
        "DROP TABLE store.log_targets; DETACH staging; DROP TABLE run_ends; DROP TABLE found; DROP TABLE compared; DROP TABLE excess"
    )


def _has_several_formats(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether two sources could be exports of one run by different vendors."""
    query = "SELECT count(DISTINCT format) > 1 FROM store.sources"
    return bool(connection.execute(query).fetchall()[0][0])


def _has_twins(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether several records share the ids of one span, or might."""
    return bool(connection.execute(sql.text("derive/twins")).fetchall())


def _stand_in_for_lone_logs(connection: duckdb.DuckDBPyConnection, next_key: int) -> int:
    """Make spans of log records of which no span is here; the next free key."""
    if not connection.execute("SELECT 1 FROM store.log_targets LIMIT 1").fetchall():
        return next_key
    connection.execute("SET VARIABLE next_key = CAST(? AS BIGINT)", [next_key])
    connection.execute(sql.text("derive/lone_logs"))
    made = connection.execute("SELECT count(*) FROM store.spans WHERE span_key >= ?", [next_key])
    return next_key + int(made.fetchall()[0][0])


def _place_spans(connection: duckdb.DuckDBPyConnection, next_key: int, alive: Callable[[], None]) -> None:
    connection.execute(
        "CREATE TEMP TABLE run_ends (run_key BIGINT, root_key BIGINT, status VARCHAR, failed_key BIGINT,"
        " cause_key BIGINT, failed_step INTEGER, steps_before_failure INTEGER, errors BIGINT, recovered_errors BIGINT);"
        " CREATE TEMP TABLE found (span_key BIGINT, code VARCHAR, severity VARCHAR, message VARCHAR);"
        " CREATE TEMP TABLE compared (span_key BIGINT, other_key BIGINT);"
        " CREATE TEMP TABLE excess (span_key BIGINT, cost_usd DECIMAL(24, 12))"
    )
    facts = connection.execute("SELECT id_scope, trace_id, name FROM store.trace_facts").fetchall()
    writer = _Placer(connection, next_key, {(scope, trace): name for scope, trace, name in facts})
    for identity, rows in groupby(_rows(connection), key=lambda row: row[:2]):
        writer.place(identity, list(rows))
        if writer.pending > _BATCH:
            writer.flush()
            alive()
    writer.flush()


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(_SPANS)
    while batch := cursor.fetchmany(10_000):
        yield from batch


def _above_ids(rows: Sequence[SpanRow], forest: Forest) -> dict[int, str]:
    """Ids of the spans above those nodes whose records name another one, or none."""
    ids = [*(row.span_id for row in rows), *forest.synthetic_ids]
    named = [*(row.parent_id for row in rows), *(None for _ in forest.synthetic_ids)]
    return {
        node: ids[above]
        for node, above in enumerate(forest.parent)
        if above != -1 and ids[above] != named[node]
    }


class _Placer:
    """Turns the spans of one trace after another into places, synthetic spans, run ends and findings."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, next_key: int, facts: dict[tuple[int, str], str | None]
    ) -> None:
        self._places = TableBuffer(connection, "store.places")
        self._spans = TableBuffer(connection, "store.spans")
        self._ends = TableBuffer(connection, "run_ends")
        self._found = TableBuffer(connection, "found")
        self._compared = TableBuffer(connection, "compared")
        self._excess = TableBuffer(connection, "excess")
        self._next_key = next_key
        self._facts = facts

    @property
    def pending(self) -> int:
        """How many places wait to be inserted."""
        return len(self._places.rows)

    def flush(self) -> None:
        """Insert what was collected."""
        for table in (*(self._places, self._spans, self._ends, self._found, self._compared, self._excess),):
            table.flush()

    def place(self, identity: tuple[int, str], records: Sequence[tuple[Any, ...]]) -> None:
        """Place the spans of one trace."""
        rows = [SpanRow(*record[2:16]) for record in records]
        forest = grow(rows, single_run=identity in self._facts)
        keys = [row.key for row in rows] + self._synthetic(identity, records[0][16], forest)
        self._findings(forest.findings, keys)
        numbers = roles.steps(rows, forest)
        usage = usage_roles(rows, forest)
        counted = roles.counted_calls(rows, forest, numbers, usage.role)
        cover_costs(rows, forest, counted, usage)
        self._findings(usage.findings, keys)
        self._usage(usage, keys)
        own = roles.self_times(rows, forest)
        parent_steps = roles.parent_steps(forest, numbers)
        call_steps = roles.call_steps(forest, numbers, counted)
        agents, tools = roles.agents_around(rows, forest), roles.tools_around(rows, forest)
        above_ids, raised = _above_ids(rows, forest), endings.raised(rows, forest)
        for node in forest.order:
            above = forest.parent[node]
            self._places.rows.append(
                (keys[node], keys[forest.root[node]], None if above == -1 else keys[above], forest.position[node],
                 forest.depth[node], forest.subtree_end[node], numbers[node], parent_steps[node],
                 call_steps.get(node), usage.role[node], own[node], counted[node], usage.is_topmost[node],
                 None if usage.cover[node] == -1 else keys[usage.cover[node]],
                 None if agents[node] == -1 else keys[agents[node]],
                 None if tools[node] == -1 else keys[tools[node]], above_ids.get(node),
                 node in raised))  # fmt: skip
        self._ends_of_runs(rows, forest, keys, numbers)

    def _synthetic(self, identity: tuple[int, str], source_key: int, forest: Forest) -> list[int]:
        keys = []
        for span_id in forest.synthetic_ids:
            key, self._next_key = self._next_key, self._next_key + 1
            keys.append(key)
            name = self._facts.get(identity) if span_id == "(trace)" else "(missing parent)"
            row = {"span_key": key, "source_key": source_key, "id_scope": identity[0], "trace_id": identity[1],
                   "span_id": span_id, "name": name or "(trace)", "kind": "CHAIN", "status": "unset",
                   "is_synthetic": True}  # fmt: skip
            self._spans.rows.append(tuple(row.get(column) for column in self._spans.columns))
        return keys

    def _usage(self, usage: UsageRoles, keys: Sequence[int]) -> None:
        self._compared.rows.extend(
            (keys[node], None if other == -1 else keys[other]) for node, other in usage.compared
        )
        self._excess.rows.extend((keys[node], excess) for node, excess in usage.excess_usd.items())

    def _findings(self, findings: Sequence[Finding], keys: Sequence[int]) -> None:
        for finding in findings:
            self._found.rows.append(
                (keys[finding.index], finding.code, _SEVERITY[finding.code], finding.message))  # fmt: skip

    def _ends_of_runs(
        self, rows: Sequence[SpanRow], forest: Forest, keys: Sequence[int], numbers: Sequence[int | None]
    ) -> None:
        start = 0
        for root in forest.roots:
            stop = start + forest.subtree_end[root]
            nodes = forest.order[start:stop]
            end = endings.run_end(root, nodes, rows, forest)
            failed_step = before = None
            if end.failed is not None:
                failed_step = endings.failed_step(end.failed, nodes, rows, forest, numbers)
                before = endings.steps_before(end.failed, nodes, forest, numbers)
            failed_key, cause_key = (None if node is None else keys[node] for node in (end.failed, end.cause))
            self._ends.rows.append(
                (keys[root], keys[root], end.status, failed_key, cause_key, failed_step, before, end.errors,
                 end.recovered))  # fmt: skip
            start = stop
