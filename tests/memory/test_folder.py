"""Files of a memory tool, replayed from its commands."""

from __future__ import annotations

import json
from typing import Any

from tracetui.analysis.state.folder import Command, Folder
from tracetui.model import Fidelity, StateOp


def run(
    *commands: tuple[dict[str, Any], str | None, bool],
) -> tuple[Folder, list[tuple[str, str, str | None]]]:
    folder = Folder()
    told = [
        (str(done.op), done.key, done.value)
        for given, result, failed in commands
        for done in folder.run(Command(json.dumps(given), result, failed))
    ]
    return folder, told


def ok(command: str, **given: Any) -> tuple[dict[str, Any], str | None, bool]:
    return {"command": command, **given}, "done", False


def test_commands_write_files_as_the_tool_does() -> None:
    a, b = "/memories/a.md", "/memories/notes/b.md"
    folder, told = run(
        ok("create", path=a, file_text="one\ntwo\ntwo"),
        ok("str_replace", path=a, old_str="two", new_str="2"),
        ok("insert", path=a, insert_line=0, insert_text="zero\n"),
        ok("create", path=b, file_text="x"),
        ok("rename", old_path="/memories/notes", new_path="/memories/old"),
        ok("delete", path="/memories/old"),
        ok("view", path="/memories"),
    )
    assert folder.files == {a: "zero\none\n2\ntwo"}
    assert told[-4:] == [
        ("delete", b, None),
        ("set", "/memories/old/b.md", '"x"'),
        ("delete", "/memories/old/b.md", None),
        ("read", "/memories", '"done"'),
    ]


def test_a_failed_command_changes_nothing() -> None:
    path = "/memories/a.md"
    folder, told = run(
        ok("create", path=path, file_text="x"),
        ({"command": "str_replace", "path": path, "old_str": "y", "new_str": "z"}, "no such text", True),
        ({"command": "delete", "path": path}, "Error: not allowed", False),
        ({"command": "shout", "path": path}, "done", False),
        ({"command": "create", "path": "../etc/passwd", "file_text": "x"}, "done", False),
    )
    assert folder.files == {path: "x"}
    assert [op for op, *_ in told] == ["set", "noop", "noop"]


def test_what_a_file_held_before_the_run_is_not_made_up() -> None:
    folder = Folder()
    command = Command(
        '{"command":"insert","path":"/memories/a","insert_line":1,"insert_text":"x"}', "ok", False
    )
    (change,) = folder.run(command)
    assert (change.op, change.value, change.fidelity) == (StateOp.SET, None, Fidelity.REDACTED)
