"""Tables that are not filled yet answer with a refusal, so that no query is answered from part of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

NOT_LOADED = "tracetui: not loaded"
"""What DuckDB's error message says when a query needs what is not there."""

TREE = (
    "payloads", "resources", "message_bodies", "message_parts", "message_lists", "message_ranges", "tool_definitions", "span_tools", "events", "links",
    "tool_calls", "records", "call_settings", "state_changes", "state_bodies", "state_long_bodies", "context_changes",
    "context_findings",
)  # fmt: skip
"""What is missing while sources are only indexed."""

INDEX = (*TREE, "places", "usage", "remainders", "figures")
"""What is missing while there are no trees either."""

# Keys by which views join these tables whether their content is asked for or not.
_KEYS = {
    "payloads": {"span_key": "span_key", "resource_key": "1"},
    "resources": {"resource_key": "1"},
    "call_settings": {"settings_key": "settings_key"},
}
_REFUSAL = f"error('{NOT_LOADED}')"
_ROWS = {
    "resources": "(FROM store.spans LIMIT 1)",
    "call_settings": "(SELECT DISTINCT settings_key FROM store.figures)",
}


def close(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Put a view in the place of each table that raises for whoever reads its content."""
    with _at_once(connection):
        for table in tables:
            relation = connection.table(f"store.{table}")
            keys = _KEYS.get(table, {})
            columns = ", ".join(
                f"{keys.get(name, _REFUSAL)}::{kind} AS {name}"
                for name, kind in zip(relation.columns, relation.types, strict=True)
            )
            rows = _ROWS.get(table, "store.spans")
            connection.execute(f"ALTER TABLE store.{table} RENAME TO {table}_later")
            connection.execute(f"CREATE VIEW store.{table} AS SELECT {columns} FROM {rows}")  # noqa: S608  # our own names


def open_again(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Give the tables their place back."""
    with _at_once(connection):
        for table in tables:
            connection.execute(f"DROP VIEW store.{table}")
            connection.execute(f"ALTER TABLE store.{table}_later RENAME TO {table}")


@contextmanager
def _at_once(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction: a commit for each statement would take as long as all the rest."""
    connection.begin()
    try:
        yield
    except duckdb.FatalException:  # the database cannot even be asked to roll back
        raise
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
