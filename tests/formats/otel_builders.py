"""Small literal OTLP inputs, and readers of what a format makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracetui.formats.contract import Format
from tracetui.model import Entry, JsonValue, LogRecord, Origin, Record, Skipped, Span

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"
START = 1_700_000_000_000_000_000
HERE = Origin(line=3, byte_offset=70, byte_length=40)


def typed(value: Any) -> dict[str, Any]:
    """A plain value as OTLP types it."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [typed(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": key_values(value)}}
    return {"stringValue": value}


def key_values(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": typed(value)} for key, value in attributes.items()]


def otlp_span(attributes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    span = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "work",
        "kind": 1,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 5),
        "attributes": key_values(attributes or {}),
        "status": {},
    }
    return {**span, **fields}


def batch(*spans: Any, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    scoped = {"scope": {"name": "lib", "version": "2"}, "spans": list(spans)}
    return {
        "resourceSpans": [{"resource": {"attributes": key_values(resource or {})}, "scopeSpans": [scoped]}]
    }


def entries(form: Format, *values: JsonValue) -> list[Entry]:
    return list(form.read((Record(value, HERE) for value in values), "test"))


def spans_of(form: Format, *values: JsonValue) -> list[Span]:
    return [entry for entry in entries(form, *values) if isinstance(entry, Span)]


def one_span(form: Format, value: JsonValue) -> Span:
    (span,) = spans_of(form, value)
    return span


def skipped(form: Format, *values: JsonValue) -> list[Skipped]:
    return [entry for entry in entries(form, *values) if isinstance(entry, Skipped)]


def logs_of(form: Format, *values: JsonValue) -> list[LogRecord]:
    return [entry for entry in entries(form, *values) if isinstance(entry, LogRecord)]


def documents(path: Path) -> Iterator[Any]:
    """Every JSON value of a file: one document, lines, or concatenated; elements of a top-level array."""
    text, decoder, at = path.read_text(encoding="utf-8"), json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        yield from value if isinstance(value, list) else [value]
