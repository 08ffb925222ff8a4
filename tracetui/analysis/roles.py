"""What the spans of a forest stand for: steps, counted usage, self time, how each run ended and where it broke."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from tracetui.analysis.forest import LATEST, Forest, SpanRow
from tracetui.model import STEP_KINDS

_BOUNDARY = frozenset({"TOOL", "AGENT", "HANDOFF"})
_BAD = frozenset({"error", "interrupted"})
_TELLING_CHARACTERS = 12
_WRAPPER_REACH = 64
"""How many levels above a span a wrapper of the same operation is looked for."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: its status, the node where it broke (None when it did not), its failures and how many of
    them the run survived."""

    status: str
    failed: int | None
    errors: int
    recovered: int


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


def usage_roles(rows: Sequence[SpanRow], forest: Forest) -> list[str | None]:
    """`leaf` or `rollup` for each node with usage: a rollup repeats what its descendants report."""
    count = len(forest.parent)
    below = bytearray(count)  # usage anywhere below
    near = bytearray(count)  # usage below without a tool, agent or handoff between
    roles: list[str | None] = [None] * count
    for node in reversed(forest.order):
        has_usage = node < len(rows) and rows[node].has_usage
        kind = kind_of(node, rows)
        if has_usage:
            covered = near[node] if kind == "LLM" else below[node]
            roles[node] = "rollup" if covered else "leaf"
        above = forest.parent[node]
        if above != -1:
            below[above] |= has_usage or below[node]
            near[above] |= (has_usage or near[node]) and kind not in _BOUNDARY
    return roles


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


def run_end(root: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> RunEnd:
    """How the run of these nodes (depth first, the root first) ended."""
    causes = [
        node for node in nodes if status_of(node, rows) in _BAD and not _has_bad_child(node, rows, forest)
    ]
    errors = [node for node in causes if status_of(node, rows) == "error"]
    reaching = _reaching(root, nodes, rows, forest) if causes else set()
    status = status_of(root, rows)
    if status in ("unset", "ok"):
        status = _inferred_status(root, nodes, causes, rows)
    failed = _failed_node(root, causes, reaching, rows, forest) if status in _BAD else None
    if failed is not None and status == "error" and status_of(failed, rows) == "interrupted":
        status = "interrupted"
    survived = sum(1 for node in errors if node != failed and node not in reaching)
    return RunEnd(status, failed, len(errors), survived)


def step_to_look_at(
    failed: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest, numbers: Sequence[int | None]
) -> int | None:
    """Number of the step that a failed node stands for: its own, else the last guardrail or else the last step
    below it, else the nearest above it, else the last one before it."""
    own = numbers[failed]
    if own is not None:
        return own
    first = forest.position[failed]
    inside = nodes[first : forest.subtree_end[failed]]
    guardrails = [node for node in inside if kind_of(node, rows) == "GUARDRAIL"]
    below = [number for node in guardrails or inside if (number := numbers[node]) is not None]
    if below:
        return max(below)
    above = forest.parent[failed]
    while above != -1:
        number = numbers[above]
        if number is not None:
            return number
        above = forest.parent[above]
    before = [number for node in nodes[:first] if (number := numbers[node]) is not None]
    return max(before, default=None)


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
        elif kind in _BOUNDARY or (kind in STEP_KINDS and kind != row.kind):
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
        if above == -1 or kind_of(above, rows) in _BOUNDARY:
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


def _has_bad_child(node: int, rows: Sequence[SpanRow], forest: Forest) -> bool:
    return any(
        rows[child].status in _BAD if child < len(rows) else _has_bad_child(child, rows, forest)
        for child in forest.children[node]
    )


def _inferred_status(root: int, nodes: Sequence[int], causes: Sequence[int], rows: Sequence[SpanRow]) -> str:
    """Status of a run from what happened last, where its root has none or says ok to a pause for a human."""
    status = status_of(root, rows)
    latest_start = max((_start(node, rows) for node in nodes), default=-1)
    last = [status_of(node, rows) for node in causes if _end(node, rows) >= latest_start]
    if "interrupted" in last:
        return "interrupted"
    if status == "unset" and last:
        return last[0]
    if root >= len(rows):
        seen = {rows[node].status for node in nodes if node < len(rows)}
        return "unfinished" if "unfinished" in seen else "ok" if seen == {"ok"} else "unset"
    return status


def _failed_node(
    root: int, causes: Sequence[int], reaching: Set[int], rows: Sequence[SpanRow], forest: Forest
) -> int | None:
    """The deepest span that raised: the last cause that reached the root, else the root's own failure, else the
    last cause of all."""
    below = [node for node in causes if node in reaching and node != root]
    if not below:
        below = [node for node in causes if node != root and _same_error(node, root, rows)]
    if not below and status_of(root, rows) not in _BAD:
        below = list(causes)
    if not below:
        return root if root < len(rows) else None
    failed = _latest(below, rows, forest)
    while inside := [
        node for node in causes if _is_below(node, failed, forest) and _quotes(failed, node, rows)
    ]:
        failed = _latest(inside, rows, forest)
    return failed


def _latest(nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> int:
    return max(nodes, key=lambda node: (_end(node, rows), forest.depth[node], -node))


def _is_below(node: int, above: int, forest: Forest) -> bool:
    return (
        forest.root[node] == forest.root[above]
        and forest.position[above] < forest.position[node] < forest.subtree_end[above]
    )


def _quotes(outer: int, inner: int, rows: Sequence[SpanRow]) -> bool:
    """Whether a failure speaks of another one below it, across levels that did not fail themselves."""
    if inner >= len(rows) or outer >= len(rows):
        return False
    words, spoken = rows[inner].error, rows[outer].error
    core = words.partition(": ")[2]  # each level may name itself in front
    return bool(words) and (words in spoken or (len(core) >= _TELLING_CHARACTERS and core in spoken))


def _reaching(root: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> set[int]:
    """Nodes whose failure may be that of the root: it was passed on all the way up."""
    reaching = {root}
    latest: dict[int, int] = {}
    for node in nodes[1:]:
        if forest.parent[node] in reaching and _is_passed_on(node, rows, forest, latest):
            reaching.add(node)
    return reaching


def _is_passed_on(node: int, rows: Sequence[SpanRow], forest: Forest, latest: dict[int, int]) -> bool:
    """Whether the failure of a node may be that of the span above: that one failed too, and in the same words or
    without going on to anything else. A synthetic node lets everything through. `latest` keeps what is known of
    the start of each node's last child."""
    if node >= len(rows):
        return True
    if rows[node].status not in _BAD:
        return False
    above = forest.parent[node]
    real = forest.parent[above] if above >= len(rows) else above
    if real == -1:
        return True
    if rows[real].status not in _BAD:
        return False
    if _same_error(node, real, rows):
        return True
    for parent in (above, real):
        if parent not in latest:
            latest[parent] = max(_start(child, rows) for child in forest.children[parent])
    return max(latest[above], latest[real]) < _end(node, rows)


def _same_error(node: int, root: int, rows: Sequence[SpanRow]) -> bool:
    """Whether the root's error may be the node's: the same words, or no words at all to tell them apart."""
    outer = rows[root].error if root < len(rows) else ""
    mine = rows[node].error
    return not outer or (bool(mine) and (mine in outer or outer in mine))


def _start(node: int, rows: Sequence[SpanRow]) -> int:
    start = rows[node].start_ns if node < len(rows) else None
    return -1 if start is None else start


def _end(node: int, rows: Sequence[SpanRow]) -> int:
    if node >= len(rows):
        return -1
    row = rows[node]
    return row.end_ns if row.end_ns is not None else row.start_ns if row.start_ns is not None else -1
