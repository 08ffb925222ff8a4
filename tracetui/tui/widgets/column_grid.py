"""A grid with a cursor column: what is asked of a column is asked of that one."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.message import Message

from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.grid_columns import Laid, RowSource


class ColumnGrid(Grid):
    """`column` is the index of the chosen column."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"grid--column"}
    DEFAULT_CSS = """
    ColumnGrid > .grid--column { text-style: bold underline; }
    ColumnGrid:focus > .grid--column { text-style: bold reverse; }
    """

    class ColumnMoved(Message):
        """The cursor is in another column."""

    def __init__(self, *, ascii_only: bool = False, name: str | None = None) -> None:
        super().__init__(ascii_only=ascii_only, name=name)
        self.column = 0

    def show_columns(self, source: RowSource, row: int = 0, column: int = 0, frozen: int = 0) -> None:
        """Show a source with the cursor on a row and a column; `frozen` columns on the left stay in view."""
        self._fixed_columns = frozen
        self.show(source, row)
        self.move_to_column(column)

    def move_to_column(self, column: int) -> None:
        """Put the cursor in a column, or the nearest that there is, and bring it into view."""
        last = len(self._source.columns) - 1 if self._source is not None else 0
        self.column = max(0, min(column, last))
        movable = self.column - self._fixed_columns
        if movable >= 0:
            self._first_column = min(self._first_column, movable)
            while self._first_column < movable and not self._is_in_view(self.column):
                self._first_column += 1
                self._laid = None
        self._laid = None
        self.forget_strips()
        self.post_message(self.ColumnMoved())

    def width_of(self, column: int) -> int:
        """Cells that a column takes now."""
        layout = self._layout(max(0, self.size.width - 1))
        return next((laid.width for laid in layout if laid.index == column), 1)

    def _is_in_view(self, column: int) -> bool:
        layout = self._layout(max(0, self.size.width - 1))
        return any(laid.index == column and not laid.is_narrowed for laid in layout)

    def cell_parts(self, laid: Laid, is_cursor: bool) -> tuple[str, ...]:
        """The cursor's column stands out in the header and on the cursor's row."""
        return ("grid--column",) if is_cursor and laid.index == self.column else ()

    def row_clicked(self, row: int, event: events.Click) -> None:
        """A click chooses the column, too."""
        column = self.column_at(event.x)
        if column is not None:
            self.move_to_column(column)
        super().row_clicked(row, event)

    def title_clicked(self, event: events.Click) -> None:
        """A click on a title chooses its column, then asks for another order."""
        column = self.column_at(event.x)
        if column is not None:
            self.move_to_column(column)
        super().title_clicked(event)

    def action_scroll_columns_right(self) -> None:
        """To the next column."""
        self.move_to_column(self.column + 1)

    def action_scroll_columns_left(self) -> None:
        """To the column before."""
        self.move_to_column(self.column - 1)
