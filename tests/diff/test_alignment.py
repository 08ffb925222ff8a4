"""Alignment of runs: mutated runs with a known truth, mirrors, and each way in which a step may stand apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mutated_runs import MUTATIONS, Node, compared, pair, unrelated
from tracetui.analysis.diff import align as align_module
from tracetui.analysis.diff.align import Alignment, Mark, align
from tracetui.analysis.diff.compared import ComparedRun, plain_name
from tracetui.analysis.diff.runs import Level, rows_of
from tracetui.model import SpanKind, Status


def tool(name: str, *arguments: int, returned: int = 1, status: Status = Status.OK) -> Node:
    return Node(SpanKind.TOOL, name, None, hash(arguments), arguments, returned, status)


def call(given: int, returned: int = 0, status: Status = Status.OK) -> Node:
    return Node(SpanKind.LLM, "chat", None, given, (), returned, status)


def held(name: str, *below: Node) -> Node:
    return Node(SpanKind.CHAIN, name, None, below=list(below))


def run(*below: Node) -> ComparedRun:
    return compared(Node(SpanKind.AGENT, "support", None, below=list(below)), "r")[0]


def marks(a: ComparedRun, b: ComparedRun) -> tuple[list[Mark], list[Mark]]:
    found = align(a, b)
    assert_sound(found)
    return found.a_mark, found.b_mark


def assert_sound(found: Alignment) -> None:
    """Partners point at each other, and everything else has none."""
    assert all(found.partner_in_a[j] == i for i, j in enumerate(found.partner_in_b) if j != -1)
    assert sum(j != -1 for j in found.partner_in_b) == sum(i != -1 for i in found.partner_in_a)
    assert all(
        (mark in {Mark.LONE, Mark.RETRIED, Mark.WRAPPER, Mark.WAITING}) == (j == -1)
        for mark, j in zip(found.a_mark, found.partner_in_b, strict=True)
    )


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("spans", [300, 1_500])
def test_mutated_runs_are_aligned(mutation: str, spans: int) -> None:
    made = pair(mutation, spans, seed=7)
    alignment = align(made.a, made.b)
    assert_sound(alignment)
    found = {(i, j) for i, j in enumerate(alignment.partner_in_b) if j != -1}
    right = len(found & made.truth)
    least = 0.9 if mutation == "divergence" else 0.98 if spans < 1_000 else 0.99
    assert right / len(found) >= least
    assert right / len(made.truth) >= least


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10_000), st.integers(5, 60))
def test_alignment_is_the_same_from_both_sides(mutation: str, seed: int, spans: int) -> None:
    made = pair(mutation, spans, seed)
    assert align(made.a, made.b) == align(made.b, made.a).mirrored()
    same = align(made.a, made.a)
    assert same.partner_in_b == list(range(len(made.a)))
    assert [row for row in rows_of(same) if row.levels or row.mark is not Mark.PAIRED] == []


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10_000), st.integers(5, 60))
def test_rows_hold_every_span_of_both_runs_once(mutation: str, seed: int, spans: int) -> None:
    made = pair(mutation, spans, seed)
    rows = rows_of(align(made.a, made.b))
    assert sorted(row.a for row in rows if row.a is not None) == list(range(len(made.a)))
    assert [row.b for row in rows if row.b is not None] == list(range(len(made.b)))


def test_unrelated_runs_are_told_apart_and_cancelled() -> None:
    one, other = unrelated(600, 1)
    assert_sound(align(one, other))
    stopped = align(one, other, lambda: True)
    assert set(stopped.partner_in_b) <= {-1, *range(len(other))}
    assert sum(j != -1 for j in stopped.partner_in_b) < 50
    assert Mark.WAITING in stopped.a_mark
    assert Mark.LONE not in stopped.a_mark
    assert_sound(stopped)
    assert not any(row.levels for row in rows_of(stopped) if row.mark is Mark.WAITING)


def test_what_is_aligned_so_far_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(align_module, "_TELL_EVERY_S", 0.0)
    made = pair(min(MUTATIONS), 300, seed=1)
    told: list[Alignment] = []
    whole = align(made.a, made.b, told=told.append)
    waiting = [sum(mark is Mark.WAITING for mark in found.a_mark) for found in told]
    assert waiting[0] > 0
    assert waiting == sorted(waiting, reverse=True)
    for found in told:
        assert_sound(found)
        pairs = {(i, j) for i, j in enumerate(found.partner_in_b) if j != -1}
        assert pairs <= {(i, j) for i, j in enumerate(whole.partner_in_b) if j != -1}


def test_a_failed_try_before_the_one_that_worked_is_a_retry() -> None:
    a = run(call(1), tool("book", 5))
    b = run(call(2), tool("book", 5, status=Status.ERROR, returned=9), tool("book", 5))
    assert marks(a, b)[1] == [Mark.PAIRED, Mark.PAIRED, Mark.RETRIED, Mark.PAIRED]


def test_inserted_and_removed_steps_have_no_partner() -> None:
    a = run(call(1), tool("look", 1), tool("pay", 2))
    b = run(call(1), tool("look", 1), tool("mail", 3))
    ours, theirs = marks(a, b)
    assert (ours[3], theirs[3]) == (Mark.LONE, Mark.LONE)
    assert [row.levels for row in rows_of(align(a, b), writes=("pay",)) if row.b is None] == [
        {Level.SIDE_EFFECTS, Level.ACTIONS}
    ]


def test_calls_in_another_order_are_reordered() -> None:
    a = run(call(1), tool("x", 1), tool("y", 2), tool("z", 3))
    b = run(call(1), tool("z", 3), tool("x", 1), tool("y", 2))
    assert marks(a, b)[1] == [Mark.PAIRED, Mark.PAIRED, Mark.REORDERED, Mark.PAIRED, Mark.PAIRED]


def test_a_step_below_another_span_is_reparented() -> None:
    a = run(held("one", call(1), tool("x", 1), tool("y", 2)), held("two", call(2), tool("z", 3)))
    b = run(held("one", call(1), tool("x", 1)), held("two", call(2), tool("z", 3), tool("y", 2)))
    assert Mark.REPARENTED in marks(a, b)[1]
    assert Mark.LONE not in marks(a, b)[1]
    assert elsewhere(a, b) == elsewhere(b, a) == [{Level.ACTIONS}]
    in_order = run(held("one", call(1), tool("x", 1)), held("two", tool("y", 2), call(2), tool("z", 3)))
    assert elsewhere(a, in_order) == [{Level.WORDING}]


def elsewhere(a: ComparedRun, b: ComparedRun) -> list[frozenset[Level]]:
    """Levels of what stands below another span."""
    return [row.levels for row in rows_of(align(a, b)) if row.mark is Mark.REPARENTED]


def test_a_step_in_another_turn_is_not_reparented() -> None:
    a = run(held("turn", tool("find", 1), tool("book", 2)), held("turn", tool("pay", 3)))
    b = run(held("turn", tool("find", 1)), held("turn", tool("book", 2), tool("pay", 3)))
    assert Mark.REPARENTED not in marks(a, b)[0]
    assert marks(a, b)[0].count(Mark.RECUT) == 1


def test_model_calls_beside_the_same_action_are_one_step_though_turns_are_cut_otherwise() -> None:
    a = run(held("turn", call(1)), held("turn", call(2), tool("get", 1), call(3), tool("book", 2), call(4)))
    b = run(
        held("turn", call(11)),
        held("turn", call(12), tool("get", 1), call(13)),
        held(
            "turn", call(14), tool("look", 7), call(15), tool("look", 8), call(16), tool("book", 2), call(17)
        ),
    )
    found = align(a, b)
    assert_sound(found)
    calls = {i: found.partner_in_b[i] for i, kind in enumerate(a.kind) if kind is SpanKind.LLM}
    decides = {i: j for i, j in calls.items() if i + 1 < len(a) and a.kind[i + 1] is SpanKind.TOOL}
    assert [b.operation[j + 1] for j in decides.values()] == ["get", "book"]
    assert -1 not in calls.values()
    assert found.mirrored() == align(b, a)


def test_model_calls_beside_other_actions_stay_apart() -> None:
    a = run(held("one", call(1), tool("x", 1)), held("two", call(2), tool("y", 2)))
    b = run(held("one", call(1), tool("x", 1)), held("three", call(9), tool("z", 3)))
    assert align(a, b).a_mark[-2:] == [Mark.LONE, Mark.LONE]


def test_roots_are_one_step_whatever_was_done_below() -> None:
    a = run(call(1), tool("x", 1), tool("y", 2), tool("z", 3))
    b = run(call(2), *(tool("other", number) for number in range(9)))
    assert (marks(a, b)[0][0], align(a, b).partner_in_b[0]) == (Mark.PAIRED, 0)


def test_turns_that_did_something_are_not_those_that_only_talked() -> None:
    a = run(
        held("turn", call(1)),
        held("turn", call(2), tool("get", 1), call(3)),
        held("turn", call(4), tool("sum", 5), call(5)),
    )
    b = run(held("turn", call(11)), held("turn", call(12)), held("turn", call(13), tool("get", 1), call(14)))
    found = align(a, b)
    assert_sound(found)
    assert found.partner_in_b[a.operation.index("get")] == b.operation.index("get")
    assert found.a_mark[a.operation.index("sum") - 2] is Mark.LONE
    rows = rows_of(found)
    acted = [row for row in rows if Level.ACTIONS in row.levels]
    assert [(row.a, row.b) for row in acted] == [(a.operation.index("sum"), None)]


def test_a_turn_whose_actions_stand_in_another_turn_is_not_this_one() -> None:
    a = run(
        held("turn", call(1)),
        held("turn", call(2), tool("get", 1), call(3), tool("see", 2), tool("see", 3)),
        held("turn", call(4), tool("sum", 5), call(5)),
    )
    b = run(held("turn", call(11)), held("turn", call(13), tool("get", 1), call(14)))
    found = align(a, b)
    assert found.partner_in_b[a.operation.index("get")] == b.operation.index("get")
    assert found.a_mark[a.operation.index("sum") - 2] is Mark.LONE


def test_what_only_one_run_has_stays_behind_what_it_followed_though_another_step_moved() -> None:
    a = run(tool("x", 1), tool("y", 2), tool("w", 9), tool("z", 3))
    b = run(tool("w", 9), tool("x", 1), tool("y", 2))
    assert [(row.a, row.b) for row in rows_of(align(a, b))][1:] == [(3, 1), (1, 2), (2, 3), (4, None)]


def test_a_level_that_only_one_run_has_is_a_wrapper() -> None:
    a = run(call(1), tool("x", 1), tool("y", 2))
    b = run(held("RunnableSequence", call(1), tool("x", 1), tool("y", 2)))
    assert marks(a, b) == ([Mark.PAIRED] * 4, [Mark.PAIRED, Mark.WRAPPER, *[Mark.PAIRED] * 3])
    assert [row.levels for row in rows_of(align(a, b)) if row.mark is Mark.WRAPPER] == [{Level.WORDING}]


def test_a_new_sub_agent_is_no_wrapper() -> None:
    a = run(call(1), tool("x", 1), call(2))
    b = run(call(1), tool("x", 1), held("refunds", call(7), tool("pay", 8)), call(2))
    assert marks(a, b)[1][3:6] == [Mark.LONE] * 3


def test_other_arguments_are_another_action_and_other_results_the_environment() -> None:
    a = run(call(1), tool("get_x", 1, returned=1), tool("send_x", 5, 6))
    b = run(call(1), tool("get_x", 1, returned=2), tool("send_x", 5, 7))
    levels = [row.levels - {Level.COST} for row in rows_of(align(a, b))]
    assert levels[2:] == [{Level.ENVIRONMENT}, {Level.SIDE_EFFECTS, Level.ACTIONS}]


@pytest.mark.parametrize("status", [Status.ERROR, Status.UNFINISHED])
def test_what_was_not_done_is_no_side_effect(status: Status) -> None:
    levels = [
        row.levels for row in rows_of(align(run(call(1)), run(call(1), tool("send_x", 5, status=status))))
    ]
    assert levels[-1] == {Level.ACTIONS}


def test_empty_runs() -> None:
    empty = compared(Node(SpanKind.AGENT, "x", None), "e")[0]
    assert align(empty, empty).partner_in_b == [0]


def test_names_lose_what_changes_from_run_to_run() -> None:
    assert plain_name(SpanKind.CHAIN, "turn 3: Hello, I want", None) == "turn #"
    assert plain_name(SpanKind.LLM, "chat gpt-4o", "gpt-4o") == plain_name(SpanKind.LLM, "model call", None)
    assert plain_name(SpanKind.TOOL, "search: flights", None) == "search: flights"
