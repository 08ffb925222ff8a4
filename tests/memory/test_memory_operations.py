"""Memory operations of the GenAI conventions, and commands of a memory tool, in spans of OpenTelemetry."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.traces import otlp_file, span
from tests.loading.dumps import load


def test_operations_write_delete_and_search_a_store(tmp_path: Path) -> None:
    records = json.dumps([{"id": "m1", "content": "likes windows"}])
    common = {"gen_ai.memory.store.id": "prefs", "gen_ai.agent.name": "desk", "user.id": "ana"}
    path = otlp_file(
        tmp_path / "a.jsonl",
        [
            span(1, "agent", None, {"gen_ai.operation.name": "invoke_agent"}),
            span(
                2,
                "c",
                1,
                {**common, "gen_ai.operation.name": "create_memory", "gen_ai.memory.records": records},
            ),
            span(
                3,
                "u",
                1,
                {**common, "gen_ai.operation.name": "update_memory", "gen_ai.memory.record.id": "m1"},
            ),
            span(
                4,
                "s",
                1,
                {**common, "gen_ai.operation.name": "search_memory", "gen_ai.memory.query.text": "seat"},
            ),
            span(5, "d", 1, {**common, "gen_ai.operation.name": "delete_memory"}),
        ],
    )
    with load(path) as db:
        memory = db.memory(db.run().run_id)
        told = [
            (c.op, c.store, c.scope, c.key, c.before, c.after, c.actor, c.fidelity) for c in memory.changes()
        ]
    assert set(told) == {
        ("set", "prefs", "user", "m1", None, '"likes windows"', "desk", "exact"),
        ("set", "prefs", "user", "m1", '"likes windows"', None, "desk", "redacted"),
        ("search", "prefs", "user", "seat", None, None, "desk", "exact"),
        ("delete", "prefs", "user", "*", None, None, "desk", "inferred"),
    }


def test_commands_of_a_memory_tool_make_files(tmp_path: Path) -> None:
    def tool(number: int, **given: str) -> dict[str, object]:
        arguments = {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "memory",
            "gen_ai.tool.call.arguments": json.dumps(given), "gen_ai.tool.call.result": "done",
        }  # fmt: skip
        return span(number, "execute_tool memory", 1, arguments)

    path = otlp_file(
        tmp_path / "a.jsonl",
        [
            span(1, "agent", None, {"gen_ai.operation.name": "invoke_agent"}),
            tool(2, command="create", path="/memories/a.md", file_text="one"),
            tool(3, command="str_replace", path="/memories/a.md", old_str="one", new_str="two"),
        ],
    )
    with load(path) as db:
        (file,) = db.memory(db.run().run_id).state()
    assert (file.store, file.key, file.value, file.step) == ("memory files", "/memories/a.md", '"two"', 2)
