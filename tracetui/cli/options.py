"""Options that several commands share, each declared once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from tracetui.cli.loading import LoadRequest
from tracetui.errors import UsageError

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, with the column names of docs/sql.md."
)
shows_sql = click.option(
    "--show-sql", "show_sql", is_flag=True,
    help="Print the SQL that is asked, filter and all, instead of the answer: `tracetui sql` takes it.",
)  # fmt: skip

_GUARDS = "tracetui.guards_formulas"


def as_csv(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--csv`, which it receives as `as_csv` unless `--json` is given too, and `--for-spreadsheet`, which
    whoever writes CSV asks for by `guards_formulas`."""

    @wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        if options.get("as_json") and options.get("as_csv"):
            raise UsageError("--json and --csv do not go together", "Give one of them.")
        return function(*args, **options)

    exact = click.option(
        "--csv", "as_csv", is_flag=True, help="Print CSV: exact values, for files and pipes."
    )
    guarded = click.option(
        "--for-spreadsheet", is_flag=True, expose_value=False, callback=_keep_guarding,
        help="In CSV, put ' before texts that a spreadsheet would run as formulas (= + - @).",
    )  # fmt: skip
    return exact(guarded(checked))


def _keep_guarding(context: click.Context, _: click.Parameter, is_given: bool) -> None:
    context.meta[_GUARDS] = is_given


def guards_formulas() -> bool:
    """Whether the command that runs was given `--for-spreadsheet`."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_GUARDS))


wide = click.option("--wide", is_flag=True, help="Cut nothing to the width of the terminal.")

priced = click.option(
    "--prices",
    "price_files",
    multiple=True,
    type=click.Path(dir_okay=False),
    metavar="FILE.toml",
    help="Prices of one's own, before those published; docs/prices.md shows how to write them.",
)

_LOADING_OPTIONS = (
    click.argument("paths", metavar="PATH…", nargs=-1, required=True),
    click.option(
        "--format", "format_name", metavar="NAME", help="Read as this format instead of recognising it."
    ),
    click.option(
        "--map",
        "map_file",
        type=click.Path(dir_okay=False),
        metavar="FILE.toml",
        help="What the columns of a home-made log mean; import --show-map writes one.",
    ),
    click.option("--full", is_flag=True, help="Load every payload of large sources before answering."),
    click.option("--in-process", is_flag=True, help="Parse without a worker process, for debugging."),
    click.option("--no-cache", is_flag=True, help="Neither use nor keep the database of a large source."),
    click.option("-q", "--quiet", is_flag=True, help="No progress, counts or warnings on stderr."),
)


def loads_paths(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command PATH… and the options of loading; it receives them as `request: LoadRequest`."""

    @wraps(function)
    def command(*arguments: Any, **options: Any) -> Any:
        named = [name for name in LoadRequest._fields if name in options]
        request = LoadRequest(**{name: options.pop(name) for name in named})
        return function(*arguments, request=request, **options)

    for option in reversed(_LOADING_OPTIONS):
        command = option(command)
    return command


def appearance_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that opens the interface `--theme` and `--no-mouse`."""
    theme = click.option(
        "--theme", metavar="NAME", help="Theme of the interface; else by TRACETUI_THEME and terminal."
    )
    mouse = click.option("--mouse/--no-mouse", default=True, help="Whether the interface takes the mouse.")
    return theme(mouse(function))
