"""DuckDB connections: one that writes a new database file, and read-only ones for everybody else."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import duckdb

from tracetui import sql
from tracetui.store import empty_database

Connection: TypeAlias = duckdb.DuckDBPyConnection
"""A connection or cursor, for those who only hand it on."""

SOUND = {"disabled_optimizers": "common_subplan"}
"""DuckDB 2.0.0 takes joins of the same tables for one another and answers `UNION ALL` of two such joins wrongly."""

_HARDENED = {
    **SOUND,
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "allow_unsigned_extensions": "false",
}

_BLOCK_BYTES = "131072"
"""Half of DuckDB's own: 7 % smaller files for many narrow columns, at the same speed."""


MEMORY_LIMIT = "2GB"
"""Of a connection that writes."""

_READING_MEMORY = "4GB"
_CLOSING_S, _MOMENT_S = 5.0, 0.002


def create(
    path: Path, *, memory_limit: str = MEMORY_LIMIT, attached: Mapping[str, Path] | None = None
) -> duckdb.DuckDBPyConnection:
    """A new database file at `path` with empty base tables and the public views, for the one process that fills it.
    Other database files are `attached` to be read, by name; no more than these can be opened."""
    connection = _copied(path, memory_limit)
    if connection is None:
        path.unlink(missing_ok=True)
        connection = _connected(path, memory_limit)
        connection.execute(sql.text("tables"))
        connection.execute(sql.text("priced"))
        create_views(connection)
        connection.execute("CHECKPOINT")
        empty_database.keep(path)
    connection.execute(f"SET temp_directory = '{_quoted(path)}.spill'")
    connection.execute("SET preserve_insertion_order = false")
    # a checkpoint would write row groups again to join those that two threads left unfilled: a fifth of an index's time
    connection.execute("SET max_vacuum_tasks = 0")
    for name, file in (attached or {}).items():
        connection.execute(f"ATTACH '{_quoted(file)}' AS {name} (READ_ONLY)")
    connection.execute("SET enable_external_access = false")
    return connection


def _copied(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection | None:
    """The same from the file that was kept the last time: an eighth of the work."""
    if not empty_database.copy_to(path):
        return None
    try:
        return _connected(path, memory_limit)
    except duckdb.Error:  # damaged: made anew
        return None


def _connected(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(path), config={**_HARDENED, "memory_limit": memory_limit, "default_block_size": _BLOCK_BYTES}
    )


def reader_of(path: str) -> duckdb.DuckDBPyConnection:
    """An empty database in memory that can read the one file at `path` and reach nothing else."""
    connection = duckdb.connect(config={**_HARDENED, "memory_limit": MEMORY_LIMIT})
    connection.execute(f"SET allowed_paths = ['{_quoted(Path(path))}']")
    connection.execute("SET enable_external_access = false")
    return connection


def in_memory() -> duckdb.DuckDBPyConnection:
    """An empty database in memory that reaches no file."""
    connection = duckdb.connect(config={**_HARDENED, "memory_limit": MEMORY_LIMIT})
    connection.execute("SET enable_external_access = false")
    return connection


def open_readonly(path: Path) -> duckdb.DuckDBPyConnection:
    """The finished database at `path`: read-only, without access to other files, its settings locked."""
    connection = duckdb.connect(
        str(path), read_only=True, config={**_HARDENED, "memory_limit": _READING_MEMORY}
    )
    if _is_locked(connection):  # DuckDB opens a file once in a process: this one is open already
        return connection
    connection.execute(f"SET temp_directory = '{_quoted(path)}.spill-{os.getpid()}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _is_locked(connection: duckdb.DuckDBPyConnection) -> bool:
    row = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    return bool(row and row[0])


def close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection from which threads may still be taking cursors, which lasts a moment."""
    until = time.monotonic() + _CLOSING_S
    while True:
        try:
            connection.close()
        except duckdb.ResourceInUseException:
            if time.monotonic() > until:
                raise
            time.sleep(_MOMENT_S)
        else:
            return


def stage_of(connection: duckdb.DuckDBPyConnection) -> str:
    """How much a finished database holds: `index`, `tree` or `full`."""
    row = connection.execute("SELECT value FROM store.meta WHERE key = 'stage'").fetchone()
    return str(row[0]) if row else "full"


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """The public views and macros with their comments."""
    connection.execute("BEGIN")  # one transaction for some hundred statements: a tenth of the time
    for name in sql.view_names():
        connection.execute(sql.text(f"views/{name}"))
    for name in sql.macro_names():
        connection.execute(sql.text(f"macros/{name}"))
    connection.execute("COMMIT")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
