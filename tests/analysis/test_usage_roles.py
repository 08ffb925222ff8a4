"""Which usage figures count: whatever the tree, what counts adds up to what its leaves and remainders say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analysis.cases import Case, trace
from tracetui.analysis import roles
from tracetui.analysis.forest import SpanRow, grow
from tracetui.analysis.usage_roles import UsageRoles, cover_costs, usage_roles


def with_figures(case: Case, **figures: tuple[int | None, str | None, str | None]) -> Case:
    """The case with tokens, dollars and model of the named spans."""
    rows = [
        replace(
            row, tokens=found[0], cost_usd=None if found[1] is None else Decimal(found[1]), model=found[2]
        )
        if (found := figures.get(row.span_id))
        else row
        for row in case.rows
    ]
    return Case(rows, grow(rows))


def judged(case: Case) -> UsageRoles:
    found = usage_roles(case.rows, case.forest)
    numbers = roles.steps(case.rows, case.forest)
    cover_costs(
        case.rows, case.forest, roles.counted_calls(case.rows, case.forest, numbers, found.role), found
    )
    return found


_TWO_CALLS = """
AGENT agent $
  LLM one $
  LLM two $
"""


def test_a_parent_that_repeats_its_calls_is_a_rollup() -> None:
    case = with_figures(
        trace(_TWO_CALLS), agent=(300, None, None), one=(100, None, "m"), two=(200, None, "m")
    )
    assert judged(case).role == ["rollup", "leaf", "leaf"]


def test_a_parent_that_exceeds_its_calls_has_a_remainder() -> None:
    case = with_figures(
        trace(_TWO_CALLS), agent=(400, None, None), one=(100, None, "m"), two=(200, None, "m")
    )
    found = judged(case)
    assert found.role == ["remainder", "leaf", "leaf"]
    assert sorted(found.compared) == [(0, 1), (0, 2)]


def test_a_wrapper_with_equal_counts_of_the_same_model_is_a_duplicate() -> None:
    case = with_figures(trace("LLM outer $\n  LLM inner $"), outer=(70, None, "m"), inner=(70, None, "m"))
    assert judged(case).role == ["duplicate", "leaf"]


def test_a_cost_above_calls_without_one_stands_for_them() -> None:
    case = with_figures(
        trace(_TWO_CALLS), agent=(None, "0.5", None), one=(100, "0.2", "m"), two=(200, None, "m")
    )
    found = judged(case)
    assert found.role == ["remainder", "leaf", "leaf"]
    assert found.excess_usd == {0: Decimal("0.3")}
    assert found.cover == [-1, -1, 0]


def test_an_agent_that_alone_reports_usage_is_no_call_but_stands_for_its_calls() -> None:
    case = with_figures(trace("AGENT agent $\n  LLM one\n  LLM two"), agent=(300, "0.5", None))
    found = judged(case)
    assert found.role == ["remainder", None, None]
    assert (found.compared, found.cover) == ([(0, -1)], [-1, 0, 0])


def test_a_zero_above_calls_is_no_cost() -> None:
    case = with_figures(trace(_TWO_CALLS), agent=(300, "0", None), one=(100, None, "m"), two=(200, None, "m"))
    assert judged(case).role == ["rollup", "leaf", "leaf"]


def test_more_money_for_fewer_tokens_is_no_rest_but_a_disagreement() -> None:
    figures = {"one": (163, "0.2", "m"), "two": (236, "0.1", "m")}
    found = judged(with_figures(trace(_TWO_CALLS), agent=(224, "0.4", None), **figures))
    assert (found.role, found.excess_usd) == (["rollup", "leaf", "leaf"], {})
    assert [finding.message for finding in found.findings] == [
        "224 tokens are fewer than the 399 of its own calls: theirs count",
        "$0.4 for fewer tokens than the calls below it report at $0.3: theirs count",
    ]
    less = judged(with_figures(trace(_TWO_CALLS), agent=(399, "0.2", None), **figures))
    assert (less.role[0], less.excess_usd) == ("rollup", {})
    assert [finding.message for finding in less.findings] == [
        "$0.2 is less than the $0.3 reported below it: that counts"
    ]
    fees = judged(with_figures(trace(_TWO_CALLS), agent=(399, "0.4", None), **figures))
    assert (fees.role[0], fees.excess_usd, fees.findings) == ("remainder", {0: Decimal("0.1")}, [])


def test_more_tokens_at_the_same_money_are_paid_already() -> None:
    figures = {"one": (100, "0.2", "m"), "two": (200, "0.1", "m")}
    found = judged(with_figures(trace(_TWO_CALLS), agent=(400, "0.3", "m"), **figures))
    assert (found.role[0], found.excess_usd) == ("remainder", {0: Decimal(0)})


def test_a_chain_of_five_thousand_spans_with_costs_is_judged() -> None:
    rows = [
        SpanRow(key, str(key), str(key - 1) if key else None, key, 10**6, "AGENT", "ok", "a", "", True,
                key + 1, Decimal(5_000 - key), None)
        for key in range(5_000)
    ]  # fmt: skip
    found = judged(Case(rows, grow(rows)))
    assert found.role[-1] == "leaf"
    assert sum(found.excess_usd.values()) <= 5_000


@st.composite
def trees(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 25))
    rows = []
    for key in range(count):
        parent = draw(st.integers(-1, key - 1))
        rows.append(
            SpanRow(
                key, str(key), None if parent == -1 else str(parent), key, key + 5,
                draw(st.sampled_from(["AGENT", "LLM", "TOOL", "CHAIN"])), "ok", "a", "",
                (tokens := draw(st.none() | st.integers(0, 1_000))) is not None, tokens,
                draw(st.none() | st.decimals(0, 9, places=3)) if tokens is not None else None,
                draw(st.sampled_from([None, "m", "n"])),
            )
        )  # fmt: skip
    return Case(rows, grow(rows))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(trees())
def test_what_counts_adds_up_whatever_the_tree(case: Case) -> None:
    found = judged(case)
    remaining = {node: case.rows[node].tokens or 0 for node, _ in found.compared}
    silent = {node for node, other in found.compared if other == -1}
    for node, other in found.compared:
        remaining[node] -= 0 if other == -1 else case.rows[other].tokens or 0
    assert all(rest > 0 for node, rest in remaining.items() if node not in silent)
    leaves = sum(row.tokens or 0 for row, role in zip(case.rows, found.role, strict=False) if role == "leaf")
    # an outer remainder was compared with inner ones whole, so the differences telescope
    assert (
        leaves + sum(remaining.values()) >= max((row.tokens or 0 for row in case.rows), default=0) * 0.9 - 25
    )
    assert all((role is not None) == row.has_usage for row, role in zip(case.rows, found.role, strict=False))
    assert all(excess >= 0 for excess in found.excess_usd.values())
    assert all(case.rows[call].cost_usd is None for call, cover in enumerate(found.cover) if cover != -1)


def test_output_that_calls_tell_too_low_counts_though_a_large_input_hides_it() -> None:
    def row(key: int, total: int, out: int) -> SpanRow:
        kind, above = ("AGENT", None) if key == 0 else ("LLM", "0")
        return SpanRow(
            key, str(key), above, key, 100, kind, "ok", "a", "", True, total, None, None, output_tokens=out
        )

    streamed = [row(0, 57_977, 51), row(1, 28_900, 1), row(2, 29_028, 1)]
    found = usage_roles(streamed, grow(streamed))
    assert (found.role, sorted(found.compared)) == (["remainder", "leaf", "leaf"], [(0, 1), (0, 2)])
    whole = [row(0, 57_978, 52), row(1, 28_925, 25), row(2, 29_052, 26)]
    assert usage_roles(whole, grow(whole)).role == ["rollup", "leaf", "leaf"]
    less = [row(0, 40_000, 60), row(1, 28_925, 25), row(2, 29_052, 26)]
    assert usage_roles(less, grow(less)).role == ["rollup", "leaf", "leaf"]


def test_a_wrapper_that_counts_the_input_of_its_one_call_otherwise_does_not_count() -> None:
    case = trace("LLM outer $ @0-100\n  LLM inner $ @2-99")
    case = with_figures(case, outer=(777, "0.0002", "m"), inner=(183, "0.00004", "m"))
    given = [replace(row, output_tokens=out) for row, out in zip(case.rows, (235, 20), strict=True)]
    found = judged(Case(given, case.forest))
    assert (found.role, found.excess_usd) == (["duplicate", "leaf"], {})
    assert [finding.message for finding in found.findings] == [
        "777 tokens for the one call in it, which tells 183 itself: the call's count"
    ]
    # of one prompt, more output is what a log written while the answer streams tells too low
    streamed = [replace(row, output_tokens=out) for row, out in zip(case.rows, (614, 20), strict=True)]
    assert judged(Case(streamed, case.forest)).role == ["remainder", "leaf"]
    # more than one call may have been made in a longer time
    longer = [replace(given[0], end_ns=200), given[1]]
    assert judged(Case(longer, case.forest)).role == ["remainder", "leaf"]
