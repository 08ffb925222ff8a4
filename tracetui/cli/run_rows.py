"""Runs as rows: one line each for reading, one object each for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from tracetui.cli.table import Column
from tracetui.model import Run
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.verdict import failure

SHORTEST_ID = 8
RUN_COLUMNS = (*(field.name for field in fields(Run)), "started_at", "ended_at")
_ERROR_CHARACTERS = 300

_ALL = (
    Column("", least_cells=1),
    Column("run"),
    Column("name", least_cells=12),
    Column("agent", least_cells=8),
    Column("started (UTC)"),
    Column("time", align_right=True),
    Column("steps", align_right=True),
    Column("err", align_right=True),
    Column("tokens", align_right=True),
    Column("cost", align_right=True),
    Column("models", least_cells=10),
    Column("first error", least_cells=24),
)
_LEFT_OUT_FIRST = ("models", "agent", "started (UTC)", "cost", "tokens")


def columns_for(cells: int | None) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns that a line of `cells` has room for, and the headings of those that it has not."""
    columns, left_out = list(_ALL), []
    for heading in _LEFT_OUT_FIRST:
        if cells is None or sum(_expected_cells(column) for column in columns) <= cells:
            break
        columns = [column for column in columns if column.heading != heading]
        left_out.append(heading)
    return tuple(columns), tuple(left_out)


def _expected_cells(column: Column) -> int:
    usual = {"": 1, "run": SHORTEST_ID, "started (UTC)": 19, "time": 7, "tokens": 6, "cost": 7}
    return 2 + max(usual.get(column.heading, 0), column.least_cells or 0, len(column.heading))


def cells_of(run: Run, columns: Sequence[Column], id_length: int, signs: Signs) -> list[str]:
    """The texts of one run's line, made safe."""
    texts = {
        "": signs.status[run.status],
        "run": safe(run.run_id[:id_length]),
        "name": safe(run.name),
        "agent": safe(run.agent or ""),
        "started (UTC)": text.date_time(run.start_ns),
        "time": text.duration_cell(run.duration_ns) or text.UNKNOWN,
        "steps": text.count(run.steps),
        "err": text.count(run.errors) if run.errors else "",
        "tokens": text.short_count(run.total_tokens),
        "cost": text.money(run.cost_usd),
        "models": safe(", ".join(run.models)),
        "first error": first_error(run),
    }
    return [texts[column.heading] for column in columns]


def first_error(run: Run) -> str:
    """Where and why a run failed: `step 14 search_flights TimeoutError: upstream did not answer`."""
    if run.failed_span_id is None and not run.error_type and not run.error_message:
        return ""
    step = f"step {run.failed_step} " if run.failed_step else ""
    message = (
        f": {safe(run.error_message, _ERROR_CHARACTERS)}" if run.error_type and run.error_message else ""
    )
    return f"{step}{failure(run)}{message}"


def shortest_unique(ids: Sequence[str]) -> int:
    """How many leading characters tell all ids apart, at least 8."""
    ordered = sorted(set(ids))
    common = (_common_prefix(a, b) for a, b in pairwise(ordered))
    return max(SHORTEST_ID, max(common, default=0) + 1)


def _common_prefix(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def json_row(run: Run) -> dict[str, Any]:
    """A run with the column names of the view `runs`."""
    moments = {"started_at": _moment(run.start_ns), "ended_at": _moment(run.end_ns)}
    return {name: moments[name] if name in moments else getattr(run, name) for name in RUN_COLUMNS}


def _moment(at_ns: int | None) -> str | None:
    return None if at_ns is None else text.timestamp(at_ns)
