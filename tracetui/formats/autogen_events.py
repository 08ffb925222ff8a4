"""One message or event of AutoGen AgentChat, told to a conversation."""

from __future__ import annotations

from typing import Any

from tracetui.formats.chat_log import ChatLog, time_of
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Event,
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Severity,
    Skipped,
    Span,
    SpanKind,
    StateChange,
    StateOp,
    Status,
)
from tracetui.reading.lenient import dumps

EVENT_TYPES = frozenset(
    (
        *("TextMessage", "MultiModalMessage", "StopMessage", "HandoffMessage", "ToolCallSummaryMessage"),
        *("ToolCallMessage", "ToolCallResultMessage", "ToolCallRequestEvent", "ToolCallExecutionEvent"),
        *("ThoughtEvent", "MemoryQueryEvent", "UserInputRequestedEvent", "ModelClientStreamingChunkEvent"),
        *(
            "CodeGenerationEvent",
            "CodeExecutionEvent",
            "SelectSpeakerEvent",
            "SelectorEvent",
            "StructuredMessage",
        ),
    )
)
_REQUESTS = frozenset(("ToolCallRequestEvent", "ToolCallMessage"))
_RESULTS = frozenset(("ToolCallExecutionEvent", "ToolCallResultMessage"))
_MOMENTS = frozenset(
    (
        *(
            "UserInputRequestedEvent",
            "MemoryQueryEvent",
            "SelectSpeakerEvent",
            "SelectorEvent",
            "StopMessage",
        ),
        *("ModelClientStreamingChunkEvent", "ToolCallSummaryMessage", "CodeExecutionEvent"),
    )
)


def tell_event(chat: ChatLog, value: JsonValue, origin: Origin) -> None:
    """Requests and texts of agents are model calls, executions join their tool calls, the rest are events."""
    if not isinstance(value, dict):
        chat.skip(Skipped(origin, "no_message", "not a message of AgentChat", Severity.WARNING))
        return
    word, at_ns = first_text(value, ("type",)) or "", time_of(value)
    if word in _RESULTS:
        _results(chat, value, origin, at_ns)
    elif word == "HandoffMessage":
        _handoff(chat, value, origin, at_ns)
    elif word in _MOMENTS:
        root = chat.log.root
        kept = {
            key: found
            for key, found in value.items()
            if key not in ("type", "created_at") and found is not None
        }
        root.events = [*root.events, Event(word, at_ns, kept)]
        if word == "MemoryQueryEvent":
            root.state_changes = (*root.state_changes, _looked_up(value, at_ns, len(root.state_changes)))
        chat.log.merge(origin)
    elif first_text(value, ("source",)) in ("user", "human"):
        chat.tell((Message("user", tuple(read_parts(value.get("content")))),), value, origin, at_ns)
    else:
        _call(chat, value, word, origin, at_ns)


def _looked_up(value: dict[str, Any], at_ns: int | None, order: int) -> StateChange:
    """Memories that were given to an agent; what was asked for is not told, nor are writes."""
    held = [item.get("content") for item in _dicts(value.get("content"))]
    return StateChange(
        StateOp.SEARCH, "*", dumps(held), None, "memory", "agent", first_text(value, ("source",)),
        evidence="MemoryQueryEvent", at_ns=at_ns, order=order,
    )  # fmt: skip


def _call(chat: ChatLog, value: dict[str, Any], word: str, origin: Origin, at_ns: int | None) -> None:
    content = value.get("content")
    if word in _REQUESTS:
        parts = tuple(_request(call) for call in _dicts(content))
    elif word == "ThoughtEvent":
        parts = (Part(PartType.THINKING, as_text(content)),)
    else:
        parts = tuple(read_parts(content))
    who = first_text(value, ("source",))
    message = Message("assistant", parts, name=who)
    span = _thought_before(chat, who)
    if span is None:
        span = chat.log.call(message, origin, at_ns)
    else:
        chat.log.extend_call(span, message, at_ns)
        chat.log.merge(origin, span.span_id)
    span.name = span.agent = who
    span.kind_original = word or None
    span.usage = read_usage(value.get("models_usage"))
    metadata = value.get("metadata")
    span.metadata = metadata if isinstance(metadata, dict) and metadata else None


def _thought_before(chat: ChatLog, who: str | None) -> Span | None:
    """The call whose thoughts were told just before; what the same agent says or asks for next is the rest of it."""
    last = chat.log.steps[-1] if chat.log.steps else None
    return last if last is not None and last.kind_original == "ThoughtEvent" and last.agent == who else None


def _request(call: dict[str, Any]) -> Part:
    return Part(
        PartType.TOOL_CALL,
        as_text(call.get("arguments")),
        first_text(call, ("id",)),
        first_text(call, ("name",)),
    )


def _results(chat: ChatLog, value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    results = _dicts(value.get("content"))
    if not results:
        chat.log.merge(origin)
    for number, result in enumerate(results):
        flag = result.get("is_error")
        part = Part(
            PartType.TOOL_RESULT, as_text(result.get("content")), first_text(result, ("call_id",)),
            first_text(result, ("name",)), is_error=flag if isinstance(flag, bool) else None,
        )  # fmt: skip
        chat.log.tool_result(part, origin if number == 0 else element_origin(origin, result), at_ns)


def _handoff(chat: ChatLog, value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    target = first_text(value, ("target",)) or "another agent"
    span = chat.log.tool(f"handoff to {target}", as_text(value.get("content")), origin, at_ns)
    span.kind, span.tool_name, span.end_ns, span.status = SpanKind.HANDOFF, None, at_ns, Status.OK
    span.agent = first_text(value, ("source",))


def _dicts(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
