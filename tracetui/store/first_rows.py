"""Statements that look at spans one by one are run in two parts, so that their first rows need not wait.

Rows of the view `spans` are joined, which begins with going through all of them: with a million that takes a fifth of a
second, even for `LIMIT 10`. The same statement over the first few thousand takes a twentieth of that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from tracetui import sql

MANY_SPANS = 100_000
_FIRST_SPANS = 2_048
_SELECT: Mapping[str, Any] = {
    "type": "SELECT_NODE", "group_expressions": [], "group_sets": [], "aggregate_handling": "STANDARD_HANDLING",
    "having": None, "sample": None, "qualify": None,
}  # fmt: skip
_TABLE = {"type": "BASE_TABLE", "schema_name": "", "table_name": "spans", "sample": None, "at_clause": None}
_LIMIT = {"type": "LIMIT_MODIFIER", "limit_type": "ROW_COUNT", "offset": None}
_BY_ROW = frozenset(
    ("STAR", "COLUMN_REF", "CONSTANT", "PARAMETER", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN", "CASE", "CAST", "TYPE")
)  # fmt: skip
"""Expressions whose value depends on nothing but the row."""
_OTHER_FUNCTIONS = """
    SELECT count(DISTINCT function_name) FILTER (function_type = 'scalar') < len($names) OR bool_or(function_type <> 'scalar')
    FROM duckdb_functions() WHERE list_contains($names, function_name)"""


@dataclass(frozen=True, slots=True)
class Parts:
    """Statements whose rows, one after the other, are those of one; `row_limit` bounds them together."""

    statements: tuple[str, ...]
    row_limit: int | None = None


def parts(connection: duckdb.DuckDBPyConnection, statement: str) -> Parts:
    """The statement in two parts where there are many spans and it looks at them one by one, else as it is."""
    whole = Parts((statement,))
    if "spans" not in statement.lower() or not _has_many(connection):
        return whole
    node = _node(connection, statement)
    if node is None or not _is_by_row(connection, node):
        return whole
    limits = node["modifiers"]
    row_limit = int(limits[0]["limit"]["literal"]["text"]) if limits else None
    view = " ".join(sql.text("views/spans").partition(" AS\n")[2].partition(";")[0].split())
    return Parts(
        tuple(
            f"WITH spans AS ({view} WHERE s.span_key {where}) {statement}"
            for where in (f"< {_FIRST_SPANS}", f">= {_FIRST_SPANS}")
        ),
        row_limit,
    )


def _has_many(connection: duckdb.DuckDBPyConnection) -> bool:
    ((last,),) = connection.execute("SELECT max(span_key) FROM store.spans").fetchall()
    return (last or 0) > MANY_SPANS


def _node(connection: duckdb.DuckDBPyConnection, statement: str) -> Mapping[str, Any] | None:
    """The parsed statement; None where it is none that DuckDB writes down."""
    ((text,),) = connection.execute("SELECT json_serialize_sql(?)", [statement]).fetchall()
    parsed = json.loads(text)
    return None if parsed["error"] or len(parsed["statements"]) != 1 else parsed["statements"][0]["node"]


def _is_by_row(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> bool:
    """Whether each row of the result comes from one span, in any order."""
    has_shape = _holds(node, _SELECT) and _holds(node["from_table"], _TABLE) and not node["cte_map"]["map"]
    if not has_shape or not all(map(_is_limit, node["modifiers"])):
        return False
    expressions = list(_expressions([node["select_list"], node["where_clause"]]))
    functions = [each for each in expressions if each["class"] == "FUNCTION"]
    names = sorted({each["function_name"] for each in functions if not each["is_operator"]})
    if any(each["class"] not in _BY_ROW for each in expressions if each not in functions):
        return False
    ((is_other,),) = (
        connection.execute(_OTHER_FUNCTIONS, {"names": names}).fetchall() if names else ((False,),)
    )
    return not is_other


def _is_limit(modifier: Mapping[str, Any]) -> bool:
    if not _holds(modifier, _LIMIT):
        return False
    return bool(modifier["limit"].get("literal", {}).get("kind") == "INTEGER")


def _holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(found.get(key) == value for key, value in wanted.items())


def _expressions(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Everything in a parsed statement that says of which class it is."""
    left = [tree]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            if "class" in each:
                yield each
            left += each.values()
