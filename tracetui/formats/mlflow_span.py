"""One span of MLflow, of version 3 (OpenTelemetry's names, base64 ids) or 2 (`context`, `start_time`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import status_of
from tracetui.formats.conventions_values import parsed_object, text_value
from tracetui.formats.mlflow_info import bare_trace_id, span_trace_id
from tracetui.formats.otel_fields import events_of, first_of, links_of, status_in
from tracetui.formats.times import ns_to_ns, to_ns
from tracetui.model import Entry, JsonValue, Link, Origin, Severity, Skipped, Span, SpanKind, Status
from tracetui.reading.lenient import NotJson, loads

_STARTS = ("start_time_unix_nano", "startTimeUnixNano", "start_time_ns")
_ENDS = ("end_time_unix_nano", "endTimeUnixNano", "end_time_ns")


def span_entry(raw: JsonValue, origin: Origin, trace_id: str | None) -> Iterator[Entry]:
    """The span of one object; `trace_id` is that of the trace around it, where the span says none."""
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a span that is no object", Severity.DATA_LOSS)
        return
    own = ids.span_id(_of_context(raw, "span_id"))
    trace_id = span_trace_id(raw) or trace_id
    if own is None or trace_id is None:
        missing = "span id" if own is None else "trace id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, own, origin)
    span.parent_id = ids.span_id(first_of(raw, ("parent_span_id", "parent_id")))
    span.name = text_value(raw.get("name"))
    span.start_ns, span.end_ns = _time(raw, _STARTS, "start_time"), _time(raw, _ENDS, "end_time")
    span.events = events_of(raw.get("events"))
    span.links = [_bare(link) for link in links_of(raw.get("links"))]
    code, message = _status(raw)
    attributes = _attributes(raw.get("attributes"))
    complete(span, attributes, code, message)
    span.model = span.model or text_value(attributes.get("mlflow.llm.model"))
    span.provider = span.provider or text_value(attributes.get("mlflow.llm.provider"))
    if span.kind is SpanKind.TOOL:
        span.tool_name = span.tool_name or text_value(attributes.get("mlflow.spanFunctionName")) or span.name
    if span.kind is SpanKind.AGENT:
        span.agent = span.agent or span.name
    yield span
    for what, ns, names in (("start", span.start_ns, _STARTS), ("end", span.end_ns, _ENDS)):
        if ns is None and first_of(raw, (*names, f"{what}_time")) not in (None, "", 0, "0"):
            yield issue("bad_time", f"its {what} time is no time that can be read", span)


def _of_context(raw: dict[str, Any], name: str) -> Any:
    context = raw.get("context")
    inner = context.get(name) if isinstance(context, dict) else None
    return raw.get(name) if inner is None else inner


def _time(raw: dict[str, Any], nanos: tuple[str, ...], plain: str) -> int | None:
    given = first_of(raw, nanos)
    return to_ns(raw.get(plain)) if given is None else ns_to_ns(given)


def _status(raw: dict[str, Any]) -> tuple[Status, str | None]:
    if raw.get("status") is not None:
        return status_in(raw["status"])
    return status_of(raw.get("status_code")), text_value(raw.get("status_message"))


def _attributes(value: JsonValue) -> dict[str, Any]:
    """Attributes with their JSON texts opened: MLflow writes each value as JSON, so also `"\\"LLM\\""` and `"12"`."""
    return {key: _opened(item) for key, item in (parsed_object(value) or {}).items()}


def _opened(value: JsonValue) -> JsonValue:
    if type(value) is not str:
        return value
    try:
        return loads(value)[0]
    except NotJson:
        return value


def _bare(link: Link) -> Link:
    return replace(link, trace_id=bare_trace_id(link.trace_id) or link.trace_id)
