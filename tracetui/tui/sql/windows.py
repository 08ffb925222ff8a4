"""The windows over the SQL view: a whole value, and a form for the parameters of a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tracetui.render.lines import Lines
from tracetui.render.safe import safe
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.dialogs import Window
from tracetui.tui.widgets.text_view import DocumentView


class ValueText(DocumentView):
    """A value with the keys of lists and folds."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)


class ValueScreen(Window[bool]):
    """One value whole; the result is True when it is to be copied."""

    CSS_PATH = "../dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,backspace", "dismiss(False)", "Close"),
        Binding("y", "dismiss(True)", "Copy"),
        Binding("w", "wrap", "Wrap"),
    ]

    def __init__(self, title: str, lines: Lines, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="window value") as window:
            window.border_title = Content(safe(self._title, 120))
            window.border_subtitle = "y copies · w wraps · space folds · esc closes"
            yield ValueText(ascii_only=self._ascii_only)

    def on_mount(self) -> None:
        text = self.query_one(ValueText)
        text.show_lines(self._lines)
        text.focus()

    def action_wrap(self) -> None:
        """Wrap long lines, or let them run on."""
        self.query_one(ValueText).action_wrap()


@dataclass(frozen=True, slots=True)
class Blank:
    """A value that is asked for: of a statement's parameter, whose sign is `$`, or of something else."""

    name: str
    value: str = ""
    about: str = ""
    sign: str = "$"


class ParameterForm(Window[Mapping[str, str] | None]):
    """Asks for values; enter in the last one runs. The result maps names to what was typed, None where given up."""

    HOLDS_INPUT = True
    CSS_PATH = "../dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("ctrl+j,f5", "run", "Run", priority=True),
    ]

    def __init__(self, title: str, about: str, blanks: Sequence[Blank]) -> None:
        super().__init__()
        self._title, self._about, self._blanks = title, about, tuple(blanks)

    def compose(self) -> ComposeResult:
        with Vertical(classes="window form") as window:
            window.border_title = Content(safe(self._title, 120))
            window.border_subtitle = "enter goes on · ctrl+j runs · esc closes"
            if self._about:
                yield Static(Content(safe(self._about)), classes="about")
            for blank in self._blanks:
                about = f"  {safe(blank.about)}" if blank.about else ""
                yield Static(
                    Content.assemble(
                        (f"{blank.sign}{safe(blank.name)}", "bold $accent"), (about, "$foreground-muted")
                    )
                )
                yield Input(safe(blank.value), name=blank.name, compact=True)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.query(Input).last():
            self.action_run()
        else:
            self.focus_next()

    def action_run(self) -> None:
        """Run with what was typed, once the keys that came before this one are in their field."""
        (self.focused or self).call_later(self._give)

    def _give(self) -> None:
        self.dismiss({str(entry.name): entry.value for entry in self.query(Input)})
