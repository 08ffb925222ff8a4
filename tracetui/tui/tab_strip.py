"""The strip of tabs over a detail."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tracetui.tui.chrome import clickable, in_view


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its title, whether it has something to show, and a shorter title where it has one."""

    title: str
    has_content: bool = True
    short: str = ""


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
        full = self._strip([tab.title for tab in self.tabs])
        if full.cell_length <= self.size.width:
            return full
        short = self._strip([tab.short or tab.title for tab in self.tabs])
        if short.cell_length <= self.size.width:
            return short
        titles = [tab.title if i == self.active else tab.title[:4] for i, tab in enumerate(self.tabs)]
        start = sum(len(title) + 2 for title in titles[: self.active])
        stop = start + len(titles[self.active]) + 2 if titles else 0
        return in_view(self._strip(titles), start, stop, self.size.width)

    def _strip(self, titles: list[str]) -> Content:
        tabs = zip(self.tabs, titles, strict=True)
        return Content.assemble(*(self._tab(i, tab, title) for i, (tab, title) in enumerate(tabs)))

    def _tab(self, index: int, tab: Tab, title: str) -> Content:
        text = f" {title} " if tab.has_content else f"({title})"
        style = "bold reverse" if index == self.active else "" if tab.has_content else "$foreground-muted"
        return clickable(text, f"choose({index})", style)

    def action_choose(self, index: int) -> None:
        """Ask for the tab at this index."""
        self.post_message(self.Chosen(index))
