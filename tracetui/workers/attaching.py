"""Files of the user's own as tables: read in a process that may open files, by statements of ours alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.errors import InputError, QueryError, UsageError

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult, QuerySession

_READERS = {
    ".parquet": "FROM read_parquet($path)", ".csv": "FROM read_csv($path)", ".tsv": "FROM read_csv($path)",
    ".jsonl": "FROM read_json($path)", ".json": "FROM read_json($path)", ".ndjson": "FROM read_json($path)",
}  # fmt: skip
_COMPRESSED = frozenset({".gz", ".zst"})
_DATABASES = frozenset({".duckdb", ".db"})
_VIEWS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
_TABLES = """
SELECT schema_name, table_name, false FROM duckdb_tables() WHERE database_name = 'attached_file'
UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE database_name = 'attached_file' AND NOT internal
ORDER BY ALL
"""
_NO_EXTENSIONS = ("SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false")
_NO_MORE_FILES = ("SET enable_external_access = false", "SET disabled_filesystems = 'LocalFileSystem'",
                  "SET lock_configuration = true")  # fmt: skip
_OTHER_NAME = "NAME=FILE gives the table another one."


@dataclass(frozen=True, slots=True)
class Attached:
    """Names of tables that statements may read now, and of views that were left out since their file alone does not
    answer them."""

    tables: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def tables_of(
    opened: QuerySession, path: Path, name: str | None = None
) -> Iterator[tuple[str, QueryResult | None]]:
    """Tables of a file with the names under which they are to be known: `name`, else that of the file, with that of
    the table behind it where the file is a database; None for a view that cannot be read. `opened` may open files.

    Raises UsageError for a file that is not there or of another kind and for a name that something else has,
    InputError where the file cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    plain = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    ending = plain.suffix.lower()
    base = name or re.sub(r"\W+", "_", plain.stem).strip("_") or "attached"
    base = f"_{base}" if base[0].isdigit() else base
    _set(opened, _NO_EXTENSIONS)
    try:
        if ending in _READERS:
            _refuse_taken(opened, [base])
            yield base, opened.run(_READERS[ending], {"path": str(path.resolve())})
        elif ending in _DATABASES and plain is path:
            yield from _of_database(opened, path, base)
        else:
            known = ", ".join([*_READERS, *sorted(_DATABASES)])
            raise UsageError(f"{path.name} is no file that can be attached", f"Endings: {known}.")
    except QueryError as error:
        raise InputError(f"{path} could not be attached: {error.message}", error.hint) from None


def _refuse_taken(opened: QuerySession, names: Sequence[str]) -> None:
    """Raise where statements could not mean a table of one of these names, or would no longer mean the traces."""
    views = opened.run(_VIEWS)
    taken = {"shown", *(row[0] for row in views.rows(0, views.row_count))}
    for name in names:
        if name.lower() in taken:
            raise UsageError(f"{name} is the name of a view of the traces", _OTHER_NAME)
        try:
            opened.statements(f"FROM {name}")
        except QueryError:
            why = f"{name} is a word of SQL, which no statement could take for a table"
            raise UsageError(why, _OTHER_NAME) from None


def _of_database(opened: QuerySession, path: Path, base: str) -> Iterator[tuple[str, QueryResult | None]]:
    """A view runs what whoever made the file wrote: it gets no other file."""
    quoted = str(path.resolve()).replace("'", "''")
    opened.run(f"ATTACH '{quoted}' AS attached_file (READ_ONLY)")
    _set(opened, _NO_MORE_FILES)
    found = opened.run(_TABLES)
    tables = found.rows(0, found.row_count)
    names = [re.sub(r"\W+", "_", f"{base}_{table}") for _, table, _ in tables]
    _refuse_taken(opened, names)
    for name, (schema, table, is_view) in zip(names, tables, strict=True):
        escaped_schema, escaped_table = schema.replace('"', '""'), table.replace('"', '""')
        try:
            yield name, opened.run(f'FROM attached_file."{escaped_schema}"."{escaped_table}"')
        except QueryError:
            if not is_view:
                raise
            yield name, None


def _set(opened: QuerySession, settings: Sequence[str]) -> None:
    for setting in settings:
        opened.run(setting)
