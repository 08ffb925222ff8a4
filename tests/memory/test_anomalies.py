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
    assert found == [("a", "flip-flop"), ("a", "write without effect"), ("b", "key lost")]


def told_of(path: Path, *changes: dict[str, Any]) -> set[tuple[str, str, str]]:
    """What looks wrong with changes of tools: each of its own span, a second long from `at`, else one after another."""
    lines: list[dict[str, Any]] = [{"tracetui": 1, "trace_id": "t", "span_id": "root", "name": "agent", "kind": "AGENT",
              "start": "2026-03-10T10:20:00Z", "end": "2026-03-10T10:59:00Z"}]  # fmt: skip
    for number, given in enumerate(changes):
        change = {**given, "value": json.dumps(given["value"])} if "value" in given else dict(given)
        start = change.pop("at_second", 2 * number)
        lines.append({
            "tracetui": 1, "trace_id": "t", "span_id": f"s{number}", "parent_id": "root", "name": "note", "kind": "TOOL",
            "agent": change.pop("agent", None), "start": f"2026-03-10T10:21:{start:02}Z",
            "end": f"2026-03-10T10:21:{start + 1:02}.5Z", "state_changes": [change],
        })  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        return {(each.key, each.finding, each.strength) for each in db.memory(db.run().run_id).findings()}


def test_what_others_lose_is_told_and_what_one_cleans_up_is_weak(tmp_path: Path) -> None:
    def put(key: str, value: Any, actor: str) -> dict[str, Any]:
        return {"op": "set", "key": key, "value": value, "actor": actor}

    found = told_of(
        tmp_path / "a.jsonl",
        put("own", 1, "a"), {"op": "delete", "key": "own", "actor": "a"},
        put("others", 1, "a"), {"op": "delete", "key": "others", "actor": "b"},
        put("deep", {"user": {"name": 1, "tz.[0]": 2}, "list": [{"x": 1}]}, "a"),
        put("deep", {"user": {"name": 3}, "list": [{}]}, "a"),
        put("deeper", {"a": {"b": {"c": 1}, "d": 1}}, "a"), put("deeper", {"a": {"b": {}, "d": 2}}, "a"),
        put("queue", [1, 2, 3], "a"), put("queue", [3], "b"), put("own queue", [1, 2], "a"), put("own queue", [], "a"),
    )  # fmt: skip
    assert found == {
        ("own", "key lost", "weak"),
        ("others", "key lost", "strong"),
        ("deep", "sub-key lost", "strong"),
        ("deeper", "sub-key lost", "strong"),
        ("queue", "list shrank", "fair"),
    }


def test_overlapping_writers_stale_reads_and_outside_writers_are_told_by_span_and_scope(
    tmp_path: Path,
) -> None:
    def agent(name: str, op: str, key: str, value: Any, **more: Any) -> dict[str, Any]:
        return {"op": op, "key": key, "value": value, "agent": name, **more}

    found = told_of(
        tmp_path / "a.jsonl",
        agent("a", "set", "best", "rail", at_second=1), agent("b", "set", "best", "air", at_second=2),
        agent("a", "set", "same", "rail", scope="user", at_second=1), agent("b", "set", "same", "air", scope="app", at_second=2),
        agent("b", "set", "n", 1, at_second=10), agent("a", "read", "n", 1, at_second=12),
        agent("b", "set", "n", 2, at_second=14), agent("a", "set", "n", 11, at_second=16),
        agent("a", "set", "lang", "fr", scope="user", before='"it"', at_second=20),
        {"op": "read", "key": "nowhere", "at_second": 22}, {"op": "snapshot", "value": {"best": "bus", "n": 11}, "at_second": 24},
    )  # fmt: skip
    assert {each for each in found if each[1] != "never read"} == {
        ("best", "concurrent overwrite", "strong"),
        ("n", "stale read", "strong"),
        ("lang", "scope leak", "weak"),
        ("nowhere", "read of a missing key", "weak"),
        ("best", "replay drift", "fair"),
    }
    with load(tmp_path / "a.jsonl") as db:
        places = {(each.place, each.finding) for each in db.memory(db.run().run_id).findings()}
    assert (("state", "user", "lang"), "scope leak") in places


def test_values_that_go_back_or_grow_are_told_where_that_is_no_habit(tmp_path: Path) -> None:
    story: list[tuple[str, str, Any]] = [
        *(("switch", "a", bool(number % 2)) for number in range(3)),
        *(("retries", "a", number) for number in (0, 1, 0)),
        *(("plan", actor, word) for actor, word in (("a", "x"), ("b", "y"), ("a", "x"))),
        *(("mind", "a", word) for word in ("x", "y", "x")),
        *(("linear", "a", "x" * 9_000 * number) for number in range(1, 9)),
        *(("faster", "a", "x" * 10 * 3**number) for number in range(1, 9)),
    ]
    changes = [{"op": "set", "key": key, "actor": actor, "value": value} for key, actor, value in story]
    found = told_of(tmp_path / "a.jsonl", *changes)
    assert found == {("mind", "flip-flop", "fair"), ("faster", "growth", "fair")}


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
        ("stale read", "strong", "a wrote it without having read what b wrote since its last look"),
        ("read of a missing key", "weak", "nothing had written it"),
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
    rows = in_this_process("state", path, "--json").json
    held = in_this_process("state", HISTORY, "--json").json
    assert [(row["key"], row["step"], row["value"]) for row in rows] == [("find", 5, None)]
    assert {tuple(sorted(row)) for row in rows} == {tuple(sorted(row)) for row in held}
    out = in_this_process("state", path).out
    assert "The export tells of no state" in out
    assert "! step 5  find: dropped and needed again" in out


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


def test_windows_that_are_nearly_full_or_grow_out_of_proportion_are_found(tmp_path: Path) -> None:
    messages = [("user", said(f"Question {number}.")) for number in range(7)]
    lines = [
        call(number, *messages[:number]) | {"model": "gpt-4o", "provider": "openai"} for number in range(1, 7)
    ]
    for line, tokens in zip(lines, (1_000, 2_000, 3_000, 4_000, 5_000, 120_000), strict=True):
        line["usage"], line["parent_id"] = {"input_tokens": tokens}, None if tokens == 1_000 else "c1"
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        db.reprice()
        limits = db.read("SELECT DISTINCT window_limit FROM context_changes", []).rows(0, 9)
        found = {(each.finding, each.evidence) for each in db.memory(db.run().run_id).findings()}
    assert [tuple(row) for row in limits] == [(128_000,)]
    assert found == {
        ("growth", "from 5000 to 120000 tokens at one call; 1000 are usual"),
        ("window nearly full", "120000 of 128000 tokens"),
    }
