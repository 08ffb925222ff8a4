"""Rows of one line each with a cursor row: what the span tree and the grid have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable

from rich.segment import Segment
from textual import events

from tracetui.tui.widgets.line_pane import LinePane


class RowPane(LinePane):
    """A `LinePane` over numbered rows. `top` is the first row in view, `cursor_row` the chosen one."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own keyword
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.top = 0
        self.cursor_row = 0
        self._is_move_pending = False
        self._has_been_sized = False

    @abstractmethod
    def total_rows(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def row_key(self, row: int) -> Hashable:
        """What the picture of a row depends on, besides cursor, style and width."""

    @abstractmethod
    def row_segments(self, row: int, width: int, is_cursor: bool) -> Iterable[Segment]:
        """Segments of one row."""

    @abstractmethod
    def post_moved(self) -> None:
        """Post the widget's own message that the cursor is on another row."""

    def go_in(self) -> None:
        """Post the widget's own message that the user goes into the cursor row."""

    @property
    def page_rows(self) -> int:
        """Rows that fit in the view."""
        return max(1, self.size.height - self.body_top)

    def extent(self) -> tuple[int, int, int]:
        """First row in view, rows that fit, rows in all."""
        return self.top, self.page_rows, self.total_rows()

    def line_key(self, y: int) -> Hashable:
        """A line shows a row, with or without the cursor."""
        row = self.top + y - self.body_top
        return (self.row_key(row), row == self.cursor_row) if row < self.total_rows() else None

    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """The row on line `y`."""
        row = self.top + y - self.body_top
        return self.row_segments(row, width, row == self.cursor_row)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or the nearest that there is, and bring it into view."""
        row = max(0, min(row, self.total_rows() - 1))
        before, self.cursor_row = self.cursor_row, row
        if not self._bring_into_view():
            self.refresh_line(before - self.top + self.body_top)
            self.refresh_line(row - self.top + self.body_top)
        if row != before:
            self.announce_move()

    def announce_move(self) -> None:
        """Say once, after the keys that are already waiting, that the cursor moved."""
        if not self._is_move_pending:
            self._is_move_pending = True
            self.call_later(self._post_pending_move)

    def _post_pending_move(self) -> None:
        self._is_move_pending = False
        self.post_moved()

    def _bring_into_view(self) -> bool:
        top = min(self.top, self.cursor_row)
        return self._set_top(max(top, self.cursor_row - self.page_rows + 1))

    def _set_top(self, top: int) -> bool:
        top = max(0, min(top, self.total_rows() - self.page_rows))
        if top == self.top:
            return False
        self.top = top
        self.refresh()
        return True

    def center(self) -> None:
        """Bring the cursor row to the middle where it is out of view."""
        if not self.top <= self.cursor_row < self.top + self.page_rows:
            self._set_top(self.cursor_row - self.page_rows // 2)

    def scroll_lines(self, lines: int) -> None:
        """Move the view, not the cursor."""
        self._set_top(self.top + lines)

    def scroll_to_line(self, first: int) -> None:
        """Begin the view at this row."""
        self._set_top(first)

    def _move_page(self, rows: int) -> None:
        self._set_top(self.top + rows)
        self.move_to(self.cursor_row + rows)

    def resized(self) -> None:
        """The cursor stays in view."""
        if not self._has_been_sized:
            self._has_been_sized = self.size.height > 0
            self._set_top(self.cursor_row - self.page_rows // 2)
        self._set_top(self.top)
        self._bring_into_view()

    def on_click(self, event: events.Click) -> None:
        """A click chooses a row, a second one goes in. Subclasses override the two methods below instead of this
        one: Textual calls the handler of every base class by itself."""
        row = self.top + event.y - self.body_top
        if event.x >= self.size.width - 1:
            return
        if event.y < self.body_top:
            self.header_clicked(event)
        elif row < self.total_rows():
            self.row_clicked(row, event)

    def header_clicked(self, event: events.Click) -> None:
        """A click above the rows."""

    def row_clicked(self, row: int, event: events.Click) -> None:
        """A click on a row."""
        self.move_to(row)
        if event.chain == 2:
            self.go_in()

    def action_cursor_down(self) -> None:
        """One row down."""
        self.move_to(self.cursor_row + 1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self.move_to(self.cursor_row - 1)

    def action_cursor_first(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_cursor_last(self) -> None:
        """To the last row."""
        self.move_to(self.total_rows() - 1)

    def action_page_down(self) -> None:
        """A page down."""
        self._move_page(self.page_rows)

    def action_page_up(self) -> None:
        """A page up."""
        self._move_page(-self.page_rows)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._move_page(self.page_rows // 2)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._move_page(-(self.page_rows // 2))

    def action_go_in(self) -> None:
        """Go into the cursor row."""
        if self.total_rows():
            self.go_in()
