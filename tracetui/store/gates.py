"""Tables that are not filled yet answer with a refusal, so that no query is answered from part of the data."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

NOT_LOADED = "tracetui: not loaded"
"""What DuckDB's error message says when a query needs what is not there."""

TREE = (
    "payloads", "message_bodies", "message_parts", "span_messages", "tool_definitions", "span_tools", "events", "links",
    "tool_calls", "records",
)  # fmt: skip
"""What is missing while sources are only indexed."""

INDEX = (*TREE, "places")
"""What is missing while there are no trees either."""

_JOINED_BY = frozenset({"span_key"})


def close(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Put a view in the place of each table that raises for whoever reads its content."""
    for table in tables:
        columns = connection.table(f"store.{table}").columns
        types = connection.table(f"store.{table}").types
        connection.execute(f"ALTER TABLE store.{table} RENAME TO {table}_later")
        refused = ", ".join(
            "span_key"
            if name in _JOINED_BY and table == "payloads"
            else f"error('{NOT_LOADED}')::{kind} AS {name}"
            for name, kind in zip(columns, types, strict=True)
        )
        refusal = f"CREATE VIEW store.{table} AS SELECT {refused} FROM store.spans"  # noqa: S608  # our own names
        connection.execute(refusal)


def open_again(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Give the tables their place back."""
    for table in tables:
        connection.execute(f"DROP VIEW store.{table}")
        connection.execute(f"ALTER TABLE store.{table}_later RENAME TO {table}")
