"""What spans stand for: steps, counted usage, self time."""

from __future__ import annotations

from tests.analysis.cases import trace
from tracetui.analysis import roles
from tracetui.analysis.usage_roles import usage_roles


def test_steps_count_operations_not_their_wrappers() -> None:
    case = trace("""
AGENT a
  LLM framework
    LLM provider
  TOOL search/outer
    CHAIN middle
      TOOL search/inner
  TOOL parent
    TOOL other
""")
    assert case.steps() == {"provider": 1, "search/inner": 2, "parent": 3, "other": 4}


def test_steps_are_numbered_by_start_then_by_position() -> None:
    case = trace("""
AGENT a @0-100
  TOOL late @50-60
  TOOL outer @10-40
    LLM inner @10-20
""")
    assert case.steps() == {"outer": 1, "inner": 2, "late": 3}


def test_usage_counts_at_the_deepest_span_that_reports_it() -> None:
    case = trace("""
AGENT a $
  LLM framework $
    LLM provider $
  TOOL asks
    LLM sub $
""")
    names = [row.span_id for row in case.rows]
    assert dict(zip(names, usage_roles(case.rows, case.forest).role, strict=False)) == {
        "a": "rollup", "framework": "rollup", "provider": "leaf", "asks": None, "sub": "leaf"}  # fmt: skip


def test_a_model_call_keeps_its_usage_when_another_runs_behind_a_tool() -> None:
    case = trace("""
LLM caller $
  TOOL asks
    LLM sub $
""")
    assert usage_roles(case.rows, case.forest).role == ["leaf", None, "leaf"]


def test_a_wrapper_that_alone_reports_usage_is_the_counted_call() -> None:
    case = trace("""
LLM framework $
  LLM provider
""")
    numbers = roles.steps(case.rows, case.forest)
    usage = usage_roles(case.rows, case.forest).role
    counted = roles.counted_calls(case.rows, case.forest, numbers, usage)
    assert counted == [True, False]
    assert roles.call_steps(case.forest, numbers, counted) == {0: 1}


def test_self_time_leaves_out_what_children_cover_once() -> None:
    case = trace("""
AGENT a @0-100
  TOOL b @10-50
  TOOL c @40-60
  TOOL d @90-200
""")
    assert roles.self_times(case.rows, case.forest)[0] == 40
