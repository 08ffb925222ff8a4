"""OpenAI Agents SDK: `trace` and `trace.span` objects, as a tracing processor writes them or the ingest API takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.ids import span_id, trace_id
from tracetui.formats.message_parts import MAX_DEPTH, first_text
from tracetui.formats.openai_agents_failures import Failures
from tracetui.formats.openai_agents_span import fill_span_data
from tracetui.formats.times import to_ns
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    Status,
    TraceFacts,
)
from tracetui.reading.lenient import dumps
from tracetui.sql.conventions import ERROR_IN_MESSAGE

_ENVELOPE = "data"
_CUT = re.compile(r'\.\.\. \[truncated\]|"truncated": ?true')
_ERROR_TYPE = re.compile(ERROR_IN_MESSAGE)


def sniff(head: Head) -> Match | None:
    """Recognise the objects by their `object` field, bare, in a list or in the ingest API's `data`."""
    if any(_is_known(item) for value in head.values for item in _candidates(value)):
        return Match(95, "objects named trace and trace.span", None)
    if {"object", "span_data", "trace_id"} <= set(head.columns):
        return Match(90, "columns object, trace_id and span_data", None)
    return None


def _candidates(value: JsonValue) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get(_ENVELOPE), list):
        return [value, *value[_ENVELOPE][:3]]
    return value[:3] if isinstance(value, list) else [value]


def _is_known(item: JsonValue) -> bool:
    if not isinstance(item, dict):
        return False
    return item.get("object") == "trace.span" or (item.get("object") == "trace" and "workflow_name" in item)


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A span for each start and end event, facts of a trace for each trace object; the rest is skipped with a reason.

    Turns, agents and tasks take over the error of the part that ended them.
    """
    failures = Failures()
    for record in records:
        for entry in _read_value(record.value, record.origin, 0):
            if isinstance(entry, Span):
                failures.pass_on(entry)
            yield entry
            if isinstance(entry, Span) and _is_cut(entry):
                message = (
                    "the SDK cut a value of more than 100 kB; trace to a processor of your own for the whole"
                )
                yield ImportIssue(
                    "vendor_truncated",
                    message,
                    line=entry.origin.line,
                    span_id=entry.span_id,
                    trace_id=entry.trace_id,
                )
    yield from failures.ends()


def _read_value(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    items = value.get(_ENVELOPE) if isinstance(value, dict) and "object" not in value else value
    if isinstance(items, list) and items and depth < MAX_DEPTH:
        for item in items:
            yield from _read_value(item, element_origin(origin, item), depth + 1)
    elif items == [] and isinstance(value, dict):
        yield Skipped(origin, "empty_batch", "the list holds no spans")
    elif isinstance(value, dict) and value.get("object") == "trace":
        yield _trace_facts(value, origin)
    elif isinstance(value, dict) and value.get("object") == "trace.span":
        yield from _span(value, origin)
    else:
        yield Skipped(origin, "unknown_shape", "neither a trace nor a trace.span object", Severity.WARNING)


def _is_cut(span: Span) -> bool:
    """Whether the exporter shortened a value of the span."""
    parts = (
        part.content for message in (*span.input_messages, *span.output_messages) for part in message.parts
    )
    return any(text is not None and _CUT.search(text) for text in (span.input, span.output, *parts))


def _trace_facts(value: dict[str, Any], origin: Origin) -> Entry:
    own = trace_id(value.get("id"))
    if own is None:
        return Skipped(origin, "missing_id", "a trace object without id", Severity.DATA_LOSS)
    metadata = value["metadata"] if isinstance(value.get("metadata"), dict) else {}
    return TraceFacts(
        own,
        origin,
        name=first_text(value, ("workflow_name",)),
        session_id=first_text(value, ("group_id",)),
        user_id=first_text(metadata, ("user_id", "user")),
        metadata=metadata or None,
    )


def _span(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    trace, own = trace_id(value.get("trace_id")), span_id(value.get("id"))
    if trace is None or own is None:
        missing = "trace_id" if trace is None else "id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace, own, origin, parent_id=span_id(value.get("parent_id")))
    span.start_ns, span.end_ns = to_ns(value.get("started_at")), to_ns(value.get("ended_at"))
    for key, found in (("started_at", span.start_ns), ("ended_at", span.end_ns)):
        if value.get(key) not in (None, "") and found is None:
            message = f"{key} is no time that can be read"
            yield ImportIssue(
                "bad_time",
                message,
                line=origin.line,
                byte_offset=origin.byte_offset,
                span_id=own,
                trace_id=trace,
            )
    metadata = value.get("metadata")
    span.metadata = metadata if isinstance(metadata, dict) and metadata else None
    fill_span_data(span, value.get("span_data"))
    _fill_outcome(span, value.get("error"))
    yield span


def _fill_outcome(span: Span, error: JsonValue) -> None:
    if error in (None, {}, ""):
        span.status = None if span.end_ns is None else Status.OK
        return
    said: dict[str, Any] = error if isinstance(error, dict) else {"message": error}
    message = first_text(said, ("message",)) or dumps(error)
    details: dict[str, Any] = said["data"] if isinstance(said.get("data"), dict) else {}
    span.status = Status.ERROR
    reason = first_text(details, ("error", "reason", "guardrail", "message"))
    named = _ERROR_TYPE.match(reason or message)
    span.error_type = first_text(details, ("error_type", "exception_type")) or (
        named.group(1) if named else None
    )
    span.error_message = f"{message}: {reason}" if reason else message
    attributes = {"exception.type": span.error_type, "exception.message": span.error_message, **details}
    kept = {key: value for key, value in attributes.items() if value is not None}
    span.events = [*span.events, Event("exception", span.end_ns, kept)]


FORMAT = Format(
    name="openai_agents",
    title="OpenAI Agents SDK traces",
    recognised_by="objects whose `object` is trace or trace.span",
    produced_by="OpenAI Agents SDK: a tracing processor that writes span.export(), or the ingest API's request bodies",
    sniff=sniff,
    read=read,
)
