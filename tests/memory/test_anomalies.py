"""What looks wrong with memories, and what entered and left context windows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command import in_this_process
from tests.conftest import SAMPLES
from tests.loading.dumps import load

HISTORY = SAMPLES / "langgraph" / "history_memory.json"


def test_a_graph_that_loses_a_sub_key_and_has_two_writers_at_once_is_told_so() -> None:
    with load(HISTORY) as db:
        found = {(each.key, each.finding, each.strength) for each in db.memory(db.run().run_id).findings()}
    assert ("profile", "sub-key lost", "strong") in found
    assert ("best", "concurrent overwrite", "strong") in found
    assert ("findings", "concurrent writes, merged", "weak") in found
    out = in_this_process("state", HISTORY).out
    assert "! step 0  profile: sub-key lost; no longer in it: tz" in out
    assert "merged" not in out


def test_lost_idle_and_flipping_keys_are_found(tmp_path: Path) -> None:
    story = [("a", '"x"'), ("a", '"y"'), ("a", '"x"'), ("a", '"x"'), ("b", "1"), ("b", None)]
    changes = [
        {"op": "set" if value else "delete", "key": key, "value": value, "order": order, "actor": "agent"}
        for order, (key, value) in enumerate(story)
    ]
    line = {"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n", "state_changes": changes}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    with load(path) as db:
        found = [(each.key, each.finding) for each in db.memory(db.run().run_id).findings()]
    assert found == [("b", "key lost"), ("a", "flip-flop"), ("a", "write without effect")]


def call(number: int, *messages: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "tracetui": 1, "trace_id": "t", "span_id": f"c{number}", "parent_id": "root", "kind": "LLM", "name": "chat",
        "start": f"2026-03-10T10:20:{number:02}Z", "end": f"2026-03-10T10:20:{number:02}.5Z",
        "usage": {"input_tokens": 100 * number},
        "input_messages": [{"role": role, "parts": parts} for role, parts in messages],
    }  # fmt: skip


def said(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "content": text}]


def result(text: str, of: str = "t1") -> list[dict[str, Any]]:
    return [{"type": "tool_result", "tool_call_id": of, "content": text}]


def test_what_entered_was_cleared_and_compacted_is_told_call_by_call(tmp_path: Path) -> None:
    system, asked, answer = (
        ("system", said("Be brief.")),
        ("user", said("Find it.")),
        ("tool", result("long " * 50)),
    )
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": "root", "name": "agent", "kind": "AGENT",
         "start": "2026-03-10T10:20:00Z", "end": "2026-03-10T10:21:00Z"},
        call(1, system, asked),
        call(2, system, asked, answer),
        call(3, system, asked, ("tool", result("[cleared]")), ("user", said("And?"))),
        call(4, system, ("user", [{"type": "compaction", "content": "Summary."}]), ("user", said("Go on."))),
        call(5, ("system", said("Be long.")), ("user", said("Go on."))),
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        told = [
            (each.step, each.change, each.messages, each.first_position)
            for each in db.memory(db.run().run_id).context_changes()
        ]
    assert told == [
        (1, "entered", 2, 0),
        (2, "entered", 1, 2),
        (3, "cleared", 1, 2),
        (3, "entered", 1, 3),
        (4, "compacted", 3, 1),
        (4, "entered", 2, 1),
        (5, "system_changed", 1, 0),
        (5, "truncated", 1, 1),
    ]


def test_a_write_that_had_not_seen_the_last_one_is_a_stale_read(tmp_path: Path) -> None:
    story = [
        ("read", "a", None),
        ("set", "b", "1"),
        ("set", "a", "2"),
        ("read", "b", None),
        ("set", "b", "3"),
    ]
    changes = [
        {"op": op, "key": "seat", "value": value, "order": order, "actor": actor}
        for order, (op, actor, value) in enumerate(story)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps({"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n", "state_changes": changes})
    )
    with load(path) as db:
        found = [
            (each.finding, each.strength, each.evidence) for each in db.memory(db.run().run_id).findings()
        ]
    assert found == [
        ("stale read", "strong", "a wrote it without having read what b wrote since its last look")
    ]


def test_results_that_left_the_window_unused_or_were_needed_again_are_told(tmp_path: Path) -> None:
    def asked(number: int) -> tuple[str, list[dict[str, Any]]]:
        name, arguments = "find", json.dumps({"what": "trains"})
        return "assistant", [
            {"type": "tool_call", "tool_call_id": f"t{number}", "tool_name": name, "content": arguments}
        ]

    def tool(number: int, second: int) -> dict[str, Any]:
        at = f"2026-03-10T10:20:{second:02}.6Z"
        return {"tracetui": 1, "trace_id": "t", "span_id": f"tool{number}", "parent_id": "root", "kind": "TOOL", "name": "find",
                "tool_call_id": f"t{number}", "start": at, "end": at, "status": "ok", "input": '{"what": "trains"}', "output": "long " * 50}  # fmt: skip

    user = ("user", said("Find it."))
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": "root", "name": "agent", "kind": "AGENT",
         "start": "2026-03-10T10:20:00Z", "end": "2026-03-10T10:21:00Z"},
        call(1, user), tool(1, 1),
        call(2, user, asked(1), ("tool", result("long " * 50))),
        call(3, user, asked(1), ("tool", result("[cleared]"))), tool(2, 3),
        call(4, user, asked(1), ("tool", result("[cleared]")), asked(2), ("tool", result("[Old result cleared]", "t2"))),
    ]  # fmt: skip
    lines[1]["output_messages"] = [{"role": "assistant", "parts": asked(1)[1]}]
    lines[4]["output_messages"] = [{"role": "assistant", "parts": asked(2)[1]}]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        found = {(each.step, each.finding, each.key) for each in db.memory(db.run().run_id).findings()}
    # the first result was seen by the call that followed it, the second by none
    assert found == {(6, "cleared before use", "find"), (5, "dropped and needed again", "find")}


def test_the_verdict_says_where_a_memory_looks_wrong() -> None:
    verdict = in_this_process("show", HISTORY).out.splitlines()[0]
    assert verdict.endswith("memory: concurrent overwrite at step 0, best and 3 more")


def test_calls_that_share_their_system_message_alone_are_no_conversation(tmp_path: Path) -> None:
    system, asked, answer = ("system", said("Be brief.")), ("user", said("Find it.")), ("tool", result("12"))
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": "root", "name": "agent", "kind": "AGENT",
         "start": "2026-03-10T10:20:00Z", "end": "2026-03-10T10:21:00Z"},
        call(1, system, asked),
        call(2, system, asked, answer),
        call(3, system, ("user", said("Write a summary of the conversation of Hamlet and Ophelia."))),
        call(4, system, asked, answer, ("user", said("And?"))),
        call(5, system, ("user", said("Summary of the conversation so far: it is 12.")), ("user", said("Go on."))),
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        asked_for = (
            "SELECT span_id, previous_span_id, change, messages FROM context_changes ORDER BY step, change"
        )
        told = [tuple(row) for row in db.read(asked_for, []).rows(0, 9)]
    assert told == [
        ("c1", None, "entered", 2),
        ("c2", "c1", "entered", 1),
        ("c3", None, "entered", 2),
        ("c4", "c2", "entered", 1),
        ("c5", "c4", "compacted", 3),
        ("c5", "c4", "entered", 2),
    ]


def test_samples_of_an_evaluation_are_never_one_conversation() -> None:
    (path,) = (SAMPLES / "inspect_ai").glob("*order-desk*.eval")
    with load(path) as db:
        asked_for = "SELECT change, count(*), count(*) FILTER (previous_span_id IS NULL) FROM context_changes GROUP BY 1"
        assert [tuple(row) for row in db.read(asked_for, []).rows(0, 9)] == [("entered", 10, 4)]
        assert not [each for run in db.runs() for each in db.memory(run.run_id).findings()]
