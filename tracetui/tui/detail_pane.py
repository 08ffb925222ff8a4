"""The right side of the Run view: what the step is, tabs, and the text of the chosen tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tracetui.errors import TracetuiError
from tracetui.model import Status
from tracetui.read_model import SpanDetail
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.tui.detail.heading import heading
from tracetui.tui.detail.layout import laid_out, size_chars
from tracetui.tui.detail.pages import SHORT_TITLES, TITLES, first_with_content, pages
from tracetui.tui.detail.sections import Page
from tracetui.tui.tab_strip import Tab, TabStrip
from tracetui.tui.tabbed_text import TabbedText
from tracetui.tui.widgets.document import Section
from tracetui.tui.widgets.text_view import DocumentView

_AT_ONCE_CHARS = 20_000
"""So much text is laid out in passing; more of it in a thread."""

_STATUS_TONES = {Status.ERROR: "bold $text-error", Status.OK: "$text-success"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A step ready to be shown; `layouts` holds the pages that are laid out, by index, `later` makes those that ask."""

    detail: SpanDetail
    pages: tuple[Page, ...]
    heading: tuple[str, str, str]
    later: Mapping[int, Callable[[], list[Section]]]
    layouts: dict[int, list[Section]] = field(default_factory=dict)

    def lay_out(self, index: int) -> list[Section]:
        """The sections of a tab; for a thread where they are long or asked for later."""
        return self.later[index]() if index in self.later else laid_out(self.pages[index])


def prepare(
    detail: SpanDetail, marks: Signs, tab: int | None, later: Mapping[int, Callable[[], list[Section]]]
) -> Shown:
    """Lay out the tab wanted, or the first with something in it; for a thread."""
    shown = Shown(detail, pages(detail, marks), heading(detail, marks), later)
    index = tab_for(shown.pages, tab)
    shown.layouts[index] = shown.lay_out(index)
    return shown


def tab_for(all_pages: tuple[Page, ...], wanted: int | None) -> int:
    """The tab that was chosen before where it has something here too."""
    if wanted is not None and all_pages[wanted].has_content:
        return wanted
    return first_with_content(all_pages)


class DetailPane(TabbedText):
    """Shows one step; asks its view to go to another where a line leads there."""

    DEFAULT_CSS = """
    DetailPane { height: 1fr; }
    DetailPane > #head { height: 1; padding: 0 1; }
    DetailPane > #figures { height: 1; padding: 0 1; color: $text-muted; }
    DetailPane > StepText { height: 1fr; background: $background; }
    """

    class Jump(Message):
        """A line leads to this span."""

        def __init__(self, span_id: str) -> None:
            super().__init__()
            self.span_id = span_id

    def __init__(self, ascii_only: bool = False) -> None:
        super().__init__(ascii_only)
        self.tab: int | None = None
        self._shown: Shown | None = None
        self._query = ""

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="figures")
        yield from super().compose()

    def focus_text(self) -> None:
        """Let the keys go to the text."""
        self.text.focus()

    def show(self, shown: Shown) -> None:
        """Show a step; the tab stays the one chosen where it has something."""
        self._shown = shown
        self._show_heading(shown)
        strip = self.query_one(TabStrip)
        strip.tabs = tuple(
            Tab(title, page.has_content, SHORT_TITLES.get(title, ""))
            for title, page in zip(TITLES, shown.pages, strict=True)
        )
        self._show_tab(tab_for(shown.pages, self.tab))

    def clear(self) -> None:
        """Take away the step on show, until another is."""
        self._shown = None
        self.work.cancel("layout")
        self.query_one("#head", Static).update("")
        self.query_one("#figures", Static).update("")
        self.text.show_sections([Section("", "loading…", tone="muted")])

    def on_resize(self) -> None:
        """The heading is cut to the width."""
        if self._shown is not None:
            self._show_heading(self._shown)

    def _show_heading(self, shown: Shown) -> None:
        name, status, figures = shown.heading
        tone = _STATUS_TONES.get(shown.detail.status, "")
        room = max(self.size.width - 4, 16)
        end = Content(status)
        end = end.truncate(max(room - cell_len(name), room // 2), ellipsis=True).stylize(tone)
        head = Content(name).truncate(room - end.cell_length, ellipsis=True).stylize("bold")
        self.query_one("#head", Static).update(Content.assemble(head, "  ", end))
        self.query_one("#figures", Static).update(
            Content(figures).truncate(max(self.size.width - 2, 8), ellipsis=True)
        )

    def show_problem(self, error: TracetuiError) -> None:
        """Say why the step cannot be shown."""
        self._shown = None
        self.query_one("#head", Static).update("")
        hint = f"  {safe(error.hint)}" if error.hint else ""
        self.query_one("#figures", Static).update("")
        self.text.show_sections([Section("", safe(error.message), tone="error", subtitle=hint)])

    def turn(self, direction: int) -> None:
        """To the next tab or the one before, round the end."""
        if self._shown is not None:
            self.choose((self.query_one(TabStrip).active + direction) % len(TITLES))

    def choose(self, index: int) -> None:
        """Show this tab, now and of the steps to come."""
        self.tab = index
        self._show_tab(index)

    def _show_tab(self, index: int) -> None:
        shown = self._shown
        if shown is None:
            return
        self.query_one(TabStrip).active = index
        is_short = index not in shown.later and size_chars(shown.pages[index]) <= _AT_ONCE_CHARS
        if index not in shown.layouts and is_short:
            shown.layouts[index] = shown.lay_out(index)
        if index in shown.layouts:
            self.work.cancel("layout")
            self._show_sections(shown.layouts[index])
        else:
            self._show_sections([Section("", "working it out…", tone="muted")])
            self.work.start(
                "layout", lambda: shown.lay_out(index), lambda found: self._laid_out(index, found)
            )

    def _laid_out(self, index: int, sections: list[Section]) -> None:
        if self._shown is not None:
            self._shown.layouts[index] = sections
            self._show_sections(sections)

    def _show_sections(self, sections: list[Section]) -> None:
        self.text.show_sections(sections)
        if self._query:
            self.text.search(self._query)

    def on_document_view_entered(self, event: DocumentView.Entered) -> None:
        """A link line was entered."""
        event.stop()
        if event.section.key:
            self.post_message(self.Jump(event.section.key))

    def find(self, text: str) -> int:
        """Mark a text; how many lines hold it."""
        self._query = text
        return self.text.search(text)

    def next_hit(self, backwards: bool) -> int:
        """Go to the next line that holds the text; its number from 1, 0 for none."""
        return self.text.go_to_hit(backwards)

    def toggle_wrap(self) -> None:
        """Wrap long lines, or let them run on."""
        self.text.action_wrap()

    def value(self) -> str | None:
        """The whole text of the section under the cursor; None where the text has not the focus."""
        return self.text.section_text() or None if self.has_text_focus else None
