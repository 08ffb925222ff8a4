"""Phoenix (OpenInference) spans: JSON Lines, REST pages, trace files of the command line, Parquet rows.

A span is `name, context {trace_id, span_id}, span_kind, parent_id, start_time, end_time, status_code, status_message,
attributes, events`; attributes are dotted, nested or both. In Parquet each of them is a column of its own
(`context.span_id`, `attributes.llm.token_count.prompt`), with numbers as DOUBLE and message lists as structs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_flat import flattened
from tracetui.formats.conventions_span import complete
from tracetui.formats.conventions_status import status_of
from tracetui.formats.conventions_values import parsed, text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.openinference import annotation
from tracetui.formats.otel_fields import events_of, first_of, items_of
from tracetui.formats.phoenix_pages import PAGES, Extent, Packed, has_more, unpacked
from tracetui.formats.times import to_ns
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped, Span

_KIND = "openinference.span.kind"
_ATTRIBUTES = "attributes."
_WHOLE = frozenset({"metadata"})
_ANNOTATIONS = ("annotations", "span_annotations")


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """One entry for each span of a record, page or trace file; a page that is not the last one is told."""
    extent = Extent()
    for record in records:
        found = unpacked(record.value)
        extent.has_more = extent.has_more or has_more(record.value)
        if found == []:
            yield Skipped(record.origin, "empty_batch", "the page holds no spans")
        if found is None:
            extent.spans += 1
            yield from _element_entries(record.value, record.origin, None)
        for packed in found or ():
            extent.spans += 1
            yield from _packed_entries(packed, element_origin(record.origin, packed.raw))
    said = extent.issue(source)
    if said is not None:
        yield said


def _packed_entries(packed: Packed, origin: Origin) -> Iterator[Entry]:
    if not packed.is_trace:
        yield from _element_entries(packed.raw, origin, packed.trace_id)
        return
    reason = "a trace listed without its spans; ask for `include_spans=true`"
    yield Skipped(origin, "trace_without_spans", reason, Severity.DATA_LOSS)


def _element_entries(raw: JsonValue, origin: Origin, around: str | None) -> Iterator[Entry]:
    """The span of one object; `around` is the trace that it stands in, where it does not say itself."""
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a span that is no object", Severity.DATA_LOSS)
        return
    trace_id = ids.trace_id(_context(raw, "trace_id")) or around
    span_id = _span_id(_context(raw, "span_id"))
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(origin, "missing_id", f"a span without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin)
    span.parent_id = _span_id(raw.get("parent_id"))
    span.name = raw["name"] if isinstance(raw.get("name"), str) else None
    span.start_ns, span.end_ns = to_ns(raw.get("start_time")), to_ns(raw.get("end_time"))
    span.events = events_of(parsed(raw.get("events")))
    attributes = _attributes(raw)
    _complete(span, raw, attributes)
    _add_annotations(span, raw)
    yield span


def _span_id(value: JsonValue) -> str | None:
    """A span id; Phoenix writes null for none, so that zeros are an id that somebody made anonymous."""
    zeros = isinstance(value, str) and value != "" and not value.strip("0")
    return str(value) if zeros else ids.span_id(value)


def _complete(span: Span, raw: dict[str, Any], attributes: dict[str, Any]) -> None:
    """Complete the span with `span_kind` standing in where the attributes do not name the kind."""
    code, message = status_of(raw.get("status_code")), text_value(raw.get("status_message"))
    if _KIND in attributes or raw.get("span_kind") is None:
        complete(span, attributes, code, message)
        return
    seen = {**attributes, _KIND: raw["span_kind"]}
    complete(span, seen, code, message)
    del seen[_KIND]


def _context(raw: dict[str, Any], name: str) -> Any:
    context = raw.get("context")
    inner = context.get(name) if isinstance(context, dict) else None
    return first_of(raw, (f"context.{name}", name)) if inner is None else inner


def _attributes(raw: dict[str, Any]) -> dict[str, Any]:
    """Attributes by dotted name, from one object (or its JSON text) and from columns of their own."""
    whole = parsed(raw.get("attributes"))
    found = flattened(whole, _WHOLE) if isinstance(whole, dict) else {}
    columns = {key[len(_ATTRIBUTES) :]: value for key, value in raw.items() if key.startswith(_ATTRIBUTES)}
    return found | flattened(columns, _WHOLE) if columns else found


def _add_annotations(span: Span, raw: dict[str, Any]) -> None:
    for key in _ANNOTATIONS:
        for item in items_of(raw.get(key)):
            span.scores = [*span.scores, *annotation(span, item, "annotation", of_span=True)]


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Spans with `context` and `span_kind`, pages and files of them, or Parquet columns by those names."""
    columns = set(head.columns)
    if {"context.span_id", "context.trace_id"} <= columns:
        return Match(97, "columns `context.span_id` and `context.trace_id`, as Phoenix's data frames have")
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    found = unpacked(value)
    if found is None:
        return _of_span(value)
    match = _of_packed(found[0]) if found else None
    where = next((f"`{key}` page: " for key in PAGES if isinstance(value, dict) and key in value), "")
    return Match(match.confidence, where + match.why) if match else None


def _of_packed(packed: Packed) -> Match | None:
    """A span, or what a page of traces holds: a trace alone, or its spans without context."""
    raw = packed.raw
    if isinstance(raw, dict) and "context" not in raw and packed.trace_id is not None:
        if packed.is_trace and "token_count_total" in raw:
            return Match(85, "traces with `token_count_total`, as Phoenix lists them")
        if not packed.is_trace and {"span_id", "span_kind", "status_code"} <= raw.keys():
            return Match(90, "traces with spans that have `span_kind` and `status_code`")
    return _of_span(raw)


def _of_span(span: JsonValue) -> Match | None:
    if not isinstance(span, dict):
        return None
    if "context.span_id" in span and "context.trace_id" in span:
        return Match(95, "rows with `context.span_id` and `context.trace_id`")
    context = span.get("context")
    if not isinstance(context, dict) or "span_id" not in context:
        return None
    if "span_kind" in span:
        return Match(96, "`context` with `span_kind`, as Phoenix writes spans")
    return Match(80, "`context` with `status_code`") if "status_code" in span else None


FORMAT = Format(
    name="phoenix",
    title="Phoenix / OpenInference spans",
    recognised_by="`context` with `span_kind` or `status_code`; Parquet columns `context.span_id`, `attributes.…`",
    produced_by="Phoenix: spans download, REST API, `px trace`, `get_spans_dataframe()`, `TraceDataset.save()`",
    sniff=sniff,
    read=read,
)
