"""Jaeger JSON: pages of traces (`{"data": […]}`), single traces, and single spans with their process inside.

A span is `traceID, spanID, operationName, references, startTime, duration, tags [{key, type, value}], logs, processID`;
times are microseconds. Tags are attributes, logs are events, the process is the resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import otel_kind_of
from tracetui.formats.conventions_values import integer_value, number_value, text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.otel_fields import items_of
from tracetui.formats.otel_tags import scope_in_tags, status_in_tags
from tracetui.formats.times import NS_PER_US, us_to_ns
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    Link,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
)

_LONGEST_US = 10**16
_MAX_LEVELS = 3


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """One entry for each span; a page or trace without any is skipped with the reason."""
    for record in records:
        yield from _value_entries(record.value, record.origin, 0)


def _value_entries(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    held = value.get("data") if isinstance(value, dict) and "spanID" not in value else value
    if isinstance(held, list) and depth < _MAX_LEVELS:
        if not held:
            yield Skipped(origin, "empty_batch", "the page holds no traces")
        for element in held:
            yield from _value_entries(element, origin, depth + 1)
        if isinstance(value, dict):
            yield from _page_errors(value, origin)
    elif isinstance(value, dict) and isinstance(value.get("spans"), list):
        yield from _trace_entries(value, origin)
    elif isinstance(value, dict):
        process = value.get("process")
        place = element_origin(origin, value) if depth else origin
        yield from _span_entries(value, place, process if isinstance(process, dict) else {})
    else:
        yield Skipped(origin, "not_an_object", "a trace that is no object", Severity.DATA_LOSS)


def _page_errors(page: dict[str, Any], origin: Origin) -> Iterator[ImportIssue]:
    for error in items_of(page.get("errors")):
        said = error.get("msg") if isinstance(error, dict) else error
        message = f"Jaeger could not read all of it: {said!s:.200}"
        yield ImportIssue("vendor_truncated", message, Severity.DATA_LOSS, origin.line, origin.byte_offset)


def _trace_entries(trace: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    if not trace["spans"]:
        yield Skipped(origin, "empty_batch", "the trace holds no spans")
    processes = trace.get("processes")
    known = processes if isinstance(processes, dict) else {}
    for raw in trace["spans"]:
        place = element_origin(origin, raw)
        if not isinstance(raw, dict):
            yield Skipped(place, "not_an_object", "a span that is no object", Severity.DATA_LOSS)
            continue
        process = raw.get("process") or known.get(str(raw.get("processID")))
        yield from _span_entries(raw, place, process if isinstance(process, dict) else {})


def _span_entries(raw: dict[str, Any], origin: Origin, process: dict[str, Any]) -> Iterator[Entry]:
    trace_id, span_id = ids.trace_id(raw.get("traceID")), ids.span_id(raw.get("spanID"))
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin)
    span.name = text_value(raw.get("operationName"))
    span.parent_id, span.links = _relations(raw, trace_id)
    span.start_ns = us_to_ns(raw.get("startTime"))
    span.end_ns = _end(span.start_ns, raw.get("duration"))
    span.resource = _resource(process)
    span.events = [_event(log) for log in items_of(raw.get("logs")) if isinstance(log, dict)]
    tags = _tags(raw)
    span.scope = scope_in_tags(tags)
    code, message = status_in_tags(tags)
    kind = otel_kind_of(tags.get("span.kind"))
    complete(span, tags, code, message, kind, resource_columns(span.resource or {}))
    yield span
    for warning in items_of(raw.get("warnings")):
        yield issue("producer_warning", f"Jaeger says of it: {warning!s:.200}", span)
    if span.start_ns is None and raw.get("startTime") not in (None, 0):
        yield issue("bad_time", "its start time is no time that can be read", span)


def _relations(raw: dict[str, Any], trace_id: str) -> tuple[str | None, list[Link]]:
    """The parent, and links to all else that is referred to. Jaeger's first reference in the trace is the parent."""
    parent = ids.span_id(raw.get("parentSpanID"))
    links: list[Link] = []
    references = [item for item in items_of(raw.get("references")) if isinstance(item, dict)]
    for reference in sorted(references, key=lambda item: item.get("refType") != "CHILD_OF"):
        trace, span = ids.trace_id(reference.get("traceID")), ids.span_id(reference.get("spanID"))
        if parent is None and span is not None and trace in (trace_id, None):
            parent = span
        elif trace is not None and span != parent:
            links.append(Link(trace, span, {"jaeger.ref_type": reference.get("refType")}))
    return parent, links


def _end(start_ns: int | None, duration: JsonValue) -> int | None:
    lasted_us = number_value(duration)
    if start_ns is None or lasted_us is None or not 0 <= lasted_us < _LONGEST_US:
        return None
    return start_ns + int(lasted_us * NS_PER_US)


def _resource(process: dict[str, Any]) -> dict[str, Any] | None:
    found = _tags(process)
    name = text_value(process.get("serviceName"))
    return {"service.name": name, **found} if name else found or None


def _tags(holder: dict[str, Any]) -> dict[str, Any]:
    """Tags by name; Elasticsearch may hold some in an object `tag` with `@` for dots."""
    flat = holder.get("tag")
    found = {key.replace("@", "."): value for key, value in flat.items()} if isinstance(flat, dict) else {}
    return found | _fields(holder.get("tags"))


def _fields(items: JsonValue) -> dict[str, Any]:
    pairs = [item for item in items_of(items) if isinstance(item, dict) and "key" in item]
    return {str(item["key"]): _value(item) for item in pairs}


def _value(item: dict[str, Any]) -> Any:
    value, kind = item.get("value"), item.get("type")
    if not isinstance(value, str):
        return value
    if kind == "int64":
        number = integer_value(value)
        return value if number is None else number
    if kind == "float64":
        real = number_value(value)
        return value if real is None else real
    return value == "true" if kind == "bool" and value in ("true", "false") else value


def _event(log: dict[str, Any]) -> Event:
    fields = _fields(log.get("fields"))
    name = text_value(fields.pop("event", None))
    if name is None:
        name = "exception" if "exception.type" in fields else "log"
    return Event(name, us_to_ns(log.get("timestamp")), fields)


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Traces with `traceID` and `spans`, in a page or alone, or single spans with `operationName`."""
    matches = (_of_value(value, 0) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue, depth: int) -> Match | None:
    if isinstance(value, list) and value and depth < _MAX_LEVELS:
        return _of_value(value[0], depth + 1)
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("data"), list):
        return _of_value(value["data"], depth + 1)
    if "traceID" not in value:
        return None
    if isinstance(value.get("spans"), list):
        return Match(97, "`traceID` with `spans` and `processes`, as Jaeger writes traces")
    if "spanID" in value and "operationName" in value:
        return Match(95, "single spans with `traceID`, `spanID` and `operationName`, as Jaeger stores them")
    return None


FORMAT = Format(
    name="jaeger",
    title="Jaeger JSON",
    recognised_by="`traceID` with `spans` and `processes`, in `data` or alone; spans with `operationName`",
    produced_by="Jaeger: the trace page's JSON download, `/api/traces`, spans stored in Elasticsearch",
    sniff=sniff,
    read=read,
)
