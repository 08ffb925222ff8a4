"""Spans as rows for JSON, with the column names of the view `spans`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tracetui import sql
from tracetui.cli.json_text import embedded
from tracetui.cli.result_rows import json_rows, windows
from tracetui.read_model import SpanDetail
from tracetui.render import text

if TYPE_CHECKING:
    from tracetui.api import TraceDB

_JSON_FIELDS = frozenset({"attributes", "resource", "parameters"})


def span_rows(db: TraceDB, run_id: str) -> Iterator[dict[str, Any]]:
    """The spans of a run in depth-first order."""
    return json_rows(db.read(sql.text("read/spans_of_run"), [run_id]))


def errors_by_position(db: TraceDB, run_id: str) -> dict[int, str]:
    """Error type, else message, of the failed spans of a run."""
    found = db.read(sql.text("read/errors_of_run"), [run_id])
    return {position: kind or message or "" for position, kind, message in windows(found)}


def detail_row(detail: SpanDetail) -> dict[str, Any]:
    """One span whole; columns that hold JSON are nested as JSON."""
    row = {field.name: getattr(detail, field.name) for field in fields(detail)}
    for name in _JSON_FIELDS:
        row[name] = embedded(row[name])
    for name, at_ns in (("started_at", detail.start_ns), ("ended_at", detail.end_ns)):
        row[name] = None if at_ns is None else text.timestamp(at_ns)
    return row
