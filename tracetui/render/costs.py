"""What costs are told in: shares, bars, coverage, what if, and why other rules of counting differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from tracetui.pricing.tables import TIMES
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import UNICODE, Signs

if TYPE_CHECKING:
    from tracetui.pricing.tables import CostRow, CostTable, PriceGap, RoleRow

BAR_CELLS = 8
_NAME_CELLS = 40
_MOST_GAPS = 2
_MOST_NOTES = 2
RULES: Mapping[str, str] = {
    "sum": "every span's own figure, parents too, as Langfuse sums",
    "top": "the topmost figure of each branch, as MLflow counts",
    "root": "the root span's own figure, as LangSmith shows",
    "leaf": "calls alone, as Phoenix counts",
}
"""Other rules of counting, in words."""

_REPEATS = {
    "rollup": "{n} that repeat{s} what stands below",
    "duplicate": "{n} that repeat{s} the one call below",
    "other": "{n} that tell{s} other than the calls below, {against}",
    "partly": "{n} that repeat{s} the calls below and report{s} more",
    "covered": "the computed price of {n} whose cost is part of that of a span above",
}
_BEYOND = {"remainder": "what {n} report{s} beyond the calls below"}
_ITEMS: Mapping[str, tuple[Mapping[str, str], int]] = {"sum": (_REPEATS, 1), "leaf": (_BEYOND, -1)}
"""The roles that make the difference of a rule from each call once, and with which sign."""
_REST = {
    "top": "figures at the top of branches in place of those below them",
    "root": "only figures of root spans count",
}


WHY_EMPTY: Mapping[str, str] = {
    "costs": "no model call and no priced tool in these runs",
    "expensive-steps": "no model call in these runs has a known cost",
    "cache-hits": "no model call in these runs",
    "waste": "no run failed that called a model, no call failed, and none asked the same again",
    "latency": "no step in these runs has both a start and an end",
}
"""What it means that a table or a ready question has no lines."""
NO_RUN = "no run passes the filter"


def word(key: str | None) -> str:
    """The value of a dimension, made safe; a sign for what is unknown."""
    return text.UNKNOWN if key is None else safe(key)


def share(part: Decimal | None, whole: Decimal | None) -> str:
    """The share of a sum of money; empty where either is unknown."""
    return "" if part is None or not whole or whole <= 0 else text.percent(float(part), float(whole))


def whole_of(table: CostTable) -> Decimal | None:
    """The money of which lines have shares; None where a line takes money off, since others are more than all then."""
    is_less = any(row.cost_usd is not None and row.cost_usd < 0 for row in table.rows)
    return None if is_less else table.total.cost_usd


def bar(part: Decimal | None, whole: Decimal | None, signs: Signs = UNICODE) -> str:
    """The same share as a bar of `BAR_CELLS`, to an eighth of a cell."""
    if part is None or not whole or whole <= 0 or part <= 0:
        return ""
    cells, eighths = divmod(max(1, min(8 * BAR_CELLS, round(part * 8 * BAR_CELLS / whole))), 8)
    return (signs.bar_eighths[8] * cells + signs.bar_eighths[eighths]).rstrip()


def coverage(total: CostRow, cells: int | None = None) -> str:
    """What all of it cost, what that leaves out, and both sides where costs are reported and computed, if there is
    room for them in so many cells."""
    whole = _coverage(total, with_sides=True)
    return whole if cells is None or len(whole) <= cells else _coverage(total, with_sides=False)


def share_note(table: CostTable) -> str:
    """Why there are no shares, or why those by tag add up to more than all, where they do."""
    if table.total.cost_usd is not None and whole_of(table) is None:
        return "no shares: a span reports less than the calls below it cost, which stands as a line below $0"
    lines = sum_of(table.rows)
    if "tag" not in table.by or lines is None or not table.total.cost_usd or lines <= table.total.cost_usd:
        return ""
    whole = share(lines, table.total.cost_usd)
    return "" if whole == "100 %" else f"runs count under each of their tags: shares add up to {whole}"


def note_lines(total: CostRow) -> list[str]:
    """What price lists remark on the prices in a sum, such as a currency: a line each, the first few of them."""
    lines = [f"prices of {safe(note)}" for note in total.price_notes[:_MOST_NOTES]]
    more = len(total.price_notes) - len(lines)
    return [*lines, f"and {more:,} more notes on prices"] if more > 0 else lines


def gap_lines(gaps: Sequence[PriceGap]) -> list[str]:
    """Which prices lack which buckets, and how many calls that leaves unpriced or priced in part: the most of them first;
    then how many calls are unpriced for another reason than prices."""
    prices = [gap for gap in gaps if not gap.is_untold]
    lines = [
        f"{_gap(gap)}: {_calls(gap)} {'priced in part' if gap.is_partly_priced else 'unpriced'}"
        for gap in prices[:_MOST_GAPS]
    ]
    if len(prices) > len(lines):
        lines.append(f"and the same of {len(prices) - len(lines):,} more prices")
    untold = (gap for gap in gaps if gap.is_untold)
    return [*lines, *(f"{_calls(gap)} failed or stopped without tokens and cost: unpriced" for gap in untold)]


def _calls(gap: PriceGap) -> str:
    return f"{gap.calls:,} call{'' if gap.calls == 1 else 's'}"


def _gap(gap: PriceGap) -> str:
    model = safe(gap.model, _NAME_CELLS) or "calls without a model"
    if gap.buckets:
        return f"{safe(gap.price_source)} has no price for {', '.join(gap.buckets)} of {model}"
    return f"the price of {model} depends on the size of each call, and only a sum is told"


def _coverage(total: CostRow, with_sides: bool) -> str:
    priced = total.calls - total.unpriced_calls
    reported, computed = total.reported_cost_usd, total.computed_cost_usd
    is_computed = reported is None and computed is not None
    money = text.money_with_coverage(
        total.cost_usd, priced, total.unpriced_calls, priced if is_computed else 0, total.partly_priced_calls
    )
    sides = ""
    if with_sides and reported is not None and computed is not None:
        # as the lower bound beside it: the same money is to read the same
        rounding = ROUND_FLOOR if total.is_least else ROUND_HALF_EVEN
        listed = (
            text.least_fine_money(computed, True)
            if total.is_computed_least
            else text.fine_money(computed, rounding=rounding)
        )
        sides = f" ({text.fine_money(reported, rounding=rounding)} as reported, {listed} by prices)"
    words = [f"{money or text.UNKNOWN}{sides}"]
    if f" of {text.count(total.calls)} call" not in money:
        words.append(f"{text.count(total.calls)} call{'' if total.calls == 1 else 's'}")
    if total.total_tokens is not None:
        words.append(text.tokens(total.total_tokens))
    return " · ".join(words)


def sum_of(rows: Iterable[CostRow]) -> Decimal | None:
    """The known costs of some lines together."""
    known = [row.cost_usd for row in rows if row.cost_usd is not None]
    return sum(known, Decimal(0)) if known else None


def sum_text(rows: Iterable[CostRow]) -> str:
    """The same as text, which says where unpriced calls make it more."""
    lines = list(rows)
    return text.least_fine_money(sum_of(lines), any(row.is_least for row in lines))


def lines_by_key(table: CostTable, dimension: int) -> dict[str | None, list[CostRow]]:
    """The lines of each value of one of the table's dimensions, the dearest value first, those without a cost last;
    times in their order."""
    found: dict[str | None, list[CostRow]] = {}
    for row in table.rows:
        found.setdefault(row.keys[dimension], []).append(row)
    if table.by[dimension] in TIMES:
        return {key: found[key] for key in sorted(found, key=lambda key: (key is None, key or ""))}
    sums = {key: sum_of(lines) for key, lines in found.items()}
    return {key: found[key] for key in sorted(found, key=lambda key: (sums[key] is None, -(sums[key] or 0)))}


@dataclass(frozen=True, slots=True)
class Compared:
    """A line's cost as it counts, as price lists tell it now, and as it would have been.

    `unpriced_calls` have no cost now, `not_listed_calls` no price in the lists of now, `not_repriced_calls` none there;
    of `partly_priced_calls`, `partly_listed_calls` and `partly_repriced_calls` tokens are left out.
    """

    keys: tuple[str | None, ...]
    calls: int
    unpriced_calls: int
    cost_usd: Decimal | None
    reported_cost_usd: Decimal | None
    listed_cost_usd: Decimal | None
    not_listed_calls: int
    what_if_cost_usd: Decimal | None
    not_repriced_calls: int
    partly_priced_calls: int
    partly_listed_calls: int
    partly_repriced_calls: int

    @property
    def is_least(self) -> bool:
        """Whether `cost_usd` is a lower bound."""
        return bool(self.unpriced_calls or self.partly_priced_calls)

    @property
    def is_what_if_least(self) -> bool:
        """Whether `what_if_cost_usd` is one."""
        return bool(self.not_repriced_calls or self.partly_repriced_calls)


def compared(now: CostTable, then: CostTable) -> list[Compared]:
    """Each line of a table beside the one that another price list gives."""
    others = {row.keys: row for row in then.rows}
    return [_compared(row, others.get(row.keys)) for row in now.rows]


def _compared(row: CostRow, other: CostRow | None) -> Compared:
    there: tuple[Decimal | None, int, int] = (None, row.calls, 0)
    if other is not None:
        there = (other.computed_cost_usd, other.uncomputed_calls, other.partly_computed_calls)
    return Compared(
        row.keys, row.calls, row.unpriced_calls, row.cost_usd, row.reported_cost_usd, row.computed_cost_usd,
        row.uncomputed_calls, *there[:2], row.partly_priced_calls, row.partly_computed_calls, there[2],
    )  # fmt: skip


def listed_text(line: Compared) -> str:
    """What price lists say of a line now, where its cost is reported: that, not what was paid, compares with what if."""
    if line.reported_cost_usd is None:
        return ""
    return text.least_fine_money(
        line.listed_cost_usd, bool(line.not_listed_calls or line.partly_listed_calls)
    )


def computed_text(row: CostRow) -> str:
    """What price lists say of a line, which says where that leaves out calls or tokens."""
    return text.least_fine_money(row.computed_cost_usd, row.is_computed_least)


def what_if_lines(now: CostRow, then: CostRow) -> list[str]:
    """Both sums, how many calls each of them leaves out, and how many at least stand in one of them alone."""
    here = text.least_fine_money(now.cost_usd, now.is_least)
    listed = computed_text(now)
    sides = f" ({listed} by price lists)" if now.reported_cost_usd is not None else ""
    missing = _left_out(now.unpriced_calls, now.calls, "unpriced")
    partly = _left_out(now.partly_priced_calls, now.calls, "priced in part")
    missing_there = _left_out(then.uncomputed_calls, then.calls, "could not be re-priced")
    partly_there = _left_out(then.partly_computed_calls, then.calls, "priced in part")
    lines = [
        f"now {here}{sides}{missing}{partly}",
        f"then {computed_text(then)}{missing_there}{partly_there}",
    ]
    more = (now.calls - now.unpriced_calls) - (then.calls - then.uncomputed_calls)
    if more:
        calls = f"at least {abs(more):,} call{'' if abs(more) == 1 else 's'} only in {'now' if more > 0 else 'then'}"
        lines.append(f"{calls}: the sums are not of the same calls")
    return [*lines, *note_lines(then)]


def _left_out(missing: int, calls: int, what: str) -> str:
    return f" · {missing:,} of {calls:,} call{'' if calls == 1 else 's'} {what}" if missing else ""


def rule_lines(rule: str, ours: CostRow, theirs: CostRow, roles: Sequence[RoleRow]) -> list[str]:
    """What a rule of counting counts, what it comes to beside each call counted once, and what makes the difference:
    signed items that add up to it."""
    lines = [f"counted: {RULES[rule]}", f"{_figures(theirs)}; each call once: {_figures(ours)}"]
    if ours.unpriced_calls > theirs.unpriced_calls:
        lines.append(f"unpriced calls: {theirs.unpriced_calls:,}; each call once: {ours.unpriced_calls:,}")
    if rule == "root" and not theirs.calls:
        return [*lines, "no root span reports figures"]
    # a sum that leaves calls out may differ by more than its figures do
    how_far = " as far as known" if ours.is_least or theirs.is_least else ""
    is_told = ours.cost_usd is not None and theirs.cost_usd is not None
    money = (theirs.cost_usd or Decimal(0)) - (ours.cost_usd or Decimal(0))
    tokens = (theirs.total_tokens or 0) - (ours.total_tokens or 0)
    if not money and not tokens:
        return [*lines, "no difference"]
    words, sign = _ITEMS.get(rule, ({}, 1))
    found = [row for row in roles if row.role in words and (row.cost_usd is not None or row.total_tokens)]
    items = [
        _item(
            _role(row, words),
            None if row.cost_usd is None else sign * row.cost_usd,
            sign * (row.total_tokens or 0),
        )
        for row in found
    ]
    money -= sign * sum((row.cost_usd or Decimal(0) for row in found), Decimal(0))
    tokens -= sign * sum(row.total_tokens or 0 for row in found)
    if money or tokens:
        other = _REST.get(rule, "other figures")
        items.append(_item(other, money if is_told else None, tokens, how_far))
    return [*lines, f"between them: {'; '.join(items)}"]


def _figures(row: CostRow) -> str:
    if row.cost_usd is None and row.total_tokens is None:
        return "no figures"
    return f"{text.least_fine_money(row.cost_usd, row.is_least)}, {text.count(row.total_tokens)} tokens"


def _role(row: RoleRow, words: Mapping[str, str]) -> str:
    spans = f"{row.spans:,} span{'' if row.spans == 1 else 's'}"
    return words[row.role].format(
        n=spans,
        s="s" if row.spans == 1 else "",
        against=_against(row),
    )


def _against(row: RoleRow) -> str:
    """What spans tell and what the calls below them do, in tokens and, where these cost otherwise, in money."""
    words = []
    if row.total_tokens != row.below_tokens:
        words.append(f"{text.count(row.total_tokens)} tokens against {text.count(row.below_tokens)}")
    if row.below_cost_usd is not None and row.cost_usd != row.below_cost_usd:
        words.append(f"{text.fine_money(row.cost_usd)} against {text.fine_money(row.below_cost_usd)}")
    return ", ".join(words)


def _item(words: str, cost_usd: Decimal | None, total_tokens: int, how_far: str = "") -> str:
    """Words and by how much more, or less, money and tokens they make a sum; None is a cost that is not known."""
    if cost_usd is None and not total_tokens:
        return f"{words} (cost unknown)"
    money = "cost unknown" if cost_usd is None else f"{text.fine_money(cost_usd)}{how_far}"
    signed = f"+{money}" if cost_usd is not None and cost_usd > 0 else money
    counted = f"{'−' if total_tokens < 0 else '+' if total_tokens else ''}{abs(total_tokens):,}"
    return f"{words} ({signed}, {counted} tokens)"
