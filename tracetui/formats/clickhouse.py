"""Rows of the Collector's ClickHouse table `otel_traces`: Parquet, CSV, JSON and JSON lines, and nested trees of them.

Columns are `TraceId, SpanId, ParentSpanId, SpanName, SpanAttributes, Events.Name, …` or the same in snake_case; all
values of attributes are text, a duration is nanoseconds. The benchmark TRAIL nests such rows under `child_spans`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.clickhouse_values import items_of_column, object_of, unified
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete, issue
from tracetui.formats.conventions_status import otel_kind_of, status_of
from tracetui.formats.conventions_values import integer_value, text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.times import to_ns
from tracetui.model import Entry, Event, JsonValue, Link, Origin, Record, Severity, Skipped, Span

_CHILDREN = "child_spans"
_NEEDED = frozenset({"traceid", "spanid", "spanname", "spanattributes"})
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9})\d*)?S)?", re.ASCII)
_LONGEST_NS = 10**18


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """One entry for each row; rows of an answer, a page or a tree are elements of their record."""
    for record in records:
        value = record.value
        held = _held(value)
        if held is None:
            yield from _row_entries(value, record.origin, None)
            continue
        if not held:
            yield Skipped(record.origin, "empty_batch", "there are no rows")
        for raw, parent_id in _walk(held):
            yield from _row_entries(raw, element_origin(record.origin, raw), parent_id)


def _held(value: JsonValue) -> list[Any] | None:
    """The rows that a record holds; None where it is a row itself."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or ("span_id" in value and _CHILDREN not in value):
        return None
    if isinstance(value.get(_CHILDREN), list) and "span_id" in value:
        return [value]
    return next((value[key] for key in ("data", "spans") if isinstance(value.get(key), list)), None)


def _walk(rows: list[Any]) -> Iterator[tuple[Any, str | None]]:
    """Rows and the rows nested in them, each without its children and with the id of the row around it."""
    pending: list[tuple[Any, str | None]] = [(row, None) for row in reversed(rows)]
    while pending:
        row, parent_id = pending.pop()
        if isinstance(row, dict) and isinstance(row.get(_CHILDREN), list):
            own = ids.span_id(row.get("span_id"))
            pending.extend((child, own) for child in reversed(row[_CHILDREN]))
            row = {key: item for key, item in row.items() if key != _CHILDREN}
        yield row, parent_id


def _row_entries(raw: JsonValue, origin: Origin, parent_id: str | None) -> Iterator[Entry]:
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a row that is no object", Severity.DATA_LOSS)
        return
    row = unified(raw)
    trace_id, span_id = ids.trace_id(row.get("traceid")), ids.span_id(row.get("spanid"))
    if trace_id is None or span_id is None:
        missing = "trace id" if trace_id is None else "span id"
        yield Skipped(origin, "missing_id", f"a row without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, span_id, origin, parent_id=ids.span_id(row.get("parentspanid")) or parent_id)
    span.name = text_value(row.get("spanname"))
    span.start_ns = to_ns(row.get("timestamp"))
    lasted_ns = _lasted_ns(row.get("duration"))
    if span.start_ns is not None and lasted_ns is not None:
        span.end_ns = span.start_ns + lasted_ns
    span.resource = _resource(row)
    scope = {"name": row.get("scopename"), "version": row.get("scopeversion")}
    span.scope = {key: item for key, item in scope.items() if item} or None
    span.events, span.links = _events(row), _links(row)
    complete(
        span,
        object_of(row.get("spanattributes")),
        status_of(row.get("statuscode")),
        text_value(row.get("statusmessage")),
        otel_kind_of(row.get("spankind")),
        resource_columns(span.resource or {}),
    )
    yield span
    if span.start_ns is None and row.get("timestamp") not in (None, ""):
        yield issue("bad_time", "its timestamp is no time that can be read", span)


def _lasted_ns(value: JsonValue) -> int | None:
    whole = integer_value(value)
    if whole is None and isinstance(value, str) and 2 < len(value) < 60:
        found = _ISO_DURATION.fullmatch(value)
        if found is not None:
            days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
            fraction = int((found.group(5) or "0").ljust(9, "0"))
            whole = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 10**9 + fraction
    return whole if whole is not None and 0 <= whole < _LONGEST_NS else None


def _resource(row: dict[str, Any]) -> dict[str, Any] | None:
    found = object_of(row.get("resourceattributes"))
    name = text_value(row.get("servicename"))
    return {"service.name": name, **found} if name else found or None


def _events(row: dict[str, Any]) -> list[Event]:
    """Events given as columns side by side, or as a list of objects."""
    names = items_of_column(row.get("eventsname"))
    if not names:
        objects = [unified(item) for item in items_of_column(row.get("events")) if isinstance(item, dict)]
        return [
            Event(
                text_value(item.get("name")) or "",
                to_ns(item.get("timestamp")),
                object_of(item.get("attributes")),
            )
            for item in objects
        ]
    times, attributes = (
        items_of_column(row.get("eventstimestamp")),
        items_of_column(row.get("eventsattributes")),
    )
    return [
        Event(text_value(name) or "", to_ns(_at(times, position)), object_of(_at(attributes, position)))
        for position, name in enumerate(names)
    ]


def _links(row: dict[str, Any]) -> list[Link]:
    spans, attributes = items_of_column(row.get("linksspanid")), items_of_column(row.get("linksattributes"))
    found = []
    for position, raw in enumerate(items_of_column(row.get("linkstraceid"))):
        trace_id = ids.trace_id(raw)
        if trace_id is not None:
            span_id = ids.span_id(_at(spans, position))
            found.append(Link(trace_id, span_id, object_of(_at(attributes, position))))
    return found


def _at(items: list[Any], position: int) -> Any:
    return items[position] if position < len(items) else None


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Columns or keys of `otel_traces`, in CamelCase or snake_case."""
    if head.columns:
        return _of_names(head.columns, "columns")
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    held = _held(value)
    row = held[0] if held else value
    return _of_names(list(row), "rows with") if isinstance(row, dict) else None


def _of_names(names: Iterable[Any], what: str) -> Match | None:
    known = unified(dict.fromkeys(map(str, names)))
    if not known.keys() >= _NEEDED:
        return None
    nested = " nested under `child_spans`" if _CHILDREN in names else ""
    return Match(96, f"{what} `TraceId`, `SpanId`, `SpanName` and `SpanAttributes` of `otel_traces`{nested}")


FORMAT = Format(
    name="clickhouse",
    title="OpenTelemetry rows of ClickHouse",
    recognised_by="columns `TraceId`, `SpanId`, `SpanName`, `SpanAttributes`, also in snake_case or nested as TRAIL has them",
    produced_by="`SELECT * FROM otel_traces` of the Collector's ClickHouse exporter as Parquet, CSV, JSON or JSON lines",
    sniff=sniff,
    read=read,
)
