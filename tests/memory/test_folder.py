"""Files of a memory tool, replayed from its commands."""

from __future__ import annotations

import json
from typing import Any

from tracetui.analysis.state.folder import Command, Folder
from tracetui.analysis.state.replay import DRIFT
from tracetui.model import Fidelity, StateOp


def run(
    *commands: tuple[dict[str, Any], str | None, bool | None],
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
        ok("create", path=a, file_text="one\ntwo"),
        ok("str_replace", path=a, old_str="two", new_str="2"),
        ok("insert", path=a, insert_line=0, insert_text="zero\n"),
        ok("create", path=b, file_text="x"),
        ok("rename", old_path="/memories/notes", new_path="/memories/old"),
        ok("delete", path="/memories/old"),
        ok("view", path="/memories"),
    )
    assert folder.files == {a: "zero\none\n2"}
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


def test_commands_without_a_result_are_not_told_as_facts_nor_applied_where_they_cannot_be() -> None:
    path = "/memories/a.md"
    given: list[tuple[dict[str, Any], str | None, bool | None]] = [
        ({"command": "create", "path": path, "file_text": "one"}, None, None),
        ({"command": "str_replace", "path": path, "old_str": "absent", "new_str": "x"}, None, None),
        ({"command": "delete", "path": path}, None, None),
    ]
    folder = Folder()
    told = [change for each in given for change in folder.run(Command(json.dumps(each[0]), *each[1:]))]
    assert [(str(each.op), str(each.fidelity)) for each in told] == [
        ("set", "inferred"),
        ("noop", "exact"),
        ("delete", "inferred"),
    ]


def test_what_view_shows_is_what_a_file_held_also_where_the_replay_says_otherwise() -> None:
    path = "/memories/a.md"
    header = f"Here's the content of {path} with line numbers:\n"
    folder = Folder()
    view = json.dumps({"command": "view", "path": path})
    edit = json.dumps({"command": "str_replace", "path": path, "old_str": "bee", "new_str": "wasp"})
    learnt, read = folder.run(Command(view, f"{header}     1\tbee\n     2\tend\n", False))
    assert (learnt.op, learnt.value, learnt.fidelity) == (StateOp.SET, '"bee\\nend"', Fidelity.INFERRED)
    (edited,) = folder.run(Command(edit, "The memory file has been edited.", False))
    assert (read.op, edited.value, edited.fidelity) == (StateOp.READ, '"wasp\\nend"', Fidelity.EXACT)
    assert [each.op for each in folder.run(Command(view, "   1: wasp\n   2: end", False))] == [StateOp.READ]
    drifted, _ = folder.run(Command(view, f"{header}     1\tant\n", False))
    assert (drifted.value, drifted.actor) == ('"ant"', None)
    assert (drifted.evidence or "").startswith(DRIFT)
    (lost,) = folder.run(Command(edit, "The memory file has been edited.", False))
    assert (lost.value, lost.fidelity) == (None, Fidelity.REDACTED)
