"""Spans as OpenTelemetry SDKs print them, and flat dumps of live spans.

Taken: Python's ConsoleSpanExporter and `span.to_json()` (`context` with `0x…` ids), JavaScript's console and
ReadableSpan shapes (`spanContext`, times as `[seconds, nanos]` or microseconds), flat dumps (`trace_id`, `span_id`,
`parent_span_id`, `start_time`, `span_events`), and an object with a list of any of them under `spans`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import otel_kind_of
from tracetui.formats.conventions_values import text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.otel_fields import events_of, first_of, ids_of, links_of, status_in
from tracetui.formats.otlp_values import plain_attributes, plain_resource, plain_scope
from tracetui.formats.times import NS_PER_S, NS_PER_US, pair_to_ns, to_ns
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped, Span

_PARENTS = ("parent_id", "parent_span_id", "parentSpanId", "parentId")
_STARTS = ("start_time", "startTime", "timestamp", "start_time_unix_nano", "startTimeUnixNano")
_ENDS = ("end_time", "endTime", "end_time_unix_nano", "endTimeUnixNano")
_SCOPES = ("scope", "instrumentation_scope", "instrumentationScope", "instrumentationLibrary")
_FLAT_MARKS = ("parent_span_id", "span_events", "scope")


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """One entry for each span; a record without any is skipped with the reason."""
    for record in records:
        yield from _record_entries(record.value, record.origin)


def _named_lists(value: JsonValue) -> list[Any] | None:
    """Spans of an object whose values are all lists of JavaScript's spans, such as fixtures by operation."""
    lists = list(value.values()) if isinstance(value, dict) else []
    known = lists and all(isinstance(item, list) and item and _is_javascript(item[0]) for item in lists)
    return [span for item in lists for span in item] if known else None


def _is_javascript(span: JsonValue) -> bool:
    return isinstance(span, dict) and isinstance(span.get("spanContext"), dict)


def _record_entries(value: JsonValue, origin: Origin) -> Iterator[Entry]:
    named = _named_lists(value)
    value = value if named is None else named
    if isinstance(value, dict) and isinstance(value.get("spans"), list):
        session_id = text_value(value.get("session_id")) or text_value(value.get("sessionId"))
        if not value["spans"]:
            yield Skipped(origin, "empty_batch", "the list of spans is empty")
        for element in value["spans"]:
            yield from _element_entries(element, element_origin(origin, element), session_id)
    elif isinstance(value, list):
        for element in value or [None]:
            yield from _element_entries(element, element_origin(origin, element), None)
    else:
        yield from _element_entries(value, origin, None)


def _element_entries(raw: JsonValue, origin: Origin, session_id: str | None) -> Iterator[Entry]:
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a span that is no object", Severity.DATA_LOSS)
        return
    trace_id, span_id = ids_of(raw)
    span_id = span_id or (ids.span_id(raw.get("id")) if trace_id else None)
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin)
    span.parent_id = _parent(raw)
    span.name = raw["name"] if isinstance(raw.get("name"), str) else None
    span.start_ns = to_ns(first_of(raw, _STARTS))
    span.end_ns = _end(raw, span.start_ns)
    span.resource = plain_resource(raw.get("resource")) or None
    span.scope = plain_scope(first_of(raw, _SCOPES))
    span.events = events_of(first_of(raw, ("events", "span_events")))
    span.links = links_of(raw.get("links"))
    attributes, odd = plain_attributes(raw.get("attributes"))
    code, message = status_in(raw.get("status"))
    complete(span, attributes, code, message, _otel_kind(raw), resource_columns(span.resource or {}))
    span.session_id = span.session_id or session_id
    yield span
    if odd:
        yield issue(
            "odd_attributes", f"not of the form {{key, value}}: {odd} attribute{'s' if odd > 1 else ''}", span
        )


def _parent(raw: dict[str, Any]) -> str | None:
    parent = first_of(raw, _PARENTS)
    if parent is None:
        inner = first_of(raw, ("parentSpanContext", "parent"))
        return ids_of(inner)[1] if isinstance(inner, dict) else None
    return ids.span_id(parent)


def _end(raw: dict[str, Any], start_ns: int | None) -> int | None:
    """The end, or start and duration: `[seconds, nanos]`, or microseconds as JavaScript's console prints."""
    end = to_ns(first_of(raw, _ENDS))
    if end is not None or start_ns is None:
        return end
    lasted_ns = _lasted_ns(raw.get("duration"), microseconds="timestamp" in raw)
    return None if lasted_ns is None else start_ns + lasted_ns


def _lasted_ns(duration: JsonValue, *, microseconds: bool) -> int | None:
    if isinstance(duration, list):
        return 0 if duration == [0, 0] else pair_to_ns(duration)
    if not microseconds or isinstance(duration, bool) or not isinstance(duration, (int, float)):
        return None
    return int(duration * NS_PER_US) if 0 <= duration < NS_PER_S**2 else None


def _otel_kind(raw: dict[str, Any]) -> str | None:
    """The kind's word; JavaScript counts from 0 for INTERNAL, where OTLP counts from 1."""
    kind = raw.get("kind")
    javascript = "spanContext" in raw or "_spanContext" in raw or ("id" in raw and "traceId" in raw)
    if type(kind) is int and javascript:
        return otel_kind_of(kind + 1)
    return otel_kind_of(kind)


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Python console, JavaScript, or flat dumps; an envelope `spans` counts by its first element."""
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    named = _named_lists(value)
    value = value if named is None else named
    if isinstance(value, list):
        return _of_span(value[0]) if value else None
    if isinstance(value, dict) and isinstance(value.get("spans"), list) and value["spans"]:
        match = _of_span(value["spans"][0])
        return Match(match.confidence, f"`spans`: {match.why}") if match else None
    return _of_span(value)


def _of_span(span: JsonValue) -> Match | None:
    if not isinstance(span, dict) or "name" not in span:
        return None
    context = span.get("context")
    kind = span.get("kind")
    if isinstance(context, dict) and "trace_id" in context and "start_time" in span:
        if isinstance(kind, str) and kind.startswith("SpanKind."):
            return Match(
                97, f"`context` with ids and kind `{kind[:24]}`, as Python's console exporter prints"
            )
        return (
            Match(60, "`context` with ids and `start_time`") if isinstance(span.get("status"), dict) else None
        )
    return _javascript(span) or _flat(span)


def _javascript(span: dict[str, Any]) -> Match | None:
    context = span.get("spanContext")
    if isinstance(context, dict) and "traceId" in context:
        return Match(90, "`spanContext` with `traceId`, as JavaScript's SDK writes spans")
    if "traceId" in span and "id" in span and "timestamp" in span and "duration" in span:
        return Match(
            80, "`traceId`, `id`, `timestamp` and `duration`, as JavaScript's console exporter prints"
        )
    return None


def _flat(span: dict[str, Any]) -> Match | None:
    marks = [mark for mark in _FLAT_MARKS if mark in span]
    timed = isinstance(span.get("start_time"), (int, float)) and not isinstance(span["start_time"], bool)
    if (
        "trace_id" in span
        and "span_id" in span
        and (timed or "span_events" in span)
        and isinstance(span.get("attributes"), dict)
    ):
        return Match(60 + 5 * len(marks), "flat spans with `trace_id`, `span_id` and `start_time`")
    return None


FORMAT = Format(
    name="otel_console",
    title="OpenTelemetry console spans",
    recognised_by="`context` with `0x…` ids and `SpanKind.…`, `spanContext`, or flat `trace_id`/`span_id`/`start_time`",
    produced_by="OpenTelemetry SDK console exporters (Python, JavaScript), `span.to_json()`, live span dumps",
    sniff=sniff,
    read=read,
)
