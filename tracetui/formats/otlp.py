"""OTLP/JSON traces, logs and metrics, as the OpenTelemetry Collector's file exporter and its relatives write them.

Taken: `resourceSpans`, `resourceLogs`, `resourceMetrics` in camelCase and snake_case; one resource without envelope
(`{"resource", "scopeSpans"}`); Tempo's `{"batches"}` and `{"trace"}`; the older `instrumentationLibrarySpans`; single
spans and log records with their resource inside, bare or as CloudWatch packs them.
Each span, log record and metric accounts for one record. Metrics are skipped, log records join their spans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import otel_kind_of
from tracetui.formats.elements import element_origin
from tracetui.formats.otel_fields import events_of, items_of, links_of, status_in
from tracetui.formats.otlp_cloudwatch import is_event, packed
from tracetui.formats.otlp_logs import log_entry
from tracetui.formats.otlp_sniff import SINGLE_TIMES, sniff
from tracetui.formats.otlp_values import either, plain_attributes, plain_resource, plain_scope
from tracetui.formats.times import ns_to_ns
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped, Span

_MAX_WRAPPERS = 8
_WRAPPERS = ("trace", "raw_otel_json", "data", "result")
_SPAN_BATCHES = ("resourceSpans", "resource_spans", "batches")
_LOG_BATCHES = ("resourceLogs", "resource_logs")
_METRIC_BATCHES = ("resourceMetrics", "resource_metrics")
_SPAN_SCOPES = (
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
    "ilSpans",
)
_LOG_SCOPES = ("scopeLogs", "scope_logs", "instrumentationLibraryLogs")
_METRIC_SCOPES = ("scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics")
_DROPPED = (
    ("attributes", "droppedAttributesCount", "dropped_attributes_count"),
    ("events", "droppedEventsCount", "dropped_events_count"),
    ("links", "droppedLinksCount", "dropped_links_count"),
)


@dataclass(frozen=True, slots=True)
class _Around:
    """What the spans of one scope share: the resource, the columns it gives, the scope, and the record's place."""

    resource: dict[str, Any]
    columns: dict[str, str]
    scope: dict[str, Any] | None
    origin: Origin


_SINGLE_KEYS = ("spanId", "traceId", *SINGLE_TIMES)


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Entries of every span, log record and metric; a record that holds none of them is skipped with the reason."""
    for record in records:
        empty = True
        for entry in _value_entries(record.value, record.origin):
            empty = empty and isinstance(entry, ImportIssue)
            yield entry
        if empty:
            yield _nothing_in(record)


def _nothing_in(record: Record) -> Skipped:
    value = record.value
    batches = (*_SPAN_BATCHES, *_LOG_BATCHES, *_METRIC_BATCHES, *_SPAN_SCOPES, *_LOG_SCOPES, *_METRIC_SCOPES)
    if isinstance(value, dict) and any(key in value for key in batches):
        return Skipped(record.origin, "empty_batch", "the batch holds no spans, log records or metrics")
    reason = "no OTLP batch, span, log record or metric in this record"
    return Skipped(record.origin, "unknown_shape", reason, Severity.WARNING)


def _value_entries(value: JsonValue, origin: Origin) -> Iterator[Entry]:
    pending: list[tuple[JsonValue, int]] = [(value, 0)]
    while pending:
        item, depth = pending.pop()
        held = packed(item) if depth < _MAX_WRAPPERS else None
        if held is not None and not (isinstance(item, dict) and _is_known(item)):
            pending.append((held, depth + 1))
        elif isinstance(item, list) and depth < _MAX_WRAPPERS:
            pending.extend((element, depth + 1) for element in reversed(item))
        elif isinstance(item, dict):
            wrapped = next((item[key] for key in _WRAPPERS if isinstance(item.get(key), (dict, list))), None)
            if wrapped is not None and not _is_known(item) and depth < _MAX_WRAPPERS:
                pending.append((wrapped, depth + 1))
            elif is_event(item) and not _is_known(item):
                yield _odd("a message that is neither a span nor a log record", element_origin(origin, item))
            else:
                yield from _object_entries(item, origin)
        elif depth:
            yield _odd("an element that is no object", origin)


def _is_known(item: dict[str, Any]) -> bool:
    return any(
        key in item for key in ("resourceSpans", "resource_spans", "scopeSpans", "scope_spans", "spanId")
    )


def _object_entries(item: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    batches = False
    for keys, scopes, read_scope in _SIGNALS:
        for key in keys:
            if key in item:
                batches = True
                for element in items_of(item[key]):
                    yield from _resource_entries(element, scopes, read_scope, origin)
    if batches:
        return
    for _, scopes, read_scope in _SIGNALS:
        if any(key in item for key in scopes):
            batches = True
            yield from _resource_entries(item, scopes, read_scope, origin)
    if not batches:
        yield from _single_entries(item, origin)


def _single_entries(item: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    """A span or log record that stands alone, its resource and scope inside."""
    if not any(key in item for key in _SINGLE_KEYS):
        return  # the names of others for ids alone say nothing
    around = _around(item, item.get("scope"), origin)
    if either(item, "startTimeUnixNano", "start_time_unix_nano") is not None or "body" not in item:
        yield from _span_entries(item, around)
    else:
        yield log_entry(item, around.scope, around.resource, origin)


def _around(item: dict[str, Any], scope: JsonValue, origin: Origin) -> _Around:
    resource = plain_resource(item.get("resource"))
    return _Around(resource, resource_columns(resource), plain_scope(scope), origin)


def _resource_entries(
    element: JsonValue, scopes: tuple[str, ...], read_scope: Any, origin: Origin
) -> Iterator[Entry]:
    if not isinstance(element, dict):
        yield _odd("a resource batch that is no object", origin)
        return
    around = _around(element, None, origin)
    for key in scopes:
        for scoped in items_of(element.get(key)):
            if isinstance(scoped, dict):
                yield from read_scope(scoped, around)
            else:
                yield _odd("a scope batch that is no object", origin)


def _scoped(scoped: dict[str, Any], around: _Around) -> _Around:
    scope = scoped.get("scope") or either(scoped, "instrumentationLibrary", "instrumentation_library")
    return _Around(around.resource, around.columns, plain_scope(scope), around.origin)


def _scope_spans(scoped: dict[str, Any], around: _Around) -> Iterator[Entry]:
    inside = _scoped(scoped, around)
    for raw in items_of(scoped.get("spans")):
        if isinstance(raw, dict):
            yield from _span_entries(raw, inside)
        else:
            yield _odd("a span that is no object", around.origin)


def _scope_logs(scoped: dict[str, Any], around: _Around) -> Iterator[Entry]:
    inside = _scoped(scoped, around)
    logs = either(scoped, "logRecords", "log_records")
    for raw in items_of(scoped.get("logs") if logs is None else logs):
        if isinstance(raw, dict):
            yield log_entry(raw, inside.scope, inside.resource, element_origin(around.origin, raw))
        else:
            yield _odd("a log record that is no object", around.origin)


def _scope_metrics(scoped: dict[str, Any], around: _Around) -> Iterator[Entry]:
    for raw in items_of(scoped.get("metrics")):
        name = raw.get("name") if isinstance(raw, dict) else None
        yield Skipped(around.origin, "metric", f"metric {name!s:.80}: metrics are not spans")


_SIGNALS = (
    (_SPAN_BATCHES, _SPAN_SCOPES, _scope_spans),
    (_LOG_BATCHES, _LOG_SCOPES, _scope_logs),
    (_METRIC_BATCHES, _METRIC_SCOPES, _scope_metrics),
)


# --- one span --------------------------------------------------------------------------------------------------


def _span_entries(raw: dict[str, Any], around: _Around) -> Iterator[Entry]:
    trace_id = ids.trace_id(either(raw, "traceId", "trace_id"))
    span_id = ids.span_id(either(raw, "spanId", "span_id"))
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(around.origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, element_origin(around.origin, raw))
    span.parent_id = ids.span_id(either(raw, "parentSpanId", "parent_span_id"))
    name = raw.get("name")
    span.name = name if type(name) is str else None
    span.start_ns = ns_to_ns(either(raw, "startTimeUnixNano", "start_time_unix_nano"))
    span.end_ns = ns_to_ns(either(raw, "endTimeUnixNano", "end_time_unix_nano"))
    span.resource, span.scope = around.resource or None, around.scope
    attributes, odd = plain_attributes(raw.get("attributes"))
    if raw.get("events"):
        span.events = events_of(raw["events"])
    if raw.get("links"):
        span.links = links_of(raw["links"])
    code, message = status_in(raw.get("status"))
    complete(span, attributes, code, message, otel_kind_of(raw.get("kind")), around.columns)
    yield span
    yield from _issues(span, raw, odd)


def _issues(span: Span, raw: dict[str, Any], odd: int) -> Iterator[ImportIssue]:
    for what, ns, camel, snake in (
        ("start", span.start_ns, "startTimeUnixNano", "start_time_unix_nano"),
        ("end", span.end_ns, "endTimeUnixNano", "end_time_unix_nano"),
    ):
        if ns is None and either(raw, camel, snake) not in _NO_TIME:
            yield issue("bad_time", f"its {what} time is no time that can be read", span)
    if odd:
        yield issue(
            "odd_attributes", f"not of the form {{key, value}}: {odd} attribute{'s' if odd > 1 else ''}", span
        )
    if (
        span.parent_id is None
        and (kept := _sampled_percent(either(raw, "traceState", "trace_state"))) is not None
    ):
        yield issue("vendor_sampled", f"sampled: about {kept:.2g} % of such traces were kept", span)
    if raw.keys() & _DROPPED_KEYS:
        for what, camel, snake in _DROPPED:
            count = either(raw, camel, snake)
            if isinstance(count, int) and count > 0:
                yield issue("dropped_by_producer", f"the producer dropped {count} {what}", span)


def _sampled_percent(state: JsonValue) -> float | None:
    """How much of what happened consistent probability sampling kept, where it is less than all."""
    found = _THRESHOLD.search(state) if isinstance(state, str) else None
    if found is None:
        return None
    rejected = int(found.group(1).ljust(_THRESHOLD_DIGITS, "0"), 16) / 16**_THRESHOLD_DIGITS
    return (1 - rejected) * 100 if rejected else None


_THRESHOLD_DIGITS = 14
_THRESHOLD = re.compile(r"(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|\s*$)")
_NO_TIME: tuple[JsonValue, ...] = (None, "", "0", 0)
_DROPPED_KEYS = frozenset(name for _, camel, snake in _DROPPED for name in (camel, snake))


def _odd(what: str, origin: Origin) -> Skipped:
    return Skipped(origin, "not_an_object", what, Severity.DATA_LOSS)


FORMAT = Format(
    name="otlp",
    title="OTLP/JSON (OpenTelemetry)",
    recognised_by="`resourceSpans`, `resourceLogs` or `resourceMetrics`, one resource's `scopeSpans`, or single OTLP spans",
    produced_by="OpenTelemetry Collector `file` exporter, SDK OTLP JSON file exporters, Tempo, CloudWatch",
    sniff=sniff,
    read=read,
)
