"""Files of a memory tool, from the commands that a model gave it: what each file held after each command.

The tool is Anthropic's `memory`: `view`, `create`, `str_replace`, `insert`, `delete` and `rename` below `/memories`.
Commands whose result is an error changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracetui.model import Fidelity, JsonValue, StateChange, StateOp
from tracetui.reading.lenient import NotJson, dumps, loads

STORE = "memory files"
SCOPE = "user"
_ROOT = "/memories"
_COMMANDS = frozenset(("view", "create", "str_replace", "insert", "delete", "rename"))
_REFUSALS = ("error", "no replacement", "multiple occurrences", "the path /", "invalid")


@dataclass(frozen=True, slots=True)
class Command:
    """One call of the tool. `failed` says whether its result is an error; None where nothing is known of it."""

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
        if _is_failure(command):
            yield _change(command, StateOp.NOOP, path, None, f"{evidence}, failed")
        elif word == "view":
            yield _change(command, StateOp.READ, path, command.result, evidence)
        elif word in ("delete", "rename"):
            yield from self._moved(command, path, given.get("new_path"), evidence)
        else:
            self.files[path] = self._content(word, path, given)
            fidelity = Fidelity.EXACT if self.files[path] is not None else Fidelity.REDACTED
            yield _change(command, StateOp.SET, path, self.files[path], evidence, fidelity)

    def _content(self, word: JsonValue, path: str, given: Mapping[str, Any]) -> str | None:
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

    def _moved(self, command: Command, path: str, to: JsonValue, evidence: str) -> Iterator[StateChange]:
        """A file or folder that is gone, or stands under another name."""
        below = [file for file in self.files if file == path or file.startswith(f"{path.rstrip('/')}/")]
        for file in below or [path]:
            held = self.files.pop(file, None)
            yield _change(command, StateOp.DELETE, file, None, evidence)
            if isinstance(to, str):
                target = to + file[len(path) :]
                self.files[target] = held
                fidelity = Fidelity.EXACT if held is not None else Fidelity.REDACTED
                yield _change(command, StateOp.SET, target, held, evidence, fidelity)


def is_memory_tool(name: str | None, arguments: str | None) -> bool:
    """Whether a call is one of the memory tool's, by its name and the path that it is given."""
    return name is not None and "memory" in name.lower() and f'"{_ROOT}' in (arguments or "")


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
