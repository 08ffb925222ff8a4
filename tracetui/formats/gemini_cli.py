"""Gemini CLI: the chat files below `~/.gemini/tmp`, and what it prints with `--output-format stream-json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.gemini_chat import Chat
from tracetui.formats.gemini_stream import STREAM_TYPES, Streams
from tracetui.formats.message_parts import first_text
from tracetui.model import Entry, JsonValue, Record, Severity, Skipped

_CHAT = frozenset(("sessionId", "messages"))
_HEADER = frozenset(("sessionId", "projectHash"))
_SPEAKERS = frozenset(("user", "gemini", "model", "info", "error", "warning"))


def sniff(head: Head) -> Match | None:
    """Recognise a chat file by its session and speakers, a stream by its tools or its first line."""
    for value in head.values:
        if not isinstance(value, dict):
            continue
        if "projectHash" in value and (value.keys() >= _CHAT or value.keys() >= _HEADER):
            return Match(92, "a chat with sessionId and projectHash", None)
        if value.keys() >= _CHAT and _has_speakers(value["messages"]):
            return Match(70, "a chat with sessionId and messages of type gemini", None)
        word = first_text(value, ("type",))
        if word == "tool_use" and value.keys() >= {"tool_name", "tool_id", "parameters"}:
            return Match(85, "lines tool_use with tool_name and tool_id", None)
        if word == "init" and value.keys() >= {"session_id", "model"}:
            return Match(85, "the line init of a stream", None)
    return None


def _has_speakers(messages: JsonValue) -> bool:
    items = messages[:10] if isinstance(messages, list) else []
    return any(
        isinstance(item, dict) and first_text(item, ("type",)) in ("gemini", "model") for item in items
    )


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session: turns, model calls and tools."""
    chat: Chat | None = None
    streams = Streams(source)
    for record in records:
        value, origin = record.value, record.origin
        if isinstance(value, dict) and isinstance(value.get("messages"), list):
            yield from _document(value, record, source)
        elif isinstance(value, dict) and (_is_header(value) or chat is not None):
            if chat is None or _is_header(value):
                yield from chat.entries() if chat is not None else ()
                chat = Chat.begin(value, source, origin)
                chat.log.merge(origin)
            else:
                yield from chat.line(value, origin)
        elif isinstance(value, dict) and first_text(value, ("type",)) in STREAM_TYPES:
            streams.take(value, origin)
        else:
            yield Skipped(origin, "unknown_shape", "neither a chat nor a line of a stream", Severity.WARNING)
    yield from chat.entries() if chat is not None else ()
    yield from streams.entries()


def _is_header(value: dict[str, Any]) -> bool:
    return value.keys() >= _HEADER and "type" not in value


def _document(value: dict[str, Any], record: Record, source: str) -> Iterator[Entry]:
    if not value["messages"]:
        yield Skipped(record.origin, "empty_session", "the chat holds no messages")
        return
    chat = Chat.begin(value, source, record.origin)
    for item in value["messages"]:
        origin = element_origin(record.origin, item)
        if isinstance(item, dict):
            yield from chat.line(item, origin)
        else:
            yield Skipped(origin, "unknown_shape", "a message that is no object", Severity.WARNING)
    yield from chat.entries()


FORMAT = Format(
    name="gemini_cli",
    title="Gemini CLI",
    recognised_by="a chat with sessionId and projectHash, or lines init, tool_use and tool_result",
    produced_by="Gemini CLI: ~/.gemini/tmp/<project>/chats/session-*.json, `gemini --output-format stream-json`",
    sniff=sniff,
    read=read,
)
