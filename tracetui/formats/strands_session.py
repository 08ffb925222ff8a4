"""Strands Agents sessions: the folder of a `FileSessionManager`, a file a message, or its messages in one file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tracetui.formats.chat_log import content_id, text_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_MS, to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    LogRecord,
    Merged,
    Message,
    Origin,
    Part,
    PartType,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_MESSAGE = frozenset(("message", "message_id", "created_at"))
_AGENT = frozenset(("agent_id", "state", "conversation_manager_state"))
_SESSION = frozenset(("session_id", "session_type", "created_at"))
_PLACE = re.compile(r"session_(?P<session>[^/\\]+)[/\\]agents[/\\]agent_(?P<agent>[^/\\]+)")
_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise stored messages, agents and sessions by their fields."""
    for value in head.values[:4]:
        for item in value[:2] if isinstance(value, list) else [value]:
            if _is_message(item):
                return Match(92, "messages with message_id and created_at")
            if isinstance(item, dict) and item.keys() >= _AGENT:
                return Match(92, "an agent with its state and conversation manager")
            if isinstance(item, dict) and item.keys() >= _SESSION and item["session_type"] == "AGENT":
                return Match(88, "a session of type AGENT")
    return None


def _is_message(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.keys() >= _MESSAGE and isinstance(value["message"], dict)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """The run of an agent, or the piece of it that the file holds: other files of the folder hold the rest."""
    store = _Store.at(source)
    for record in records:
        if isinstance(record.value, list) and record.value:
            for item in record.value:
                yield from store.tell(item, element_origin(record.origin, item))
        else:
            yield from store.tell(record.value, record.origin)


@dataclass(slots=True)
class _Store:
    trace: str
    session: str | None
    agent: str | None
    context: list[Message] = field(default_factory=list)
    last_ns: int | None = None
    number: int = 0

    @staticmethod
    def at(source: str) -> _Store:
        """Which run a file belongs to is told by its path."""
        found = _PLACE.search(source)
        if found:
            return _Store(f"{found['session']}/{found['agent']}", found["session"], found["agent"])
        return _Store(content_id(str(PurePosixPath(source.replace("\\", "/")).parent)), None, None)

    def tell(self, value: JsonValue, origin: Origin) -> Iterator[Entry]:
        if isinstance(value, dict) and _is_message(value):
            yield from self._message(value, origin)
        elif isinstance(value, dict) and value.keys() >= _AGENT:
            yield from self._agent(value, origin)
        elif isinstance(value, dict) and value.keys() >= _SESSION:
            yield Skipped(origin, "session_file", "the session's id and times, which its agents have as well")
        else:
            yield Skipped(
                origin, "unknown_shape", "no message, agent or session of Strands", Severity.WARNING
            )

    def _root(self, origin: Origin) -> Span:
        root = Span(self.trace, "run", origin, is_derived=True)
        root.kind, root.session_id, root.agent = SpanKind.AGENT, self.session, self.agent
        return root

    def _agent(self, value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        root = self._root(origin)
        root.is_derived = False
        root.agent = first_text(value, ("agent_id",))
        root.start_ns, root.end_ns = to_ns(value.get("created_at")), to_ns(value.get("updated_at"))
        kept = ("state", "conversation_manager_state", "_internal_state")
        root.attributes = {key: value[key] for key in kept if value.get(key) not in (None, {})} or None
        internal = value["_internal_state"] if isinstance(value.get("_internal_state"), dict) else {}
        waits = internal["interrupt_state"] if isinstance(internal.get("interrupt_state"), dict) else {}
        root.status = Status.INTERRUPTED if waits.get("activated") is True else Status.UNSET
        yield root
        asked = waits["interrupts"] if isinstance(waits.get("interrupts"), dict) else {}
        for key, item in asked.items():
            yield _approval(root, key, item if isinstance(item, dict) else {}, origin)

    def _message(self, value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        number = value["message_id"] if type(value["message_id"]) is int else self.number
        self.number = max(self.number, number) + 1
        at_ns = to_ns(value.get("created_at"))
        redacted = value.get("redact_message")
        body = redacted if isinstance(redacted, dict) else value["message"]
        messages = read_messages(body)
        if number == 0 and messages:
            root = self._root(origin)
            root.input = text_of(messages[0])
            root.name = (one_line(root.input) or "")[:_LONGEST_NAME] or None
            yield root
        message = messages[0] if messages else Message("user", ())
        if redacted is not None:
            text = "the message was redacted; the session keeps the original beside it"
            about = f"message-{number}" if message.role == "assistant" else "run"
            yield ImportIssue("vendor_redacted", text, line=origin.line, span_id=about, trace_id=self.trace)
        if message.role == "assistant":
            yield from self._call(number, message, body, origin, at_ns)
        else:
            yield from self._given(number, messages, origin, at_ns)
        self.context += messages
        self.last_ns = at_ns or self.last_ns

    def _call(
        self, number: int, message: Message, body: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> Iterator[Entry]:
        """A model call; the tools that it asks for begin."""
        span = Span(self.trace, f"message-{number}", origin, parent_id="run")
        about = body["metadata"] if isinstance(body.get("metadata"), dict) else {}
        span.kind, span.name, span.status, span.agent = SpanKind.LLM, "model call", Status.OK, self.agent
        span.usage, span.output_messages = read_usage(about.get("usage")), (message,)
        span.input_messages = tuple(self.context)
        metrics = about["metrics"] if isinstance(about.get("metrics"), dict) else {}
        span.attributes = {"metrics": metrics} if metrics else None
        span.end_ns, span.start_ns = at_ns, self._start(metrics, at_ns)
        yield span
        for part in message.parts:
            if part.type is PartType.TOOL_CALL and part.tool_call_id:
                tool = self._tool(part, origin)
                tool.is_derived, tool.input, tool.start_ns = True, part.content, at_ns
                yield tool

    def _start(self, metrics: dict[str, Any], at_ns: int | None) -> int | None:
        took_ms = metrics.get("latencyMs")
        if at_ns is not None and type(took_ms) is int and 0 < took_ms * NS_PER_MS < at_ns:
            return at_ns - took_ms * NS_PER_MS
        return self.last_ns or at_ns

    def _given(
        self, number: int, messages: tuple[Message, ...], origin: Origin, at_ns: int | None
    ) -> Iterator[Entry]:
        """What the next call is given: said by the user, or what tools gave back."""
        results = [
            part for message in messages for part in message.parts if part.type is PartType.TOOL_RESULT
        ]
        for place, part in enumerate(results):
            tool = self._tool(part, origin if place == 0 else element_origin(origin, part.content))
            tool.output, tool.end_ns = part.content, at_ns
            tool.status = Status.ERROR if part.is_error else Status.OK
            tool.error_message = one_line(part.content) if part.is_error else None
            yield tool
        after = f"message-{number + 1}"
        if self.context or not messages:
            # the call that follows is in this file and is given all of it
            if not results:
                yield Merged(origin, self.trace, "run")
            return
        event = Event("messages given", at_ns, {})
        place_of = element_origin(origin, [part.content for part in results]) if results else origin
        yield LogRecord(self.trace, after, place_of, event, input_messages=messages)

    def _tool(self, part: Part, origin: Origin) -> Span:
        own = part.tool_call_id or "unknown"
        tool = Span(self.trace, f"tool-{own}", origin, parent_id="run")
        tool.kind, tool.tool_call_id, tool.agent = SpanKind.TOOL, own, self.agent
        tool.name = tool.tool_name = part.tool_name
        return tool


def _approval(root: Span, key: str, item: dict[str, Any], origin: Origin) -> Span:
    """A question that the agent asks a person; it has no record of its own."""
    span = Span(root.trace_id, f"interrupt-{key}", origin, is_derived=True, parent_id=root.span_id)
    span.kind, span.name = SpanKind.APPROVAL, first_text(item, ("name",)) or "interrupt"
    span.input, span.output = as_text(item.get("reason")), as_text(item.get("response"))
    span.status = Status.OK if item.get("response") is not None else Status.INTERRUPTED
    span.start_ns = root.end_ns
    return span


FORMAT = Format(
    name="strands_session",
    title="Strands Agents sessions",
    recognised_by="messages with `message_id` and `created_at`, an agent with `conversation_manager_state`",
    produced_by="Strands Agents: the folder session_<id> of FileSessionManager, or its messages in one file",
    sniff=sniff,
    read=read,
)
