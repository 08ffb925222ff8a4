"""Lines of the plain format as spans, facts of a trace, and scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats.conventions_values import cost_value, integer_value
from tracetui.formats.plain_fields import UNKNOWN_SEMANTICS, Fields
from tracetui.formats.unread_usage import unread
from tracetui.model import (
    TOKEN_FIELDS,
    Event,
    Fidelity,
    Link,
    Message,
    Origin,
    Part,
    PartType,
    Score,
    Span,
    SpanKind,
    StateChange,
    StateOp,
    Status,
    ToolDefinition,
    TraceFacts,
    Usage,
)
from tracetui.reading.lenient import NotJson, dumps, loads

TEXTS = (
    *(
        "parent_id",
        "name",
        "kind_original",
        "error_type",
        "error_message",
        "agent",
        "model",
        "requested_model",
    ),
    *(
        "provider",
        "service_tier",
        "other_charges",
        "tool_name",
        "tool_call_id",
        "session_id",
        "user_id",
        "environment",
        "version",
        "input",
        "output",
    ),
)
OBJECTS = ("attributes", "resource", "scope", "metadata", "parameters")
TEXT_LISTS = ("tags", "finish_reasons")
COUNTS = TOKEN_FIELDS
COUNTED = ("ttft_ns", "took_ns", "web_searches")
_OTHERS = (
    *("tracetui", "record", "trace_id", "span_id", "kind", "status", "start", "end", *COUNTED, "usage"),
    *("input_messages", "output_messages", "tools", "events", "links", "scores", "state_changes"),
    # columns that other records of the same Parquet file fill
    *("value", "label", "passed", "author", "comment", "at"),
)
KNOWN = frozenset((*TEXTS, *OBJECTS, *TEXT_LISTS, *_OTHERS))


_OF_ALL_KEYS = frozenset((StateOp.SNAPSHOT, StateOp.CHECK, StateOp.OBSERVE))
"""Ops whose value is an object of keys."""


def span_of_plain(line: Fields, trace_id: str, span_id: str, origin: Origin) -> Span:
    """A span of a line; keys that the format does not know become attributes."""
    span = Span(trace_id, span_id, origin)
    for key in TEXTS:
        setattr(span, key, line.text(key))
    for key in OBJECTS:
        setattr(span, key, line.object(key))
    span.tags, span.finish_reasons = line.texts("tags"), line.texts("finish_reasons")
    span.attributes = _with_unknown(line.values, span.attributes)
    _fill_kind_and_status(span, line)
    span.start_ns, span.end_ns = line.time_ns("start"), line.time_ns("end")
    for key in COUNTED:
        setattr(span, key, line.amount(key))
    span.usage = _usage(line)
    span.input_messages = tuple(_messages(line, "input_messages"))
    span.output_messages = tuple(_messages(line, "output_messages"))
    span.tools_offered = tuple(_tools(line))
    span.events = tuple(_events(line))
    span.links = tuple(_links(line))
    span.state_changes = tuple(_state_changes(line))
    span.scores = tuple(_score(item, trace_id, span_id) for item in line.items("scores"))
    return span


def facts_of_plain(line: Fields, trace_id: str, origin: Origin) -> TraceFacts:
    """What a `trace` line says of a whole trace."""
    return TraceFacts(
        trace_id,
        origin,
        name=line.text("name"),
        session_id=line.text("session_id"),
        user_id=line.text("user_id"),
        metadata=line.object("metadata"),
        tags=line.texts("tags"),
    )


def score_of_plain(line: Fields, trace_id: str, origin: Origin) -> Score:
    """A `score` line."""
    return _score(line, trace_id, line.word("span_id"), origin)


def _with_unknown(values: dict[str, Any], attributes: Any) -> dict[str, Any] | None:
    unknown = {key: value for key, value in values.items() if key not in KNOWN and value is not None}
    return {**unknown, **(attributes or {})} if unknown else attributes


def _fill_kind_and_status(span: Span, line: Fields) -> None:
    kind, status = line.text("kind"), line.text("status")
    if kind is not None:
        span.kind = SpanKind.__members__.get(kind.upper(), SpanKind.UNKNOWN)
        if span.kind is SpanKind.UNKNOWN and kind.upper() != "UNKNOWN" and span.kind_original is None:
            span.kind_original = kind
    if status is not None:
        span.status = Status.__members__.get(status.upper())
        if span.status is None:
            line.problems.append(f"status {status[:40]!r} is none of {', '.join(Status)}")


def _usage(line: Fields) -> Usage | None:
    found = line.object("usage")
    if found is None:
        return None
    usage = Fields(found, line.problems, "usage.")
    counts = {key: integer_value(found.get(key)) for key in COUNTS}
    cost_usd = cost_value(found.get("cost_usd"))
    odd = unread(
        [(f"usage.{key}", found[key]) for key, count in counts.items() if count is None and key in found],
        [("usage.cost_usd", found["cost_usd"])] if cost_usd is None and "cost_usd" in found else [],
    )
    semantics = _semantics(counts, usage.text("semantics"))
    return Usage(**counts, cost_usd=cost_usd, raw=usage.text("raw"), semantics=semantics, unread=odd)


def _semantics(counts: dict[str, int | None], word: str | None) -> str | None:
    """Cached tokens are within the input, as the format asks, unless a word or, to the store, a total says otherwise."""
    by_age = (counts["cache_write_5m_tokens"] or 0) + (counts["cache_write_1h_tokens"] or 0)
    cached = (counts["cache_read_tokens"] or 0) + max(counts["cache_write_tokens"] or 0, by_age)
    if word is None and counts["total_tokens"] is None and 0 < cached <= (counts["input_tokens"] or 0):
        return "inclusive"
    return None if word == UNKNOWN_SEMANTICS else word


def _messages(line: Fields, key: str) -> Iterator[Message]:
    for item in line.items(key):
        parts = tuple(_part(part) for part in item.items("parts"))
        yield Message(item.text("role") or "user", parts, item.text("name"), item.text("finish_reason"))


def _part(item: Fields) -> Part:
    word = item.text("type") or "text"
    known = PartType.__members__.get(word.upper())
    if known is None:
        item.problems.append(f"{item.where}type {word[:40]!r} is no part type")
    return Part(
        known or PartType.OTHER,
        content=item.text("content"),
        tool_call_id=item.text("tool_call_id"),
        tool_name=item.text("tool_name"),
        mime_type=item.text("mime_type"),
        size_bytes=item.count("size_bytes"),
        is_error=item.truth("is_error"),
    )


def _tools(line: Fields) -> Iterator[ToolDefinition]:
    for item in line.items("tools"):
        yield ToolDefinition(item.text("name") or "", item.text("description"), item.text("schema"))


def _events(line: Fields) -> Iterator[Event]:
    for item in line.items("events"):
        yield Event(item.text("name") or "", item.time_ns("at"), item.object("attributes") or {})


def _links(line: Fields) -> Iterator[Link]:
    for item in line.items("links"):
        yield Link(item.word("trace_id") or "", item.word("span_id"), item.object("attributes") or {})


def _state_changes(line: Fields) -> Iterator[StateChange]:
    for item in line.items("state_changes"):
        op, fidelity = item.text("op") or "set", item.text("fidelity") or "exact"
        unknown = [] if op in StateOp.__members__.values() else [f"op {op[:40]!r}"]
        unknown += [] if fidelity in Fidelity.__members__.values() else [f"fidelity {fidelity[:40]!r}"]
        if unknown:
            item.problems.append(f"{item.where}{' and '.join(unknown)} not known")
            continue
        key, value = item.text("key"), _json_text(item, "value")
        wrong = _wrong_state(StateOp(op), key, value)
        if wrong:
            item.problems.append(f"{item.where}{wrong}")
            continue
        yield StateChange(
            StateOp(op), key or "", value, _json_text(item, "before"),
            item.text("store") or "state", item.text("scope"), item.text("actor"), Fidelity(fidelity),
            item.text("evidence"), item.time_ns("at"), item.count("order") or 0, item.count("moment"),
        )  # fmt: skip


def _wrong_state(op: StateOp, key: str | None, value: str | None) -> str:
    """Why a change cannot be replayed; empty where it can."""
    if op in _OF_ALL_KEYS:
        return "" if (value or "")[:1] == "{" else f"value: {op} without an object of keys"
    return "" if key is not None or op in (StateOp.PATCH, StateOp.MARK) else f"key: {op} without a key"


def _json_text(item: Fields, key: str) -> str | None:
    """JSON text of a value; text that is none stands for itself, and it is told where it begins like a list or object."""
    text = item.text(key)
    try:
        value, repairs = loads(text) if text is not None else (None, ())
    except NotJson:
        if text is not None and text.lstrip()[:1] in ("{", "["):
            item.problems.append(f"{item.where}{key}: no JSON, kept as text")
        return dumps(text)
    return dumps(value) if repairs else text


def _score(item: Fields, trace_id: str, span_id: str | None, origin: Origin | None = None) -> Score:
    return Score(
        trace_id=item.word("trace_id") or trace_id,
        span_id=item.word("span_id") if "span_id" in item.values else span_id,
        name=item.text("name") or "",
        value=item.number("value"),
        label=item.text("label"),
        passed=item.truth("passed"),
        kind=item.text("kind"),
        author=item.text("author"),
        comment=item.text("comment"),
        at_ns=item.time_ns("at"),
        origin=origin,
    )
