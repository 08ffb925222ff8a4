"""The grid driven by keys and mouse over a source that counts what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.grid_columns import Cell, Column

COLUMNS = (
    Column("name", "Name", max_width=12),
    Column("cost", "Cost", "right"),
    Column("error", "First error", max_width=20),
)


class Numbers:
    """Rows made from their number; `is_late` answers None."""

    def __init__(self, row_count: int, columns: Sequence[Column] = COLUMNS, is_late: bool = False) -> None:
        self.columns = columns
        self.row_count = row_count
        self.is_late = is_late
        self.asked: list[tuple[int, int]] = []

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Cell]] | None:
        self.asked.append((start, stop))
        if self.is_late:
            return None
        return [
            [
                (f"run {row}", ""),
                (str(row), "muted"),
                *[("[red]\x1b[31m\u202e字" * 3, "error")] * (len(self.columns) - 2),
            ]
            for row in range(start, stop)
        ]


class Keyed(Grid):
    BINDINGS = bindings(Scope.LIST)


class GridApp(App[None]):
    CSS = "Grid { height: 1fr; }"

    def __init__(self, source: Numbers, fixed: int = 0) -> None:
        super().__init__()
        self.source = source
        self.grid = Keyed(fixed_columns=fixed)
        self.seen: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        self.grid.show(self.source)
        self.grid.focus()

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self.seen.append(event.row)

    def on_grid_entered(self, event: Grid.Entered) -> None:
        self.seen.append(("in", event.row))

    def on_grid_header_clicked(self, event: Grid.HeaderClicked) -> None:
        self.seen.append(event.column)

    def lines(self) -> list[str]:
        return [self.grid.render_line(y).text.rstrip() for y in range(self.grid.size.height)]


async def test_only_what_is_seen_is_fetched() -> None:
    app = GridApp(Numbers(1_000_000))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("j", "j", "G", "enter")
        await pilot.pause()
        assert app.lines()[0].split() == ["Name", "Cost", "First", "error"]
        assert app.lines()[-1].startswith("▶run 999999  999999  [red]␛[31m⟨U+202E⟩")
    assert len(app.source.asked) < 5
    assert app.seen[-2:] == [999_999, ("in", 999_999)]


async def test_columns_fit_their_texts_and_cut_with_a_sign() -> None:
    app = GridApp(Numbers(3))
    async with app.run_test(size=(44, 6)) as pilot:
        await pilot.pause()
        lines = app.lines()
        assert lines[1].startswith("▶run 0     0  [red]␛[31m")
        assert lines[1].endswith("…")
        assert {cell_len(app.grid.render_line(y).text) for y in range(6)} == {44}
        assert lines[4] == ""


async def test_no_column_is_cut_to_a_letter() -> None:
    columns = [Column(f"c{number}", f"Column {number}") for number in range(3)]
    app = GridApp(Numbers(1, columns))
    async with app.run_test(size=(25, 3)) as pilot:
        await pilot.pause()
        assert app.lines()[0].split() == ["Column", "0", "Column", "1", "›"]


async def test_rows_that_come_later_show_a_placeholder() -> None:
    app = GridApp(Numbers(5, is_late=True))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.pause()
        assert "…" in app.lines()[1]
        app.source.is_late = False
        app.grid.source_changed()
        await pilot.pause()
        assert "run 0" in app.lines()[1]


async def test_wide_tables_scroll_by_columns() -> None:
    columns = [Column(f"c{number}", f"Column {number}") for number in range(12)]
    app = GridApp(Numbers(5, columns), fixed=1)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        assert app.lines()[0].endswith("›")
        await pilot.press("right", "right")
        assert app.lines()[0].startswith("‹Column 0  Column 3")
        for _ in range(20):
            await pilot.press("right")
        assert "Column 11" in app.lines()[0]
        for _ in range(20):
            await pilot.press("left")
        assert app.lines()[0].startswith(" Column 0  Column 1")


async def test_headers_are_clicked_and_show_the_order() -> None:
    app = GridApp(Numbers(5))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.click(Keyed, offset=(12, 0))
        app.grid.set_sort("cost", descending=True)
        await pilot.pause()
        assert "Cost ↓" in app.lines()[0]
        await pilot.click(Keyed, offset=(3, 4))
        await pilot.pause()
    assert app.seen[-2:] == ["cost", 3]


async def test_a_double_click_goes_in_once_and_a_header_asks_once() -> None:
    app = GridApp(Numbers(5))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.double_click(Keyed, offset=(3, 4))
        await pilot.click(Keyed, offset=(12, 0))
        await pilot.pause()
    assert [said for said in app.seen if not isinstance(said, int)] == [("in", 3), "cost"]


async def test_rows_may_vanish_and_come_back() -> None:
    app = GridApp(Numbers(50))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.press("G")
        for rows, cursor in ((10, 9), (0, -1), (3, 2)):
            app.source.row_count = rows
            app.grid.source_changed()
            await pilot.press("enter", "pagedown")
            assert app.grid.cursor == cursor
        app.grid.cursor = 1
        assert app.grid.cursor_row == 1


@pytest.mark.parametrize("width", [1, 2, 3, 10, 200])
async def test_any_width_shows_lines_of_that_width(width: int) -> None:
    app = GridApp(Numbers(5))
    async with app.run_test(size=(width, 4)) as pilot:
        await pilot.pause()
        assert {cell_len(app.grid.render_line(y).text) for y in range(4)} == {width}
