"""Plain chat messages: a message a line, a conversation a line or document, a request with its response, ShareGPT, items of OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import ChatLog, content_id, is_message, stem_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first, first_text, read_parts
from tracetui.formats.messages import read_messages
from tracetui.formats.response_items import is_item, tell_items
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import Entry, JsonValue, Message, Origin, Record, Severity, Skipped, Span

_LISTS = ("messages", "conversation", "conversations", "chat", "dialogue", "history", "items", "data")
_SYSTEM = ("system", "system_prompt", "instructions")
_RESPONSES = ("response", "completion", "output", "choices")
_RUN_IDS = ("conversation_id", "session_id", "thread_id", "trace_id", "id")
_ROLES = frozenset(("user", "assistant", "system", "developer", "tool", "function", "model", "human", "ai"))
_SPEAKERS = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
             "user": "user", "assistant": "assistant", "system": "system", "tool": "tool", "observation": "tool",
             "function_call": "assistant"}  # fmt: skip
_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise messages by role and content, conversations by a list of such; loosely, other formats go first."""
    values = [
        item for value in head.values[:6] for item in (value[:3] if isinstance(value, list) else [value])
    ]
    if not values:
        return None
    if all(_is_said(value) for value in values):
        return Match(40, "chat messages with role and content")
    if all(_conversation(value) is not None for value in values):
        return Match(38, "conversations: lists of chat messages")
    return None


def _is_said(value: JsonValue) -> bool:
    return is_item(value) or (
        is_message(value) and isinstance(value, dict) and value["role"].lower() in _ROLES
    )


def _conversation(value: JsonValue) -> list[Any] | None:
    """The messages of a conversation; None where the value holds none."""
    if isinstance(value, list):
        found: JsonValue = value
    else:
        found = first(value, _LISTS) if isinstance(value, dict) and "trajectory_format" not in value else None
    if not isinstance(found, list) or not found:
        return None
    return found if all(_is_said(item) or _is_shared(item) for item in found[:4]) else None


def _is_shared(value: JsonValue) -> bool:
    """ShareGPT's `{from, value}`."""
    return (
        isinstance(value, dict)
        and first_text(value, ("from",)) in _SPEAKERS
        and isinstance(value.get("value"), str)
    )


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each conversation; messages that stand alone in the source are one run, or one for each id they name."""
    loose: dict[str, list[tuple[JsonValue, Origin]]] = {}
    number = 0
    for record in records:
        value = record.value
        messages = _conversation(value)
        if messages is not None:
            number += 1
            yield from _run(value, messages, record.origin, f"{stem_of(source)} {number}")
        elif _is_said(value) and isinstance(value, dict):
            key = first_text(value, _RUN_IDS[:-1]) or ""
            loose.setdefault(key, []).append((value, record.origin))
        else:
            yield Skipped(
                record.origin, "unknown_shape", "neither a chat message nor a conversation", Severity.WARNING
            )
    for key, said in loose.items():
        yield from _loose(key, said, stem_of(source))


def _run(value: JsonValue, messages: list[Any], origin: Origin, name: str) -> Iterator[Entry]:
    about: dict[str, Any] = value if isinstance(value, dict) else {}
    chat = ChatLog(Transcript(content_id(value), origin, name))
    root = chat.log.root
    root.is_derived, root.session_id = False, first_text(about, _RUN_IDS[:3])
    root.tools_offered = read_tools(about.get("tools"))
    rest = {key: found for key, found in about.items() if key not in (*_LISTS, "tools") and found is not None}
    root.attributes = rest or None
    for text in (about.get(key) for key in _SYSTEM if about.get(key) is not None):
        chat.log.message(Message("system", tuple(read_parts(text))))
    tell_items(chat, ((_unshared(message), element_origin(origin, message)) for message in messages))
    _respond(chat, about, origin)
    _finish(root, chat, about)
    yield from chat.entries()


def _unshared(value: JsonValue) -> JsonValue:
    if isinstance(value, dict) and "role" not in value and _is_shared(value):
        return {**value, "role": _SPEAKERS[value["from"]], "content": value["value"]}
    return value


def _respond(chat: ChatLog, about: dict[str, Any], origin: Origin) -> None:
    """A request together with its response: the answer is one more call."""
    response = first(about, _RESPONSES)
    whole = {"choices": response} if isinstance(response, list) else response
    found = read_messages(whole, "assistant") if isinstance(whole, (dict, str)) else ()
    if found:
        body: dict[str, Any] = whole if isinstance(whole, dict) else {}
        span = chat.tell(found[-1:], {**about, **body}, element_origin(origin, response), None)
        if span is not None:
            span.tools_offered = read_tools(about.get("tools"))


def _loose(key: str, said: list[tuple[JsonValue, Origin]], name: str) -> Iterator[Entry]:
    chat = ChatLog(Transcript(content_id([value for value, _ in said]), said[0][1], name))
    chat.log.root.session_id = key or None
    tell_items(chat, said)
    _finish(chat.log.root, chat, {})
    yield from chat.entries()


def _finish(root: Span, chat: ChatLog, about: dict[str, Any]) -> None:
    asked = next((m for m in chat.log.context if m.role == "user" and m.parts), None)
    root.input = asked.parts[0].content if asked else None
    root.name = (one_line(root.input) or root.name or "conversation")[:_LONGEST_NAME]
    root.output = next(
        (as_text(p.content) for call in chat.calls[-1:] for m in call.output_messages for p in m.parts), None
    )
    for call in chat.calls:
        call.model = call.model or first_text(about, ("model",))
    if len(chat.calls) == 1 and chat.calls[0].usage is None:
        chat.calls[0].usage = read_usage(about.get("usage"))


FORMAT = Format(
    name="chat_messages",
    title="Plain chat messages",
    recognised_by="objects with `role` and `content`, or lists of them under `messages`; items of the Responses API",
    produced_by="chat histories in OpenAI's or Anthropic's shape, fine-tuning files, request logs, ShareGPT",
    sniff=sniff,
    read=read,
)
