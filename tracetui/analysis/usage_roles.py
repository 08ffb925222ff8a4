"""Which usage figures of a tree count: each figure is a leaf, a roll-up, a duplicate, or exceeds what stands below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tracetui.analysis.forest import Finding, Forest, SpanRow
from tracetui.analysis.roles import BOUNDARY, kind_of

LEAF, ROLLUP, DUPLICATE, REMAINDER = "leaf", "rollup", "duplicate", "remainder"
_TOLERANCE_PERCENT = 1
_SAME_TIME_PERCENT = 90
_CHECKS = frozenset({"GUARDRAIL", "EVALUATOR"})


@dataclass(slots=True)
class UsageRoles:
    """One entry a node: its role (None without usage), whether no span above it reports usage too, and the node whose
    reported cost covers this call (-1: none).

    `compared` pairs each node whose tokens exceed those below with the nodes it was compared with (-1 where calls below
    report none at all); `excess_usd` is the money that a node reports beyond the calls below it. `lesser` are nodes with
    fewer tokens than those below, `wrappers` those that count the one call below them otherwise than it does; `findings`
    tell whose figures were not believed.
    """

    role: list[str | None]
    is_topmost: list[bool]
    cover: list[int]
    compared: list[tuple[int, int]] = field(default_factory=list)
    excess_usd: dict[int, Decimal] = field(default_factory=dict)
    lesser: set[int] = field(default_factory=set)
    wrappers: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def usage_roles(rows: Sequence[SpanRow], forest: Forest) -> UsageRoles:
    """Roles by tokens; `cover_costs` adds what money says."""
    count = len(forest.parent)
    found = UsageRoles([None] * count, _topmost(rows, forest), [-1] * count)
    below = _Below([[] for _ in range(count)], bytearray(count), [0] * count)
    for node in reversed(forest.order):
        row = rows[node] if node < len(rows) else None
        if row is not None and row.has_usage:
            found.role[node] = _role(node, row, rows, below, found)
        above = forest.parent[node]
        if above == -1:
            continue
        standing, below.figures[node] = below.figures[node], []
        if found.role[node] == REMAINDER:
            standing = [node]
        elif found.role[node] == LEAF:
            standing.append(node)
        _extend(below.figures, above, standing)
        has_usage = row is not None and row.has_usage
        kind = kind_of(node, rows)
        below.near[above] |= (has_usage or below.near[node]) and kind not in BOUNDARY
        if kind not in BOUNDARY and kind not in _CHECKS:
            is_call = row is not None and found.role[node] == LEAF
            below.own_tokens[above] += (
                (row.tokens or 0) if row is not None and is_call else below.own_tokens[node]
            )
    return found


@dataclass(slots=True)
class _Below:
    """Of each node: the nodes below whose figures add up, whether usage stands below without a tool, agent or handoff
    between, and the tokens of its own calls: those without another agent, tool or check between."""

    figures: list[list[int]]
    near: bytearray
    own_tokens: list[int]


def _role(node: int, row: SpanRow, rows: Sequence[SpanRow], below: _Below, found: UsageRoles) -> str:
    figures = below.figures[node]
    if not figures or (row.kind == "LLM" and not below.near[node]):
        return LEAF
    if len(figures) == 1 and _is_same(row, rows[figures[0]]):
        return DUPLICATE
    standing = [rows[other] for other in figures]
    if _wraps(row, standing):
        found.wrappers.add(node)
        text = f"{row.tokens:,} tokens for the one call in it, which tells {standing[0].tokens:,} itself: the call's count"
        found.findings.append(Finding("usage_anomaly", node, text))
        return DUPLICATE
    if not _exceeds(row, standing):
        if _is_less(row, standing):
            found.lesser.add(node)
            _contradicts(node, row, below.own_tokens[node], len(standing), found)
        return ROLLUP
    found.compared.extend((node, other) for other in figures)
    return REMAINDER


def _exceeds(row: SpanRow, below: Sequence[SpanRow]) -> bool:
    """Whether figures are more than those below by more than roundings: their total, or the output alone, which a log
    written while answers stream tells too low, and which a large input would hide."""
    total, out = row.tokens or 0, row.output_tokens or 0
    more = total - sum(other.tokens or 0 for other in below)
    more_out = out - sum(other.output_tokens or 0 for other in below)
    return more > 0 and (_is_beyond(more, total, len(below)) or _is_beyond(more_out, out, len(below)))


def _is_less(row: SpanRow, below: Sequence[SpanRow]) -> bool:
    """Whether a span tells tokens, and fewer than those below by more than roundings."""
    whole = sum(other.tokens or 0 for other in below)
    return row.tokens is not None and _is_beyond(whole - row.tokens, whole, len(below))


def _contradicts(node: int, row: SpanRow, own: int, calls: int, found: UsageRoles) -> None:
    """A finding where a span tells fewer tokens than its own calls do. Many spans leave out those of other agents, tools
    and checks inside them, which is no contradiction."""
    if row.tokens is not None and _is_beyond(own - row.tokens, own, calls):
        text = f"{row.tokens:,} tokens are fewer than the {own:,} of its own calls: theirs count"
        found.findings.append(Finding("usage_anomaly", node, text))


def _is_beyond(excess: int, whole: int, figures: int) -> bool:
    return excess * 100 > whole * _TOLERANCE_PERCENT and excess > figures


def _is_same(row: SpanRow, other: SpanRow) -> bool:
    return row.model is not None and (row.model, row.tokens) == (other.model, other.tokens)


def _wraps(row: SpanRow, below: Sequence[SpanRow]) -> bool:
    """Whether two spans are of one model call, and the outer one has another count of its input, as where a collector runs
    a tokenizer of its own: same model, same time, and one prompt has one length."""
    if (
        len(below) != 1
        or {row.kind, below[0].kind} != {"LLM"}
        or row.model is None
        or row.model != below[0].model
    ):
        return False
    given, told = _input(row), _input(below[0])
    return (
        given is not None
        and told is not None
        and told > 0
        and _is_beyond(given - told, given, 1)
        and _is_at_once(row, below[0])
    )


def _input(row: SpanRow) -> int | None:
    return None if row.tokens is None or row.output_tokens is None else row.tokens - row.output_tokens


def _is_at_once(row: SpanRow, other: SpanRow) -> bool:
    if row.start_ns is None or row.end_ns is None or other.start_ns is None or other.end_ns is None:
        return False
    return (other.end_ns - other.start_ns) * 100 >= (row.end_ns - row.start_ns) * _SAME_TIME_PERCENT > 0


def _extend(lists: list[list[int]], above: int, more: list[int]) -> None:
    """Add to the list of a node; the shorter goes into the longer, so that deep trees stay cheap."""
    if len(lists[above]) < len(more):
        lists[above], more = more, lists[above]
    lists[above].extend(more)


def _topmost(rows: Sequence[SpanRow], forest: Forest) -> list[bool]:
    under = bytearray(len(forest.parent))
    topmost = [False] * len(forest.parent)
    for node in forest.order:
        above = forest.parent[node]
        has_usage = node < len(rows) and rows[node].has_usage
        covered = above != -1 and bool(under[above])
        topmost[node] = has_usage and not covered
        under[node] = covered or has_usage
    return topmost


def cover_costs(rows: Sequence[SpanRow], forest: Forest, counted: list[bool], found: UsageRoles) -> None:
    """Compare the money that a span reports with the calls below it: what exceeds them is its own, and stands for those
    of them that report none. Who is no call after all is struck from `counted`. A zero beside calls says nothing: many exporters write it for unknown."""
    count = len(forest.parent)
    told = [Decimal(0)] * count
    open_calls: list[list[int]] = [[] for _ in range(count)]
    for node in reversed(forest.order):
        cost = rows[node].cost_usd if node < len(rows) else None
        if found.role[node] == LEAF and open_calls[node] and kind_of(node, rows) != "LLM":
            _stand_for_silent(node, open_calls[node], counted, found)
        if found.role[node] == LEAF or (counted[node] and found.role[node] is None):
            if cost is None:
                open_calls[node].append(node)
            told[node] += cost or 0
        elif cost is not None and cost > 0:
            told[node], open_calls[node] = _beyond_calls(node, cost, told[node], open_calls[node], found)
        above = forest.parent[node]
        if above != -1:
            told[above] += told[node]
            _extend(open_calls, above, open_calls[node])
            open_calls[node] = []


def _beyond_calls(
    node: int, cost: Decimal, told: Decimal, open_calls: list[int], found: UsageRoles
) -> tuple[Decimal, list[int]]:
    """The money known so far, and the calls without any, once a span that reports a cost is taken into account."""
    excess = cost - told
    if node in found.wrappers and not open_calls:
        return told, open_calls
    if excess * 100 > cost * _TOLERANCE_PERCENT:
        if open_calls or node not in found.lesser:
            _cover(node, excess, open_calls, found)
            return cost, []
        text = f"${cost.normalize():f} for fewer tokens than the calls below it report at ${told.normalize():f}: theirs count"
        found.findings.append(Finding("usage_anomaly", node, text))
        return told, open_calls
    if -excess * 100 > told * _TOLERANCE_PERCENT:
        text = f"${cost.normalize():f} is less than the ${told.normalize():f} reported below it: that counts"
        found.findings.append(Finding("usage_anomaly", node, text))
    if found.role[node] == REMAINDER and not open_calls:
        # more tokens at no more money: no price is put on what the source says is paid
        found.excess_usd[node] = max(excess, Decimal(0))
    return told, open_calls


def _stand_for_silent(node: int, calls: Sequence[int], counted: list[bool], found: UsageRoles) -> None:
    """An agent that alone reports what its calls used is no call itself: its figures stand for theirs."""
    found.role[node] = REMAINDER
    found.compared.append((node, -1))
    counted[node] = False
    for call in calls:
        if found.role[call] is None:
            found.cover[call] = node


def _cover(node: int, excess: Decimal, calls: Sequence[int], found: UsageRoles) -> None:
    found.role[node] = REMAINDER
    found.excess_usd[node] = excess
    for call in calls:
        found.cover[call] = node
