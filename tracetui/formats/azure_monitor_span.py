"""What a row of Application Insights becomes: a span, a log record, an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats import ids
from tracetui.formats.azure_monitor_row import Row
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value, number_value, parsed, parsed_list, text_value
from tracetui.formats.genai import evaluation
from tracetui.formats.otlp_logs import log_entry
from tracetui.formats.times import NS_PER_MS
from tracetui.model import Entry, Event, LogRecord, Origin, Severity, Skipped, Span, Status

_ITEMS = {
    "dependency": "dependency",
    "appdependencies": "dependency",
    "request": "request",
    "apprequests": "request",
    "trace": "trace",
    "apptraces": "trace",
    "exception": "exception",
    "appexceptions": "exception",
    "customevent": "event",
    "appevents": "event",
}
_OTHER_ITEMS = (
    "pageview",
    "availabilityresult",
    "custommetric",
    "performancecounter",
    "browsertiming",
    "appmetrics",
)
_NAMES_OF_IDS = frozenset(("operation_id", "operationid"))
_FAILED = ("false", "0")
_NO_CODE = ("0", "200", "none")
_CELLS = (
    "target",
    "data",
    "type",
    "dependencytype",
    "resultcode",
    "operation_name",
    "operationname",
    "url",
    "source",
)
_CELL_PREFIX = "applicationinsights."
_CUT_AT_CHARACTERS = 8_192
_LONGEST_MS = 10**12

SpanId = tuple[str, str]


@dataclass(slots=True)
class Seen:
    """What was read of a source so far that later rows need."""

    failures: set[SpanId] = field(default_factory=set)
    exceptions: dict[SpanId, tuple[str | None, str | None]] = field(default_factory=dict)
    sampled_rows: int = 0
    sampled_items: int = 0


def row_entries(row: Row, origin: Origin, seen: Seen) -> Iterator[Entry]:
    """The entry of a row, and its import issues."""
    _count_sampling(row, seen)
    trace_id, item = ids.trace_id(row.get("trace")), _item(row)
    if item is None and _NAMES_OF_IDS.isdisjoint(row.names):
        yield Skipped(origin, "unknown_shape", "no row of Application Insights", Severity.WARNING)
    elif item is None:
        kind = row.text("item") or "of an unknown kind"
        yield Skipped(origin, "no_span", f"a row {kind:.60}: only spans, logs and evaluations are read")
    elif trace_id is None:
        yield Skipped(origin, "missing_id", f"a {item} without operation id", Severity.DATA_LOSS)
    elif item in ("dependency", "request"):
        yield from _span_entries(row, trace_id, item, origin, seen)
    elif item == "exception":
        yield from _exception_entries(row, trace_id, origin, seen)
    else:
        yield _log(row, trace_id, item, origin)


def _count_sampling(row: Row, seen: Seen) -> None:
    count = integer_value(row.get("count"))
    if count is not None and count > 1:
        seen.sampled_rows += 1
        seen.sampled_items += count


def _item(row: Row) -> str | None:
    """What a row is by its own word, else by what it holds."""
    for name in ("itemtype", "type", "_table"):
        word = str(row.cells.get(name, "")).lower()
        if word in _ITEMS:
            return _ITEMS[word]
        if word in _OTHER_ITEMS:
            return None
    if row.get("span") is not None and row.get("duration_ms") is not None:
        return "dependency"
    if any(name in row.cells for name in ("outermessage", "problemid", "exceptiontype")):
        return "exception"
    if row.get("message") is not None:
        return "trace"
    return "event" if row.get("name") is not None else None


def _parent(row: Row, trace_id: str) -> str | None:
    """The parent span; a root names the operation itself as its parent."""
    found = ids.span_id(row.get("parent"))
    return None if found == trace_id else found


def _span_entries(row: Row, trace_id: str, item: str, origin: Origin, seen: Seen) -> Iterator[Entry]:
    span_id = ids.span_id(row.get("span"))
    if span_id is None:
        yield Skipped(origin, "missing_id", f"a {item} without id", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin, parent_id=_parent(row, trace_id), name=row.text("name"))
    span.start_ns = row.time_ns()
    lasted_ms = number_value(row.get("duration_ms"))
    if span.start_ns is not None and lasted_ms is not None and 0 <= lasted_ms < _LONGEST_MS:
        span.end_ns = span.start_ns + round(lasted_ms * NS_PER_MS)
    span.resource = _resource(row)
    attributes = row.attributes()
    cut = [
        key
        for key, value in attributes.items()
        if isinstance(value, str) and len(value) == _CUT_AT_CHARACTERS
    ]
    attributes |= {_CELL_PREFIX + name: value for name, value in row.others(_CELLS).items()}
    failed = str(row.get("success")).lower() in _FAILED
    message = _failure_message(row, attributes) if failed else None
    kind = "SERVER" if item == "request" else None
    code = Status.ERROR if failed else Status.UNSET
    complete(span, attributes, code, message, kind, resource_columns(span.resource or {}))
    span.session_id, span.user_id = span.session_id or row.text("session"), span.user_id or row.text("user")
    _remember(span, seen)
    yield span
    if span.start_ns is None and row.get("time") is not None:
        yield issue("bad_time", "its timestamp is no time that can be read", span)
    if cut:
        what = f"Application Insights cuts at {_CUT_AT_CHARACTERS:,} characters: {', '.join(sorted(cut)):.200} may lack the rest"
        yield issue("vendor_truncated", what, span, Severity.DATA_LOSS)


def _failure_message(row: Row, attributes: dict[str, Any]) -> str | None:
    said = text_value(attributes.get("error.message")) or text_value(
        attributes.get("otel.status_description")
    )
    code = row.text("code")
    return said or (f"result code {code}" if code and code.lower() not in _NO_CODE else None)


def _resource(row: Row) -> dict[str, Any] | None:
    found = {
        "service.name": row.text("role"),
        "service.instance.id": row.text("role_instance"),
        "service.version": row.text("app_version"),
    }
    return {key: value for key, value in found.items() if value is not None} or None


def _remember(span: Span, seen: Seen) -> None:
    """A failed span takes the words of its exception, which may stand in a row before or after."""
    if span.status is not Status.ERROR:
        return
    key = (span.trace_id, span.span_id)
    kind, message = seen.exceptions.get(key, (None, None))
    span.error_type, span.error_message = span.error_type or kind, span.error_message or message
    if span.error_message is None:
        seen.failures.add(key)


def _exception_entries(row: Row, trace_id: str, origin: Origin, seen: Seen) -> Iterator[Entry]:
    span_id = _parent(row, trace_id)
    details = parsed_list(row.get("details")) or []
    first = details[0] if details and isinstance(details[0], dict) else {}
    kind = text_value(first.get("type")) or row.text("exception_type")
    if kind is not None and kind.lower() in _ITEMS:
        kind = text_value(row.cells.get("problemid"))
    message = text_value(first.get("message")) or row.text("exception_message")
    stack = text_value(first.get("rawStack")) or _stack(first.get("parsedStack"))
    said = {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
    attributes = {**row.attributes(), **{key: value for key, value in said.items() if value is not None}}
    yield LogRecord(trace_id, span_id, origin, Event("exception", row.time_ns(), attributes))
    if span_id is None:
        return
    key = (trace_id, span_id)
    seen.exceptions[key] = kind, one_line(message)
    if key in seen.failures:
        seen.failures.discard(key)
        addition = Span(trace_id, span_id, origin, is_derived=True)
        addition.error_type, addition.error_message = kind, one_line(message)
        yield addition


def _stack(frames: Any) -> str | None:
    lines = [
        f"  at {frame.get('method')} ({frame.get('fileName')}:{frame.get('line')})"
        for frame in (frames if isinstance(frames, list) else ())
        if isinstance(frame, dict)
    ]
    return "\n".join(lines) or None


def _log(row: Row, trace_id: str, item: str, origin: Origin) -> Entry:
    """A trace message or a custom event; evaluations of Foundry are events of their own."""
    span_id, at_ns, attributes = _parent(row, trace_id), row.time_ns(), row.attributes()
    name = row.text("name") if item == "event" else text_value(attributes.get("event.name"))
    if name is not None and name.startswith("gen_ai.evaluation"):
        scores = evaluation(trace_id, span_id, attributes, at_ns)
        if scores:
            return replace(scores[0], origin=origin)
    message = parsed(row.get("message"))
    raw = {
        "traceId": trace_id,
        "spanId": span_id,
        "timeUnixNano": at_ns,
        "eventName": name,
        "body": message,
        "attributes": attributes,
    }
    return log_entry(raw, None, _resource(row) or {}, origin)
