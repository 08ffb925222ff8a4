"""Where two runs first part, and why: another decision, another context, or another answer from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracetui.analysis.diff.align import Alignment
from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.analysis.diff.runs import Level, Row
from tracetui.model import SpanKind


class Cause(StrEnum):
    """Why two runs part."""

    DECISION = "decision"
    CONTEXT = "context"
    ENVIRONMENT = "environment"
    USER = "user"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first row that differs at side effects, actions or environment.

    `calls` are the places of the last model calls of both runs before it, None where one run has none; `is_same_turn`
    says whether they are partners. `context_row` is the index of the first row at which the context already differed
    (settings, another result, or words), for CONTEXT.
    """

    row: int
    cause: Cause
    level: Level
    calls: tuple[int, int] | None
    context_row: int | None
    is_same_turn: bool = True


def first_divergence(alignment: Alignment, rows: Sequence[Row]) -> Divergence | None:
    """Where the runs part; None where they did the same and got the same answers."""
    at = next((index for index, row in enumerate(rows) if row.differs_at(Level.ENVIRONMENT)), None)
    if at is None:
        return None
    level = min(rows[at].levels)
    if level is Level.ENVIRONMENT:
        return Divergence(at, Cause.ENVIRONMENT, level, None, None)
    calls = _deciding_calls(alignment, rows, at)
    if calls is None:
        return Divergence(at, Cause.UNKNOWN, level, None, None)
    cause = _cause(alignment, calls)
    context_row = _context_row(alignment, rows, at) if cause is Cause.CONTEXT else None
    return Divergence(at, cause, level, calls, context_row, alignment.partner_in_b[calls[0]] == calls[1])


def _cause(alignment: Alignment, calls: tuple[int, int]) -> Cause:
    a, b = alignment.a, alignment.b
    ours, theirs = calls
    if a.given[ours] != b.given[theirs] or a.settings[ours] != b.settings[theirs]:
        return Cause.CONTEXT
    return Cause.DECISION if a.given[ours] else Cause.UNKNOWN


def first_at(rows: Sequence[Row], level: Level) -> int | None:
    """Index of the first row that differs at exactly this level."""
    return next((index for index, row in enumerate(rows) if level in row.levels), None)


def _deciding_calls(alignment: Alignment, rows: Sequence[Row], at: int) -> tuple[int, int] | None:
    """The last model call of each run before the step at a row, or before what the run does instead of it."""
    row, a, b = rows[at], alignment.a, alignment.b
    ours = None if row.a is None else _last_call(a, row.a)
    theirs = None if row.b is None else _last_call(b, row.b)
    if row.a is None and theirs is not None:
        partner = alignment.partner_in_a[theirs]
        ours = partner if partner != -1 else _call_instead(a, [each.a for each in rows[:at]])
    if row.b is None and ours is not None:
        partner = alignment.partner_in_b[ours]
        theirs = partner if partner != -1 else _call_instead(b, [each.b for each in rows[:at]])
    return None if ours is None or theirs is None else (ours, theirs)


def _call_instead(run: ComparedRun, before: Sequence[int | None]) -> int | None:
    """The last model call before the next action of the run behind these places, or before its end."""
    first = max((place for place in before if place is not None), default=-1) + 1
    acting = (at for at in range(first, len(run)) if run.kind[at] not in {SpanKind.LLM, *CONTAINERS})
    return _last_call(run, next(acting, len(run) - 1))


def _last_call(run: ComparedRun, place: int) -> int | None:
    """The model call at a place or the last before it."""
    return next((at for at in range(place, -1, -1) if run.kind[at] is SpanKind.LLM), None)


def _context_row(alignment: Alignment, rows: Sequence[Row], at: int) -> int | None:
    """The first row before the divergence that made the context differ; settings before words."""
    before = rows[: at + 1]
    settings = first_at(before, Level.CONTEXT)
    if settings is not None:
        return settings
    worded = (index for index, row in enumerate(before) if Level.WORDING in row.levels)
    return next((index for index in worded if not _ends_otherwise(alignment, before[index])), None)


def _ends_otherwise(alignment: Alignment, row: Row) -> bool:
    """Whether the row is of a holder that both runs gave the same, or one gave nothing: what came out of it in the end
    was in no context before."""
    side, place = (alignment.a, row.a) if row.b is None else (alignment.b, row.b)
    if place is None or side.kind[place] not in CONTAINERS:
        return False
    if row.a is None or row.b is None:
        return side.given[place] == 0
    return alignment.a.given[row.a] == alignment.b.given[row.b]


def step_of(run: ComparedRun, place: int) -> int | None:
    """The step at a place, else the nearest before it."""
    return next((run.step[at] for at in range(place, -1, -1) if run.step[at]), None)
