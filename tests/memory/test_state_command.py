"""`tracetui state` as a user runs it, and its twins in SQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import in_this_process
from tests.cli.traces import HOSTILE, otlp_file, span
from tests.conftest import SAMPLES
from tests.loading.dumps import load

HISTORY = SAMPLES / "langgraph" / "history_refund_fork.json"


def test_the_state_after_a_step_marks_what_the_step_did() -> None:
    done = in_this_process("state", HISTORY, "--step", "5", "--wide")
    lines = done.out.splitlines()
    assert done.status == 0
    assert lines[1].startswith("»  messages")
    assert lines[2].split() == ["+", "refund_eur", "42", "2", "B", "agent", "5"]
    assert lines[3] == "2 keys after step 5, which changed 2"


def test_rows_of_the_state_are_those_of_the_macro() -> None:
    rows = in_this_process("state", HISTORY, "--step", "5", "--json").json
    assert {row["key"]: row["changed"] for row in rows} == {"messages": "changed", "refund_eur": "added"}
    with load(HISTORY) as db:
        run = db.run().run_id
        told = db.sql("SELECT key, value::INT FROM state_at(?, 5) WHERE key = 'refund_eur'", [run]).rows(0, 9)
        gone = db.sql("SELECT key, change, before, after FROM state_diff(?, 5, 4) ORDER BY key", [run]).rows(
            0, 9
        )
        ops = db.sql("SELECT op, step FROM key_history(?, 'refund_eur')", [run]).rows(0, 9)
    assert [tuple(row) for row in told] == [("refund_eur", 42)]
    assert [(row[0], row[1]) for row in gone] == [("messages", "changed"), ("refund_eur", "removed")]
    assert [tuple(row) for row in ops] == [("write", 5), ("set", 5), ("set", 6)]


def test_the_history_of_a_key_and_the_difference_of_two_steps() -> None:
    lines = in_this_process("state", HISTORY, "--key", "refund_eur").out.splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["5", "7", "write", "state"],
        ["5", "7", "set", "state"],
        ["6", "9", "set", "state"],
    ]
    assert "by" in lines[0]
    done = in_this_process("state", HISTORY, "--diff", "5", "6", "--json")
    assert done.status == 1
    assert [(row["key"], row["before"], row["after"]) for row in done.json][1:] == [("refund_eur", 42, 21)]
    same = in_this_process("state", HISTORY, "--diff", "6", "order-desk-7:6")
    assert (same.status, same.out) == (0, "nothing differs\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--key", "refund"), "the run has no key refund"),
        (("--step", "99"), "there is no step 99"),
        (("--diff", "x", "1"), "x is no step"),
        (("--step", "1", "--key", "a"), "exclude each other"),
        (("--moment", "99"), "The run has moments 1 to"),
    ],
)
def test_wrong_questions_are_answered_with_a_hint(arguments: tuple[str, ...], said: str) -> None:
    done = in_this_process("state", HISTORY, *arguments)
    assert done.status == 2
    assert said in done.err
    assert done.out == ""


def test_a_run_without_state_says_what_its_export_lacks(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "a.jsonl", [span(1, "chat", 1, {"gen_ai.operation.name": "chat"})])
    done = in_this_process("state", path)
    assert done.status == 0
    assert "The export tells of no state" in done.out
    rows = in_this_process("state", path, "--json")
    assert rows.json == []
    assert "The export tells of no state" in rows.err


def test_moments_between_steps_can_be_asked_for_and_compared() -> None:
    path = SAMPLES / "langgraph" / "history_memory.json"
    assert "after 15 moments" in in_this_process("state", path).out
    best = {
        at: {row["key"]: row for row in in_this_process("state", path, "--moment", at, "--json").json}["best"]
        for at in ("4", "5")
    }
    assert [(each["value"], each["actor"], each["changed"]) for each in best.values()] == [
        ("rail", "rail", "changed"),
        ("rail", "rail", None),
    ]
    assert best["4"]["findings"][0]["finding"] == "concurrent overwrite"
    assert best["4"]["span_id"]
    assert best["4"]["evidence"].startswith("superstep 2, values of checkpoint ")
    assert [row["key"] for row in in_this_process("state", path, "--diff", "m3", "m4", "--json").json] == [
        "best",
        "findings",
    ]
    with load(path) as db:
        run = db.run().run_id
        rows = db.sql("SELECT key FROM state_diff(?, from_moment := 3, to_moment := 4)", [run]).rows(0, 9)
    assert [row[0] for row in rows] == ["best", "findings"]


def test_a_deleted_key_is_told_with_who_deleted_it() -> None:
    path = SAMPLES / "google_adk" / "session-rewound.json"
    (gone,) = [row for row in in_this_process("state", path, "--step", "12", "--json").json if row["changed"]]
    assert (gone["key"], gone["changed"], gone["before"], gone["value"]) == ("seat", "deleted", "aisle", None)
    (removed,) = in_this_process("state", path, "--diff", "11", "12", "--json").json
    assert (removed["change"], removed["actor"], removed["step"]) == ("removed", "memory_agent", 12)
    assert "memory_agent" in in_this_process("state", path, "--diff", "11", "12").out
    with load(path) as db:
        run = db.run().run_id
        rows = db.sql("SELECT actor, step, fidelity FROM state_diff(?, 11, 12)", [run]).rows(0, 9)
    assert [tuple(row) for row in rows] == [("memory_agent", 12, "exact")]


def test_of_several_runs_it_is_said_which_one_was_taken() -> None:
    done = in_this_process("state", SAMPLES / "inspect_ai" / "memory-desk.json")
    assert "the first of" in done.err


def test_hostile_keys_and_values_are_shown_as_harmless_text(tmp_path: Path) -> None:
    line = {
        "tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n",
        "state_changes": [{"op": "set", "key": HOSTILE, "value": '"x"', "actor": HOSTILE, "evidence": HOSTILE}],
    }  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    for more in ((), ("--step", "0"), ("--key", HOSTILE), ("--diff", "0", "0")):
        done = in_this_process("state", path, *more)
        assert not [sign for sign in done.out if ord(sign) < 32 and sign != "\n"]
        assert "\u202e" not in done.out


def test_values_that_are_no_json_stand_for_themselves(tmp_path: Path) -> None:
    line = {
        "tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n",
        "state_changes": [
            {"op": "set", "key": "a", "value": '{"cut": '}, {"op": "set", "key": "b", "value": [1]},
            {"op": "set", "key": "c", "value": "NaN"}, {"op": "explode", "key": "d"}, {"op": 7}, "x",
            {"op": "snapshot", "value": [1]}, {"op": "check", "value": "{"}, {"op": "set", "key": None, "value": 1},
        ],
    }  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    rows = in_this_process("state", path, "--json").json
    assert {row["key"]: row["value"] for row in rows} == {"a": '{"cut": ', "b": [1], "c": None}
    with load(path) as db:
        assert len(db.sql("SELECT after FROM state_changes").rows(0, 9)) == 3
        said = " ".join(issue.message for issue in db.issues())
    for expected in (
        "explode",
        "snapshot without an object",
        "check without an object",
        "set without a key",
        "value: no JSON",
    ):
        assert expected in said
