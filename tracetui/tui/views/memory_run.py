"""A run whose memory is shown: its points, what is compared with what, and one key or call in sections."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tracetui.analysis.diff.values import diff_values
from tracetui.analysis.diff.volatile import Volatile, volatile
from tracetui.analysis.state.replay import FILES
from tracetui.api import TraceDB
from tracetui.api.memory import ContextChange, Finding, KeyChange, MemoryWalk, Point, RunMemory
from tracetui.model import StateOp
from tracetui.read_model import Run
from tracetui.render.diff_lines import value_diff_lines
from tracetui.render.json_lines import plain_lines, text_lines
from tracetui.render.memory import readable, writer
from tracetui.render.safe import safe
from tracetui.tui.detail.comparison import begun_conversation, comparison
from tracetui.tui.detail.copies import Copy
from tracetui.tui.view import RunTarget
from tracetui.tui.views.memory_rows import Entry, compared_entries, entries_of
from tracetui.tui.views.memory_strip import Strip, strip_of
from tracetui.tui.widgets.document import Section
from tracetui.tui.widgets.fit import fit

CONTEXT = "context window"
_SHOWN_CHARACTERS = 400
_HISTORY_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Base:
    """What a point is compared with: another point, also of another run."""

    run: Run
    memory: RunMemory
    point: Point

    def words(self, shown: Run) -> str:
        """Its step, and its run where that is not the one shown."""
        step = f"step {self.point.step}"
        return (
            step
            if self.run.run_id == shown.run_id
            else f"{step} of {safe(self.run.name, 30)} {safe(self.run.run_id, 12)}"
        )


@dataclass(frozen=True, slots=True)
class Opened:
    """A run with the points at which its memory can be looked at."""

    run: Run
    memory: RunMemory
    walk: MemoryWalk
    points: Sequence[Point]
    context: Sequence[ContextChange]
    stores: Sequence[str]
    findings: Sequence[Finding]
    strip: Strip
    changing: Sequence[int]


def open_memory(db: TraceDB, target: RunTarget | None) -> Opened:
    """The run asked for, else the first in triage order."""
    run = db.run(target.run_id if target else None)
    memory = db.memory(run.run_id)
    walk, points, context = memory.walk(_SHOWN_CHARACTERS), memory.points, memory.context_changes()
    return Opened(
        run, memory, walk, points, context, memory.stores(), memory.findings(), strip_of(points, memory.touches()),
        changing_points(points, context),
    )  # fmt: skip


def changing_points(points: Sequence[Point], context: Sequence[ContextChange]) -> list[int]:
    """Indexes of points that changed the memory, or at which more than new messages happened to the context window."""
    steps = {each.step for each in context if each.change != "entered"}
    return [
        at
        for at, point in enumerate(points)
        if point.changes or (point.moment is None and point.step in steps)
    ]


def where_words(opened: Opened, at: int, marked: Base | None, cells: int) -> str:
    """The run, the point and what it is compared with; of what is too long the names go first."""
    other = f"compared with {marked.words(opened.run)}" if marked is not None else ""
    if not opened.points:
        return fit(safe(opened.run.name, 40), cells)
    point = opened.points[at]
    where = _where(opened, at)
    room = cells - cell_len(where) - (cell_len(other) + 3 if other else 0) - 5
    name = fit(safe(point.name, 40), max(room // 2, 8))
    run = fit(safe(opened.run.name, 40), max(room - cell_len(name), 8))
    return fit(" · ".join(part for part in (run, f"{where}: {name}", other) if part), cells)


def _where(opened: Opened, at: int) -> str:
    point = opened.points[at]
    if point.step:
        after = f"after step {point.step}"
    else:
        after = "before the first step" if opened.run.steps else f"point {at + 1} of {len(opened.points)}"
    return after if point.moment is None or not opened.run.steps else f"{after}, moment {point.moment}"


def is_long_term(store: str) -> bool:
    """Whether a store outlives the run: not a graph's state, nor that of one of its subgraphs, nor a sample's."""
    return store not in ("state", "store") and not store.startswith("state/")


def memory_copies(
    opened: Opened, entry: Entry | None, point: Point | None, paths: Sequence[str]
) -> list[Copy]:
    """What can be copied of a key at a point: the whole value, its name, the commands that print it."""
    own = ["tracetui", "state", *paths, "--run", opened.run.run_id]
    if point is None:
        where = []
    elif point.moment is None:
        where = ["--step", str(point.step)]
    else:
        where = ["--moment", str(point.moment)]
    copies = [Copy("c", "command", shlex.join([*own, *where]))]
    if entry is None:
        return copies
    key = entry.place[2]
    value = _whole(opened.memory, point.seq, entry.place) if point is not None else None
    return [
        *([Copy("v", "value", value)] if value is not None else []),
        Copy("k", "key", key),
        *copies,
        Copy("h", "command for the history", shlex.join([*own, "--key", key])),
    ]


def call_sections(
    db: TraceDB, opened: Opened, call: ContextChange, base: Base | None, rule: Volatile
) -> list[Section]:
    """What looks wrong at a call, and how it differs from the one before it, or from that of the compared point."""
    other = None if base is None else _call_by(base)
    if other == (opened.run.run_id, call.position):
        other = None
    wrong = wrong_section(
        [each for each in opened.findings if each.store == CONTEXT and each.step == call.step]
    )
    detail = db.detail(opened.run.run_id, call.position)
    if other is None and _begins(opened, call):
        return [*wrong, *begun_conversation(detail)]
    return [*wrong, *comparison(db, detail, other, rule)]


def _begins(opened: Opened, call: ContextChange) -> bool:
    """Whether nothing else happened at a call than that messages entered, from the first on."""
    there = [each for each in opened.context if each.position == call.position]
    return all(each.change == "entered" and each.first_position == 0 for each in there)


def _call_by(base: Base) -> tuple[str, int] | None:
    """The last model call by the point that is compared with."""
    calls = [each for each in base.memory.context_changes() if each.step <= base.point.step]
    return (base.run.run_id, calls[-1].position) if calls else None


def wrong_section(findings: Sequence[Finding]) -> list[Section]:
    """What looks wrong, as a section if there is any."""
    wrong = "\n".join(f"step {each.step}  {each.key}: {each.finding}; {each.evidence}" for each in findings)
    return [Section("wrong", "looks wrong", lambda: plain_lines(wrong), tone="warning")] if wrong else []


def entries_at(opened: Opened, before: int, now: int, base: Base | None) -> list[Entry]:
    """Keys at a point, with what differs from the point before or from what it is compared with."""
    states = opened.walk.to(now)
    if base is None:
        return entries_of(states, opened.memory.changes(before + 1, now, _SHOWN_CHARACTERS))
    return compared_entries(base.memory.state(base.point.seq, _SHOWN_CHARACTERS), states)


def _whole(memory: RunMemory, seq: int, place: tuple[str, str, str]) -> str | None:
    return next((each.value for each in memory.state(seq, keys=[place[2]]) if each.place == place), None)


def key_sections(
    opened: Opened, entry: Entry, there: tuple[RunMemory, int], at: int, position: int
) -> list[Section]:
    """One key: how it differs from what it was there, its value, what looks wrong with it, its history."""
    history = [change for change in opened.memory.history(entry.place[2]) if change.place == entry.place]
    until = entry.change.seq if entry.change else entry.state.seq if entry.state else 0
    now = next((change for change in history if change.seq == until), None)
    sections = []
    is_file = entry.place[0] == FILES
    before, after = (_whole(memory, seq, entry.place) for memory, seq in (there, (opened.memory, at)))
    if now is not None and entry.change is not None and entry.place[0] == FILES:
        before, after = (
            now.before,
            now.after,
        )  # the parts that this call is about, not those of the one before
    if before is not None and after is not None and before != after:
        sides = (readable(FILES, before), readable(FILES, after)) if is_file else (before, after)
        diff = diff_values(*sides, volatile((), by_default=False))
        sections.append(Section("diff", "what differs", lambda: value_diff_lines(diff)))
    value = (now.after if now.after is not None else now.before) if now else before
    lines_of = plain_lines if is_file else text_lines
    shown = readable(entry.place[0], value or "")
    if now is None and value is not None:
        sections.append(Section("value", "value there, and not here", lambda: lines_of(shown)))
    elif now is not None and value is not None:
        path = entry.place[2] if is_file else ""
        known = (path, writer(now.actor, now.fidelity), f"step {now.step}", str(now.fidelity), now.evidence)
        told = " · ".join(part for part in known if part)
        sections.append(Section("value", "value", lambda: lines_of(shown), safe(told, 300)))
    own = [each for each in opened.findings if each.place == entry.place]
    # those of the context window have no key here: they are told at their point
    there_too = [each for each in opened.findings if each.store == CONTEXT and each.position == position]
    sections += wrong_section([*own, *there_too])
    lines = "\n".join(_history_line(change) for change in history)
    return [
        *sections,
        Section("history", "history", lambda: plain_lines(lines), _counted(history)),
    ]


def _counted(history: Sequence[KeyChange]) -> str:
    reads = sum(each.op in (StateOp.READ, StateOp.SEARCH) for each in history)
    changes = len(history) - reads
    words = [f"{changes} change{'' if changes == 1 else 's'}"] if changes or not reads else []
    words += [f"{reads} read{'' if reads == 1 else 's'}"] if reads else []
    return " and ".join(words)


def _history_line(change: KeyChange) -> str:
    value = change.before if change.op == "delete" else change.after
    shown = "" if value is None else safe(readable(change.place[0], value), _HISTORY_CHARACTERS)
    line = f"step {change.step}  {change.op}  {writer(change.actor, change.fidelity)}  {shown}"
    return f"{line}  · {safe(change.evidence, _HISTORY_CHARACTERS)}" if change.evidence else line
