"""One row of Braintrust as the fields of a span."""

from __future__ import annotations

import math
from typing import Any

from tracetui.formats.conventions_status import settle
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import (
    first_text_value,
    number_value,
    parsed,
    parsed_object,
    payload_text,
    text_list,
    text_value,
)
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_S, s_to_ns, to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import JsonValue, Score, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

SpanId = tuple[str, str]

_KINDS = {
    "llm": SpanKind.LLM,
    "tool": SpanKind.TOOL,
    "score": SpanKind.EVALUATOR,
    "task": SpanKind.CHAIN,
    "eval": SpanKind.CHAIN,
    "function": SpanKind.CHAIN,
}
_OWN_FIELDS = frozenset(
    [
        "id",
        "span_id",
        "root_span_id",
        "span_parents",
        "span_attributes",
        "input",
        "output",
        "metadata",
        "metrics",
        "scores",
        "error",
        "tags",
    ]
)
_MODELS = ("model", "model_name")
_SESSIONS = ("session_id", "sessionId", "thread_id", "conversation_id")
_USERS = ("user_id", "userId", "user")
_PARAMETERS = ("temperature", "top_p", "max_tokens", "stop", "tool_choice", "response_format", "seed")
_LONGEST_TTFT_S = 10**6


def fill(span: Span, raw: dict[str, Any], before: dict[str, Any], *, was_failed: bool) -> dict[str, Any]:
    """Fill a span from its row; the metadata of the row on top of those of earlier ones.

    A row that merges fills only what it says. `was_failed` tells that an earlier row of the span said an error.
    """
    named = parsed_object(raw.get("span_attributes")) or {}
    word = text_value(named.get("type")) or text_value(raw.get("type"))
    adds = raw.get("_is_merge") is True
    span.name = text_value(named.get("name")) or text_value(raw.get("name"))
    metrics = parsed_object(raw.get("metrics")) or {}
    _fill_times(span, raw, metrics, adds=adds)
    metadata = {**before, **(parsed_object(raw.get("metadata")) or {})}
    _fill_metadata(span, metadata)
    if word is not None or not adds:
        span.kind, span.kind_original = _kind(span, word), word
    _fill_content(span, raw, metadata)
    _fill_figures(span, metrics)
    span.scores = _scores(span, raw)
    span.tags = text_list(raw.get("tags"))
    span.attributes = _attributes(raw, named, metrics)
    has_begun = s_to_ns(metrics.get("start")) is not None
    _fill_status(span, raw, adds=adds, has_begun=has_begun, was_failed=was_failed)
    return metadata


def _kind(span: Span, word: str | None) -> SpanKind:
    if word is None and span.model is not None and span.provider is not None:
        return SpanKind.LLM  # rows whose types were taken out still tell which model answered
    return _KINDS.get((word or "").lower(), SpanKind.CHAIN if span.name else SpanKind.UNKNOWN)


def _fill_times(span: Span, raw: dict[str, Any], metrics: dict[str, Any], *, adds: bool) -> None:
    span.start_ns, span.end_ns = s_to_ns(metrics.get("start")), s_to_ns(metrics.get("end"))
    if span.start_ns is None and not adds:
        span.start_ns = to_ns(raw.get("created"))
        if span.end_ns is not None and span.start_ns is not None and span.end_ns < span.start_ns:
            span.start_ns = None


def _fill_metadata(span: Span, metadata: dict[str, Any]) -> None:
    if not metadata:
        return
    span.metadata = metadata
    span.model = first_text_value(metadata, _MODELS)
    provider = text_value(metadata.get("provider"))
    span.provider = provider.lower() if provider else None
    span.session_id, span.user_id = (first_text_value(metadata, keys) for keys in (_SESSIONS, _USERS))
    span.environment = text_value(metadata.get("environment"))
    span.tool_call_id = text_value(metadata.get("tool_call_id"))
    span.tools_offered = read_tools(metadata.get("tools"))
    span.parameters = {key: metadata[key] for key in _PARAMETERS if metadata.get(key) is not None} or None


def _fill_content(span: Span, raw: dict[str, Any], metadata: dict[str, Any]) -> None:
    given, answered = parsed(raw.get("input")), parsed(raw.get("output"))
    span.input, span.output = payload_text(raw.get("input")), payload_text(raw.get("output"))
    if span.kind is SpanKind.TOOL:
        span.tool_name = text_value(metadata.get("tool_name")) or span.name
    if span.kind is SpanKind.LLM or (span.kind is None and _looks_like_an_answer(answered)):
        span.input_messages = read_messages(given, "user")
        span.output_messages = read_messages(answered, "assistant")
        span.finish_reasons = tuple(
            message.finish_reason for message in span.output_messages if message.finish_reason
        )


def _looks_like_an_answer(answered: JsonValue) -> bool:
    """Whether a merging row, which does not repeat its span's type, ends a model call."""
    first = answered[0] if isinstance(answered, list) and answered else answered
    return isinstance(first, dict) and any(
        key in first for key in ("message", "generations", "choices", "finish_reason")
    )


def _fill_figures(span: Span, metrics: dict[str, Any]) -> None:
    if metrics:
        span.usage = read_usage(metrics)
    waited_s = number_value(metrics.get("time_to_first_token"))
    if waited_s is not None and 0 < waited_s < _LONGEST_TTFT_S:
        span.ttft_ns = math.floor(waited_s * NS_PER_S + 0.5) or None


def _scores(span: Span, raw: dict[str, Any]) -> list[Score]:
    found = []
    for name, value in (parsed_object(raw.get("scores")) or {}).items():
        number = number_value(value)
        if number is not None:
            author = text_value(raw.get("_audit_source"))
            found.append(Score(span.trace_id, span.span_id, name, value=number, author=author))
    return found


def _attributes(raw: dict[str, Any], named: dict[str, Any], metrics: dict[str, Any]) -> dict[str, Any] | None:
    """What has no field of its own, under Braintrust's names; `expected` is the right answer of an evaluation."""
    found = {key: value for key, value in raw.items() if key not in _OWN_FIELDS and value is not None}
    found |= {key: held for key, held in (("span_attributes", named), ("metrics", metrics)) if held}
    return found or None


def _fill_status(span: Span, raw: dict[str, Any], *, adds: bool, has_begun: bool, was_failed: bool) -> None:
    error = parsed(raw.get("error"))
    if error in (None, "", {}):
        if span.end_ns is not None:
            span.status = None if was_failed else Status.OK
        elif not adds:
            span.status = Status.UNFINISHED if has_begun else Status.UNSET
        return
    said = error if isinstance(error, dict) else {}
    span.error_type = text_value(said.get("name")) or text_value(said.get("type"))
    text = text_value(said.get("message")) or (error if isinstance(error, str) else dumps(error))
    attributes = dict(span.attributes or {})
    settle(span, Status.ERROR, text, attributes)
    span.attributes = attributes or None
