"""Where the time of a run went: what was going on at each moment, and the chain of spans that made it last so long."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracetui.model import SpanKind, Status
from tracetui.read_model import NO_TIME, Tree

MODEL, TOOL, HUMAN, RETRY, UNKNOWN, EVALUATOR, IDLE = (
    "model",
    "tool",
    "human",
    "retry",
    "unknown",
    "evaluator",
    "idle",
)
_KIND_OF = {
    SpanKind.LLM: MODEL, SpanKind.EMBEDDING: MODEL, SpanKind.RERANKER: MODEL, SpanKind.APPROVAL: HUMAN,
    SpanKind.TOOL: TOOL, SpanKind.RETRIEVER: TOOL, SpanKind.MEMORY: TOOL, SpanKind.GUARDRAIL: TOOL,
    SpanKind.EVALUATOR: EVALUATOR,
}  # fmt: skip
_FIRST = (RETRY, HUMAN, MODEL, UNKNOWN, TOOL, EVALUATOR)
"""What a moment counts as when several things go on: tries that were repeated, then waiting for a human, and so on.
A tool that runs while a call without an end may still be at work is no proof of what the run waited for."""


@dataclass(frozen=True, slots=True)
class RunTimes:
    """Nanoseconds of a run from its first start to its last end: each moment counted once, under one word.

    `model_ns`, `tool_ns` and `human_ns` (waiting for a person) are when a span of that kind ran, `retry_ns` when only
    tries ran that failed and after which the same agent began the same operation again, with the same input where that is known, `unknown_ns` when a call or tool
    may have run whose end is not recorded: until the next step of the same agent began, and no longer than the turn or other
    span that it is part of. `evaluator_ns` is when nothing but an evaluator ran. `idle_ns` is all the rest: the framework's
    own time, the user's between turns, or nothing at all; `cut_calls` without an end may have taken a part of it, since their
    turn is recorded to end before the next one began.
    """

    model_ns: int
    tool_ns: int
    human_ns: int
    retry_ns: int
    unknown_ns: int
    evaluator_ns: int
    idle_ns: int
    cut_calls: int = 0

    @property
    def total_ns(self) -> int:
        """From the first start to the last end."""
        told = (self.model_ns, self.tool_ns, self.human_ns, self.retry_ns, self.unknown_ns, self.evaluator_ns)
        return sum(told, self.idle_ns)


ACTIVITIES: Mapping[str, str] = {
    "model_ns": "model", "tool_ns": "tools", "human_ns": "waiting for a human", "retry_ns": "failed tries",
    "unknown_ns": "calls without an end", "evaluator_ns": "evaluators", "idle_ns": "idle and framework",
}  # fmt: skip
"""What `RunTimes` tells apart, in words."""
SELDOM = frozenset(("unknown_ns", "evaluator_ns"))
"""What most runs have none of."""


@dataclass(frozen=True, slots=True)
class WaitAfter:
    """A run that ended in a pause for a human: the run that went on and how long after; None where it is not known."""

    resumed_by: str | None
    waited_ns: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the critical path: while it lasted, the run waited for the span at this position."""

    position: int
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        """How long it lasted."""
        return self.end_ns - self.start_ns


def extent(tree: Tree) -> tuple[int, int] | None:
    """The first and the last time that any span tells, in nanoseconds since 1970; None where none does."""
    ends_ns = [max(column) for column in (tree.start_ns, tree.end_ns) if column]
    if not ends_ns or max(ends_ns) == NO_TIME:
        return None
    starts_ns = [_first_time(column) for column in (tree.start_ns, tree.end_ns)]
    return min(time for time in starts_ns if time != NO_TIME), max(ends_ns)


def _first_time(column: array[int]) -> int:
    if not column or NO_TIME not in column:
        return min(column, default=NO_TIME)
    return min((time for time in column if time != NO_TIME), default=NO_TIME)


def run_times(tree: Tree, failed_once: frozenset[int] = frozenset()) -> RunTimes | None:
    """What the time of a run went to; None where no span has both times. `failed_once` are positions of failed spans
    known not to be repeated with the same input: another command of a shell is no second try."""
    timed = [place for place in range(len(tree)) if _is_timed(tree, place)]
    if not timed:
        return None
    first = min(tree.start_ns[place] for place in timed)
    last = max(tree.end_ns[place] for place in timed)
    marks: list[tuple[int, int, str]] = []
    open_calls = list(_open_calls(tree, first, last))
    may_run = ((start_ns, end_ns, UNKNOWN) for start_ns, end_ns, _ in open_calls)
    for start_ns, end_ns, word in (*_activities(tree, timed, failed_once), *may_run):
        if end_ns > start_ns:
            marks += [(start_ns, 1, word), (end_ns, -1, word)]
    spent = _swept(sorted(marks), first, last)
    cut = sum(is_cut for *_, is_cut in open_calls)
    return RunTimes(**{f"{word}_ns": spent_ns for word, spent_ns in spent.items()}, cut_calls=cut)


def _activities(
    tree: Tree, timed: Sequence[int], failed_once: frozenset[int]
) -> Iterator[tuple[int, int, str]]:
    """When what went on began and ended."""
    repeated = _repeated_failures(tree) - failed_once
    for place in timed:
        word = _word(tree, place, repeated)
        if word is not None:
            yield tree.start_ns[place], tree.end_ns[place], word


def _open_calls(tree: Tree, first: int, last: int) -> Iterator[tuple[int, int, bool]]:
    """How long calls and tools whose end is not recorded may have run: until the next step of their agent began, or the
    innermost span around them ended whose end is recorded, such as their turn; and whether that cut them short."""
    places = [place for place in range(len(tree)) if _is_open(tree, place)]
    if not places:
        return
    agents, ends = _agents(tree), _ends_around(tree, last)
    starts: dict[int, list[int]] = {}
    for place in range(len(tree)):
        if tree.kind[place] in _KIND_OF and tree.start_ns[place] != NO_TIME:
            starts.setdefault(agents[place], []).append(tree.start_ns[place])
    for found in starts.values():
        found.sort()
    for place in places:
        start, later = tree.start_ns[place], starts[agents[place]]
        at = bisect_right(later, start)
        until = later[at] if at < len(later) else last
        yield max(start, first), min(until, ends[place]), ends[place] < until


def _ends_around(tree: Tree, last: int) -> list[int]:
    """The end of the innermost span above each span whose end is recorded, else the last of all."""
    above: list[int] = []
    found = []
    for place, depth in enumerate(tree.depth):
        del above[depth:]
        around = above[-1] if above else last
        found.append(around)
        above.append(tree.end_ns[place] if tree.end_ns[place] != NO_TIME else around)
    return found


def _is_open(tree: Tree, place: int) -> bool:
    has_start, has_end = tree.start_ns[place] != NO_TIME, tree.end_ns[place] != NO_TIME
    return has_start and not has_end and _KIND_OF.get(tree.kind[place]) in (MODEL, TOOL)


def _is_timed(tree: Tree, place: int) -> bool:
    start, end = tree.start_ns[place], tree.end_ns[place]
    return NO_TIME not in (start, end) and end >= start


def _word(tree: Tree, place: int, repeated: frozenset[int]) -> str | None:
    return RETRY if place in repeated else _KIND_OF.get(tree.kind[place])


def _repeated_failures(tree: Tree) -> frozenset[int]:
    """Failed spans after whose end the same agent began the same operation again, wherever below it that stands."""
    agents = _agents(tree)
    latest: dict[tuple[int, int], int] = {}
    for place in range(len(tree)):
        key = (agents[place], tree.operation[place])
        latest[key] = max(latest.get(key, NO_TIME), tree.start_ns[place])
    return frozenset(
        place for place in range(len(tree))
        if tree.status[place] is Status.ERROR and tree.kind[place] in _KIND_OF and _is_timed(tree, place)
        and latest[agents[place], tree.operation[place]] >= tree.end_ns[place] > tree.start_ns[place]
    )  # fmt: skip


def _agents(tree: Tree) -> list[int]:
    """The position of the innermost agent above each span, 0 where there is none."""
    above: list[int] = []
    found = []
    for place, depth in enumerate(tree.depth):
        del above[depth:]
        agent = above[-1] if above else 0
        found.append(agent)
        above.append(place if tree.kind[place] is SpanKind.AGENT else agent)
    return found


def _swept(marks: Sequence[tuple[int, int, str]], first: int, last: int) -> dict[str, int]:
    running = dict.fromkeys(_FIRST, 0)
    spent = dict.fromkeys((*_FIRST, IDLE), 0)
    moment = first
    for at_ns, change, word in (*marks, (last, 0, MODEL)):
        now = next((name for name in _order(running) if running[name]), IDLE)
        spent[now] += at_ns - moment
        running[word] += change
        moment = at_ns
    return spent


def _order(running: dict[str, int]) -> Iterator[str]:
    """A failed try only counts as such while nothing else goes on beside it."""
    if running[RETRY] and not any(running[word] for word in _FIRST if word != RETRY):
        yield RETRY
    yield from (word for word in _FIRST if word != RETRY)


def critical_path(tree: Tree) -> list[Stretch]:
    """The chain of spans for which the run waited, in the order of time, from the root's start to its end.

    Walked backwards from the end: of the spans below, the one that ended last is what was waited for; before it began,
    the one that ended last by then. What no child covers is the span's own.
    """
    if not len(tree) or not _is_timed(tree, 0):
        return []
    children = _timed_children(tree)
    found: list[Stretch] = []
    waiting = [(0, tree.start_ns[0], tree.end_ns[0])]
    while waiting:
        place, start, end = waiting.pop()
        moment = end
        for child in children[place]:
            child_end, child_start = min(tree.end_ns[child], moment), max(tree.start_ns[child], start)
            if child_end <= child_start or child_start >= moment:
                continue
            if child_end < moment:
                found.append(Stretch(place, child_end, moment))
            waiting.append((child, child_start, child_end))
            moment = child_start
        if moment > start:
            found.append(Stretch(place, start, moment))
    return _joined(sorted(found, key=lambda stretch: stretch.start_ns))


def _timed_children(tree: Tree) -> list[list[int]]:
    """Children of each span that have times, the last to end first."""
    children: list[list[int]] = [[] for _ in range(len(tree))]
    above: list[int] = []
    for place, depth in enumerate(tree.depth):
        del above[depth:]
        if above and _is_timed(tree, place):
            children[above[-1]].append(place)
        above.append(place)
    for siblings in children:
        siblings.sort(key=lambda place: (-tree.end_ns[place], -tree.start_ns[place]))
    return children


def _joined(path: list[Stretch]) -> list[Stretch]:
    """Neighbouring stretches of one span as one."""
    bounds = [
        0,
        *(index + 1 for index, (a, b) in enumerate(pairwise(path)) if a.position != b.position),
        len(path),
    ]
    return [
        Stretch(path[start].position, path[start].start_ns, path[stop - 1].end_ns)
        for start, stop in pairwise(bounds)
        if start < stop
    ]
