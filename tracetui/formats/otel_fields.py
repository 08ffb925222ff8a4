"""Parts of a span that OpenTelemetry's exports share under varying names: status, events, links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_status import status_of
from tracetui.formats.otlp_values import plain_attributes
from tracetui.formats.times import ns_to_ns, to_ns
from tracetui.model import Event, JsonValue, Link, Status

_NANOS = ("timeUnixNano", "time_unix_nano")
_TIMES = ("timestamp", "time")
_CONTEXTS = ("context", "spanContext", "span_context")
_TRACE_IDS = ("traceId", "trace_id")
_SPAN_IDS = ("spanId", "span_id")


def first_of(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The first value that is not null among the names."""
    for name in names:
        value = fields.get(name)
        if value is not None:
            return value
    return None


def items_of(value: JsonValue) -> list[Any]:
    """A list as it is, nothing for null, anything else as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def context_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that holds a span's or link's ids: its context, or itself."""
    context = first_of(fields, _CONTEXTS)
    return context if isinstance(context, dict) else fields


def ids_of(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Trace id and span id of a span or link."""
    context = context_of(fields)
    return ids.trace_id(first_of(context, _TRACE_IDS)), ids.span_id(first_of(context, _SPAN_IDS))


def status_in(status: JsonValue) -> tuple[Status, str | None]:
    """Status code and message of a status object, or of a code alone."""
    if not isinstance(status, dict):
        return status_of(status), None
    message = first_of(status, ("message", "description", "status_message"))
    return status_of(first_of(status, ("code", "status_code"))), message if isinstance(message, str) else None


def events_of(value: JsonValue) -> list[Event]:
    """Events in order; what is no object is left to the raw record."""
    found = []
    for raw in items_of(value):
        if isinstance(raw, dict):
            nanos = first_of(raw, _NANOS)
            at_ns = to_ns(first_of(raw, _TIMES)) if nanos is None else ns_to_ns(nanos)
            attributes, _ = plain_attributes(raw.get("attributes"))
            found.append(Event(str(raw.get("name") or ""), at_ns, attributes))
    return found


def links_of(value: JsonValue) -> list[Link]:
    """Links that name a trace."""
    found = []
    for raw in items_of(value):
        if isinstance(raw, dict):
            trace_id, span_id = ids_of(raw)
            if trace_id is not None:
                found.append(Link(trace_id, span_id, plain_attributes(raw.get("attributes"))[0]))
    return found
