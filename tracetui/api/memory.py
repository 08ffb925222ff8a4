"""The memory of a run: what it held at each point, who wrote it, and what differs between two points."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property

from tracetui.api.money import context_window
from tracetui.errors import UsageError
from tracetui.model import StateOp
from tracetui.store import memory as reads
from tracetui.store.connection import Connection
from tracetui.store.memory import LAST, ContextChange, Finding, KeyChange, KeyState, Point, Touch

__all__ = [
    "LAST",
    "ContextChange",
    "Finding",
    "KeyChange",
    "KeyDiff",
    "KeyState",
    "MemoryMarks",
    "MemoryWalk",
    "Point",
    "RunMemory",
    "StepMemory",
    "Touch",
    "differences",
]


_WRITES = frozenset((StateOp.SET, StateOp.APPEND, StateOp.DELETE))
_FEW_CHANGES = 200
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class KeyDiff:
    """One key that differs between two points: what it held at each, None where there was no such key; `deletion` is what
    deleted it, where that is told."""

    before: KeyState | None
    after: KeyState | None
    deletion: KeyState | None = None

    @property
    def word(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class MemoryMarks:
    """Positions of spans that changed the memory, and what looks wrong with it."""

    changed: Sequence[int] = ()
    findings: Sequence[Finding] = ()

    @property
    def wrong(self) -> list[int]:
        """Positions of spans at which something looks wrong, in order, but for the weak signs."""
        told = (each.position for each in self.findings if each.strength != "weak")
        return sorted({position for position in told if position is not None})


@dataclass(frozen=True, slots=True)
class StepMemory:
    """What a step did to the memory and what was held after it; of a span that is no step (`step` is None), what all
    that stands below it did. `changes` are the first of `count`, reads among them. `has_any` is whether the run tells of any state."""

    step: int | None
    changes: Sequence[KeyChange]
    count: int
    held: Sequence[KeyState]
    context: Sequence[ContextChange]
    findings: Sequence[Finding]
    has_any: bool


class RunMemory:
    """Answers about the memory of one run. All methods block; all may be called from any thread."""

    def __init__(
        self, run_id: str, run_key: int, reading: Callable[[], AbstractContextManager[Connection]]
    ) -> None:
        self.run_id = run_id
        self._run_key = run_key
        self._reading = reading

    @cached_property
    def points(self) -> Sequence[Point]:
        """Every step of the run and every moment at which its memory changed, in order."""
        with self._reading() as cursor:
            return reads.points(cursor, self._run_key)

    def at_step(self, step: int) -> int:
        """The number of the last change by the end of a step; UsageError for a step that the run has not."""
        steps = [point.step for point in self.points]
        if step < 0 or step > max(steps, default=0):
            raise UsageError(f"there is no step {step}", f"The run has steps 1 to {max(steps, default=0)}.")
        at = bisect_right(steps, step)
        return self.points[at - 1].seq if at else 0

    @cached_property
    def last_moment(self) -> int:
        """How many moments there are at which something changed."""
        with self._reading() as cursor:
            return reads.last_moment(cursor, self._run_key)

    def at_moment(self, moment: int) -> int:
        """The number of the last change by the end of a moment; UsageError for a moment that the run has not."""
        if not 0 <= moment <= self.last_moment:
            hint = f"The run has moments 1 to {self.last_moment}; 0 is before the first change."
            raise UsageError(f"there is no moment {moment}", hint)
        with self._reading() as cursor:
            return reads.seq_at_moment(cursor, self._run_key, moment)

    def span_ids(self) -> dict[int, str]:
        """Ids of the spans that changed or read the memory, by their position."""
        with self._reading() as cursor:
            return reads.span_ids(cursor, self._run_key)

    def gone(self, seq: int = reads.LAST, characters: int = reads.WHOLE) -> list[KeyState]:
        """The deletions of keys that were there before and are not after change number `seq`."""
        with self._reading() as cursor:
            return reads.memory_at(cursor, self._run_key, seq, characters, gone=True)

    def state(
        self, seq: int = reads.LAST, characters: int = reads.WHOLE, keys: Sequence[str] | None = None
    ) -> list[KeyState]:
        """What every key held after change number `seq`, or those of these names; values cut to so many characters."""
        with self._reading() as cursor:
            return reads.memory_at(cursor, self._run_key, seq, characters, keys)

    def walk(self, characters: int) -> MemoryWalk:
        """The state at one point after another, values cut to so many characters."""
        return MemoryWalk(self, characters)

    def changes(
        self, first: int = 0, last: int = reads.LAST, characters: int = reads.WHOLE
    ) -> list[KeyChange]:
        """Changes and reads from number `first` to `last`."""
        with self._reading() as cursor:
            return reads.changes(cursor, self._run_key, first, last, None, characters)

    def history(self, key: str, characters: int = reads.WHOLE) -> list[KeyChange]:
        """Everything that happened to a key of that name in any store, reads too, in order."""
        with self._reading() as cursor:
            return reads.changes(cursor, self._run_key, 0, reads.LAST, key, characters)

    def findings(self) -> Sequence[Finding]:
        """What looks wrong with it, the strongest first."""
        return self._findings

    @cached_property
    def _findings(self) -> Sequence[Finding]:
        """Found once: each step that is shown asks for its own."""
        with self._reading() as cursor:
            return reads.findings(cursor, self.run_id)

    def marks(self) -> MemoryMarks:
        """Where the memory changed, and where it looks wrong."""
        with self._reading() as cursor:
            changed = reads.changed_positions(cursor, self._run_key)
        return MemoryMarks(changed, self.findings())

    def of_span(self, position: int) -> StepMemory:
        """What the span at a position did to the memory, and what was held after it."""
        with self._reading() as cursor:
            place = reads.place_of_span(cursor, self._run_key, position)
            changes = reads.changes_of_span(cursor, self._run_key, position, _MOST_CHANGES)
            held = reads.memory_at(cursor, self._run_key, place.seq)
        return StepMemory(
            place.step, changes, place.count, held,
            [each for each in self.context_changes() if each.position == position],
            [each for each in self.findings() if each.position == position],
            bool(self.stores()),
        )  # fmt: skip

    def stores(self) -> list[str]:
        """The memories that the run changed or read."""
        with self._reading() as cursor:
            return reads.stores(cursor, self._run_key)

    def context_changes(self) -> Sequence[ContextChange]:
        """What entered or left the context window, call by call; its limit as the source tells, else as published."""
        return self._context_changes

    @cached_property
    def _context_changes(self) -> Sequence[ContextChange]:
        with self._reading() as cursor:
            found = reads.context_changes(cursor, self._run_key)
        limits: dict[tuple[str | None, str | None], int | None] = {}
        for each in found:
            if each.window_limit is None and (each.provider, each.model) not in limits:
                limits[each.provider, each.model] = context_window(each.provider, each.model)
        return [
            replace(each, window_limit=each.window_limit or limits.get((each.provider, each.model)))
            for each in found
        ]

    def touches(self) -> list[Touch]:
        """Every write, in order, without what was written."""
        with self._reading() as cursor:
            return reads.touches(cursor, self._run_key)

    def diff(self, before: int, after: int) -> list[KeyDiff]:
        """What differs between the memory after two changes."""
        return list(differences(self.state(before), self.state(after), self.gone(after)))


class MemoryWalk:
    """A state that goes from point to point: a step costs what it changed, not what is held. May be called from any
    thread, from one at a time."""

    def __init__(self, memory: RunMemory, characters: int) -> None:
        self._memory = memory
        self._characters = characters
        self._seq = -1
        self._held: dict[tuple[str, str, str], KeyState] = {}

    def to(self, seq: int) -> list[KeyState]:
        """What every key held after change number `seq`, by store, scope and key."""
        low, high = sorted((seq, self._seq))
        if self._seq < 0 or high - low > _FEW_CHANGES:
            self._held = {each.place: each for each in self._memory.state(seq, self._characters)}
        elif low < high:
            changed = self._memory.changes(low + 1, high, self._characters)
            self._forward(changed) if seq == high else self._back(seq, changed)
        self._seq = seq
        return [self._held[place] for place in sorted(self._held)]

    def _forward(self, changed: Sequence[KeyChange]) -> None:
        for each in changed:
            if each.op is StateOp.DELETE:
                self._held.pop(each.place, None)
            elif each.op in _WRITES:
                self._held[each.place] = _state_of(each)

    def _back(self, seq: int, changed: Sequence[KeyChange]) -> None:
        gone = {each.place for each in changed if each.op in _WRITES}
        if not gone:
            return
        for place in gone:
            self._held.pop(place, None)
        names = sorted({place[2] for place in gone})
        before = self._memory.state(seq, self._characters, names)
        self._held.update((each.place, each) for each in before if each.place in gone)


def _state_of(change: KeyChange) -> KeyState:
    return KeyState(
        change.store, change.scope, change.key, change.after, change.after_bytes, change.seq, change.step,
        change.moment, change.position, change.op, change.actor, change.fidelity, change.evidence,
    )  # fmt: skip


def differences(
    before: Sequence[KeyState], after: Sequence[KeyState], gone: Sequence[KeyState] = ()
) -> Iterator[KeyDiff]:
    """Keys that differ between two states, also of two runs, by store, scope and key; `gone` tells what deleted some."""
    old, new = {each.place: each for each in before}, {each.place: each for each in after}
    deletions = {each.place: each for each in gone}
    for place in sorted(old.keys() | new.keys()):
        one, other = old.get(place), new.get(place)
        if one is None or other is None or one.value != other.value:
            yield KeyDiff(one, other, deletions.get(place) if other is None else None)
