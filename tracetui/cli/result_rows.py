"""Rows of a query result, fetched window by window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tracetui.cli.json_text import embedded

if TYPE_CHECKING:
    from tracetui.api import ResultWindow

WINDOW_ROWS = 5_000


_MOMENTS = frozenset(("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"))


def windows(result: ResultWindow) -> Iterator[Sequence[Any]]:
    """Every row, holding at most 5,000 at a time."""
    for start in range(0, result.row_count, WINDOW_ROWS):
        yield from result.rows(start, min(result.row_count, start + WINDOW_ROWS))


def exact_rows(result: ResultWindow) -> Iterator[list[Any]]:
    """Every row with moments as ISO 8601 in UTC."""
    is_moment = [kind in _MOMENTS for kind in result.types]
    for row in windows(result):
        yield [_iso(value) if dated else value for value, dated in zip(row, is_moment, strict=True)]


def json_rows(result: ResultWindow) -> Iterator[dict[str, Any]]:
    """Every row as an object; a column of the type JSON is nested."""
    is_json = [kind == "JSON" for kind in result.types]
    for row in exact_rows(result):
        yield {
            name: embedded(value) if nested else value
            for name, value, nested in zip(result.columns, row, is_json, strict=True)
        }


def _iso(text: str | None) -> str | None:
    return None if text is None else f"{text.replace(' ', 'T')}Z"
