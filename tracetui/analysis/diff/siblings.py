"""Which of two lists of siblings belong together, in order: what is the same is found at once, the rest is weighed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.compared import Prints
from tracetui.analysis.diff.sequences import Pairs, longest_increasing, matching

MOST_WEIGHED = 6_000
"""Pairs of a gap that are weighed one by one; in larger gaps, equal shapes are matched in order first."""
_LEAST_ALIKE = 0.55
"""Containers that did other things must share at least this part of their labels and arguments."""
_CONFLICTS = 4
"""So many deeds in a row without counterpart make what stands among them other work."""

_Gap = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Lists:
    """Two lists of places, one of each run."""

    a: Prints
    b: Prints
    ours: Sequence[int]
    theirs: Sequence[int]


def align_siblings(lists: Lists) -> Pairs:
    """Pairs of places, ascending in both lists."""
    if _keep_step(lists):
        return list(zip(lists.ours, lists.theirs, strict=True))
    found: Pairs = []  # indexes into the lists
    gaps: list[_Gap] = [(0, len(lists.ours), 0, len(lists.theirs))]
    while gaps:
        gap = _trimmed(lists, gaps.pop(), found)
        if gap[0] == gap[1] or gap[2] == gap[3]:
            continue
        anchors = _anchors(lists, gap)
        if anchors:
            gaps.extend(_between(anchors, gap))
            found += anchors
        else:
            found += _weighed_or_shaped(lists, gap)
    found.sort()
    pairs = [(lists.ours[i], lists.theirs[j]) for i, j in _without_other_work(lists, found)]
    return _without_misplaced(lists, pairs)


def can_be_one(a: Prints, b: Prints, place: int, other: int) -> bool:
    """Whether two spans may be one step: of the same kind and operation, or both only hold others."""
    return a.label[place] == b.label[other] or (a.is_container(place) and b.is_container(other))


def is_strong(a: Prints, b: Prints, place: int, other: int) -> bool:
    """Whether two spans share more than their labels: what went in, what was done, or some argument."""
    if a.entry[place] == b.entry[other] and a.run.given[place]:
        return True
    if a.deeds[place] and a.deeds[place] == b.deeds[other]:
        return True
    return not a.arguments_of(place).isdisjoint(b.arguments_of(other))


def _keep_step(lists: Lists) -> bool:
    """Whether two short lists hold the same kinds of calls in the same order, none of which could be another's."""
    a, b, ours, theirs = lists.a, lists.b, lists.ours, lists.theirs
    if len(ours) != len(theirs) or len(ours) >= _CONFLICTS:
        return False
    labels = [a.label[place] for place in ours]
    if labels != [b.label[place] for place in theirs] or any(a.is_container(place) for place in ours):
        return False
    return len(set(labels)) == len(labels) or [a.entry[place] for place in ours] == [
        b.entry[place] for place in theirs
    ]


def _trimmed(lists: Lists, gap: _Gap, found: Pairs) -> _Gap:
    """The gap without what is wholly the same at its ends, which is added to `found`."""
    ours, theirs, ours_whole, theirs_whole = lists.ours, lists.theirs, lists.a.whole, lists.b.whole
    i, i_end, j, j_end = gap
    while i < i_end and j < j_end and ours_whole[ours[i]] == theirs_whole[theirs[j]]:
        found.append((i, j))
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and ours_whole[ours[i_end - 1]] == theirs_whole[theirs[j_end - 1]]:
        i_end, j_end = i_end - 1, j_end - 1
        found.append((i_end, j_end))
    return i, i_end, j, j_end


def _anchors(lists: Lists, gap: _Gap) -> Pairs:
    """Pairs in order that share what each list has once: the whole, else the deeds, else what went in."""
    i, i_end, j, j_end = gap
    if i_end - i == 1 and j_end - j == 1:
        return []
    a, b = lists.a, lists.b
    ours, theirs = lists.ours[i:i_end], lists.theirs[j:j_end]
    columns = (
        ([a.whole[place] for place in ours], [b.whole[place] for place in theirs]),
        ([a.deeds[place] for place in ours], [b.deeds[place] for place in theirs]),
        (
            [a.entry[place] if a.run.given[place] else 0 for place in ours],
            [b.entry[place] if b.run.given[place] else 0 for place in theirs],
        ),
    )
    for keys, others in columns:
        rare = [(x, y) for x, y in _rare(keys, others) if can_be_one(a, b, ours[x], theirs[y])]
        if rare:
            return [(i + first, j + second) for first, second in rare]
    return []


def _rare(keys: Sequence[int], others: Sequence[int]) -> Pairs:
    where = _singles(others)
    if not where:
        return []
    rare = sorted((at, where[key]) for key, at in _singles(keys).items() if key in where)
    return [rare[at] for at in longest_increasing([other for _, other in rare])]


def _singles(keys: Sequence[int]) -> dict[int, int]:
    """Places of the keys that stand there once, but for 0."""
    where: dict[int, int] = {}
    again = {0}
    for at, key in enumerate(keys):
        if key in where:
            again.add(key)
        where[key] = at
    for key in again:
        where.pop(key, None)
    return where


def _between(anchors: Pairs, gap: _Gap) -> list[_Gap]:
    i, i_end, j, j_end = gap
    found = []
    for next_i, next_j in [*anchors, (i_end, j_end)]:
        if next_i > i and next_j > j:
            found.append((i, next_i, j, next_j))
        i, j = next_i + 1, next_j + 1
    return found


def _weighed_or_shaped(lists: Lists, gap: _Gap) -> Pairs:
    i, i_end, j, j_end = gap
    if (i_end - i) * (j_end - j) <= MOST_WEIGHED:
        return _weighed(lists, gap)
    shapes = [lists.a.shape[place] for place in lists.ours[i:i_end]]
    other_shapes = [lists.b.shape[place] for place in lists.theirs[j:j_end]]
    anchors = [(i + first, j + second) for first, second in matching(shapes, other_shapes)]
    found = list(anchors)
    for small in _between(anchors, gap):
        if (small[1] - small[0]) * (small[3] - small[2]) <= MOST_WEIGHED:
            found += _weighed(lists, small)
    return found


def _weighed(lists: Lists, gap: _Gap) -> Pairs:
    """The pairs in order whose weights add up to the most."""
    i, i_end, j, j_end = gap
    columns = range(j_end - j)
    weights: list[list[float]] = []
    best: list[list[float]] = [[0.0] * (len(columns) + 1)]
    for row in range(i_end - i):
        place = lists.ours[i + row]
        row_weights = [weigh(lists.a, lists.b, place, other) for other in lists.theirs[j:j_end]]
        above = best[-1]
        line, left = [0.0], 0.0
        for column in columns:
            diagonal = above[column] + row_weights[column] if row_weights[column] else 0.0
            left = max(left, above[column + 1], diagonal)
            line.append(left)
        weights.append(row_weights)
        best.append(line)
    return [(i + row, j + column) for row, column in _walked_back(weights, best)]


def _walked_back(weights: list[list[float]], best: list[list[float]]) -> Pairs:
    pairs: Pairs = []
    row, column = len(weights), len(best[0]) - 1
    while row and column:
        weight = weights[row - 1][column - 1]
        if weight and best[row][column] == best[row - 1][column - 1] + weight:
            pairs.append((row - 1, column - 1))
            row, column = row - 1, column - 1
        elif best[row][column] == best[row][column - 1]:
            column -= 1
        else:
            row -= 1
    return pairs


def weigh(a: Prints, b: Prints, place: int, other: int) -> float:
    """How much speaks for a pair; 0 where the two cannot be one step."""
    if not can_be_one(a, b, place, other):
        return 0.0
    is_same_label = a.label[place] == b.label[other]
    is_container = a.is_container(place)
    has_same_deeds = a.deeds[place] == b.deeds[other]
    alike = _alike(a.bag(place), b.bag(other))
    if is_container and not has_same_deeds and alike < _LEAST_ALIKE:
        return 0.0
    run, other_run = a.run, b.run
    weight = 0.1 + is_same_label + 3 * alike
    weight += 2 * (run.given[place] != 0 and run.given[place] == other_run.given[other])
    weight += 0.7 * (run.returned[place] != 0 and run.returned[place] == other_run.returned[other])
    weight += has_same_deeds and a.deeds[place] != 0
    return weight + 0.2 * (run.status[place] is other_run.status[other])


def _alike(a: dict[int, int], b: dict[int, int]) -> float:
    if len(a) > len(b):
        a, b = b, a
    shared = 0
    for key, count in a.items():
        other = b.get(key)
        if other:
            shared += min(other, count)
    return 2 * shared / (sum(a.values()) + sum(b.values()))


def _without_other_work(lists: Lists, pairs: Pairs) -> Pairs:
    """The pairs without those in stretches where both runs did something else all along.

    Two runs that have parted still take steps of the same kinds; what they do shows that the steps are not the same.
    """
    if min(len(lists.ours), len(lists.theirs)) < _CONFLICTS:
        return pairs
    kept: Pairs = []
    stretch: Pairs = []
    conflicts = before_conflict = 0
    i_before = j_before = -1
    for i, j in [*pairs, (len(lists.ours), len(lists.theirs))]:
        lone = min(
            sum(1 for k in range(i_before + 1, i) if lists.a.deeds[lists.ours[k]]),
            sum(1 for k in range(j_before + 1, j) if lists.b.deeds[lists.theirs[k]]),
        )
        i_before, j_before = i, j
        is_end = i == len(lists.ours)
        verdict = "strong" if is_end else _verdict(lists, i, j)
        clashes = lone + (verdict == "conflict")
        if clashes and not conflicts:
            before_conflict = len(stretch)
        conflicts += clashes
        if verdict != "strong":
            stretch.append((i, j))
            continue
        kept += stretch[:before_conflict] if conflicts >= _CONFLICTS else stretch
        kept += [] if is_end else [(i, j)]
        stretch, conflicts, before_conflict = [], 0, 0
    return kept


def _without_misplaced(lists: Lists, pairs: Pairs) -> Pairs:
    """The pairs without those of turns, one of several, that share nothing they did, where only one did anything or
    all that one did was done in another turn of the other run; turns that were given the same stay."""
    a, b = lists.a, lists.b
    weak = [pair for pair in pairs if a.is_container(pair[0]) and not is_strong(a, b, *pair)]
    weak = [(place, other) for place, other in weak if a.deeds[place] or b.deeds[other]]
    if not weak:
        return pairs
    labels = Counter(a.label[place] for place in lists.ours)
    other_labels = Counter(b.label[other] for other in lists.theirs)
    done = {entry for place in lists.ours for entry in _calls_below(a, place)}
    done_there = {entry for other in lists.theirs for entry in _calls_below(b, other)}
    left_out = set()
    for place, other in weak:
        ours, theirs = _calls_below(a, place), _calls_below(b, other)
        is_elsewhere = not (ours and theirs) or ours <= done_there or theirs <= done
        if is_elsewhere and labels[a.label[place]] > 1 and other_labels[b.label[other]] > 1:
            left_out.add((place, other))
    return [pair for pair in pairs if pair not in left_out]


def _calls_below(prints: Prints, place: int) -> set[int]:
    """What the actions of a subtree are and were given."""
    return {prints.entry[at] for at in range(place, prints.run.end[place]) if prints.is_action(at)}


def _verdict(lists: Lists, i: int, j: int) -> str:
    """`strong` for a pair that shares what it did, `conflict` where each did something else, else `weak`."""
    place, other = lists.ours[i], lists.theirs[j]
    if is_strong(lists.a, lists.b, place, other):
        return "strong"
    return "conflict" if lists.a.deeds[place] and lists.b.deeds[other] else "weak"
