"""Statements about a result: it is read as `shown`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.tui.sql.tokens import quoted_name

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

DESCRIBE = "SUMMARIZE FROM shown"
MAX_HITS = 100_000
MAX_STABLE_ROWS = 1_000_000


def sorted_query(column: str, *, is_descending: bool, row_count: int) -> str:
    """The rows by a column; those without a value come last, equal ones stay in the order that they had unless there
    are more than `MAX_STABLE_ROWS`, where that takes three times as long."""
    order = f"ORDER BY {quoted_name(column)} {'DESC' if is_descending else 'ASC'} NULLS LAST"
    if row_count > MAX_STABLE_ROWS:
        return f"FROM shown {order}"
    return (
        "SELECT * EXCLUDE (tracetui_place) FROM (SELECT *, row_number() OVER () AS tracetui_place FROM shown)"  # noqa: S608  # quoted
        f" {order}, tracetui_place"
    )


def frequency_query(column: str) -> str:
    """Each value of a column with how often it stands there and which part of all that is."""
    name = quoted_name(column)
    return (
        f'SELECT {name}, count(*) AS "rows", round(count(*) / sum(count(*)) OVER (), 4) AS share,'  # noqa: S608  # quoted
        f" repeat('█', (20 * count(*) // max(count(*)) OVER ())::BIGINT) AS bar FROM shown GROUP BY 1 ORDER BY 2 DESC, 1"
    )


def rows_with(result: QueryResult, columns: Sequence[str], text: str) -> list[int]:
    """Numbers of the rows that hold a text in one of the columns, upper and lower case alike; blocks."""
    words = ", ".join(f"{quoted_name(column)}::VARCHAR" for column in columns)
    found = result.ask(
        f"SELECT place FROM (SELECT row_number() OVER () - 1 AS place, lower(concat_ws(chr(31), {words})) AS words FROM shown)"  # noqa: S608  # quoted
        f" WHERE contains(words, lower($needle)) ORDER BY place LIMIT {MAX_HITS}",
        {"needle": text},
    )
    try:
        found.wait()
        return [int(row[0]) for row in found.rows(0, found.row_count)]
    finally:
        found.close()
