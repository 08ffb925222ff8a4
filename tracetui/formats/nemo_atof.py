"""NeMo ATOF: the start and the end of each scope of an agent, a line each, as the NeMo Agent Toolkit writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.usage import first_usage
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    LogRecord,
    Message,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_TELLING = frozenset(("atof_version", "kind", "uuid"))
_SCOPE = frozenset(("kind", "scope_category", "category"))
_KINDS: Mapping[str, SpanKind] = MappingProxyType(
    {
        "agent": SpanKind.AGENT,
        "llm": SpanKind.LLM,
        "tool": SpanKind.TOOL,
        "function": SpanKind.CHAIN,
        "retriever": SpanKind.RETRIEVER,
        "embedder": SpanKind.EMBEDDING,
        "reranker": SpanKind.RERANKER,
        "guardrail": SpanKind.GUARDRAIL,
        "evaluator": SpanKind.EVALUATOR,
    }
)
_MODEL = ("model_name", "model")
_IN = ("input", "raw_query", "query", "raw_payload")
_OUT = ("output", "response", "result", "raw_result", "raw_payload")
_REST = ("category_profile", "data_schema", "attributes")


def sniff(head: Head) -> Match | None:
    """Recognise lines by `atof_version`."""
    for value in head.values:
        for line in value[:3] if isinstance(value, list) else [value]:
            if isinstance(line, dict) and line.keys() >= _TELLING:
                return Match(
                    95, "lines with atof_version, kind and uuid", first_text(line, ("atof_version",))
                )
    return None


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A span for each start and each end of a scope; a scope without parent is a run."""
    roots: dict[str, str] = {}
    for record in records:
        for value, origin in _elements(record):
            yield from _line(value, origin, roots)


def _elements(record: Record) -> list[tuple[JsonValue, Origin]]:
    if isinstance(record.value, list) and record.value:
        return [(item, element_origin(record.origin, item)) for item in record.value]
    return [(record.value, record.origin)]


def _line(value: JsonValue, origin: Origin, roots: dict[str, str]) -> Iterator[Entry]:
    own = first_text(value, ("uuid",)) if isinstance(value, dict) else None
    if not isinstance(value, dict) or own is None or not _SCOPE & value.keys():
        yield Skipped(origin, "unknown_shape", "no ATOF event with a uuid", Severity.WARNING)
        return
    parent = first_text(value, ("parent_uuid",))
    # a parent that was not told of stands for the run that it belonged to
    trace = roots.setdefault(own, roots.get(parent, parent) if parent else own)
    at_ns = to_ns(value.get("timestamp"))
    if at_ns is None:
        yield ImportIssue(
            "bad_time", "timestamp is no time that can be read", line=origin.line, span_id=own, trace_id=trace
        )
    if first_text(value, ("scope_category",)) not in ("start", "end"):
        yield _mark(value, origin, trace, parent, at_ns)
        return
    span = Span(trace, own, origin, parent_id=parent)
    _describe(span, value)
    if value["scope_category"] == "start":
        _start(span, value.get("data"), at_ns)
    else:
        _end(span, value, at_ns)
    yield span


def _mark(
    value: dict[str, Any], origin: Origin, trace: str, parent: str | None, at_ns: int | None
) -> LogRecord:
    """A point in time within the scope that is its parent."""
    kept = {
        key: value[key]
        for key in ("data", "category", *_REST, "metadata")
        if value.get(key) not in (None, [])
    }
    name = first_text(value, ("name",)) or first_text(value, ("kind",)) or "mark"
    return LogRecord(trace, parent, origin, Event(name, at_ns, kept))


def _describe(span: Span, value: dict[str, Any]) -> None:
    profile = value["category_profile"] if isinstance(value.get("category_profile"), dict) else {}
    span.kind_original = first_text(value, ("category",))
    # an opaque scope is a step of nobody knows what
    span.kind = _KINDS.get(span.kind_original or "", SpanKind.CHAIN)
    span.name = first_text(value, ("name",))
    if span.kind is SpanKind.LLM:
        span.model = first_text(profile, _MODEL) or span.name
    elif span.kind is SpanKind.TOOL:
        span.tool_name, span.tool_call_id = span.name, first_text(profile, ("tool_call_id",))
    elif span.kind is SpanKind.AGENT:
        span.agent = span.name
    kept = {key: value[key] for key in _REST if value.get(key) not in (None, [], {})}
    span.attributes = kept or None
    metadata = value.get("metadata")
    span.metadata = metadata if isinstance(metadata, dict) and metadata else None


def _start(span: Span, found: JsonValue, at_ns: int | None) -> None:
    span.start_ns = at_ns
    span.input = as_text(_payload(span, found, _IN))
    if span.kind is SpanKind.LLM:
        span.input_messages = read_messages(found)


def _end(span: Span, value: dict[str, Any], at_ns: int | None) -> None:
    found = value.get("data")
    span.end_ns, span.status = at_ns, Status.OK
    span.output = as_text(_payload(span, found, _OUT))
    if span.kind is SpanKind.LLM:
        span.output_messages = _answer(found)
        span.finish_reasons = tuple(m.finish_reason for m in span.output_messages if m.finish_reason)
        span.usage = _usage(value)
    _fail(span, value)


def _payload(span: Span, found: JsonValue, keys: tuple[str, ...]) -> Any:
    """What went in or came out, without the wrapping of a single key."""
    if span.kind is not SpanKind.LLM and isinstance(found, dict) and len(found) == 1:
        inner = first(found, keys)
        return found if inner is None else inner
    return found


def _answer(found: JsonValue) -> tuple[Message, ...]:
    if isinstance(found, dict) and "role" not in found and ("content" in found or "tool_calls" in found):
        return read_messages({**found, "role": "assistant"}, "assistant")
    return read_messages(found, "assistant")


def _usage(value: dict[str, Any]) -> Any:
    holders = [value.get("data"), value.get("category_profile"), value.get("metadata")]
    named = [
        h[key]
        for h in holders
        if isinstance(h, dict)
        for key in ("usage", "usageMetadata", "token_usage")
        if key in h
    ]
    return first_usage(*named)


def _fail(span: Span, value: dict[str, Any]) -> None:
    holders = [item for item in (value.get("data"), value.get("metadata")) if isinstance(item, dict)]
    error = next((item["error"] for item in holders if item.get("error") not in (None, "", False, {})), None)
    if error is None and not any(item.get("status") in ("error", "failed") for item in holders):
        return
    told = error if isinstance(error, dict) else {"message": error}
    span.status = Status.ERROR
    span.error_type = first_text(told, ("type", "error_type", "code"))
    span.error_message = one_line(first_text(told, ("message",)) or as_text(error))


FORMAT = Format(
    name="nemo_atof",
    title="NeMo ATOF events",
    recognised_by="lines with `atof_version`, `kind` and `uuid`",
    produced_by="NVIDIA NeMo Agent Toolkit and NeMo Flow: ATOF event lines",
    sniff=sniff,
    read=read,
    global_ids=False,
)
