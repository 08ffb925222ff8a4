"""Tools that a row asks for, or answers for: `tool_calls` and ids in the row or in an object inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracetui.formats.generic_names import plain_name
from tracetui.formats.message_parts import first, first_text
from tracetui.formats.messages import read_messages
from tracetui.model import JsonValue, Message

CALLS = frozenset(("tool_calls", "toolcalls", "tools_called", "tools_used", "tool_uses"))
"""Plain names of lists of tool calls."""

_NAMES = ("name", "tool_name", "tool", "function_name")
_ARGUMENTS = ("arguments", "args", "input", "parameters", "params")
_RESULTS = ("result", "output", "response", "observation", "error")
_IDS = ("tool_call_id", "tool_use_id", "toolCallId", "call_id")


def asked_in(row: Mapping[str, Any]) -> tuple[Message, JsonValue] | None:
    """The message that asks for tools in a row, and the text beside its calls; None where no tool is asked for."""
    for held in _objects(row):
        for key, value in held.items():
            if plain_name(str(key)) in CALLS and isinstance(value, list) and value and not answered(value):
                calls = [call for item in value if (call := _call(item)) is not None]
                said = {"role": "assistant", "content": held.get("content"), "tool_calls": calls}
                found = read_messages(said) if calls else ()
                if found:
                    return found[0], held.get("content")
    return None


def answered(calls: JsonValue) -> bool:
    """Whether a list of tool calls says what came back: then they are steps that were made."""
    return isinstance(calls, list) and any(
        isinstance(call, dict) and not call.keys().isdisjoint(_RESULTS) for call in calls
    )


def call_id_in(row: Mapping[str, Any]) -> str | None:
    """The id of the tool call that a row answers for."""
    return next((found for held in _objects(row) if (found := first_text(held, _IDS))), None)


def _objects(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield dict(row)
    for value in row.values():
        if isinstance(value, dict):
            yield value


def _call(item: JsonValue) -> dict[str, Any] | None:
    """A call as chat APIs write it, of whatever names its keys have."""
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("function"), dict):
        return item
    name = first_text(item, _NAMES)
    function = {"name": name, "arguments": first(item, _ARGUMENTS)}
    own = first_text(item, ("id", *_IDS))
    return None if name is None else {"id": own, "type": "function", "function": function}
