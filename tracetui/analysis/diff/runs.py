"""Two aligned runs row by row: what differs in each, at which level, and what it cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from itertools import accumulate
from typing import TypeVar

from tracetui.analysis.diff.align import Alignment, Mark
from tracetui.analysis.diff.answers import answers_before
from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.analysis.diff.sequences import longest_increasing
from tracetui.analysis.diff.settings import Settings
from tracetui.analysis.diff.side_effects import NOT_DONE, has_side_effects, is_note
from tracetui.model import SpanKind, Status

Amount = TypeVar("Amount", int, Decimal)

_MOVED = frozenset((Mark.REORDERED, Mark.REPARENTED))
_TURN = re.compile(r"turn (\d+|#)")
"""How formats name the turns of a conversation that has several."""


class Level(IntEnum):
    """How much a difference matters; the lower the more."""

    SIDE_EFFECTS = 1
    ACTIONS = 2
    ENVIRONMENT = 3
    CONTEXT = 4
    STATE = 5
    WORDING = 6
    COST = 7


LEVEL_NAMES = {level: level.name.lower().replace("_", "-") for level in Level}
"""As people write them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step of either run or both: its places, how they stand to each other, and the levels of what differs.

    Differences of figures are those of `b` less those of `a`, None where one side is unknown.
    """

    a: int | None
    b: int | None
    mark: Mark
    levels: frozenset[Level]
    duration_ns: int | None
    tokens: int | None
    cost_usd: Decimal | None

    def differs_at(self, level: Level) -> bool:
        """Whether something differs at the level or one that matters more."""
        return any(found <= level for found in self.levels)


def rows_of(alignment: Alignment, writes: Sequence[str] = (), reads: Sequence[str] = ()) -> list[Row]:
    """All spans of both runs: those of `b` in their order, those that only `a` has behind what they follow there."""
    names = {*alignment.a.operation, *alignment.b.operation}
    effects = frozenset(name for name in names if has_side_effects(name, writes, reads))
    by_decisions = not (_acts(alignment.a) or _acts(alignment.b))
    notes = frozenset(name for name in names - effects if is_note(name))
    make = _Rows(
        alignment, effects, frozenset(writes), notes, by_decisions, _answers(alignment), {0}, set(), _crossed(alignment),
    )  # fmt: skip
    return [make.row(a, b) for a, b in _merged(alignment)]


def _acts(run: ComparedRun) -> bool:
    return any(kind is not SpanKind.LLM and kind not in CONTAINERS for kind in run.kind)


def _answers(alignment: Alignment) -> tuple[list[int], list[int]] | None:
    """The answer before each span of both runs; None where nothing moved, or a run tells of no model calls."""
    runs = alignment.a, alignment.b
    if _MOVED.isdisjoint(alignment.b_mark) or any(SpanKind.LLM not in run.kind for run in runs):
        return None
    return answers_before(alignment.a), answers_before(alignment.b)


def _crossed(alignment: Alignment) -> frozenset[int]:
    """Places in B of what others that both runs have stand before in one and behind in the other, holders aside."""
    if Mark.REPARENTED not in alignment.b_mark:
        return frozenset()
    kinds = alignment.a.kind
    pairs = [(a, b) for a, b in enumerate(alignment.partner_in_b) if b != -1 and kinds[a] not in CONTAINERS]
    highest = list(accumulate((b for _, b in pairs), max))
    lowest = list(accumulate((b for _, b in reversed(pairs)), min))[::-1]
    return frozenset(
        b for (_, b), high, low in zip(pairs, highest, lowest, strict=True) if high > b or low < b
    )


def _merged(alignment: Alignment) -> Iterator[tuple[int, int]]:
    """Places in both runs, -1 for none.

    What only `a` has stands behind the last partner before it that stands in the same order in both: one that moved
    takes nothing with it.
    """
    to_b, to_a = alignment.partner_in_b, alignment.partner_in_a
    after: dict[int, list[int]] = {}
    paired = [place for place, partner in enumerate(to_b) if partner != -1]
    in_order = {paired[at] for at in longest_increasing([to_b[place] for place in paired])}
    anchor = -1
    for place, partner in enumerate(to_b):
        if partner == -1:
            after.setdefault(anchor, []).append(place)
        elif place in in_order:
            anchor = place
    yield from ((place, -1) for place in after.get(-1, ()))
    for other, partner in enumerate(to_a):
        yield partner, other
        if partner != -1:
            yield from ((place, -1) for place in after.get(partner, ()))


@dataclass(frozen=True, slots=True)
class _Rows:
    """What rows are made of."""

    alignment: Alignment
    effects: frozenset[str]
    writes: frozenset[str]
    """Tools that have side effects whatever they are given."""
    notes: frozenset[str]
    by_decisions: bool
    answers: tuple[list[int], list[int]] | None
    """The model calls that asked for each step of both runs."""
    known: set[int]
    """Differences between prompts that rows before this one told; 0 is none."""
    known_settings: set[tuple[Settings, Settings]]
    """Settings of both runs that rows before this one told to differ."""
    crossed: frozenset[int]
    """Places in B of steps that others stand before in one run and behind in the other."""

    def row(self, a: int, b: int) -> Row:
        """The row of two places, -1 for none."""
        ours, theirs = self.alignment.a, self.alignment.b
        if a == -1 or b == -1:
            run, place, marks = (
                (theirs, b, self.alignment.b_mark) if a == -1 else (ours, a, self.alignment.a_mark)
            )
            mark = marks[place]
            levels = frozenset() if mark is Mark.WAITING else self._lone(run, place)
            if mark is Mark.WRAPPER and _TURN.match(run.name_of(place)):
                mark = Mark.RECUT  # a conversation of one turn has no span around it
            return Row(None if a == -1 else a, None if b == -1 else b, mark, levels, None, None, None)
        levels = frozenset(self._levels(a, b))
        if self._is_only_elsewhere(b, levels):
            levels |= {Level.WORDING}
        return Row(
            a, b, self.alignment.b_mark[b], levels,
            _less(ours.duration_ns[a], theirs.duration_ns[b]),
            _less(_known(ours.tokens[a]), _known(theirs.tokens[b])), _less(ours.cost_usd[a], theirs.cost_usd[b]),
        )  # fmt: skip

    def _lone(self, run: ComparedRun, place: int) -> frozenset[Level]:
        state = frozenset((Level.STATE,)) if run.state and run.state[place] else frozenset()
        return state | self._lone_levels(run, place)

    def _lone_levels(self, run: ComparedRun, place: int) -> frozenset[Level]:
        kind = run.kind[place]
        if kind in CONTAINERS:
            return frozenset((Level.WORDING,))
        if kind is SpanKind.LLM:
            is_action = self.by_decisions and run.decided[place] != 0
            return frozenset((Level.ACTIONS if is_action else Level.WORDING,))
        if kind is SpanKind.MEMORY:
            return frozenset((Level.STATE,))
        if run.operation[place] in self.notes:
            return frozenset((Level.WORDING,))
        is_effect = self._is_effect(run, place) and run.status[place] not in NOT_DONE
        return frozenset((Level.SIDE_EFFECTS, Level.ACTIONS)) if is_effect else frozenset((Level.ACTIONS,))

    def _levels(self, a: int, b: int) -> Iterator[Level]:
        ours, theirs = self.alignment.a, self.alignment.b
        kind = theirs.kind[b]
        if kind is SpanKind.LLM:
            yield from self._call_levels(a, b)
        elif kind in CONTAINERS:
            if _told(ours, a) != _told(theirs, b):
                yield Level.WORDING
        elif {ours.operation[a], theirs.operation[b]} <= self.notes:
            yield from self._note_levels(a, b)
        else:
            yield from self._action_levels(a, b)
        if ours.state and theirs.state and ours.state[a] != theirs.state[b]:
            yield Level.STATE
        if kind not in CONTAINERS and _figures(ours, a) != _figures(theirs, b):
            yield Level.COST

    def _action_levels(self, a: int, b: int) -> Iterator[Level]:
        ours, theirs = self.alignment.a, self.alignment.b
        is_state = theirs.kind[b] is SpanKind.MEMORY
        failed = ours.status[a] in NOT_DONE, theirs.status[b] in NOT_DONE
        operations = ours.operation[a], theirs.operation[b]
        is_same = ours.given[a] == theirs.given[b] and operations[0] == operations[1]
        is_effect = self._is_effect(ours, a) or self._is_effect(theirs, b)
        if is_effect and ((not is_same and failed != (True, True)) or failed[0] != failed[1]):
            yield Level.SIDE_EFFECTS
        if not is_same or self._is_reordered(a, b):
            yield Level.STATE if is_state else Level.ACTIONS
        elif ours.returned[a] != theirs.returned[b] or failed[0] != failed[1]:
            yield Level.STATE if is_state else Level.ENVIRONMENT

    def _is_effect(self, run: ComparedRun, place: int) -> bool:
        """Whether a step, where it succeeds, changes something outside."""
        operation = run.operation[place]
        if operation not in self.effects:
            return False
        return operation in self.writes or not (run.only_reads and run.only_reads[place])

    def _is_reordered(self, a: int, b: int) -> bool:
        """Whether a step moved, and not only among those that the same answer of the model asked for."""
        mark = self.alignment.b_mark[b]
        if mark is not Mark.REORDERED and (mark is not Mark.REPARENTED or b not in self.crossed):
            return False
        if self.answers is None:
            return True
        ours, theirs = self.answers[0][a], self.answers[1][b]
        return (-1 if ours == -1 else self.alignment.partner_in_b[ours]) != theirs

    def _is_only_elsewhere(self, b: int, levels: frozenset[Level]) -> bool:
        """Whether nothing but figures differs in a step that stands below another span, or in a call or holder that
        moved."""
        mark, kind = self.alignment.b_mark[b], self.alignment.b.kind[b]
        has_place = kind is SpanKind.LLM or kind in CONTAINERS
        is_elsewhere = mark is Mark.REPARENTED or (mark is Mark.REORDERED and has_place)
        return is_elsewhere and levels <= {Level.COST}

    def _note_levels(self, a: int, b: int) -> Iterator[Level]:
        """What an agent wrote to itself is words, whether it could is not."""
        ours, theirs = self.alignment.a, self.alignment.b
        if (ours.status[a] in NOT_DONE) != (theirs.status[b] in NOT_DONE):
            yield Level.ENVIRONMENT
        if _told(ours, a) != _told(theirs, b):
            yield Level.WORDING

    def _call_levels(self, a: int, b: int) -> Iterator[Level]:
        ours, theirs = self.alignment.a, self.alignment.b
        if self.by_decisions and ours.decided[a] != theirs.decided[b]:
            yield Level.ACTIONS
        if (ours.status[a] is Status.ERROR) != (theirs.status[b] is Status.ERROR):
            yield Level.ENVIRONMENT
        has_new_settings = self._are_new_settings(ours.settings[a], theirs.settings[b])
        if self._is_new_difference(a, b) or has_new_settings:
            yield Level.CONTEXT
        if ours.given[a] != theirs.given[b] or ours.returned[a] != theirs.returned[b]:
            yield Level.WORDING

    def _are_new_settings(self, ours: Settings, theirs: Settings) -> bool:
        """Whether what else the models were told differs, and not only as it did for a call before."""
        is_new = ours != theirs and (ours, theirs) not in self.known_settings
        self.known_settings.add((ours, theirs))
        return is_new

    def _is_new_difference(self, a: int, b: int) -> bool:
        """Whether what users, tools and others said to the models differs, and not only as it did for calls before."""
        ours, theirs = self.alignment.a.seen, self.alignment.b.seen
        is_recorded = self.alignment.a.given[a] and self.alignment.b.given[b]
        difference = theirs[b] - ours[a] if ours and theirs and is_recorded else 0
        is_new = difference not in self.known
        self.known.add(difference)
        return is_new


def _told(run: ComparedRun, place: int) -> tuple[str, int, int, bool]:
    """What is told of a span that only holds others; whether it failed mostly follows from them."""
    failed = run.status[place] is Status.ERROR
    return run.operation[place], run.given[place], run.returned[place], failed


def _figures(run: ComparedRun, place: int) -> tuple[int | None, int, Decimal | None]:
    return run.duration_ns[place], run.tokens[place], run.cost_usd[place]


def _known(tokens: int) -> int | None:
    return None if tokens < 0 else tokens


def _less(before: Amount | None, after: Amount | None) -> Amount | None:
    return None if before is None or after is None else after - before
