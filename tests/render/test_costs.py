"""The words around a table of costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tracetui.pricing.tables import CostRow, CostTable, RoleRow
from tracetui.render import costs


def row(key: str | None, cost: str, unpriced: int = 0) -> CostRow:
    figures = (100, 10, 110, None)
    paid = Decimal(cost)
    return CostRow((key,), 3, unpriced, *figures, paid, paid, paid * 2, 0, 0, 0, 0, None, None)


def test_both_sides_are_told_where_there_is_room() -> None:
    total = row(None, "0.00042", unpriced=1)
    whole = "≥ $0.00042 ($0.00042 as reported, $0.00084 by prices) · 1 of 3 calls unpriced · 110 tok"
    assert costs.coverage(total).startswith("≥ $0.00042")
    assert costs.coverage(total, 200) == costs.coverage(total)
    assert len(costs.coverage(total, len(whole) - 20)) <= len(whole) - 20
    assert "1 of 3 calls unpriced" in costs.coverage(total, 60)


def test_one_sum_is_rounded_in_one_way_in_a_line() -> None:
    assert costs.coverage(row(None, "0.0109", unpriced=1)).startswith(
        "≥ $0.010 · 1 of 3 calls unpriced ($0.010 as reported, $0.021 by prices)"
    )
    assert costs.coverage(row(None, "0.0109")).startswith("$0.011 ($0.011 as reported, $0.022 by prices)")


def test_shares_by_tag_that_are_more_than_all_are_explained() -> None:
    total = row(None, "10")
    overlapping = CostTable(("tag",), (row("a", "8"), row("b", "6")), total)
    assert costs.share_note(overlapping) == "runs count under each of their tags: shares add up to 140 %"
    assert costs.share_note(CostTable(("tag",), (row("a", "4"), row("b", "6.001")), total)) == ""
    assert costs.share_note(CostTable(("model",), overlapping.rows, total)) == ""


def test_a_sum_of_lines_with_unpriced_calls_is_a_lower_bound() -> None:
    assert costs.sum_text([row("a", "1.239"), row("b", "1", unpriced=1)]) == "≥ $2.23"
    assert costs.sum_text([row("a", "1.25"), row("b", "1")]) == "$2.25"
    part = replace(row(None, "1.239"), partly_priced_calls=1, reported_cost_usd=None)
    assert costs.sum_text([part]) == "≥ $1.23"
    assert costs.coverage(part) == "≥ $1.23 computed · 1 of 3 calls priced in part · 110 tok"
    assert costs.coverage(replace(part, unpriced_calls=1)).startswith(
        "≥ $1.23 computed · 1 of 3 calls unpriced, 1 in part ·"
    )


def test_what_makes_the_difference_of_a_rule_is_signed_and_adds_up() -> None:
    calls, beyond, repeats = row(None, "10"), row(None, "8"), row(None, "13")
    roles = [
        RoleRow("leaf", 3, 100, Decimal(8)),
        RoleRow("rollup", 2, 40, Decimal(3)),
        RoleRow("other", 1, 224, Decimal(0), 399, Decimal("0.5")),
        RoleRow("covered", 1, None, Decimal("0.5")),
        RoleRow("remainder", 1, 10, Decimal(2)),
    ]
    told = {
        rule: costs.rule_lines(rule, calls, theirs, roles)[-1]
        for rule, theirs in (("sum", repeats), ("leaf", beyond), ("top", repeats), ("root", beyond))
    }
    assert told == {
        "sum": "between them: 2 spans that repeat what stands below (+$3.00, +40 tokens); "
        "1 span that tells other than the calls below, 224 tokens against 399, $0 against $0.500 ($0, +224 tokens); "
        "the computed price of 1 span whose cost is part of that of a span above (+$0.500, 0 tokens); "
        "other figures (−$0.500, −264 tokens)",
        "leaf": "between them: what 1 span reports beyond the calls below (−$2.00, −10 tokens); other figures ($0, +10 tokens)",
        "top": "between them: figures at the top of branches in place of those below them (+$3.00, 0 tokens)",
        "root": "between them: only figures of root spans count (−$2.00, 0 tokens)",
    }
    in_part = row(None, "10", unpriced=1)
    assert (
        "place of those below them (+$3.00 as far as known, 0 tokens)"
        in costs.rule_lines("top", in_part, repeats, roles)[-1]
    )
    nothing = CostRow((), 0, 0, None, None, None, None, None, None, None, 0, 0, 0, 0, None, None)
    assert costs.rule_lines("root", in_part, nothing, roles)[2:] == [
        "unpriced calls: 0; each call once: 1", "no root span reports figures",
    ]  # fmt: skip


def test_a_pivot_has_the_dearest_sums_first_not_the_dearest_cells() -> None:
    cells = (("a", "x", "3"), ("b", "y", "2"), ("b", "z", "2"), ("c", "x", "0.5"))
    rows = tuple(replace(row(None, cost), keys=(down, across)) for down, across, cost in cells)
    unknown = replace(row(None, "0"), keys=(None, "y"), cost_usd=None)
    table = CostTable(("model", "step"), (unknown, *rows), row(None, "7.5"))
    assert list(costs.lines_by_key(table, 0)) == ["b", "a", "c", None]
    assert list(costs.lines_by_key(table, 1)) == ["x", "y", "z"]
    in_time = replace(table, by=("step", "day"), rows=tuple(reversed(rows)))
    assert list(costs.lines_by_key(in_time, 1)) == ["x", "y", "z"]
