"""Text of any size in one scrolling view: only the lines in view are coloured, wrapped and painted."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message

from tracetui.render.lines import Lines, Piece
from tracetui.render.safe import safe
from tracetui.render.signs import signs
from tracetui.tui.widgets.document import HEADER, Document, Place, Section
from tracetui.tui.widgets.line_pane import LinePane
from tracetui.tui.widgets.text_row import TEXT_PARTS, cut_row, fold_sign, highlighted
from tracetui.tui.widgets.wrap import wrap_pieces

MAX_CACHED_LINES = 2_000
SIDE_STEP_CELLS = 8
GUTTER_CELLS = 3


class DocumentView(LinePane):
    """Shows sections (title, subtitle, lines), each foldable. The cursor is on a line; a line may wrap over rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"text-view--{part}" for part in TEXT_PARTS}
    DEFAULT_CSS = """
    DocumentView {
        & > .text-view--cursor { background: $boost; }
        &:focus > .text-view--cursor { background: $primary-muted; }
        &:ansi > .text-view--cursor { background: transparent; text-style: bold; }
        & > .text-view--hit { text-style: reverse; }
        & > .text-view--title { background: $panel; text-style: bold; }
        & > .text-view--subtitle { background: $panel; color: $text-muted; }
        & > .text-view--tone-error { color: $text-error; }
        & > .text-view--tone-warning { color: $text-warning; }
        & > .text-view--tone-success { color: $text-success; }
        & > .text-view--tone-accent { color: $text-accent; }
        & > .text-view--tone-muted { color: $text-muted; }
        & > .text-view--fold { color: $text-muted; }
        & > .text-view--key { color: $text-primary; }
        & > .text-view--string { color: $text-success; }
        & > .text-view--number { color: $text-warning; }
        & > .text-view--literal { color: $text-accent; }
        & > .text-view--punctuation { color: $text-muted; }
        & > .text-view--mark { color: $text-accent; text-style: italic; }
        & > .text-view--guide { color: $text-muted; }
        & > .text-view--heading { color: $text-primary; text-style: bold; }
        & > .text-view--strong { text-style: bold; }
        & > .text-view--code { color: $text-warning; }
        & > .text-view--bullet { color: $text-accent; }
        & > .text-view--quote { color: $text-muted; text-style: italic; }
        & > .text-view--removed { color: $text-error; }
        & > .text-view--added { color: $text-success; }
        & > .text-view--word { text-style: bold underline; }
    }
    """

    class Entered(Message):
        """The user goes into a line that is no fold (enter, double click)."""

        def __init__(self, view: DocumentView, section: Section, line: int) -> None:
            super().__init__()
            self.view = view
            self.section = section
            self.line = line

        @property
        def control(self) -> DocumentView:
            """The view that sent it."""
            return self.view

    def __init__(
        self,
        *,
        wrap: bool = True,
        ascii_only: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own keyword
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._signs = signs(ascii_only)
        self._is_wrapping = wrap
        self._document = Document(())
        self._cursor = 0
        self._top = (0, 0)
        self._side = 0
        self._needle = ""
        self._hits: list[Place] = []
        self._rows_of: dict[Place, list[tuple[Piece, ...]]] = {}
        self._in_view: list[tuple[int, int]] | None = None
        self._heights: array[int] | None = None

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show sections from the first line on."""
        self._document = Document(sections)
        self._cursor, self._top, self._side, self._hits, self._needle = 0, (0, 0), 0, [], ""
        self._relaid()

    def show_lines(self, lines: Lines) -> None:
        """Show one text without a title."""
        self.show_sections([Section("", "", lambda: lines)])

    @property
    def place(self) -> Place | None:
        """Where the cursor is; None while nothing is shown."""
        return self._document.place(self._cursor) if len(self._document) else None

    @property
    def section(self) -> Section | None:
        """The section that the cursor is in."""
        return self._document.sections[self.place.section] if self.place else None

    def line_text(self) -> str:
        """The cursor's line as it is in the source, or its title."""
        if self.place is None:
            return ""
        if self.place.line == HEADER:
            return self._document.sections[self.place.section].title
        lines, line = self._document.lines(self.place.section), self.place.line
        return lines.sources[lines.source[line]][lines.start[line] : lines.end[line]]

    def section_text(self) -> str:
        """The whole text of the cursor's section as it is in the source."""
        sources = self._document.lines(self.place.section).sources if self.place else []
        return sources[0] if sources else ""

    def search(self, needle: str) -> int:
        """Mark where a text stands, upper and lower case alike; the number of lines that hold it."""
        self._needle = needle
        self._hits = self._document.find(needle) if needle else []
        self.forget_strips()
        return len(self._hits)

    def go_to_hit(self, backwards: bool = False) -> int:
        """Go to the next line found, round the end; its number from 1, 0 where there is none."""
        if not self._hits or self.place is None:
            return 0
        after = bisect_right(self._hits, self.place)
        index = after if not backwards else after - 1 - (self.place in self._hits[max(0, after - 1) : after])
        index %= len(self._hits)
        if self._document.reveal(self._hits[index]):
            self._relaid()
        self._move_to(self._document.index(self._hits[index]), is_centered=True)
        return index + 1

    def extent(self) -> tuple[int, int, int]:
        """First row, rows that fit, rows in all; wrapped rows out of view are estimated."""
        if self._heights is None:
            width = self._text_width() if self._is_wrapping else 1 << 40
            self._heights = array(
                "q", accumulate((1 + size // width for size in self._document.sizes()), initial=0)
            )
        first, row = self._top
        total = max(self._heights[-1], self._heights[first] + row + len(self._view()))
        if self._top == (0, 0) and len(self._view()) < self.size.height:
            total = len(self._view())
        return self._heights[first] + row, self.size.height, total

    def line_key(self, y: int) -> Hashable:
        """A row of a line, with or without the cursor."""
        view = self._view()
        if y >= len(view):
            return None
        index, row = view[y]
        return self._document.place(index), row, index == self._cursor, self._side

    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """The row on line `y`."""
        index, row = self._view()[y]
        place = self._document.place(index)
        is_cursor = index == self._cursor
        over = ("text-view--cursor",) if is_cursor else ()
        pieces: Iterable[Piece] = self._rows(index)[row]
        if self._needle:
            pieces = highlighted(pieces, self._needle)
        segments = [Segment(text, self.part(*_parts(kind), *over)) for text, kind in pieces]
        base = ("text-view--subtitle",) if place.line == HEADER else ()
        gutter = Segment(self._gutter(place, is_cursor, row == 0), self.part(*base, "text-view--fold", *over))
        return cut_row(gutter, segments, width, self._side, self.part(*base, *over))

    def _gutter(self, place: Place, is_cursor: bool, is_first_row: bool) -> str:
        """Three cells: the cursor or a search mark, the fold sign, a space."""
        found = bisect_left(self._hits, place)
        is_hit = found < len(self._hits) and self._hits[found] == place
        mark = self._signs.cursor if is_cursor else self._signs.hit if is_hit else " "
        fold = fold_sign(self._document, place, self._signs) or " "
        return f"{mark}{fold} " if is_first_row else " " * GUTTER_CELLS

    def scroll_lines(self, lines: int) -> None:
        """Move the view by rows."""
        index, row = self._top
        row += lines
        while row < 0 and index > 0:
            index -= 1
            row += len(self._rows(index))
        while index < len(self._document) - 1 and row >= len(self._rows(index)):
            row -= len(self._rows(index))
            index += 1
        self._set_top((index, max(0, row)))

    def scroll_to_line(self, first: int) -> None:
        """Begin the view about at this row of all."""
        self.extent()
        if self._heights is None or not len(self._document):
            return
        index = min(max(0, bisect_right(self._heights, first) - 1), len(self._document) - 1)
        self._set_top((index, min(first - self._heights[index], len(self._rows(index)) - 1)))

    def _set_top(self, top: tuple[int, int]) -> None:
        top = min(top, self._last_top())
        if top != self._top:
            self._top = top
            self._in_view = None
            self.refresh()

    def _last_top(self) -> tuple[int, int]:
        """Where the view begins when the last row is at its end."""
        room = self.size.height
        for index in range(len(self._document) - 1, -1, -1):
            rows = len(self._rows(index))
            if rows >= room:
                return index, rows - room
            room -= rows
        return 0, 0

    def _view(self) -> list[tuple[int, int]]:
        """Index and row of each line of the screen."""
        if self._in_view is None:
            view: list[tuple[int, int]] = []
            index, row = self._top
            while index < len(self._document) and len(view) < self.size.height:
                view.extend((index, each) for each in range(row, len(self._rows(index))))
                index, row = index + 1, 0
            self._in_view = view[: self.size.height]
        return self._in_view

    def _text_width(self) -> int:
        return max(1, self.size.width - 1 - GUTTER_CELLS)

    def _rows(self, index: int) -> list[tuple[Piece, ...]]:
        place = self._document.place(index)
        rows = self._rows_of.get(place)
        if rows is None:
            if len(self._rows_of) > MAX_CACHED_LINES:
                self._rows_of.clear()
            pieces = self._pieces(place)
            rows = wrap_pieces(pieces, self._text_width()) if self._is_wrapping else [pieces]
            self._rows_of[place] = rows
        return rows

    def _pieces(self, place: Place) -> tuple[Piece, ...]:
        section = self._document.sections[place.section]
        if place.line == HEADER:
            subtitle = f"  {safe(section.subtitle)}" if section.subtitle else ""
            title = f"title tone-{section.tone}" if section.tone else "title"
            return ((safe(section.title), title), (subtitle + self._hidden_note(place), "subtitle"))
        lines = self._document.lines(place.section)
        pieces = lines.pieces(place.line)
        if lines.continued[place.line] and not self._is_wrapping:
            pieces = (("↪ ", "guide"), *pieces)
        return (*pieces, (self._hidden_note(place), "mark"))

    def _hidden_note(self, place: Place) -> str:
        hidden = self._document.hidden_lines(place) if self._document.is_folded(place) else None
        return "" if hidden is None else f" … {hidden:,} line{'' if hidden == 1 else 's'}"

    def _relaid(self) -> None:
        """Folds, width or wrapping changed."""
        self._rows_of.clear()
        self._in_view = self._heights = None
        self.forget_strips()

    def resized(self) -> None:
        """Rows depend on the width."""
        self._relaid()
        self._set_top(self._top)

    def _move_to(self, index: int, is_centered: bool = False) -> None:
        self._cursor = max(0, min(index, len(self._document) - 1))
        rows = len(self._rows(self._cursor)) if len(self._document) else 0
        inside = [row for at, row in self._view() if at == self._cursor]
        self.refresh()
        if len(inside) == min(rows, self.size.height):
            return
        is_above = (self._cursor, 0) < self._top
        self._set_top((self._cursor, 0))
        if is_centered:
            self.scroll_lines(-(self.size.height // 2))
        elif not is_above and rows < self.size.height:
            self.scroll_lines(rows - self.size.height)

    def _page(self, rows: int) -> None:
        """Scroll, and take the cursor along to a line that is in view."""
        before = self._top
        self.scroll_lines(rows)
        view = [index for index, _ in self._view()]
        if not view:
            return
        if self._top == before:
            self._move_to(len(self._document) - 1 if rows > 0 else 0)
        elif self._cursor not in view:
            self._cursor = view[0] if rows > 0 else view[-1]
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click chooses a line where it stands, on its fold sign or on a title it folds, a second one goes in."""
        view = self._view()
        if event.y >= len(view) or event.x >= self.size.width - 1:
            return
        self._cursor = view[event.y][0]
        self.refresh()
        place = self.place
        if event.x < GUTTER_CELLS or (place and place.line == HEADER and event.chain == 1):
            self.action_fold_toggle()
        elif event.chain == 2 and place and place.line != HEADER:
            self.action_go_in()

    def action_cursor_down(self) -> None:
        """One line down; within a line that is longer than the view, one row."""
        if self.place is None:
            return
        last = self._view()[-1] if self._view() else (0, 0)
        if last[0] == self._cursor and last[1] < len(self._rows(self._cursor)) - 1:
            self.scroll_lines(1)
        else:
            self._move_to(self._cursor + 1)

    def action_cursor_up(self) -> None:
        """One line up; within a line that is longer than the view, one row."""
        if self._top[0] == self._cursor and self._top[1] > 0:
            self.scroll_lines(-1)
        else:
            self._move_to(self._cursor - 1)

    def action_cursor_first(self) -> None:
        """To the first line."""
        self._move_to(0)

    def action_cursor_last(self) -> None:
        """To the last line."""
        self._move_to(len(self._document) - 1)
        self._set_top(self._last_top())

    def action_page_down(self) -> None:
        """A page down."""
        self._page(self.size.height)

    def action_page_up(self) -> None:
        """A page up."""
        self._page(-self.size.height)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._page(self.size.height // 2)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._page(-(self.size.height // 2))

    def action_scroll_columns_right(self) -> None:
        """To the right, where long lines do not wrap."""
        if not self._is_wrapping:
            self._side += SIDE_STEP_CELLS
            self.refresh()

    def action_scroll_columns_left(self) -> None:
        """Back to the left."""
        self._side = max(0, self._side - SIDE_STEP_CELLS)
        self.refresh()

    def action_wrap(self) -> None:
        """Wrap long lines, or stop wrapping."""
        self._is_wrapping = not self._is_wrapping
        self._side = 0
        self._top = (self._top[0], 0)
        self._relaid()
        self._move_to(self._cursor)

    def action_next_sibling(self) -> None:
        """To the next section."""
        self._go_to_header(self._document.next_header(self._cursor))

    def action_previous_sibling(self) -> None:
        """To the section before."""
        self._go_to_header(self._document.next_header(self._cursor, backwards=True))

    def _go_to_header(self, index: int | None) -> None:
        if index is not None:
            self._move_to(index)

    def action_fold_open(self) -> None:
        """Open the fold."""
        self._fold(False)

    def action_fold_close(self) -> None:
        """Close the fold, else go to the line that this one belongs to."""
        if self.place is not None and not self._fold(True) and (parent := self._document.parent(self.place)):
            self._move_to(self._document.index(parent))

    def action_fold_toggle(self) -> None:
        """Open or close the fold."""
        if self.place is not None:
            self._fold(not self._document.is_folded(self.place))

    def action_fold_open_all(self) -> None:
        """Open all folds."""
        self._fold_all(False)

    def action_fold_close_all(self) -> None:
        """Close all sections."""
        self._fold_all(True)

    def action_go_in(self) -> None:
        """Toggle a fold; on any other line post `Entered`."""
        if self.place is None or self.section is None:
            return
        if self._document.can_fold(self.place):
            self.action_fold_toggle()
        else:
            self.post_message(self.Entered(self, self.section, self.place.line))

    def _fold(self, is_folded: bool) -> bool:
        if self.place is None or not self._document.set_folded(self.place, is_folded):
            return False
        self._relaid()
        self._set_top(self._top)
        return True

    def _fold_all(self, is_folded: bool) -> None:
        if self.place is None:
            return
        place, top = self.place, self._document.place(self._top[0])
        self._document.set_all_folded(is_folded)
        self._relaid()
        self._top = (self._document.index(top), 0)
        self._move_to(self._document.index(place))


class TextView(DocumentView):
    """One text without a title; `show_lines` is its door."""


def _parts(kinds: str) -> list[str]:
    return [f"text-view--{kind}" for kind in kinds.split()]
