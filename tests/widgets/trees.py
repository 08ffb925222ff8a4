"""Trees for the widget tests, small and huge."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tracetui.model import SpanKind, Status
from tracetui.read_model import NO_TIME, Tree
from tracetui.tree_costs import TreeCosts

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Node:
    """One span of a test tree, in depth-first order; times in seconds."""

    depth: int
    name: str
    start_s: float | None = None
    end_s: float | None = None
    kind: SpanKind = SpanKind.CHAIN
    status: Status = Status.OK
    tokens: int = 0
    cost_usd: Decimal | None = None
    is_left_out: bool = False


def tree_of(nodes: Sequence[Node], failed: int = 0, slow: frozenset[int] = frozenset()) -> Tree:
    """The columns for a list of nodes; siblings of one name in a row count as equal."""
    depth = array("i", [node.depth for node in nodes])
    end = ends_of(depth)
    labels = list(dict.fromkeys(node.name for node in nodes))
    label = array("i", [labels.index(node.name) for node in nodes])
    return Tree(
        run_id="run",
        span_key=array("q", range(len(nodes))),
        depth=depth,
        end=end,
        start_ns=array("q", [_ns(node.start_s) for node in nodes]),
        end_ns=array("q", [_ns(node.end_s) for node in nodes]),
        kind=[node.kind for node in nodes],
        status=[node.status for node in nodes],
        step=array("i", range(len(nodes))),
        tokens=array("q", [node.tokens for node in nodes]),
        label=label,
        labels=labels,
        operation=label,
        slow=slow,
        synthetic=frozenset(),
        failed=failed,
        repeat=_repeats(depth, end, label),
        costs=TreeCosts.of((node.cost_usd for node in nodes), (node.is_left_out for node in nodes)),
    )


def shaped(depth: array[int], end: array[int]) -> Tree:
    """A tree of any size with one label and no times."""
    size = len(depth)
    zeros = array("q", bytes(8 * size))
    unknown = array("q", [NO_TIME]) * size
    return Tree(
        run_id="run",
        span_key=zeros,
        depth=depth,
        end=end,
        start_ns=unknown,
        end_ns=unknown,
        kind=[SpanKind.TOOL] * size,
        status=[Status.OK] * size,
        step=zeros,
        tokens=zeros,
        label=zeros,
        labels=["span"],
        operation=zeros,
        slow=frozenset(),
        synthetic=frozenset(),
        failed=0,
    )


def chain(size: int) -> Tree:
    """Every span has one child."""
    return shaped(array("i", range(size)), array("i", [size]) * size)


def wide(children: int, grandchildren: int) -> Tree:
    """One root, `children` below it, `grandchildren` below each of them."""
    block = grandchildren + 1
    size = 1 + children * block
    depth = array("i", [0]) + array("i", [1, *[2] * grandchildren]) * children
    end = array("i", range(1, size + 1))
    end[0] = size
    for child in range(1, size, block):
        end[child] = child + block
    return shaped(depth, end)


def ends_of(depth: Sequence[int]) -> array[int]:
    """For each position the one after its last descendant."""
    end = array("i", bytes(4 * len(depth)))
    for position in range(len(depth) - 1, -1, -1):
        following = position + 1
        while following < len(depth) and depth[following] > depth[position]:
            following = end[following]
        end[position] = following
    return end


def _repeats(depth: Sequence[int], end: Sequence[int], label: Sequence[int]) -> array[int]:
    repeat = array("i", [1]) * len(depth)
    for position in range(len(depth) - 1, -1, -1):
        following = end[position]
        if following < len(depth) and (depth[following], label[following]) == (
            depth[position],
            label[position],
        ):
            repeat[position] = repeat[following] + 1
    return repeat


def _ns(time_s: float | None) -> int:
    return NO_TIME if time_s is None else round(time_s * SECOND_NS)
