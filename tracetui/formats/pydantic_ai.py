"""Pydantic AI message histories: `result.all_messages_json()`, requests and responses in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from tracetui.formats.chat_log import ChatLog, content_id, stem_of, text_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost, without
from tracetui.model import (
    Entry,
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Record,
    Severity,
    Skipped,
    Status,
    Usage,
)
from tracetui.words import CANCELLED

_KINDS = frozenset(("request", "response"))
_RESULTS = frozenset(("tool-return", "retry-prompt", "builtin-tool-return"))
_FAILED = frozenset(("retried", "failed", "denied"))
_RESPONSE_REST = (
    "provider_details",
    "provider_response_id",
    "vendor_id",
    "metadata",
    "state",
    "run_id",
    "failed_attempts",
)
_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise requests and responses by their `kind` and the `part_kind` of their parts."""
    values = [
        item for value in head.values[:3] for item in (value[:3] if isinstance(value, list) else [value])
    ]
    if any(_is_message(value) for value in values):
        return Match(92, "messages of kind request and response with part_kind")
    return None


def _is_message(value: JsonValue) -> bool:
    if not isinstance(value, dict) or first_text(value, ("kind",)) not in _KINDS:
        return False
    parts = value.get("parts")
    return isinstance(parts, list) and any(isinstance(part, dict) and "part_kind" in part for part in parts)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each conversation of the source; a list is a history of its own."""
    loose: dict[str, list[tuple[dict[str, Any], Origin]]] = {}
    last = ""
    for number, record in enumerate(records):
        several = record.value if isinstance(record.value, list) and record.value else None
        last = last if several is None else f"{number}/"
        for item in [record.value] if several is None else several:
            origin = record.origin if several is None else element_origin(record.origin, item)
            if isinstance(item, dict) and _is_message(item):
                named = first_text(item, ("conversation_id",))
                last = last if named is None else named if several is None else f"{number}/{named}"
                loose.setdefault(last, []).append((item, origin))
            else:
                yield Skipped(origin, "unknown_shape", "no message of Pydantic AI", Severity.WARNING)
    for messages in loose.values():
        yield from _run(messages, stem_of(source))


def _run(messages: list[tuple[dict[str, Any], Origin]], name: str) -> Iterator[Entry]:
    trace = content_id([value for value, _ in messages])
    chat = ChatLog(Transcript(trace, messages[0][1], name))
    root = chat.log.root
    root.session_id = first_text(messages[0][0], ("conversation_id",))
    told = _History(chat)
    for value, origin in messages:
        told.request(value, origin) if value["kind"] == "request" else told.response(value, origin)
    asked = next((text for m in chat.log.context if m.role == "user" and (text := text_of(m))), None)
    root.input, root.name = asked, (one_line(asked) or name)[:_LONGEST_NAME]
    last = messages[-1][0]
    if chat.calls and last["kind"] == "response":
        root.output = text_of(chat.calls[-1].output_messages[0]) if chat.calls[-1].output_messages else None
    if last.get("state") == "interrupted":
        root.status, root.error_type = Status.INTERRUPTED, CANCELLED
    yield from chat.entries()


class _History:
    def __init__(self, chat: ChatLog) -> None:
        self._chat = chat
        self._instructions: str | None = None

    def request(self, value: dict[str, Any], origin: Origin) -> None:
        """What the model is given: prompts, and what tools gave back."""
        log, at_ns = self._chat.log, to_ns(value.get("timestamp"))
        log.merge(origin)
        instructions = first_text(value, ("instructions",))
        if instructions and instructions != self._instructions:
            log.message(Message("system", (Part(PartType.TEXT, instructions),)))
            self._instructions = instructions
        for part in _dicts(value.get("parts")):
            word, then = first_text(part, ("part_kind",)), to_ns(part.get("timestamp")) or at_ns
            if word in _RESULTS and part.get("tool_name"):
                log.tool_result(_result(part, word), element_origin(origin, part), then)
                continue
            if word == "user-prompt":
                log.turn(as_text(part.get("content")), then)
            role = "system" if word == "system-prompt" else "user"
            log.message(Message(role, tuple(read_parts(part.get("content")))), None, then)

    def response(self, value: dict[str, Any], origin: Origin) -> None:
        """What the model answered."""
        parts = tuple(found for part in _dicts(value.get("parts")) for found in _said(part))
        message = Message("assistant", parts, finish_reason=first_text(value, ("finish_reason",)))
        span = self._chat.log.call(message, origin, to_ns(value.get("timestamp")))
        self._chat.calls.append(span)
        span.model, span.provider = first_text(value, ("model_name",)), first_text(value, ("provider_name",))
        span.usage = _usage(value.get("usage"))
        kept = {key: value[key] for key in _RESPONSE_REST if value.get(key) is not None}
        span.attributes = kept or None
        for part in _dicts(value.get("parts")):
            if part.get("part_kind") == "builtin-tool-return":
                self._chat.log.tool_result(_result(part, "builtin-tool-return"), element_origin(origin, part))


def _said(part: dict[str, Any]) -> list[Part]:
    word, content = first_text(part, ("part_kind",)), part.get("content")
    if word == "compaction":
        return [Part(PartType.COMPACTION, as_text(content))]
    if word == "thinking":
        return [Part(PartType.THINKING, as_text(content))]
    if word in ("tool-call", "builtin-tool-call"):
        own, name = first_text(part, ("tool_call_id",)), first_text(part, ("tool_name",))
        return [Part(PartType.TOOL_CALL, as_text(part.get("args")), own, name)]
    return [] if word == "builtin-tool-return" else read_parts(content)


def _result(part: dict[str, Any], word: str | None) -> Part:
    outcome = first_text(part, ("outcome",))
    failed = True if word == "retry-prompt" or outcome in _FAILED else False if outcome == "success" else None
    own, name = first_text(part, ("tool_call_id",)), first_text(part, ("tool_name",))
    return Part(PartType.TOOL_RESULT, as_text(part.get("content")), own, name, is_error=failed)


def _usage(found: JsonValue) -> Usage | None:
    usage = read_usage(found)
    if usage is None or not isinstance(found, dict):
        return usage
    figures = Figures()
    old_in, old_out = (figures.tokens(found, (key,)) for key in ("request_tokens", "response_tokens"))
    details = found.get("details")
    reasoning = figures.tokens(found, ("output_reasoning_tokens",)) or usage.reasoning_tokens
    if not reasoning and isinstance(details, dict):
        reasoning = figures.tokens(details, ("reasoning_tokens",))
    cached_audio = figures.tokens(found, ("cache_audio_read_tokens",))
    told = replace(
        usage,
        input_tokens=usage.input_tokens if usage.input_tokens is not None else old_in,
        output_tokens=usage.output_tokens if usage.output_tokens is not None else old_out,
        reasoning_tokens=reasoning,
        cache_write_1h_tokens=figures.tokens(found, ("cache_write_1h_tokens",)),
        input_audio_tokens=without(figures.tokens(found, ("input_audio_tokens",)), cached_audio),
        cache_read_audio_tokens=cached_audio,
        output_audio_tokens=figures.tokens(found, ("output_audio_tokens",)),
    )
    return with_cost(told, None, figures)


def _dicts(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


FORMAT = Format(
    name="pydantic_ai",
    title="Pydantic AI message histories",
    recognised_by="`kind` request or response, and parts with `part_kind`",
    produced_by="Pydantic AI: result.all_messages_json() or new_messages_json()",
    sniff=sniff,
    read=read,
)
