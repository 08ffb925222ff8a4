"""Which spans of a tree are in rows: folding that stays fast with a million spans.

Folded ranges are kept as sorted intervals; a row is found by bisection, so that opening everything costs nothing
and closing everything a memory copy. Nothing here recurses.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, count
from operator import gt, sub

from tracetui.read_model import Tree

MIN_REPEAT = 3
"""So many equal siblings in a row are shown as one row at first."""

_CLOSED = 1
_GROUPED = 2
_FOLDED = re.compile(rb"[\x01-\x03]")


class TreeRows:
    """Rows over the positions of a tree. A span may be closed (its descendants hidden); the first of several equal
    siblings may also be grouped (its followers and their descendants hidden too)."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._heads = _group_heads(tree)
        self._head_positions = array("q", self._heads)
        self._state = bytearray(len(tree))
        self._starts: array[int] = array("q")
        self._stops: array[int] = array("q")
        self._hidden: array[int] = array("q")
        self._resumes: array[int] = array("q")
        self._fold_mask: bytes | None = None
        for head in self._heads:
            self._state[head] = _GROUPED
        self._rehide(0, len(tree))

    def __len__(self) -> int:
        return len(self.tree) - (self._hidden[-1] if self._hidden else 0)

    def position(self, row: int) -> int:
        """The position of the span in a row."""
        before = bisect_right(self._resumes, row) - 1
        return row + self._hidden[before] if before >= 0 else row

    def row(self, position: int) -> int:
        """The row of a position; for a hidden one the row that hides it."""
        before = bisect_right(self._stops, position) - 1
        following = before + 1
        if following < len(self._starts) and self._starts[following] <= position:
            position = self._starts[following] - 1
        return position - self._hidden[before] if before >= 0 else position

    def is_hidden(self, position: int) -> bool:
        """Whether a fold hides this position."""
        return self.position(self.row(position)) != position

    def has_children(self, position: int) -> bool:
        """Whether the span has descendants."""
        return self.tree.end[position] > position + 1

    def is_closed(self, position: int) -> bool:
        """Whether the row hides descendants of its span or, grouped, its equal siblings."""
        return self._state[position] != 0

    def is_grouped(self, position: int) -> bool:
        """Whether the row stands for several equal siblings."""
        return bool(self._state[position] & _GROUPED)

    def is_head(self, position: int) -> bool:
        """Whether equal siblings begin here that can be shown as one row."""
        return position in self._heads

    def repeat(self, position: int) -> int:
        """How many equal siblings begin here; 1 for a span that cannot be grouped."""
        return self.tree.repeat[position] if position in self._heads else 1

    def members(self, head: int) -> Iterator[int]:
        """Positions of the equal siblings that begin at `head`."""
        return _members(self.tree, head, self.repeat(head))

    def stop(self, position: int) -> int:
        """The position after the last one that belongs to this row, grouped or not."""
        return self._heads[position] if self.is_grouped(position) else self.tree.end[position]

    def open(self, position: int) -> bool:
        """Open one fold: a group first, then the span's children. False where there was nothing to open."""
        state = self._state[position]
        if not state:
            return False
        stop = self.stop(position)
        self._state[position] = state & ~_GROUPED if state & _GROUPED else 0
        self._rehide(position, stop)
        return True

    def close(self, position: int) -> bool:
        """Hide the span's descendants, else group it with its equal siblings. False where neither can be."""
        if self.has_children(position) and not self._state[position] & _CLOSED:
            self._state[position] |= _CLOSED
        elif self.is_head(position) and not self.is_grouped(position):
            self._state[position] |= _GROUPED
        else:
            return False
        self._rehide(position, self.stop(position))
        return True

    def group(self, head: int) -> None:
        """Show equal siblings as one row again."""
        self._state[head] |= _GROUPED
        self._rehide(head, self.stop(head))

    def open_all(self, position: int) -> None:
        """Open this span and all below it."""
        self._set_range(position, self.stop(position), b"")

    def close_all(self, position: int) -> None:
        """Close this span and all below it."""
        self._set_range(position, self.stop(position), self._foldable())

    def open_everything(self) -> None:
        """Open all spans."""
        self._set_range(0, len(self.tree), b"")

    def close_everything(self) -> None:
        """Close all spans."""
        self._set_range(0, len(self.tree), self._foldable())

    def fold_level(self, level: int) -> None:
        """Open spans above this depth (roots are 0) and close the others."""
        deep = bytes(map(level.__le__, self.tree.depth))
        closed = int.from_bytes(deep, "little") * 3 & int.from_bytes(self._foldable(), "little")
        self._set_range(0, len(self.tree), closed.to_bytes(len(self.tree), "little"))

    def reveal(self, position: int) -> bool:
        """Open what hides a position, and no more. False where it was in a row already."""
        was_hidden = self.is_hidden(position)
        while self.is_hidden(position):
            self.open(self.position(self.row(position)))
        return was_hidden

    def parent(self, position: int) -> int | None:
        """The position of a span's parent; None for a root."""
        depth = self.tree.depth[position]
        return self._last_of_depth(depth - 1, 0, position) if depth > 0 else None

    def previous_sibling(self, position: int) -> int | None:
        """The sibling before a span, in a row or not."""
        parent = self.parent(position)
        first = 0 if parent is None else parent + 1
        return self._last_of_depth(self.tree.depth[position], first, position)

    def next_sibling(self, position: int) -> int | None:
        """The sibling after a span and those that its row stands for."""
        following = self.stop(position)
        if following < len(self.tree) and self.tree.depth[following] == self.tree.depth[position]:
            return following
        return None

    def head_of(self, position: int) -> int | None:
        """The first of the equal siblings that a span belongs to; None where it stands alone."""
        depth = self.tree.depth[position]
        for index in range(bisect_right(self._head_positions, position) - 1, -1, -1):
            head = self._head_positions[index]
            if self.tree.depth[head] <= depth:
                return head if self.tree.depth[head] == depth and position < self._heads[head] else None
        return None

    def _last_of_depth(self, depth: int, first: int, before: int) -> int | None:
        """The nearest position before `before`, not before `first`, with this depth, found in pieces at C speed."""
        step = 64
        while before > first:
            low = max(first, before - step)
            piece = self.tree.depth[low:before]
            piece.reverse()
            if depth in piece:
                return before - 1 - piece.index(depth)
            before, step = low, step * 2
        return None

    def _foldable(self) -> bytes:
        """For each position which folds it can have."""
        if self._fold_mask is None:
            mask = bytearray(map(gt, self.tree.end, count(1)))
            for head in self._heads:
                mask[head] |= _GROUPED
            self._fold_mask = bytes(mask)
        return self._fold_mask

    def _set_range(self, first: int, stop: int, states: bytes) -> None:
        if first == stop:
            return
        self._state[first:stop] = states[first:stop] or bytes(stop - first)
        self._rehide(first, max(stop, self.stop(first)))

    def _rehide(self, first: int, stop: int) -> None:
        """Work out anew which ranges are hidden between two positions, the first of which is in a row."""
        starts: array[int] = array("q")
        stops: array[int] = array("q")
        for owner in self._folded_rows(first, stop):
            starts.append(owner + 1)
            stops.append(self.stop(owner))
        low, high = bisect_left(self._starts, first + 1), bisect_left(self._starts, stop)
        self._starts[low:high] = starts
        self._stops[low:high] = stops
        self._hidden = array("q", accumulate(map(sub, self._stops, self._starts)))
        self._resumes = array("q", map(sub, self._stops, self._hidden))

    def _folded_rows(self, first: int, stop: int) -> Iterator[int]:
        position = first
        while found := _FOLDED.search(self._state, position, stop):
            owner = found.start()
            position = self.stop(owner)
            if position > owner + 1:
                yield owner
            position = max(position, owner + 1)


def _group_heads(tree: Tree) -> dict[int, int]:
    """Where runs of equal siblings begin, each with the position after its last member's descendants."""
    if not tree.repeat or max(tree.repeat) < MIN_REPEAT:
        return {}
    heads: dict[int, int] = {}
    taken: set[int] = set()
    skip = 0
    for position, repeat in enumerate(tree.repeat):
        if repeat < MIN_REPEAT or position < skip or position in taken:
            continue
        if _are_leaves(tree, position, repeat):
            heads[position] = skip = position + repeat
        else:
            members = list(_members(tree, position, repeat))
            heads[position] = tree.end[members[-1]]
            taken.update(members)
    return heads


def _are_leaves(tree: Tree, first: int, repeat: int) -> bool:
    depths = tree.depth[first : first + repeat]
    is_end = first + repeat == len(tree) or tree.depth[first + repeat] <= tree.depth[first]
    return is_end and len(depths) == repeat and depths.count(tree.depth[first]) == repeat


def _members(tree: Tree, first: int, repeat: int) -> Iterator[int]:
    position = first
    for _ in range(repeat):
        if position >= len(tree) or tree.depth[position] != tree.depth[first]:
            return
        yield position
        position = tree.end[position]
