"""Lists of ids that filters name: those of a kept result, of any length, as variables of the cursor that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

Lists = Mapping[str, Sequence[str]]
"""Ids in lower case by the name of their list, such as `result_1.run_id`."""


def use(cursor: duckdb.DuckDBPyConnection, lists: Lists) -> None:
    """Let filters of this cursor name these lists."""
    held = dict(lists)  # another thread may add one meanwhile
    if held:
        cursor.execute("SET VARIABLE tracetui_lists = ?::VARCHAR[]", [list(held)])
    for number, ids in enumerate(held.values()):
        cursor.execute(f"SET VARIABLE tracetui_list_{number} = ?::VARCHAR[]", [list(ids)])


def names(cursor: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The lists that filters of this cursor may name."""
    ((found,),) = cursor.execute("SELECT getvariable('tracetui_lists')").fetchall()
    return tuple(found or ())


def members(number: int) -> str:
    """The ids of the list of that number among `names`, as a query."""
    return f"SELECT unnest(getvariable('tracetui_list_{number}')::VARCHAR[])"
