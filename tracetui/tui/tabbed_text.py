"""A strip of tabs over a text: what the panes beside a tree or rows have in common."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tracetui.errors import TracetuiError
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.tab_strip import TabStrip
from tracetui.tui.widgets.text_view import DocumentView
from tracetui.tui.work import Work


class StepText(DocumentView):
    """The text of a tab with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)


class TabbedText(Vertical):
    """Tabs and the text of one of them; subclasses say what the tabs are and show problems."""

    def __init__(self, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002  # as every widget has it
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self.work = Work(self, self.show_problem)

    def compose(self) -> ComposeResult:
        yield TabStrip()
        yield StepText(ascii_only=self._ascii_only)

    @property
    def text(self) -> StepText:
        """The text of the tab."""
        return self.query_one(StepText)

    @property
    def has_text_focus(self) -> bool:
        """Whether the keys go to the text."""
        return self.text.has_focus

    def choose(self, index: int) -> None:
        """Show a tab."""
        raise NotImplementedError

    def show_problem(self, error: TracetuiError) -> None:
        """Say why there is nothing to show."""
        raise NotImplementedError

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self.choose(event.index)
