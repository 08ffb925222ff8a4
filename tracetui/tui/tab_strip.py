"""The strip of tabs over a detail."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tracetui.tui.chrome import clickable


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its title, and whether it has something to show."""

    title: str
    has_content: bool = True


class TabStrip(Widget):
    """One line of tabs; those with nothing in them are dimmed and in brackets. Titles are our own words."""

    DEFAULT_CSS = "TabStrip { height: 1; }"
    auto_links = False

    tabs: reactive[tuple[Tab, ...]] = reactive(())
    active: reactive[int] = reactive(0)

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def render(self) -> RenderResult:
        full = Content.assemble(*(self._tab(i, tab, tab.title) for i, tab in enumerate(self.tabs)))
        if full.cell_length <= self.size.width:
            return full
        return Content.assemble(*(self._tab(i, tab, self._short(i, tab)) for i, tab in enumerate(self.tabs)))

    def _short(self, index: int, tab: Tab) -> str:
        return tab.title if index == self.active else tab.title[:4]

    def _tab(self, index: int, tab: Tab, title: str) -> Content:
        text = f" {title} " if tab.has_content else f"({title})"
        style = "bold reverse" if index == self.active else "" if tab.has_content else "$foreground-muted"
        return clickable(text, f"choose({index})", style)

    def action_choose(self, index: int) -> None:
        """Ask for the tab at this index."""
        self.post_message(self.Chosen(index))
