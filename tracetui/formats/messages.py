"""Chat messages in any common shape, as `Message`s: the one reader that every format shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias

from tracetui.formats.message_media import media_part
from tracetui.formats.message_parts import (
    MAX_DEPTH,
    first,
    first_text,
    other,
    read_parts,
    reader_of,
    tool_call,
    tool_result,
)
from tracetui.model import JsonValue, Message, Part, PartType

_Dict: TypeAlias = "dict[str, Any]"

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "human": "user",
        "ai": "assistant",
        "model": "assistant",
        "function": "tool",
        "tool_result": "tool",
        "toolresult": "tool",
    }
)
_LANGCHAIN_TYPES = frozenset(
    ("human", "ai", "system", "developer", "tool", "function", "chat", "assistant", "user")
)
_KNOWN_ROLES = _LANGCHAIN_TYPES | {"model"}
_LISTS = (
    *("messages", "choices", "generations", "candidates", "contents", "prompts"),
    *("input", "output", "inputs", "outputs", "message", "generation"),
)
_ANSWERS = frozenset(("choices", "generations", "generation", "candidates", "output", "outputs"))
_ROLELESS = frozenset(("finish_reason", "finishReason", "parts"))
_SYSTEM = ("instructions", "system", "system_instruction", "systemInstruction", "system_prompt")


def read_messages(value: JsonValue, default_role: str = "user") -> tuple[Message, ...]:
    """Messages of a string, a message, a list of them at any nesting, or a request or response that holds them.

    A string is one message of `default_role`; so are blocks without a role. An element of a list that is no message
    is kept as an OTHER part; a dict on its own that holds no messages gives none. Never raises.
    """
    return tuple(_read(value, role_of(default_role), 0))


def role_of(word: str) -> str:
    """A role in lower case, with the synonyms of frameworks mapped to OpenAI's words; unknown ones stay."""
    lowered = word.strip().lower()
    return ROLES.get(lowered, lowered)


def _read(value: JsonValue, role: str, depth: int) -> list[Message]:
    if value is None or value == "":
        return []
    if depth > MAX_DEPTH:
        return [Message(role, (other(value),))]
    if isinstance(value, list):
        return _read_list(value, role, depth + 1)
    if isinstance(value, dict):
        return _read_dict(value, role, depth + 1)
    return [Message(role, (Part(PartType.TEXT, value),))] if isinstance(value, str) else []


def _read_list(items: list[Any], role: str, depth: int) -> list[Message]:
    if _is_pair(items):
        return [Message(role_of(items[0]), tuple(read_parts(items[1], depth)))]
    found: list[Message] = []
    loose: list[Part] = []
    for item in items:
        if _is_loose(item):
            loose.extend(read_parts(item, depth))
            continue
        found.extend(_flushed(loose, role))
        found.extend(_read(item, role, depth) or _kept(item, role))
    return [*found, *_flushed(loose, role)]


def _is_pair(items: list[Any]) -> bool:
    """LangChain's `["human", "text"]`."""
    return (
        len(items) == 2
        and isinstance(items[0], str)
        and items[0] in _KNOWN_ROLES
        and isinstance(items[1], str)
    )


def _is_loose(item: JsonValue) -> bool:
    """Whether a list element is a content block without a role, to be joined with its neighbours."""
    if not isinstance(item, dict) or "role" in item or _is_langchain(item):
        return False
    return reader_of(item) is not None and _item_role(item) is None


def _flushed(loose: list[Part], role: str) -> list[Message]:
    parts = tuple(loose)
    loose.clear()
    return [Message(role, parts)] if parts else []


def _kept(item: JsonValue, role: str) -> list[Message]:
    return [Message(role, (other(item),))] if isinstance(item, dict) and item else []


# --- one dict --------------------------------------------------------------------------------------------------


def _read_dict(value: _Dict, role: str, depth: int) -> list[Message]:
    if _is_constructor(value):
        return _constructor(value, role, depth)
    if _is_langchain(value):
        return [_langchain(value, depth)]
    if isinstance(value.get("role"), str):
        return [_message(value, role_of(value["role"]), depth)]
    item = _item_role(value)
    if item is not None:
        return [Message(item, tuple(read_parts(value, depth)))]
    if value.get("type") == "message" or not _ROLELESS.isdisjoint(value):
        return _roleless(value, role, depth)
    if reader_of(value) is not None:
        return [Message(role, tuple(read_parts(value, depth)))]
    return _envelope(value, role, depth)


def _is_constructor(value: _Dict) -> bool:
    return isinstance(value.get("kwargs"), dict) and isinstance(value.get("id"), list) and bool(value["id"])


def _constructor(value: _Dict, role: str, depth: int) -> list[Message]:
    """LangChain's serialised object: a message class by its name, else whatever holds messages inside."""
    name, kwargs = str(value["id"][-1]), value["kwargs"]
    if not name.removesuffix("Chunk").endswith("Message"):
        return _envelope(kwargs, role, depth)
    word = name.removesuffix("Chunk").removesuffix("Message").lower()
    said = kwargs.get("role") if word == "chat" else None
    return [_langchain({**kwargs, "type": said if isinstance(said, str) else word or role}, depth)]


def _is_langchain(value: _Dict) -> bool:
    word = value.get("type")
    if not isinstance(word, str) or isinstance(value.get("role"), str):
        return False
    return _bare(word).lower() in _LANGCHAIN_TYPES and ("content" in value or "data" in value)


def _bare(word: str) -> str:
    """`AI` of `AIMessageChunk` and of AutoGen's kind of class names, `human` of `human`."""
    return word.removesuffix("Chunk").removesuffix("Message")


def _langchain(value: _Dict, depth: int) -> Message:
    body = value["data"] if isinstance(value.get("data"), dict) else value
    word = _bare(str(value.get("type", "")))
    if word == "chat" and isinstance(body.get("role"), str):
        word = body["role"]
    return _message({**body, "type": None}, role_of(word), depth)


def _roleless(value: _Dict, role: str, depth: int) -> list[Message]:
    """A choice, a candidate, a generation or a message whose role goes without saying."""
    inner = (
        first(value, ("message", "content")) if not isinstance(value.get("content"), (str, list)) else None
    )
    if not isinstance(inner, dict):
        return [_message(value, role, depth)] if _has_content(value) else _envelope(value, role, depth)
    reason = finish_reason(value)
    found = _read(inner, role, depth)
    return [replace(message, finish_reason=message.finish_reason or reason) for message in found]


def _has_content(value: _Dict) -> bool:
    return any(key in value for key in ("content", "parts", "text", "tool_calls"))


def _envelope(value: _Dict, role: str, depth: int) -> list[Message]:
    """Messages inside a request or response: its system prompt first, then the first key that holds any."""
    system = [
        message
        for key in _SYSTEM
        if isinstance(value.get(key), (str, list, dict))
        for message in _read(value[key], "system", depth)
    ]
    for key in _LISTS:
        if isinstance(value.get(key), (str, list, dict)):
            found = _read(value[key], "assistant" if key in _ANSWERS else role, depth)
            if not all(part.type is PartType.OTHER for message in found for part in message.parts):
                return [*system, *(_with_reason(found, value) if key == "message" else found)]
    return _plain_generation(value, role) or system


def _with_reason(found: list[Message], value: _Dict) -> list[Message]:
    reason = finish_reason(value) or _reason_in(value.get("generation_info"))
    return [replace(message, finish_reason=message.finish_reason or reason) for message in found]


def _plain_generation(value: _Dict, role: str) -> list[Message]:
    """A completion that is text alone: LangChain's `Generation` and OpenAI's old completions."""
    text = value.get("text")
    if not isinstance(text, str) or not (
        {"generation_info", "finish_reason", "index", "logprobs"} & value.keys()
    ):
        return []
    reason = finish_reason(value) or _reason_in(value.get("generation_info"))
    return [Message(role, (Part(PartType.TEXT, text),), finish_reason=reason)]


# --- a message -------------------------------------------------------------------------------------------------


def _message(value: _Dict, role: str, depth: int) -> Message:
    extra = value["additional_kwargs"] if isinstance(value.get("additional_kwargs"), dict) else {}
    parts = [*_thoughts(value, extra), *_body(value, depth), *_spoken(value)]
    asked = {part.tool_call_id for part in parts if part.type is PartType.TOOL_CALL and part.tool_call_id}
    parts.extend(part for part in _calls(value, extra, depth) if part.tool_call_id not in asked)
    name = first_text(value, ("name",))
    if role == "tool":
        parts, name = _as_results(parts, value), None
    return Message(role, tuple(parts), name=name, finish_reason=finish_reason(value))


def _body(value: _Dict, depth: int) -> list[Part]:
    for key in ("parts", "content", "contents", "text"):
        if value.get(key) not in (None, "", []):
            return read_parts(value[key], depth)
    return []


def _thoughts(value: _Dict, extra: _Dict) -> list[Part]:
    text = first_text(value, ("reasoning_content", "reasoning")) or first_text(extra, ("reasoning_content",))
    return [Part(PartType.THINKING, text)] if text else []


def _spoken(value: _Dict) -> list[Part]:
    """A refusal, or sound with its transcript, beside the content."""
    refusal, audio = value.get("refusal"), value.get("audio")
    parts = [Part(PartType.TEXT, refusal)] if isinstance(refusal, str) and refusal else []
    if isinstance(audio, dict):
        said = first_text(audio, ("transcript",))
        parts += [Part(PartType.TEXT, said)] if said else []
        sound = media_part({"type": "audio", "audio": audio})
        parts += [sound] if sound else []
    return parts


def _calls(value: _Dict, extra: _Dict, depth: int) -> list[Part]:
    lists = [value.get("tool_calls") or extra.get("tool_calls"), value.get("invalid_tool_calls")]
    calls = [call for found in lists if isinstance(found, list) for call in found]
    legacy = first(value, ("function_call",)) or extra.get("function_call")
    calls += [legacy] if isinstance(legacy, dict) else []
    return [
        part
        for call in calls
        for part in (tool_call(call, depth) if isinstance(call, dict) else [other(call)])
    ]


def _as_results(parts: list[Part], value: _Dict) -> list[Part]:
    """Parts of a message from a tool: its bare text is the result of the call that the message names."""
    if any(part.type is PartType.TOOL_RESULT for part in parts):
        return parts
    texts = [part.content for part in parts if part.type is not PartType.MEDIA and part.content is not None]
    seed = {**value, "content": "\n".join(texts), "id": None, "output": None}
    (result,) = tool_result(seed)
    kept = [part for part in parts if part.type is PartType.MEDIA]
    return [result, *(replace(p, tool_call_id=result.tool_call_id, tool_name=result.tool_name) for p in kept)]


def finish_reason(value: Mapping[str, Any]) -> str | None:
    """Why the model stopped, as the message, choice or LangChain's metadata says."""
    return _reason_in(value) or _reason_in(value.get("response_metadata"))


def _reason_in(value: object) -> str | None:
    keys = ("finish_reason", "finishReason", "stop_reason", "stopReason")
    return first_text(value, keys) if isinstance(value, dict) else None


def _item_role(value: _Dict) -> str | None:
    """Whose an element of a Responses conversation is, which has a type instead of a role; None for anything else."""
    word = value.get("type")
    if not isinstance(word, str):
        return None
    if word == "compaction":
        return "system"
    if word.endswith("_call_output"):
        return "tool"
    return "assistant" if word == "reasoning" or (word.endswith("_call") and word != "tool_call") else None
