"""Names of the commands, told without loading any of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pkgutil import iter_modules

from tracetui.cli import commands

DEFAULT_COMMAND = "open"


@cache
def command_names() -> tuple[str, ...]:
    """Names of all commands; a module is named as its command, with a trailing `_` where Python wants one."""
    return tuple(sorted(module.name.rstrip("_") for module in iter_modules(commands.__path__)))


def near_command(word: str) -> str | None:
    """The command that a mistyped word most likely meant."""
    import difflib

    near = difflib.get_close_matches(word, command_names(), n=1)
    return near[0] if near else None


def are_paths(arguments: Sequence[str]) -> bool:
    """Whether a command line is nothing but paths, for the default command without options."""
    return (
        bool(arguments)
        and arguments[0] not in command_names()
        and not any(not argument or (argument[0] == "-" and argument != "-") for argument in arguments)
    )
