"""Zipkin JSON v2: lists of spans, lists of such lists (traces), or a span a line.

A span is `traceId, id, parentId, name, kind, timestamp, duration, localEndpoint, annotations, tags`; times are
microseconds and all tags are text. Tags are attributes, annotations are events, the local endpoint is the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import otel_kind_of
from tracetui.formats.conventions_values import number_value, text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.otel_fields import items_of
from tracetui.formats.otel_tags import scope_in_tags, status_in_tags
from tracetui.formats.times import NS_PER_US, us_to_ns
from tracetui.model import Entry, Event, JsonValue, Origin, Record, Severity, Skipped, Span

_LONGEST_US = 10**16
_MARKS = ("localEndpoint", "remoteEndpoint", "annotations", "tags", "shared", "debug")
_NOT_ZIPKIN = ("attributes", "status", "spanContext", "type", "observations", "startTime")


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """One entry for each span."""
    for record in records:
        if not isinstance(record.value, list):
            yield from _span_entries(record.value, record.origin)
            continue
        if not record.value:
            yield Skipped(record.origin, "empty_batch", "the trace holds no spans")
        for raw in record.value:
            yield from _span_entries(raw, element_origin(record.origin, raw))


def _span_entries(raw: JsonValue, origin: Origin) -> Iterator[Entry]:
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a span that is no object", Severity.DATA_LOSS)
        return
    trace_id, span_id = ids.trace_id(raw.get("traceId")), ids.span_id(raw.get("id"))
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin, parent_id=ids.span_id(raw.get("parentId")))
    if raw.get("shared") is True:
        # the server's half of a call: Zipkin's older tracers give it the client's id
        span.span_id, span.parent_id = f"{span_id}-server", span_id
    span.name = text_value(raw.get("name"))
    span.start_ns = us_to_ns(raw.get("timestamp"))
    span.end_ns = _end(span.start_ns, raw.get("duration"))
    span.resource = _resource(raw)
    span.events = [_event(item) for item in items_of(raw.get("annotations")) if isinstance(item, dict)]
    tags = dict(raw["tags"]) if isinstance(raw.get("tags"), dict) else {}
    span.scope = scope_in_tags(tags)
    code, message = status_in_tags(tags)
    complete(span, tags, code, message, otel_kind_of(raw.get("kind")), resource_columns(span.resource or {}))
    yield span
    if span.start_ns is None and raw.get("timestamp") not in (None, 0):
        yield issue("bad_time", "its timestamp is no time that can be read", span)


def _end(start_ns: int | None, duration: JsonValue) -> int | None:
    lasted_us = number_value(duration)
    if start_ns is None or lasted_us is None or not 0 <= lasted_us < _LONGEST_US:
        return None
    return start_ns + int(lasted_us * NS_PER_US)


def _resource(raw: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for side, prefix in (("localEndpoint", "service"), ("remoteEndpoint", "peer.service")):
        endpoint = raw.get(side)
        if isinstance(endpoint, dict):
            found |= {
                f"{prefix}.name" if key == "serviceName" else f"{side}.{key}": value
                for key, value in endpoint.items()
                if value is not None
            }
    return found or None


def _event(annotation: dict[str, Any]) -> Event:
    """An annotation: a word, or OpenTelemetry's `"name": {attributes}`, which stays as it stands."""
    return Event(text_value(annotation.get("value")) or "annotation", us_to_ns(annotation.get("timestamp")))


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Spans with `traceId` and `id` and at least one field that only Zipkin has."""
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    span = value[0] if isinstance(value, list) and value else value
    if (
        not isinstance(span, dict)
        or not isinstance(span.get("traceId"), str)
        or not isinstance(span.get("id"), str)
    ):
        return None
    if any(key in span for key in _NOT_ZIPKIN) or not any(key in span for key in _MARKS):
        return None
    if "localEndpoint" in span or "remoteEndpoint" in span:
        return Match(95, "`traceId`, `id` and `localEndpoint`, as Zipkin writes spans", "2")
    return (
        Match(70, "`traceId`, `id` and `timestamp`, as Zipkin writes spans", "2")
        if "timestamp" in span
        else None
    )


FORMAT = Format(
    name="zipkin",
    title="Zipkin JSON v2",
    recognised_by="spans with `traceId`, `id` and `localEndpoint`",
    produced_by="Zipkin: the trace page's JSON download, `/api/v2/traces`, exporters that write to a file",
    sniff=sniff,
    read=read,
)
