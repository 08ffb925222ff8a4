"""AutoGen and AG2: results and events of AgentChat, recorded model calls, and Magentic-One conversations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.agent_turns import AgentTurns, is_agent_message
from tracetui.formats.autogen_events import EVENT_TYPES, tell_event
from tracetui.formats.autogen_state import is_saved, tell_saved
from tracetui.formats.chat_log import ChatLog, content_id, stem_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped, Span, SpanKind, Status

_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise AgentChat's message types, recorded calls, and roles that are agents' names."""
    values = [item for value in head.values[:8] for item in (value if isinstance(value, list) else [value])][
        :8
    ]
    if any(is_saved(value) for value in values):
        return Match(90, "a state that AutoGen's save_state() gave")
    if any(_is_event(value) or _is_result(value) for value in values):
        return Match(90, "messages of AutoGen AgentChat with source and type")
    if any(_is_call(value) for value in values):
        return Match(85, "recorded model calls of AutoGen")
    if sum(is_agent_message(value) for value in values) >= 1:
        return Match(70, "messages whose roles name agents, as Magentic-One writes them")
    return None


def _is_event(value: JsonValue) -> bool:
    return isinstance(value, dict) and first_text(value, ("type",)) in EVENT_TYPES and "source" in value


def _is_result(value: JsonValue) -> bool:
    found = value.get("messages") if isinstance(value, dict) else None
    return isinstance(found, list) and any(_is_event(item) for item in found[:3])


def _is_call(value: JsonValue) -> bool:
    return (
        isinstance(value, dict)
        and first_text(value, ("mode",)) in ("create", "create_stream")
        and "response" in value
    )


def _is_told(value: JsonValue) -> bool:
    return _is_event(value) or _is_call(value) or is_agent_message(value)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each result; events, calls or messages that stand alone in the source are one run together."""
    loose: list[tuple[JsonValue, Origin]] = []
    saved: list[tuple[dict[str, Any], Origin]] = []
    has_results = False
    for record in records:
        if is_saved(record.value):
            saved.append((record.value, record.origin))
        elif isinstance(record.value, dict) and _is_result(record.value):
            has_results = True
            yield from _result(record.value, record.origin)
        elif isinstance(record.value, list) and record.value:
            loose += [(item, element_origin(record.origin, item)) for item in record.value]
        else:
            loose.append((record.value, record.origin))
    if (has_results or saved) and not any(_is_told(value) for value, _ in loose):
        for _, origin in loose:
            yield Skipped(origin, "unknown_shape", "no message of an agent", Severity.WARNING)
    elif loose:
        yield from _told(loose, source)
    if saved:
        yield from _saved(saved, source)


def _result(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    chat = ChatLog(Transcript(content_id(value), origin, "AutoGen run"))
    root = chat.log.root
    root.is_derived, root.status = False, Status.OK
    kept = {key: found for key, found in value.items() if key != "messages" and found is not None}
    root.attributes = kept or None
    for event in value["messages"]:
        tell_event(chat, event, element_origin(origin, event))
    _stop(root, first_text(value, ("stop_reason",)))
    _name(root, chat)
    yield from chat.entries()


def _stop(root: Span, reason: str | None) -> None:
    """A limit that ended a run is its error."""
    if reason and reason.lower().startswith(("max", "timeout", "token")):
        root.status, root.error_type, root.error_message = Status.ERROR, "stopped", one_line(reason)


def _saved(saved: list[tuple[dict[str, Any], Origin]], source: str) -> Iterator[Entry]:
    """States saved one after another, as a team's after each of its turns, are one run."""
    chat = ChatLog(Transcript(content_id([value for value, _ in saved]), saved[0][1], stem_of(source)))
    tell_saved(chat, saved)
    _name(chat.log.root, chat)
    yield from chat.entries()


def _told(loose: list[tuple[JsonValue, Origin]], source: str) -> Iterator[Entry]:
    trace = content_id([value for value, _ in loose])
    chat = ChatLog(Transcript(trace, loose[0][1], stem_of(source)))
    turns = AgentTurns(chat)
    for value, origin in loose:
        if isinstance(value, dict) and _is_event(value):
            tell_event(chat, value, origin)
        elif isinstance(value, dict) and _is_call(value):
            _call(chat, value, origin)
        else:
            turns.add(value, origin)
    last = loose[-1][0]
    if isinstance(last, dict) and str(last.get("role")).endswith("(termination condition)"):
        _stop(chat.log.root, first_text(last, ("content",)))
    _name(chat.log.root, chat)
    yield from chat.entries()


def _name(root: Span, chat: ChatLog) -> None:
    asked = next((m for m in chat.log.context if m.role == "user"), None)
    text = asked.parts[0].content if asked and asked.parts else None
    root.input = text
    root.name = (one_line(text) or root.name or "AutoGen run")[:_LONGEST_NAME]


def _call(chat: ChatLog, value: dict[str, Any], origin: Origin) -> None:
    """A model call as recorded for replay: everything it was given, and the response."""
    response = value["response"] if isinstance(value.get("response"), dict) else {}
    span = chat.log.call(None, origin)
    span.kind = SpanKind.LLM
    span.input_messages = read_messages(value.get("messages"))
    span.output_messages = read_messages([{**response, "role": "assistant"}], "assistant")
    span.output = as_text(response.get("content"))
    span.usage = read_usage(response.get("usage"))
    reason = first_text(response, ("finish_reason",))
    span.finish_reasons = (reason,) if reason else ()
    cached = response.get("cached")
    span.attributes = {"cached": cached} if cached is not None else None


FORMAT = Format(
    name="autogen",
    title="AutoGen and AG2",
    recognised_by="messages with `source` and an AgentChat `type`, saved states, recorded calls, or roles that name agents",
    produced_by="AutoGen AgentChat: result.model_dump_json(), a line an event, or save_state(); Magentic-One logs",
    sniff=sniff,
    read=read,
)
