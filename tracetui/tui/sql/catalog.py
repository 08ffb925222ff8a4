"""What there is to ask: views with their columns and comments, functions, keys of JSON columns, frequent values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tracetui.errors import QueryError
from tracetui.tui.sql.tokens import quoted_name

if TYPE_CHECKING:
    from tracetui.api.db import ResultWindow

Tables: TypeAlias = Mapping[str, Sequence[tuple[str, str]]]
"""Columns with their types, by the name of a kept result or an attached table."""

MAX_VALUES = 40
_OWN = "Your own: a result that you kept, or a file that you attached."
_MAX_VALUE_CHARS = 80
_SAMPLED_ROWS = 2_000
_VIEWS = """
SELECT c.table_name, coalesce(v.comment, t.comment, ''), c.column_name, c.data_type, coalesce(c.comment, '')
FROM duckdb_columns() AS c
LEFT JOIN duckdb_views() AS v ON v.view_oid = c.table_oid
LEFT JOIN duckdb_tables() AS t ON t.table_oid = c.table_oid
WHERE c.schema_name = 'main' AND NOT c.internal AND c.database_name = current_database()
ORDER BY c.table_name, c.column_index
"""
_FUNCTIONS = """
SELECT DISTINCT function_name FROM duckdb_functions()
WHERE function_type IN ('scalar', 'aggregate', 'macro') AND regexp_matches(function_name, '^[a-z]\\w*$')
ORDER BY 1
"""


class Asked(Protocol):
    """What the catalog asks of a TraceDB."""

    def read(self, query: str, parameters: Sequence[Any] = ()) -> ResultWindow: ...


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of a view."""

    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A view or table."""

    name: str
    about: str
    columns: tuple[ColumnFacts, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All of it; `keys` has the keys seen, most frequent first, by view and JSON column."""

    views: Mapping[str, ViewFacts] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    keys: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def with_tables(self, tables: Tables) -> Catalog:
        """The catalog with the user's own tables before the views."""
        own = {
            name: ViewFacts(name, _OWN, tuple(ColumnFacts(*column, "") for column in columns))
            for name, columns in tables.items()
        }
        return replace(self, views={**own, **self.views}) if own else self


def read_catalog(db: Asked) -> Catalog:
    """The catalog of what is loaded. Blocks."""
    rows = _rows(db, _VIEWS)
    about = {row[0]: row[1] for row in rows}
    views = {
        name: ViewFacts(name, said, tuple(ColumnFacts(*row[2:]) for row in rows if row[0] == name))
        for name, said in about.items()
    }
    functions = tuple(row[0] for row in _rows(db, _FUNCTIONS))
    return Catalog(views, functions, _keys(db, views))


def _keys(db: Asked, views: Mapping[str, ViewFacts]) -> dict[tuple[str, str], tuple[str, ...]]:
    found = {
        (view.name, column.name): _keys_of(db, view.name, column.name)
        for view in views.values()
        for column in view.columns
        if column.type == "JSON"
    }
    return {place: keys for place, keys in found.items() if keys}


def _keys_of(db: Asked, view: str, column: str) -> tuple[str, ...]:
    name = quoted_name(column)
    query = (
        f"SELECT k, count(*) FROM (SELECT unnest(json_keys({name})) AS k"  # noqa: S608  # quoted
        f" FROM (SELECT {name} FROM {quoted_name(view)} WHERE json_type({name}) = 'OBJECT' LIMIT {_SAMPLED_ROWS}))"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 300"
    )
    try:
        return tuple(str(row[0]) for row in _rows(db, query))
    except QueryError:  # not loaded yet: nothing is known of it
        return ()


def frequent_values(db: Asked, view: str, column: str) -> list[tuple[str, int]]:
    """The most frequent values of a column with their counts, as text, the longest ones cut. Blocks."""
    name = quoted_name(column)
    return [
        (str(text), int(count))
        for text, count in _rows(
            db,
            f"SELECT left({name}::VARCHAR, {_MAX_VALUE_CHARS}), count(*) FROM {quoted_name(view)}"  # noqa: S608  # quoted
            f" WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MAX_VALUES}",
        )
    ]


def _rows(db: Asked, query: str) -> list[Sequence[Any]]:
    window = db.read(query)
    return list(window.rows(0, window.row_count))
