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
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first row that differs at side effects, actions or environment.

    `calls` are the places of the model calls that decided it, None where there is no such pair; `context_row` is the
    index of the first row at which the context already differed (settings, another result, or words), for CONTEXT.
    """

    row: int
    cause: Cause
    level: Level
    calls: tuple[int, int] | None
    context_row: int | None


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
    a, b = alignment.a, alignment.b
    if a.given[calls[0]] == b.given[calls[1]] and a.settings[calls[0]] == b.settings[calls[1]]:
        is_known = a.given[calls[0]] != 0
        return Divergence(at, Cause.DECISION if is_known else Cause.UNKNOWN, level, calls, None)
    return Divergence(at, Cause.CONTEXT, level, calls, _context_row(alignment, rows, at))


def first_at(rows: Sequence[Row], level: Level) -> int | None:
    """Index of the first row that differs at exactly this level."""
    return next((index for index, row in enumerate(rows) if level in row.levels), None)


def _deciding_calls(alignment: Alignment, rows: Sequence[Row], at: int) -> tuple[int, int] | None:
    """The pair of model calls at the row or the nearest before it."""
    for index in range(at, -1, -1):
        row = rows[index]
        if row.a is not None and row.b is not None and alignment.b.kind[row.b] is SpanKind.LLM:
            return row.a, row.b
    return None


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
