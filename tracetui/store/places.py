"""Where the spans of an indexed run stand in their sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tracetui import sql
from tracetui.store import connection as connections
from tracetui.store import reads


@dataclass(frozen=True, slots=True)
class IndexedSource:
    """A source of the index: its name, path, format and container as they were found."""

    name: str
    path: str
    format: str
    container: str
    size_bytes: int
    why_detected: str | None
    modified_ns: int | None
    grade: str


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """Place of one span: line, byte offset and length, and offset and length of its resource and scope."""

    line: int | None
    byte_offset: int
    byte_length: int
    resource: tuple[int, int] | None
    scope: tuple[int, int] | None


def run_places(index: Path, run_id: str) -> Iterator[tuple[IndexedSource, list[SpanPlace]]]:
    """Sources of a run with the places of all spans of its trace, in file order."""
    connection = connections.open_readonly(index)
    try:
        key = reads.run_key(connection, run_id)
        rows = connection.execute(sql.text("read/run_places"), [key]).fetchall()
    finally:
        connection.close()
    for source, group in groupby(rows, key=lambda row: row[:8]):
        yield IndexedSource(*source), [_place(row[8:]) for row in group]


def _place(row: tuple[int, ...]) -> SpanPlace:
    line, byte_offset, byte_length, resource_offset, resource_length, scope_offset, scope_length = row
    resource = None if resource_offset is None else (resource_offset, resource_length)
    scope = None if scope_offset is None else (scope_offset, scope_length)
    return SpanPlace(line, byte_offset, byte_length, resource, scope)
