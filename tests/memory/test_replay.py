"""Replay: the last writer wins, snapshots, nets of spans and checks become one change a key; equal to a dictionary."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui.analysis.state.patches import patched
from tracetui.analysis.state.replay import ALTERING, DRIFT, Replayed, replay
from tracetui.model import Fidelity, StateChange, StateOp

KEYS = st.sampled_from(["a", "b", "user:c", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
CHANGES = st.tuples(
    st.sampled_from(["set", "delete", "snapshot"]), KEYS, VALUES, st.dictionaries(KEYS, VALUES)
)


def change(op: StateOp, key: str, value: Any = None, **more: Any) -> StateChange:
    text = None if op is StateOp.DELETE else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return StateChange(op, key, text, **more)


def after(found: list[Replayed]) -> dict[str, Any]:
    """What the changes add up to, by their own values."""
    held: dict[str, Any] = {}
    for each in found:
        if each.change.op is StateOp.DELETE:
            held.pop(each.change.key, None)
        elif each.change.op in ALTERING:
            held[each.change.key] = json.loads(each.change.value or "null")
    return held


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(CHANGES, max_size=25))
def test_replay_of_any_changes_is_a_dictionary(story: list[tuple[str, str, Any, dict[str, Any]]]) -> None:
    expected: dict[str, Any] = {}
    told = []
    for order, (word, key, value, whole) in enumerate(story):
        if word == "set":
            expected[key] = value
            told.append(change(StateOp.SET, key, value, order=order))
        elif word == "delete":
            expected.pop(key, None)
            told.append(change(StateOp.DELETE, key, order=order))
        else:
            expected = dict(whole)
            told.append(change(StateOp.SNAPSHOT, "", whole, order=order))
    found = list(replay(told))
    assert after(found) == expected
    befores: dict[str, str | None] = {}
    for each in found:
        assert each.change.before == befores.get(each.change.key)
        befores[each.change.key] = each.change.value


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(CHANGES, max_size=25))
def test_what_was_replayed_replays_to_itself(story: list[tuple[str, str, Any, dict[str, Any]]]) -> None:
    ops = {"set": StateOp.SET, "delete": StateOp.DELETE, "snapshot": StateOp.SNAPSHOT}
    told = [
        change(ops[word], key, whole if word == "snapshot" else value, order=order)
        for order, (word, key, value, whole) in enumerate(story)
    ]
    once = [each.change for each in replay(told)]
    assert [each.change for each in replay(once)] == once


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=6))
def test_nets_of_nested_spans_count_once(states: list[dict[str, Any]]) -> None:
    """An outer span tells again what its inner ones did; each patch is of the document where its span began."""
    told = [change(StateOp.SNAPSHOT, "", states[0]), change(StateOp.MARK, "outer")]
    for number, (before, now) in enumerate(pairwise(states)):
        told.append(change(StateOp.MARK, str(number)))
        told.append(change(StateOp.PATCH, str(number), operations(before, now)))
        assert after(list(replay(told))) == now
    told.append(change(StateOp.PATCH, "outer", operations(states[0], states[-1])))
    found = list(replay(told))
    assert after(found) == states[-1]
    assert all(each.told != len(told) - 1 for each in found)


def operations(before: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    gone = [{"op": "remove", "path": pointer(key)} for key in before if key not in now]
    return [*gone, *({"op": "add", "path": pointer(key), "value": value} for key, value in now.items())]


def pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def test_the_writers_of_a_key_are_those_who_wrote_it_since_the_last_snapshot() -> None:
    told = [
        change(StateOp.WRITE, "found", ["x"], actor="research", order=1),
        change(StateOp.WRITE, "found", ["y"], actor="research2", order=2),
        change(StateOp.SNAPSHOT, "", {"found": ["x", "y"], "n": 1}, order=3, fidelity=Fidelity.INFERRED),
        change(StateOp.SNAPSHOT, "", {"found": ["x", "y", "z"], "n": 1}, order=4, fidelity=Fidelity.INFERRED),
    ]
    rows = [(r.writer, r.change.op, r.change.key, r.change.actor, r.change.fidelity) for r in replay(told)]
    assert rows[2:] == [
        (1, StateOp.SET, "found", "research + research2", Fidelity.EXACT),
        (2, StateOp.SET, "n", None, Fidelity.INFERRED),
        (3, StateOp.APPEND, "found", None, Fidelity.INFERRED),
    ]


def test_a_check_tells_what_was_there_from_the_start_and_what_drifted() -> None:
    told = [
        change(StateOp.SET, "a", 1, order=1),
        change(StateOp.SET, "b", 1, order=2),
        change(StateOp.CHECK, "", {"a": 2, "seat": "window"}, order=3),
    ]
    rows = [(r.change.op, r.change.key, r.change.before, r.change.value) for r in replay(told)]
    assert rows == [
        (StateOp.SET, "seat", None, '"window"'),
        (StateOp.SET, "a", None, "1"),
        (StateOp.SET, "b", None, "1"),
        (StateOp.SET, "a", "1", "2"),
        (StateOp.DELETE, "b", "1", None),
    ]


def test_what_has_no_time_follows_what_its_source_puts_before_it() -> None:
    late, early = change(StateOp.SET, "a", 1, at_ns=9), change(StateOp.SET, "a", 2, at_ns=3)
    untimed = change(StateOp.SET, "b", 1, order=1)
    assert [each.told for each in replay([late, early, untimed])] == [1, 0, 2]
    assert [each.told for each in replay([untimed, change(StateOp.SET, "a", 1)])] == [1, 0]


def test_a_value_before_that_the_source_tells_is_kept_and_told_where_it_does_not_fit() -> None:
    text = json.dumps
    told = [
        change(StateOp.SET, "seat", 1, order=1),
        change(StateOp.SET, "seat", 3, before=text(2), order=2),
        change(StateOp.SET, "new", 3, before=text(2), order=3),
        change(StateOp.SNAPSHOT, "", {"seat": 9, "new": 3}, order=4),
    ]
    rows = [
        (each.change.key, each.change.before, each.change.value, each.change.fidelity, each.change.evidence)
        for each in replay(told)
    ]
    assert rows == [
        ("seat", None, "1", "exact", None),
        ("seat", "1", "2", "inferred", DRIFT),
        ("seat", "2", "3", "exact", None),
        ("new", "2", "3", "exact", None),
        ("seat", "3", "9", "inferred", DRIFT),
    ]


def test_a_patch_tells_what_was_replaced_and_what_does_not_apply() -> None:
    replaced = [{"op": "replace", "path": "/left", "value": 7, "replaced": 9}]
    told = [
        change(StateOp.SNAPSHOT, "", {"left": 10}, order=1),
        change(StateOp.MARK, "outer", order=2),
        change(StateOp.PATCH, "inner", replaced, order=3),
        change(StateOp.PATCH, "outer", [{**replaced[0], "value": 6, "replaced": 10}], order=4),
        change(StateOp.PATCH, "whole", [{"op": "replace", "path": "", "value": 7}], order=5),
        change(StateOp.PATCH, "none", [{"op": "remove", "path": "/nowhere"}], order=6),
    ]
    rows = [(r.change.op, r.change.before, r.change.value, r.change.fidelity) for r in replay(told)][1:]
    assert rows[:3] == [
        (StateOp.SET, "10", "9", Fidelity.INFERRED),
        (StateOp.SET, "9", "7", Fidelity.EXACT),
        (StateOp.SET, "7", "6", Fidelity.EXACT),
    ]
    assert [op for op, *_ in rows[3:]] == [StateOp.NOOP, StateOp.NOOP]


def test_patches_leave_the_document_before_them_alone_and_tell_what_does_not_apply() -> None:
    document = {"list": [1, 2], "deep": {"a/b": {"~": 1}}}
    done, failed = patched(
        document,
        [
            {"op": "add", "path": "/list/1", "value": 9},
            {"op": "add", "path": "/list/-", "value": 3},
            {"op": "remove", "path": "/list/0"},
            {"op": "replace", "path": "/deep/a~1b/~0", "value": 2},
            {"op": "move", "from": "/deep/a~1b", "path": "/moved"},
            {"op": "remove", "path": "/nowhere/x"},
            {"op": "add", "path": "no pointer"},
            7,
        ],
    )
    assert done == {"list": [9, 2, 3], "deep": {}, "moved": {"~": 2}}
    assert len(failed) == 3
    assert document == {"list": [1, 2], "deep": {"a/b": {"~": 1}}}


def test_deep_and_odd_values_do_not_break_it() -> None:
    deep = "[" * 5_000 + "]" * 5_000
    told = [
        StateChange(StateOp.SET, "deep", deep, order=1),
        StateChange(StateOp.SNAPSHOT, "", '{"deep":1', order=2),
        StateChange(StateOp.PATCH, "?", "[{}]", order=3),
        StateChange(StateOp.SNAPSHOT, "", "[]", order=4),
    ]
    assert [each.change.op for each in replay(told)] == [StateOp.SET, StateOp.DELETE, StateOp.NOOP]


def test_a_walk_holds_at_every_point_what_is_asked_for_at_once() -> None:
    with load(SAMPLES / "langgraph" / "history_memory.json") as db:
        memory = db.memory(db.run().run_id)
        walk, seqs = memory.walk(40), sorted({point.seq for point in memory.points})
        for seq in [*seqs, *reversed(seqs), seqs[len(seqs) // 2]]:
            assert walk.to(seq) == memory.state(seq, 40), seq
