"""SQL for the plain format, as lines and as Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pyarrow import types

from tracetui import sql
from tracetui.model import SpanKind, Status
from tracetui.store import index_parquet as columns
from tracetui.store.index_attributes import marked, quoted
from tracetui.store.index_parquet import CannotIndex, Column

FIELDS = (
    "record", "trace_id", "span_id", "parent_id", "name", "kind", "kind_original", "status", "error_type",
    "error_message", "start", "end", "agent", "model", "requested_model", "provider", "service_tier", "tool_name",
    "session_id", "user_id", "environment", "version", "ttft_ns", "took_ns", "web_searches", "other_charges", "usage",
)  # fmt: skip
LISTED = (
    "record", "trace_id", "span_id", "parent_id", "name", "kind", "status", "error_type", "error_message", "start", "end", "agent",
)  # fmt: skip
"""Those that a list of runs needs."""

_USUAL = ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens")
_RARE = (
    "cache_write_tokens", "reasoning_tokens", "cost_usd", "cache_write_5m_tokens", "cache_write_1h_tokens", "input_audio_tokens",
    "input_image_tokens", "output_audio_tokens", "other_tokens", "cache_read_audio_tokens", "output_image_tokens",
)  # fmt: skip


def statement(rows: str) -> str:
    """The insert for spans whose fields `rows`, a common table expression called `parsed`, gives as text."""
    marks = {
        "rows": rows,
        "usage": json.dumps(dict.fromkeys((*_USUAL, *_RARE, "semantics"), "VARCHAR")),
        "usual": ", ".join(f"{_figure(name)} AS {name}" for name in _USUAL),
        "usual_is_read": " AND ".join(f"({name} IS NULL) = (u.{name} IS NULL)" for name in _USUAL),
        "rare_fields": ", ".join(f"u.{name}" for name in _RARE),
        "rare": ", ".join(f"'{name}': {_figure(name)}" for name in _RARE),
        "rare_columns": ", ".join(f"rare.{name} AS {name}" for name in _RARE),
        "rare_is_read": " AND ".join(f"(rare.{name} IS NULL) = (u.{name} IS NULL)" for name in _RARE),
        "kinds": "".join(f" WHEN {quoted(kind)} THEN {quoted(kind)}" for kind in SpanKind),
        "statuses": ", ".join(quoted(status) for status in Status),
    }
    return marked(sql.text("index/plain"), marks)


def _figure(name: str) -> str:
    return f"index_cost(u.{name})" if name == "cost_usd" else f"index_integer(u.{name})"


def rows(found: Mapping[str, Column]) -> str:
    """`parsed` over the columns of a Parquet file. Raises CannotIndex where one holds neither text nor numbers."""
    fields = ", ".join(f'"{name}": {_field(name, found.get(name))}' for name in FIELDS)
    return marked(sql.text("index/plain_columns"), {"fields": fields})


def _field(name: str, column: Column | None) -> str:
    if column is None or types.is_null(column.kind):
        return "NULL::VARCHAR"
    if column.ns_per_unit:
        return f"({column.sql_name}::HUGEINT * {column.ns_per_unit})::VARCHAR"
    if columns.is_text(column.kind):
        return column.sql_name
    if types.is_integer(column.kind) or (
        types.is_floating(column.kind) and name in ("ttft_ns", "took_ns", "web_searches")
    ):
        return columns.number_text(column)
    raise CannotIndex(f"column {name} is of type {column.kind}")
