"""Spans that let one conclude of the agent's memory: nodes of graphs, and attributes that hold state or memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import duckdb

from tracetui.analysis.state.attributes import PATTERN, attribute_changes
from tracetui.analysis.state.graph import NODE, graph_changes
from tracetui.analysis.state.spans import SpanFacts, object_of
from tracetui.model import StateChange

_FIELDS = """p.run_key, p.span_key, p.parent_key, coalesce(s.name, ''), s.agent, s.start_ns, s.end_ns, l.attributes, l.metadata"""
_FROM = """FROM store.payloads AS l JOIN store.places AS p USING (span_key) JOIN store.spans AS s USING (span_key)"""
_NODES = f"""
    WITH said AS ( -- by log records, whose whole input and output is one message each
        SELECT r.span_key, max(q.content) FILTER (r.side = 'input') AS given,
            max(q.content) FILTER (r.side = 'output') AS returned
        FROM store.spans AS s JOIN store.message_ranges AS r USING (span_key)
        LEFT JOIN store.message_lists AS m ON m.list_key = r.list_key AND m.place = r.first
        JOIN store.message_parts AS q ON q.message_key = coalesce(m.message_key, r.first)
        WHERE s.kind = 'CHAIN' AND r.length = 1 AND r.position = 0 AND starts_with(q.content, '{{')
        GROUP BY r.span_key HAVING contains(given, '"{NODE}"')),
    nodes AS (
        SELECT span_key, parent_key FROM store.payloads AS l JOIN store.places AS p USING (span_key)
        WHERE contains(l.metadata, '{NODE}') OR contains(l.attributes, '{NODE}')
        UNION ALL SELECT span_key, parent_key FROM said JOIN store.places USING (span_key))
    SELECT {_FIELDS}, coalesce(d.given, l.input), coalesce(d.returned, l.output)
    FROM store.places AS p JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.payloads AS l USING (span_key) LEFT JOIN said AS d USING (span_key)
    WHERE p.span_key IN (SELECT span_key FROM nodes UNION SELECT parent_key FROM nodes)
    ORDER BY p.run_key, p.position"""  # noqa: S608  # our own names
_ATTRIBUTES = f"""
    SELECT {_FIELDS}, NULL, NULL {_FROM}
    WHERE (contains(l.attributes, 'state') OR contains(l.attributes, 'memory'))
        AND regexp_matches(l.attributes, ?)
    ORDER BY p.run_key, p.position"""  # our own names

Concluded = dict[int, list[tuple[int, StateChange]]]
"""Changes with the span that tells of each, by run."""


def concluded(connection: duckdb.DuckDBPyConnection) -> Concluded:
    """What spans show of the state of their runs; empty where none does."""
    found: Concluded = {}
    for run_key, rows in groupby(connection.execute(_NODES).fetchall(), key=lambda row: row[0]):
        changes = list(graph_changes([_facts(row) for row in rows]))
        if changes:
            found[run_key] = changes
    for run_key, rows in groupby(_shown(connection), key=lambda row: row[0]):
        changes = [change for row in rows for change in attribute_changes(_facts(row))]
        if changes:
            found.setdefault(run_key, []).extend(changes)
    return found


def _shown(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(_ATTRIBUTES, [f'"{PATTERN}"\\s*:'])
    while batch := cursor.fetchmany(1_000):
        yield from batch


def _facts(row: Sequence[Any]) -> SpanFacts:
    _, span_key, parent_key, name, agent, start_ns, end_ns, attributes, metadata, given, returned = row
    told = object_of(metadata) or {}
    if not told and given is not None and f'"{NODE}"' in given:
        told = object_of((object_of(given) or {}).get("metadata")) or {}
    return SpanFacts(
        span_key,
        parent_key,
        name,
        agent,
        start_ns,
        end_ns,
        object_of(attributes) or {},
        told,
        given,
        returned,
    )
