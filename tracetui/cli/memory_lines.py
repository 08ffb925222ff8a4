"""The memory of a run as lines and as rows for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracetui.api.memory import LAST, Finding, KeyChange, KeyDiff, KeyState, RunMemory, StepMemory
from tracetui.cli.table import Column, table_lines
from tracetui.model import StateOp
from tracetui.reading import lenient
from tracetui.render import text
from tracetui.render.memory import WRITES, change_mark, key_words, nothing_told, tells_state, writer
from tracetui.render.safe import safe

_VALUE_CHARACTERS = 2_000
_ROW = (
    "store", "scope", "key", "value", "size_bytes", "before", "changed", "step", "moment", "seq", "op", "span_id", "position",
    "actor", "fidelity", "evidence", "findings",
)  # fmt: skip
"""Fields of each row of a state."""


@dataclass(frozen=True, slots=True)
class Place:
    """A step of a run, or a moment at which something changed; neither is the end."""

    step: int | None = None
    moment: int | None = None

    @property
    def is_end(self) -> bool:
        """Whether it is the end of the run."""
        return self.step is None and self.moment is None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after a step or moment, with what that changed; `is_told` is whether the export tells of any, besides files
    that calls wrote."""

    place: Place
    states: Sequence[KeyState]
    changed: Sequence[KeyChange]
    moments: int
    format: str
    span_ids: Mapping[int, str]
    findings: Sequence[Finding]
    is_told: bool


def seq_at(memory: RunMemory, place: Place) -> int:
    """The number of the last change by then; raises UsageError for a step or moment that the run has not."""
    if place.step is not None:
        return memory.at_step(place.step)
    return LAST if place.moment is None else memory.at_moment(place.moment)


def snapshot_of(memory: RunMemory, place: Place, format_name: str) -> Snapshot:
    """The state at a place; raises UsageError for a step or moment that the run has not."""
    until = seq_at(memory, place)
    changed = [] if place.is_end else memory.changes(_seq_before(memory, place) + 1, until)
    return Snapshot(
        place, memory.state(until), [change for change in changed if change.op in WRITES], memory.last_moment,
        format_name, memory.span_ids(), memory.findings(), tells_state(memory.stores()),
    )  # fmt: skip


def _seq_before(memory: RunMemory, place: Place) -> int:
    if place.step:
        return memory.at_step(place.step - 1)
    return memory.at_moment(place.moment - 1) if place.moment else 0


def state_lines(snapshot: Snapshot, cells: int | None) -> Iterator[str]:
    """A line a key: mark of what the step did, key, value, size, who wrote it and at which step."""
    if not snapshot.is_told:
        yield nothing_told(snapshot.format)
    if not snapshot.moments:
        return
    marks = _marks(snapshot.changed)
    rows = [_state_cells(state, marks.pop(state.place, "")) for state in snapshot.states]
    gone = [change for change in snapshot.changed if change.op is StateOp.DELETE and change.place in marks]
    rows += [_change_cells(change) for change in gone]
    yield from table_lines(_STATE_COLUMNS, rows, cells)
    keys = "1 key" if len(snapshot.states) == 1 else f"{text.count(len(snapshot.states))} keys"
    yield f"{keys}{_step_words(snapshot)}"


def _marks(changed: Iterable[KeyChange]) -> dict[tuple[str, str, str], str]:
    """`+` for a key that is new, `~` changed, `»` a list that went on, `-` deleted."""
    marks: dict[tuple[str, str, str], str] = {}
    for change in changed:
        mark = change_mark(change.op, change.before)
        is_new = marks.get(change.place) == "+" and change.op is not StateOp.DELETE
        marks[change.place] = "+" if is_new else mark
    return marks


def _step_words(snapshot: Snapshot) -> str:
    place = snapshot.place
    if place.is_end:
        times = f"{text.count(snapshot.moments)} moments" if snapshot.moments > 1 else "1 moment"
        return f" in the end, after {times} of change (--moment)"
    at = f"moment {place.moment}" if place.step is None else f"step {place.step}"
    return f" after {at}, which changed {len({c.place for c in snapshot.changed})}"


_STATE_COLUMNS = (
    Column(""), Column("key", least_cells=12), Column("value", least_cells=16), Column("size", align_right=True),
    Column("written by", least_cells=12), Column("step", align_right=True),
)  # fmt: skip


def _state_cells(state: KeyState, mark: str) -> list[str]:
    return [
        mark, key_words(state.store, state.scope, state.key), _value(state.value), _size(state.size_bytes),
        writer(state.actor, state.fidelity), str(state.step),
    ]  # fmt: skip


def _change_cells(change: KeyChange) -> list[str]:
    return [
        "-", key_words(change.store, change.scope, change.key), f"(was) {_value(change.before)}", "",
        writer(change.actor, change.fidelity), str(change.step),
    ]  # fmt: skip


def _value(value: str | None) -> str:
    return "(not in the export)" if value is None else safe(value[:_VALUE_CHARACTERS])


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else text.size(size_bytes)


_HISTORY_COLUMNS = (
    Column("step", align_right=True), Column("moment", align_right=True), Column("op"), Column("store", least_cells=5),
    Column("before", least_cells=12), Column("after", least_cells=12), Column("by", least_cells=10),
    Column("evidence", least_cells=10),
)  # fmt: skip


def history_lines(changes: Sequence[KeyChange], cells: int | None) -> Iterator[str]:
    """A line a change or read of one key."""
    rows = [
        [
            str(change.step), str(change.moment), str(change.op), safe(change.store), _blank(change.before), _blank(change.after),
            writer(change.actor, change.fidelity), safe(change.evidence or ""),
        ]
        for change in changes
    ]  # fmt: skip
    yield from table_lines(_HISTORY_COLUMNS, rows, cells)


def _blank(value: str | None) -> str:
    return "" if value is None else _value(value)


_DIFF_COLUMNS = (
    Column(""), Column("key", least_cells=12), Column("before", least_cells=14), Column("after", least_cells=14),
    Column("written by", least_cells=10), Column("step", align_right=True),
)  # fmt: skip


def diff_lines(found: Sequence[KeyDiff], cells: int | None) -> Iterator[str]:
    """A line a key that differs."""
    if not found:
        yield "nothing differs"
        return
    rows = []
    for each in found:
        known = each.after or each.before
        assert known is not None
        sign = {"added": "+", "removed": "-", "changed": "~"}[each.word]
        last = each.after or each.deletion
        by = writer(last.actor, last.fidelity) if last else ""
        values = ["" if side is None else _value(side.value) for side in (each.before, each.after)]
        step = str(last.step) if last else ""
        rows.append([sign, key_words(known.store, known.scope, known.key), *values, by, step])
    yield from table_lines(_DIFF_COLUMNS, rows, cells)


def finding_lines(snapshot: Snapshot) -> Iterator[str]:
    """A line for each thing that looks wrong, but for the weak ones: in the whole run, or at the step that is looked at."""
    for each in snapshot.findings:
        if each.strength != "weak" and (snapshot.place.is_end or each.step == snapshot.place.step):
            yield f"! step {each.step}  {safe(each.key)}: {each.finding}; {safe(each.evidence, 200)}"


def state_rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The state as objects; `changed` says what the step did to the key, `findings` what looks wrong with it.

    Keys that the step deleted follow, and in the end those that are not held but look wrong.
    """
    marks = _marks(snapshot.changed)
    words = {"+": "added", "~": "changed", "»": "changed", "-": "deleted"}
    wrong = _findings_by_key(snapshot.findings)
    held = {state.place for state in snapshot.states}
    for state in snapshot.states:
        found = wrong.pop(state.place, ())
        yield _state_row(snapshot, state, parsed(state.value), words.get(marks.get(state.place, "")), found)
    last = {change.place: change for change in snapshot.changed if change.op is StateOp.DELETE}
    for change in (change for place, change in last.items() if place not in held):
        found = wrong.pop(change.place, ())
        yield {**_state_row(snapshot, change, None, "deleted", found), "before": parsed(change.before)}
    if snapshot.place.is_end:
        for found in wrong.values():
            yield _row_of_findings(snapshot, found)


def _findings_by_key(found: Iterable[Finding]) -> dict[tuple[str, str, str], list[Finding]]:
    by_key: dict[tuple[str, str, str], list[Finding]] = {}
    for each in found:
        by_key.setdefault(each.place, []).append(each)
    return by_key


def _row_of_findings(snapshot: Snapshot, found: Sequence[Finding]) -> dict[str, Any]:
    """What looks wrong with a key that is not held, with the fields of those that are."""
    first = found[0]
    return {
        **dict.fromkeys(_ROW), "store": first.store, "scope": first.scope, "key": first.key, "step": first.step, "position": first.position,
        "span_id": None if first.position is None else snapshot.span_ids.get(first.position), "findings": _plain(found),
    }  # fmt: skip


def _plain(found: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"step": each.step, "finding": each.finding, "strength": each.strength, "evidence": each.evidence}
        for each in found
    ]


def _state_row(
    snapshot: Snapshot, state: KeyState | KeyChange, value: Any, changed: str | None, found: Iterable[Finding]
) -> dict[str, Any]:
    size_bytes = state.size_bytes if isinstance(state, KeyState) else None
    return {
        "store": state.store, "scope": state.scope, "key": state.key, "value": value, "size_bytes": size_bytes,
        "before": None, "changed": changed, "step": state.step, "moment": state.moment, "seq": state.seq, "op": state.op,
        "span_id": None if state.position is None else snapshot.span_ids.get(state.position),
        "position": state.position, "actor": state.actor, "fidelity": state.fidelity, "evidence": state.evidence,
        "findings": _plain(found),
    }  # fmt: skip


def change_row(change: KeyChange, span_ids: Mapping[int, str]) -> dict[str, Any]:
    """A change as an object with its values parsed."""
    return {**_values_parsed(change), "span_id": span_ids.get(change.position)}


def _values_parsed(change: KeyChange) -> dict[str, Any]:
    return {**asdict(change), "before": parsed(change.before), "after": parsed(change.after)}


def step_memory_row(found: StepMemory) -> dict[str, Any]:
    """What a step did to the memory, as an object with its values parsed."""
    return {
        "changes": [_values_parsed(change) for change in found.changes], "count": found.count,
        "held": [{**asdict(state), "value": parsed(state.value)} for state in found.held],
        "context_changes": [asdict(each) for each in found.context],
        "findings": [asdict(each) for each in found.findings],
    }  # fmt: skip


def diff_row(each: KeyDiff) -> dict[str, Any]:
    """A key that differs, as an object; the writer of a key that is gone is who deleted it, where that is told."""
    known = each.after or each.before
    assert known is not None
    last = each.after or each.deletion
    return {
        "store": known.store, "scope": known.scope, "key": known.key, "change": each.word,
        "before": parsed(each.before.value) if each.before else None,
        "after": parsed(each.after.value) if each.after else None,
        "actor": last.actor if last else None, "step": last.step if last else None,
        "moment": last.moment if last else None, "fidelity": last.fidelity if last else None,
    }  # fmt: skip


def parsed(value: str | None) -> Any:
    """The JSON value of a text that may be none."""
    try:
        return None if value is None else lenient.loads(value)[0]
    except lenient.NotJson:
        return value
