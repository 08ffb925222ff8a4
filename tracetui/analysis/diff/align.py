"""Two trees of spans aligned from the root down: which spans are the same step, and what became of the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracetui.analysis.diff.compared import ComparedRun, Prints, numbered_labels, prints_of
from tracetui.analysis.diff.sequences import longest_increasing
from tracetui.analysis.diff.siblings import Lists, align_siblings, can_be_one, is_strong, weigh
from tracetui.model import SpanKind, Status

_TELL_EVERY_S = 0.25
_TELL_SHARE = 4
"""At least so many times as long as telling takes, something else is done."""
_WRAPPER_LEVELS = 8
_MOST_LEFT = 100
"""Pairs of leftover siblings that are weighed one by one."""
_RETRY_REACH = 4
"""How many siblings apart two tries of one call may stand."""


class Mark(StrEnum):
    """How a span of one run stands to the other run."""

    PAIRED = "paired"
    REORDERED = "reordered"
    REPARENTED = "reparented"
    RECUT = "recut"
    LONE = "lone"
    RETRIED = "retried"
    WRAPPER = "wrapper"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each span of `a` its partner in `b` and the reverse, -1 for none; `a_mark` and `b_mark` say how each stands.

    Partners have the same mark: paired where both stand in the same order below partners, reordered where only the
    order differs, reparented where they stand elsewhere, recut where that is only below another span of the same name and
    still in order, as where turns are cut otherwise. Without partner are lone spans, further tries of a call that
    has one (retried), and levels around spans that have one (wrapper); and what is not looked at yet (waiting).
    """

    a: ComparedRun
    b: ComparedRun
    partner_in_b: list[int]
    partner_in_a: list[int]
    a_mark: list[Mark]
    b_mark: list[Mark]

    def mirrored(self) -> Alignment:
        """The same seen from the other run."""
        return Alignment(self.b, self.a, self.partner_in_a, self.partner_in_b, self.b_mark, self.a_mark)


def align(
    a: ComparedRun,
    b: ComparedRun,
    is_cancelled: Callable[[], bool] = lambda: False,
    told: Callable[[Alignment], None] | None = None,
) -> Alignment:
    """The alignment of two runs; `align(b, a)` is the mirror of it.

    Nothing further is aligned once cancelled. `told` is given what is aligned so far, a few times a second.
    """
    labels = numbered_labels(a, b)
    first, second = prints_of(a, labels), prints_of(b, labels)
    if (len(b), second.whole[:1]) < (len(a), first.whole[:1]):
        tell = None if told is None else lambda found: told(found.mirrored())
        return _Work(second, first, is_cancelled, tell).alignment().mirrored()
    return _Work(first, second, is_cancelled, told).alignment()


class _Work:
    """An alignment in the making."""

    def __init__(
        self,
        a: Prints,
        b: Prints,
        is_cancelled: Callable[[], bool],
        told: Callable[[Alignment], None] | None,
    ) -> None:
        self._a, self._b, self._is_cancelled, self._told = a, b, is_cancelled, told
        self._tell_at = time.monotonic() + _TELL_EVERY_S
        self._to_b, self._to_a = [-1] * len(a.run), [-1] * len(b.run)
        self._a_mark, self._b_mark = [Mark.LONE] * len(a.run), [Mark.LONE] * len(b.run)
        self._a_unknown, self._b_unknown = _unknown(a, b), _unknown(b, a)
        self._keys = list(zip(_keys(a), _keys(b), strict=True))

    def alignment(self) -> Alignment:
        """All of it."""
        if len(self._a.run) and len(self._b.run):
            left = self._descend([([0], [0])])
            if left:
                return self._so_far(left)
            self._adopt_elsewhere()
            self._pair_calls()
            self._recut()
            _mark_retries(self._a, self._to_b, self._a_mark)
            _mark_retries(self._b, self._to_a, self._b_mark)
        return Alignment(self._a.run, self._b.run, self._to_b, self._to_a, self._a_mark, self._b_mark)

    def _so_far(self, left: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Alignment:
        """What is aligned by now; what stands in the lists left, and below, waits."""
        a_mark, b_mark = list(self._a_mark), list(self._b_mark)
        for ours, theirs in left:
            for prints, marks, places in ((self._a, a_mark, ours), (self._b, b_mark, theirs)):
                for place in places:
                    end = prints.run.end[place]
                    marks[place:end] = [Mark.WAITING] * (end - place)
        return Alignment(self._a.run, self._b.run, list(self._to_b), list(self._to_a), a_mark, b_mark)

    def _descend(
        self, lists: list[tuple[Sequence[int], Sequence[int]]]
    ) -> list[tuple[Sequence[int], Sequence[int]]]:
        """Align lists of siblings and what stands below their pairs; the lists left where that was cancelled."""
        while lists and not self._is_cancelled():
            self._tell(lists)
            ours, theirs = self._unwrapped(*lists.pop())
            if not ours or not theirs:
                continue
            pairs = align_siblings(Lists(self._a, self._b, ours, theirs))
            left = len(lists)
            for place, other in pairs:
                self._join(place, other, Mark.PAIRED, lists)
            self._reorder(ours, theirs, lists)
            lists[left:] = lists[left:][::-1]  # the beginning of the runs first
        return lists

    def _tell(self, lists: Sequence[tuple[Sequence[int], Sequence[int]]]) -> None:
        """Tell what is aligned so far, unless that was done lately."""
        began = time.monotonic()
        if self._told is None or began < self._tell_at:
            return
        self._told(self._so_far(lists))
        ended = time.monotonic()
        self._tell_at = ended + max(_TELL_EVERY_S, _TELL_SHARE * (ended - began))

    def _join(
        self, place: int, other: int, mark: Mark, lists: list[tuple[Sequence[int], Sequence[int]]]
    ) -> None:
        a, b = self._a, self._b
        length = a.run.end[place] - place
        is_whole = a.whole[place] == b.whole[other] and b.run.end[other] - other == length
        for offset in range(length if is_whole else 1):
            self._to_b[place + offset], self._to_a[other + offset] = other + offset, place + offset
            self._a_mark[place + offset] = self._b_mark[other + offset] = mark if not offset else Mark.PAIRED
        if not is_whole:
            lists.append((a.children[place], b.children[other]))

    def _reorder(
        self, ours: Sequence[int], theirs: Sequence[int], lists: list[tuple[Sequence[int], Sequence[int]]]
    ) -> None:
        """Pair what is left of two lists where it was given or did the same, in whatever order."""
        left = [place for place in ours if self._to_b[place] == -1]
        left_there = [other for other in theirs if self._to_a[other] == -1]
        if not left or not left_there:
            return
        if left == left_there == [0] and can_be_one(self._a, self._b, 0, 0):
            self._join(0, 0, Mark.PAIRED, lists)  # the roots, whatever was done below
            return
        for keys, other_keys in self._keys:
            waiting: dict[int, list[int]] = {}
            for other in reversed(left_there):
                if other_keys[other] and self._to_a[other] == -1:
                    waiting.setdefault(other_keys[other], []).append(other)
            for place in left:
                others = waiting.get(keys[place]) if self._to_b[place] == -1 else None
                if others and can_be_one(self._a, self._b, place, others[-1]):
                    self._join(place, others.pop(), Mark.REORDERED, lists)

        self._reorder_changed(left, left_there, lists)

    def _reorder_changed(
        self, left: Sequence[int], left_there: Sequence[int], lists: list[tuple[Sequence[int], Sequence[int]]]
    ) -> None:
        """Pair what changed both its place and its content, the most alike first; few enough to weigh all."""
        ours = [at for at in left if self._to_b[at] == -1]
        theirs = [at for at in left_there if self._to_a[at] == -1]
        if len(ours) * len(theirs) > _MOST_LEFT:
            return
        labels, other_labels = (
            Counter(p.label[at] for at in at_) for p, at_ in ((self._a, ours), (self._b, theirs))
        )
        weighed = []
        for place in ours:
            label = self._a.label[place]
            is_only = labels[label] == other_labels[label] == 1 and self._a.is_action(place)
            for other in theirs:
                weight = weigh(self._a, self._b, place, other)
                if weight and (is_only or is_strong(self._a, self._b, place, other)):
                    weighed.append((-weight, place, other))
        for _, place, other in sorted(weighed):
            if self._to_b[place] == -1 and self._to_a[other] == -1:
                self._join(place, other, Mark.REORDERED, lists)

    def _adopt_elsewhere(self) -> None:
        """Pair what is left in both runs where each has it once, wherever it stands."""
        for keys, other_keys in self._keys:
            ours, theirs = _once(keys, self._to_b), _once(other_keys, self._to_a)
            for key, place in ours.items():
                other = theirs.get(key, -1)
                is_free = other != -1 and self._to_b[place] == -1 and self._to_a[other] == -1
                if is_free and can_be_one(self._a, self._b, place, other):
                    lists: list[tuple[Sequence[int], Sequence[int]]] = []
                    self._join(place, other, Mark.REPARENTED, lists)
                    self._descend(lists)

    def _pair_calls(self) -> None:
        """Pair model calls left over right before the same action, else right after it, whatever that stands below."""
        beside = [(_beside(self._a, step), _beside(self._b, step)) for step in (1, -1)]
        for ours, theirs in beside:
            found = []
            for place, other in enumerate(self._to_b):
                if other == -1 or not self._a.is_action(place):
                    continue
                call, other_call = ours[place], theirs[other]
                is_free = call != -1 and other_call != -1 and self._to_b[call] == self._to_a[other_call] == -1
                if is_free and can_be_one(self._a, self._b, call, other_call):
                    found.append((call, other_call, self._a_mark[place]))
            for call, other_call, mark in found:
                self._join(call, other_call, self._mark_beside(call, other_call, mark), [])

    def _recut(self) -> None:
        """Tell what only stands in another turn from what moved: it is in order, below a span of the same name."""
        moved = [place for place, mark in enumerate(self._a_mark) if mark is Mark.REPARENTED]
        if not moved:
            return
        paired = [place for place, other in enumerate(self._to_b) if other != -1]
        in_order = {paired[at] for at in longest_increasing([self._to_b[place] for place in paired])}
        for place in moved:
            other = self._to_b[place]
            above, above_there = _above(self._a, self._a_mark, place), _above(self._b, self._b_mark, other)
            is_below_both = above != -1 and above_there != -1
            if place in in_order and is_below_both and self._a.label[above] == self._b.label[above_there]:
                self._a_mark[place] = self._b_mark[other] = Mark.RECUT

    def _mark_beside(self, call: int, other: int, mark: Mark) -> Mark:
        """How two calls stand, given the mark of the action beside them."""
        above = _above(self._a, self._a_mark, call), _above(self._b, self._b_mark, other)
        if above[0] == -1 or self._to_b[above[0]] != above[1]:
            return Mark.REPARENTED
        return Mark.PAIRED if mark is Mark.PAIRED else Mark.REORDERED

    def _unwrapped(self, ours: Sequence[int], theirs: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        """Both lists with the levels that only one run has taken away, where what they hold stands in the other."""
        for _ in range(_WRAPPER_LEVELS):
            more = _expanded(self._b, self._a, theirs, ours, self._b_unknown, self._b_mark)
            less = _expanded(self._a, self._b, ours, more, self._a_unknown, self._a_mark)
            if more is theirs and less is ours:
                break
            ours, theirs = less, more
        return ours, theirs


def _expanded(
    prints: Prints,
    others: Prints,
    places: Sequence[int],
    counterparts: Sequence[int],
    unknown: set[int],
    marks: list[Mark],
) -> Sequence[int]:
    """The places with each wrapper that the other run does not know replaced by what it holds."""
    if unknown.isdisjoint(places):
        return places
    deeds = {_deed(others, at) for at in counterparts if others.deeds[at]}
    entries = {others.entry[at] for at in counterparts if others.run.given[at]}
    surplus = Counter(others.label[at] for at in counterparts)
    surplus.subtract(prints.label[at] for at in places)
    wrappers = set()
    for at in places:
        if at not in unknown:
            continue
        held = prints.children[at]
        is_known = any(_deed(prints, k) in deeds or prints.entry[k] in entries for k in held)
        wanted = sum(1 for k in held if surplus[prints.label[k]] > 0)
        if is_known or 2 * wanted > len(held):
            wrappers.add(at)
            marks[at] = Mark.WRAPPER
            surplus.subtract(prints.label[k] for k in held)
    if not wrappers:
        return places
    return [at for place in places for at in (prints.children[place] if place in wrappers else (place,))]


def _beside(prints: Prints, step: int) -> list[int]:
    """For each action the model call right before it (1: the list is read forwards), holders between them aside, or
    right behind it below the same span (-1); -1 for none."""
    found = [-1] * len(prints.run)
    last = -1
    for place in range(len(found))[::step]:
        if prints.is_action(place):
            is_near = step == 1 or prints.parent[last] == prints.parent[place]
            found[place], last = last if is_near else -1, -1
        elif not prints.is_container(place):
            last = place
    return found


def _above(prints: Prints, marks: Sequence[Mark], place: int) -> int:
    """The nearest span above that is no wrapper, -1 for none."""
    above = prints.parent[place]
    while above != -1 and marks[above] is Mark.WRAPPER:
        above = prints.parent[above]
    return above


def _unknown(prints: Prints, others: Prints) -> set[int]:
    """Containers whose label the other run does not have."""
    known = set(others.label)
    return {
        at
        for at, label in enumerate(prints.label)
        if label not in known and prints.is_container(at) and prints.children[at]
    }


def _deed(prints: Prints, place: int) -> tuple[int, int]:
    """What was done, and by what; containers are all the same."""
    return 0 if prints.is_container(place) else prints.label[place], prints.deeds[place]


def _keys(prints: Prints) -> tuple[list[int], list[int], list[int]]:
    """What tells a span from others, the surest first: everything, what went in, what was done; 0 for nothing."""
    given = prints.run.given
    entries = [key if given[at] else 0 for at, key in enumerate(prints.entry)]
    says = [bool(given[at] or prints.deeds[at] or prints.run.returned[at]) for at in range(len(given))]
    return [key if says[at] else 0 for at, key in enumerate(prints.whole)], entries, prints.deeds


def _once(keys: Sequence[int], partners: Sequence[int]) -> dict[int, int]:
    """Places without partner whose key no other of them has."""
    left = [at for at in range(len(keys)) if keys[at] and partners[at] == -1]
    counts = Counter(keys[at] for at in left)
    return {keys[at]: at for at in left if counts[keys[at]] == 1}


def _mark_retries(prints: Prints, partners: Sequence[int], marks: list[Mark]) -> None:
    """Mark lone spans that are another try of a sibling near by which has a partner."""
    for siblings in prints.children:
        for index, place in enumerate(siblings):
            if marks[place] is not Mark.LONE:
                continue
            near = siblings[max(index - _RETRY_REACH, 0) : index + _RETRY_REACH + 1]
            if any(partners[at] != -1 and _is_same_try(prints, place, at) for at in near):
                marks[place] = Mark.RETRIED


def _is_same_try(prints: Prints, place: int, other: int) -> bool:
    run = prints.run
    if prints.label[place] != prints.label[other]:
        return False
    if run.given[place] and run.given[place] == run.given[other]:
        return True
    if prints.deeds[place] and prints.deeds[place] == prints.deeds[other]:
        return True
    is_call = run.kind[place] is SpanKind.LLM
    return is_call and run.status[place] is Status.ERROR and abs(place - other) == 1
