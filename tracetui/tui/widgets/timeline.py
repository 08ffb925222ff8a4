"""Bars on one time scale, exact to an eighth of a cell; what is not known is drawn as not known."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from tracetui.model import NO_TIME, Tree
from tracetui.render.signs import Signs

EIGHTHS = 8

Run: TypeAlias = "tuple[str, bool]"
"""Text of some cells and whether they are drawn in reverse (a block that fills the right part of its cell)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The time that a row's width stands for: from the first start to the last end of all spans."""

    start_ns: int
    end_ns: int

    def eighth(self, at_ns: int, width: int) -> int:
        """How many eighths of a cell from the left a moment is, within `0 … 8 * width`."""
        length_ns = max(1, self.end_ns - self.start_ns)
        return max(0, min(EIGHTHS * width, (at_ns - self.start_ns) * EIGHTHS * width // length_ns))


def tree_scale(tree: Tree) -> Scale | None:
    """The scale of a whole run; None where no span has a time. A child may outlive its parent, so all spans count."""
    ends_ns = [max(column) for column in (tree.start_ns, tree.end_ns) if column]
    if not ends_ns or max(ends_ns) == NO_TIME:
        return None
    starts_ns = [_first_time(column) for column in (tree.start_ns, tree.end_ns)]
    return Scale(min(time for time in starts_ns if time != NO_TIME), max(ends_ns))


def _first_time(column: array[int]) -> int:
    if not column or NO_TIME not in column:
        return min(column, default=NO_TIME)
    return min((time for time in column if time != NO_TIME), default=NO_TIME)


def bar(intervals: Iterable[tuple[int, int]], scale: Scale, width: int, signs: Signs) -> list[Run]:
    """The cells of one row's bars, `width` in all; intervals are (start, end) in ns with NO_TIME for unknown."""
    cells: list[Run] = [(" ", False)] * width
    if width <= 0:
        return []
    for start_ns, end_ns in intervals:
        for cell, drawn in _cells(start_ns, end_ns, scale, width, signs):
            cells[cell] = drawn
    return [
        ("".join(text for text, _ in run), is_reverse) for is_reverse, run in groupby(cells, itemgetter(1))
    ]


def _cells(start_ns: int, end_ns: int, scale: Scale, width: int, signs: Signs) -> Iterable[tuple[int, Run]]:
    if start_ns == NO_TIME and end_ns == NO_TIME:
        return []
    if start_ns == NO_TIME:
        last = min(width - 1, scale.eighth(end_ns, width) // EIGHTHS)
        return [
            (0, (signs.bar_from_unknown, False)),
            *((cell, (signs.bar_open, False)) for cell in range(1, last + 1)),
        ]
    first = min(width - 1, scale.eighth(start_ns, width) // EIGHTHS)
    if end_ns == NO_TIME:
        return [
            *((cell, (signs.bar_open, False)) for cell in range(first, width - 1)),
            (width - 1, (signs.bar_to_unknown, False)),
        ]
    start, end = scale.eighth(start_ns, width), scale.eighth(end_ns, width)
    if end <= start:
        return [(first, (signs.instant, False))]
    return _solid(start, end, signs)


def _solid(start: int, end: int, signs: Signs) -> Iterable[tuple[int, Run]]:
    first, last = start // EIGHTHS, (end - 1) // EIGHTHS
    full = signs.bar_eighths[EIGHTHS]
    head = _right_part(start % EIGHTHS, signs) if start % EIGHTHS else (full, False)
    tail = signs.bar_eighths[(end - 1) % EIGHTHS + 1], False
    if first == last:
        return [(first, head if end % EIGHTHS == 0 else (signs.bar_eighths[end - start], False))]
    return [(first, head), *((cell, (full, False)) for cell in range(first + 1, last)), (last, tail)]


def _right_part(eighths_free: int, signs: Signs) -> Run:
    """A cell whose left part is free: the left block drawn in reverse; plain where the signs have no blocks."""
    full = signs.bar_eighths[EIGHTHS]
    return (signs.bar_eighths[eighths_free], True) if full == "█" else (full, False)
