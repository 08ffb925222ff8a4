"""Logfire records: rows of a query as JSON, JSON lines, CSV or Parquet, and the envelopes that a stream wraps them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete
from tracetui.formats.conventions_status import status_of
from tracetui.formats.conventions_values import (
    first_text_value,
    integer_value,
    number_value,
    parsed,
    parsed_object,
    text_list,
    text_value,
)
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import MAX_DEPTH
from tracetui.formats.otel_fields import events_of, links_of
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    LogRecord,
    Merged,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    Status,
)

DEFAULT_ROWS = 10_000
"""Rows that a query answers unless it asks for more."""

_ENVELOPE_TYPES = ("schema", "data", "end", "error")
_ROWS = ("rows", "data", "records", "batch")
_ENVELOPE = frozenset((*_ROWS, "row", "columns", "schema", "fields"))
_MARKS = frozenset(
    ("otel_status_code", "is_exception", "span_name", "service_name", "otel_scope_name", "otel_events")
)
_ERROR_LEVEL = 17
_MAPPED = frozenset(
    (
        *("trace_id", "span_id", "parent_span_id", "span_name", "start_timestamp", "end_timestamp", "duration"),
        *("attributes", "tags", "otel_events", "otel_links", "otel_status_code", "otel_status_message"),
        *("otel_resource_attributes", "otel_scope_name", "otel_scope_version", "otel_scope_attributes"),
        *("exception_type", "exception_message", "exception_stacktrace", "is_exception", "service_name"),
        *("service_version", "deployment_environment", "attributes_json_schema", "attributes_reduced", "kind"),
    )
)  # fmt: skip

Row = dict[str, Any]


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Rows with `start_timestamp` and `span_id`, alone, below `rows`, by column, or in the envelopes of a stream."""
    if head.columns:
        return _of_keys(set(head.columns), "columns")
    matches = [match for value in head.values[:5] if (match := _of_value(value)) is not None]
    return max(matches, key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    if isinstance(value, list):
        return _of_value(value[0]) if value and isinstance(value[0], dict) else None
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("columns"), list) and _is_table(value["columns"]):
        return Match(92, "columns `span_id`, `start_timestamp` and their rows", "query answer")
    if value.get("type") in _ENVELOPE_TYPES:
        text = str(value)[:20_000]
        said = "span_id" in text and "start_timestamp" in text
        return Match(90, "envelopes `schema`, `data` and `end`", "stream") if said else None
    held = next((value[key] for key in _ROWS if isinstance(value.get(key), list)), None)
    keys = held[0].keys() if held and isinstance(held[0], dict) else value.keys()
    return _of_keys(keys, "rows")


def _is_table(columns: list[Any]) -> bool:
    names = {item.get("name") for item in columns if isinstance(item, dict)}
    return _of_keys({name for name in names if isinstance(name, str)}, "") is not None


def _of_keys(keys: Iterable[str], word: str) -> Match | None:
    found = set(keys)
    if not {"trace_id", "span_id", "start_timestamp"} <= found:
        return None
    marks = len(_MARKS & found)
    why = f"{word} with `trace_id`, `span_id` and `start_timestamp`"
    return Match(min(60 + 12 * marks, 92), why, "rows") if marks else None


# --- reading ---------------------------------------------------------------------------------------------------


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Spans of rows; a span that was only begun is merged into the one that ended; envelopes without rows are skipped."""
    reader = _Reader()
    for record in records:
        yield from reader.value(record.value, record.origin, 0)
    if reader.rows == DEFAULT_ROWS:
        message = (
            f"exactly {DEFAULT_ROWS:,} rows, where a query stops unless it asks for more: runs may be incomplete;"
            " ask with a limit and for one trace or time at a time"
        )
        yield ImportIssue("vendor_truncated", message, Severity.WARNING)


@dataclass(slots=True)
class _Reader:
    """One source; `columns` are those that a stream's schema names for rows that are lists."""

    rows: int = 0
    columns: list[str] = field(default_factory=list)

    def value(self, value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
        if isinstance(value, list) and value and depth < MAX_DEPTH:
            for item in value:
                yield from self.value(item, element_origin(origin, item), depth + 1)
        elif not isinstance(value, dict):
            yield Skipped(origin, "unknown_shape", "no row of Logfire", Severity.WARNING)
        elif "span_id" in value or "trace_id" in value:
            self.rows += 1
            yield from _read_row(value, origin)
        else:
            yield from self._envelope(value, origin, depth)

    def _envelope(self, value: Row, origin: Origin, depth: int) -> Iterator[Entry]:
        named = _names(value.get("columns")) or _names(value.get("schema")) or _names(value.get("fields"))
        self.columns = named or self.columns
        rows = self._rows_of(value)
        word = text_value(value.get("type")) or "envelope"
        if not rows and word not in _ENVELOPE_TYPES and not _ENVELOPE & value.keys():
            yield Skipped(origin, "unknown_shape", "no row and no envelope of rows", Severity.WARNING)
        elif word == "error":
            message = str(value.get("message") or value.get("error") or "no reason given")[:300]
            yield Skipped(
                origin, "stream_error", f"the stream ended with an error: {message}", Severity.DATA_LOSS
            )
        elif not rows:
            yield Skipped(origin, "empty_batch", f"no rows in this {word[:40]}")
        for row in rows:
            yield from self.value(row, element_origin(origin, row), MAX_DEPTH if depth > 2 else depth + 1)

    def _rows_of(self, value: Row) -> list[Any]:
        columns = value.get("columns")
        if isinstance(columns, list) and any(isinstance(item, dict) and "values" in item for item in columns):
            return _transposed(columns)
        for key in (*_ROWS, "row"):
            found = value.get(key)
            if isinstance(found, list):
                return [self._named(row) for row in found]
            if isinstance(found, dict):
                return [found]
        return []

    def _named(self, row: Any) -> Any:
        return dict(zip(self.columns, row, strict=False)) if isinstance(row, list) and self.columns else row


def _names(columns: Any) -> list[str]:
    """Column names of a schema: names alone, or objects with a name; also below `fields`."""
    if isinstance(columns, dict):
        columns = columns.get("fields") or columns.get("columns")
    found = [item.get("name") if isinstance(item, dict) else item for item in columns or []] if isinstance(columns, list) else []  # fmt: skip
    return [name for name in found if isinstance(name, str)]


def _transposed(columns: list[Any]) -> list[Row]:
    """Rows of an answer that lists the values of each column."""
    held = [(str(c.get("name")), c.get("values")) for c in columns if isinstance(c, dict)]
    lists = [(name, values) for name, values in held if isinstance(values, list)]
    count = max((len(values) for _, values in lists), default=0)
    return [{name: values[place] for name, values in lists if place < len(values)} for place in range(count)]


def _read_row(found: Row, origin: Origin) -> Iterator[Entry]:
    row = {key: value for key, value in found.items() if value is not None and value != ""}
    trace, own = ids.trace_id(row.get("trace_id")), ids.span_id(row.get("span_id"))
    parent = ids.span_id(row.get("parent_span_id"))
    if trace is None or own is None:
        reason = "a row without trace_id and span_id; select them in the query"
        yield Skipped(origin, "missing_id", reason, Severity.DATA_LOSS)
    elif row.get("kind") == "pending_span" and parent is not None:
        yield Merged(origin, trace, parent)
    elif row.get("kind") == "span_event":
        attributes = parsed_object(row.get("attributes")) or {}
        event = Event(text_value(row.get("span_name")) or "event", to_ns(row.get("start_timestamp")), attributes)  # fmt: skip
        yield LogRecord(trace, parent or own, origin, event)
    else:
        yield _span(row, Span(trace, own, origin, parent_id=parent))


def _span(row: Row, span: Span) -> Span:
    span.name = text_value(row.get("span_name")) or text_value(row.get("message"))
    span.start_ns = to_ns(row.get("start_timestamp"))
    span.end_ns = to_ns(row.get("end_timestamp")) or _end(row, span.start_ns)
    if span.end_ns is None and row.get("kind") == "log":
        span.end_ns = span.start_ns
    resource = _resource(row)
    span.resource = resource or None
    span.scope = {key: value for key, value in (("name", row.get("otel_scope_name")), ("version", row.get("otel_scope_version"))) if value} or None  # fmt: skip
    span.events = [*events_of(_events(row.get("otel_events"))), *_exception(row, span.start_ns)]
    span.links = links_of(parsed(row.get("otel_links")))
    attributes = dict(parsed_object(row.get("attributes")) or {})
    complete(span, attributes, _status(row), _message(row), None, resource_columns(resource))
    rest = {key: value for key, value in row.items() if key not in _MAPPED and not _is_nothing(value)}
    span.attributes = {**rest, **attributes} or None
    span.tags = tuple(dict.fromkeys((*span.tags, *text_list(row.get("tags")))))
    _name_log(span, row)
    return span


def _name_log(span: Span, row: Row) -> None:
    """A log says more by its message than by its template."""
    message = text_value(row.get("message"))
    if row.get("kind") == "log" and message:
        span.name = message.splitlines()[0][:200]


def _is_nothing(value: Any) -> bool:
    return value in ({}, [], "{}", "[]")


def _end(row: Row, start_ns: int | None) -> int | None:
    seconds = number_value(row.get("duration"))
    if start_ns is None or seconds is None or not 0 <= seconds < NS_PER_S:
        return None
    return start_ns + round(seconds * NS_PER_S)


def _events(value: Any) -> Any:
    """Events with the names that Logfire gives their fields."""
    events = parsed(value)
    renamed = {"event_name": "name", "event_timestamp": "timestamp"}
    if not isinstance(events, list):
        return events
    return [
        {renamed.get(key, key): item for key, item in event.items()} if isinstance(event, dict) else event
        for event in events
    ]


def _exception(row: Row, at_ns: int | None) -> list[Event]:
    """The exception's columns as an event, unless the events hold it already."""
    keys = ("exception_type", "exception_message", "exception_stacktrace")
    found = {key.replace("_", "."): row[key] for key in keys if row.get(key)}
    held = parsed(row.get("otel_events"))
    named = [event for event in held if isinstance(event, dict)] if isinstance(held, list) else []
    if not found or any("exception" in (event.get("name"), event.get("event_name")) for event in named):
        return []
    return [Event("exception", at_ns, found)]


def _status(row: Row) -> Status:
    code = status_of(row.get("otel_status_code"))
    level = row.get("level")
    number = integer_value(level)
    failed = str(level).lower() in ("error", "fatal") if number is None else number >= _ERROR_LEVEL
    raised = row.get("is_exception") in (True, "true", "True")
    return Status.ERROR if code is Status.UNSET and (failed or raised) else code


def _message(row: Row) -> str | None:
    said = text_value(row.get("otel_status_message")) or text_value(row.get("exception_message"))
    return said or (text_value(row.get("message")) if row.get("kind") == "log" else None)


def _resource(row: Row) -> Row:
    resource = dict(parsed_object(row.get("otel_resource_attributes")) or {})
    columns = {"service_name": "service.name", "service_version": "service.version",
               "deployment_environment": "deployment.environment.name"}  # fmt: skip
    for column, key in columns.items():
        value = first_text_value(row, (column,))
        if value is not None:
            resource.setdefault(key, value)
    return resource


FORMAT = Format(
    name="logfire",
    title="Logfire records",
    recognised_by="rows or columns with `start_timestamp`, `span_id` and `span_name`; `schema`/`data`/`end` envelopes",
    produced_by="Logfire: query API as JSON, NDJSON or CSV, `LogfireQueryClient`, data frames of its records",
    sniff=sniff,
    read=read,
)
