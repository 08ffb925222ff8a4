"""How runs end: their status, their failures, and where they broke."""

from __future__ import annotations

from dataclasses import replace

from tests.analysis.cases import Case, trace
from tracetui.analysis import endings, roles
from tracetui.analysis.forest import SpanRow, grow


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


def broke(case: Case) -> tuple[str | None, int | None, int | None]:
    """Where the run broke, the number of the step that failed, and that of the last one before."""
    failed, numbers = case.end().failed, roles.steps(case.rows, case.forest)
    assert failed is not None
    return (
        case.named(failed),
        endings.failed_step(failed, case.forest.order, case.rows, case.forest, numbers),
        endings.steps_before(failed, case.forest.order, case.forest, numbers),
    )


def test_an_agent_that_runs_out_of_turns_failed_outside_its_steps() -> None:
    case = trace("""
CHAIN task error !Max-turns-exceeded
  AGENT a error !Max-turns-exceeded
    CHAIN turn/1
      GUARDRAIL polite ok
      LLM asks ok
    CHAIN turn/2
      TOOL c ok
""")
    assert broke(case) == ("a", None, 3)


def test_a_failed_step_is_that_of_the_span_where_the_run_broke() -> None:
    inside = trace("""
AGENT a error !boom
  LLM asks ok
  TOOL outer error !boom
    CHAIN node error !boom
      LLM inner ok
""")
    assert broke(inside) == ("node", 2, 3)
    wrapper = trace("""
AGENT a error !bad-answer
  LLM framework error !bad-answer
    LLM provider ok
""")
    assert broke(wrapper) == ("framework", 1, 1)


def test_a_run_that_a_guardrail_ended_broke_at_the_guardrail() -> None:
    text = """
AGENT a error
  CHAIN turn error !{}
    GUARDRAIL polite ok
      LLM checks ok
    GUARDRAIL late ok
    LLM asks ok
"""
    named = trace(text.format("Guardrail-tripwire-triggered:polite"))
    assert broke(named) == ("polite", 1, 2)
    assert named.named(named.end().cause) == "turn"
    assert named.end().errors == 1
    assert broke(trace(text.format("OutputGuardrailTripwireTriggered")))[0] == "late"
    assert broke(trace(text.format("rate-limit")))[0] == "turn"


def test_a_failure_that_quotes_one_below_it_is_not_counted_again() -> None:
    case = trace("""
CHAIN task error !Error-running-tool:upstream-did-not-answer
  AGENT planner ok
  AGENT desk error !Error-running-tool:upstream-did-not-answer
    CHAIN turn ok
      TOOL c error !Error-running-tool:upstream-did-not-answer
""")
    end = case.end()
    assert (case.named(end.failed), end.errors, end.recovered) == ("c", 1, 0)


def test_a_failure_in_other_words_is_counted() -> None:
    case = trace("""
AGENT a error !Max-turns-exceeded
  CHAIN turn ok
    TOOL c error !timeout
  CHAIN turn ok
""")
    end = case.end()
    assert (case.named(end.failed), end.errors, end.recovered) == ("a", 2, 1)


def test_without_times_an_error_that_the_model_went_on_from_does_not_end_the_run() -> None:
    timed = trace("""
AGENT a
  LLM one ok
  TOOL c error !timeout
  LLM two ok
""")
    rows = [replace(row, start_ns=None, end_ns=None) for row in timed.rows]
    assert (Case(rows, grow(rows)).end().status, timed.end().status) == ("unset", "unset")
    cut = rows[:-1]
    assert Case(cut, grow(cut)).end().status == "error"


def test_an_agent_that_ran_out_of_turns_ended_by_that_whatever_failed_last() -> None:
    ends = """
AGENT a error !Agent-reached-{} @0-100
  LLM think ok @10-20
  TOOL last error !exit-code-100 @30-40
"""
    limits = (
        "maximum iteration in headless mode",
        "the max number of turns",
        "limit of 20 steps",
        "cost limit",
    )
    for limit in limits:
        case = trace(ends.format("it"))
        root = replace(case.rows[0], error=f"Agent reached {limit}")
        end = Case([root, *case.rows[1:]], case.forest).end()
        assert (case.named(end.failed), end.errors, end.recovered) == ("a", 1, 1), limit
    assert trace(ends.format("the-end")).end().recovered == 0
