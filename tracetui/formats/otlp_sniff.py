"""Recognising OTLP/JSON from the first values of a source."""

from __future__ import annotations

from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Head, Match
from tracetui.formats.otlp_cloudwatch import packed
from tracetui.model import JsonValue

_ENVELOPES = (
    ("resourceSpans", 99),
    ("resource_spans", 98),
    ("resourceLogs", 90),
    ("resource_logs", 90),
    ("resourceMetrics", 80),
    ("resource_metrics", 80),
)
_SCOPES = (
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "scopeLogs",
    "scope_logs",
    "scopeMetrics",
)
_MOST_EVENTS = 20
SINGLE_TIMES = ("startTimeUnixNano", "start_time_unix_nano", "timeUnixNano", "observedTimeUnixNano")


def sniff(head: Head) -> Match | None:
    """The best match among the first values; flat spans and logs count only with OTLP's own names."""
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    if isinstance(value, list):
        if (match := _from_cloudwatch(value)) is not None:
            return match
        value = next((item for item in value[:20] if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        return None
    for key, confidence in _ENVELOPES:
        if isinstance(value.get(key), (list, dict)):
            return Match(confidence, f"`{key}`{_inside(value[key])}")
    for key in _SCOPES:
        if isinstance(value.get(key), (list, dict)):
            return Match(95, f"one resource's `{key}` without an envelope{_ids_words(_first_span(value))}")
    return _wrapped(value) or _single(value)


def _wrapped(value: dict[str, Any]) -> Match | None:
    batches = value.get("batches")
    if isinstance(batches, list) and any(_is_resource_batch(item) for item in batches[:5]):
        return Match(92, "`batches` with `scopeSpans`, as Tempo writes them")
    trace = value.get("trace")
    if isinstance(trace, dict) and any(
        key in trace for key in ("resourceSpans", "resource_spans", "batches")
    ):
        return Match(92, "`trace` around `resourceSpans`, as Tempo writes it")
    result = value.get("result")
    if isinstance(result, dict) and isinstance(result.get("resourceSpans"), list):
        return Match(92, "`result` around `resourceSpans`, as Jaeger's newer API answers")
    page = value.get("data")
    if isinstance(page, list) and page and isinstance(page[0], dict) and (match := _single(page[0])):
        return match
    inner = value.get("raw_otel_json")
    if isinstance(inner, dict) and _single(inner):
        return Match(92, "CloudWatch's `raw_otel_json` around a span or log record")
    return _from_cloudwatch(value)


def _from_cloudwatch(value: JsonValue) -> Match | None:
    """Events of a log group: one, a list of them, or an answer around that list; some may be other messages."""
    held = packed(value)
    events = (
        held if isinstance(held, list) else value if isinstance(value, list) and held is None else [value]
    )
    found = (packed(event) for event in events[:_MOST_EVENTS])
    if any(isinstance(item, dict) and _single(item) for item in found):
        return Match(90, "CloudWatch's messages around spans or log records")
    return None


def _single(value: dict[str, Any]) -> Match | None:
    time = next((key for key in SINGLE_TIMES if key in value), None)
    if time is None or not _has_ids(value):
        return None
    return Match(85, f"single spans or log records with `{time}`{_ids_words(value)}")


def _has_ids(value: dict[str, Any]) -> bool:
    """Whether a record names span and trace; tables of one's own name runs instead."""
    return ("spanId" in value or "span_id" in value) and ("traceId" in value or "trace_id" in value)


def _is_resource_batch(item: JsonValue) -> bool:
    return isinstance(item, dict) and any(key in item for key in _SCOPES)


def _inside(batches: Any) -> str:
    first = batches[0] if isinstance(batches, list) and batches else batches
    if not isinstance(first, dict):
        return ""
    scope = next((key for key in _SCOPES if key in first), None)
    return (f" with `{scope}`" if scope else "") + _ids_words(_first_span(first))


def _first_span(batch: dict[str, Any]) -> JsonValue:
    node: Any = batch
    for keys in (_SCOPES, ("spans", "logRecords", "log_records")):
        found = next((node[key] for key in keys if key in node), None) if isinstance(node, dict) else None
        node = found[0] if isinstance(found, list) and found else found
    return node if isinstance(node, dict) else None


def _ids_words(span: JsonValue) -> str:
    raw = (span.get("traceId") or span.get("trace_id")) if isinstance(span, dict) else None
    normal = ids.trace_id(raw)
    if not isinstance(raw, str) or normal is None:
        return ""
    return " and base64 ids" if raw.endswith("==") and normal != raw else " and hex ids"
