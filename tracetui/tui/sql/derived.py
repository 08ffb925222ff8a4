"""Statements about a result: it is read as `shown`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tracetui.store.formulas import BEGINS, PLAIN_NUMBER
from tracetui.tui.sql.tokens import quoted_name

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

DESCRIBE = (
    "SELECT column_name, column_type, null_percentage, least(approx_unique, count) AS approx_unique,"
    " min, max, avg, std, q25, q50, q75, count FROM (SUMMARIZE FROM shown)"
)
"""The estimate of distinct values may exceed the number of rows, which is plainly wrong."""
STILL_COMING = ("rows are still coming", "ctrl+c stops them; those that are there stay.")
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
    asked = (
        f"SELECT place FROM (SELECT row_number() OVER () - 1 AS place, lower(concat_ws(chr(31), {words})) AS words FROM shown)"  # noqa: S608  # quoted
        f" WHERE contains(words, lower($needle)) ORDER BY place LIMIT {MAX_HITS}"
    )
    return [int(row[0]) for row in _answer(result, asked, {"needle": text})]


def rows_with_formulas(result: QueryResult) -> int:
    """How many rows hold a text that a spreadsheet runs as a formula; blocks."""
    texts = [
        quoted_name(name)
        for name, kind in zip(result.columns, result.types, strict=True)
        if kind == "VARCHAR"
    ]
    if not texts:
        return 0
    tests = " OR ".join(
        f"(regexp_matches({name}, $begins) AND NOT regexp_full_match({name}, $number))" for name in texts
    )
    ((count,),) = _answer(
        result,
        f"SELECT count(*) FROM shown WHERE {tests}",  # noqa: S608  # quoted
        {"begins": f"^{BEGINS}", "number": PLAIN_NUMBER},
    )
    return int(count)


def _answer(result: QueryResult, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement about a result; blocks."""
    found = result.ask(query, values)
    try:
        found.wait()
        return found.rows(0, found.row_count)
    finally:
        found.close()
