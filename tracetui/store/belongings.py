"""What belongs to spans besides their own columns, read for a range of spans at a time.

Spans are stored in the order of their keys, so a range costs one pass over a part of a table; asking span by span
makes an export take time by the square of its size. Each function gives what belongs to the spans whose keys are
`first` to `last`, both included; spans without any are not in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import duckdb
import orjson

from tracetui.model import (
    Event,
    Fidelity,
    Link,
    Message,
    Part,
    PartType,
    Score,
    StateChange,
    StateOp,
    ToolDefinition,
)

T = TypeVar("T")

_EVENTS = """SELECT span_key, name, at_ns, attributes FROM store.events
    WHERE span_key BETWEEN ? AND ? ORDER BY span_key, position"""
_LINKS = """SELECT span_key, linked_trace_id, linked_span_id, attributes FROM store.links
    WHERE span_key BETWEEN ? AND ? ORDER BY span_key"""
_SCORES = """SELECT span_key, trace_id, span_id, name, value, label, passed, kind, author, comment, at_ns
    FROM store.scores WHERE span_key BETWEEN ? AND ? ORDER BY span_key, at_ns, name"""
_TOOLS_OFFERED = """SELECT t.span_key, d.name, d.description, d.schema
    FROM store.span_tools AS t JOIN store.tool_definitions AS d USING (tool_key)
    WHERE t.span_key BETWEEN ? AND ? ORDER BY t.span_key, t.position"""
_MESSAGES = """SELECT m.span_key, m.side, m.position, b.role, b.name, m.finish_reason,
        q.type, q.content, q.tool_call_id, q.tool_name, q.mime_type, q.size_bytes, q.is_error
    FROM store.span_messages AS m
    JOIN store.message_bodies AS b USING (message_key)
    LEFT JOIN store.message_parts AS q USING (message_key)
    WHERE m.span_key BETWEEN ? AND ? ORDER BY m.span_key, m.side, m.position, q.part"""
_STATE_CHANGES = """SELECT c.span_key, c.op, c.key, a.body, b.body, c.store, c.scope, c.actor, c.fidelity, c.evidence,
        c.at_ns, c.seq, c.moment
    FROM store.state_changes AS c
    LEFT JOIN store.state_values AS a ON a.value_key = c.after_key
    LEFT JOIN store.state_values AS b ON b.value_key = c.before_key
    WHERE c.span_key BETWEEN ? AND ? ORDER BY c.span_key, c.seq"""


def events(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, tuple[Event, ...]]:
    """Events, in order."""
    return _by_span(connection.execute(_EVENTS, [first, last]).fetchall(), _event)


def links(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, tuple[Link, ...]]:
    """Links to other spans."""
    return _by_span(connection.execute(_LINKS, [first, last]).fetchall(), _link)


def scores(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, tuple[Score, ...]]:
    """Scores of the spans alone, by time."""
    return _by_span(connection.execute(_SCORES, [first, last]).fetchall(), lambda row: Score(*row[1:]))


def tools_offered(
    connection: duckdb.DuckDBPyConnection, first: int, last: int
) -> dict[int, tuple[ToolDefinition, ...]]:
    """Tool definitions given to model calls, in order."""
    rows = connection.execute(_TOOLS_OFFERED, [first, last]).fetchall()
    return _by_span(rows, lambda row: ToolDefinition(*row[1:]))


def messages(
    connection: duckdb.DuckDBPyConnection, first: int, last: int
) -> dict[int, tuple[tuple[Message, ...], tuple[Message, ...]]]:
    """Input and output messages, in order."""
    sides: dict[int, tuple[list[Message], list[Message]]] = {}
    rows = connection.execute(_MESSAGES, [first, last]).fetchall()
    for (key, side, _, role, name, finish_reason), parts in groupby(rows, key=lambda row: row[:6]):
        message = Message(role, parts_of(row[6:] for row in parts), name, finish_reason)
        sides.setdefault(key, ([], []))[side == "output"].append(message)
    return {key: (tuple(inputs), tuple(outputs)) for key, (inputs, outputs) in sides.items()}


def state_changes(
    connection: duckdb.DuckDBPyConnection, first: int, last: int
) -> dict[int, tuple[StateChange, ...]]:
    """Changes of state as they were recorded, in order."""
    return _by_span(connection.execute(_STATE_CHANGES, [first, last]).fetchall(), _state_change)


def parts_of(rows: Iterable[Sequence[Any]]) -> tuple[Part, ...]:
    """Parts of a message from its rows: type, content, tool call id, tool name, MIME type, bytes, whether an error."""
    return tuple(Part(PartType(row[0]), *row[1:]) for row in rows if row[0] is not None)


def mapping(text: str | None) -> Mapping[str, Any]:
    """A JSON object stored as text."""
    value = orjson.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def _by_span(rows: Iterable[Sequence[Any]], made: Callable[[Sequence[Any]], T]) -> dict[int, tuple[T, ...]]:
    return {key: tuple(map(made, group)) for key, group in groupby(rows, key=itemgetter(0))}


def _event(row: Sequence[Any]) -> Event:
    return Event(row[1], row[2], mapping(row[3]))


def _link(row: Sequence[Any]) -> Link:
    return Link(row[1], row[2], mapping(row[3]))


def _state_change(row: Sequence[Any]) -> StateChange:
    _, op, key, value, before, store, scope, actor, fidelity, evidence, at_ns, seq, moment = row
    return StateChange(
        StateOp(op), key, value, before, store, scope, actor, Fidelity(fidelity), evidence, at_ns, seq, moment
    )
