"""From a command to the terminal interface; stdin may hold the trace, for then the keys come from the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tracetui.cli.loading import LoadRequest, refuse_mistyped_command, refuse_terminal_as_input
from tracetui.errors import UsageError


def open_interface(request: LoadRequest, theme: str | None, mouse: bool) -> int:
    """Run the interface on what the request names; the exit status. Raises UsageError where there is no terminal."""
    refuse_terminal_as_input(request.paths)
    refuse_mistyped_command(request.paths)
    from tracetui.tui.launch import Appearance, run_app

    with _stdin_as_file(request) as spooled:
        return run_app(spooled.paths, spooled.options(), Appearance(theme=theme, mouse=mouse))


@contextmanager
def _stdin_as_file(request: LoadRequest) -> Iterator[LoadRequest]:
    """The request with `-` as a private file of what stdin held, and the terminal as the new stdin."""
    if "-" not in request.paths or not sys.stdout.isatty():
        yield request
        return
    with tempfile.TemporaryDirectory(prefix="tracetui-") as folder:
        spool = Path(folder) / "stdin"
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        _read_keys_from_terminal()
        yield replace(request, paths=tuple(str(spool) if path == "-" else path for path in request.paths))


def _read_keys_from_terminal() -> None:
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError(
            "there is no terminal to read keys from", "`tracetui runs -` prints the runs"
        ) from None
    os.dup2(terminal, 0)
    os.close(terminal)
