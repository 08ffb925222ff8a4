"""Files of a memory tool, from the commands that a model gave it: what each file held after each command.

The tool is Anthropic's `memory`: `view`, `create`, `str_replace`, `insert`, `delete` and `rename` below `/memories`.
Commands whose result is an error changed nothing; those whose result is not in the export may have. What `view` shows of
a file is what it held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.analysis.state.replay import DRIFT
from tracetui.model import Fidelity, JsonValue, StateChange, StateOp
from tracetui.reading.lenient import NotJson, dumps, loads

STORE = "memory files"
SCOPE = "user"
_ROOT = "/memories"
_COMMANDS = frozenset(("view", "create", "str_replace", "insert", "delete", "rename"))
_DIFFERS = f"{DRIFT}: what view showed"
_NUMBERED = re.compile(r" *(\d+)(?:\t|: )(.*)")
_REFUSALS = ("error", "no replacement", "multiple occurrences", "the path /", "invalid")


@dataclass(frozen=True, slots=True)
class Command:
    """One call of the tool. `failed` says whether its result is an error; None where nothing is known of it but, maybe,
    `result`."""

    arguments: str | None
    result: str | None
    failed: bool | None
    actor: str | None = None
    at_ns: int | None = None
    order: int = 0


@dataclass(slots=True)
class Folder:
    """The files as they are known; a file that was there before the run is unknown until it is made anew."""

    files: dict[str, str | None] = field(default_factory=dict)

    def run(self, command: Command) -> Iterator[StateChange]:
        """What a command did to the files; nothing for arguments that are no command of this tool."""
        given = _arguments(command.arguments)
        word, path = given.get("command"), given.get("path", given.get("old_path"))
        if word not in _COMMANDS or not isinstance(path, str) or not path.startswith(_ROOT):
            return
        evidence = f"{word} of the memory tool"
        is_known = command.failed is not None or command.result is not None
        if _is_failure(command) or (not is_known and self._is_impossible(word, path, given)):
            yield _change(command, StateOp.NOOP, path, None, f"{evidence}, failed")
        elif word == "view":
            yield from self._viewed(command, path, given, evidence)
        elif word in ("delete", "rename"):
            yield from self._moved(command, path, given.get("new_path"), _doubted(evidence, is_known))
        else:
            yield self._written(command, word, path, given, is_known)

    def _viewed(
        self, command: Command, path: str, given: Mapping[str, Any], evidence: str
    ) -> Iterator[StateChange]:
        """A look at a file; what it shows is told as a change where something else, or nothing, was known."""
        shown = _shown(command.result) if given.get("view_range") is None else None
        held = self.files.get(path)
        if shown is not None and (held is None or held.rstrip("\n") != shown.rstrip("\n")):
            self.files[path] = shown
            said = f"{evidence} shows it" if held is None else _DIFFERS
            yield replace(_change(command, StateOp.SET, path, shown, said, Fidelity.INFERRED), actor=None)
        yield _change(command, StateOp.READ, path, command.result, evidence)

    def _written(
        self, command: Command, word: str, path: str, given: Mapping[str, Any], is_known: bool
    ) -> StateChange:
        evidence, surely = _doubted(f"{word} of the memory tool", is_known)
        if self._is_impossible(word, path, given):
            self.files[path] = None
            said = f"{DRIFT}: the tool replaced a text that is not there, or more than once"
            return _change(command, StateOp.SET, path, None, said, Fidelity.REDACTED)
        self.files[path] = content = self._content(word, path, given)
        fidelity = Fidelity.REDACTED if content is None else surely
        return _change(command, StateOp.SET, path, content, evidence, fidelity)

    def _is_impossible(self, word: str, path: str, given: Mapping[str, Any]) -> bool:
        """Whether the file as it is known does not hold, once, the text that is to be replaced."""
        held = self.files.get(path)
        return word == "str_replace" and held is not None and held.count(str(given.get("old_str") or "")) != 1

    def _content(self, word: str, path: str, given: Mapping[str, Any]) -> str | None:
        """What the file holds after the command; None where what it held before is not known."""
        if word == "create":
            text = given.get("file_text")
            return text if isinstance(text, str) else None
        held = self.files.get(path)
        if held is None:
            return None
        if word == "str_replace":
            return held.replace(str(given.get("old_str") or ""), str(given.get("new_str") or ""), 1)
        line, lines = given.get("insert_line"), held.split("\n")
        at = line if type(line) is int and 0 <= line <= len(lines) else len(lines)
        return "\n".join([*lines[:at], str(given.get("insert_text") or "").rstrip("\n"), *lines[at:]])

    def _moved(
        self, command: Command, path: str, to: JsonValue, told: tuple[str, Fidelity]
    ) -> Iterator[StateChange]:
        """A file or folder that is gone, or stands under another name."""
        evidence, surely = told
        below = [file for file in self.files if file == path or file.startswith(f"{path.rstrip('/')}/")]
        for file in below or [path]:
            held = self.files.pop(file, None)
            yield _change(command, StateOp.DELETE, file, None, evidence, surely)
            if isinstance(to, str):
                target = to + file[len(path) :]
                self.files[target] = held
                fidelity = surely if held is not None else Fidelity.REDACTED
                yield _change(command, StateOp.SET, target, held, evidence, fidelity)


def is_memory_tool(name: str | None, arguments: str | None) -> bool:
    """Whether a call is one of the memory tool's, by its name and the path that it is given."""
    return name is not None and "memory" in name.lower() and f'"{_ROOT}' in (arguments or "")


def _doubted(evidence: str, is_known: bool) -> tuple[str, Fidelity]:
    """How a command is told whose result may not be known."""
    return (
        (evidence, Fidelity.EXACT)
        if is_known
        else (f"{evidence}, whose result is not told", Fidelity.INFERRED)
    )


def _shown(result: str | None) -> str | None:
    """The file in the result of `view`, whose lines are numbered from 1; None for anything else."""
    given = _json_or_text(result)
    lines = given.rstrip("\n").split("\n") if isinstance(given, str) else []
    if lines and _NUMBERED.fullmatch(lines[0]) is None:
        del lines[0]
    found = [_NUMBERED.fullmatch(line) for line in lines]
    texts = [each[2] for number, each in enumerate(found, 1) if each is not None and each[1] == str(number)]
    return "\n".join(texts) if texts and len(texts) == len(lines) else None


def _json_or_text(text: str | None) -> JsonValue:
    try:
        value = loads(text or "")[0]
    except NotJson:
        return text
    return value if isinstance(value, str) else text


def _is_failure(command: Command) -> bool:
    if command.failed is not None and command.failed:
        return True
    return (command.result or "").lower().lstrip('"').startswith(_REFUSALS)


def _arguments(text: str | None) -> dict[str, Any]:
    try:
        value = loads(text or "{}")[0]
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def _change(
    command: Command, op: StateOp, path: str, content: str | None, evidence: str,
    fidelity: Fidelity = Fidelity.EXACT,
) -> StateChange:  # fmt: skip
    value = None if content is None else dumps(content)
    return StateChange(
        op, path, value, store=STORE, scope=SCOPE, actor=command.actor, fidelity=fidelity, evidence=evidence,
        at_ns=command.at_ns, order=command.order,
    )  # fmt: skip
