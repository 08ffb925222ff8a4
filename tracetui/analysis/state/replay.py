"""Changes of a run's memory, as sources tell of them, replayed into one change a key: what was before, what after.

The last writer of a key wins. Snapshots are compared with what is known and become the keys that differ; the writers
are those who wrote to these keys since the last snapshot. A patch that tells the net change of a span applies to the
document as it was when the span began, so that a change told again by every span around it counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tracetui.analysis.state.patches import patched, replaced_values
from tracetui.model import Fidelity, JsonValue, StateChange, StateOp
from tracetui.reading import lenient

ALTERING = frozenset((StateOp.SET, StateOp.APPEND, StateOp.DELETE))
FILES = "files"
"""The store of files that tool calls wrote: each change tells the parts that it is about, before and after."""

FROM_THE_START = -1
"""The `order` of changes that were there before anything else."""

DRIFT = "the recorded state differs from what the recorded changes add up to"
"""How the evidence of a change begins that is told by nothing but a state that does not fit."""

_WHOLE = frozenset((StateOp.SNAPSHOT, StateOp.PATCH))
_OWN_WRITE = ", which wrote this value, others another"
_HELD_BEFORE = "told as what it held before the next change; who set it is not told"
_Place = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A change with what was before. `told` is the index of the entry that tells of it, `writer` of the one whose
    span made it."""

    told: int
    writer: int
    change: StateChange


@dataclass(slots=True)
class _Store:
    texts: dict[str, str | None] = field(default_factory=dict)
    document: dict[str, JsonValue] = field(default_factory=dict)
    marks: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    writes: dict[str, list[tuple[int, StateChange]]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """Keys whose value a change of their own told exactly."""


def in_order(changes: Sequence[StateChange]) -> list[int]:
    """Indexes of the changes as they became visible: by time, then as their source orders them; one without a time
    follows whatever its source puts before it."""
    by_source = sorted(range(len(changes)), key=lambda at: (changes[at].order, at))
    times: dict[int, int] = {}
    latest_ns = min((each.at_ns for each in changes if each.at_ns is not None), default=0)
    for at in by_source:
        at_ns = changes[at].at_ns
        latest_ns = max(latest_ns, latest_ns if at_ns is None else at_ns)
        times[at] = latest_ns if at_ns is None else at_ns
    return sorted(by_source, key=times.__getitem__)


def replay(changes: Sequence[StateChange]) -> Iterator[Replayed]:
    """The changes of one run, in the order in which they became visible, as one change a key each."""
    return _Replay(changes).run()


class _Replay:
    def __init__(self, changes: Sequence[StateChange]) -> None:
        self._changes = changes
        self._order = in_order(changes)
        self._stores: dict[_Place, _Store] = {}

    def run(self) -> Iterator[Replayed]:
        yield from self._from_the_start()
        for at in self._order:
            change = self._changes[at]
            store = self._stores.setdefault((change.store, change.scope), _Store())
            if change.store == FILES:  # told with what was before
                yield Replayed(at, at, change)
            elif change.op in ALTERING:
                yield from self._told(store, at, change)
            elif change.op is StateOp.SNAPSHOT:
                yield from self._snapshot(store, at, change)
            elif change.op is StateOp.OBSERVE:
                yield from self._observed(store, at, change)
            elif change.op is StateOp.PATCH:
                yield from self._patch(store, at, change)
            elif change.op is StateOp.MARK:
                store.marks[change.key] = self._document(store)
            elif change.op is StateOp.CHECK:
                yield from self._check(store, at, change)
            else:
                yield self._seen(store, at, change)

    def _from_the_start(self) -> Iterator[Replayed]:
        """Keys of the state in the end that no change touches: they were there before, or came from outside."""
        touched = {(each.store, each.scope, each.key) for each in self._changes}
        whole = {(each.store, each.scope) for each in self._changes if each.op in _WHOLE}
        for at in self._order:
            change = self._changes[at]
            if change.op is not StateOp.CHECK or (change.store, change.scope) in whole:
                continue
            store = self._stores.setdefault((change.store, change.scope), _Store())
            for key, value in _object(change.value).items():
                if (change.store, change.scope, key) not in touched:
                    said = "in the final state, written by nothing in this export: there from the start or from outside"
                    found = self._derived(change, key, lenient.dumps(value), said)
                    yield self._set(store, at, at, replace(found, order=FROM_THE_START))

    def _told(self, store: _Store, at: int, change: StateChange) -> Iterator[Replayed]:
        """A change of one key; where its source says that the key held something else before, that is told first."""
        yield from self._before(store, at, change, DRIFT)
        yield self._set(store, at, at, change)
        if change.fidelity is Fidelity.EXACT:
            store.told.add(change.key)

    def _before(self, store: _Store, at: int, change: StateChange, said: str) -> Iterator[Replayed]:
        held = store.texts.get(change.key)
        if change.before is not None and held is not None and not is_same(held, change.before):
            yield self._set(store, at, at, self._derived(change, change.key, change.before, said))

    def _set(self, store: _Store, told: int, writer: int, change: StateChange) -> Replayed:
        known = store.texts.get(change.key)
        before = change.before if known is None else known
        op = change.op
        store.document.pop(change.key, None)
        store.told.discard(change.key)
        if op is StateOp.DELETE:
            store.texts.pop(change.key, None)
            return Replayed(told, writer, replace(change, before=before, value=None))
        store.texts[change.key] = change.value
        if op is StateOp.SET and _is_longer(before, change.value):
            op = StateOp.APPEND
        return Replayed(told, writer, replace(change, op=op, before=before))

    def _seen(self, store: _Store, at: int, change: StateChange) -> Replayed:
        if change.op is StateOp.WRITE:
            store.writes.setdefault(change.key, []).append((at, change))
        known = store.texts.get(change.key)
        return Replayed(at, at, replace(change, before=change.before if known is None else known))

    def _snapshot(self, store: _Store, at: int, change: StateChange) -> Iterator[Replayed]:
        values = _object(change.value)
        for key, value in values.items():
            text = lenient.dumps(value)
            if key not in store.texts or not is_same(store.texts[key], text):
                yield self._told_of(store, at, replace(change, op=StateOp.SET, key=key, value=text))
        for key in [key for key in store.texts if key not in values]:
            yield self._told_of(store, at, replace(change, op=StateOp.DELETE, key=key, value=None))
        store.writes.clear()

    def _observed(self, store: _Store, at: int, change: StateChange) -> Iterator[Replayed]:
        """Values that were seen: those that differ were changed by then, by whoever wrote to them, as far as is known."""
        for key, value in _object(change.value).items():
            text = lenient.dumps(value)
            writes = store.writes.pop(key, [])
            if key in store.texts and is_same(store.texts[key], text):
                continue
            actors = " or ".join(dict.fromkeys(each.actor for _, each in writes if each.actor))
            found = replace(change, op=StateOp.SET, key=key, value=text, actor=actors or change.actor)
            yield self._set(store, at, at, found)

    def _told_of(self, store: _Store, at: int, change: StateChange) -> Replayed:
        """A key that a snapshot shows changed, by whoever wrote to it since the last one."""
        writes = store.writes.get(change.key, [])
        if not writes:
            drifted = change.actor is None and change.key in store.told
            return self._set(store, at, at, _drifted(change) if drifted else change)
        own = [(told, each) for told, each in writes if is_same(each.value, change.value)] or writes
        is_one_of = len(own) < len(writes)
        actors = list(dict.fromkeys(each.actor for _, each in own if each.actor))
        is_sure = len(actors) < 2 or not is_one_of
        evidence = change.evidence and f"{change.evidence.partition(';')[0]}; writer from its task"
        exact = replace(
            change, actor=(" + " if is_sure else " or ").join(actors) or change.actor,
            fidelity=Fidelity.EXACT if is_sure else Fidelity.INFERRED,
            evidence=evidence and evidence + _OWN_WRITE * is_one_of,
        )  # fmt: skip
        return self._set(store, at, own[-1][0], exact)

    def _patch(self, store: _Store, at: int, change: StateChange) -> Iterator[Replayed]:
        now, operations = self._document(store), _value(change.value)
        base = store.marks.get(change.key, now)
        after, failed = patched(base, operations)
        if not isinstance(after, dict):
            failed = [*failed, "the whole of it, which would be no object"]
        if not isinstance(after, dict) or (
            isinstance(operations, list) and len(failed) >= len(operations) > 0
        ):
            after = now
            yield Replayed(at, at, replace(_not_applied(change, failed), op=StateOp.NOOP, key="", value=None))
        template = _not_applied(change, failed)
        replaced = replaced_values(operations)
        for key, value in after.items():
            if key in now and now[key] is value:
                continue
            text = lenient.dumps(value)
            if key not in store.texts or store.texts[key] != text:
                found = replace(template, op=StateOp.SET, key=key, value=text)
                if key in replaced and now.get(key) is base.get(key):
                    found = replace(found, before=lenient.dumps(replaced[key]))
                yield from self._before(store, at, found, _HELD_BEFORE)
                yield self._set(store, at, at, found)
        for key in [key for key in now if key not in after]:
            yield self._set(store, at, at, replace(template, op=StateOp.DELETE, key=key, value=None))
        store.document = dict(after)

    def _document(self, store: _Store) -> dict[str, JsonValue]:
        for key, text in store.texts.items():
            if key not in store.document:
                store.document[key] = _value(text)
        return dict(store.document)

    def _check(self, store: _Store, at: int, change: StateChange) -> Iterator[Replayed]:
        values = _object(change.value)
        for key, value in values.items():
            text = lenient.dumps(value)
            if key not in store.texts or not is_same(store.texts[key], text):
                yield self._set(store, at, at, self._derived(change, key, text, DRIFT))
        for key in [key for key in store.texts if key not in values]:
            gone = self._derived(change, key, None, DRIFT)
            yield self._set(store, at, at, replace(gone, op=StateOp.DELETE))

    def _derived(self, change: StateChange, key: str, text: str | None, said: str) -> StateChange:
        return replace(
            change, op=StateOp.SET, key=key, value=text, before=None, actor=None, fidelity=Fidelity.INFERRED,
            evidence=said,
        )  # fmt: skip


def _drifted(change: StateChange) -> StateChange:
    said = f"{DRIFT}: {change.evidence}" if change.evidence else DRIFT
    return replace(change, fidelity=Fidelity.INFERRED, evidence=said)


def _not_applied(change: StateChange, failed: Sequence[str]) -> StateChange:
    if not failed:
        return change
    said = f"{change.evidence or 'patch'}; not applicable: {', '.join(failed[:3])}"
    return replace(change, fidelity=Fidelity.INFERRED, evidence=said)


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two JSON texts hold the same value, whatever the order of their keys."""
    if one == other:
        return True
    if one is None or other is None or len(one) != len(other):
        return False
    try:
        return bool(_value(one) == _value(other))
    except RecursionError:  # nested too deeply to compare, and not the same text
        return False


def _is_longer(before: str | None, after: str | None) -> bool:
    """Whether a list went on: all it held stands in front of what it holds now."""
    if before is None or after is None or before[:1] != "[" or not before.endswith("]"):
        return False
    head = before[:-1]
    return before != "[]" and len(after) > len(before) and after.startswith(f"{head},")


def _value(text: str | None) -> JsonValue:
    try:
        return None if text is None else lenient.loads(text)[0]
    except lenient.NotJson:
        return text


def _object(text: str | None) -> dict[str, JsonValue]:
    value = _value(text)
    return value if isinstance(value, dict) else {}
