"""Items of OpenAI's Responses API among chat messages: what one answer of the model consists of, and results of tools."""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.formats.chat_log import ChatLog, time_of
from tracetui.formats.message_parts import first_text
from tracetui.formats.messages import read_messages
from tracetui.model import JsonValue, Origin, Span

_RESULT = "_output"


def is_item(value: JsonValue) -> bool:
    """Whether a value is an item other than a message: thoughts, a call of a tool, or what it gave back."""
    word = first_text(value, ("type",)) if isinstance(value, dict) else None
    if not isinstance(value, dict) or word is None or "role" in value:
        return False
    if word == "reasoning":
        return isinstance(value.get("summary"), list)
    if word.endswith("_call" + _RESULT):
        return "call_id" in value and "output" in value
    return word.endswith("_call") and "call_id" in value and ("arguments" in value or "status" in value)


def _is_answered(value: JsonValue) -> bool:
    """Whether the model gave an item: the next one of this sort belongs to the same answer."""
    if not isinstance(value, dict):
        return False
    if is_item(value):
        return not str(value["type"]).endswith(_RESULT)
    return value.get("type") == "message" and value.get("role") == "assistant"


def tell_items(chat: ChatLog, items: Iterable[tuple[JsonValue, Origin]]) -> None:
    """Tell messages and items in order; those that the model gave one after another are one call."""
    call: Span | None = None
    for value, origin in items:
        is_answered = _is_answered(value)
        if is_answered and call is not None:
            for message in read_messages(value):
                chat.log.extend_call(call, message)
            chat.log.merge(origin, call.span_id)
            continue
        call = None
        found = read_messages(value) if is_item(value) else ()
        if found and isinstance(value, dict):
            span = chat.tell(found, value, origin, time_of(value))
        else:
            span = chat.add(value, origin)
        call = span if is_answered else None
