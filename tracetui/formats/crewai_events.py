"""Events of CrewAI's bus as spans: an event that begins something and the one that ends it are a span."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.crewai_memory import told_changes
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    LogRecord,
    Merged,
    Origin,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_TELLING = frozenset(("type", "event_id", "emission_sequence"))
_ENDINGS: Mapping[str, Status] = MappingProxyType(
    {
        "_completed": Status.OK,
        "_finished": Status.OK,
        "_failed": Status.ERROR,
        "_error": Status.ERROR,
        "_paused": Status.INTERRUPTED,
    }
)
_KINDS: tuple[tuple[str, SpanKind], ...] = (
    ("agent_execution", SpanKind.AGENT),
    ("lite_agent_execution", SpanKind.AGENT),
    ("llm_guardrail", SpanKind.GUARDRAIL),
    ("llm_call", SpanKind.LLM),
    ("tool_usage", SpanKind.TOOL),
    ("mcp_tool", SpanKind.TOOL),
    ("memory_", SpanKind.MEMORY),
    ("knowledge_", SpanKind.RETRIEVER),
    ("human_feedback", SpanKind.APPROVAL),
)
_CHUNKS = ("llm_stream_chunk", "llm_thinking_chunk")
_NAMES = ("tool_name", "crew_name", "task_name", "method_name", "flow_name", "agent_role")
_REST = (
    *(
        "run_attempts",
        "delegations",
        "from_cache",
        "policy",
        "call_type",
        "agent_key",
        "context",
        "retry_count",
    ),
    *("state", "params", "temperature", "success", "source_type", "inputs", "query", "total_tokens"),
)
_OUTPUTS = ("output", "result", "response", "results", "retrieved_knowledge", "memory_content")
_INPUTS = ("tool_args", "task_prompt", "inputs", "query", "value", "params")
_REPR = re.compile(r"(\w+)\((['\"]?)(.*)\2\)", re.DOTALL)


def is_event(value: JsonValue) -> bool:
    """Whether a value is an event as `to_json` gives it."""
    return isinstance(value, dict) and value.keys() >= _TELLING and isinstance(value["type"], str)


def read_events(events: Sequence[tuple[JsonValue, Origin]]) -> Iterator[Entry]:
    """A span for each beginning and each end, which need not stand in order; other events belong to their parent."""
    values = [(value, origin) for value, origin in events if isinstance(value, dict)]
    parents = {_own(value): first_text(value, ("parent_event_id",)) for value, _ in values}
    roles = _roles(values, parents)
    for value, origin in values:
        own, parent = _own(value), parents[_own(value)]
        word = str(value["type"])
        status = next((status for ending, status in _ENDINGS.items() if word.endswith(ending)), None)
        is_span = word.endswith("_started") and word != "agent_logs_started"
        if own is None or (parent is None and status is None and not is_span):
            yield Skipped(origin, "outside_run", "an event that belongs to no run")
        elif is_span or (status is not None and "started_event_id" in value):
            span = _span(value, origin, _root(own if parent is None else parent, parents), parent, status)
            if span.kind is SpanKind.AGENT and span.agent is None:
                span.agent = roles.get(own)
                span.name = span.agent or span.name
            yield span
        elif parent is None:
            yield Skipped(origin, "outside_run", "an event that belongs to no run")
        elif word in _CHUNKS:
            yield Merged(origin, _root(parent, parents), parent)
        else:
            yield LogRecord(_root(parent, parents), parent, origin, _event(value, word))


def _own(value: dict[str, Any]) -> str | None:
    """The id of the span that an event begins or ends."""
    return first_text(value, ("started_event_id",)) or first_text(value, ("event_id",))


def _roles(
    values: Sequence[tuple[dict[str, Any], Origin]], parents: Mapping[str | None, str | None]
) -> dict[str, str]:
    """The role of the agent that each event happened under, where one of the events below it tells."""
    roles: dict[str, str] = {}
    for value, _ in values:
        role, above = first_text(value, ("agent_role",)), parents[_own(value)]
        while role and above is not None and above not in roles:
            roles[above] = role
            above = parents.get(above)
    return roles


def _root(event: str, parents: Mapping[str | None, str | None]) -> str:
    seen = {event}
    while (parent := parents.get(event)) is not None and parent not in seen:
        seen.add(parent)
        event = parent
    return event


def _event(value: dict[str, Any], word: str) -> Event:
    left_out = (*_TELLING, "timestamp", "agent", "task", "tools", "crew")
    kept = {key: found for key, found in value.items() if key not in left_out and found not in (None, [], {})}
    return Event(word, to_ns(value.get("timestamp")), kept)


def _span(
    value: dict[str, Any], origin: Origin, trace: str, parent: str | None, status: Status | None
) -> Span:
    span = Span(trace, _own(value) or "", origin, parent_id=parent)
    _describe(span, value)
    at_ns = to_ns(value.get("timestamp"))
    if status is None:
        span.start_ns = at_ns
        _begin(span, value)
    else:
        span.end_ns, span.status = at_ns, status
        _end(span, value)
    span.state_changes = tuple(told_changes(value))
    return span


def _describe(span: Span, value: dict[str, Any]) -> None:
    word = str(value["type"])
    span.kind_original = word.rpartition("_")[0]
    span.kind = next((kind for begin, kind in _KINDS if word.startswith(begin)), SpanKind.CHAIN)
    agent = value["agent"] if isinstance(value.get("agent"), dict) else {}
    span.agent = first_text(value, ("agent_role",)) or first_text(agent, ("role",))
    span.name = _name(span, value)
    if span.kind is SpanKind.LLM:
        span.model = first_text(value, ("model",))
    elif span.kind is SpanKind.TOOL:
        span.tool_name = first_text(value, ("tool_name",))
    kept = {key: value[key] for key in _REST if value.get(key) not in (None, "", [], {})}
    span.attributes = kept or None


def _name(span: Span, value: dict[str, Any]) -> str | None:
    task = value["task"] if isinstance(value.get("task"), dict) else {}
    named = {
        SpanKind.LLM: f"chat {first_text(value, ('model',)) or ''}".strip(),
        SpanKind.AGENT: span.agent,
        SpanKind.TOOL: first_text(value, ("tool_name",)),
    }.get(span.kind or SpanKind.CHAIN)
    if span.kind in (SpanKind.MEMORY, SpanKind.RETRIEVER, SpanKind.GUARDRAIL):
        named = span.kind_original
    return (
        named or first_text(value, _NAMES) or first_text(task, ("name", "description")) or span.kind_original
    )


def _begin(span: Span, value: dict[str, Any]) -> None:
    task = value["task"] if isinstance(value.get("task"), dict) else {}
    found = next((value[key] for key in _INPUTS if value.get(key) not in (None, "", {})), None)
    span.input = as_text(found) or first_text(task, ("description",))
    if span.kind is SpanKind.LLM:
        span.input_messages = read_messages(value.get("messages"))
    if span.kind in (SpanKind.LLM, SpanKind.AGENT):
        span.tools_offered = read_tools(value.get("tools"))


def _end(span: Span, value: dict[str, Any]) -> None:
    found = next((value[key] for key in _OUTPUTS if value.get(key) is not None), None)
    if isinstance(found, dict) and isinstance(found.get("raw"), str):
        found = found["raw"]
    span.output = as_text(found)
    if span.kind is SpanKind.LLM:
        span.output_messages = read_messages(found, "assistant")
        span.usage = read_usage(value.get("usage"))
        reason = first_text(value, ("finish_reason",))
        span.finish_reasons = (reason,) if reason else ()
    if span.status is Status.ERROR:
        text = as_text(value.get("error"))
        told = _REPR.fullmatch(text or "")
        span.error_type = told.group(1) if told else None
        span.error_message = one_line(told.group(3) if told else text)
