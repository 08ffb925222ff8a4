"""The windows over a view: help, and a short menu (yank, theme)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tracetui.render.safe import safe
from tracetui.render.signs import Signs, legend
from tracetui.tui.bindings import Scope, key_sign, keys_of

_PREVIEW_CHARS = 200
_TITLE_CELLS = 12
_WINDOW_CELLS, _FRAME_CELLS, _SIGN_CELLS = 84, 6, 16
"""Of the help: its width at most, what its frame and scroll bar take, and the column of keys with its gap."""


ResultT = TypeVar("ResultT")


class Window(ModalScreen[ResultT]):
    """A window over a view. It closes once: of keys that were on their way to it meanwhile, a second one that closes
    would take the view below off the screen."""

    HOLDS_INPUT: ClassVar[bool] = False
    """Whether a click beside it would lose what was typed or chosen, and so does nothing."""

    def dismiss(self, result: ResultT | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def on_click(self, event: events.Click) -> None:
        """A click beside the window closes it, as escape does."""
        if event.widget is self and not self.HOLDS_INPUT:
            event.stop()
            self.dismiss()


class HelpScreen(Window[None]):
    """All keys, those of the view first; with the keys as the user's keymap has them."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close"),
        Binding("j,down", "scroll(3)", "Down", show=False),
        Binding("k,up", "scroll(-3)", "Up", show=False),
        Binding("ctrl+d,space,pagedown", "scroll(12)", "Page down", show=False),
        Binding("ctrl+u,pageup", "scroll(-12)", "Page up", show=False),
        Binding("g,home", "scroll(-100000)", "Top", show=False),
        Binding("G,end", "scroll(100000)", "Bottom", show=False),
    ]

    def __init__(self, scopes: Sequence[Scope], keymap: Mapping[str, str], signs: Signs) -> None:
        super().__init__()
        rest = [scope for scope in Scope if scope not in scopes]
        self._parts: list[tuple[str, list[tuple[str, str]]]] = [
            (
                scope.value,
                [(key_sign(keymap.get(key.id, key.keys)), key.description) for key in keys_of(scope)],
            )
            for scope in (*scopes, *rest)
        ]
        self._parts.append(("Signs", legend(signs)))

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Keys and signs"
            window.border_subtitle = "esc closes"
            with VerticalScroll(can_focus=True):
                for title, lines in self._parts:
                    yield Static(Content(title), classes="heading")
                    yield Static(self._text(lines, self.app.size.width), classes="lines")

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        for part, (_, lines) in zip(self.query(".lines").results(Static), self._parts, strict=True):
            part.update(self._text(lines, event.size.width))

    def _text(self, lines: Sequence[tuple[str, str]], screen_cells: int) -> Content:
        room = min(_WINDOW_CELLS, screen_cells * 96 // 100) - _FRAME_CELLS - _SIGN_CELLS
        return Content("\n").join(
            Content.assemble(
                (f"{sign:>{_SIGN_CELLS - 2}}  ", "bold $accent"),
                ("\n" + " " * _SIGN_CELLS).join(wrap(words, max(room, _SIGN_CELLS))),
            )
            for sign, words in lines
        )

    def action_scroll(self, lines: int) -> None:
        """Scroll the keys by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu: its key (one letter), its title in our words, and a preview that is made safe."""

    key: str
    title: str
    preview: str = ""


class Menu(Window[str | None]):
    """A short list to choose from by letter, by enter or by click; the result is the choice's key or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Close")]

    def __init__(self, title: str, choices: Sequence[Choice], chosen: str | None = None) -> None:
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._chosen = chosen
        self._title_cells = max(
            _TITLE_CELLS, *(len(choice.title) for choice in self._choices if choice.preview), 0
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="window menu") as window:
            window.border_title = Content(self._title)
            window.border_subtitle = "esc closes"
            yield OptionList(
                *(Option(self._line(choice), id=choice.key) for choice in self._choices), markup=False
            )

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        keys = [choice.key for choice in self._choices]
        options.highlighted = keys.index(self._chosen) if self._chosen in keys else 0
        options.focus()

    def on_key(self, event: events.Key) -> None:
        if event.character and any(choice.key == event.character for choice in self._choices):
            event.stop()
            self.dismiss(event.character)
        elif event.character in {"j", "k"}:
            event.stop()
            options = self.query_one(OptionList)
            options.action_cursor_down() if event.character == "j" else options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def _line(self, choice: Choice) -> Content:
        sign = f" {choice.key}  " if len(choice.key) == 1 else " "
        first, _, rest = choice.preview.strip().partition("\n")
        preview = safe(first, _PREVIEW_CHARS) + (" …" if rest else "")
        return Content.assemble(
            (sign, "bold $accent"),
            (choice.title.ljust(self._title_cells), ""),
            (f"  {preview}", "$foreground 75%"),
        )
