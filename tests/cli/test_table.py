"""Tables: any rows fit the width that is there, and what is cut says so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.cli.table import Column, fit, fit_end, least_cells, leave_out, table_lines

_COLUMNS = (
    Column("left", least_cells=6),
    Column("right", align_right=True, least_cells=6),
    Column("end", least_cells=6, keep_end=True),
)
_cell = st.text("aé漢字🚀 .", max_size=40)
_rows = st.lists(st.tuples(_cell, _cell, _cell), max_size=8)


@given(_rows, st.integers(least_cells(_COLUMNS), 100))
def test_lines_are_never_wider_than_asked(rows: list[tuple[str, str, str]], cells: int) -> None:
    lines = list(table_lines(_COLUMNS, rows, cells))
    assert len(lines) == len(rows) + 1
    assert max(map(cell_len, lines)) <= cells


@given(_rows)
def test_without_a_bound_nothing_is_cut(rows: list[tuple[str, str, str]]) -> None:
    lines = list(table_lines(_COLUMNS, rows, None))
    assert [
        all(cell.rstrip() in line for cell in row) for row, line in zip(rows, lines[1:], strict=True)
    ] == [True] * len(rows)


@given(_cell, st.integers(1, 50))
def test_what_is_cut_is_marked_on_its_side(text: str, cells: int) -> None:
    start, end = fit(text, cells), fit_end(text, cells)
    assert max(cell_len(start), cell_len(end)) <= cells
    assert start == text if cell_len(text) <= cells else start.endswith("…")
    assert end == text if cell_len(text) <= cells else end.startswith("…")


def test_columns_are_left_out_in_order_until_the_rest_fits() -> None:
    rows = [["a" * 30, "1", "z" * 30]]
    assert leave_out(_COLUMNS, rows, ("right", "end"), None)[2] == []
    columns, kept, left_out = leave_out(_COLUMNS, rows, ("right", "end"), 16)
    assert left_out == ["right"]
    assert [column.heading for column in columns] == ["left", "end"]
    assert kept == [["a" * 30, "z" * 30]]
