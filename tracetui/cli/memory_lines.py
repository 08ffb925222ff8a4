"""The memory of a run as lines and as rows for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracetui.api.memory import Finding, KeyChange, KeyDiff, KeyState, RunMemory, StepMemory
from tracetui.cli.table import Column, table_lines
from tracetui.model import StateOp
from tracetui.reading import lenient
from tracetui.render import text
from tracetui.render.memory import WRITES, change_mark, key_words, nothing_told, writer
from tracetui.render.safe import safe

_VALUE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after a step (None: in the end), with what that step changed."""

    step: int | None
    states: Sequence[KeyState]
    changed: Sequence[KeyChange]
    has_any: bool
    format: str


def snapshot_of(memory: RunMemory, step: int | None, format_name: str) -> Snapshot:
    """The state after a step; raises UsageError for a step that the run has not."""
    points = memory.points
    has_any = any(point.changes for point in points)
    if step is None:
        return Snapshot(None, memory.state(), (), has_any, format_name)
    until = memory.at_step(step)
    before = memory.at_step(step - 1) if step else 0
    changed = [change for change in memory.changes(before + 1, until) if change.op in WRITES]
    return Snapshot(step, memory.state(until), changed, has_any, format_name)


def state_lines(snapshot: Snapshot, cells: int | None) -> Iterator[str]:
    """A line a key: mark of what the step did, key, value, size, who wrote it and at which step."""
    if not snapshot.has_any:
        yield nothing_told(snapshot.format)
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
    if snapshot.step is None:
        return " in the end"
    return f" after step {snapshot.step}, which changed {len({c.place for c in snapshot.changed})}"


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
    Column("step", align_right=True), Column("op"), Column("store", least_cells=5),
    Column("before", least_cells=12), Column("after", least_cells=12), Column("by", least_cells=10),
    Column("evidence", least_cells=10),
)  # fmt: skip


def history_lines(changes: Sequence[KeyChange], cells: int | None) -> Iterator[str]:
    """A line a change or read of one key."""
    rows = [
        [
            str(change.step), str(change.op), safe(change.store), _blank(change.before), _blank(change.after),
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
        by = writer(each.after.actor, each.after.fidelity) if each.after else ""
        values = ["" if side is None else _value(side.value) for side in (each.before, each.after)]
        step = str(each.after.step) if each.after else ""
        rows.append([sign, key_words(known.store, known.scope, known.key), *values, by, step])
    yield from table_lines(_DIFF_COLUMNS, rows, cells)


def finding_lines(found: Sequence[Finding]) -> Iterator[str]:
    """A line for each thing that looks wrong, but for the weak ones."""
    for each in found:
        if each.strength != "weak":
            yield f"! step {each.step}  {safe(each.key)}: {each.finding}; {safe(each.evidence, 200)}"


def state_rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The state as objects; `changed` says what the step did to the key."""
    marks = _marks(snapshot.changed)
    words = {"+": "added", "~": "changed", "»": "changed"}
    for state in snapshot.states:
        row = asdict(state)
        row["value"] = parsed(state.value)
        if snapshot.step is not None:
            row["changed"] = words.get(marks.get(state.place, ""))
        yield row


def change_row(change: KeyChange) -> dict[str, Any]:
    """A change as an object with its values parsed."""
    return {**asdict(change), "before": parsed(change.before), "after": parsed(change.after)}


def step_memory_row(found: StepMemory) -> dict[str, Any]:
    """What a step did to the memory, as an object with its values parsed."""
    return {
        "changes": [change_row(change) for change in found.changes], "count": found.count,
        "held": [{**asdict(state), "value": parsed(state.value)} for state in found.held],
        "context_changes": [asdict(each) for each in found.context],
        "findings": [asdict(each) for each in found.findings],
    }  # fmt: skip


def diff_row(each: KeyDiff) -> dict[str, Any]:
    """A key that differs, as an object."""
    known = each.after or each.before
    assert known is not None
    return {
        "store": known.store, "scope": known.scope, "key": known.key, "change": each.word,
        "before": parsed(each.before.value) if each.before else None,
        "after": parsed(each.after.value) if each.after else None,
        "actor": each.after.actor if each.after else None, "step": each.after.step if each.after else None,
        "fidelity": each.after.fidelity if each.after else None,
    }  # fmt: skip


def parsed(value: str | None) -> Any:
    """The JSON value of a text that may be none."""
    try:
        return None if value is None else lenient.loads(value)[0]
    except lenient.NotJson:
        return value
