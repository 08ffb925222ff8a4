"""Recognise Langfuse's objects, in camel or snake case, as documents, pages, rows or columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracetui.formats.contract import Head, Match
from tracetui.formats.langfuse_fields import OBSERVATION_TYPES, fields_of, is_score, is_trace
from tracetui.model import JsonValue


def sniff(head: Head) -> Match | None:
    """Objects with Langfuse's keys, in camel or snake case; Parquet and CSV by their columns."""
    if head.columns:
        return _of_fields(dict.fromkeys(head.columns, "x"), head.values)
    matches = [match for value in head.values[:5] if (match := _of_value(value, 0)) is not None]
    return max(matches, key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue, depth: int) -> Match | None:
    if isinstance(value, list) and value and depth < 2:
        return _of_value(value[0], depth + 1)
    if not isinstance(value, dict):
        return None
    observations, trace = value.get("observations"), value.get("trace")
    if isinstance(observations, list) and (isinstance(trace, dict) or "scores" in value or "id" in value):
        inner = _of_value(observations[0], depth + 1) if observations else None
        looks = inner is not None or (not observations and _is_trace_dict(trace or value))
        return Match(95, "a trace with its observations", "trace download") if looks else None
    if isinstance(trace, dict) and "scores" in value and _is_trace_dict(trace):
        return Match(85, "a trace with its scores", "trace download")
    page = value.get("data")
    if isinstance(page, list) and page and isinstance(value.get("meta"), dict) and depth == 0:
        inner = _of_value(page[0], depth + 1)
        return Match(inner.confidence, f"a page: {inner.why}", inner.version) if inner else None
    return _of_fields(value, [value])


def _is_trace_dict(value: Any) -> bool:
    return isinstance(value, dict) and is_trace(fields_of(value))


def _of_fields(found: Mapping[str, Any], rows: Any) -> Match | None:
    fields = dict.fromkeys(_snake_keys(found), "x")
    camel = "traceId" in found or "projectId" in found or "userId" in found
    version = "API or table export" if camel else "blob storage export"
    row = next((row for row in rows if isinstance(row, dict)), {})
    if "trace_id" in fields and "start_time" in fields and "parent_observation_id" in fields:
        return Match(93, "observations with `parentObservationId`", version)
    word = row.get("type")
    typed = isinstance(word, str) and word in OBSERVATION_TYPES
    if typed and "trace_id" in fields and "start_time" in fields and "id" in fields:
        return Match(84, f"observations with `traceId` and type `{word}`", version)
    if is_score(fields) and {"source", "data_type"} & fields.keys() and "timestamp" in fields:
        return Match(86, "scores with `dataType` and `source`", version)
    own = {"public", "bookmarked", "project_id", "html_path"} & fields.keys()
    if is_trace(fields) and (own or {"user_id", "session_id", "tags"} <= fields.keys()):
        return Match(80, "traces with `timestamp`, `sessionId` and `userId`", version)
    return None


def _snake_keys(found: Mapping[str, Any]) -> Iterator[str]:
    return iter(fields_of(dict.fromkeys(found, "x")))
