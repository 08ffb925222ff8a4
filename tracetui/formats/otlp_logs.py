"""OTLP log records: events of the spans they name, and the messages and evaluations they carry for those spans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_values import text_value
from tracetui.formats.genai import (
    DETAILS,
    INPUT,
    OUTPUT,
    Messages,
    evaluation,
    event_messages,
    is_message_event,
)
from tracetui.formats.messages import read_messages
from tracetui.formats.otlp_values import either, plain_attributes, plain_value
from tracetui.formats.times import ns_to_ns
from tracetui.model import Entry, Event, JsonValue, LogRecord, Origin, Skipped


def log_entry(
    raw: dict[str, Any], scope: dict[str, Any] | None, resource: dict[str, Any], origin: Origin
) -> Entry:
    """A LogRecord with its event, messages and evaluation, or Skipped where the record belongs to no trace.

    An evaluation that names no span is a Score of the trace.

    The event's attributes are the record's, with `body`, `severity`, `scope` and `resource` beside them.
    """
    trace_id = ids.trace_id(either(raw, "traceId", "trace_id"))
    if trace_id is None:
        return Skipped(origin, "log_without_trace", "a log record that belongs to no trace")
    attributes, _ = plain_attributes(raw.get("attributes"))
    body = plain_value(raw.get("body"))
    name = (
        text_value(either(raw, "eventName", "event_name"))
        or text_value(attributes.get("event.name"))
        or "log"
    )
    at_ns = ns_to_ns(either(raw, "timeUnixNano", "time_unix_nano")) or ns_to_ns(
        either(raw, "observedTimeUnixNano", "observed_time_unix_nano")
    )
    given, answered = _messages(name, body, attributes)
    extras = {"body": body, "severity": _severity(raw), "scope": scope, "resource": resource or None}
    details = {**attributes, **{key: value for key, value in extras.items() if value is not None}}
    span_id = ids.span_id(either(raw, "spanId", "span_id"))
    said = {**body, **attributes} if isinstance(body, dict) else attributes
    scores = evaluation(trace_id, span_id, said, at_ns)
    if scores and span_id is None:
        return replace(scores[0], origin=origin)
    return LogRecord(trace_id, span_id, origin, Event(name, at_ns, details), given, answered, scores)


def _severity(raw: dict[str, Any]) -> Any:
    return either(raw, "severityText", "severity_text") or either(raw, "severityNumber", "severity_number")


def _messages(name: str, body: JsonValue, attributes: dict[str, Any]) -> tuple[Messages, Messages]:
    if name == DETAILS or INPUT in attributes or OUTPUT in attributes:
        return event_messages(DETAILS, {**(body if isinstance(body, dict) else {}), **attributes})
    if is_message_event(name):
        return event_messages(name, body if body is not None else attributes)
    if isinstance(body, dict) and isinstance(body.get("input") or body.get("output"), dict):
        return read_messages(body.get("input"), "user"), read_messages(body.get("output"), "assistant")
    return (), ()
