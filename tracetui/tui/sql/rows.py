"""A result of SQL as rows of a grid: fetched by page, its columns in the order and width that the user chose."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tracetui.tui.row_window import PAGE_ROWS, RowWindow
from tracetui.tui.widgets.grid_columns import Cell, Column

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

CELL_CHARS = 160
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|BIGNUM)")
_WIDTH_STEP = 8
_LEAST_WIDTH = 3
NULL_SIGN = "–"


def is_number(kind: str) -> bool:
    """Whether a type of DuckDB holds numbers."""
    return _NUMBER.fullmatch(kind) is not None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Columns by index in the result: those in view from left to right, how many of them stay, chosen widths."""

    order: tuple[int, ...]
    frozen: int = 0
    widths: dict[int, int] = field(default_factory=dict)

    def without(self, at: int) -> Arrangement:
        """The column at a place hidden; the last one stays."""
        if len(self.order) == 1:
            return self
        order = self.order[:at] + self.order[at + 1 :]
        return replace(self, order=order, frozen=self.frozen - (at < self.frozen))

    def with_frozen(self, at: int) -> Arrangement:
        """The column at a place moved to those that stay, or back among the others."""
        column = self.order[at]
        rest = self.order[:at] + self.order[at + 1 :]
        frozen = self.frozen - 1 if at < self.frozen else self.frozen
        order = (*rest[:frozen], column, *rest[frozen:])
        return replace(self, order=order, frozen=frozen if at < self.frozen else frozen + 1)

    def widened(self, at: int, now: int, direction: int) -> Arrangement:
        """The column at a place, `now` cells wide, wider or narrower."""
        wanted = max(_LEAST_WIDTH, now + direction * _WIDTH_STEP)
        return replace(self, widths={**self.widths, self.order[at]: wanted})


class ResultRows:
    """What the grid asks for, answered from the pages at hand."""

    def __init__(self, result: QueryResult, want: Callable[[int], None]) -> None:
        self.result = result
        self.window: RowWindow[list[str | None]] = RowWindow(result.row_count, want)
        self._numbers = [is_number(kind) for kind in result.types]
        self.arrange(Arrangement(tuple(range(len(result.columns)))))

    def arrange(self, arrangement: Arrangement) -> None:
        """Show the columns so."""
        self.arrangement = arrangement
        self.columns: Sequence[Column] = [
            Column(
                str(index), self.result.columns[index], "right" if self._numbers[index] else "left",
                width=arrangement.widths.get(index),
            )
            for index in arrangement.order
        ]  # fmt: skip

    @property
    def row_count(self) -> int:
        """How many rows there are by now."""
        return self.window.count

    def rows(self, start: int, stop: int) -> list[list[Cell]] | None:
        """Cells of these rows; None while they are being fetched."""
        found = self.window.rows(start, stop)
        return None if found is None else [self._cells(row) for row in found]

    def _cells(self, row: list[str | None]) -> list[Cell]:
        return [_cell(row[index]) for index in self.arrangement.order]

    def fetched(self, page: int) -> list[list[str | None]]:
        """The texts of a page; blocks."""
        return self.result.cells(page * PAGE_ROWS, (page + 1) * PAGE_ROWS, characters=CELL_CHARS)


def _cell(text: str | None) -> Cell:
    return (NULL_SIGN, "muted") if text is None else (text, "")
