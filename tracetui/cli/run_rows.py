"""Runs as rows: one line each for reading, one object each for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from tracetui.cli.table import Column
from tracetui.read_model import Run
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.verdict import failure, listed_name, message_beside

SHORTEST_ID = 8
_LONG_ID = 20
_CUT_LENGTHS = (20, 26, 34, 44, 58)
RUN_COLUMNS = (*(field.name for field in fields(Run)), "started_at", "ended_at")
_ERROR_CHARACTERS = 300

COLUMNS = (
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
LEFT_OUT_FIRST = ("models", "agent", "started (UTC)", "cost", "tokens", "steps", "err")


def cells_of(run: Run, short_id: str, signs: Signs) -> list[str]:
    """The texts of one run's line, made safe."""
    return [
        signs.status[run.status],
        safe(short_id),
        listed_name(run),
        safe(run.agent or ""),
        text.date_time(run.start_ns),
        text.duration_cell(run.duration_ns) or text.UNKNOWN,
        text.count(run.steps),
        text.count(run.errors) if run.errors else "",
        text.short_count(run.total_tokens),
        text.least_fine_money(run.cost_usd, run.is_cost_least),
        safe(", ".join(run.models)),
        first_error(run),
    ]


def first_error(run: Run) -> str:
    """Where and why a run failed: `step 14 search_flights TimeoutError: upstream did not answer`."""
    if run.failed_span_id is None and not run.error_type and not run.error_message:
        return ""
    step = f"step {run.failed_step} " if run.failed_step else ""
    message = message_beside(run.error_type, run.error_message) if run.error_type else ""
    return f"{step}{failure(run)}{': ' if message else ''}{safe(message, _ERROR_CHARACTERS)}"


def short_ids(ids: Sequence[str], may_cut: bool) -> list[str]:
    """The ids, each as short as still names its run: their beginnings, or `beginning…end` where those are long, as of ids
    that are paths."""
    length = _shortest_unique(ids)
    if length > _LONG_ID and may_cut:
        for cut_length in _CUT_LENGTHS:
            found = [_cut(run_id, cut_length) for run_id in ids]
            if len(set(found)) == len(set(ids)):
                return found
    return [run_id[:length] for run_id in ids]


def _cut(run_id: str, length: int) -> str:
    """Most of what is kept is the end: that is where paths differ."""
    start = length // 3
    return run_id if len(run_id) <= length else f"{run_id[:start]}…{run_id[start + 1 - length :]}"


def _shortest_unique(ids: Sequence[str]) -> int:
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
