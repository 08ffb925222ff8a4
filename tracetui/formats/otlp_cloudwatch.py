"""What Amazon CloudWatch packs spans and log records into: events of log groups, results of Logs Insights, their CSV."""

from __future__ import annotations

from typing import Any

from tracetui.formats.conventions_values import parsed
from tracetui.model import JsonValue

_LISTS = ("events", "logEvents", "results")
_TELLING = frozenset(("traceId", "spanId", "resourceSpans", "resourceLogs"))
_OF_EVENTS = frozenset(("timestamp", "ingestionTime", "eventId", "logStreamName", "@timestamp"))


def packed(value: JsonValue) -> JsonValue:
    """What an event or a list of them holds: a list of events, or the object that is an event's message; else None."""
    if isinstance(value, list):
        return _message(_by_field(value)) if value and _is_field(value[0]) else None
    if not isinstance(value, dict):
        return None
    held = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    if held and (_message_of(held[0]) is not None or _is_row(held[0])):
        return list(held)
    return _message(value)


def is_event(value: JsonValue) -> bool:
    """Whether a value is an event with a message."""
    return _message_of(value) is not None


def _message(event: dict[str, Any]) -> JsonValue:
    """The span, log record or batch that a message is, as text or whole."""
    found = parsed(_message_of(event))
    return found if isinstance(found, dict) and not _TELLING.isdisjoint(found) else None


def _message_of(event: JsonValue) -> JsonValue:
    if not isinstance(event, dict):
        return None
    if "@message" in event:
        message: JsonValue = event["@message"]
        return message
    return event.get("message") if not _OF_EVENTS.isdisjoint(event) else None


def _is_row(row: JsonValue) -> bool:
    return isinstance(row, list) and bool(row) and _is_field(row[0])


def _is_field(item: JsonValue) -> bool:
    return isinstance(item, dict) and item.keys() >= {"field", "value"}


def _by_field(row: list[Any]) -> dict[str, Any]:
    return {str(item["field"]): item["value"] for item in row if _is_field(item)}
