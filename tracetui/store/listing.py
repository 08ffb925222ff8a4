"""Runs of a large file before it is loaded: of Parquet, told by the columns that lists of runs need; of lines, by the first ones.

Where somebody vouches for a Parquet file DuckDB's own reader looks into it in place, which is three times as quick as reading by
row groups and checking each; it does not stand crafted files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from tracetui import sql
from tracetui.store import connection as connections
from tracetui.store import index_phoenix, index_plain
from tracetui.store.index import HEAD_BYTES, first_lines
from tracetui.store.index_parquet import CannotIndex, Column, RowStream, open_table
from tracetui.store.index_stream import Progress

_PATTERN_SIGNS = "*?["
"""Signs by which DuckDB takes a path for a pattern of several."""

LISTED_FROM_ROWS = 250_000
"""Smaller Parquet files are loaded about as soon as their runs could be listed."""

LINES_LISTED_FROM_ROWS = 500_000
"""Lists of smaller files of lines are there within three seconds; looking at the first lines takes a fifth of one."""

_FIRST_BYTES = 8 << 20
_ROW_SIGNS = {"otlp": b'{"traceId":"', "plain": b"\n"}
_IS_LISTED = {
    "phoenix": "index_regular_id(run_id, 32) IS NOT NULL",
    "otlp": "index_regular_id(run_id, 32) IS NOT NULL",
    "plain": "run_id <> ''",
}

_FILE = "SELECT /*columns*/ FROM read_parquet($path, file_row_number = true)"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A format in Parquet: the insert for a file with these columns, the columns it reads, and those a list needs."""

    insert: Callable[[Mapping[str, Column]], str]
    read: frozenset[str]
    listed: frozenset[str]


_SHAPES: Mapping[str, _Shape] = {
    "phoenix": _Shape(
        index_phoenix.statement, frozenset(index_phoenix.wanted()), frozenset(index_phoenix.listed())
    ),
    "plain": _Shape(
        lambda found: index_plain.statement(index_plain.rows(found)),
        frozenset(index_plain.FIELDS),
        frozenset(index_plain.LISTED),
    ),
}


Runs = list[dict[str, Any]]


def list_runs(
    path: str, format_name: str, container: str, source: str, progress: Progress, *, trusted: bool
) -> Runs:
    """The first runs of the file, failed ones first, as `Build.first_runs` has them.

    Empty where the file is not what is expected, or `progress` raised: then only loading it tells what there is.
    """
    said = {"source": source, "format": format_name}
    try:
        if container == "parquet":
            return _of_table(path, said, progress, trusted=trusted)
        return _of_lines(path, said) if container == "jsonl" else []
    # loading comes to the same place and reports what is wrong there; bad UTF-8 may stand in an error message
    except (CannotIndex, duckdb.Error, UnicodeDecodeError):
        return []


def _of_table(path: str, said: Mapping[str, str], progress: Progress, *, trusted: bool) -> Runs:
    shape = _SHAPES.get(said["format"])
    if shape is None:
        return []
    in_place = trusted and not any(sign in path for sign in _PATTERN_SIGNS)
    table = open_table(path)
    found = {name: column for name, column in table.columns.items() if name not in shape.read - shape.listed}
    spans = _query(shape.insert(found))
    if in_place:
        with connections.reader_of(path) as connection:
            return _listed(connection, _in_place(spans, found), {"path": path, **said})
    if table.file.metadata.num_rows < LISTED_FROM_ROWS:
        return []
    stream = RowStream(table, sorted(shape.listed), 0, progress)
    with connections.in_memory() as connection:
        connection.register("index_pieces", stream.reader())
        return _listed(connection, spans, said)


def _of_lines(path: str, said: Mapping[str, str]) -> Runs:
    sign = _ROW_SIGNS.get(said["format"])
    if sign is None:
        return []
    with open(path, "rb") as file:
        head, size = file.read(HEAD_BYTES), os.fstat(file.fileno()).st_size
    if head.count(sign) * size < LINES_LISTED_FROM_ROWS * len(head):
        return []
    with connections.in_memory() as connection:
        insert, stream = first_lines(connection, path, said["format"], head, _FIRST_BYTES)
        connection.register("index_pieces", stream.reader())
        return _listed(connection, _query(insert), said)


def _query(insert: str) -> str:
    """The query whose rows the index inserts."""
    return insert[insert.index("WITH ") :].replace("$source_key", "0").replace("$id_scope", "0")


def _in_place(spans: str, found: Mapping[str, Column]) -> str:
    rows = ", ".join(f"{_value(name, column)} AS {column.sql_name}" for name, column in found.items())
    places = "file_row_number AS row_key, file_row_number AS line, file_row_number AS byte_offset"
    query = spans.replace("FROM index_pieces", f"FROM ({_FILE})")
    return query.replace("/*columns*/", f"{places}, NULL::BIGINT AS byte_length, {rows}")


def _value(name: str, column: Column) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"epoch_ns({quoted}) // {column.ns_per_unit}" if column.ns_per_unit else quoted


def _listed(connection: connections.Connection, spans: str, values: Mapping[str, str]) -> Runs:
    text = sql.text("read/listed_runs").replace("/*is_listed*/", _IS_LISTED[values["format"]])
    text = text.replace("FROM listed_spans", f"FROM ({spans})")
    connection.execute(sql.text("index/macros")).fetchall()
    connection.execute(sql.text("index/listing_macros")).fetchall()
    cursor = connection.execute(text, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
