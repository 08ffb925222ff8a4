"""LangSmith runs: as the API lists them, as the SDK posts them, as the CLI and the bulk export write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.langsmith_gaps import Pages, is_tool_line, with_gaps
from tracetui.formats.langsmith_run import RUN_FIELDS, read_run
from tracetui.formats.langsmith_scores import is_feedback, read_feedback
from tracetui.formats.message_parts import MAX_DEPTH
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped

_ENVELOPES = ("runs", "post", "patch", "feedback", "child_runs")
_PART = re.compile(r"(post|patch|feedback|attachment)\.([0-9a-fA-F-]{36})(?:\.(.+))?")


def sniff(head: Head) -> Match | None:
    """Recognise runs by their keys; Parquet by its columns."""
    if {"run_type", "dotted_order"} <= set(head.columns) or {"run_type", "trace_id", "start_time"} <= set(
        head.columns
    ):
        return Match(92, "columns run_type, trace_id and dotted_order", "bulk export")
    matches = [found for value in head.values for found in _flavour(value)]
    return max(matches, key=lambda match: match.confidence, default=None)


def _flavour(value: JsonValue) -> Iterator[Match]:
    candidates = value[:3] if isinstance(value, list) else [value]
    for item in candidates:
        if isinstance(item, dict) and (found := _match(item)) is not None:
            yield found


def _match(item: dict[str, Any]) -> Match | None:
    if _is_run(item):
        return Match(90, "objects with run_type and dotted_order or trace_id", "runs")
    if "run_id" in item and ("run_type" in item or "token_usage" in item):
        return Match(88, "lines with run_id and run_type", "CLI export")
    if any(_holds_runs(item.get(key)) for key in ("post", "patch")):
        return Match(95, "post and patch lists of runs", "SDK requests")
    if _holds_runs(item.get("runs")):
        return Match(94, "a list of runs", "runs")
    if any(_PART.fullmatch(key) for key in item):
        return Match(90, "parts named post.<id> or patch.<id>", "SDK multipart requests")
    if is_feedback(item) and ("feedback_source" in item or "modified_at" in item):
        return Match(75, "feedback records with run_id, key and score", "feedback")
    return None


def _is_run(item: dict[str, Any]) -> bool:
    known = isinstance(item.get("dotted_order"), str) and ("trace_id" in item or "id" in item)
    return known or (
        isinstance(item.get("run_type"), str) and "id" in item and ("trace_id" in item or "inputs" in item)
    )


def _holds_runs(value: JsonValue) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) and _is_run(item) for item in value[:3])


# --- reading ---------------------------------------------------------------------------------------------------


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Spans of runs, start and end records apart; scores of feedback; what is neither is skipped with a reason."""
    pages = Pages()
    yield from with_gaps(
        (entry, is_tool_line(record.value))
        for record in pages.seen(records)
        for entry in _read_value(record.value, record.origin, 0)
    )
    yield from pages.gap()


def _read_value(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    if isinstance(value, list) and value and depth < MAX_DEPTH:
        for item in value:
            yield from _read_value(item, element_origin(origin, item), depth + 1)
    elif isinstance(value, dict) and (lists := _lists(value)) and not _has_identity(value):
        for items in lists:
            yield from _read_value(items, origin, depth + 1)
    elif isinstance(value, dict) and any(_PART.fullmatch(key) for key in value):
        yield from _read_parts(value, origin)
    else:
        yield from _read_object(value, origin, depth)


def _lists(value: dict[str, Any]) -> list[list[Any]]:
    return [value[key] for key in _ENVELOPES if isinstance(value.get(key), list) and value[key]]


def _has_identity(value: dict[str, Any]) -> bool:
    return any(key in value for key in ("id", "run_id", "dotted_order", "run_type"))


def _read_object(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    if not isinstance(value, dict):
        yield Skipped(origin, "unknown_shape", "no LangSmith run: not an object", Severity.WARNING)
    elif is_feedback(value) and "run_type" not in value:
        yield read_feedback(value, origin)
    else:
        yield from _read_run(value, origin, depth)


def _read_run(run: dict[str, Any], origin: Origin, depth: int) -> Iterator[Entry]:
    span = read_run(run, origin)
    if span is None:
        yield _no_run(run, origin)
        return
    for key, found in (("start_time", span.start_ns), ("end_time", span.end_ns)):
        if run.get(key) not in (None, "") and found is None:
            message = f"{key} is no time that can be read"
            yield ImportIssue(
                "bad_time",
                message,
                line=origin.line,
                byte_offset=origin.byte_offset,
                span_id=span.span_id,
                trace_id=span.trace_id,
            )
    yield span
    children = run.get("child_runs")
    if isinstance(children, list) and children:
        yield from _read_value(children, origin, depth + 1)


def _no_run(value: dict[str, Any], origin: Origin) -> Skipped:
    if (
        value
        and all(value[key] == [] for key in _ENVELOPES if key in value)
        and not value.keys().isdisjoint(_ENVELOPES)
    ):
        return Skipped(origin, "empty_batch", "the list holds no runs")
    if value.keys().isdisjoint(RUN_FIELDS):
        return Skipped(origin, "unknown_shape", "no LangSmith run", Severity.WARNING)
    return Skipped(origin, "missing_id", "a run without id, run_id and dotted_order", Severity.DATA_LOSS)


def _read_parts(parts: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    """A captured multipart request: `post.<id>` is the run, `post.<id>.inputs` one field of it."""
    runs: dict[tuple[str, str], dict[str, Any]] = {}
    for name, value in parts.items():
        found = _PART.fullmatch(name)
        if found is None or found.group(1) == "attachment":
            yield Skipped(origin, "not_a_run", "a part that belongs to no run or holds an attachment")
            continue
        operation, own, field = found.groups()
        run = runs.setdefault((operation, own), {})
        run.update({field: value} if field else value if isinstance(value, dict) else {})
    for (operation, own), run in runs.items():
        known = run if operation == "feedback" else {"id": own, **run}
        yield from _read_object(known, element_origin(origin, known), 0)


FORMAT = Format(
    name="langsmith",
    title="LangSmith runs",
    recognised_by="run_type with dotted_order or trace_id; post/patch lists; CLI lines with run_id; bulk export columns",
    produced_by="LangSmith: SDK requests, API run lists, `langsmith` CLI export, bulk export to Parquet",
    sniff=sniff,
    read=read,
)
