"""One Langfuse observation as a `Span`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_hot import resource_columns
from tracetui.formats.conventions_span import complete
from tracetui.formats.conventions_values import (
    first_text_value,
    number_value,
    parsed,
    parsed_object,
    payload_text,
    text_list,
)
from tracetui.formats.langfuse_fields import dict_of, text_of
from tracetui.formats.langfuse_usage import usage_of
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.model import Message, Origin, Part, PartType, Span, SpanKind, Status, ToolDefinition
from tracetui.reading.lenient import dumps

_KINDS = {
    "GENERATION": SpanKind.LLM,
    "AGENT": SpanKind.AGENT,
    "TOOL": SpanKind.TOOL,
    "CHAIN": SpanKind.CHAIN,
    "RETRIEVER": SpanKind.RETRIEVER,
    "EVALUATOR": SpanKind.EVALUATOR,
    "EMBEDDING": SpanKind.EMBEDDING,
    "GUARDRAIL": SpanKind.GUARDRAIL,
}
_OTEL_KEYS = ("attributes", "resourceAttributes", "scope")
_MAPPED = frozenset(
    (
        *("id", "trace_id", "parent_observation_id", "type", "name", "start_time", "end_time", "level"),
        *("status_message", "input", "output", "metadata", "model", "model_parameters", "usage_details"),
        *("cost_details", "usage", "total_cost", "input_usage", "output_usage", "total_usage"),
        *("input_cost", "output_cost", "prompt_tokens", "completion_tokens", "total_tokens", "tags"),
        *("user_id", "session_id", "environment", "version", "tool_definitions", "tool_calls"),
        *("tool_call_names", "latency", "time_to_first_token", "completion_start_time"),
    )
)
_MODEL_KINDS = (SpanKind.LLM, SpanKind.EMBEDDING)
_CLOSE = 0.2
"""How far two readings of one duration may lie apart, as a part of it, plus a millisecond."""


@dataclass(slots=True)
class Clock:
    """Whether `latency` and `timeToFirstToken` are in milliseconds, as rows with start and end show."""

    in_ms: bool = False

    def learn(self, latency: Any, start_ns: int | None, end_ns: int | None) -> None:
        """Take note of a row that has the duration twice."""
        number = number_value(latency)
        if number is None or number <= 0 or start_ns is None or end_ns is None or end_ns <= start_ns:
            return
        lasted_s = (end_ns - start_ns) / NS_PER_S
        margin = lasted_s * _CLOSE + 0.001
        if abs(number - lasted_s) <= margin:
            self.in_ms = False
        elif abs(number / 1000 - lasted_s) <= margin:
            self.in_ms = True

    def ns(self, value: Any) -> int | None:
        """Nanoseconds of a duration as this source writes them."""
        number = number_value(value)
        if number is None or not 0 <= number < 1e9:
            return None
        return round(number * (NS_PER_S / 1000 if self.in_ms else NS_PER_S))


def read_observation(
    fields: Mapping[str, Any], origin: Origin, clock: Clock, trace_id: str | None = None
) -> Span | None:
    """A span with what the observation says; None where it has no id or no trace."""
    own, trace = ids.span_id(fields.get("id")), ids.trace_id(fields.get("trace_id")) or trace_id
    if own is None or trace is None:
        return None
    span = Span(trace, own, origin)
    span.parent_id = ids.span_id(fields.get("parent_observation_id"))
    span.name = text_of(fields, "name") or _word(fields).lower() or None
    _fill_times(span, fields, clock)
    metadata = dict_of(fields.get("metadata"))
    _complete(span, fields, metadata)
    _fill_identity(span, fields, metadata)
    _fill_payload(span, fields)
    _fill_calls(span, fields)
    return span


def _word(fields: Mapping[str, Any]) -> str:
    return str(fields.get("type") or "").upper()


def _fill_times(span: Span, fields: Mapping[str, Any], clock: Clock) -> None:
    span.start_ns, span.end_ns = to_ns(fields.get("start_time")), to_ns(fields.get("end_time"))
    clock.learn(fields.get("latency"), span.start_ns, span.end_ns)
    if span.end_ns is None and _word(fields) == "EVENT":
        span.end_ns = span.start_ns


def _complete(span: Span, fields: Mapping[str, Any], metadata: dict[str, Any]) -> None:
    """What the OpenTelemetry attributes say that Langfuse keeps among the metadata, and how the span ended."""
    resource = dict_of(metadata.get("resourceAttributes"))
    level = str(fields.get("level") or "").upper()
    message = text_of(fields, "status_message")
    attributes = dict(dict_of(metadata.get("attributes")))
    code = Status.ERROR if level == "ERROR" else Status.UNSET
    complete(span, attributes, code, message, None, resource_columns(resource))
    rest = {key: value for key, value in fields.items() if key not in _MAPPED and value not in ({}, [])}
    if level not in ("", "DEFAULT"):
        rest["level"] = fields["level"]
    if message and code is not Status.ERROR:
        rest["status_message"] = message
    span.attributes = {**rest, **attributes} or None
    span.resource, span.scope = resource or None, dict_of(metadata.get("scope")) or None
    own = {key: value for key, value in metadata.items() if key not in _OTEL_KEYS}
    span.metadata = {**(span.metadata or {}), **own} or None


def _fill_identity(span: Span, fields: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    word = _word(fields)
    span.kind = _KINDS.get(word) or span.kind or SpanKind.UNKNOWN
    if span.kind is SpanKind.LLM and word == "SPAN":
        span.kind = SpanKind.CHAIN  # Langfuse makes a generation of every span with a model
    span.kind_original = word or span.kind_original
    span.model = text_of(fields, "model") or span.model
    span.user_id = text_of(fields, "user_id") or span.user_id
    span.session_id = text_of(fields, "session_id") or span.session_id
    span.environment = text_of(fields, "environment") or span.environment
    span.version = text_of(fields, "version") or span.version
    span.tags = text_list(fields.get("tags")) or span.tags
    span.parameters = dict_of(fields.get("model_parameters")) or span.parameters
    span.agent = span.agent or _agent(span, metadata)
    if span.kind is SpanKind.TOOL and span.tool_name is None:
        span.tool_name = span.name


def _agent(span: Span, metadata: Mapping[str, Any]) -> str | None:
    named = first_text_value(metadata, ("agent_name", "lc_agent_name"))
    return named or (span.name if span.kind is SpanKind.AGENT else None)


def _fill_payload(span: Span, fields: Mapping[str, Any]) -> None:
    span.input = payload_text(fields.get("input")) or span.input
    span.output = payload_text(fields.get("output")) or span.output
    usage = usage_of(fields, is_model_call=span.kind in _MODEL_KINDS)
    if usage is not None or span.kind not in _MODEL_KINDS:
        span.usage = usage


def fill_first_token(span: Span, fields: Mapping[str, Any], clock: Clock) -> None:
    """Time to the first token, and the end where only a latency tells it; to be asked when the clock has learned."""
    if span.end_ns is None and span.start_ns is not None and fields.get("latency") is not None:
        lasted_ns = clock.ns(fields["latency"])
        span.end_ns = None if not lasted_ns else span.start_ns + lasted_ns
        if span.end_ns is not None and span.status is Status.UNFINISHED:
            span.status = Status.UNSET
    first_ns = to_ns(fields.get("completion_start_time"))
    if first_ns is not None and span.start_ns is not None and first_ns > span.start_ns:
        span.ttft_ns = first_ns - span.start_ns
    elif span.ttft_ns is None:
        span.ttft_ns = clock.ns(fields.get("time_to_first_token")) or None


# --- messages and tools ------------------------------------------------------------------------------------------


def _fill_calls(span: Span, fields: Mapping[str, Any]) -> None:
    span.tools_offered = _tools(fields.get("tool_definitions")) or span.tools_offered
    if span.kind is not SpanKind.LLM:
        return
    span.input_messages = _best(fields.get("input"), "user") or span.input_messages
    said = _best(fields.get("output"), "assistant") or tuple(span.output_messages)
    span.output_messages = said
    calls = _calls(fields)
    if calls and not any(part.type is PartType.TOOL_CALL for message in said for part in message.parts):
        span.output_messages = (*said, Message("assistant", calls))
    span.finish_reasons = span.finish_reasons or tuple(
        message.finish_reason for message in span.output_messages if message.finish_reason
    )


def _best(value: Any, role: str) -> tuple[Message, ...]:
    """Messages of an input or output, none where nothing in it is one."""
    messages = read_messages(parsed(value), role)
    known = any(part.type is not PartType.OTHER for message in messages for part in message.parts)
    return messages if known else ()


def _tools(value: Any) -> tuple[ToolDefinition, ...]:
    """Definitions by name, each JSON text of an object."""
    found = []
    for name, item in dict_of(value).items():
        definition = parsed_object(item) or {}
        schema = definition.get("parameters") or definition.get("input_schema") or definition or None
        description = definition.get("description")
        found.append(
            ToolDefinition(
                str(name),
                description if isinstance(description, str) else None,
                None if schema is None else dumps(parsed(schema)),
            )
        )
    return tuple(found)


def _calls(fields: Mapping[str, Any]) -> tuple[Part, ...]:
    """Tool calls that Langfuse took out of the output, whose names stand in a list of their own."""
    calls, names = parsed(fields.get("tool_calls")), parsed(fields.get("tool_call_names"))
    if not isinstance(calls, list):
        return ()
    named = names if isinstance(names, list) else []
    parts = []
    for place, item in enumerate(calls):
        call = parsed_object(item) or {}
        name = call.get("name") or (named[place] if place < len(named) else None)
        arguments = payload_text(call.get("arguments"))
        call_id = call.get("id")
        parts.append(
            Part(
                PartType.TOOL_CALL,
                arguments,
                call_id if isinstance(call_id, str) and call_id else None,
                name if isinstance(name, str) else None,
            )
        )
    return tuple(parts)
