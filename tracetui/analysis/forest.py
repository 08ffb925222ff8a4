"""The spans of one trace as trees: every span is placed exactly once, whatever its parent says.

Pure functions over columns, iterative throughout: a chain of 100,000 spans, a cycle, twins and orphans all end in
a forest whose roots are the runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SpanRow:
    """What the shape of a trace depends on, one a span; `operation` is the tool's name or else the span's, `tokens`,
    `output_tokens` among them and `cost_usd` are what it reports."""

    key: int
    span_id: str
    parent_id: str | None
    start_ns: int | None
    end_ns: int | None
    kind: str
    status: str
    operation: str
    error: str
    has_usage: bool
    tokens: int | None = None
    cost_usd: Decimal | None = None
    model: str | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An oddity of the shape, about the span at `index` (an index into the rows given)."""

    code: str
    index: int
    message: str


@dataclass(slots=True)
class Forest:
    """Parent of each row (-1 for a root), in columns over the rows given plus the synthetic nodes behind them.

    `order` lists all nodes depth first, run after run; `depth`, `subtree_end` and `position` count within the run,
    `root` is the node of the run's root. Nodes from `synthetic_from` on stand for parents that the trace lacks.
    """

    parent: list[int]
    roots: list[int]
    synthetic_from: int
    synthetic_ids: list[str]
    findings: list[Finding]
    order: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    subtree_end: list[int] = field(default_factory=list)
    root: list[int] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)


def grow(rows: Sequence[SpanRow], *, single_run: bool = False) -> Forest:
    """The forest of one trace. With `single_run`, several roots hang under one synthetic root."""
    findings: list[Finding] = []
    parent, detached = _parents(rows, findings)
    detached += _break_cycles(rows, parent, findings)
    forest = _with_synthetic(rows, parent, detached, findings, single_run)
    _lay_out(rows, forest)
    return forest


def _parents(rows: Sequence[SpanRow], findings: list[Finding]) -> tuple[list[int], list[int]]:
    """Parent index of each row (-1 for a root) and the rows whose parent is not there."""
    by_id: dict[str, int] = {}
    for index, row in enumerate(rows):
        if by_id.setdefault(row.span_id, index) != index:
            findings.append(
                Finding("duplicate_id", index, f"another span of the trace has the id {row.span_id}")
            )
    parent, detached = [], []
    for index, row in enumerate(rows):
        found = -1 if row.parent_id is None else by_id.get(row.parent_id, -2)
        if found == -2:
            detached.append(index)
            findings.append(Finding("orphan", index, f"its parent {row.parent_id} is not in the trace"))
            found = -1
        parent.append(found)
    return parent, detached


def _break_cycles(rows: Sequence[SpanRow], parent: list[int], findings: list[Finding]) -> list[int]:
    """Cut each cycle of parents above its earliest span; the cut spans."""
    done = bytearray(len(rows))
    cut = []
    for start in range(len(rows)):
        path, node = [], start
        while node != -1 and not done[node]:
            done[node] = 1
            path.append(node)
            node = parent[node]
        if node != -1 and done[node] == 1:
            cycle = path[path.index(node) :]
            first = min(cycle, key=lambda index: (_start(rows[index]), index))
            way = f"its parents lead back to it through {len(cycle)} spans"
            findings.append(
                Finding("cycle", first, way if len(cycle) > 1 else "it names itself as its parent")
            )
            parent[first] = -1
            cut.append(first)
        for passed in path:
            done[passed] = 2
    return cut


def _with_synthetic(
    rows: Sequence[SpanRow], parent: list[int], detached: list[int], findings: list[Finding], single_run: bool
) -> Forest:
    loose = set(detached)
    roots = [index for index, above in enumerate(parent) if above == -1 and index not in loose]
    ids: list[str] = []
    if single_run and len(roots) + len(detached) > 1:
        ids.append("(trace)")
        parent.append(-1)
        for index in (*roots, *detached):
            parent[index] = len(rows)
        return Forest(parent, [len(rows)], len(rows), ids, findings)
    if len(roots) > 1:
        findings.append(
            Finding("several_roots", roots[0], f"the trace has {len(roots)} roots; each is a run")
        )
    if detached:
        present = {row.span_id for row in rows}
        missing = {rows[index].parent_id or "" for index in detached} - present or {"(missing parents)"}
        ids.append(missing.pop() if len(missing) == 1 else "(missing parents)")
        for index in detached:
            parent[index] = len(rows)
        parent.append(roots[0] if len(roots) == 1 else -1)
        if parent[-1] == -1:
            roots.append(len(rows))
    return Forest(parent, roots, len(rows), ids, findings)


def _lay_out(rows: Sequence[SpanRow], forest: Forest) -> None:
    """Depth-first order, children by start; children without a start keep the place they have in the source."""
    count = len(forest.parent)
    starts = [_start(rows[index]) for index in range(len(rows))]
    children: list[list[int]] = [[] for _ in range(count)]
    for index, above in enumerate(forest.parent):
        if above != -1:
            children[above].append(index)
    starts += [
        min((starts[child] for child in children[node]), default=LATEST) for node in range(len(rows), count)
    ]
    for siblings in children:
        if len(siblings) > 1:
            siblings.sort(key=lambda index: (starts[index], index))
    forest.children = children
    forest.roots.sort(key=lambda index: (starts[index], index))
    forest.depth = [0] * count
    forest.position = [0] * count
    forest.subtree_end = [0] * count
    forest.root = [0] * count
    for root in forest.roots:
        _lay_out_run(root, forest)


def _lay_out_run(root: int, forest: Forest) -> None:
    depth, position, end, order = forest.depth, forest.position, forest.subtree_end, forest.order
    first = len(order)
    stack = [root]
    while stack:
        node = stack.pop()
        above = forest.parent[node]
        depth[node] = 0 if node == root else depth[above] + 1
        position[node] = len(order) - first
        forest.root[node] = root
        order.append(node)
        stack.extend(reversed(forest.children[node]))
    for node in reversed(order[first:]):
        below = forest.children[node]
        end[node] = end[below[-1]] if below else position[node] + 1


def _start(row: SpanRow) -> int:
    return LATEST if row.start_ns is None else row.start_ns


def with_ancestors(depths: Sequence[int], positions: Sequence[int]) -> list[int]:
    """Positions in a depth-first tree and all that stand above them, ascending, in one pass over the tree from its end."""
    wanted = set(positions)
    kept: list[int] = []
    depth_needed: set[int] = set()
    for position in range(max(positions, default=-1), -1, -1):
        depth = depths[position]
        if position in wanted or depth in depth_needed:
            kept.append(position)
            depth_needed.discard(depth)
            if depth > 0:
                depth_needed.add(depth - 1)
    kept.reverse()
    return kept
