"""Where the keys of the Run view jump to, and the tree with nothing but errors; pure functions over `Tree`."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tracetui.analysis.forest import with_ancestors
from tracetui.model import Status
from tracetui.read_model import Tree


def error_positions(tree: Tree) -> list[int]:
    """Failed spans that hold no failed span: where something broke, without the ancestors that passed it on."""
    found: list[int] = []
    failed = [position for position, status in enumerate(tree.status) if status is Status.ERROR]
    for index, position in enumerate(failed):
        following = failed[index + 1] if index + 1 < len(failed) else None
        if following is None or following >= tree.end[position]:
            found.append(position)
    return found


def same_operation(tree: Tree, position: int) -> list[int]:
    """Every span of the same tool or operation as this one."""
    operation = tree.operation[position]
    return [other for other, value in enumerate(tree.operation) if value == operation]


def slow_positions(tree: Tree) -> list[int]:
    """Slow spans in order."""
    return sorted(tree.slow)


def rank_of(positions: Sequence[int], cursor: int) -> str:
    """`2 of 5` where the cursor is on one of these positions, else `5`."""
    index = bisect_left(positions, cursor)
    if index < len(positions) and positions[index] == cursor:
        return f"{index + 1:,} of {len(positions):,}"
    return f"{len(positions):,}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A tree as shown. `positions[i]` is where span i of `tree` stands in the whole run; None: it is the whole."""

    tree: Tree
    positions: array[int] | None = None

    def whole(self, shown: int) -> int:
        """The position in the whole run of a span that is shown."""
        return shown if self.positions is None else self.positions[shown]

    def shown(self, whole: int) -> int | None:
        """Where a span of the whole run is shown; None where it is left out."""
        if self.positions is None:
            return whole
        index = bisect_left(self.positions, whole)
        return index if index < len(self.positions) and self.positions[index] == whole else None

    def nearest(self, whole: int) -> int:
        """As `shown`, else the one before it."""
        if self.positions is None:
            return whole
        return max(0, bisect_left(self.positions, whole + 1) - 1)

    def all_shown(self, positions: Iterable[int]) -> list[int]:
        """Where these spans of the whole run are shown, those left out left out."""
        if self.positions is None:
            return list(positions)
        return [at for position in positions if (at := self.shown(position)) is not None]


def only_errors(tree: Tree) -> Picture:
    """The failed spans and their ancestors, nothing else."""
    return only(tree, error_positions(tree))


def only(tree: Tree, positions: Sequence[int]) -> Picture:
    """The spans at these positions and their ancestors, nothing else."""
    kept = array("q", with_ancestors(tree.depth, positions))
    new_index = {old: new for new, old in enumerate(kept)}
    ends = array("i", (bisect_left(kept, tree.end[old]) for old in kept))
    shown = replace(
        tree,
        span_key=_pick(tree.span_key, kept),
        depth=_pick(tree.depth, kept),
        end=ends,
        start_ns=_pick(tree.start_ns, kept),
        end_ns=_pick(tree.end_ns, kept),
        kind=[tree.kind[old] for old in kept],
        status=[tree.status[old] for old in kept],
        step=_pick(tree.step, kept),
        tokens=_pick(tree.tokens, kept),
        label=_pick(tree.label, kept),
        operation=_pick(tree.operation, kept),
        repeat=array("i", [1] * len(kept)),
        slow=frozenset(new_index[old] for old in tree.slow if old in new_index),
        synthetic=frozenset(new_index[old] for old in tree.synthetic if old in new_index),
        costs=tree.costs.picked(kept),
        took_ns={new_index[old]: took for old, took in tree.took_ns.items() if old in new_index},
        failed=new_index.get(tree.failed, 0),
    )
    return Picture(shown, kept)


def _pick(column: array[int], positions: Iterable[int]) -> array[int]:
    return array(column.typecode, (column[position] for position in positions))
