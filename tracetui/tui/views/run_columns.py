"""Columns of the Runs table: what they show, how wide they are, in which order they give way to a narrow screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.text import date_time, duration_cell, least_fine_money, short_count
from tracetui.render.verdict import failure, is_stopped, listed_name
from tracetui.tui.widgets.grid_columns import GAP_CELLS, Cell, Column
from tracetui.words import Status

if TYPE_CHECKING:
    from tracetui.read_model import Run

_CELL_CHARS = 200
_EXTRA_RANK = 9
_LAST_RANK = 13
_WHOLE = {"status": 10, "errors": 10, "cost": 14}
"""Columns that are as wide as what they hold, up to so many cells: a cut figure tells nothing."""

STATUS_WORDS = {
    Status.OK: "ok",
    Status.ERROR: "failed",
    Status.INTERRUPTED: "paused",
    Status.UNFINISHED: "no end",
    Status.UNSET: "unset",
}


def _no_style(run: Run) -> str:
    del run
    return ""


class RunColumn(NamedTuple):
    """One column. `cell` gives safe text; `rank` says who stays when room is scarce, 0 first; `good_width` is what it
    wants before columns of rank 9 and more come in; `share` is how much of the room left over it takes; `sort` is
    the order of `TraceDB.runs` behind it."""

    title: str
    cell: Callable[[Run, Signs], str]
    width: int
    rank: int
    sort: str
    is_number: bool = False
    share: int = 0
    good_width: int = 0
    style: Callable[[Run], str] = _no_style
    is_shown: bool = False


_STATUS_STYLES = {
    Status.ERROR: "error",
    Status.OK: "success",
    Status.INTERRUPTED: "warning",
    Status.UNFINISHED: "warning",
    Status.UNSET: "muted",
}


def _status_style(run: Run) -> str:
    return _STATUS_STYLES[run.status]


def _error_style(run: Run) -> str:
    """Which errors a run survived is unknown while a large source is being indexed; its status says enough then."""
    if run.recovered_errors is None:
        return "error" if run.status is Status.ERROR else "muted"
    return "error" if run.errors > run.recovered_errors else "muted"


def _strong(run: Run) -> str:
    del run
    return "strong"


def _muted(run: Run) -> str:
    del run
    return "muted"


def _status(run: Run, signs: Signs) -> str:
    word = "stopped" if is_stopped(run) else STATUS_WORDS[run.status]
    return f"{signs.status[run.status]} {word}"


def _name(run: Run, signs: Signs) -> str:
    del signs
    return listed_name(run, _CELL_CHARS)


def _errors(run: Run, signs: Signs) -> str:
    if not run.errors:
        return ""
    recovered = f" ({run.recovered_errors}{signs.status[Status.OK]})" if run.recovered_errors else ""
    return f"{run.errors}{recovered}"


def _started(run: Run, signs: Signs) -> str:
    del signs
    return date_time(run.start_ns)[:16] if run.start_ns is not None else ""


def _started_in(year: str) -> Callable[[Run, Signs], str]:
    """Moments of one year (`2026-`) without it; others are whole."""
    return lambda run, signs: _started(run, signs).removeprefix(year)


def _text(get: Callable[[Run], str | None]) -> Callable[[Run, Signs], str]:
    return lambda run, _: safe(get(run) or "", _CELL_CHARS)


def _number(get: Callable[[Run], int | None]) -> Callable[[Run, Signs], str]:
    return lambda run, _: short_count(get(run), unknown="")


def _file_of(source: str) -> str:
    folder, slash, name = source.rpartition("/")
    return f"…/{name}" if folder and slash else source


COLUMNS: tuple[RunColumn, ...] = (
    RunColumn("status", _status, 8, 0, "status", style=_status_style),
    RunColumn(
        "name",
        _name,
        16,
        1,
        "name",
        share=2,
        good_width=24,
        style=_strong,
    ),
    RunColumn("agent", _text(lambda run: run.agent), 14, 9, "agent"),
    RunColumn("started", _started, 16, 8, "started", style=_muted),
    RunColumn("took", lambda run, _: duration_cell(run.duration_ns), 7, 2, "duration", True),
    RunColumn("steps", _number(lambda run: run.steps), 5, 3, "steps", True),
    RunColumn("errors", _errors, 6, 4, "errors", True, style=_error_style),
    RunColumn("tokens", _number(lambda run: run.total_tokens), 6, 6, "tokens", True),
    RunColumn(
        "cost",
        lambda run, _: least_fine_money(run.cost_usd, run.is_cost_least, ""),
        10,
        7,
        "cost",
        True,
    ),
    RunColumn("models", _text(lambda run: ", ".join(run.models)), 16, 10, "models"),
    RunColumn(
        "first error", lambda run, _: failure(run), 14, 5, "error", share=3, good_width=28, style=_error_style
    ),
    RunColumn("source", _text(lambda run: _file_of(run.source)), 18, 11, "source", share=1, style=_muted),
    RunColumn("session", _text(lambda run: run.session_id), 12, 12, "session", style=_muted),
)
"""All columns, in the order they stand."""


def suited(runs: Sequence[Run], signs: Signs) -> list[RunColumn]:
    """The columns for these runs: what none of them tells comes last, and status, errors and cost are
    as wide as they need; a year that all of them share stands in the heading."""
    return [_suited(column, runs, signs) for column in COLUMNS] if runs else list(COLUMNS)


def _suited(column: RunColumn, runs: Sequence[Run], signs: Signs) -> RunColumn:
    if column.title in _WHOLE:
        longest = max(cell_len(column.cell(run, signs)) for run in runs)
        return column._replace(width=max(column.width, min(longest, _WHOLE[column.title])))
    if column.title == "started":
        years = {_started(run, signs)[:5] for run in runs if run.start_ns is not None}
        year = years.pop() if len(years) == 1 else ""
        if year.endswith("-"):
            return column._replace(title=f"started {year[:4]}", cell=_started_in(year), width=12)
    if any(column.cell(run, signs) for run in runs):
        return column
    return column._replace(rank=_LAST_RANK, share=0)


def fitting(width: int, columns: Sequence[RunColumn] = COLUMNS) -> list[RunColumn]:
    """The columns that fit into `width` cells, the room left over shared among those that can use it; then the
    others, to be reached by scrolling."""
    shown: list[RunColumn] = []
    room = width
    for column in sorted(columns, key=lambda column: column.rank):
        reserved = _wish(shown) if column.rank >= _EXTRA_RANK else 0
        if shown and (column.width > room - reserved or column.rank >= _LAST_RANK):
            break
        shown.append(column)
        room -= column.width + GAP_CELLS
    grown = _grown([column for column in shown if column.share], max(room, 0))
    first = [grown.get(column.title, column)._replace(is_shown=True) for column in columns if column in shown]
    return [*first, *(column for column in columns if column not in shown)]


def _grown(columns: Sequence[RunColumn], room: int) -> dict[str, RunColumn]:
    """Columns that share some room, by title; the last takes what rounding leaves."""
    grown: dict[str, RunColumn] = {}
    shares = sum(column.share for column in columns)
    for column in columns:
        more = room * column.share // shares
        room, shares = room - more, shares - column.share
        grown[column.title] = column._replace(width=column.width + more)
    return grown


def _wish(columns: Sequence[RunColumn]) -> int:
    return sum(max(column.good_width - column.width, 0) for column in columns)


def cells(run: Run, columns: Sequence[RunColumn], signs: Signs) -> list[Cell]:
    """One row of the table."""
    return [(column.cell(run, signs), column.style(run)) for column in columns]


def grid_columns(columns: Sequence[RunColumn]) -> list[Column]:
    """The same columns as the grid wants them."""
    return [
        Column(
            column.sort,
            column.title,
            "right" if column.is_number else "left",
            min_width=column.width if column.is_shown else 1,
            max_width=column.width,
        )
        for column in columns
    ]
