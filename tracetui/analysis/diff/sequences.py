"""Which elements of two sequences belong together: common ends, rare elements as anchors, then the longest common
subsequence by bits of large integers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST_CELLS = 256_000_000
"""Products of two lengths beyond this are cut into pieces; a cell costs one bit of memory."""

Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Elements `a_start..a_end` of one sequence against `b_start..b_end` of the other; one side may be empty."""

    is_equal: bool
    a_start: int
    a_end: int
    b_start: int
    b_end: int


def matching(a: Sequence[int], b: Sequence[int]) -> Pairs:
    """Pairs of places that hold the same number, both ascending; `matching(b, a)` is the mirror of it."""
    if (len(b), tuple(b)) < (len(a), tuple(a)):
        return [(j, i) for i, j in matching(b, a)]
    pairs: Pairs = []
    gaps = [(0, len(a), 0, len(b))]
    while gaps:
        a_start, a_end, b_start, b_end = gaps.pop()
        while a_start < a_end and b_start < b_end and a[a_start] == b[b_start]:
            pairs.append((a_start, b_start))
            a_start, b_start = a_start + 1, b_start + 1
        while a_start < a_end and b_start < b_end and a[a_end - 1] == b[b_end - 1]:
            a_end, b_end = a_end - 1, b_end - 1
            pairs.append((a_end, b_end))
        if a_start < a_end and b_start < b_end:
            _split(a, b, (a_start, a_end, b_start, b_end), pairs, gaps)
    pairs.sort()
    return pairs


def stretches(pairs: Pairs, a_length: int, b_length: int) -> list[Stretch]:
    """The pairs as alternating equal and different stretches that cover both sequences."""
    found: list[Stretch] = []
    a_at = b_at = place = 0
    while place < len(pairs):
        i, j = pairs[place]
        if i > a_at or j > b_at:
            found.append(Stretch(False, a_at, i, b_at, j))
        first = place
        while place < len(pairs) and pairs[place] == (i + place - first, j + place - first):
            place += 1
        a_at, b_at = i + place - first, j + place - first
        found.append(Stretch(True, i, a_at, j, b_at))
    if a_at < a_length or b_at < b_length:
        found.append(Stretch(False, a_at, a_length, b_at, b_length))
    return found


def numbered(a: Sequence[str], b: Sequence[str]) -> tuple[list[int], list[int]]:
    """Both sequences with equal texts replaced by equal numbers, whichever of them comes first."""
    numbers = {word: number for number, word in enumerate(sorted({*a, *b}))}
    return [numbers[word] for word in a], [numbers[word] for word in b]


def longest_increasing(values: Sequence[int]) -> list[int]:
    """Places of a longest strictly increasing subsequence."""
    tops: list[int] = []
    ends: list[int] = []
    before = [-1] * len(values)
    for place, value in enumerate(values):
        length = bisect_left(tops, value)
        before[place] = ends[length - 1] if length else -1
        tops[length : length + 1] = [value]
        ends[length : length + 1] = [place]
    chain = []
    place = ends[-1] if ends else -1
    while place != -1:
        chain.append(place)
        place = before[place]
    return chain[::-1]


def _split(
    a: Sequence[int],
    b: Sequence[int],
    gap: tuple[int, int, int, int],
    pairs: Pairs,
    gaps: list[tuple[int, int, int, int]],
) -> None:
    """Cut a gap at elements that each side holds once, else align it whole or in pieces."""
    a_start, a_end, b_start, b_end = gap
    anchors = _anchors(a, b, gap)
    if not anchors:
        if (a_end - a_start) * (b_end - b_start) <= MOST_CELLS:
            common = longest_common(a[a_start:a_end], b[b_start:b_end])
            pairs.extend((a_start + i, b_start + j) for i, j in common)
        else:
            a_middle, b_middle = (a_start + a_end) // 2, (b_start + b_end) // 2
            gaps += [(a_start, a_middle, b_start, b_middle), (a_middle, a_end, b_middle, b_end)]
        return
    for i, j in anchors:
        gaps.append((a_start, i, b_start, j))
        pairs.append((i, j))
        a_start, b_start = i + 1, j + 1
    gaps.append((a_start, a_end, b_start, b_end))


def _anchors(a: Sequence[int], b: Sequence[int], gap: tuple[int, int, int, int]) -> Pairs:
    a_start, a_end, b_start, b_end = gap
    a_counts, b_counts = Counter(a[a_start:a_end]), Counter(b[b_start:b_end])
    place_in_b = {b[j]: j for j in range(b_start, b_end) if b_counts[b[j]] == 1}
    rare = [
        (i, place_in_b[a[i]]) for i in range(a_start, a_end) if a[i] in place_in_b and a_counts[a[i]] == 1
    ]
    return [rare[place] for place in longest_increasing([j for _, j in rare])]


def longest_common(a: Sequence[int], b: Sequence[int]) -> Pairs:
    """A longest common subsequence; time and memory grow with len(a) · len(b) bits."""
    where: dict[int, int] = {}
    for j, value in enumerate(b):
        where[value] = where.get(value, 0) | (1 << j)
    full = (1 << len(b)) - 1
    row, rows = full, []
    for value in a:
        hits = row & where.get(value, 0)
        row = ((row + hits) | (row - hits)) & full
        rows.append(row)
    return _walked_back(a, b, rows)


def _walked_back(a: Sequence[int], b: Sequence[int], rows: Sequence[int]) -> Pairs:
    """From the end: a clear bit j in row i says that b[j] lengthens the common subsequence of a[..i]."""
    pairs: Pairs = []
    i, j = len(a) - 1, len(b) - 1
    while i >= 0 and j >= 0:
        if (rows[i] >> j) & 1:
            j -= 1
        elif i and not (rows[i - 1] >> j) & 1:
            i -= 1
        else:
            pairs.append((i, j))
            i, j = i - 1, j - 1
    pairs.reverse()
    return pairs
