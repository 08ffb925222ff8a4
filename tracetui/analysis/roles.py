"""What the spans of a forest stand for: steps, counted usage, self time."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.analysis.forest import LATEST, Forest, SpanRow
from tracetui.model import STEP_KINDS

BOUNDARY = frozenset({"TOOL", "AGENT", "HANDOFF"})
"""Kinds behind which another actor works."""
_WRAPPER_REACH = 64
"""How many levels above a span a wrapper of the same operation is looked for."""


def kind_of(node: int, rows: Sequence[SpanRow]) -> str:
    """The node's kind; a synthetic node is a CHAIN."""
    return rows[node].kind if node < len(rows) else "CHAIN"


def status_of(node: int, rows: Sequence[SpanRow]) -> str:
    """The node's own status; a synthetic node has none."""
    return rows[node].status if node < len(rows) else "unset"


def steps(rows: Sequence[SpanRow], forest: Forest) -> list[int | None]:
    """Step number of each node within its run, from 1 in start order, ties by position; None for no step."""
    wrappers = _wrappers(rows, forest)
    members: dict[int, list[int]] = {}
    for node, row in enumerate(rows):
        if row.kind in STEP_KINDS and node not in wrappers:
            members.setdefault(forest.root[node], []).append(node)
    numbers: list[int | None] = [None] * len(forest.parent)
    starts = _effective_starts(rows, forest)
    for nodes in members.values():
        nodes.sort(key=lambda node: (starts[node], forest.position[node]))
        for number, node in enumerate(nodes, start=1):
            numbers[node] = number
    return numbers


def counted_calls(
    rows: Sequence[SpanRow], forest: Forest, numbers: Sequence[int | None], roles: Sequence[str | None]
) -> list[bool]:
    """Which nodes count as one model call each: usage leaves, and model steps whose usage nobody reports."""
    counted = [role == "leaf" for role in roles]
    for node, row in enumerate(rows):
        if row.kind == "LLM" and numbers[node] is not None and roles[node] is None:
            counted[node] = not _covered_by_wrapper(node, rows, forest, roles)
    return counted


def parent_steps(forest: Forest, numbers: Sequence[int | None]) -> list[int | None]:
    """Number of the nearest step above each node."""
    result: list[int | None] = [None] * len(forest.parent)
    for node in forest.order:
        above = forest.parent[node]
        if above != -1:
            result[node] = result[above] if numbers[above] is None else numbers[above]
    return result


def agents_around(rows: Sequence[SpanRow], forest: Forest) -> list[int]:
    """The nearest agent's span above each node; -1 where there is none."""
    result = [-1] * len(forest.parent)
    for node in forest.order:
        above = forest.parent[node]
        if above != -1:
            result[node] = above if kind_of(above, rows) == "AGENT" else result[above]
    return result


def tools_around(rows: Sequence[SpanRow], forest: Forest) -> list[int]:
    """The nearest tool of each node, itself or above; -1 where there is none."""
    result = [-1] * len(forest.parent)
    for node in forest.order:
        above = forest.parent[node]
        result[node] = node if kind_of(node, rows) == "TOOL" else -1 if above == -1 else result[above]
    return result


def call_steps(forest: Forest, numbers: Sequence[int | None], counted: Sequence[bool]) -> dict[int, int]:
    """First step below each counted node that is no step itself: a wrapper that alone reports the usage."""
    result = {}
    first = 0
    for root in forest.roots:
        stop = first + forest.subtree_end[root]
        for place in range(first, stop):
            node = forest.order[place]
            if counted[node] and numbers[node] is None:
                below = forest.order[place : first + forest.subtree_end[node]]
                result[node] = min((number for child in below if (number := numbers[child])), default=0)
        first = stop
    return {node: number for node, number in result.items() if number}


def self_times(rows: Sequence[SpanRow], forest: Forest) -> list[int | None]:
    """Nanoseconds of each node in which none of its children ran; None where a time is unknown or turned round."""
    result: list[int | None] = [None] * len(forest.parent)
    for node, row in enumerate(rows):
        if row.start_ns is None or row.end_ns is None or row.end_ns < row.start_ns:
            continue
        result[node] = _uncovered(row.start_ns, row.end_ns, forest.children[node], rows)
    return result


def _wrappers(rows: Sequence[SpanRow], forest: Forest) -> set[int]:
    """Nodes whose operation a descendant stands for: a framework's span around the provider's own."""
    wrappers: set[int] = set()
    for node, row in enumerate(rows):
        if row.kind in STEP_KINDS:
            _mark_wrappers_above(node, row, rows, forest, wrappers)
    return wrappers


def _mark_wrappers_above(
    node: int, row: SpanRow, rows: Sequence[SpanRow], forest: Forest, wrappers: set[int]
) -> None:
    above = forest.parent[node]
    for _ in range(_WRAPPER_REACH):
        if above == -1 or above in wrappers:
            return
        kind = kind_of(above, rows)
        if kind == row.kind and (kind == "LLM" or rows[above].operation == row.operation):
            wrappers.add(above)
        elif kind in BOUNDARY or (kind in STEP_KINDS and kind != row.kind):
            return
        above = forest.parent[above]


def _effective_starts(rows: Sequence[SpanRow], forest: Forest) -> list[int]:
    """Start of each node, else that of the span before it in depth-first order."""
    starts = [LATEST] * len(forest.parent)
    before = 0
    for node in forest.order:
        own = rows[node].start_ns if node < len(rows) else None
        before = starts[node] = before if own is None else own
    return starts


def _covered_by_wrapper(
    node: int, rows: Sequence[SpanRow], forest: Forest, roles: Sequence[str | None]
) -> bool:
    above = forest.parent[node]
    for _ in range(_WRAPPER_REACH):
        if above == -1 or kind_of(above, rows) in BOUNDARY:
            return False
        if kind_of(above, rows) == "LLM":
            return roles[above] == "leaf"
        above = forest.parent[above]
    return False


def _uncovered(start: int, end: int, children: Sequence[int], rows: Sequence[SpanRow]) -> int:
    covered, reached = 0, start
    for child in children:
        row = rows[child] if child < len(rows) else None
        if row is None or row.start_ns is None or row.end_ns is None:
            continue
        begin, finish = max(row.start_ns, reached), min(row.end_ns, end)
        if finish > begin:
            covered += finish - begin
            reached = finish
    return end - start - covered
