"""The command line (`:`): what was typed becomes one command."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from tracetui.errors import UsageError
from tracetui.tui.bindings import KEYS, Key, Scope


class Verb(StrEnum):
    """Commands that take a word; everything else names an action of the key table."""

    QUIT = "q"
    RUN = "run"
    STEP = "step"
    THEME = "theme"
    ATTACH = "attach"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with its word, or an action of the key table."""

    verb: Verb | None
    word: str
    key: Key | None = None


_ALIASES = {
    "quit": "q",
    "qa": "q",
    "exit": "q",
    "help": "app.help",
    "runs": "view.runs",
    "sql": "app.sql",
    "import": "view.imports",
}


def parse_command(text: str, scopes: Collection[Scope]) -> Command | None:
    """The command in a line, actions being those of these scopes; None for an empty line.

    Raises UsageError for an unknown one, saying which names come close.
    """
    name, _, word = text.strip().partition(" ")
    if not name:
        return None
    word = word.strip()
    name = _ALIASES.get(name, name)
    if name in {Verb.QUIT, Verb.THEME} or (name in {Verb.RUN, Verb.STEP, Verb.ATTACH} and word):
        return Command(Verb(name), word)
    if name.isdigit() and not word:
        return Command(Verb.STEP, name)
    return Command(None, "", _action(name if not word else f"{name} {word}", scopes))


def command_words(scopes: Collection[Scope]) -> list[str]:
    """What the command line can suggest: verbs, then ids of actions."""
    return ["run ", "step ", "theme ", "attach ", "quit", "help", *(key.id for key in _commands(scopes))]


def _commands(scopes: Collection[Scope]) -> list[Key]:
    return [key for key in KEYS if key.is_command and key.scope in scopes]


def _action(name: str, scopes: Collection[Scope]) -> Key:
    wanted = name.casefold()
    known = _commands(scopes)
    exact = [key for key in known if key.id == wanted or key.id.split(".", 1)[1] == wanted]
    near = exact or [key for key in known if wanted in key.id or wanted in key.description.casefold()]
    if exact or len(near) == 1:
        return near[0]
    if near:
        names = ", ".join(key.id for key in near[:6])
        raise UsageError(f"“{name}” could be several actions", f"Did you mean: {names}?")
    raise UsageError(f"no command is called “{name}”", "Type ? for the keys or use the palette (ctrl+p).")
