"""The editor of SQL: colours, and the statement that the cursor stands in."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Location, TextAreaTheme

from tracetui.render.safe import safe_lines
from tracetui.tui.sql.tokens import statement_at, tokens

MAX_COLOURED_CHARS = 100_000
_THEME = "tracetui-sql"
_COLOURS = {
    "keyword": "text-primary", "function": "text-accent", "string": "text-success", "number": "text-warning",
    "parameter": "text-warning", "comment": "text-muted", "quoted": "text-secondary",
}  # fmt: skip


class SqlEditor(TextArea):
    """Text that is coloured as SQL. Whatever is put into it is made safe, since it is shown as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+underscore", "undo", "Undo", show=False)]

    class Typed(Message):
        """Text was typed or deleted."""

    class Proposed(Message):
        """A key was pressed that is for the open list of proposals: up, down, tab, enter or escape."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(
            "", language=None, soft_wrap=True, tab_behavior="focus", show_line_numbers=False,
            placeholder="SELECT … FROM runs      ctrl+j runs it · ctrl+space completes · f3 lists ready questions",
            highlight_cursor_line=False, compact=True,
        )  # fmt: skip
        self.proposal_keys: frozenset[str] = frozenset()

    def on_mount(self) -> None:
        self._colour()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._colour())

    def _colour(self) -> None:
        variables = self.app.theme_variables
        styles = {}
        for kind, name in _COLOURS.items():
            colour = variables.get(name, "")
            if colour.startswith("#"):
                styles[kind] = Style(color=colour[:7], bold=kind == "keyword", italic=kind == "comment")
        self.register_theme(TextAreaTheme(_THEME, syntax_styles=styles))
        self.theme = "css"
        self.theme = _THEME

    def _build_highlight_map(self) -> None:
        """Textual colours by tree-sitter, an optional extra; SQL is coloured by its tokens instead."""
        self._line_cache.clear()
        self._highlights.clear()
        text = self.text
        if len(text) > MAX_COLOURED_CHARS:
            return
        lines = text.split("\n")
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        for token in tokens(text):
            if token.kind in _COLOURS:
                for row in range(bisect_right(starts, token.start) - 1, bisect_right(starts, token.stop - 1)):
                    first, last = (
                        max(token.start - starts[row], 0),
                        min(token.stop - starts[row], len(lines[row])),
                    )
                    span = (_bytes(lines[row][:first]), _bytes(lines[row][:last]), token.kind)
                    self._highlights[row].append(span)

    async def _on_key(self, event: events.Key) -> None:
        """While proposals are shown, some keys are theirs."""
        if event.key in self.proposal_keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.Proposed(event.key))

    async def _on_paste(self, event: events.Paste) -> None:
        """What comes from elsewhere is made safe before Textual inserts it."""
        event.text = shown(event.text)

    def _replace_via_keyboard(self, insert: str, start: Location, end: Location) -> EditResult | None:
        """Textual's door for typed text, which alone asks for proposals."""
        self.post_message(self.Typed())
        return super()._replace_via_keyboard(insert, start, end)

    def _delete_via_keyboard(self, start: Location, end: Location) -> EditResult | None:
        """As for typed text."""
        self.post_message(self.Typed())
        return super()._delete_via_keyboard(start, end)

    @property
    def place(self) -> int:
        """Where the cursor stands, in characters of the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def location(self, place: int) -> tuple[int, int]:
        """Row and column of a place."""
        before = self.text[:place].split("\n")
        return len(before) - 1, len(before[-1])

    @property
    def chosen(self) -> str:
        """The selection, else the statement that the cursor stands in."""
        if self.selected_text.strip():
            return self.selected_text
        return self.statement

    @property
    def statement(self) -> str:
        """The statement that the cursor stands in."""
        piece = statement_at(self.text, self.place)
        return piece.text if piece is not None else ""

    def set_text(self, text: str) -> None:
        """Replace everything, in a way that can be undone; the cursor goes to the end."""
        self.replace(shown(text), self.document.start, self.document.end)
        self.move_cursor(self.document.end)

    def add_statement(self, text: str) -> None:
        """Put a statement behind what is there already, and the cursor in it; one that is there is gone to."""
        wanted = shown(text).strip()
        at = self.text.find(wanted)
        if at < 0:
            before = self.text.rstrip()
            if before and not before.endswith(";"):
                before += ";"
            self.set_text(f"{before}\n\n{wanted}" if before else wanted)
            at = len(self.text) - len(wanted)
        self.move_cursor(self.location(at + len(wanted)))

    def replace_statement(self, text: str) -> None:
        """Put a text in the place of the statement that the cursor stands in."""
        piece = statement_at(self.text, self.place)
        if piece is None:
            self.set_text(text)
            return
        self.replace(shown(text), self.location(piece.start), self.location(piece.stop))

    def put(self, start: int, text: str) -> None:
        """Put a text in the place of what stands between `start` and the cursor."""
        self.replace(shown(text), self.location(start), self.cursor_location)


def shown(text: str) -> str:
    """A text as the editor may show it."""
    return "\n".join(safe_lines(text))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
