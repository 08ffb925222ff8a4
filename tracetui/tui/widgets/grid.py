"""A table over a window of rows: what is not seen is not fetched, measured or painted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive

from tracetui.render.safe import safe
from tracetui.render.signs import signs
from tracetui.tui.widgets.fit import fit
from tracetui.tui.widgets.grid_columns import Cell, Laid, RowSource, lay_out_columns, natural_widths
from tracetui.tui.widgets.row_pane import RowPane

BLOCK_ROWS = 64
MAX_CACHED_BLOCKS = 64
MAX_CELL_CHARS = 1_000
EDGE_CELLS = 2
"""The cursor sign at the left, the sign for more columns at the right."""

CELL_STYLES = ("muted", "error", "warning", "success", "accent", "strong")


class Grid(RowPane):
    """Shows a `RowSource`. `cursor` is the chosen row, -1 while there are none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"grid--{style}" for style in CELL_STYLES),
        "grid--header",
        "grid--cursor",
    }
    DEFAULT_CSS = """
    Grid {
        & > .grid--header { background: $panel; color: $foreground; text-style: bold; }
        & > .grid--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
        }
        &:focus > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .grid--muted { color: $text-muted; }
        & > .grid--error { color: $text-error; }
        & > .grid--warning { color: $text-warning; }
        & > .grid--success { color: $text-success; }
        & > .grid--accent { color: $text-accent; }
        & > .grid--strong { text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(-1, repaint=False, init=False)

    class Moved(Message):
        """The cursor is on another row; sent once for keys that came quickly one after the other."""

        def __init__(self, grid: Grid, row: int) -> None:
            super().__init__()
            self.grid = grid
            self.row = row

        @property
        def control(self) -> Grid:
            """The grid that sent it."""
            return self.grid

    class Entered(Moved):
        """The user goes into a row (enter, double click)."""

    class HeaderClicked(Message):
        """The title of a column was clicked; `column` is its key."""

        def __init__(self, grid: Grid, column: str) -> None:
            super().__init__()
            self.grid = grid
            self.column = column

        @property
        def control(self) -> Grid:
            """The grid that sent it."""
            return self.grid

    def __init__(
        self,
        *,
        fixed_columns: int = 0,
        ascii_only: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own keyword
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._signs = signs(ascii_only)
        self._fixed_columns = fixed_columns
        self._source: RowSource | None = None
        self._blocks: dict[int, Sequence[Sequence[Cell]]] = {}
        self._natural: list[int] = []
        self._first_column = 0
        self._laid: list[Laid] | None = None
        self._sort: tuple[str, bool] | None = None
        self._is_measuring = False

    @property
    def body_top(self) -> int:
        """The header takes the first line."""
        return 1

    def show(self, source: RowSource, cursor: int = 0) -> None:
        """Show a source from its first column on, with the cursor on a row."""
        self._source = source
        self._natural = [0] * len(source.columns)
        self._first_column = 0
        self.top = self.cursor_row = 0
        self.set_reactive(Grid.cursor, -1)
        self.source_changed()
        if source.row_count:
            self.cursor_row = max(0, min(cursor, source.row_count - 1))
            self.center()
            self.move_to(self.cursor_row)

    def source_changed(self) -> None:
        """The source's rows are others now, or rows that were missing have arrived."""
        self._blocks.clear()
        self._laid = None
        self.forget_strips()
        total = self.total_rows()
        if total == 0:
            self.set_reactive(Grid.cursor, -1)
        elif self.cursor_row >= total or self.cursor < 0:
            self.move_to(min(self.cursor_row, total - 1))

    def set_sort(self, column: str | None, descending: bool = False) -> None:
        """Mark the column by key that the rows are sorted by; None marks none."""
        self._sort = (column, descending) if column is not None else None
        self._laid = None
        self.forget_strips()

    def watch_cursor(self, row: int) -> None:
        """Setting `cursor` moves it."""
        if row >= 0 and row != self.cursor_row:
            self.cursor_row, before = row, self.cursor_row
            self.center()
            self.cursor_row = before
            self.move_to(row)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row."""
        if self.total_rows() == 0:
            return
        super().move_to(row)
        if self.cursor != self.cursor_row:
            self.cursor = self.cursor_row
            self.announce_move()

    def total_rows(self) -> int:
        """Rows of the source."""
        return self._source.row_count if self._source is not None else 0

    def line_key(self, y: int) -> Hashable:
        """The header, or a row."""
        return "header" if y < self.body_top else super().line_key(y)

    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """The header, or a row."""
        return self._header(width) if y < self.body_top else super().line_segments(y, width)

    def row_key(self, row: int) -> Hashable:
        """A row, and whether its cells are known."""
        return row, self._cells(row) is not None

    def row_segments(self, row: int, width: int, is_cursor: bool) -> Iterable[Segment]:
        """Cells of one row, `…` where the source has not answered yet."""
        cells = self._cells(row)
        over = ("grid--cursor",) if is_cursor else ()
        yield Segment(self._signs.cursor if is_cursor else " ", self.part(*over))
        used = 1
        for laid in self._layout(width):
            text, style = cells[laid.index] if cells is not None else ("…", "muted")
            shown = self._aligned(safe(text, MAX_CELL_CHARS), laid)
            used += laid.width + laid.gap
            part = (f"grid--{style}",) if style in CELL_STYLES else ()
            yield Segment(shown, self.part(*part, *over, *self.cell_parts(laid, is_cursor)))
            yield Segment(" " * laid.gap, self.part(*over))
        yield Segment(" " * max(0, width - used), self.part(*over))

    def cell_parts(self, laid: Laid, is_cursor: bool) -> tuple[str, ...]:
        """Further component classes of a cell, or of the title of its column as if that were on the cursor's row."""
        del laid, is_cursor
        return ()

    def _aligned(self, text: str, laid: Laid) -> str:
        text = fit(text, laid.width)
        return laid.pad(text)

    def _header(self, width: int) -> Iterable[Segment]:
        style = self.part("grid--header")
        columns = self._source.columns if self._source is not None else ()
        layout = self._layout(width)
        hidden_left = self._first_column > 0
        yield Segment("‹" if hidden_left else " ", style)
        used = 1
        for laid in layout:
            column = columns[laid.index]
            used += laid.width + laid.gap
            title = laid.pad(fit(self._title(column.key, safe(column.title)), laid.width))
            yield Segment(title, self.part("grid--header", *self.cell_parts(laid, True)))
            yield Segment(" " * laid.gap, style)
        more = bool(layout) and layout[-1].is_cut_off(len(columns))
        room = max(0, width - used)
        yield Segment(" " * (room - 1) + "›" if more and room else " " * room, style)

    def _title(self, key: str, title: str) -> str:
        if self._sort is None or self._sort[0] != key:
            return title
        return f"{title} {'↓' if self._sort[1] else '↑'}"

    def _layout(self, width: int) -> list[Laid]:
        if self._laid is None and self._source is not None:
            self._measure_view()
            titles = [self._title(column.key, safe(column.title)) for column in self._source.columns]
            self._laid = lay_out_columns(
                self._source.columns,
                titles,
                self._natural,
                width - EDGE_CELLS,
                self._fixed_columns,
                self._first_column,
            )
        return self._laid or []

    def _measure_view(self) -> None:
        """Know the widths of the rows in view before the first of them is painted: else all would be painted twice."""
        self._is_measuring = True
        last = min(self.top + self.page_rows, self.total_rows())
        for row in range(self.top // BLOCK_ROWS * BLOCK_ROWS, last, BLOCK_ROWS):
            self._cells(row)
        self._is_measuring = False

    def _cells(self, row: int) -> Sequence[Cell] | None:
        if self._source is None:
            return None
        block = row // BLOCK_ROWS
        rows = self._blocks.get(block)
        if rows is None:
            start = block * BLOCK_ROWS
            rows = self._source.rows(start, min(start + BLOCK_ROWS, self._source.row_count))
            if rows is None:
                return None
            self._keep(block, rows)
        index = row - block * BLOCK_ROWS
        return rows[index] if index < len(rows) else None

    def _keep(self, block: int, rows: Sequence[Sequence[Cell]]) -> None:
        if len(self._blocks) >= MAX_CACHED_BLOCKS:
            self._blocks.clear()
        self._blocks[block] = rows
        widths = natural_widths(self._natural, rows)
        if widths != self._natural:
            self._natural = widths
            if not self._is_measuring:
                self.call_later(self._widen)

    def _widen(self) -> None:
        """Rows that came into view are wider than those before."""
        self._laid = None
        self.forget_strips()

    def resized(self) -> None:
        """Columns depend on the width."""
        self._laid = None
        super().resized()

    def header_clicked(self, event: events.Click) -> None:
        """A click on a title asks for another order, on the signs beside them it shows the columns there."""
        if event.x == 0 and self._first_column:
            self.action_scroll_columns_left()
        elif event.x == self.size.width - 2 and self._is_cut_off():
            self.action_scroll_columns_right()
        else:
            self.title_clicked(event)

    def title_clicked(self, event: events.Click) -> None:
        """A click on a title, or beside the last one."""
        column = self.column_at(event.x)
        if column is not None and self._source is not None:
            self.post_message(self.HeaderClicked(self, self._source.columns[column].key))

    def column_at(self, x: int) -> int | None:
        """Index of the column at a cell of the line, None beside them all."""
        start = 1
        for laid in self._layout(max(0, self.size.width - 1)):
            if start <= x < start + laid.width + laid.gap:
                return laid.index
            start += laid.width + laid.gap
        return None

    def post_moved(self) -> None:
        """Post `Moved`."""
        if self.cursor >= 0:
            self.post_message(self.Moved(self, self.cursor))

    def go_in(self) -> None:
        """Post `Entered`."""
        if self.cursor >= 0:
            self.post_message(self.Entered(self, self.cursor))

    def action_scroll_columns_right(self) -> None:
        """One column to the right, where not all fit."""
        if self._is_cut_off():
            self._scroll_columns(1)

    def _is_cut_off(self) -> bool:
        """Whether there are columns further to the right."""
        layout = self._layout(max(0, self.size.width - 1))
        return bool(self._source is not None and layout and layout[-1].is_cut_off(len(self._source.columns)))

    def action_scroll_columns_left(self) -> None:
        """One column back to the left."""
        self._scroll_columns(-1)

    def _scroll_columns(self, columns: int) -> None:
        last = len(self._source.columns) - self._fixed_columns - 1 if self._source is not None else 0
        self._first_column = max(0, min(self._first_column + columns, last))
        self._laid = None
        self.forget_strips()
