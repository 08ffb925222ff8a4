"""Starting and ending the interface: is this a terminal, which keys and theme, what exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tracetui.errors import InputError, UsageError
from tracetui.tui.app import TracetuiApp
from tracetui.tui.keymap import read_user_keys
from tracetui.tui.loading import Begin
from tracetui.tui.terminal import write_stand_ins
from tracetui.tui.themes import THEME_NAMES, theme_name
from tracetui.workers.map_files import config_folder

if TYPE_CHECKING:
    from tracetui.api import LoadOptions
    from tracetui.tui.loading import Opening

_TERMINAL = "/dev/tty"
_SIGNAL_STATUSES = frozenset({129, 130, 143})


class Appearance(NamedTuple):
    """How the interface looks and listens: a theme's name (None: by environment), whether the mouse is used, and
    whether statements of the SQL view may reach files and change settings."""

    theme: str | None = None
    mouse: bool = True
    is_sql_unsafe: bool = False


def terminal_problem() -> str | None:
    """Why the interface cannot run here, as one sentence; None when it can."""
    if os.environ.get("TERM", "") == "dumb":
        return "the terminal cannot move the cursor (TERM=dumb)"
    if not _is_terminal(sys.__stderr__) or not _is_terminal(sys.__stdout__):
        return "the output is not a terminal"
    if not _is_terminal(sys.__stdin__) and not _has_terminal_of_its_own():
        return "there is no terminal to read keys from"
    return None


def _has_terminal_of_its_own() -> bool:
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextmanager
def _keys_from_terminal() -> Iterator[None]:
    """Where stdin is a pipe with a trace, keys come from the terminal itself; the pipe stays at descriptor 0."""
    if _is_terminal(sys.__stdin__):
        yield
        return
    piped = sys.__stdin__
    with open(_TERMINAL, encoding="utf-8") as terminal:
        sys.__stdin__ = terminal  # type: ignore[misc]  # Textual reads keys from this name
        try:
            yield
        finally:
            sys.__stdin__ = piped  # type: ignore[misc]  # as above


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]  # a text stream
    except ValueError:
        return False


def run_app(
    paths: Sequence[str], options: LoadOptions | None = None, appearance: Appearance | None = None,
    price_files: Sequence[Path] = (),
) -> int:  # fmt: skip
    """Open the interface on these paths and return its exit status; prices of the files go before others.

    0 ended by the user, 1 internal fault, 3 nothing could be loaded, 129, 130 and 143 ended by a signal.
    Raises UsageError for an unknown theme, and where `terminal_problem()` names a reason.
    """
    problem = terminal_problem()
    if problem:
        raise UsageError(problem, "Use `tracetui show` or `tracetui runs` for plain text.")
    begin_full = _begin(paths, options, is_full=True)
    return run_with(_begin(paths, options), tuple(paths), appearance or Appearance(), price_files, begin_full)


def run_with(
    begin: Begin, paths: tuple[str, ...], appearance: Appearance, price_files: Sequence[Path] = (),
    begin_full: Begin | None = None,
) -> int:  # fmt: skip
    """As `run_app`, over any load; `begin_full` is one with all payloads."""
    user_keys = read_user_keys(config_folder() / "keys.toml")
    theme = theme_name(appearance.theme, THEME_NAMES, os.environ)
    if theme is None:
        names = ", ".join(sorted(THEME_NAMES))
        raise UsageError(
            f"no theme is called {appearance.theme or os.environ.get('TRACETUI_THEME')!r}",
            f"One of: {names}.",
        )
    app = TracetuiApp(
        begin, paths, theme, user_keys, not _is_utf8(), price_files, appearance.is_sql_unsafe, begin_full
    )
    if app.ascii_only:
        write_stand_ins()
    try:
        with _keys_from_terminal():
            app.run(mouse=appearance.mouse)
    except OSError:
        # After SIGHUP the terminal is gone and cannot be restored.
        if app.return_code not in _SIGNAL_STATUSES:
            raise
    finally:
        if app.load.db is not None:
            app.load.db.close()
    return _exit_status(app)


def _is_utf8() -> bool:
    encoding = sys.__stdout__.encoding if sys.__stdout__ is not None else ""
    return encoding.replace("-", "").lower() == "utf8"


def _exit_status(app: TracetuiApp) -> int:
    status = app.return_code or 0
    if status == 0 and (app.is_nothing_loaded or isinstance(app.load.error, InputError)):
        return InputError.exit_code
    return status


def _begin(paths: Sequence[str], options: LoadOptions | None, *, is_full: bool = False) -> Begin:
    """The load, which brings its own modules only once it begins, in its thread."""

    def opening() -> Opening:
        from tracetui.api import LoadOptions, begin

        given = options or LoadOptions()
        return begin(paths, replace(given, may_be_empty=True, full=is_full or given.full))

    return opening
