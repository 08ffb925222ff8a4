"""Ready questions: `queries/*.sql`, each with a title, a description and parameters in a comment in front.

-- title: Slowest tools
-- about: Tools by their 95th percentile.
-- param limit BIGINT = 20: how many tools
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from tracetui import sql
from tracetui.errors import UsageError

_HEADER = re.compile(r"-- (title|about): (.+)")
_PARAMETER = re.compile(r"-- param (\w+) (\w+)(?: = (.*?))?: (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a question asks for: `default` is None where it must be given, empty for none."""

    name: str
    type: str
    default: str | None
    about: str


@dataclass(frozen=True, slots=True)
class Question:
    """A named query. `text` is its SQL without the header, with `$name` for each parameter."""

    name: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    text: str

    def values(self, given: Mapping[str, str]) -> dict[str, str | None]:
        """A text for each parameter; raises UsageError for one that is missing or that there is not."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise UsageError(f"{self.name} has no parameter {name}", _listed(known))
        missing = [p.name for p in self.parameters if p.default is None and p.name not in given]
        if missing:
            raise UsageError(
                f"{self.name} asks for {', '.join(missing)}", f"--param {missing[0]}=… gives it."
            )
        return {name: given.get(name, p.default) or None for name, p in known.items()}


def typed_value(text: str) -> str | int | float | bool | None:
    """A value as SQL takes it: whole numbers, fractions, true, false and null as such, else the text; quotes make
    anything text."""
    words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def question_names() -> tuple[str, ...]:
    """All questions, sorted by name."""
    folder = resources.files(sql.__name__).joinpath("queries")
    return tuple(sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".sql")))


def question(name: str) -> Question:
    """The question of that name; raises UsageError where there is none."""
    names = question_names()
    wanted = name.replace("-", "_")
    if wanted not in names:
        raise UsageError(f"there is no question {name}", _near(wanted, names))
    return parsed(wanted, sql.text(f"queries/{wanted}"))


def parsed(name: str, text: str) -> Question:
    """A question from the text of its file."""
    facts: dict[str, str] = {}
    parameters = []
    lines = text.splitlines()
    at = 0
    for at, line in enumerate(lines):  # noqa: B007  # where the header ends
        if found := _HEADER.fullmatch(line):
            facts[found.group(1)] = " ".join(filter(None, (facts.get(found.group(1)), found.group(2))))
        elif found := _PARAMETER.fullmatch(line):
            parameters.append(Parameter(*found.groups()))
        else:
            break
    body = "\n".join(lines[at:]).strip()
    return Question(name, facts.get("title", name), facts.get("about", ""), tuple(parameters), body)


def _near(name: str, names: tuple[str, ...]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    return f"perhaps {', '.join(near)}" if near else "`tracetui query` lists them"


def _listed(known: Mapping[str, Parameter]) -> str:
    return f"It has {', '.join(known)}." if known else "It has none."
