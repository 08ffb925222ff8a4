"""From a list of arguments to an exit status: every way a command can end, with one clear message and no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.cli.terminal import prepare_streams, takes_escapes
from tracetui.errors import TracetuiError
from tracetui.render.safe import safe_lines

if TYPE_CHECKING:
    import click

EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; messages go to stderr."""
    from tracetui.cli.names import are_paths

    prepare_streams()
    try:
        return _open(arguments) if are_paths(arguments) else _command(arguments)
    except TracetuiError as error:
        complain(error.message, error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return EXIT_BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the edge of the process: a defect is told in one sentence
        return _defect(error)
    finally:
        _flush()


def _open(paths: Sequence[str]) -> int:
    """What the default command does without options, by the shortest way: the interface loads no command line."""
    from tracetui.cli.interface import open_interface
    from tracetui.cli.loading import LoadRequest

    return open_interface(LoadRequest(tuple(paths)), None, True)


def _command(arguments: Sequence[str]) -> int:
    import click

    from tracetui.cli.group import tracetui

    try:
        with tracetui.make_context("tracetui", list(arguments)) as context:
            return _status(tracetui.invoke(context))
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _usage_error(error)
    except click.Abort:
        return _interrupted()


def _interrupted() -> int:
    complain("interrupted")
    return EXIT_INTERRUPTED


def complain(message: str, hint: str = "") -> None:
    """Tell an error and what to do next, on stderr, as harmless text."""
    sys.stdout.flush()
    for label, color, told in (("tracetui:", "red", message), ("  hint:", None, hint)):
        if told:
            first, *rest = safe_lines(told)
            indented = "".join(f"{' ' * len(label)} {line}\n" for line in rest)
            sys.stderr.write(f"{_bold(label, color)} {first}\n{indented}")


def _bold(label: str, color: str | None) -> str:
    if os.environ.get("NO_COLOR") or not takes_escapes(sys.stderr):
        return label
    import click

    return click.style(label, fg=color, bold=True)


def _status(result: object) -> int:
    return result if isinstance(result, int) else 0


def _usage_error(error: click.ClickException) -> int:
    import click

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(f"{error.format_message()}\n")
        return error.exit_code
    context = error.ctx if isinstance(error, click.UsageError) else None
    complain(error.format_message(), f"{context.command_path} --help" if context else "")
    return error.exit_code


def _defect(error: Exception) -> int:
    from tracetui.tui.crash import internal_error

    told = internal_error(error)
    complain(told.message, told.hint)
    return told.exit_code


def _flush() -> None:
    """Write what is buffered now; when the reader has gone, keep the interpreter's exit from complaining about it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
