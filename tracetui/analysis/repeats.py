"""Loops in a run: equal siblings that stand one after the other."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

MOST_SPANS = 300_000
"""Runs beyond this size are not searched for loops."""


def repeats(depth: Sequence[int], end: Sequence[int], operation: Sequence[int]) -> array[int]:
    """For each position, how many equal siblings in a row start there; 1 for those inside such a row.

    `depth`, `end` (position after the subtree) and `operation` are columns in depth-first order. Equal are spans of
    the same operation whose subtrees are of the same operations too. Empty for more than MOST_SPANS spans.
    """
    count = len(depth)
    if count > MOST_SPANS:
        return array("i")
    shape = _shapes(depth, operation)
    run = array("i", [1]) * count
    for position in range(count - 1, -1, -1):
        sibling = end[position]
        if sibling < count and depth[sibling] == depth[position] and shape[sibling] == shape[position]:
            run[position] = run[sibling] + 1
            run[sibling] = -run[sibling]
    return array("i", (max(length, 1) for length in run))


def _shapes(depth: Sequence[int], operation: Sequence[int]) -> list[int]:
    """A number for the operations of each subtree, equal where they are equal."""
    count = len(depth)
    shape = [0] * count
    below: list[int] = []  # the shapes gathered so far at each depth, from the last sibling on
    for position in range(count - 1, -1, -1):
        level = depth[position]
        while len(below) <= level + 1:
            below.append(0)
        shape[position] = hash((operation[position], below[level + 1]))
        below[level + 1] = 0
        below[level] = hash((below[level], shape[position]))
    return shape
