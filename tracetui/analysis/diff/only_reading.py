"""Calls of tools for anything, such as shells and editors, whose arguments say that they only read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from tracetui.analysis.diff.normal import container

_READING = frozenset(("cat", "find", "get", "list", "ls", "open", "read", "search", "show", "view"))
"""What an editor is told to do that changes nothing."""
_COMMANDS = frozenset(
    (
        "basename", "cat", "cd", "cut", "date", "df", "diff", "dirname", "du", "echo", "egrep", "false", "fgrep", "file", "grep",
        "head", "hexdump", "jq", "ls", "nl", "od", "printf", "ps", "pwd", "realpath", "rg", "stat", "tail", "test", "tr", "tree",
        "true", "uniq", "wc", "which", "whoami", "xxd",
        "get-childitem", "get-content", "get-item", "get-location", "select-string", "test-path", "measure-object",
        "select-object", "format-list", "format-table", "where-object",
    )
)  # fmt: skip
_GIT = frozenset(("blame", "diff", "grep", "log", "ls-files", "rev-parse", "show", "status"))
_CHANGES_BY_FIND = re.compile(r"-(?:delete|exec|execdir|ok|okdir|fprint\w*|fls)")
_SHELL_KEYS = ("command", "cmd", "bash_command", "script")
_EDITOR = re.compile(r"edit|replace|memory", re.IGNORECASE)
_SHELL = re.compile(r"bash|shell|terminal|cmd|exec|command", re.IGNORECASE)
_SHELLS = frozenset(("bash", "sh", "zsh", "/bin/bash", "/bin/sh"))
_OPERATORS = frozenset("();<>|&\n")
_MOST_CHARACTERS = 4_000


def only_reads(tool: str, arguments: str) -> bool:
    """Whether a call of a shell or an editor is told to do nothing but read; False where that is not sure."""
    if len(arguments) > _MOST_CHARACTERS:
        return False
    if _EDITOR.search(tool):
        return _editing(tool, arguments) in _READING
    if _SHELL.search(tool):
        line = _command_line(tool, arguments)
        return bool(line) and _only_reads(line)
    return False


def _editing(tool: str, arguments: str) -> str | None:
    """What an editor is told to do: its command, in JSON or as the first word behind its name."""
    told = container(arguments)
    if isinstance(told, dict):
        command = told.get("command")
        return command if isinstance(command, str) else None
    words = arguments.split(maxsplit=2)
    return next((word for word in words if word != tool), None)


def _command_line(tool: str, arguments: str) -> str:
    told = container(arguments)
    if told is None:
        return arguments.removeprefix(f"{tool} ")
    if not isinstance(told, dict):
        return ""
    line = next((told[key] for key in _SHELL_KEYS if key in told), None)
    if isinstance(line, list) and len(line) == 3 and line[0] in _SHELLS:
        line = line[2]  # bash -lc "…"
    elif isinstance(line, list):
        line = shlex.join(str(word) for word in line)
    return line if isinstance(line, str) else ""


def _only_reads(line: str) -> bool:
    if "`" in line or "$(" in line:
        return False
    try:
        return all(_is_reading(words) for words in _commands(_words(line)))
    except ValueError:  # a quotation mark stays open
        return False


def _words(line: str) -> Iterable[str]:
    words = shlex.shlex(line, posix=True, punctuation_chars="();<>|&\n")
    words.whitespace = " \t\r"
    words.commenters = ""
    return words


def _commands(words: Iterable[str]) -> Iterator[list[str]]:
    """The single commands of a line; raises ValueError for anything but a chain of them without other output than to
    nowhere."""
    command: list[str] = []
    redirected = ""
    for word in words:
        if redirected:
            if word != "/dev/null" and not (redirected == ">&" and word in {"1", "2"}):
                raise ValueError("the output goes into a file")
            redirected = ""
        elif not _OPERATORS.issuperset(word):
            command.append(word)
        elif word in {">", ">>", ">&", "&>"}:
            redirected = word
            if command and command[-1] in {"1", "2"}:
                command.pop()
        elif word.strip("\n") in {"", "|", "||", "&&", ";"}:
            yield command
            command = []
        else:
            raise ValueError(f"{word} is no link between commands")
    yield command


def _is_reading(words: list[str]) -> bool:
    if not words:
        return True
    command, rest = words[0].rpartition("/")[2].lower(), words[1:]
    if command == "git":
        return next((word for word in rest if not word.startswith("-")), "") in _GIT
    if command == "find":
        return not any(_CHANGES_BY_FIND.fullmatch(word) for word in rest)
    if command == "sed":
        return rest[:1] == ["-n"] and not any(word.startswith(("-i", "--in-place")) for word in rest)
    if command == "sort":
        return not any(word.startswith(("-o", "--output")) for word in rest)
    return command in _COMMANDS
