"""AgentOps: a downloaded trace with its spans, and the log records of its SDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_flat import flattened
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete
from tracetui.formats.conventions_status import status_of
from tracetui.formats.conventions_values import (
    first_text_value,
    integer_value,
    parsed_object,
    text_list,
    text_value,
    token_count,
)
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import MAX_DEPTH
from tracetui.formats.otel_fields import events_of, links_of
from tracetui.formats.times import to_ns
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    LogRecord,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    TraceFacts,
)

_KINDS = {
    "agent": SpanKind.AGENT,
    "llm": SpanKind.LLM,
    "request": SpanKind.LLM,
    "tool": SpanKind.TOOL,
    "guardrail": SpanKind.GUARDRAIL,
    "session": SpanKind.CHAIN,
    "workflow": SpanKind.CHAIN,
    "task": SpanKind.CHAIN,
    "operation": SpanKind.CHAIN,
    "chain": SpanKind.CHAIN,
}
_KIND_KEYS = ("agentops.span.kind", "span_type")
_INPUT, _OUTPUT = ("agentops.entity.input", "entity.input"), ("agentops.entity.output", "entity.output")
_WHOLE = frozenset(("metadata", "agentops.entity.input", "agentops.entity.output"))
_MAPPED = frozenset(
    (
        *("trace_id", "span_id", "parent_span_id", "span_name", "start_time", "end_time", "duration"),
        *("status_code", "status_message", "attributes", "resource_attributes", "span_attributes"),
        *("events", "links", "event_timestamps", "event_names", "event_attributes", "metrics", "service_name"),
    )
)  # fmt: skip

Row = dict[str, Any]


def sniff(head: Head) -> Match | None:
    """A trace with spans that have `span_attributes`, or log records of the service `agentops`."""
    for value in head.values[:3]:
        match = _of_value(value)
        if match is not None:
            return match
    return None


def _of_value(value: JsonValue) -> Match | None:
    if isinstance(value, list):
        return _of_value(value[0]) if value and isinstance(value[0], dict) else None
    if not isinstance(value, dict):
        return None
    spans = value.get("spans")
    if isinstance(value.get("trace"), dict) and isinstance(spans, list):
        first = spans[0] if spans and isinstance(spans[0], dict) else {}
        named = "span_name" in first and ("span_attributes" in first or "span_type" in first)
        return (
            Match(94, "`trace` with `spans` that have `span_attributes`", "trace download") if named else None
        )
    if _is_log(value) and "agentops" in str(value.get("resource"))[:4_000]:
        return Match(70, "log records of the service `agentops`", "log records")
    own = {"span_id", "span_name", "span_attributes", "resource_attributes"} <= value.keys()
    return Match(80, "spans with `span_attributes` and `resource_attributes`", "spans") if own else None


def _is_log(value: Row) -> bool:
    return "body" in value and "severity_number" in value and "observed_timestamp" in value


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Spans, facts of the trace, and log records; what is none of these is skipped with a reason."""
    for record in records:
        yield from _value(record.value, record.origin, 0)


def _value(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    if isinstance(value, list) and value and depth < MAX_DEPTH:
        for item in value:
            yield from _value(item, element_origin(origin, item), depth + 1)
    elif not isinstance(value, dict):
        yield Skipped(origin, "unknown_shape", "no trace, span or log record", Severity.WARNING)
    elif isinstance(value.get("spans"), list):
        yield from _download(value, origin)
    elif _is_log(value):
        yield _log(value, origin)
    else:
        yield from _read_span(value, None, origin)


def _download(value: Row, origin: Origin) -> Iterator[Entry]:
    found = value.get("trace")
    trace: Row = found if isinstance(found, dict) else {}
    trace_id = ids.trace_id(trace.get("trace_id")) or ids.trace_id(value.get("trace_id"))
    place = element_origin(origin, trace)
    if trace_id is None:
        yield Skipped(place, "missing_id", "a trace without trace_id", Severity.WARNING)
    else:
        known = {
            key: item for key, item in trace.items() if key not in ("tags", "trace_id") and item is not None
        }
        name = text_value(trace.get("root_span_name"))
        yield TraceFacts(trace_id, place, name=name, metadata=known or None, tags=text_list(trace.get("tags")))  # fmt: skip
        if trace.get("freeplan_truncated") is True:
            yield _cut_by_plan(place, trace_id, None)
    for item in value["spans"]:
        inner = element_origin(origin, item)
        if isinstance(item, dict):
            yield from _read_span(item, trace_id, inner)
        else:
            yield Skipped(inner, "unknown_shape", "no span: not an object", Severity.WARNING)


def _cut_by_plan(origin: Origin, trace_id: str, span_id: str | None) -> ImportIssue:
    what = "this span" if span_id else "the trace"
    message = f"AgentOps shortened {what} because of the free plan; a paid plan shows it whole"
    return ImportIssue(
        "vendor_truncated",
        message,
        Severity.DATA_LOSS,
        origin.line,
        origin.byte_offset,
        span_id,
        trace_id=trace_id,
    )


def _read_span(raw: Row, trace_id: str | None, origin: Origin) -> Iterator[Entry]:
    own, trace = ids.span_id(raw.get("span_id")), ids.trace_id(raw.get("trace_id")) or trace_id
    if own is None or trace is None:
        yield Skipped(origin, "missing_id", "a span without span_id or trace", Severity.DATA_LOSS)
        return
    span = Span(trace, own, origin, parent_id=ids.span_id(raw.get("parent_span_id")))
    span.name = text_value(raw.get("span_name")) or text_value(raw.get("name"))
    span.start_ns, span.end_ns = to_ns(raw.get("start_time")), to_ns(raw.get("end_time"))
    lasted_ns = integer_value(raw.get("duration"))
    if span.end_ns is None and span.start_ns is not None and lasted_ns is not None and 0 <= lasted_ns < 2**60:
        span.end_ns = span.start_ns + lasted_ns
    _fill(span, raw)
    yield span
    if raw.get("freeplan_truncated") is True:
        yield _cut_by_plan(origin, trace, own)


def _fill(span: Span, raw: Row) -> None:
    resource = flattened(parsed_object(raw.get("resource_attributes")) or {})
    service = text_value(raw.get("service_name"))
    if service is not None:
        resource.setdefault("service.name", service)
    span.resource = resource or None
    span.events = _events(raw)
    span.links = links_of(raw.get("links"))
    attributes = flattened(parsed_object(raw.get("span_attributes")) or {}, _WHOLE)
    attributes |= flattened(parsed_object(raw.get("attributes")) or {})
    message = text_value(raw.get("status_message"))
    complete(span, attributes, status_of(raw.get("status_code")), message, None, resource_columns(resource))
    rest = {
        key: value for key, value in raw.items() if key not in _MAPPED and value not in (None, "", [], {})
    }
    span.attributes = {**rest, **attributes} or None
    _fill_kind(span, {**rest, **attributes})
    span.input = span.input or first_text_value(attributes, _INPUT)
    span.output = span.output or first_text_value(attributes, _OUTPUT)
    _fill_usage(span, parsed_object(raw.get("metrics")) or {})


def _fill_kind(span: Span, said: Row) -> None:
    words = [(text_value(said.get(key)) or "").lower() for key in _KIND_KEYS]
    if span.kind in (None, SpanKind.UNKNOWN, SpanKind.CHAIN):
        kind = next((_KINDS[word] for word in words if word in _KINDS), None)
        is_call = kind is SpanKind.LLM and span.model is None and span.usage is None
        span.kind = span.kind if kind is None or is_call else kind
    span.kind_original = span.kind_original or next((word for word in words if word), None)
    named = text_value(said.get("agentops.entity.name"))
    if span.kind is SpanKind.AGENT:
        span.agent = span.agent or named or span.name
    if span.kind is SpanKind.TOOL:
        span.tool_name = span.tool_name or named or span.name


def _fill_usage(span: Span, metrics: Row) -> None:
    """Cost of the metrics, and their tokens where the attributes have none; zeros are none."""
    told = read_usage(
        {key: n for key, n in metrics.items() if key.endswith("tokens") and token_count(n) != 0}
    )
    figures = Figures()
    known = span.usage or told
    if known is not None and known.cost_usd is None:
        known = with_cost(known, figures.dollars(metrics, ("total_cost",)) or None, figures)
    span.usage = known


def _events(raw: Row) -> list[Event]:
    """Events as objects, or as the three lists in which the store keeps them."""
    if isinstance(raw.get("events"), list):
        return events_of(raw["events"])
    times, names = raw.get("event_timestamps"), raw.get("event_names")
    attributes = raw.get("event_attributes")
    if not isinstance(names, list):
        return []
    at = times if isinstance(times, list) else []
    with_them = attributes if isinstance(attributes, list) else []
    return [
        Event(
            str(name),
            to_ns(at[place]) if place < len(at) else None,
            flattened(parsed_object(with_them[place]) or {}) if place < len(with_them) else {},
        )
        for place, name in enumerate(names)
    ]


def _log(raw: Row, origin: Origin) -> LogRecord | Skipped:
    trace = ids.trace_id(raw.get("trace_id"))
    if trace is None:
        return Skipped(origin, "log_without_trace", "a log record that belongs to no trace", Severity.WARNING)
    attributes = dict(parsed_object(raw.get("attributes")) or {})
    attributes |= {"body": raw.get("body"), "severity": raw.get("severity_text")}
    return LogRecord(trace, ids.span_id(raw.get("span_id")), origin, Event("log", to_ns(raw.get("timestamp")), attributes))  # fmt: skip


FORMAT = Format(
    name="agentops",
    title="AgentOps traces",
    recognised_by="`trace` with `spans` that have `span_name` and `span_attributes`",
    produced_by="AgentOps: a trace's JSON download and its API; log records of its SDK",
    sniff=sniff,
    read=read,
)
