"""The app: views as modes, global keys, the palette, the load, one TraceDB."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.command import Provider
from textual.signal import Signal
from textual.widgets import Input

from tracetui.analysis.diff.volatile import BY_DEFAULT
from tracetui.errors import TracetuiError, UsageError
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.keymap import UserKeys
from tracetui.tui.leaving_out import rule_of
from tracetui.tui.loading import Begin, Load, Loader, Traces
from tracetui.tui.stylesheet import KeptStylesheet
from tracetui.tui.terminal import terminal_is_gone
from tracetui.tui.themes import DARK, OWN_THEMES
from tracetui.tui.view import CompareTarget, RunTarget, View
from tracetui.tui.views.runs import RunsView
from tracetui.tui.work import follow

if TYPE_CHECKING:
    from tracetui.read_model import Run
    from tracetui.sql.questions import Question

_TERMINAL_LOOK_S = 1.0
_EXIT_BY_SIGNAL = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
_CLIPBOARD_LIMIT_BYTES = 74_994
"""What xterm and tmux take in one OSC 52 sequence: 100,000 bytes of base64."""


def _run_view() -> View:
    """Loaded when it is first wanted: the first frame does not wait for it."""
    from tracetui.tui.views.run import RunView

    return RunView()


def _compare_view() -> View:
    """As the run view."""
    from tracetui.tui.views.compare import CompareView

    return CompareView()


def _memory_view() -> View:
    """As the run view."""
    from tracetui.tui.views.memory import MemoryView

    return MemoryView()


def _cost_view() -> View:
    """As the run view."""
    from tracetui.tui.views.cost import CostView

    return CostView()


def _sql_view() -> View:
    """As the run view."""
    from tracetui.tui.views.sql import SqlView

    return SqlView()


def _imports_view() -> View:
    """As the run view."""
    from tracetui.tui.views.imports import ImportsView

    return ImportsView()


def _actions() -> type[Provider]:
    """As the run view."""
    from tracetui.tui.palette import ActionProvider

    return ActionProvider


def _ready_questions() -> type[Provider]:
    """As the run view."""
    from tracetui.tui.sql.palettes import AppQuestionProvider

    return AppQuestionProvider


def _first_runs(db: Traces) -> tuple[list[Run], bool]:
    """The first two runs, and whether anything could be loaded at all."""
    runs = db.runs(limit=2)
    return runs, bool(runs) or db.has_records()


class TracetuiApp(App[None]):
    """The interface over one load. `begin` starts the load, `begin_full` one with all payloads; `paths` are what the user
    named."""

    TITLE = "tracetui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = ["app.tcss", "views/runs.tcss"]
    MODES: ClassVar[dict[str, str | Callable[[], View]]] = {  # type: ignore[assignment]  # a narrower screen type
        "runs": RunsView,
        "run": _run_view,
        "compare": _compare_view,
        "memory": _memory_view,
        "cost": _cost_view,
        "sql": _sql_view,
        "imports": _imports_view,
    }
    DEFAULT_MODE = "runs"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions, _ready_questions}
    BINDINGS = bindings(Scope.APP)

    def __init__(
        self,
        begin: Begin,
        paths: tuple[str, ...] = (),
        theme: str = DARK.name,
        user_keys: UserKeys | None = None,
        ascii_only: bool = False,
        price_files: Sequence[Path] = (),
        is_sql_unsafe: bool = False,
        begin_full: Begin | None = None,
    ) -> None:
        super().__init__()
        for own in OWN_THEMES:
            self.register_theme(own)
        self._is_starting = True
        self.theme = theme
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.paths = paths
        self.ascii_only = ascii_only
        self.is_sql_unsafe = is_sql_unsafe
        self.target: RunTarget | None = None
        self.compared: CompareTarget | None = None
        self.rule = BY_DEFAULT
        self.question: str | Question = ""
        self.load_signal: Signal[Load] = Signal(self, "load")
        self._begin = begin
        self._begin_full = begin_full
        self._replaced: list[Traces] = []
        self._price_files = tuple(price_files)
        self._loader = Loader(begin, self._load_changed_in_thread, self._price_files)
        self.load = self._loader.load
        self._user_keys = user_keys or UserKeys()
        self._has_opened_only_run = False
        self.is_nothing_loaded = False

    # --- start and end

    def on_mount(self) -> None:
        self.set_keymap(self._user_keys.keymap)
        for problem in self._user_keys.problems:
            self.notify(problem, title="keys.toml", severity="warning", timeout=15, markup=False)
        self._handle_signals()
        if not self.is_headless:
            self.set_interval(_TERMINAL_LOOK_S, self._leave_without_terminal)
        self.call_later(self._show_first_frame)
        self.call_after_refresh(self._begin_load)

    def _show_first_frame(self) -> None:
        """Textual drops what a screen paints while the app is being mounted, and would paint it again a sixtieth of a
        second later."""
        self.screen.refresh()
        self.screen._on_timer_update()

    def _begin_load(self) -> None:
        self._is_starting = False
        follow(self, self._loader.run, "load")

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew. Before the first frame Textual asks for it twice, although all is being styled with
        the theme that the app begins with."""
        if not self._is_starting:
            super().refresh_css(animate)

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number, status in _EXIT_BY_SIGNAL.items():
            try:
                loop.add_signal_handler(number, partial(self.exit, return_code=status))
            except (NotImplementedError, RuntimeError, ValueError):
                return  # Windows, or an event loop outside the main thread

    def _leave_without_terminal(self) -> None:
        """End when the terminal is gone. Where it does not control this process, no signal tells of that, and the
        thread that reads keys would spin for ever."""
        if terminal_is_gone():
            self.exit(return_code=_EXIT_BY_SIGNAL[signal.SIGHUP])

    async def on_unmount(self) -> None:
        self._loader.cancel()
        for db in self._replaced:
            db.close()

    def _fatal_error(self) -> None:
        """Textual's own crash screen prints local values; ours names the place and keeps the rest private."""
        from tracetui.tui.crash import crash_text

        error = self._exception or RuntimeError("unknown")
        self._exit_renderables.append(Text(crash_text(error)))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """Errors that can render themselves quote values too: same screen for all."""
        del renderables
        self._fatal_error()

    def clear_selection(self) -> None:
        """Nothing can be selected yet while an input mounts before its screen is on the stack, as with eager tasks
        (Python 3.12 and later)."""
        if self.screen_stack:
            super().clear_selection()

    async def _on_key(self, event: events.Key) -> None:
        """A key that was on its way to a list when an input took the focus is for the input: an input keeps
        printable keys to itself, so none arrives here otherwise."""
        focused = self.focused
        if isinstance(focused, Input) and event.is_printable:
            event.prevent_default()
            focused.post_message(events.Key(event.key, event.character))

    # --- the load

    def load_again(self) -> None:
        """Load the same paths again; what is open stays until the app ends, since views may still ask it."""
        if self.load.is_running or "-" in self.paths:
            why = (
                "What comes from a pipe cannot be read twice."
                if "-" in self.paths
                else "It is still loading."
            )
            self.notify(f"{why} The mapping is used the next time.", severity="warning", markup=False)
            return
        self.target = self.compared = None
        self._load_anew()

    @property
    def can_load_full(self) -> bool:
        """Whether there may be payloads that `load_full` would read; what comes from a pipe cannot be read twice."""
        return self._begin_full is not None and not self.load.is_running and "-" not in self.paths

    def load_full(self) -> None:
        """Load the same paths again with all payloads."""
        if self._begin_full is not None and self.can_load_full:
            self._begin, self._begin_full = self._begin_full, None
            self._load_anew()

    def price_again(self) -> bool:
        """Price what is loaded by the price files as they are now; False while it is still loading."""
        if self.load.is_running or self.load.db is None:
            return False
        follow(self, self._loader.price_again, "load")
        return True

    def _load_anew(self) -> None:
        if self.load.db is not None:
            self._replaced.append(self.load.db)
        self._loader = Loader(self._begin, self._load_changed_in_thread, self._price_files)
        self._show_load(self._loader.load)
        follow(self, self._loader.run, "load")

    def _load_changed_in_thread(self, load: Load) -> None:
        self.call_later(self._show_load, load)

    def _show_load(self, load: Load) -> None:
        if load.price_error is not None and self.load.price_error is None and self.view is not None:
            self.view.show_error(load.price_error)
        self.load = load
        self.load_signal.publish(load)
        if load.db is not None and not self._has_opened_only_run:
            self._has_opened_only_run = True
            self._open_only_run(load)

    def _open_only_run(self, load: Load) -> None:
        db, view = load.db, self.view
        if db is not None and view is not None:
            view.work.start("only run", lambda: _first_runs(db), self._show_only_run)

    def _show_only_run(self, found: tuple[list[Run], bool]) -> None:
        """A single run opens at once; where nothing could be loaded, the reasons do."""
        runs, has_records = found
        self.is_nothing_loaded = not has_records
        if not has_records and self.current_mode == "runs":
            self.switch_mode("imports")
        elif len(runs) == 1 and self.target is None and self.current_mode == "runs":
            self.open_run(RunTarget(runs[0].run_id))

    def action_cancel_load(self) -> None:
        """Cancel the query of the view, or the load; else say how to leave."""
        if self.view is not None and self.view.cancel():
            return
        if self.load.is_running:
            self._loader.stop()
        else:
            self.notify("Nothing is loading. q goes back, ctrl+q quits.", markup=False)

    # --- views

    @property
    def view(self) -> View | None:
        """The view on the screen, below any window."""
        bottom = self.screen_stack[0]
        return bottom if isinstance(bottom, View) else None

    def action_show_view(self, name: str) -> None:
        """Switch to a view."""
        if len(self.screen_stack) == 1:
            self._turn_to(name)

    def _turn_to(self, name: str) -> None:
        """Switch to a view. What the former had to say goes with it: it would cover what this one shows."""
        self.clear_notifications()
        self.switch_mode(name)

    def open_run(self, target: RunTarget) -> None:
        """Show this run in the Run view."""
        self.target = target
        if self.current_mode == "run" and self.view is not None:
            self.view.show_target()
        else:
            self.switch_mode("run")

    def open_compared(self, target: CompareTarget) -> None:
        """Show these runs in the Compare view."""
        self.compared = target
        self._turn_to("compare")

    def leave_out(self, text: str) -> None:
        """Leave these keys out of comparisons from now on."""
        self.rule = rule_of(text)
        if self.view is not None:
            self.view.show_step()

    def action_ask_sql(self) -> None:
        """Open SQL with the query behind this view."""
        if len(self.screen_stack) == 1 and self.view is not None:
            self.question = self.view.sql()
            self._turn_to("sql")

    def choose_question(self, chosen: Question) -> None:
        """Ask a ready question in SQL."""
        self.question = chosen
        if self.current_mode == "sql" and self.view is not None:
            self.view.take_question()
        else:
            self._turn_to("sql")

    def filter_runs(self, text: str) -> None:
        """Show the runs that pass a filter."""
        self._turn_to("runs")
        if self.view is not None:
            self.view.filter_by(text)

    def action_escape(self) -> None:
        """Cancel the load, or undo one level; never quits."""
        if self.load.is_running and self.load.db is None:
            self._loader.stop()
        elif self.view is not None and not self.view.go_back() and self.current_mode != "runs":
            self._turn_to("runs")

    def action_view_back(self) -> None:
        """To the first view; there, quit."""
        if self.current_mode == "runs":
            self.exit()
        else:
            self._turn_to("runs")

    def action_keys_help(self) -> None:
        """Show all keys."""
        from tracetui.tui.dialogs import HelpScreen

        if self.view is not None:
            self.push_screen(HelpScreen(self.view.SCOPES, self._user_keys.keymap, self.view.signs))

    # --- command line, themes, clipboard

    def action_command_line(self) -> None:
        """Open the command line of the view."""
        if self.view is not None:
            self.view.open_command()

    def command_words(self) -> list[str]:
        """What the command line suggests."""
        from tracetui.tui.commands import command_words

        return command_words(self._scopes())

    def _scopes(self) -> tuple[Scope, ...]:
        own = self.view.SCOPES if self.view is not None else ()
        return (*own, Scope.SEARCH, Scope.APP)

    def run_command(self, text: str) -> None:
        """Run a line typed after `:`; a wrong one is explained."""
        try:
            self._run_command(text)
        except TracetuiError as error:
            if self.view is not None:
                self.view.show_error(error)

    def _run_command(self, text: str) -> None:
        from tracetui.tui.commands import Verb, parse_command

        if self.view is None:
            return
        command = parse_command(text, self._scopes())
        if command is None:
            return
        if command.key is not None:
            self.view.perform(command.key)
        elif command.verb is Verb.QUIT:
            self.exit()
        elif command.verb is Verb.THEME:
            self._set_theme(command.word)
        elif command.verb is Verb.RUN:
            self._find_run(command.word)
        elif command.verb is Verb.STEP:
            self._go_to_step(command.word)
        elif command.verb is Verb.ATTACH:
            self.view.attach(command.word)

    def _find_run(self, prefix: str) -> None:
        db, view = self.load.db, self.view
        if db is None or view is None:
            raise UsageError("no run is loaded yet")
        view.work.start("find run", lambda: db.run(prefix), lambda run: self.open_run(RunTarget(run.run_id)))

    def _go_to_step(self, word: str) -> None:
        if self.target is None:
            raise UsageError("no run is open", "Open one first: enter on a run, or :run <id>.")
        if not word.isdigit():
            raise UsageError(f"“{word}” is not a step number")
        self.open_run(RunTarget(self.target.run_id, step=int(word)))

    def action_change_theme(self) -> None:
        """Choose a theme from a list."""
        from tracetui.tui.dialogs import Choice, Menu

        ours = [theme.name for theme in OWN_THEMES]
        names = [*ours, *sorted(set(self.available_themes) - set(ours))]
        self.push_screen(
            Menu("Theme", [Choice(name, name) for name in names], self.theme), self._theme_chosen
        )

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None:
            self.theme = name

    def _set_theme(self, name: str) -> None:
        wanted = {"dark": OWN_THEMES[0].name, "light": OWN_THEMES[1].name}.get(name, name)
        if wanted not in self.available_themes:
            raise UsageError(f"no theme is called “{name}”", "F9 lists the themes.")
        self.theme = wanted

    def copy_text(self, text: str, what: str) -> None:
        """Put the original text on the clipboard (OSC 52) and say what was copied and what to beware of."""
        self.copy_to_clipboard(text.encode("utf-8", "replace").decode("utf-8"))
        notes = [f"Copied {what}: {len(text):,} characters."]
        if any(not char.isprintable() and char not in "\n\t\r" for char in text):
            notes.append("It holds control or invisible characters, copied as they are.")
        if len(text.encode("utf-8", "surrogatepass")) > _CLIPBOARD_LIMIT_BYTES:
            notes.append("It is large: some terminals take no more than 75 kB.")
        self.notify(" ".join(notes), severity="warning" if len(notes) > 1 else "information", markup=False)
