"""OpenHands events of the first generation: actions become calls and tools, observations their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import integer_value
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Event,
    Message,
    Origin,
    Part,
    PartType,
    Span,
    SpanKind,
    Status,
    ToolDefinition,
)
from tracetui.reading.lenient import dumps
from tracetui.words import CANCELLED

_NOT_CALLED = frozenset(
    ("change_agent_state", "null", "recall", "agent_state_changed", "condensation_request")
)
_STATES = {
    "error": Status.ERROR,
    "finished": Status.OK,
    "awaiting_user_input": Status.OK,
    "awaiting_user_confirmation": Status.INTERRUPTED,
    "paused": Status.INTERRUPTED,
    "stopped": Status.INTERRUPTED,
}
_NOTED = ("message", "args", "extras", "content", "key", "value", "detail", "code")
_LONGEST_NAME = 100
UNNAMED = "OpenHands conversation"
"""The name of a run until a user says something."""
REJECTED = "rejected by the user"
"""The error type of a tool call that a person refused."""
_FINE = (0, -1)
"""Exit codes of what went well, and of a command that had not ended when it was looked at, such as a server."""


@dataclass(slots=True)
class Events:
    """The events of one conversation, told to a transcript."""

    log: Transcript
    _calls: dict[str, Span] = field(default_factory=dict)
    _call_of: dict[str, str] = field(default_factory=dict)
    _tools: tuple[ToolDefinition, ...] = ()

    def take(self, event: dict[str, Any], origin: Origin) -> None:
        """One event."""
        at_ns = to_ns(event.get("timestamp"))
        if first_text(event, ("observation",)):
            self._observed(event, origin, at_ns)
        else:
            self._acted(event, origin, at_ns)

    def _acted(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        word, source = first_text(event, ("action",)) or "event", first_text(event, ("source",))
        args = event["args"] if isinstance(event.get("args"), dict) else {}
        if word == "system":
            self._tools = read_tools(args.get("tools"))
            self.log.message(said("system", as_text(args.get("content"))), origin, at_ns)
        elif word == "message" and source == "user":
            asked(self.log, as_text(args.get("content")) or first_text(event, ("message",)), origin, at_ns)
        elif word == "condensation":
            condensed(self.log, args, origin, at_ns)
        elif word in _NOT_CALLED or source != "agent":
            note(self.log, word, event, origin, at_ns)
        else:
            self._called(word, args, event, origin, at_ns)

    def _called(
        self, word: str, args: dict[str, Any], event: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        """An action of the agent: a model call where its response is new, and the tool that it asked for."""
        meta = event["tool_call_metadata"] if isinstance(event.get("tool_call_metadata"), dict) else {}
        response = meta["model_response"] if isinstance(meta.get("model_response"), dict) else {}
        number = as_text(event.get("id"))
        call_id = first_text(meta, ("tool_call_id",)) or f"event-{number}"
        self._call_of[number or ""] = call_id
        own = first_text(response, ("id",))
        span = self._calls.get(own or "")
        if span is not None:
            self.log.merge(origin, span.span_id)
        else:
            message = _answer(response) or _plain(word, args, event, call_id)
            span = self.log.call(message, origin, at_ns)
            span.model, span.usage = first_text(response, ("model",)), read_usage(response.get("usage"))
            span.tools_offered = self._tools
            self._calls[own or f"#{len(self._calls)}"] = span
        tool = self.log.tool_of(call_id)
        if tool is not None:
            tool.kind_original = word
            if word == "finish":
                self._close(tool, as_text(args.get("final_thought")), at_ns)
                self.log.root.status = Status.OK

    def _close(self, tool: Span, answer: str | None, at_ns: int | None) -> None:
        """The call that ends the run has no result of its own."""
        part = Part(PartType.TOOL_RESULT, answer, tool.tool_call_id, is_error=False)
        self.log.tool_result(part, tool.origin, at_ns, owns_record=False)
        self.log.root.output = answer or self.log.root.output

    def _observed(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        word = first_text(event, ("observation",)) or "event"
        extras = event["extras"] if isinstance(event.get("extras"), dict) else {}
        call_id = self._call_of.get(as_text(event.get("cause")) or "")
        text = as_text(event.get("content"))
        if self.log.tool_of(call_id) is None or word == "null":
            self._beside(word, event, extras, origin, at_ns)
            return
        metadata = extras["metadata"] if isinstance(extras.get("metadata"), dict) else {}
        code = integer_value(metadata.get("exit_code", extras.get("exit_code")))
        # `success` only repeats an exit code, and says no of a command that had not ended
        failed = word == "error" or (event.get("success") is False if code is None else code not in _FINE)
        span = self.log.tool_result(Part(PartType.TOOL_RESULT, text, call_id, is_error=failed), origin, at_ns)
        if failed:
            span.error_type = f"exit code {code}" if code else "error"
        if word == "user_rejected":
            span.status, span.error_type = Status.INTERRUPTED, REJECTED
        kept = {key: value for key, value in extras.items() if key not in ("command", "code")}
        span.attributes = {"extras": kept} if kept else None

    def _beside(
        self, word: str, event: dict[str, Any], extras: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        """What no tool asked for: states, context that was looked up, errors of the program."""
        text = as_text(event.get("content"))
        if word == "recall":
            told = {key: value for key, value in extras.items() if value}
            self.log.message(said("user", dumps(told)), origin, at_ns)
            return
        if word == "error":
            self.log.message(said("user", text))
        state = first_text(extras, ("agent_state",))
        if word == "agent_state_changed" and state is not None:
            root = self.log.root
            root.status = _STATES.get(state)
            root.error_type = CANCELLED if state == "stopped" else None
            root.error_message = one_line(first_text(extras, ("reason",))) if state == "error" else None
        note(self.log, word, event, origin, at_ns)


def asked(log: Transcript, text: str | None, origin: Origin, at_ns: int | None) -> None:
    """A user says something: a turn begins, the first names the run."""
    if log.root.name == UNNAMED:
        log.root.name = (one_line(text) or UNNAMED)[:_LONGEST_NAME]
    log.root.input = log.root.input or text
    log.turn(text, at_ns)
    log.message(said("user", text), origin, at_ns)


def condensed(log: Transcript, told: dict[str, Any], origin: Origin, at_ns: int | None) -> Span:
    """From here the model is given a summary in the place of what was said: the step that made it."""
    step = log.step(SpanKind.MEMORY, "condensation", origin, at_ns)
    step.status, step.output, step.attributes = Status.OK, first_text(told, ("summary",)), {"args": told}
    step.start_ns = at_ns
    kept = [message for message in log.context if message.role == "system"]
    log.compact([*kept, Message("user", (Part(PartType.COMPACTION, step.output),))], at_ns)
    return step


def note(log: Transcript, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    """What happened beside the conversation: an event of the run."""
    kept = {key: event[key] for key in _NOTED if event.get(key)}
    log.root.events = [*log.root.events, Event(word, at_ns, kept)]
    log.merge(origin)


def said(role: str, text: str | None) -> Message:
    """A message of text alone."""
    return Message(role, (Part(PartType.TEXT, text),))


def _answer(response: dict[str, Any]) -> Message | None:
    found = (
        read_messages({"choices": response["choices"]}, "assistant")
        if isinstance(response.get("choices"), list)
        else ()
    )
    return found[0] if found else None


def _plain(word: str, args: dict[str, Any], event: dict[str, Any], call_id: str) -> Message:
    """An answer of which only the action is known."""
    text = first_text(args, ("thought",)) or (first_text(args, ("content",)) if word == "message" else None)
    words = (Part(PartType.TEXT, text),) if text else ()
    if word == "message":
        return Message("assistant", words or (Part(PartType.TEXT, first_text(event, ("message",))),))
    given = {key: value for key, value in args.items() if key != "thought"}
    return Message("assistant", (*words, Part(PartType.TOOL_CALL, dumps(given), call_id, word)))
