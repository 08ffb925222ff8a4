"""Databases that `import --into` kept: what may be taken from a file that anybody may have written.

No view or macro of such a file is ever run: rows of its base tables are copied, once these are what this version makes.
"""

from __future__ import annotations

import re
from dataclasses import astuple
from pathlib import Path

import duckdb

from tracetui.errors import InputError, UsageError
from tracetui.reading.fingerprints import Fingerprint
from tracetui.store import connection as connections
from tracetui.store.tables import TableBuffer
from tracetui.store.version import SCHEMA_VERSION

KEPT = "kept"
"""The name under which a kept database is attached."""

_OURS = "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'store'"
_OTHERS = f"""
SELECT coalesce(nullif(schema_name, 'main') || '.', '') || name FROM (
    SELECT database_name, schema_name, table_name AS name FROM duckdb_tables() WHERE schema_name <> 'store'
    UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal)
WHERE database_name = '{KEPT}' AND name NOT IN (
    SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal)
ORDER BY ALL
"""  # noqa: S608  # our own name
_NOT_OURS = "Its tables can be joined with traces: --attach, or export them as Parquet."
_ANEW = "Import the files again with --overwrite."


def open_beside(path: Path, attached: dict[str, Path]) -> duckdb.DuckDBPyConnection:
    """A new database at `path` beside others that are attached by name, each looked at first.

    Raises InputError for a file that cannot be opened, that another program is writing or that tracetui did not make,
    and for one of another version.
    """
    for file in attached.values():
        _refuse_unfinished(file)
    try:
        connection = connections.create(path, attached=attached)
    except duckdb.Error as error:
        names = ", ".join(str(file) for file in attached.values())
        raise InputError(f"{names} cannot be opened: {_reason(error)}") from None
    try:
        connection.execute("SET preserve_insertion_order = true")
        for name, file in attached.items():
            _check(connection, name, file)
    except BaseException:
        connection.close()
        raise
    return connection


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The base tables of this version."""
    database = connection.execute("SELECT current_database()").fetchall()[0][0]
    return sorted(name for name, _ in connection.execute(_OURS, [database]).fetchall())


def inputs(connection: duckdb.DuckDBPyConnection) -> list[Fingerprint]:
    """The files that a kept database was made from."""
    rows = connection.execute(
        f"SELECT name, path, size_bytes, modified_ns, digest FROM {KEPT}.store.inputs"  # noqa: S608  # our own name
    ).fetchall()
    return [Fingerprint(*row) for row in rows]


def write_inputs(connection: duckdb.DuckDBPyConnection, files: list[Fingerprint]) -> None:
    """Note the files that a database is made from."""
    buffer = TableBuffer(connection, "store.inputs")
    buffer.rows += [astuple(file) for file in files]
    buffer.flush()


def refuse_strangers(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raise where somebody put tables or views of their own into a kept database, which writing it anew would lose."""
    others = [str(name) for (name,) in connection.execute(_OTHERS).fetchall()]
    if others:
        raise UsageError(
            f"{path} also holds what tracetui did not make: {', '.join(others[:5])}",
            "Adding writes the file anew: keep these elsewhere, or import into another database.",
        )


def _refuse_unfinished(path: Path) -> None:
    if any(path.parent.glob(f"{path.name}.wal*")):
        raise InputError(
            f"{path} has a write-ahead log beside it: a program is writing it, or died while it did",
            "End that program, or open and close the database with it once more.",
        )


def _check(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    found = dict(connection.execute(_OURS, [name]).fetchall())
    expected = dict(connection.execute(_OURS, [_database(connection)]).fetchall())
    if found.get("meta") != expected["meta"]:
        raise InputError(f"{path} is a DuckDB database, but none that tracetui keeps", _NOT_OURS)
    meta = dict(connection.execute(f"SELECT key, value FROM {name}.store.meta").fetchall())  # noqa: S608  # our own name
    _check_version(path, str(meta.get("schema_version")))
    if meta.get("complete") != "true" or meta.get("stage") != "full":
        raise InputError(f"{path} does not hold everything of its sources", _ANEW)
    for table, definition in expected.items():
        if found.get(table) != definition:
            raise InputError(f"{path} is not as tracetui made it: its table {table} was changed", _NOT_OURS)


def _check_version(path: Path, version: str) -> None:
    if version == str(SCHEMA_VERSION):
        return
    if not re.fullmatch(r"\d{1,9}", version):
        raise InputError(f"{path} is a DuckDB database, but none that tracetui keeps", _NOT_OURS)
    told = f"(its tables are of version {int(version)}, here they are of {SCHEMA_VERSION})"
    if int(version) < SCHEMA_VERSION:
        raise InputError(f"{path} was kept by an older tracetui {told}", _ANEW)
    raise InputError(f"{path} was kept by a newer tracetui {told}", "Install the newer one.")


def _database(connection: duckdb.DuckDBPyConnection) -> str:
    return str(connection.execute("SELECT current_database()").fetchall()[0][0])


def _reason(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0].partition(": ")[2] or str(error).strip().splitlines()[0]
