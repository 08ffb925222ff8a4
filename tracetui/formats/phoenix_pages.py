"""What Phoenix packs spans into: lists, pages of the REST API, pages of traces, trace files, named lists of spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.formats import ids
from tracetui.formats.otel_fields import first_of
from tracetui.model import ImportIssue, JsonValue, Severity

PAGES = ("data", "spans")
_PAGE_SPANS = 1_000
"""What the REST API gives at most at once, and what the client's data frame holds unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A span with the id of the trace that stands around it, or a trace that came without spans."""

    raw: JsonValue
    trace_id: str | None = None
    is_trace: bool = False


@dataclass(slots=True)
class Extent:
    """How much of what Phoenix has the source seems to hold."""

    spans: int = 0
    has_more: bool = False

    def issue(self, source: str) -> ImportIssue | None:
        """The sign that a source is only the first page of more; None where nothing speaks for it."""
        if self.has_more:
            why = "the page names a next one (`next_cursor`), so there are more spans than these"
        elif self.spans == _PAGE_SPANS:
            why = f"exactly {_PAGE_SPANS:,} spans, which is where Phoenix ends a page, so there may be more"
        else:
            return None
        message = f"{why}; follow the cursor, or raise `limit` of `get_spans_dataframe`"
        return ImportIssue("vendor_truncated", message, Severity.WARNING, source=source)


def unpacked(value: JsonValue) -> list[Packed] | None:
    """The spans that a value packs; None where it is a span itself."""
    if isinstance(value, list):
        return [packed for item in value for packed in _element(item)]
    if not isinstance(value, dict) or "context" in value or "context.span_id" in value:
        return None
    if any(isinstance(value.get(key), list) for key in PAGES):
        return list(_of_trace(value))
    named = [item for item in value.values() if isinstance(item, list)]
    if named and len(named) == len(value) and all(_is_span(item[0]) for item in named if item):
        return [Packed(span) for item in named for span in item]
    return None


def has_more(value: JsonValue) -> bool:
    """Whether a page says that another one follows."""
    return isinstance(value, dict) and bool(value.get("next_cursor") or value.get("nextCursor"))


def _element(item: JsonValue) -> Iterator[Packed]:
    if not isinstance(item, dict) or "context" in item or "context.span_id" in item:
        yield Packed(item)
    elif isinstance(item.get("spans"), list):
        yield from _of_trace(item)
    elif "project_id" in item and "trace_id" in item and "span_id" not in item:
        yield Packed(item, ids.trace_id(item["trace_id"]), is_trace=True)
    else:
        yield Packed(item)


def _of_trace(holder: dict[str, Any]) -> Iterator[Packed]:
    key = next(key for key in PAGES if isinstance(holder.get(key), list))
    trace_id = ids.trace_id(first_of(holder, ("traceId", "trace_id")))
    for item in holder[key]:
        if key == "data":
            yield from _element(item)
        else:
            yield Packed(item, trace_id)


def _is_span(item: JsonValue) -> bool:
    return isinstance(item, dict) and isinstance(item.get("context"), dict)
