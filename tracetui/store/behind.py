"""The queries behind screens as SQL over the public views, for people to read and to go on from."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.store.filters import readable_run_condition, readable_span_condition

_RUN_COLUMNS = (
    "run_id, name, agent, status, started_at, duration_ns / 1e9 AS seconds, steps, errors, total_tokens, cost_usd,\n"
    "    error_type, error_message"
)
_SPAN_COLUMNS = (
    "step, kind, name, status, started_at, duration_ns / 1e6 AS ms, model, tool_name, error_type, error_message,\n"
    "    span_id, run_id"
)
_TRIAGE = "list_position(['error', 'unfinished', 'interrupted'], status), errors = 0, coalesce(steps = 0, false), started_at DESC"
_ORDERS = {
    "triage": _TRIAGE, "started": "started_at", "duration": "duration_ns", "tokens": "total_tokens",
    "cost": "cost_usd", "error": "error_type", "session": "session_id", "run": "run_id",
}  # fmt: skip


def runs_query(filter_text: str, sort: str, descending: bool, limit: int | None = None) -> str:
    """The runs that pass a filter, sorted as the list of runs is. Raises FilterError."""
    lines = [f"SELECT {_RUN_COLUMNS}", "FROM runs AS r"]
    if filter_text.strip():
        lines.append(f"WHERE {readable_run_condition(filter_text)}")
    order = _ORDERS.get(sort, sort) + (" DESC" if descending and sort != "triage" else "")
    lines.append(f"ORDER BY {order} NULLS LAST")
    return "\n".join(lines if limit is None else [*lines, f"LIMIT {limit}"])


def spans_query(run_ids: Sequence[str], filter_text: str) -> str:
    """The steps of some runs, or those of their spans that pass a filter, in the order of the tree. Raises FilterError."""
    ids = ", ".join("'{}'".format(run_id.replace("'", "''")) for run_id in run_ids)
    of_runs = f"run_id IN ({ids})" if len(run_ids) > 1 else f"run_id = {ids}"
    lines = [f"SELECT {_SPAN_COLUMNS}", "FROM spans AS n", f"WHERE {of_runs}"]
    if filter_text.strip():
        lines.append(f"    AND {readable_span_condition(filter_text)}")
    else:
        lines.append("    AND step IS NOT NULL")
    return "\n".join([*lines, "ORDER BY run_id, position" if len(run_ids) > 1 else "ORDER BY position"])
