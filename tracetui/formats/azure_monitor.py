"""Application Insights: rows of requests, dependencies, traces, exceptions and custom events, as JSON or CSV.

Taken: rows as objects (CSV, JSON lines, `az monitor log-analytics query`), query answers (`{"tables": [{"columns",
"rows"}]}`) and batches of a storage account (`{"records": […]}`); names of columns as Application Insights has them
(`operation_Id`, `customDimensions`) and as Log Analytics has them (`OperationId`, `Properties`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.azure_monitor_row import Row, row_of
from tracetui.formats.azure_monitor_span import Seen, row_entries
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped

_CLASSIC = frozenset({"operation_id", "customdimensions"})
_WORKSPACE = frozenset({"operationid", "properties"})
_WORKSPACE_MARKS = frozenset({"timegenerated", "time", "durationms", "approlename", "type"})


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A span for each request and dependency, a log record for each trace and exception, a score for each evaluation."""
    seen = Seen()
    for record in records:
        rows = _rows_of(record.value)
        if rows is None:
            yield from _one(record.value, record.origin, seen)
            continue
        if not rows:
            yield Skipped(record.origin, "empty_batch", "the answer holds no rows")
        for raw in rows:
            yield from _one(raw, element_origin(record.origin, raw), seen)
    if seen.sampled_rows:
        stand = "a row stands" if seen.sampled_rows == 1 else f"{seen.sampled_rows} rows stand"
        message = (
            f"{stand} for {seen.sampled_items} items: Application Insights sampled the rest"
            " away, so runs may lack spans; raise the sampling rate to record all"
        )
        yield ImportIssue("vendor_sampled", message, Severity.WARNING, source=source)


def _one(raw: JsonValue, origin: Origin, seen: Seen) -> Iterator[Entry]:
    row = row_of(raw)
    if row is None:
        yield Skipped(origin, "not_an_object", "a row that is no object", Severity.DATA_LOSS)
        return
    yield from row_entries(row, origin, seen)


def _rows_of(value: JsonValue) -> list[Any] | None:
    """Rows that a record holds; None where it is a row itself."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("records"), list):
        return list(value["records"])
    tables = value.get("tables")
    if not isinstance(tables, list):
        return None
    return [row for table in tables if isinstance(table, dict) for row in _table_rows(table)]


def _table_rows(table: dict[str, Any]) -> Iterator[Any]:
    columns = table.get("columns")
    names = [_column_name(column) for column in columns] if isinstance(columns, list) else []
    for row in table["rows"] if isinstance(table.get("rows"), list) else ():
        yield dict(zip(names, row, strict=False)) if isinstance(row, list) else row


def _column_name(column: JsonValue) -> str:
    if isinstance(column, dict):
        column = column.get("name") or column.get("ColumnName")
    return str(column)


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Rows or columns with an operation's id beside custom dimensions."""
    if head.columns:
        found = row_of(dict.fromkeys(head.columns))
        return _of_row(found) if found else None
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    rows = _rows_of(value)
    row = row_of(rows[0] if rows else value)
    return _of_row(row) if row is not None else None


def _of_row(row: Row) -> Match | None:
    names = row.names
    if names >= _CLASSIC:
        return Match(95, "`operation_Id` and `customDimensions` of Application Insights")
    if names >= _WORKSPACE and names & _WORKSPACE_MARKS:
        return Match(90, "`OperationId` and `Properties` of Application Insights in Log Analytics")
    return None


FORMAT = Format(
    name="azure_monitor",
    title="Azure Application Insights / Foundry",
    recognised_by="rows with `operation_Id` and `customDimensions`, or `OperationId` and `Properties`",
    produced_by="Azure portal: Logs, Export to CSV; `az monitor app-insights query`; diagnostic settings to storage",
    sniff=sniff,
    read=read,
)
