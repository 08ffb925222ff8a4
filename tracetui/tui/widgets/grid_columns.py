"""Columns of a grid: what a source is asked for and how wide its columns become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

from rich.cells import cell_len

from tracetui.render.safe import safe

GAP_CELLS = 2
MEASURED_CHARS = 200
_LEAST_CELLS = 6
"""The last column in view is not cut shorter: two letters tell nothing, the sign for more columns does."""

Cell: TypeAlias = "tuple[str, str]"
"""Text as found (the grid makes it safe) and a style: muted, error, warning, success, accent, strong or empty."""


class Column(NamedTuple):
    """One column; widths in cells. Spare room goes to columns whose texts are longer than `max_width`."""

    key: str
    title: str
    justify: Literal["left", "right"] = "left"
    min_width: int = 1
    max_width: int = 40
    width: int | None = None
    """Chosen by the user; then neither texts nor spare room change it."""


class RowSource(Protocol):
    """Rows that a grid shows a window of."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, from left to right."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Cell]] | None:
        """Rows `start … stop-1`, one cell a column; None while they are not there yet.

        A source that answers later calls the grid's `source_changed` when it can; it must answer at once.
        """


@dataclass(frozen=True, slots=True)
class Laid:
    """A column in view: its index, cells, the gap after it, and whether it got less than it needs."""

    index: int
    width: int
    gap: int
    justify: Literal["left", "right"]
    is_narrowed: bool = False

    def pad(self, text: str) -> str:
        """A text filled up to the column's width."""
        fill = " " * (self.width - cell_len(text))
        return fill + text if self.justify == "right" else text + fill

    def is_cut_off(self, columns: int) -> bool:
        """Whether there is more to the right of this column, the last in view."""
        return self.is_narrowed or self.index < columns - 1


def natural_widths(before: Sequence[int], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Cells that the widest text of each column needs; never less than before."""
    widths = list(before)
    for row in rows:
        for index, (text, _) in enumerate(row[: len(widths)]):
            if len(text) > widths[index] or not text.isascii():
                widths[index] = max(widths[index], cell_len(safe(text[:MEASURED_CHARS])))
    return widths


def lay_out_columns(
    columns: Sequence[Column],
    titles: Sequence[str],
    natural: Sequence[int],
    width: int,
    fixed: int,
    first: int,
) -> list[Laid]:
    """The columns that are in view when `fixed` ones stay and the others begin with number `first` of them."""
    needed = [
        column.width or max(cell_len(title), cells, column.min_width)
        for column, title, cells in zip(columns, titles, natural, strict=True)
    ]
    widths = [
        column.width or min(cells, max(column.max_width, column.min_width, cell_len(title)))
        for column, title, cells in zip(columns, titles, needed, strict=True)
    ]
    movable = max(0, min(first, len(columns) - fixed - 1))
    shown = [*range(min(fixed, len(columns))), *range(fixed + movable, len(columns))]
    _spread(widths, needed, shown, width)
    laid: list[Laid] = []
    left = width
    for index in shown:
        cells = min(widths[index], left)
        if cells <= 0 or (laid and cells < min(widths[index], _LEAST_CELLS)):
            break
        gap = min(GAP_CELLS, left - cells)
        laid.append(Laid(index, cells, gap, columns[index].justify, cells < widths[index]))
        left -= cells + gap
    return laid


def _spread(widths: list[int], needed: Sequence[int], shown: Sequence[int], width: int) -> None:
    """Give room that is left to columns that are cut, from the left."""
    spare = width - sum(widths[index] + GAP_CELLS for index in shown)
    for index in shown:
        more = max(0, min(spare, needed[index] - widths[index]))
        widths[index] += more
        spare -= more
