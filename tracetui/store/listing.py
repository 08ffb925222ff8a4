"""Runs of a Parquet file that somebody vouches for, told by DuckDB's own reader in place, before it is loaded.

DuckDB's reader is twice as quick as reading by row groups and checking each, and does not stand crafted files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from tracetui import sql
from tracetui.store import connection as connections
from tracetui.store import index_phoenix, index_plain
from tracetui.store.index_parquet import CannotIndex, Column, open_table

_PATTERN_SIGNS = "*?["
"""Signs by which DuckDB takes a path for a pattern of several."""

_FILE = "SELECT /*columns*/ FROM read_parquet($path, file_row_number = true)"

_STATEMENTS: Mapping[str, Callable[[Mapping[str, Column]], str]] = {
    "phoenix": index_phoenix.statement,
    "plain": lambda found: index_plain.statement(index_plain.rows(found)),
}


def list_runs(path: str, format_name: str, source: str) -> list[dict[str, Any]]:
    """The first runs of the file, failed ones first, as `Build.first_runs` has them.

    Empty where the file is not what is expected: then only loading it tells what it holds.
    """
    statement = _STATEMENTS.get(format_name)
    if statement is None or any(sign in path for sign in _PATTERN_SIGNS):
        return []
    try:
        found = open_table(path).columns
        return _listed(_spans(statement(found), found), path, {"source": source, "format": format_name})
    except (CannotIndex, duckdb.Error):  # loading comes to the same place and reports what is wrong there
        return []


def _spans(insert: str, found: Mapping[str, Column]) -> str:
    """The query over the file's rows that the index inserts."""
    rows = ", ".join(f"{_value(name, column)} AS {column.sql_name}" for name, column in found.items())
    places = "file_row_number AS row_key, file_row_number AS line, file_row_number AS byte_offset"
    query = insert[insert.index("WITH ") :].replace("FROM index_pieces", f"FROM ({_FILE})")
    query = query.replace("/*columns*/", f"{places}, NULL::BIGINT AS byte_length, {rows}")
    return query.replace("$source_key", "0").replace("$id_scope", "0")


def _value(name: str, column: Column) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"epoch_ns({quoted}) // {column.ns_per_unit}" if column.ns_per_unit else quoted


def _listed(spans: str, path: str, said: Mapping[str, str]) -> list[dict[str, Any]]:
    text = sql.text("read/listed_runs").replace("FROM listed_spans", f"FROM ({spans})")
    with connections.reader_of(path) as connection:
        connection.execute(sql.text("index/macros")).fetchall()
        connection.execute(sql.text("index/listing_macros")).fetchall()
        cursor = connection.execute(text, {"path": path, **said})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
