"""What the columns of a source without a format were taken for: shown, corrected, saved for next time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracetui.formats.generic import format_with
from tracetui.formats.generic_map import (
    FIELDS,
    GIVEN,
    STEP_FIELDS,
    UNIT_FIELDS,
    UNITS,
    FieldMap,
    SourceMap,
    from_toml,
    packed,
    to_toml,
    unpacked,
)
from tracetui.formats.generic_steps import BELOW, with_steps
from tracetui.model import Origin, Record, Span, Status
from tracetui.reading import lenient
from tracetui.workers.maps import save_map

if TYPE_CHECKING:
    from tracetui.api.db import TraceDB

__all__ = [
    "FIELDS",
    "GIVEN",
    "STEP_FIELDS",
    "UNITS",
    "UNIT_FIELDS",
    "FieldMap",
    "MappedSource",
    "SourceMap",
    "from_toml",
    "mapped_source",
    "packed",
    "preview",
    "preview_steps",
    "save",
    "to_toml",
    "unpacked",
    "with_steps",
]  # fmt: skip

GENERIC = "generic"
_HEAD_ROWS = 20
_FIRST_ROWS = """SELECT attributes FROM spans WHERE source = ? AND attributes IS NOT NULL AND NOT contains(span_id, ?)
ORDER BY line, run_id, position LIMIT 20"""
_FIRST_RECORDS = """SELECT record FROM raw_records WHERE source = ? AND record IS NOT NULL AND outcome <> 'skipped'
ORDER BY line, byte_offset LIMIT 20"""
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class MappedSource:
    """A source read as rows: its mapping, whether that was `given`, `saved` or `guessed`, and its first rows."""

    source: str
    known: SourceMap
    origin: str
    rows: tuple[dict[str, Any], ...]


def mapped_source(db: TraceDB, source: str) -> MappedSource:
    """The mapping that a source of the format `generic` was read through."""
    found = db.read("SELECT mapping, format_version FROM store.sources WHERE source = ?", [source]).rows(0, 1)
    text, origin = found[0] if found else (None, None)
    try:
        known = unpacked(str(text))
    except ValueError:
        known, origin = SourceMap(), "unknown"  # a database of somebody else's
    rows = _first_rows(db, source, known.columns)
    return MappedSource(source, with_steps(known, rows), str(origin), tuple(rows))


def _first_rows(db: TraceDB, source: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The first rows as they stand in the source; where these are elements of a document, as they were loaded."""
    texts = [str(text) for (text,) in db.read(_FIRST_RECORDS, [source]).rows(0, _HEAD_ROWS)]
    rows = [row for text in texts if (row := _row(text, columns)) is not None]
    if len(rows) > 1 or not columns:
        return rows
    loaded = db.read(_FIRST_ROWS, [source, BELOW]).rows(0, _HEAD_ROWS)
    return [row for (text,) in loaded if (row := _row(str(text), ())) is not None] or rows


def _row(text: str, columns: Sequence[str]) -> dict[str, Any] | None:
    """The object of a JSON text, or a line of a table with these columns."""
    try:
        value = lenient.loads(text)[0]
    except lenient.NotJson:
        return _cells(text, columns)
    return value if isinstance(value, dict) else None


def _cells(text: str, columns: Sequence[str]) -> dict[str, Any] | None:
    for separator in _SEPARATORS:
        cells = next(csv.reader(io.StringIO(text), delimiter=separator), [])
        if columns and len(cells) == len(columns):
            return {column: cell or None for column, cell in zip(columns, cells, strict=True)}
    return None


def preview_steps(known: SourceMap, rows: Sequence[dict[str, Any]]) -> list[Span]:
    """The steps inside the rows as they would be loaded through a mapping."""
    records = [Record(row, Origin(number, 0, 0)) for number, row in enumerate(rows, 1)]
    entries = format_with(known).read(records, "preview")
    return [entry for entry in entries if isinstance(entry, Span) and BELOW in entry.span_id]


def preview(known: SourceMap, rows: Sequence[dict[str, Any]]) -> list[Span]:
    """The rows as they would be loaded through a mapping, without the run around them."""
    records = [Record(row, Origin(number, 0, 0)) for number, row in enumerate(rows, 1)]
    if len(records) == 1:
        records.append(records[0])  # a lone document might be an envelope; a row is none
    entries = format_with(known).read(records, "preview")
    found = _together(entry for entry in entries if isinstance(entry, Span))
    around = {span.span_id for span in found if span.is_derived}
    return [
        replace(span, parent_id=None if span.parent_id in around else span.parent_id)
        for span in found
        if not span.is_derived
    ][: len(rows)]


def _together(spans: Iterable[Span]) -> list[Span]:
    """Rows that begin a step and rows that end it as one span each."""
    found: dict[tuple[str, str], Span] = {}
    for span in spans:
        first = found.setdefault((span.trace_id, span.span_id), span)
        said = ((field.name, getattr(span, field.name)) for field in fields(span) if first is not span)
        for name, value in said:
            if value not in (None, (), []) and (value is not Status.UNSET or span.end_ns is not None):
                setattr(first, name, value)
    return list(found.values())


def save(known: SourceMap) -> Path:
    """Save a mapping for next time: it is used for sources with the same columns that no format knows."""
    return save_map(known)
