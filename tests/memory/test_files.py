"""Files that tool calls wrote: what a call says of them, and what is known of a file after one call and another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.command import in_this_process
from tests.conftest import SAMPLES
from tracetui.analysis.state.file_writes import Piece, Way
from tracetui.analysis.state.files import Files, ToolCall
from tracetui.analysis.state.tool_writes import tool_writes

PATCH = """*** Begin Patch
*** Add File: a.py
+one
+two
*** Update File: b.py
*** Move to: c.py
@@ def f
 same
-old
+new
*** Delete File: d.py
*** End Patch
"""

SHELLS: list[tuple[str, list[tuple[str, Way, str | None]]]] = [
    ("cat > a.txt << 'EOF'\n$HOME > b\nEOF\necho done", [("a.txt", Way.WHOLE, "$HOME > b\n")]),
    ("cd /w && cat <<EOF >> n.md\nx $y\nEOF", [("/w/n.md", Way.UNKNOWN, None)]),
    ("echo -n hi there >> log; printf 'a\\n' > ./b", [("log", Way.APPENDED, "hi there"), ("b", Way.WHOLE, "a\n")]),
    ("sed -i '' -e s/a/b/ x.py y.py && sed s/a/b/ z.py", [("x.py", Way.UNKNOWN, None), ("y.py", Way.UNKNOWN, None)]),
    ("make 2> err.log >/dev/null 2>&1; ls > $OUT; echo '> q' \">\" r; [[ a > b ]] && (( x > y )); cat < c", []),
    ("python - <<'EOF' | tee -a out.log\nopen('x > y', 'w')\nEOF", [("out.log", Way.UNKNOWN, None)]),
    (f"apply_patch <<'EOF'\n{PATCH}EOF", [("a.py", Way.WHOLE, "one\ntwo\n"), ("b.py", Way.DELETED, None),
                                          ("c.py", Way.PARTS, None), ("d.py", Way.DELETED, None)]),
    ("echo 'never closed > f", []),
]  # fmt: skip


@pytest.mark.parametrize(("command", "expected"), SHELLS)
def test_a_shell_command_tells_what_its_text_says_and_nothing_else(
    command: str, expected: list[tuple[str, Way, str | None]]
) -> None:
    found = [
        (each.path, each.way, each.text) for each in tool_writes("Bash", json.dumps({"command": command}), "")
    ]
    assert found == expected
    (listed, raw) = (json.dumps({"command": ["bash", "-lc", command]}), command)
    for other in (tool_writes("functions.shell", listed, None), tool_writes("bash", raw, None)):
        assert [(each.path, each.way, each.text) for each in other] == expected


def test_tools_of_coding_agents_tell_the_files_that_they_wrote() -> None:
    given: list[tuple[str, Any, tuple[str, Way]]] = [
        ("Write", {"file_path": "a", "content": ""}, ("a", Way.WHOLE)),
        ("MultiEdit", {"file_path": "a", "edits": [{"old_string": "x", "new_string": "y"}]}, ("a", Way.PARTS)),
        ("NotebookEdit", {"notebook_path": "n.ipynb", "new_source": "1"}, ("n.ipynb", Way.INSERTED)),
        ("mcp__fs__edit_file", {"path": "a", "edits": [{"oldText": "x", "newText": "y"}]}, ("a", Way.PARTS)),
        ("replace", {"file_path": "a", "old_string": "x", "new_string": "y"}, ("a", Way.PARTS)),
        ("str_replace_based_edit_tool", {"command": "insert", "path": "a", "insert_line": 1, "new_str": "y"}, ("a", Way.INSERTED)),
        ("str_replace_editor", "str_replace_editor create /a --file_text 'x'", ("/a", Way.WHOLE)),
        ("edit", "edit 2:3\nx\nend_of_edit", ("/a", Way.INSERTED)),
        ("apply_patch", {"changes": [{"path": "a", "kind": "delete"}]}, ("a", Way.DELETED)),
    ]  # fmt: skip
    for name, arguments, expected in given:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        assert [(each.path, each.way) for each in tool_writes(name, text, "[File: /a (9 lines total)]")] == [
            expected
        ]
    for name, arguments in (
        ("Read", '{"file_path":"a"}'),
        ("TodoWrite", '{"todos":[]}'),
        ("write", "[" * 5000),
        ("edit", "null"),
    ):
        assert list(tool_writes(name, arguments, None)) == []
    moved = [each for each in tool_writes("apply_patch", PATCH, None) if each.way is Way.PARTS]
    assert moved[0].pieces == (Piece("same\nold", "same\nnew"),)


def test_a_file_is_known_whole_while_each_edit_fits_and_in_parts_else() -> None:
    files = Files()

    def told(
        name: str, succeeded: bool | None = True, result: str = "done", **given: Any
    ) -> list[tuple[str, Any, Any]]:
        call = ToolCall(name, json.dumps(given), result, succeeded)
        return [
            (str(each.fidelity), json.loads(each.before or "null"), json.loads(each.value or "null"))
            for each in files.run(call)
        ]

    edit: dict[str, Any] = {"file_path": "a", "old_string": "two", "new_string": "2"}
    assert told("Edit", **edit) == [("inferred", {"parts": ["two"]}, {"parts": ["2"]})]
    assert told("Write", file_path="a", content="one\ntwo") == [("inferred", {"parts": ["2"]}, "one\ntwo")]
    assert (
        told("Edit", False, **edit) == told("Edit", None, "<tool_use_error>no</tool_use_error>", **edit) == []
    )
    assert told("Edit", **edit) == [("inferred", "one\ntwo", "one\n2")]
    assert told("Bash", command="echo 3 >> a") == [("inferred", "one\n2", "one\n23\n")]
    assert told("Edit", **edit) == [("inferred", {"parts": ["two"]}, {"parts": ["2"]})]
    assert told("Bash", command="sed -i s/x/y/ a") == [("redacted", {"parts": ["2"]}, None)]
    assert told("delete_file", path="a") == [("inferred", None, None)]
    long = "x" * 70_000
    assert told("Write", file_path="b", content=f"{long}two")[0][2] == f"{long}two"
    assert told("Edit", **{**edit, "file_path": "b"}) == [("inferred", {"parts": ["two"]}, {"parts": ["2"]})]


def test_a_run_without_state_tells_its_files_what_is_missing_and_what_looks_wrong() -> None:
    path = SAMPLES / "claude_code" / "3f1c9a52-7d64-4b0e-9a77-51c2e8d0f4a1.jsonl"
    done = in_this_process("state", path, "--wide")
    assert "files: /srv/shop/billing/dates.py" in done.out
    assert "The export tells of no state: a transcript holds" in done.out
    history = in_this_process("state", path, "--key", "/srv/shop/billing/dates.py", "--json").json
    assert [(row["step"], row["store"], row["fidelity"], row["evidence"]) for row in history] == [
        (7, "files", "inferred", "call of Edit: parts of the file")
    ]
    at = in_this_process("state", path, "--step", str(7), "--json")
    assert [(row["key"], row["changed"]) for row in at.json] == [("/srv/shop/billing/dates.py", "changed")]
