"""Where two runs part in their own order: the last action that both made, and what each did next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tracetui.analysis.diff.align import Alignment
from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.analysis.diff.side_effects import NOT_DONE, is_note
from tracetui.model import SpanKind, Status

_NO_DEEDS = frozenset((SpanKind.LLM, SpanKind.MEMORY, *CONTAINERS))


@dataclass(frozen=True, slots=True)
class Parting:
    """Places in both runs: of the last action that both made, of what each does next, and of the model calls that
    decided it; None for none. The calls are the first answers after the shared action of which one acts; where one run
    has no such answer (`is_same_turn` is False), its last call before."""

    shared: tuple[int, int] | None
    actions: tuple[int | None, int | None]
    calls: tuple[int, int] | None
    is_same_turn: bool

    def results(self, alignment: Alignment) -> tuple[int, int] | None:
        """Places of the same call that gave another result, where the runs part at one."""
        ours, theirs = self.actions
        if ours is None or theirs is None or alignment.a.kind[ours] is SpanKind.LLM:
            return None
        is_other = _outcome(alignment.a, ours) != _outcome(alignment.b, theirs)
        is_same_call = _key(alignment.a, ours) == _key(alignment.b, theirs)
        return (ours, theirs) if is_same_call and is_other else None


def parting(alignment: Alignment, a_place: int | None, b_place: int | None) -> Parting:
    """Where the runs part that differ at these places, if not before."""
    a, b = _Run(alignment.a, a_place), _Run(alignment.b, b_place)
    i, j = _shared(a, b, (a_place, b_place))
    while a.is_like(i, b, j):  # what stands apart in the trees was done by both all the same
        i, j = i + 1, j + 1
    if a.deed(i) is None and b.deed(j) is None:
        i, j = _shared(a, b, (a_place, b_place))
    shared = (a.deeds[i - 1], b.deeds[j - 1]) if i and j else None
    actions = a.deed(i), b.deed(j)
    ours, theirs = a.answers(i), b.answers(j)
    turn = min(len(own) for own, action in zip((ours, theirs), actions, strict=True) if action is not None)
    calls = [each.answer(own, turn, at) for each, own, at in ((a, ours, i), (b, theirs, j))]
    is_same_turn = turn <= len(ours) and turn <= len(theirs)
    return Parting(
        shared, actions, None if calls[0] is None or calls[1] is None else (calls[0], calls[1]), is_same_turn
    )


def _shared(a: _Run, b: _Run, ends: tuple[int | None, int | None]) -> tuple[int, int]:
    """How many actions both runs made at their beginning; those between two model calls are in no order."""
    i = j = 0
    while i < len(a.deeds) and j < len(b.deeds) and a.deeds[i] != ends[0] and b.deeds[j] != ends[1]:
        if a.key(i) == b.key(j):
            i, j = i + 1, j + 1
            continue
        ours, theirs = a.batch(i), b.batch(j)
        is_same = Counter(map(a.key, ours)) == Counter(map(b.key, theirs))
        if not is_same or ends[0] in map(a.deed, ours) or ends[1] in map(b.deed, theirs):
            break
        i, j = ours.stop, theirs.stop
    return i, j


def _key(run: ComparedRun, place: int) -> tuple[str, int, int]:
    is_call = run.kind[place] is SpanKind.LLM
    return "" if is_call else run.operation[place], 0 if is_call else run.given[place], run.decided[place]


def _outcome(run: ComparedRun, place: int) -> tuple[bool, int]:
    """Whether an action failed, and what came out of it."""
    return run.status[place] in NOT_DONE, 0 if run.kind[place] is SpanKind.LLM else run.returned[place]


class _Run:
    """The actions and model calls of a run in order; in one without actions, calls that asked for some are both."""

    def __init__(self, run: ComparedRun, also: int | None) -> None:
        self._run = run
        self._calls = [at for at, kind in enumerate(run.kind) if kind is SpanKind.LLM]
        acts = [
            at
            for at in range(len(run))
            if self._acts(at) or (at == also and run.kind[at] is not SpanKind.LLM)
        ]
        asked = (at for at in range(len(run)) if at == also or run.decided[at])
        self.deeds: Sequence[int] = acts or list(asked)

    def _acts(self, place: int) -> bool:
        return self._run.kind[place] not in _NO_DEEDS and not is_note(self._run.operation[place])

    def deed(self, number: int) -> int | None:
        """The place of an action; None behind the last."""
        return self.deeds[number] if number < len(self.deeds) else None

    def key(self, number: int) -> tuple[str, int, int]:
        """What makes two actions the same."""
        return _key(self._run, self.deeds[number])

    def is_like(self, number: int, other: _Run, its_number: int) -> bool:
        """Whether two actions are the same and came to the same."""
        ours, theirs = self.deed(number), other.deed(its_number)
        if ours is None or theirs is None or _key(self._run, ours) != _key(other._run, theirs):
            return False
        return _outcome(self._run, ours) == _outcome(other._run, theirs)

    def batch(self, number: int) -> range:
        """Numbers of the actions from this one on that no model call stands before."""
        until = next((at for at in self._calls if at > self.deeds[number]), len(self._run))
        stop = next((n for n in range(number, len(self.deeds)) if self.deeds[n] >= until), len(self.deeds))
        return range(number, max(stop, number + 1))

    def answers(self, number: int) -> list[int]:
        """The model calls behind the action before this one, up to it, that neither failed nor led to a note alone."""
        until = self.deed(number)
        last = len(self._run) if until is None else until
        begin = self._behind(number, last)
        return [at for at in self._calls if begin <= at <= last and not self._is_aside(at)]

    def answer(self, answers: Sequence[int], turn: int, number: int) -> int | None:
        """The answer of a turn, else the last call before; None where there is none."""
        if 0 < turn <= len(answers):
            return answers[turn - 1]
        if answers and turn:
            return answers[-1]
        until = self.deed(number)
        last = self.deeds[number - 1] if number else len(self._run) - 1
        return next((at for at in reversed(self._calls) if at <= (last if until is None else until)), None)

    def _behind(self, number: int, last: int) -> int:
        """The first place behind the action before, and behind what stands below it unless that goes on there."""
        if not number:
            return 0
        before = self.deeds[number - 1]
        end = self._run.end[before]
        return before + 1 if end > last else end

    def _is_aside(self, call: int) -> bool:
        if self._run.status[call] is Status.ERROR:
            return True
        behind = (at for at in range(call + 1, len(self._run)) if self._run.kind[at] not in CONTAINERS)
        return is_note(self._run.operation[next(behind, call)])
