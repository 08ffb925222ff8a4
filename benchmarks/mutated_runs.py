"""Pairs of runs whose second is a changed copy of the first, with the truth about which spans belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from random import Random

from tracetui.analysis.diff.compared import ComparedRun
from tracetui.analysis.diff.settings import NO_SETTINGS
from tracetui.model import SpanKind, Status

_TOOLS = (
    "get_user", "get_order", "search_flights", "search_hotels", "book_flight", "cancel_order", "update_order",
    "send_mail", "read_file", "write_file", "run_tests", "calculate", "list_files", "query_database",
)  # fmt: skip
_AGENTS = ("planner", "researcher", "writer")
_CALL_NS = 900_000_000


@dataclass(slots=True)
class Node:
    """A span in the making; `identity` is the same in both runs for one step, None for what only one run has."""

    kind: SpanKind
    operation: str
    identity: int | None
    given: int = 0
    facets: tuple[int, ...] = ()
    returned: int = 0
    status: Status = Status.OK
    below: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs and the identities of their spans in depth-first order."""

    a: ComparedRun
    b: ComparedRun
    a_identities: list[int | None]
    b_identities: list[int | None]

    @property
    def truth(self) -> set[tuple[int, int]]:
        """The places that belong together."""
        where = {identity: j for j, identity in enumerate(self.b_identities) if identity is not None}
        return {(i, where[identity]) for i, identity in enumerate(self.a_identities) if identity in where}


class Maker:
    """Makes spans with what comes out of one random source."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._identity = 0

    def run(self, spans: int) -> Node:
        """A run of about as many spans: turns of a model call and tools, now and then a sub-agent."""
        root = self._node(SpanKind.AGENT, "support")
        count = 1
        while count < spans:
            root.below.append(self.turn(deep=True))
            count += _size(root.below[-1])
        return root

    def turn(self, *, deep: bool) -> Node:
        """A model call with the tools that it asks for."""
        turn = self._node(SpanKind.CHAIN, "turn")
        turn.below = [self._call(), *(self.tool() for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))))]
        if deep and self.random.random() < 0.08:
            agent = self._node(SpanKind.AGENT, self.random.choice(_AGENTS))
            agent.below = [self.turn(deep=False) for _ in range(self.random.randrange(2, 6))]
            turn.below.append(agent)
        return turn

    def tool(self) -> Node:
        """A tool call with one to four arguments."""
        node = self._node(SpanKind.TOOL, self.random.choice(_TOOLS))
        self.give(node, tuple(self._number() for _ in range(self.random.randrange(1, 5))))
        return node

    def give(self, node: Node, facets: tuple[int, ...]) -> None:
        """Give a tool call arguments, and the result that comes of them."""
        node.facets, node.given, node.returned = facets, hash(facets), hash((facets, 1))

    def noise(self, node: Node) -> None:
        """Another text of every model call, as any second run has."""
        for each in _all(node):
            if each.kind is SpanKind.LLM:
                each.given, each.returned = self._number(), self._number()

    def changed(self, facets: tuple[int, ...]) -> tuple[int, ...]:
        """The arguments with one of them changed."""
        at = self.random.randrange(len(facets))
        return (*facets[:at], self._number(), *facets[at + 1 :])

    def _call(self) -> Node:
        return self._node(SpanKind.LLM, "chat", given=self._number(), returned=self._number())

    def _number(self) -> int:
        return self.random.getrandbits(60) | 1

    def _node(self, kind: SpanKind, operation: str, given: int = 0, returned: int = 0) -> Node:
        self._identity += 1
        return Node(kind, operation, self._identity, given, (), returned)


def _all(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(each.below)


def _size(node: Node) -> int:
    return sum(1 for _ in _all(node))


def _copy(node: Node) -> Node:
    return replace(node, below=[_copy(below) for below in node.below])


def _turns(root: Node) -> Iterator[Node]:
    return (node for node in _all(root) if node.operation == "turn")


def _only_noise(_maker: Maker, _root: Node) -> None:
    """Nothing but other texts."""


def _retries(maker: Maker, root: Node) -> None:
    """8 % of the tool calls fail first and are tried again."""
    for turn in list(_turns(root)):
        below = []
        for node in turn.below:
            if node.kind is SpanKind.TOOL and maker.random.random() < 0.08:
                below.append(
                    replace(node, identity=None, returned=maker.random.getrandbits(60), status=Status.ERROR)
                )
            below.append(node)
        turn.below = below


def _insert_and_drop(maker: Maker, root: Node) -> None:
    """5 % of the turns are gone, 5 % are new."""
    below = []
    for turn in root.below:
        if maker.random.random() >= 0.05:
            below.append(turn)
        if maker.random.random() < 0.05:
            new = maker.turn(deep=False)
            for node in _all(new):
                node.identity = None
            below.append(new)
    root.below = below


def _reorder(maker: Maker, root: Node) -> None:
    """Tools of one turn run in another order."""
    for turn in _turns(root):
        tools = turn.below[1:]
        maker.random.shuffle(tools)
        turn.below[1:] = tools


def _change_arguments(maker: Maker, root: Node) -> None:
    """30 % of the tool calls have another argument."""
    for node in _all(root):
        if node.kind is SpanKind.TOOL and maker.random.random() < 0.3:
            maker.give(node, maker.changed(node.facets))


def _diverge(maker: Maker, root: Node) -> None:
    """From 60 % on, another run."""
    kept = root.below[: len(root.below) * 6 // 10]
    lost = root.below[len(kept) :]
    new = [maker.turn(deep=True) for _ in lost]
    for turn in new:
        for node in _all(turn):
            node.identity = None
    root.below = kept + new


def _wrap(_maker: Maker, root: Node) -> None:
    """A level of spans around every turn's content, as a framework's new version adds it."""
    for turn in list(_turns(root)):
        turn.below = [Node(SpanKind.CHAIN, "RunnableSequence", None, below=turn.below)]


def _mix(maker: Maker, root: Node) -> None:
    """All of it, but for the divergence."""
    for mutate in (_insert_and_drop, _change_arguments, _reorder, _retries, _wrap):
        mutate(maker, root)


MUTATIONS: Mapping[str, Callable[[Maker, Node], None]] = {
    "text noise": _only_noise,
    "retries": _retries,
    "insertions and drops": _insert_and_drop,
    "reordering": _reorder,
    "changed arguments": _change_arguments,
    "divergence": _diverge,
    "wrapper level": _wrap,
    "mixed": _mix,
}


def pair(mutation: str, spans: int, seed: int) -> Pair:
    """A run of about as many spans and its mutated copy."""
    maker = Maker(Random(seed))
    first = maker.run(spans)
    second = _copy(first)
    maker.noise(second)
    MUTATIONS[mutation](maker, second)
    a, a_identities = compared(first, "a")
    b, b_identities = compared(second, "b")
    return Pair(a, b, a_identities, b_identities)


def unrelated(spans: int, seed: int) -> tuple[ComparedRun, ComparedRun]:
    """Two runs that have nothing to do with each other."""
    first, second = (compared(Maker(Random(seed + n)).run(spans), f"{n}")[0] for n in range(2))
    return first, second


def compared(root: Node, run_id: str) -> tuple[ComparedRun, list[int | None]]:
    """A run in columns, with the identities of its spans."""
    depth: list[int] = []
    nodes: list[Node] = []
    stack = [(root, 0)]
    while stack:
        node, level = stack.pop()
        nodes.append(node)
        depth.append(level)
        stack.extend((below, level + 1) for below in reversed(node.below))
    sizes = [1] * len(nodes)
    above: list[int] = []
    for at, level in enumerate(depth):
        del above[level:]
        for each in above:
            sizes[each] += 1
        above.append(at)
    end = [at + size for at, size in enumerate(sizes)]
    acts = [node.kind in {SpanKind.LLM, SpanKind.TOOL} for node in nodes]
    steps = [number * is_step for number, is_step in zip(accumulate(acts), acts, strict=True)]
    run = ComparedRun(
        run_id, depth, end, steps, [n.kind for n in nodes], [n.operation for n in nodes], [n.status for n in nodes],
        [n.given for n in nodes], [n.facets for n in nodes], [NO_SETTINGS] * len(nodes), [0] * len(nodes),
        [n.returned for n in nodes], [_CALL_NS if is_step else None for is_step in acts], [-1] * len(nodes),
        [None] * len(nodes), [None] * len(nodes),
    )  # fmt: skip
    return run, [node.identity for node in nodes]
