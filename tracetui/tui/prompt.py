"""The one input line at the foot of a view: search, filter or command, with a live note on its right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.timer import Timer
from textual.widgets import Input, Static

from tracetui.render.safe import safe

DEBOUNCE_SECONDS = 0.15


class Purpose(StrEnum):
    """What the line is open for; the value is its sign."""

    SEARCH = "/"
    FILTER = "f"
    COMMAND = ":"
    EXPORT = "export"
    SAVE = "save"
    MODEL = "model"
    LEAVING_OUT = "leave out"


class PromptInput(Input):
    """The input itself; enter and escape give the focus back at once, so that keys typed after them are the view's."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]

    class Left(Message):
        """Escape was pressed."""

    def action_leave(self) -> None:
        """Close the line."""
        self.screen.set_focus(None)
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        """Hand over what was typed."""
        self.screen.set_focus(None)
        await super().action_submit()


class Prompt(Horizontal):
    """Hidden until opened. Tells its view what is typed (after a pause), entered or given up."""

    DEFAULT_CSS = """
    Prompt { height: 1; background: $surface; display: none; }
    Prompt.-open { display: block; }
    Prompt > #sign { width: auto; color: $accent; text-style: bold; padding: 0 1; }
    Prompt > PromptInput { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    Prompt > PromptInput:focus { border: none; background-tint: transparent; }
    Prompt > #note { width: auto; max-width: 70%; color: $text-muted; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Changed(Message):
        """The text changed and the typing paused."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    class Entered(Message):
        """Enter was pressed; the line is closed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    class GivenUp(Message):
        """Escape was pressed; the line is closed."""

        def __init__(self, purpose: Purpose) -> None:
            super().__init__()
            self.purpose = purpose

    def __init__(self) -> None:
        super().__init__()
        self.purpose = Purpose.SEARCH
        self._pause: Timer | None = None

    def _fill(self) -> PromptInput:
        """The input; made when the line is first opened, since the first frame does not wait for it."""
        if not self.children:
            entry = PromptInput(compact=True, select_on_focus=False)
            self.mount(Static("", id="sign"), entry, Static("", id="note"))
        return self.query_one(PromptInput)

    @property
    def is_open(self) -> bool:
        """Whether the line is shown."""
        return self.has_class("-open")

    def open(
        self,
        purpose: Purpose,
        text: str = "",
        hint: str = "",
        words: Sequence[str] = (),
        cursor: int | None = None,
    ) -> None:
        """Show the line for a purpose and take the focus, the cursor at the end of the text unless told; `words` are
        suggested while typing."""
        self.purpose = purpose
        self.app.clear_notifications()  # they would cover it
        entry = self._fill()
        self.query_one("#sign", Static).update(Content(_TITLES[purpose]))
        entry.placeholder = hint
        entry.suggester = SuggestFromList(words, case_sensitive=False) if words else None
        with self.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text) if cursor is None else cursor
        self.note("")
        self.add_class("-open")
        # At once, not at the next turn of the event loop: keys typed quickly after the one that opened the line
        # are for the input.
        self.screen.set_focus(entry)

    def close(self) -> None:
        """Hide the line; the view decides where the focus goes."""
        self._stop()
        self.remove_class("-open")

    def leave(self) -> None:
        """Close the line since the user went elsewhere: what is shown by then stays, a command is given up."""
        text = self.query_one(PromptInput).value
        self.close()
        is_shown = self.purpose in {Purpose.SEARCH, Purpose.FILTER}
        self.post_message(self.Entered(self.purpose, text) if is_shown else self.GivenUp(self.purpose))

    def note(self, text: str) -> None:
        """Show a short remark, such as a count of hits."""
        if self.children:
            self.query_one("#note", Static).update(Content(safe(text)))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._stop()
        self._pause = self.set_timer(DEBOUNCE_SECONDS, self._tell)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.close()
        self.post_message(self.Entered(self.purpose, event.value))

    def on_prompt_input_left(self, event: PromptInput.Left) -> None:
        event.stop()
        self.close()
        self.post_message(self.GivenUp(self.purpose))

    def _tell(self) -> None:
        self._pause = None
        self.post_message(self.Changed(self.purpose, self.query_one(PromptInput).value))

    def _stop(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None


_TITLES = {Purpose.SEARCH: "search", Purpose.FILTER: "filter", Purpose.COMMAND: ":",
           Purpose.EXPORT: "export to", Purpose.SAVE: "save as", Purpose.MODEL: "model",
           Purpose.LEAVING_OUT: "leave out of values"}  # fmt: skip
