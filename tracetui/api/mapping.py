"""What the columns of a source without a format were taken for: shown, corrected, saved for next time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracetui.formats.contract import Head
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
    to_toml,
)
from tracetui.formats.generic_steps import BELOW, with_steps
from tracetui.model import Origin, Record, Span
from tracetui.reading import lenient
from tracetui.workers.maps import MapUse, choose_map, save_map

if TYPE_CHECKING:
    from tracetui.api.db import TraceDB

__all__ = [
    "FIELDS", "GIVEN", "STEP_FIELDS", "UNITS", "UNIT_FIELDS", "FieldMap", "MappedSource", "SourceMap", "from_toml", "mapped_source", "preview", "preview_steps",
    "save", "to_toml", "with_steps",
]  # fmt: skip

GENERIC = "generic"
_HEAD_ROWS = 20
_FIRST_ROWS = """SELECT attributes FROM spans WHERE source = ? AND attributes IS NOT NULL AND NOT contains(span_id, ?)
ORDER BY line, run_id, position LIMIT 20"""
_FIRST_RECORDS = """SELECT record FROM raw_records WHERE source = ? AND record IS NOT NULL
AND EXISTS (FROM raw_records WHERE source = ? AND outcome = 'merged') ORDER BY line, byte_offset LIMIT 20"""


@dataclass(frozen=True, slots=True)
class MappedSource:
    """A source read as rows: its mapping, whether that was `given`, `saved` or `guessed`, and its first rows."""

    source: str
    known: SourceMap
    origin: str
    rows: tuple[dict[str, Any], ...]


def mapped_source(db: TraceDB, source: str, mapping: str | None = None) -> MappedSource:
    """The mapping of a source of the format `generic`; `mapping` is the one that the load was given, as TOML."""
    rows = _objects(db, _FIRST_RECORDS, [source, source])  # rows that were put together are one span
    rows = rows or _objects(db, _FIRST_ROWS, [source, BELOW])
    head = Head(rows, (), source)
    chosen = MapUse(mapping).given(head) or choose_map(head)
    return MappedSource(source, with_steps(chosen.known, rows), chosen.origin, tuple(rows))


def _objects(db: TraceDB, asked: str, values: Sequence[str]) -> list[dict[str, Any]]:
    texts = (str(text) for (text,) in db.read(asked, list(values)).rows(0, _HEAD_ROWS))
    return [row for text in texts if (row := _object(text)) is not None]


def _object(text: str) -> dict[str, Any] | None:
    """The object of a JSON text; None for other values, and for records that are no JSON, as those of CSV files."""
    try:
        value = lenient.loads(text)[0]
    except lenient.NotJson:
        return None
    return value if isinstance(value, dict) else None


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
    found = [entry for entry in entries if isinstance(entry, Span)]
    around = {span.span_id for span in found if span.is_derived}
    return [
        replace(span, parent_id=None if span.parent_id in around else span.parent_id)
        for span in found
        if not span.is_derived
    ][: len(rows)]


def save(known: SourceMap) -> Path:
    """Save a mapping for next time: it is used for sources with the same columns that no format knows."""
    return save_map(known)
