"""One span whole: everything the detail pane and `show --step` print."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import duckdb

from tracetui import sql
from tracetui.errors import UsageError
from tracetui.model import TOKEN_FIELDS, ImportIssue, Message, Score, Severity, SpanKind, Status, Usage
from tracetui.read_model import MessageView, SpanDetail, ToolCall
from tracetui.store import belongings, reads
from tracetui.store.belongings import parts_of


def span_detail(connection: duckdb.DuckDBPyConnection, run_id: str, position: int) -> SpanDetail:
    """The span at a position of a run's tree; raises UsageError where there is none."""
    run_key = reads.run_key(connection, run_id)
    cursor = connection.execute(sql.text("read/span"), [run_key, position])
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    if row is None:
        raise UsageError(f"run {run_id} has no span at position {position}")
    span = dict(zip(names, row, strict=True))
    key = span.pop("span_key")
    source_key = span.pop("source_key")
    usage = _usage(span)
    span["kind"], span["status"] = SpanKind(span["kind"]), Status(span["status"])
    span["finish_reasons"] = tuple(span["finish_reasons"])
    return SpanDetail(
        **span,
        usage=usage,
        messages=_messages(connection, key),
        tools_offered=belongings.tools_offered(connection, key, key).get(key, ()),
        tool_calls=_tool_calls(connection, key),
        events=belongings.events(connection, key, key).get(key, ()),
        links=belongings.links(connection, key, key).get(key, ()),
        scores=_scores(connection, key),
        raw=_raw(connection, key),
        issues=_issues(connection, source_key, span["source"], key),
    )


def _usage(span: dict[str, Any]) -> Usage | None:
    figures = [
        span.pop(name)
        for name in (
            "input_tokens", "output_tokens", "total_tokens", "cache_read_tokens", "cache_write_tokens",
            "reasoning_tokens", "cost_usd", "usage_raw", *TOKEN_FIELDS[6:], "usage_semantics")
    ]  # fmt: skip
    return None if all(figure is None for figure in figures) else Usage(*figures)


def _messages(connection: duckdb.DuckDBPyConnection, key: int) -> tuple[MessageView, ...]:
    if not connection.execute("FROM store.message_ranges WHERE span_key = ?", [key]).fetchall():
        return ()  # most spans, without asking what a call before them was given
    rows = connection.execute(sql.text("read/span_messages"), {"span_key": key}).fetchall()
    return tuple(
        MessageView(
            side, place, Message(role, parts_of(row[6:] for row in parts), name, finish_reason), is_new
        )
        for (side, place, role, name, finish_reason, is_new), parts in groupby(rows, key=lambda row: row[:6])
    )


def _tool_calls(connection: duckdb.DuckDBPyConnection, key: int) -> tuple[ToolCall, ...]:
    rows = connection.execute(sql.text("read/span_tool_calls"), {"span_key": key}).fetchall()
    return tuple(
        ToolCall(
            call_id,
            name,
            arguments,
            result,
            Status(status),
            error,
            asked_by,
            asked_step,
            done_by,
            done_step,
            nth,
        )
        for call_id, name, arguments, result, status, error, asked_by, asked_step, done_by, done_step, nth in rows
    )


def _scores(connection: duckdb.DuckDBPyConnection, key: int) -> tuple[Score, ...]:
    """Scores of a span, with those of its run where it is the root."""
    rows = connection.execute(
        "SELECT trace_id, span_id, name, value, label, passed, kind, author, comment, at_ns FROM store.scores"
        " WHERE span_key = $key OR (span_key IS NULL AND run_key = $key) ORDER BY at_ns, name",
        {"key": key},
    ).fetchall()
    return tuple(Score(*row) for row in rows)


def _raw(connection: duckdb.DuckDBPyConnection, key: int) -> str | None:
    """The records of a span as they stand in its source, one after the other where several were merged."""
    rows = connection.execute(sql.text("read/span_records"), [key]).fetchall()
    return "\n".join(row[0] for row in rows) if rows else None


def _issues(
    connection: duckdb.DuckDBPyConnection, source_key: int, source: str, span_key: int
) -> tuple[ImportIssue, ...]:
    rows = connection.execute(
        "SELECT i.code, i.message, i.severity, i.line, i.byte_offset, i.span_id, i.skipped, i.trace_id"
        " FROM store.issues AS i JOIN store.spans AS s ON s.span_id = i.span_id"
        " WHERE i.source_key = ? AND s.span_key = ? AND coalesce(i.trace_id = s.trace_id, true)",
        [source_key, span_key],
    ).fetchall()
    return tuple(
        ImportIssue(code, message, Severity(severity), line, offset, about, source, skipped, trace_id)
        for code, message, severity, line, offset, about, skipped, trace_id in rows
    )
