"""How a run ended: its status, its failures, and where it broke."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest

from tracetui.analysis.forest import Forest, SpanRow
from tracetui.analysis.roles import kind_of, status_of
from tracetui.model import STEP_KINDS

_BAD = frozenset({"error", "interrupted"})
_TELLING_CHARACTERS = 12
_QUOTE_REACH = 64
"""How many levels above a failure another one that quotes it is looked for."""
_COUNTED = r"(?:iterations?|turns?|steps?|rounds?|messages?|budget|cost)"
_OUT_OF = re.compile(
    rf"(?:\b|_)max(?:imum)?[ _]{{1,2}}(?:\w{{1,12}} ){{0,2}}{_COUNTED}|{_COUNTED}[ _](?:\w{{1,12}} )?limit|"
    rf"limit(?:ed)? (?:of|on|to) (?:\S{{1,12}} ){{0,2}}{_COUNTED}",
    re.IGNORECASE,
)
_GUARDED = re.compile("guardrail|tripwire", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: its status, the node where it broke and the node whose error says so (None when it did not;
    they differ where a guardrail tripped), its failures and how many of them the run survived."""

    status: str
    failed: int | None
    cause: int | None
    errors: int
    recovered: int


def run_end(root: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> RunEnd:
    """How the run of these nodes (depth first, the root first) ended."""
    causes = [
        node for node in nodes if status_of(node, rows) in _BAD and not _has_bad_child(node, rows, forest)
    ]
    quoting = _quoting(causes, rows, forest)
    errors = [node for node in causes if status_of(node, rows) == "error" and node not in quoting]
    reaching = _reaching(root, nodes, rows, forest) if causes else set()
    status = status_of(root, rows)
    if status in ("unset", "ok"):
        status = _inferred_status(root, nodes, causes, rows, forest)
    cause = _failed_node(root, causes, reaching, rows, forest) if status in _BAD else None
    if cause is not None and status == "error" and status_of(cause, rows) == "interrupted":
        status = "interrupted"
    survived = sum(1 for node in errors if node != cause and node not in reaching)
    failed = None if cause is None else _tripped_guardrail(cause, nodes, rows, forest)
    return RunEnd(status, failed, cause, len(errors), survived)


def raised(rows: Sequence[SpanRow], forest: Forest) -> frozenset[int]:
    """Nodes that failed while nothing below them did."""
    failed = [node for node in forest.order if status_of(node, rows) == "error"]
    return frozenset(
        node
        for node, after in zip_longest(failed, failed[1:])
        if after is None
        or forest.root[after] != forest.root[node]
        or forest.position[after] >= forest.subtree_end[node]
    )


def failed_step(
    failed: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest, numbers: Sequence[int | None]
) -> int | None:
    """Number of the step that a failed node stands for: its own, that of the operation it wraps, or that of the
    nearest step around it. None where no step failed, as when an agent runs out of turns."""
    if numbers[failed] is not None:
        return numbers[failed]
    if kind_of(failed, rows) in STEP_KINDS:
        return _last_step(nodes[forest.position[failed] : forest.subtree_end[failed]], numbers)
    above = forest.parent[failed]
    while above != -1:
        if numbers[above] is not None:
            return numbers[above]
        above = forest.parent[above]
    return None


def steps_before(
    failed: int, nodes: Sequence[int], forest: Forest, numbers: Sequence[int | None]
) -> int | None:
    """Number of the last step that stands before the end of a failed node; None where there is none."""
    return _last_step(nodes[: forest.subtree_end[failed]], numbers)


def _last_step(nodes: Sequence[int], numbers: Sequence[int | None]) -> int | None:
    return max((number for node in nodes if (number := numbers[node]) is not None), default=None)


def _quoting(causes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> set[int]:
    """Causes that only pass on another one below them, across levels that did not fail themselves."""
    candidates = set(causes)
    found: set[int] = set()
    for node in causes:
        above = forest.parent[node]
        for _ in range(_QUOTE_REACH):
            if above == -1:
                break
            if above in candidates and _quotes(above, node, rows):
                found.add(above)
            above = forest.parent[above]
    return found


def _tripped_guardrail(cause: int, nodes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> int:
    """The guardrail below a failed node that its error speaks of, else the node itself."""
    spoken = rows[cause].error if cause < len(rows) else ""
    inside = nodes[forest.position[cause] + 1 : forest.subtree_end[cause]]
    guardrails = [node for node in inside if kind_of(node, rows) == "GUARDRAIL"]
    named = [node for node in guardrails if rows[node].operation in spoken]
    if not named and not _GUARDED.search(spoken):
        return cause
    return (named or guardrails or [cause])[-1]


def _has_bad_child(node: int, rows: Sequence[SpanRow], forest: Forest) -> bool:
    return any(
        rows[child].status in _BAD if child < len(rows) else _has_bad_child(child, rows, forest)
        for child in forest.children[node]
    )


def _final(nodes: Sequence[int], causes: Sequence[int], rows: Sequence[SpanRow], forest: Forest) -> list[int]:
    """The causes after whose end nothing began; in a log without times, those that no model call follows."""
    latest_start = max((_start(node, rows) for node in nodes), default=-1)
    if latest_start >= 0:
        return [node for node in causes if _end(node, rows) >= latest_start]
    calls = [forest.position[node] for node in nodes if kind_of(node, rows) == "LLM"]
    return [node for node in causes if forest.position[node] > max(calls, default=-1)]


def _inferred_status(
    root: int, nodes: Sequence[int], causes: Sequence[int], rows: Sequence[SpanRow], forest: Forest
) -> str:
    """Status of a run from what happened last, where its root has none or says ok to a pause for a human."""
    status = status_of(root, rows)
    last = [status_of(node, rows) for node in _final(nodes, causes, rows, forest)]
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
    if _OUT_OF.search(rows[real].error):
        # an agent that used up its turns ended by that, whatever failed last
        return False
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
