"""The connection on which SQL that a person typed runs: read-only, no files, no network, its settings locked."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tracetui.errors import WorkerError
from tracetui.store.connection import SOUND
from tracetui.store.query_limits import QueryLimits

_CLOSED = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "allow_unsigned_extensions": "false",
    "allow_extension_repositories": "forbidden",
}
_OPEN = {"python_enable_replacements": "false", "allow_persistent_secrets": "false"}
_FILES_SETTING = "disabled_filesystems"
_LOCKED = {
    "enable_external_access": "false",
    # DuckDB lets a query write the database's own file and its log: WITH x AS (COPY … TO …) counts as reading. So no
    # file is opened at all after the database, at the price that nothing larger than memory is sorted or joined.
    _FILES_SETTING: "'LocalFileSystem'",
    "lock_configuration": "true",
}


def open_sandbox(
    database: Path, spill_folder: Path, limits: QueryLimits, *, is_unsafe: bool = False
) -> duckdb.DuckDBPyConnection:
    """The finished database at `database`, for the one process that runs what a person typed.

    `is_unsafe` leaves files and settings open to the query; the database stays read-only. Raises WorkerError where
    DuckDB did not take a setting.
    """
    closed = _OPEN if is_unsafe else _CLOSED
    bounds = {
        "memory_limit": f"{limits.memory_bytes}B",
        "threads": str(limits.threads),
        "temp_directory": str(spill_folder) if is_unsafe else "",
        "max_temp_directory_size": f"{limits.spill_bytes}B",
    }
    connection = duckdb.connect(str(database), read_only=True, config={**SOUND, **closed, **bounds})
    # the progress of a query is known only where the bar is on, which must not print
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute(
        "SET GLOBAL TimeZone = 'UTC'"
    )  # as all moments of the traces, whatever the machine's own is
    locked = {} if is_unsafe else _LOCKED
    for name, value in locked.items():
        connection.execute(f"SET {name} = {value}")
    told = {name: value for name, value in locked.items() if name != _FILES_SETTING}
    _read_back(connection, {**SOUND, **closed, **told, "access_mode": "read_only"})
    if not is_unsafe:
        _probe_files(connection, database)
    return connection


def _probe_files(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """The value of this setting cannot be read, so that it is tried: even the database's own file must not open."""
    try:
        connection.execute("SELECT size FROM read_blob(?)", [str(database)]).fetchall()
    except duckdb.Error:
        return
    raise WorkerError("queries are not run: DuckDB opens files in spite of its settings")


def _read_back(connection: duckdb.DuckDBPyConnection, wanted: dict[str, str]) -> None:
    """A setting that a version of DuckDB ignores or renames must not open the door in silence."""
    found = dict(
        connection.execute("SELECT name, lower(value) FROM duckdb_settings()").fetchall(),
    )
    for name, value in wanted.items():
        if found.get(name) != value:
            raise WorkerError(
                f"queries are not run: DuckDB's setting {name} is {found.get(name)}, not {value}"
            )
