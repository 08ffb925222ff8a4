"""Columns of the Runs table: what they show, how wide they are, in which order they give way to a narrow screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tracetui.model import Run, Status
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.text import date_time, duration_cell, money, short_count
from tracetui.render.verdict import failure

_CELL_CHARS = 200
_GAP_CELLS = 1

STATUS_WORDS = {
    Status.OK: "ok",
    Status.ERROR: "failed",
    Status.INTERRUPTED: "paused",
    Status.UNFINISHED: "no end",
    Status.UNSET: "–",
}


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One column. `cell` gives safe text; `rank` says who stays when room is scarce, 0 first; `share` is how much of
    the room left over it takes; `sort` is the column of the `runs` view behind it."""

    title: str
    cell: Callable[[Run, Signs], str]
    width: int
    rank: int
    sort: str
    is_number: bool = False
    share: int = 0


def _status(run: Run, signs: Signs) -> str:
    return f"{signs.status[run.status]} {STATUS_WORDS[run.status]}"


def _errors(run: Run, signs: Signs) -> str:
    del signs
    if not run.errors:
        return ""
    return f"{run.errors}" if not run.recovered_errors else f"{run.errors} ({run.recovered_errors} rec)"


def _started(run: Run, signs: Signs) -> str:
    del signs
    return date_time(run.start_ns)[5:16] if run.start_ns is not None else ""


def _text(get: Callable[[Run], str | None]) -> Callable[[Run, Signs], str]:
    return lambda run, _: safe(get(run) or "", _CELL_CHARS)


def _number(get: Callable[[Run], int | None]) -> Callable[[Run, Signs], str]:
    return lambda run, _: short_count(get(run), unknown="")


COLUMNS: tuple[RunColumn, ...] = (
    RunColumn("status", _status, 8, 0, "status"),
    RunColumn("name", _text(lambda run: run.name or run.run_id), 16, 1, "name", share=2),
    RunColumn("agent", _text(lambda run: run.agent), 14, 9, "agent"),
    RunColumn("started", _started, 11, 7, "started_at"),
    RunColumn("took", lambda run, _: duration_cell(run.duration_ns), 7, 2, "duration_ns", True),
    RunColumn("steps", _number(lambda run: run.steps), 5, 3, "steps", True),
    RunColumn("errors", _errors, 6, 4, "errors", True),
    RunColumn("tokens", _number(lambda run: run.total_tokens), 6, 5, "total_tokens", True),
    RunColumn("cost", lambda run, _: money(run.cost_usd, unknown=""), 8, 8, "cost_usd", True),
    RunColumn("models", _text(lambda run: ", ".join(run.models)), 16, 10, "models"),
    RunColumn("first error", lambda run, _: failure(run), 18, 6, "error_type", share=3),
    RunColumn("source", _text(lambda run: run.source), 18, 11, "source", share=1),
    RunColumn("session", _text(lambda run: run.session_id), 12, 12, "session_id"),
)
"""All columns, in the order they stand."""


def fitting(width: int, columns: Sequence[RunColumn] = COLUMNS) -> list[RunColumn]:
    """The columns that fit into `width` cells, the room left over shared among those that can use it."""
    shown: list[RunColumn] = []
    room = width
    for column in sorted(columns, key=lambda column: column.rank):
        if shown and column.width + _GAP_CELLS > room:
            break
        shown.append(column)
        room -= column.width + _GAP_CELLS
    shares = sum(column.share for column in shown)
    grown = [
        replace(column, width=column.width + max(room, 0) * column.share // shares)
        if column.share
        else column
        for column in shown
    ]
    order = [column.title for column in columns]
    return sorted(grown, key=lambda column: order.index(column.title))
