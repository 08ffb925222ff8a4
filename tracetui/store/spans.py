"""Spans as they were loaded, rebuilt from the tables for export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tracetui.model import (
    Event,
    Link,
    Message,
    Origin,
    Score,
    Span,
    SpanKind,
    StateChange,
    Status,
    ToolDefinition,
    TraceFacts,
    Usage,
)
from tracetui.store import belongings

_SPANS = """
    SELECT s.span_key, s.trace_id, s.span_id, s.line, s.byte_offset, s.byte_length, s.parent_id, s.name, s.kind,
        s.kind_original, s.status, s.error_type, s.error_message, s.start_ns, s.end_ns, s.agent, s.model,
        s.requested_model, s.provider, s.tool_name, s.tool_call_id, s.session_id, s.user_id, s.environment, s.version,
        s.ttft_ns, s.input_tokens, s.output_tokens, s.total_tokens, s.cache_read_tokens, s.cache_write_tokens,
        s.reasoning_tokens, s.cost_usd, l.usage_raw, s.cache_write_5m_tokens, s.cache_write_1h_tokens,
        s.input_audio_tokens, s.input_image_tokens, s.output_audio_tokens, s.other_tokens, s.cache_read_audio_tokens, s.output_image_tokens, s.usage_semantics, l.input, l.output, l.attributes, c.resource, c.scope, l.metadata,
        l.parameters, l.tags, l.finish_reasons, s.service_tier, s.web_searches, s.other_charges, s.took_ns
    FROM store.spans AS s
    LEFT JOIN store.payloads AS l USING (span_key)
    LEFT JOIN store.resources AS c USING (resource_key)
    WHERE NOT s.is_synthetic ORDER BY s.span_key"""

_CHUNK_SPANS = 500
"""Spans whose messages and other belongings are held at a time."""


def stored_spans(connection: duckdb.DuckDBPyConnection) -> Iterator[Span]:
    """Every span, in the order loaded, with all that belongs to it."""
    cursor, lookups = connection.cursor(), connection.cursor()
    cursor.execute(_SPANS)
    while rows := cursor.fetchmany(_CHUNK_SPANS):
        belonging = _belongings(lookups, rows[0][0], rows[-1][0])
        for row in rows:
            yield _span(row, belonging)


def stored_trace_facts(connection: duckdb.DuckDBPyConnection) -> Iterator[TraceFacts]:
    """What records said about whole traces."""
    rows = connection.execute(
        "SELECT * EXCLUDE (id_scope) FROM store.trace_facts ORDER BY trace_id"
    ).fetchall()
    for trace_id, name, session_id, user_id, metadata, tags in rows:
        facts = belongings.mapping(metadata) or None
        yield TraceFacts(trace_id, Origin(None, 0, 0), name, session_id, user_id, facts, tuple(tags or ()))


def stored_trace_scores(connection: duckdb.DuckDBPyConnection) -> Iterator[Score]:
    """Scores that belong to no loaded span."""
    rows = connection.execute(
        "SELECT trace_id, span_id, name, value, label, passed, kind, author, comment, at_ns FROM store.scores"
        " WHERE span_key IS NULL ORDER BY trace_id, at_ns, name"
    ).fetchall()
    for row in rows:
        yield Score(*row)


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What belongs to the spans of a chunk, by span."""

    messages: Mapping[int, tuple[tuple[Message, ...], tuple[Message, ...]]]
    tools_offered: Mapping[int, tuple[ToolDefinition, ...]]
    events: Mapping[int, tuple[Event, ...]]
    links: Mapping[int, tuple[Link, ...]]
    scores: Mapping[int, tuple[Score, ...]]
    state_changes: Mapping[int, tuple[StateChange, ...]]


def _belongings(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> _Belongings:
    return _Belongings(
        belongings.messages(connection, first, last),
        belongings.tools_offered(connection, first, last),
        belongings.events(connection, first, last),
        belongings.links(connection, first, last),
        belongings.scores(connection, first, last),
        belongings.state_changes(connection, first, last),
    )


def _span(row: Sequence[Any], belonging: _Belongings) -> Span:
    key, trace_id, span_id, line, offset, length = row[:6]
    usage = None if all(figure is None for figure in row[26:43]) else Usage(*row[26:43])
    inputs, outputs = belonging.messages.get(key, ((), ()))
    attributes, resource, scope, metadata, parameters = (
        belongings.mapping(text) or None for text in row[45:50]
    )
    return Span(
        trace_id=trace_id, span_id=span_id, origin=Origin(line, offset, length), parent_id=row[6], name=row[7],
        kind=SpanKind(row[8]), kind_original=row[9], status=Status(row[10]), error_type=row[11], error_message=row[12],
        start_ns=row[13], end_ns=row[14], agent=row[15], model=row[16], requested_model=row[17], provider=row[18], service_tier=row[52],
        web_searches=row[53], other_charges=row[54],
        tool_name=row[19], tool_call_id=row[20], session_id=row[21], user_id=row[22], environment=row[23],
        version=row[24], ttft_ns=row[25], took_ns=row[55], usage=usage, input=row[43], output=row[44], attributes=attributes,
        resource=resource, scope=scope, metadata=metadata, parameters=parameters, tags=tuple(row[50] or ()),
        finish_reasons=tuple(row[51] or ()), input_messages=inputs, output_messages=outputs,
        tools_offered=belonging.tools_offered.get(key, ()), events=belonging.events.get(key, ()),
        links=belonging.links.get(key, ()), scores=belonging.scores.get(key, ()),
        state_changes=belonging.state_changes.get(key, ()),
    )  # fmt: skip
