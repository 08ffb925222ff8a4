"""What spans stand for: steps, counted usage, and where a run broke."""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.analysis import roles
from tracetui.analysis.forest import Forest, SpanRow, grow


@dataclass(frozen=True)
class Case:
    """A trace written as indented lines: `kind name [status] [!error] [$] @start-end`."""

    rows: list[SpanRow]
    forest: Forest

    def named(self, node: int | None) -> str | None:
        return None if node is None else self.rows[node].span_id

    def end(self) -> roles.RunEnd:
        root = self.forest.roots[0]
        return roles.run_end(root, self.forest.order[: self.forest.subtree_end[root]], self.rows, self.forest)

    def steps(self) -> dict[str, int]:
        numbers = roles.steps(self.rows, self.forest)
        return {row.span_id: number for row, number in zip(self.rows, numbers, strict=False) if number}


def trace(text: str) -> Case:
    rows: list[SpanRow] = []
    above: list[tuple[int, str]] = []
    for key, line in enumerate(line for line in text.splitlines() if line.strip()):
        depth = len(line) - len(line.lstrip())
        kind, name, *rest = line.split()
        above = [entry for entry in above if entry[0] < depth]
        start, _, end = next((word[1:] for word in rest if word.startswith("@")), f"{key * 10}-").partition(
            "-"
        )
        status = next(
            (word for word in rest if word in ("ok", "error", "interrupted", "unfinished")), "unset"
        )
        error = next((word[1:] for word in rest if word.startswith("!")), "")
        operation = name.split("/")[0]
        rows.append(
            SpanRow(key, name, above[-1][1] if above else None, int(start), int(end or int(start) + 5), kind, status,
                    operation, error, "$" in rest))  # fmt: skip
        above.append((depth, name))
    return Case(rows, grow(rows))


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
    assert dict(zip(names, roles.usage_roles(case.rows, case.forest), strict=False)) == {
        "a": "rollup", "framework": "rollup", "provider": "leaf", "asks": None, "sub": "leaf"}  # fmt: skip


def test_a_model_call_keeps_its_usage_when_another_runs_behind_a_tool() -> None:
    case = trace("""
LLM caller $
  TOOL asks
    LLM sub $
""")
    assert roles.usage_roles(case.rows, case.forest) == ["leaf", None, "leaf"]


def test_a_wrapper_that_alone_reports_usage_is_the_counted_call() -> None:
    case = trace("""
LLM framework $
  LLM provider
""")
    numbers = roles.steps(case.rows, case.forest)
    usage = roles.usage_roles(case.rows, case.forest)
    counted = roles.counted_calls(case.rows, case.forest, numbers, usage)
    assert counted == [True, False]
    assert roles.call_steps(case.forest, numbers, counted) == {0: 1}


def test_the_deepest_span_that_raised_is_where_the_run_broke() -> None:
    case = trace("""
AGENT a error !boom
  CHAIN b error !boom
    TOOL c error !boom
    TOOL d ok
""")
    end = case.end()
    assert (end.status, case.named(end.failed), end.errors, end.recovered) == ("error", "c", 1, 0)


def test_an_error_that_was_survived_is_not_the_failure() -> None:
    case = trace("""
AGENT a error !gave-up @0-100
  TOOL first error !timeout @10-20
  TOOL again ok @30-40
""")
    end = case.end()
    assert (case.named(end.failed), end.recovered) == ("a", 1)


def test_the_failure_is_found_through_spans_without_a_status() -> None:
    case = trace("""
AGENT a error !timeout
  CHAIN b
    TOOL c error !timeout
""")
    assert case.named(case.end().failed) == "c"


def test_a_run_whose_root_says_nothing_failed_if_nothing_followed_the_error() -> None:
    assert trace("AGENT a @0-100\n  TOOL c error @10-20").end().status == "error"
    assert trace("AGENT a @0-100\n  TOOL c error @10-20\n  LLM d @30-40").end().status == "unset"


def test_a_pause_for_a_human_is_no_error() -> None:
    case = trace("""
CHAIN graph error !GraphInterrupt
  CHAIN node interrupted !GraphInterrupt
""")
    assert case.end().status == "interrupted"
    assert trace("CHAIN graph ok\n  CHAIN node interrupted").end().status == "interrupted"


def test_the_step_to_look_at_is_the_nearest_one() -> None:
    case = trace("""
AGENT a error
  CHAIN turn error
    LLM asks
    GUARDRAIL trips
      LLM checks
""")
    numbers = roles.steps(case.rows, case.forest)
    failed = case.end().failed
    assert failed is not None
    assert case.named(failed) == "turn"
    assert roles.step_to_look_at(failed, case.forest.order, case.rows, case.forest, numbers) == 2


def test_self_time_leaves_out_what_children_cover_once() -> None:
    case = trace("""
AGENT a @0-100
  TOOL b @10-50
  TOOL c @40-60
  TOOL d @90-200
""")
    assert roles.self_times(case.rows, case.forest)[0] == 40


def test_the_failure_of_a_span_without_its_parent_may_be_that_of_the_root() -> None:
    rows = [
        SpanRow(0, "root", None, 0, 100, "AGENT", "error", "root", "boom", False),
        SpanRow(1, "same", "lost", 10, 20, "TOOL", "error", "same", "boom", False),
        SpanRow(2, "other", "lost", 30, 40, "TOOL", "error", "other", "hiccup", False),
        SpanRow(3, "after", "root", 50, 60, "TOOL", "ok", "after", "", False),
    ]
    case = Case(rows, grow(rows))
    end = case.end()
    assert (end.status, case.named(end.failed), end.errors, end.recovered) == ("error", "same", 2, 1)


def test_a_hundred_thousand_failures_below_one_span_are_no_matter() -> None:
    count = 100_000
    rows = [SpanRow(0, "root", None, 0, 10 * count, "AGENT", "error", "root", "boom", False)]
    rows += [
        SpanRow(key, str(key), "root", key, key + 2, "TOOL", "error", "t", f"failure {key}!", False)
        for key in range(1, count + 1)
    ]
    case = Case(rows, grow(rows))
    end = case.end()
    assert (case.named(end.failed), end.errors, end.recovered) == (str(count), count, count - 2)


def test_a_failure_that_quotes_one_below_it_points_there() -> None:
    case = trace("""
AGENT a error !agent:tool:upstream-did-not-answer
  CHAIN turn ok
    TOOL c error !tool:upstream-did-not-answer
    TOOL d error !something-else
""")
    assert case.named(case.end().failed) == "c"
