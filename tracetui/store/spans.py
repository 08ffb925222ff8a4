"""Spans as they were loaded, rebuilt from the tables for export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from tracetui.model import (
    Fidelity,
    Origin,
    Score,
    Span,
    SpanKind,
    StateChange,
    StateOp,
    Status,
    TraceFacts,
    Usage,
)
from tracetui.store import reads
from tracetui.store.details import stored_messages

_SPANS = """
    SELECT s.span_key, s.trace_id, s.span_id, s.line, s.byte_offset, s.byte_length, s.parent_id, s.name, s.kind,
        s.kind_original, s.status, s.error_type, s.error_message, s.start_ns, s.end_ns, s.agent, s.model,
        s.requested_model, s.provider, s.tool_name, s.tool_call_id, s.session_id, s.user_id, s.environment, s.version,
        s.ttft_ns, s.input_tokens, s.output_tokens, s.total_tokens, s.cache_read_tokens, s.cache_write_tokens,
        s.reasoning_tokens, s.cost_usd, l.usage_raw, s.cache_write_5m_tokens, s.cache_write_1h_tokens,
        s.input_audio_tokens, s.input_image_tokens, s.output_audio_tokens, s.other_tokens, s.usage_semantics, l.input, l.output, l.attributes, c.resource, c.scope, l.metadata,
        l.parameters, l.tags, l.finish_reasons, s.service_tier
    FROM store.spans AS s
    LEFT JOIN store.payloads AS l USING (span_key)
    LEFT JOIN store.resources AS c USING (resource_key)
    WHERE NOT s.is_synthetic ORDER BY s.span_key"""

_STATE_CHANGES = """
    SELECT c.op, c.key, a.body, b.body, c.store, c.scope, c.actor, c.fidelity, c.evidence, c.at_ns, c.seq
    FROM store.state_changes AS c
    LEFT JOIN store.state_values AS a ON a.value_key = c.after_key
    LEFT JOIN store.state_values AS b ON b.value_key = c.before_key
    WHERE c.span_key = ? ORDER BY c.seq"""


def stored_spans(connection: duckdb.DuckDBPyConnection) -> Iterator[Span]:
    """Every span, in the order loaded, with all that belongs to it."""
    cursor, lookups = connection.cursor(), connection.cursor()
    cursor.execute(_SPANS)
    while rows := cursor.fetchmany(1_000):
        for row in rows:
            yield _span(row, lookups)


def stored_trace_facts(connection: duckdb.DuckDBPyConnection) -> Iterator[TraceFacts]:
    """What records said about whole traces."""
    rows = connection.execute(
        "SELECT * EXCLUDE (id_scope) FROM store.trace_facts ORDER BY trace_id"
    ).fetchall()
    for trace_id, name, session_id, user_id, metadata, tags in rows:
        facts = reads.mapping(metadata) or None
        yield TraceFacts(trace_id, Origin(None, 0, 0), name, session_id, user_id, facts, tuple(tags or ()))


def stored_trace_scores(connection: duckdb.DuckDBPyConnection) -> Iterator[Score]:
    """Scores that belong to no loaded span."""
    rows = connection.execute(
        "SELECT trace_id, span_id, name, value, label, passed, kind, author, comment, at_ns FROM store.scores"
        " WHERE span_key IS NULL ORDER BY trace_id, at_ns, name"
    ).fetchall()
    for row in rows:
        yield Score(*row)


def _state_changes(connection: duckdb.DuckDBPyConnection, key: int) -> tuple[StateChange, ...]:
    rows = connection.execute(_STATE_CHANGES, [key]).fetchall()
    return tuple(
        StateChange(
            StateOp(op), key, value, before, store, scope, actor, Fidelity(fidelity), evidence, at_ns, seq
        )
        for op, key, value, before, store, scope, actor, fidelity, evidence, at_ns, seq in rows
    )


def _span(row: Sequence[Any], connection: duckdb.DuckDBPyConnection) -> Span:
    key, trace_id, span_id, line, offset, length = row[:6]
    usage = None if all(figure is None for figure in row[26:41]) else Usage(*row[26:41])
    inputs, outputs = stored_messages(connection, key)
    attributes, resource, scope, metadata, parameters = (reads.mapping(text) or None for text in row[43:48])
    return Span(
        trace_id=trace_id, span_id=span_id, origin=Origin(line, offset, length), parent_id=row[6], name=row[7],
        kind=SpanKind(row[8]), kind_original=row[9], status=Status(row[10]), error_type=row[11], error_message=row[12],
        start_ns=row[13], end_ns=row[14], agent=row[15], model=row[16], requested_model=row[17], provider=row[18], service_tier=row[50],
        tool_name=row[19], tool_call_id=row[20], session_id=row[21], user_id=row[22], environment=row[23],
        version=row[24], ttft_ns=row[25], usage=usage, input=row[41], output=row[42], attributes=attributes,
        resource=resource, scope=scope, metadata=metadata, parameters=parameters, tags=tuple(row[48] or ()),
        finish_reasons=tuple(row[49] or ()), input_messages=inputs, output_messages=outputs,
        tools_offered=reads.tools_offered(connection, key), events=reads.events(connection, key),
        links=reads.links(connection, key), scores=reads.span_scores(connection, key),
        state_changes=_state_changes(connection, key),
    )  # fmt: skip
