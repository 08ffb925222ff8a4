"""Rows as an aligned table: fits the terminal, cuts nothing without `…`, and takes rows as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

MEASURED_ROWS = 1_000
GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, side, the least cells it may be squeezed to (None: it is never squeezed), and whether
    what is cut is the beginning."""

    heading: str
    align_right: bool = False
    least_cells: int | None = None
    keep_end: bool = False


def table_lines(columns: Sequence[Column], rows: Iterable[Sequence[str]], cells: int | None) -> Iterator[str]:
    """Heading and rows as lines of at most `cells` columns (None: nothing is cut); texts are safe already.

    Widths come from the first 1,000 rows, so that any number of rows streams through.
    """
    rows = iter(rows)
    measured = [list(row) for row in islice(rows, MEASURED_ROWS)]
    widths = _natural_widths(columns, measured)
    if cells is not None:
        widths = _squeezed(columns, [min(width, cells) for width in widths], cells)
    headings = [column.heading for column in columns]
    for row in chain([headings], measured, rows):
        texts = row if cells is None else map(_fitted, columns, row, widths)
        yield _line(columns, texts, widths)


def least_cells(columns: Sequence[Column]) -> int:
    """The narrowest line in which these columns can stand, with squeezable columns at their least."""
    return sum(max(c.least_cells or 0, len(c.heading)) for c in columns) + len(GAP) * (len(columns) - 1)


def leave_out(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], order: Sequence[str], cells: int | None
) -> tuple[tuple[Column, ...], list[list[str]], list[str]]:
    """Columns and rows without what a line of `cells` has no room for, and the headings left out.

    Columns go in the given order of headings until the rest fits, squeezed as far as it may be.
    """
    widths = _natural_widths(columns, rows[:MEASURED_ROWS])
    least = dict(zip((column.heading for column in columns), _least_widths(columns, widths), strict=True))
    left_out: list[str] = []
    for heading in order:
        if cells is None or sum(least.values()) + len(GAP) * (len(least) - 1) <= cells:
            break
        del least[heading]
        left_out.append(heading)
    kept = [index for index, column in enumerate(columns) if column.heading in least]
    return tuple(columns[i] for i in kept), [[row[i] for i in kept] for row in rows], left_out


def fit(text: str, cells: int) -> str:
    """The text in at most `cells` columns, ending in `…` where it is cut."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= cells:
        return text
    return f"{set_cell_size(text, cells - 1).rstrip()}…" if cells > 0 else ""


def fit_end(text: str, cells: int) -> str:
    """The end of the text in at most `cells` columns, after `…` where it is cut."""
    from rich.cells import cell_len

    if cell_len(text) <= cells:
        return text
    end = text[len(text) - cells + 1 :]
    while cell_len(end) > cells - 1:
        end = end[1:]
    return f"…{end}"


def _fitted(column: Column, text: str, width: int) -> str:
    return fit_end(text, width) if column.keep_end else fit(text, width)


def _line(columns: Sequence[Column], row: Iterable[str], widths: Sequence[int]) -> str:
    return GAP.join(
        _pad(text, width, column.align_right)
        for column, text, width in zip(columns, row, widths, strict=True)
    ).rstrip()


def _pad(text: str, cells: int, align_right: bool) -> str:
    from rich.cells import cell_len

    filler = " " * max(0, cells - cell_len(text))
    return filler + text if align_right else text + filler


def _natural_widths(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    widths = [cell_len(column.heading) for column in columns]
    for row in rows:
        for index, text in enumerate(row):
            widths[index] = max(widths[index], cell_len(text))
    return widths


def _least_widths(columns: Sequence[Column], widths: Sequence[int]) -> list[int]:
    return [
        width if column.least_cells is None else min(width, max(column.least_cells, len(column.heading)))
        for column, width in zip(columns, widths, strict=True)
    ]


def _squeezed(columns: Sequence[Column], widths: list[int], cells: int) -> list[int]:
    """Take cells from the widest column that may be squeezed until the line fits, or nothing more can be taken."""
    room = cells - len(GAP) * (len(columns) - 1)
    least = _least_widths(columns, widths)
    excess = sum(widths) - room
    while excess > 0:
        slack, index = max((width - low, i) for i, (width, low) in enumerate(zip(widths, least, strict=True)))
        if slack <= 0:
            break
        widths[index] -= 1
        excess -= 1
    return widths
