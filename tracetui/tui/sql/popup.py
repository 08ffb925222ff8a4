"""The list of proposals at the cursor of the editor."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Offset
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tracetui.render.safe import safe
from tracetui.tui.sql.completion import Completion, Item

_WIDTH = 56
_ROWS = 8


class Popup(OptionList, can_focus=False):
    """Shows the items of a completion; the editor keeps the focus. A click on one calls `take`."""

    DEFAULT_CSS = """
    Popup {
        display: none; layer: popup; position: absolute; width: 56; height: auto; max-height: 8; border: none;
        padding: 0; background: $panel; scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    Popup.-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.completion = Completion(0)
        self.is_chosen = False
        self.take: Callable[[], None] = self.close

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    @property
    def item(self) -> Item | None:
        """The highlighted proposal."""
        at = self.highlighted
        return self.completion.items[at] if self.is_open and at is not None else None

    def open(self, completion: Completion, cursor: Offset) -> None:
        """Show proposals below the cursor, above it where there is no room; none closes the list."""
        self.completion, self.is_chosen = completion, False
        if not completion.items:
            self.close()
            return
        self.clear_options()
        self.add_options([Option(_line(item)) for item in completion.items])
        self.highlighted = 0
        width, height = self.screen.size
        rows = min(len(completion.items), _ROWS)
        y = cursor.y + 1 if cursor.y + 1 + rows < height else cursor.y - rows
        self.styles.offset = (max(0, min(cursor.x, width - _WIDTH)), max(0, y))
        self.add_class("-open")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.take()

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")

    def move(self, rows: int) -> None:
        """Highlight another proposal, round the end."""
        self.is_chosen = True
        self.highlighted = ((self.highlighted or 0) + rows) % max(1, len(self.completion.items))


def _line(item: Item) -> Content:
    return Content.assemble(
        safe(item.text, 60),
        (f"  {item.kind}", "$text-accent"),
        (f"  {safe(item.about, 120)}", "$foreground-muted"),
    )
