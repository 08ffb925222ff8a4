"""Langfuse scores and what Langfuse says of a whole trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_values import number_value, payload_text, text_list
from tracetui.formats.langfuse_fields import dict_of, text_of
from tracetui.formats.times import to_ns
from tracetui.model import Origin, Score, Skipped, TraceFacts

_KINDS = {"EVAL": "model", "ANNOTATION": "human"}
_OF_TRACE = ("release", "version", "environment", "public", "bookmarked", "html_path", "project_id")


def score_of(fields: Mapping[str, Any], origin: Origin, trace_id: str | None = None) -> Score | Skipped:
    """A score of a span or trace; one of a session or dataset run alone is skipped."""
    trace = ids.trace_id(fields.get("trace_id")) or trace_id
    span = ids.span_id(fields.get("observation_id"))
    if trace is None and span is None:
        reason = "a score of a session or dataset run: only scores of runs and spans are shown"
        return Skipped(origin, "score_of_session", reason)
    value = number_value(fields.get("value"))
    data_type = str(fields.get("data_type") or "").upper()
    word = text_of(fields, "string_value") or text_of(fields, "long_string_value")
    if word is None and value is None:
        word = text_of(fields, "value")
    source = str(fields.get("source") or "").upper()
    return Score(
        trace_id=trace or "",
        span_id=span,
        name=text_of(fields, "name") or "score",
        value=value if data_type not in ("CATEGORICAL", "TEXT", "CORRECTION") else None,
        label=word,
        passed=bool(value) if data_type == "BOOLEAN" and value is not None else None,
        kind=_KINDS.get(source),
        author=text_of(fields, "author_user_id"),
        comment=payload_text(fields.get("comment")),
        at_ns=to_ns(fields.get("timestamp") or fields.get("created_at")),
        origin=origin,
    )


def trace_facts(fields: Mapping[str, Any], trace_id: str, origin: Origin) -> TraceFacts:
    """Name, session, user, tags and metadata of a trace."""
    metadata = dict_of(fields.get("metadata"))
    known = {key: fields[key] for key in _OF_TRACE if fields.get(key) not in (None, "")}
    return TraceFacts(
        trace_id,
        origin,
        name=text_of(fields, "name"),
        session_id=text_of(fields, "session_id"),
        user_id=text_of(fields, "user_id"),
        metadata={**known, **metadata} or None,
        tags=text_list(fields.get("tags")),
    )
