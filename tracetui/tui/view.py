"""What all views share: the lines around them, the prompt, search with hits, errors shown, and a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.signal import Signal

from tracetui.analysis.diff.volatile import Volatile
from tracetui.errors import FilterError, TracetuiError, UsageError
from tracetui.render.safe import safe
from tracetui.render.signs import Signs, signs
from tracetui.tui.bindings import Key, Scope
from tracetui.tui.chrome import KeyBar, ViewBar
from tracetui.tui.leaving_out import HINT, rule_text
from tracetui.tui.loading import Load, Traces
from tracetui.tui.prompt import Prompt, Purpose
from tracetui.tui.work import Work

if TYPE_CHECKING:
    from tracetui.sql.questions import Question


LOW_ROWS = 14
"""Screens of fewer lines show lists without what explains them."""


class RunTarget(NamedTuple):
    """What the Run view is asked to show: a run, a span or a step of it where the cursor goes, and a filter."""

    run_id: str
    span_id: str | None = None
    step: int | None = None
    filter_text: str = ""


class CompareTarget(NamedTuple):
    """Runs to compare, by id: `b` with `a`, and with several good ones at once where there are such."""

    a: str
    b: str
    good: tuple[str, ...] = ()


class Host(Protocol):
    """What a view may ask of the app."""

    load: Load
    load_signal: Signal[Load]
    target: RunTarget | None
    compared: CompareTarget | None
    question: str | Question
    paths: tuple[str, ...]
    ascii_only: bool
    rule: Volatile
    is_sql_unsafe: bool

    def open_run(self, target: RunTarget) -> None:
        """Show this run in the Run view."""

    def open_compared(self, target: CompareTarget) -> None:
        """Show these runs in the Compare view."""

    def leave_out(self, text: str) -> None:
        """Leave these keys out of comparisons from now on."""

    def filter_runs(self, text: str) -> None:
        """Show the runs that pass a filter in the Runs view."""

    @property
    def can_load_full(self) -> bool:
        """Whether there may be payloads that `load_full` would read."""

    def load_again(self) -> None:
        """Load the same paths again."""

    def price_again(self) -> bool:
        """Price what is loaded by the price files as they are now; False while it is still loading."""

    def load_full(self) -> None:
        """Load the same paths again with all payloads."""

    def run_command(self, text: str) -> None:
        """Run a line typed after `:`."""

    def command_words(self) -> list[str]:
        """What the command line suggests."""

    def copy_text(self, text: str, what: str) -> None:
        """Put the original text on the clipboard and say so."""


class View(Screen[None]):
    """One top-level view. Subclasses give NAME, SCOPES, `body()` and what their actions do."""

    NAME: ClassVar[str]
    SCOPES: ClassVar[tuple[Scope, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.work = Work(self, self.show_error)

    def compose(self) -> ComposeResult:
        yield ViewBar(self.NAME)
        yield from self.body()
        yield Prompt()
        yield KeyBar(self.SCOPES)

    def body(self) -> ComposeResult:
        """The widgets between the bars."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.host.load_signal.subscribe(self, self.show_load)
        self.query_one(KeyBar).keymap = dict(self.app._keymap)
        self.show_load(self.host.load)

    @property
    def host(self) -> Host:
        """The app, as far as views know it."""
        return cast("Host", self.app)

    @property
    def signs(self) -> Signs:
        """The signs that the terminal can show."""
        return signs(self.host.ascii_only)

    @property
    def db(self) -> Traces | None:
        """The opened traces, once there."""
        return self.host.load.db

    @property
    def prompt(self) -> Prompt:
        """The input line."""
        return self.query_one(Prompt)

    def show_load(self, load: Load) -> None:
        """Show what is known about the load; called again at each change."""

    def show_target(self) -> None:
        """Show what the host's `target` names; for the view of one run."""

    def show_step(self) -> None:
        """Show the chosen step again, for one with comparisons: other keys count in them now."""

    def show_error(self, error: TracetuiError) -> None:
        """Say what went wrong, without touching what is shown."""
        self.say(f"{error.message}\n{error.hint}" if error.hint else error.message, is_problem=True)

    def show_filter_error(self, error: TracetuiError, text: str) -> None:
        """Say beside a filter what is wrong with it, and where; one that was entered is there again to be mended."""
        first = error.message.partition("\n")[0]
        what = ". ".join(part for part in (first, error.hint) if part)
        if isinstance(error, FilterError):
            if not self.prompt.is_open:
                self.prompt.open(Purpose.FILTER, text, cursor=error.position)
            self.prompt.note(f"at {error.position + 1}: {what}")
        elif self.prompt.is_open:
            self.prompt.note(what)
        else:
            self.say(what, is_problem=True)

    def note_filter(self, words: str, count: int, text: str) -> None:
        """Beside a filter that is being typed: what passes, in words, and where that is nothing what it may mean."""
        if not (self.prompt.is_open and self.prompt.purpose is Purpose.FILTER):
            return
        self.prompt.note(words)
        db = self.db

        def show(found: str) -> None:
            if found and self.prompt.is_open and self.prompt.purpose is Purpose.FILTER:
                self.prompt.note(f"{words} · {found}")

        if db is not None and not count and text.strip():
            self.work.start("advice", lambda: db.filter_advice(text), show)
        else:
            self.work.cancel("advice")

    def say(self, text: str, is_problem: bool = False) -> None:
        """A short remark at the edge of the screen; the text is made safe."""
        lines = "\n".join(safe(line, 300) for line in text.split("\n"))
        self.app.notify(lines, severity="warning" if is_problem else "information", markup=False)

    def go_back(self) -> bool:
        """Undo one level inside the view (esc); False when there is nothing to undo."""
        return False

    def cancel(self) -> bool:
        """Stop what the view has running (ctrl+c); False where nothing is."""
        return False

    def attach(self, path: str) -> None:
        """Let SQL read a file of the user's own."""
        raise UsageError("files are attached in the SQL view", f"6 opens it; there :attach {path} works.")

    def take_question(self) -> None:
        """Answer the host's `question`; for the SQL view."""

    def sql(self) -> str:
        """The query behind what is shown, for the SQL view; empty where there is none yet."""
        return ""

    def rest_focus(self) -> None:
        """Give the focus to the view's main widget."""

    def perform(self, key: Key) -> None:
        """Run the action of a line of the key table, as the key would."""
        self.call_later(self.run_action, key.action)

    # --- the prompt

    def open_command(self) -> None:
        """Open the command line."""
        self.prompt.open(
            Purpose.COMMAND,
            hint="run <id>, step <n>, theme <name>, q, or any action",
            words=self.host.command_words(),
        )

    def action_leave_out(self) -> None:
        """Choose the keys that do not count in comparisons."""
        self.prompt.open(Purpose.LEAVING_OUT, rule_text(self.host.rule), HINT)

    def on_descendant_focus(self) -> None:
        """A click beside the prompt closes it."""
        if self.prompt.is_open and self.focused is not None and self.prompt not in self.focused.ancestors:
            self.prompt.leave()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        event.stop()
        if event.purpose is Purpose.SEARCH:
            self.search_for(event.text)
        elif event.purpose is Purpose.FILTER:
            self.filter_by(event.text)

    def on_prompt_entered(self, event: Prompt.Entered) -> None:
        event.stop()
        self._give_focus_back()
        if event.purpose is Purpose.SEARCH:
            self.search_for(event.text)
        elif event.purpose is Purpose.FILTER:
            self.filter_by(event.text)
        elif event.purpose is Purpose.COMMAND:
            self.host.run_command(event.text)
        elif event.purpose is Purpose.LEAVING_OUT:
            self.host.leave_out(event.text)
        else:
            self.take(event.purpose, event.text)

    def on_prompt_given_up(self, event: Prompt.GivenUp) -> None:
        event.stop()
        self._give_focus_back()
        if event.purpose is Purpose.SEARCH:
            self.search_for("")
        elif event.purpose is Purpose.FILTER:
            self.filter_by("")

    def _give_focus_back(self) -> None:
        """Where the user clicked, it has gone already."""
        if self.focused is None:
            self.rest_focus()

    def take(self, purpose: Purpose, text: str) -> None:
        """Take what was entered for a purpose of this view's own."""

    def search_for(self, text: str) -> None:
        """Look for a text; the empty text ends the search."""

    def filter_by(self, text: str) -> None:
        """Show only what contains a text; the empty text shows all."""
