"""Where two runs first part, and why: another decision, another context, or another answer from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracetui.analysis.diff.align import Alignment, Mark
from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.analysis.diff.parting import Parting, parting
from tracetui.analysis.diff.runs import Level, Row


class Cause(StrEnum):
    """Why two runs part."""

    DECISION = "decision"
    CONTEXT = "context"
    ENVIRONMENT = "environment"
    USER = "user"
    END = "end"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first row that differs at side effects, actions or environment.

    `parting` is where the runs part in their own order, None where the same call gave another result: `results` are its
    places then. `context_row` is the index of the first row at which the context already differed (settings, what
    others said, or words), for CONTEXT.
    """

    row: int
    cause: Cause
    level: Level
    parting: Parting | None
    context_row: int | None
    results: tuple[int, int] | None = None

    @property
    def calls(self) -> tuple[int, int] | None:
        """Places of the model calls of both runs behind it; None where one run has none."""
        return None if self.parting is None else self.parting.calls

    @property
    def is_same_turn(self) -> bool:
        """Whether both calls answer in the same turn since the last shared action."""
        return self.parting is None or self.parting.is_same_turn


def first_divergence(alignment: Alignment, rows: Sequence[Row]) -> Divergence | None:
    """Where the runs part; None where they did the same and got the same answers."""
    at = next((index for index, row in enumerate(rows) if row.differs_at(Level.ENVIRONMENT)), None)
    if at is None:
        return None
    at = _innermost(alignment, rows, at)
    row, level = rows[at], min(rows[at].levels)
    if row.a is not None and row.b is not None and _is_other_result(row):
        return Divergence(at, Cause.ENVIRONMENT, level, None, None, (row.a, row.b))
    found = parting(alignment, row.a, row.b)
    results = found.results(alignment)
    if results is not None:
        return Divergence(at, Cause.ENVIRONMENT, level, None, None, results)
    if found.calls is None:
        return Divergence(at, Cause.UNKNOWN, level, found, None)
    cause = _cause(alignment, found.calls) if found.is_same_turn else Cause.END
    context_row = _context_row(alignment, rows, at) if cause is Cause.CONTEXT else None
    return Divergence(at, cause, level, found, context_row)


def _innermost(alignment: Alignment, rows: Sequence[Row], at: int) -> int:
    """The row, or where it only tells another result, the first that differs below it: what a tool gave back comes of
    what an agent in it did."""
    for index in range(at + 1, len(rows)):
        found, row = rows[at], rows[index]
        if found.a is None or found.b is None or not _is_other_result(found):
            break
        is_below = (row.a is not None and found.a < row.a < alignment.a.end[found.a]) or (
            row.b is not None and found.b < row.b < alignment.b.end[found.b]
        )
        if is_below and row.differs_at(Level.ENVIRONMENT):
            at = index
    return at


def _is_other_result(row: Row) -> bool:
    """Whether the same call gave another result, be that only whether it took effect."""
    return Level.ENVIRONMENT in row.levels and Level.ACTIONS not in row.levels


def _cause(alignment: Alignment, calls: tuple[int, int]) -> Cause:
    a, b = alignment.a, alignment.b
    ours, theirs = calls
    if a.given[ours] != b.given[theirs] or a.settings[ours] != b.settings[theirs]:
        return Cause.CONTEXT
    return Cause.DECISION if a.given[ours] else Cause.UNKNOWN


def first_at(rows: Sequence[Row], level: Level) -> int | None:
    """Index of the first row that differs at exactly this level."""
    return next((index for index, row in enumerate(rows) if level in row.levels), None)


def _context_row(alignment: Alignment, rows: Sequence[Row], at: int) -> int | None:
    """The first row before the divergence that made the context differ; settings before words."""
    before = rows[: at + 1]
    settings = first_at(before, Level.CONTEXT)
    if settings is not None:
        return settings
    worded = (
        index
        for index, row in enumerate(before)
        if Level.WORDING in row.levels and row.mark is not Mark.WRAPPER
    )
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
