"""Which files a tool call says to write, from its name and arguments: tools of coding agents, editors, patches, shells."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracetui.analysis.state.file_writes import FileWrite, Piece, Way, patch_writes
from tracetui.analysis.state.shell_writes import below, shell_writes
from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads

_WRITERS = frozenset(
    ("write", "writefile", "writetofile", "createfile", "create", "createnewfile", "savefile", "filewrite")
)
_EDITS = frozenset(
    ("edit", "multiedit", "editfile", "fileedit", "strreplace", "replace", "searchreplace", "searchandreplace",
     "replacestringinfile", "multireplacestringinfile", "replaceinfile", "inserteditintofile")
)  # fmt: skip
_EDITORS = frozenset(("strreplaceeditor", "strreplacebasededittool", "texteditor", "fileeditor", "editor"))
_NOTEBOOKS = frozenset(("notebookedit", "editnotebook"))
_DELETES = frozenset(("deletefile", "removefile"))
_APPENDS = frozenset(("appendfile", "appendtofile"))
_PATCHES = frozenset(("applypatch",))
_SHELLS = frozenset(
    ("bash", "bashcommand", "executebash", "shell", "shellcommand", "runshellcommand", "runinterminal", "terminal", "exec",
     "execcommand", "localshell", "runcommand", "runterminalcmd", "executecommand", "runterminalcommand")
)  # fmt: skip
WRITING_TOOLS = _WRITERS | _EDITS | _EDITORS | _NOTEBOOKS | _DELETES | _APPENDS | _PATCHES | _SHELLS
"""Bare names of tools that may write files."""

PREFIX, REST = r"^.*(?:__|[./:])", r"[^a-z0-9]"
"""What is left out of a lower-case name to make it bare: the server or namespace in front, then what is no letter or digit."""

_PATHS = ("file_path", "path", "filePath", "target_file", "notebook_path", "filename", "file", "TargetFile")
_CONTENTS = ("content", "file_text", "contents", "text", "new_source", "code")
_OLD, _NEW = (
    ("old_string", "oldText", "old_str", "oldString", "search"),
    ("new_string", "newText", "new_str", "newString", "replace"),
)
_COMMANDS, _FOLDERS = (
    ("command", "cmd", "keystrokes", "CommandLine"),
    ("workdir", "cwd", "dir_path", "directory"),
)
_ONE_EDIT = re.compile(r"edit \d+:\d+\n(.*)\nend_of_edit\s*", re.DOTALL)
_OPENED = re.compile(r"\[File: (\S.*?) \(\d+ lines total\)\]")


def bare_name(name: str) -> str:
    """The name of a tool without the server that offers it, in lower case, letters and digits alone."""
    return re.sub(REST, "", re.sub(PREFIX, "", name.lower()))


def tool_writes(name: str, arguments: str | None, result: str | None) -> Iterator[FileWrite]:
    """The files that a successful call wrote, in order; nothing of tools that are not known to write."""
    bare, given = bare_name(name), _json(arguments)
    if bare in _SHELLS:
        yield from _of_shell(given)
    elif bare in _PATCHES:
        yield from _of_patch(given)
    elif isinstance(given, dict):
        yield from _of_arguments(bare, given)
    elif isinstance(given, str):
        yield from _of_line(given, result)


def _json(text: str | None) -> JsonValue:
    try:
        return loads(text or "")[0]
    except NotJson:
        return text


def _text(given: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((given[name] for name in names if isinstance(given.get(name), str)), None)


def _of_shell(given: JsonValue) -> Iterator[FileWrite]:
    command: JsonValue = given
    folder = None
    if isinstance(given, dict):
        command = next((given[name] for name in _COMMANDS if name in given), None)
        folder = _text(given, _FOLDERS)
    if isinstance(command, list):
        words = [word for word in command if isinstance(word, str)]
        if words[:1] == ["apply_patch"]:
            yield from _below(folder, patch_writes("".join(words[1:2])))
            return
        command = words[2] if len(words) == 3 and words[1] in ("-c", "-lc") else None
    if isinstance(command, str):
        yield from shell_writes(command, folder)


def _below(folder: str | None, writes: Iterator[FileWrite]) -> Iterator[FileWrite]:
    return (FileWrite(below(folder, each.path), each.way, each.text, each.pieces) for each in writes)


def _of_patch(given: JsonValue) -> Iterator[FileWrite]:
    if isinstance(given, dict):
        changes = given.get("changes")
        if isinstance(changes, (list, dict)):
            yield from _of_changes(changes)
            return
        given = _text(given, ("input", "patch", "patchText", "patch_text", "diff"))
    if isinstance(given, str):
        yield from patch_writes(given)


def _of_changes(changes: list[Any] | dict[str, Any]) -> Iterator[FileWrite]:
    """The files of a patch of which only their names and what became of them are told."""
    listed = (
        [{"path": path, "kind": kind} for path, kind in changes.items()]
        if isinstance(changes, dict)
        else changes
    )
    for each in listed:
        path = each.get("path") if isinstance(each, dict) else None
        if isinstance(path, str) and path:
            kind = each.get("kind")
            word = kind.get("type") if isinstance(kind, dict) else kind
            yield FileWrite(path, Way.DELETED if word == "delete" else Way.UNKNOWN)


def _of_arguments(bare: str, given: Mapping[str, Any]) -> Iterator[FileWrite]:
    path = _text(given, _PATHS)
    if bare in _EDITORS and path:
        yield from _of_editor(path, given)
    elif bare in _DELETES and path:
        yield FileWrite(path, Way.DELETED)
    elif bare in _WRITERS and path:
        text = _text(given, _CONTENTS)
        if text is not None:
            yield FileWrite(path, Way.WHOLE, text)
    elif bare in _APPENDS and path:
        yield FileWrite(path, Way.APPENDED, _text(given, _CONTENTS))
    elif bare in _NOTEBOOKS and path:
        source = _text(given, _CONTENTS)
        yield FileWrite(path, Way.INSERTED, source) if source else FileWrite(path, Way.UNKNOWN)
    elif bare in _EDITS:
        yield from _of_edits(path, given)


def _of_edits(path: str | None, given: Mapping[str, Any]) -> Iterator[FileWrite]:
    """One edit or a list of them, each of which may name a file of its own."""
    edits = next(
        (given[name] for name in ("edits", "replacements") if isinstance(given.get(name), list)), [given]
    )
    by_path: dict[str, list[Piece]] = {}
    for edit in edits:
        own = (_text(edit, _PATHS) or path) if isinstance(edit, dict) else None
        if own is not None:
            old, new = _text(edit, _OLD), _text(edit, _NEW)
            pieces = by_path.setdefault(own, [])
            if new is not None:
                pieces.append(
                    Piece(
                        old or "",
                        new,
                        edit.get("replace_all") is True or edit.get("expected_replacements", 1) != 1,
                    )
                )
    for own, pieces in by_path.items():
        yield FileWrite(own, Way.PARTS, None, tuple(pieces)) if pieces else FileWrite(own, Way.UNKNOWN)


def _of_editor(path: str, given: Mapping[str, Any]) -> Iterator[FileWrite]:
    """Commands of editors that Anthropic's, OpenHands' and SWE-agent's tools share."""
    word, text = given.get("command"), _text(given, ("new_str", "insert_text"))
    if word == "create":
        yield FileWrite(path, Way.WHOLE, _text(given, _CONTENTS) or "")
    elif word == "str_replace":
        yield FileWrite(path, Way.PARTS, None, (Piece(_text(given, _OLD) or "", text or ""),))
    elif word == "insert" and text is not None:
        line = given.get("insert_line")
        yield FileWrite(path, Way.INSERTED, text, (), int(str(line)) if str(line).isdecimal() else None)
    elif word == "undo_edit":
        yield FileWrite(path, Way.UNKNOWN)


def _of_line(line: str, result: str | None) -> Iterator[FileWrite]:
    """A call that is a line of text, as SWE-agent's: `create NAME`, `edit 1:2 …`, `str_replace_editor create PATH …`."""
    edit = _ONE_EDIT.fullmatch(line)
    opened = _OPENED.search(result or "")
    if edit is not None and opened is not None:
        yield FileWrite(opened[1], Way.INSERTED, edit[1])
        return
    try:
        words = shlex.split(line)
    except ValueError:  # quotes that are never closed
        return
    if len(words) == 2 and words[0] == "create":
        yield FileWrite(opened[1] if opened else words[1], Way.WHOLE, "")
    elif len(words) > 2 and bare_name(words[0]) in _EDITORS:
        options = {
            name.removeprefix("--"): text for name, text in zip(words[3::2], words[4::2], strict=False)
        }
        yield from _of_editor(words[2], {"command": words[1], **options})
