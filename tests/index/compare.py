"""Both ways into `store.spans`: the index, and the format's own reader; for tests that say they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tracetui.formats.contract import Format
from tracetui.model import Origin, Record, Span
from tracetui.reading import lenient
from tracetui.store import connection
from tracetui.store.index import IndexJob, IndexOutcome, index_source
from tracetui.store.tables import cost_or_none, int64_or_none

# without the ids of tool calls, which an index leaves out
TEXT_COLUMNS = (
    "trace_id", "span_id", "parent_id", "name", "kind", "kind_original", "status", "error_type", "error_message",
    "agent", "model", "requested_model", "provider", "service_tier", "tool_name", "session_id", "user_id",
    "environment", "version",
)  # fmt: skip
NUMBER_COLUMNS = ("start_ns", "end_ns", "ttft_ns", "took_ns")
USAGE_COLUMNS = (
    "input_tokens", "output_tokens", "total_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
    "cache_write_5m_tokens", "cache_write_1h_tokens", "input_audio_tokens", "input_image_tokens", "output_audio_tokens",
)  # fmt: skip
COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, *USAGE_COLUMNS, "cost_usd", "usage_semantics", "usage_unread")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Indexed:
    """A file indexed: the outcome, and its rows with their places."""

    outcome: IndexOutcome
    rows: list[Row]


def indexed(
    path: Path, format_: str, container: str, folder: Path, first_span_key: int = 1,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Indexed:  # fmt: skip
    """Index a file into a fresh database in `folder`."""
    database = folder / f"{path.name}.duckdb"
    database.unlink(missing_ok=True)
    with connection.create(database) as writing:
        job = IndexJob(str(path), format_, container, 3, 0, first_span_key)
        outcome = index_source(writing, job, lambda _done, _rows: None, is_stopped)
    with duckdb.connect(str(database), read_only=True) as reading:
        names = ("span_key", "line", "byte_offset", "byte_length", "header_key", "other_charges", *COLUMNS)
        found = reading.execute(f"SELECT {', '.join(names)} FROM store.spans ORDER BY span_key").fetchall()
    return Indexed(outcome, [dict(zip(names, row, strict=True)) for row in found])


def read_lines(path: Path) -> Iterator[Record]:
    """The records of a JSONL file, by the lenient decoder."""
    offset = 0
    for line, text in enumerate(path.read_bytes().split(b"\n"), start=1):
        if text.strip():
            try:
                value, _ = lenient.loads(text)
                yield Record(value, Origin(line, offset, len(text)))
            except lenient.NotJson:
                pass  # the caller's business; the index hands such a line back
        offset += len(text) + 1


def read_rows(format_: Format, records: Iterable[Record]) -> list[Row]:
    """Hot columns of every span as the format reads it, with its line."""
    return [_row(entry) for entry in format_.read(records, "test") if isinstance(entry, Span)]


def _row(span: Span) -> Row:
    usage = span.usage
    row: Row = {column: _text(getattr(span, column)) for column in TEXT_COLUMNS}
    row |= {column: int64_or_none(getattr(span, column)) for column in NUMBER_COLUMNS}
    row |= {column: int64_or_none(getattr(usage, column)) if usage else None for column in USAGE_COLUMNS}
    row["cost_usd"] = cost_or_none(usage.cost_usd) if usage else None
    row["usage_semantics"] = usage.semantics if usage else None
    row["usage_unread"] = usage.unread if usage else None
    row["line"] = span.origin.line
    return row


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def hot(rows: Iterable[Row], lines: frozenset[int] = frozenset()) -> list[tuple[Any, ...]]:
    """The rows' columns in an order of their own, without those of the given lines."""
    kept = [tuple(row[column] for column in COLUMNS) for row in rows if row["line"] not in lines]
    return sorted(kept, key=repr)
