"""The lines around every view: the bar of views on top, the bar of keys below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tracetui.render.safe import safe
from tracetui.tui.bindings import Key, Scope, key_sign, keys_of

VIEWS = (
    ("runs", "1", "Runs"), ("run", "2", "Run"), ("compare", "3", "Compare"), ("memory", "4", "Memory"),
    ("cost", "5", "Cost"), ("sql", "6", "SQL"), ("imports", "7", "Import"),
)  # fmt: skip
"""Name of the mode, key and title of each view, in order."""


def clickable(text: str, action: str, style: str = "") -> Content:
    """Text of our own that runs an action when clicked."""
    content = Content(text).stylize(Style.from_meta({"@click": action}))
    return content.stylize(style) if style else content


def in_view(line: Content, start: int, stop: int, cells: int) -> Content:
    """A line of tabs in so many cells, those from `start` to `stop` in view, with signs where there are more; a click
    on a sign is one on the tab that it stands over."""
    length = line.cell_length
    if length <= cells:
        return line
    has_more = stop < length
    left = max(min(stop + has_more - cells, start - 1), 0)
    right = min(left + cells, length)
    return Content.assemble(
        Content("‹", list(line[left : left + 1].spans)) if left else "",
        line[left + (left > 0) : right - (right < length)],
        Content("›", list(line[right - 1 : right].spans)) if right < length else "",
    )


class ViewBar(Widget):
    """One line: the views with their keys, and on the right what is open. `note` is made safe here."""

    DEFAULT_CSS = "ViewBar { height: 1; background: $panel; color: $foreground; }"
    auto_links = False

    note: reactive[str] = reactive("")

    def __init__(self, view: str) -> None:
        super().__init__()
        self.view = view

    def render(self) -> RenderResult:
        tabs = self._tabs()
        room = self.size.width - tabs.cell_length - 1
        note = Content(_ending(safe(self.note), room))
        gap = max(self.size.width - tabs.cell_length - note.cell_length - 1, 0)
        return Content.assemble(tabs, " " * gap, note.stylize("$foreground-muted"))

    def _tabs(self) -> Content:
        cells = [len(key) + len(title) + 3 for _, key, title in VIEWS]
        at = [name for name, _, _ in VIEWS].index(self.view)
        line = Content.assemble(*(self._tab(name, key, title) for name, key, title in VIEWS))
        return in_view(line, sum(cells[:at]), sum(cells[: at + 1]), self.size.width)

    def _tab(self, name: str, key: str, title: str) -> Content:
        style = "bold reverse" if name == self.view else ""
        return clickable(f" {key} {title} ", f"app.show_view('{name}')", style)


def _ending(text: str, cells: int) -> str:
    """The text, or `…` and as much of its end as fits: paths differ at their end."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) >= cells:
        text = text[max(1, (cell_len(text) - cells) // 2) :]
    return f"…{text}" if cells > 0 else ""


class KeyBar(Widget):
    """One line of the keys that matter here, as many as fit; help always does. A click does what the key does."""

    DEFAULT_CSS = "KeyBar { height: 1; background: $panel; color: $text-muted; }"
    auto_links = False

    keymap: reactive[Mapping[str, str]] = reactive(dict, init=False)

    def __init__(self, scopes: Sequence[Scope]) -> None:
        super().__init__()
        self.scopes = tuple(scopes)

    def show_scopes(self, scopes: Sequence[Scope]) -> None:
        """Show the keys of these scopes from now on."""
        if self.scopes != tuple(scopes):
            self.scopes = tuple(scopes)
            self.refresh()

    def render(self) -> RenderResult:
        help_entry = self._entry(next(key for key in keys_of(Scope.APP) if key.id == "app.help"))
        room = self.size.width - help_entry.cell_length
        shown: list[Content] = []
        for entry in self._entries((*self.scopes, Scope.SEARCH, Scope.APP)):
            if entry.cell_length > room:
                break
            shown.append(entry)
            room -= entry.cell_length
        return Content.assemble(*shown, help_entry)

    def _entries(self, scopes: Sequence[Scope]) -> list[Content]:
        keys = [key for scope in scopes for key in keys_of(scope)]
        return [self._entry(key) for key in keys if key.label and key.id != "app.help"]

    def _entry(self, key: Key) -> Content:
        return clickable_key(self.keymap.get(key.id, key.keys), key.label or "", key.action)


def clickable_key(keys: str, label: str, action: str) -> Content:
    """One entry of the key bar: the first key and its word."""
    target = action if action.startswith("app.") else f"screen.{action}"
    sign = Content(f" {key_sign(keys.split(',')[0])}").stylize("bold $footer-key-foreground")
    return Content.assemble(sign, f" {label} ").stylize(Style.from_meta({"@click": target}))
