"""Messages in a LangGraph state: which are new after a step, and the model and tool calls that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracetui.formats.message_parts import as_text
from tracetui.formats.messages import read_messages
from tracetui.formats.usage import first_usage
from tracetui.model import JsonValue, Message, Part, PartType, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

MESSAGE_KEYS = ("messages", "history", "chat_history")
"""Channels of a state that usually hold its messages."""


@dataclass(frozen=True, slots=True)
class StateMessage:
    """A message as it stands in a state: what tells it from others, as found, and as read."""

    identity: str
    raw: Mapping[str, Any]
    message: Message


def messages_in(values: JsonValue) -> list[StateMessage]:
    """The messages of a state or of what a node wrote."""
    held = values if isinstance(values, list) else None
    if isinstance(values, dict):
        held = next((values[key] for key in MESSAGE_KEYS if isinstance(values.get(key), list)), None)
        if held is None and isinstance(values.get("messages"), dict):
            held = [values["messages"]]
    found: list[StateMessage] = []
    for item in held or []:
        for message in read_messages(item):
            raw = _body(item)
            found.append(StateMessage(_identity(raw, item), raw, message))
    return found


def new_messages(before: Sequence[StateMessage], after: Sequence[StateMessage]) -> list[StateMessage]:
    """Those of `after` that `before` lacks."""
    known = {message.identity for message in before}
    return [message for message in after if message.identity not in known]


def calls_of(parent: Span, before: Sequence[StateMessage], new: Sequence[StateMessage]) -> Iterator[Span]:
    """Model and tool calls under the node that wrote these messages; they have no records of their own."""
    asked = {
        part.tool_call_id: part
        for message in (*before, *new)
        for part in message.message.parts
        if part.type is PartType.TOOL_CALL and part.tool_call_id
    }
    context = [message.message for message in before]
    for number, found in enumerate(new, 1):
        span = Span(parent.trace_id, f"{parent.span_id}/{number}", parent.origin, is_derived=True)
        span.parent_id, span.start_ns, span.end_ns = parent.span_id, parent.start_ns, parent.end_ns
        results = [part for part in found.message.parts if part.type is PartType.TOOL_RESULT]
        if found.message.role == "assistant" and _is_of_a_model(found):
            yield _model_call(span, found, tuple(context))
        elif results:
            yield _tool_call(span, found, results[0], asked)
        context.append(found.message)


def _is_of_a_model(found: StateMessage) -> bool:
    """Whether a model said it; a node may also write an answer of its own, which names no model, usage or tool."""
    if any(part.type is PartType.TOOL_CALL for part in found.message.parts):
        return True
    return bool(found.raw.get("usage_metadata") or found.raw.get("response_metadata"))


def _model_call(span: Span, found: StateMessage, context: tuple[Message, ...]) -> Span:
    told = found.raw.get("response_metadata")
    told = told if isinstance(told, dict) else {}
    names = (told.get(key) for key in ("model_name", "model", "model_id"))
    span.kind, span.status = SpanKind.LLM, Status.OK
    span.model = next((name for name in names if isinstance(name, str) and name), None)
    span.name = f"chat {span.model}" if span.model else "model call"
    span.input_messages, span.output_messages = context, (found.message,)
    span.finish_reasons = (found.message.finish_reason,) if found.message.finish_reason else ()
    span.usage = first_usage(found.raw.get("usage_metadata"), told.get("token_usage"))
    return span


def _tool_call(span: Span, found: StateMessage, result: Part, asked: Mapping[str, Part]) -> Span:
    call = asked.get(result.tool_call_id or "")
    span.kind, span.tool_call_id, span.output = SpanKind.TOOL, result.tool_call_id, result.content
    span.tool_name = result.tool_name or (call.tool_name if call else None)
    span.name, span.input = span.tool_name or "tool", call.content if call else None
    failed = found.raw.get("status") == "error" or result.is_error
    span.status = Status.ERROR if failed else Status.OK
    span.error_message = as_text(result.content) if failed else None
    return span


def _body(item: JsonValue) -> Mapping[str, Any]:
    """The fields of a message, inside LangChain's `kwargs` or `data` where they are."""
    if not isinstance(item, dict):
        return {}
    inner = next((item[key] for key in ("kwargs", "data") if isinstance(item.get(key), dict)), item)
    return inner if isinstance(inner, dict) else item


def _identity(raw: Mapping[str, Any], item: JsonValue) -> str:
    own = raw.get("id")
    return own if isinstance(own, str) and own else dumps(item)
