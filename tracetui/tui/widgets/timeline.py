"""Bars on one time scale, exact to an eighth of a cell; what is not known is drawn as not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tracetui.analysis.times import extent
from tracetui.read_model import NO_TIME, Tree
from tracetui.render.signs import Signs

EIGHTHS = 8
OVER = NO_TIME + 1
"""Stands for the end of a span that is known to have ended, but not when."""

_UNKNOWN = {NO_TIME: -1, OVER: -2}

Run: TypeAlias = "tuple[str, bool]"
"""Text of some cells and whether they are drawn in reverse (a block that fills the right part of its cell)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The time that a row's width stands for: from the first start to the last end of all spans."""

    start_ns: int
    end_ns: int

    def eighth(self, at_ns: int, width: int) -> int:
        """How many eighths of a cell from the left a moment is, within `0 … 8 * width`; -1 where it is unknown, -2 for OVER."""
        if at_ns in _UNKNOWN:
            return _UNKNOWN[at_ns]
        length_ns = max(1, self.end_ns - self.start_ns)
        return max(0, min(EIGHTHS * width, (at_ns - self.start_ns) * EIGHTHS * width // length_ns))


def tree_scale(tree: Tree) -> Scale | None:
    """The scale of a whole run; None where no span has a time. A child may outlive its parent, so all spans count."""
    times = extent(tree)
    return None if times is None else Scale(*times)


def bar(intervals: Iterable[tuple[int, int]], scale: Scale, width: int, signs: Signs) -> list[Run]:
    """The cells of one row's bars, `width` in all; intervals are (start, end) in ns with NO_TIME for unknown, OVER
    for an end that is past."""
    cells = " " * width
    backwards: set[int] = set()
    for start_ns, end_ns in intervals if width > 0 else ():
        start, end = scale.eighth(start_ns, width), scale.eighth(end_ns, width)
        first, drawn, is_reverse = _drawn(start, end, width, signs)
        cells = cells[:first] + drawn + cells[first + len(drawn) :]
        if backwards:
            backwards.difference_update(range(first, first + len(drawn)))
        if is_reverse:
            backwards.add(first)
    return list(_runs(cells, sorted(backwards)))


def _runs(cells: str, backwards: Iterable[int]) -> Iterator[Run]:
    done = 0
    for cell in backwards:
        if cell > done:
            yield cells[done:cell], False
        yield cells[cell], True
        done = cell + 1
    if done < len(cells):
        yield cells[done:], False


def _drawn(start: int, end: int, width: int, signs: Signs) -> tuple[int, str, bool]:
    """One bar: its first cell, the text from there on, and whether its first cell is drawn in reverse."""
    if start < 0:
        last = min(width - 1, end // EIGHTHS)
        return 0, signs.bar_from_unknown + signs.bar_open * last if end >= 0 else "", False
    first = min(width - 1, start // EIGHTHS)
    if end == _UNKNOWN[OVER]:
        return first, signs.bar_to_unknown, False
    if end < 0:
        return first, signs.bar_open * (width - 1 - first) + signs.bar_to_unknown, False
    return _solid(start, end, signs) if end > start else (first, signs.instant, False)


def _solid(start: int, end: int, signs: Signs) -> tuple[int, str, bool]:
    first, last = start // EIGHTHS, (end - 1) // EIGHTHS
    full = signs.bar_eighths[EIGHTHS]
    head, is_reverse = _right_part(start % EIGHTHS, signs) if start % EIGHTHS else (full, False)
    if first < last:
        return (
            first,
            head + full * (last - first - 1) + signs.bar_eighths[(end - 1) % EIGHTHS + 1],
            is_reverse,
        )
    return (first, head, is_reverse) if end % EIGHTHS == 0 else (first, signs.bar_eighths[end - start], False)


def _right_part(eighths_free: int, signs: Signs) -> Run:
    """A cell whose left part is free: the left block drawn in reverse; plain where the signs have no blocks."""
    full = signs.bar_eighths[EIGHTHS]
    return (signs.bar_eighths[eighths_free], True) if full == "█" else (full, False)
