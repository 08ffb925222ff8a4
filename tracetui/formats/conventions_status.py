"""How a span ended: its status, what kind of error, and the message in one line."""

from __future__ import annotations

import re
from typing import Any

from tracetui.formats.conventions_values import text_value
from tracetui.model import Event, JsonValue, Span, Status
from tracetui.sql import conventions as tables

STATUS_TEXT_KEY = "otel.status_description"
"""Where a status message of several lines is kept whole; the name that OpenTelemetry gives it outside OTLP."""

_CODES = {"UNSET": Status.UNSET, "OK": Status.OK, "ERROR": Status.ERROR}
_NUMBERS = (Status.UNSET, Status.OK, Status.ERROR)
_ERROR_IN_MESSAGE = re.compile(tables.ERROR_IN_MESSAGE)
_INTERRUPT_IN_MESSAGE = re.compile(tables.INTERRUPT_IN_MESSAGE)
_FAILED = frozenset({Status.ERROR, Status.INTERRUPTED})


def status_of(code: JsonValue) -> Status:
    """OpenTelemetry's status code as number, text of a number, or a word such as `STATUS_CODE_ERROR` or `Error`."""
    if type(code) is str:
        word = code.upper().rpartition("_")[2].rpartition(".")[2]
        if word in _CODES:
            return _CODES[word]
        code = int(code) if code in ("0", "1", "2") else None
    return _NUMBERS[code] if type(code) is int and 0 <= code <= 2 else Status.UNSET


def otel_kind_of(value: JsonValue) -> str | None:
    """OpenTelemetry's span kind as its bare word: of 1 to 5, `SPAN_KIND_CLIENT`, `SpanKind.CLIENT`, `Client`."""
    if type(value) is int:
        return tables.OTEL_KINDS[value] if 0 <= value < len(tables.OTEL_KINDS) else None
    if type(value) is not str:
        return None
    if value.isdecimal():
        return otel_kind_of(int(value)) if len(value) == 1 else None
    word = value.upper().rpartition(".")[2].removeprefix("SPAN_KIND_")
    return None if word in ("", "UNSPECIFIED") else word


def settle(span: Span, code: Status, message: str | None, attributes: dict[str, Any]) -> None:
    """Fill status, error_type and error_message; `span.events`, `end_ns` and `error_type` by attribute are there.

    A message of several lines is kept whole among the attributes.
    """
    exceptions = [event for event in span.events if event.name == "exception"] if span.events else []
    if (text_value(attributes.get(tables.TOOL_STATUS_KEY)) or "").lower() == "error":
        code = Status.ERROR
    span.status = _status(span, code, message, exceptions)
    if span.status not in _FAILED:
        return
    if span.error_type is None:
        span.error_type = _last_text(exceptions, "exception.type") or _type_in(message)
    if not message:
        message = _last_text(exceptions, "exception.message") or text_value(attributes.get("error.message"))
    elif "\n" in message:
        attributes.setdefault(STATUS_TEXT_KEY, message)
    span.error_message = one_line(message)


def one_line(message: str | None) -> str | None:
    """The line of an error message that says most: the first, or the last of a bare traceback."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    if not lines:
        return None
    return lines[-1] if lines[0].startswith("Traceback (") else lines[0]


def _status(span: Span, code: Status, message: str | None, exceptions: list[Event]) -> Status:
    if _is_interrupt(span.error_type) or (message and _INTERRUPT_IN_MESSAGE.search(message)):
        return Status.INTERRUPTED
    if any(_is_interrupt(text_value(event.attributes.get("exception.type"))) for event in exceptions):
        return Status.INTERRUPTED
    if code is Status.ERROR:
        return code
    return Status.UNFINISHED if span.end_ns is None else code


def _is_interrupt(word: str | None) -> bool:
    return word is not None and word.rpartition(".")[2] in tables.INTERRUPT_TYPES


def _type_in(message: str | None) -> str | None:
    found = _ERROR_IN_MESSAGE.search(message) if message else None
    return found.group(1) if found else None


def _last_text(events: list[Event], key: str) -> str | None:
    return next((text for event in reversed(events) if (text := text_value(event.attributes.get(key)))), None)
