"""From a list of arguments to an exit status: every way a command can end, with one clear message and no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from tracetui.cli.terminal import prepare_streams
from tracetui.errors import TracetuiError

EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; messages go to stderr."""
    from tracetui.cli.group import tracetui

    prepare_streams()
    try:
        return _status(tracetui.main(list(arguments), prog_name="tracetui", standalone_mode=False))
    except click.ClickException as error:
        return _usage_error(error)
    except TracetuiError as error:
        complain(error.message, error.hint)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return EXIT_BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the edge of the process: a defect is told in one sentence
        return _defect(error)
    finally:
        _flush()


def complain(message: str, hint: str = "") -> None:
    """Tell an error and what to do next, on stderr, as harmless text."""
    from tracetui.render.safe import safe_lines

    lines = safe_lines(message)
    click.echo(
        "\n".join([f"{click.style('tracetui:', fg='red', bold=True)} {lines[0]}", *lines[1:]]), err=True
    )
    if hint:
        first, *rest = safe_lines(hint)
        click.echo(
            "\n".join([f"  {click.style('hint:', bold=True)} {first}", *(f"        {x}" for x in rest)]),
            err=True,
        )


def _status(result: object) -> int:
    return result if isinstance(result, int) else 0


def _usage_error(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
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
