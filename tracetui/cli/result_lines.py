"""A query result for reading: a table, or one column a line where the terminal is too narrow for a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tracetui.cli.json_text import json_text
from tracetui.cli.result_rows import windows
from tracetui.cli.table import Column, least_cells, table_lines
from tracetui.render.safe import safe

if TYPE_CHECKING:
    from tracetui.api import ResultWindow

NULL = "–"
_LEAST_TEXT_CELLS = 10
_NUMBERS = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL")


def result_lines(result: ResultWindow, cells: int | None) -> Iterator[str]:
    """All rows as lines; a value that would not fit a table's cell ends in `…`."""
    columns = [_column(name, kind) for name, kind in zip(result.columns, result.types, strict=True)]
    if cells is not None and least_cells(columns) > cells:
        return _records(result)
    return table_lines(columns, (_texts(row) for row in windows(result)), cells)


def _column(name: str, kind: str) -> Column:
    is_number = any(word in kind.upper() for word in _NUMBERS) and not kind.endswith("]")
    return Column(safe(name), align_right=is_number, least_cells=_LEAST_TEXT_CELLS)


def _texts(row: Sequence[Any]) -> list[str]:
    return [cell_text(value) for value in row]


def cell_text(value: object) -> str:
    """One value as one safe line; NULL is `–`."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return safe(json_text(value) if isinstance(value, list | dict | tuple) else str(value))


def _records(result: ResultWindow) -> Iterator[str]:
    names = [safe(name) for name in result.columns]
    label_cells = max(map(len, names), default=0)
    for number, row in enumerate(windows(result), start=1):
        yield f"── row {number:,} ──"
        for name, value in zip(names, row, strict=True):
            yield f"{name:<{label_cells}}  {cell_text(value)}"
