"""OpenHands events, of the first and the second generation: actions become calls and tools, observations their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import Event, Message, Origin, Part, PartType, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

_NOT_CALLED = frozenset(
    ("change_agent_state", "null", "recall", "agent_state_changed", "condensation_request")
)
_ENDS = {"error": Status.ERROR, "finished": Status.OK, "stopped": Status.INTERRUPTED}
_LONGEST_NAME = 100
_STILL_RUNNING = -1
"""The exit code of a command that had not ended when it was looked at."""


@dataclass(slots=True)
class Events:
    """The events of one conversation, told to a transcript."""

    log: Transcript
    _calls: dict[str, Span] = field(default_factory=dict)
    _call_of: dict[str, str] = field(default_factory=dict)

    def take(self, event: dict[str, Any], origin: Origin) -> None:
        """One event."""
        at_ns = to_ns(event.get("timestamp"))
        if first_text(event, ("kind",)):
            self._second(event, origin, at_ns)
        elif first_text(event, ("observation",)):
            self._observed(event, origin, at_ns)
        else:
            self._acted(event, origin, at_ns)

    # --- first generation --------------------------------------------------------------------------------------

    def _acted(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        word, source = first_text(event, ("action",)) or "event", first_text(event, ("source",))
        args = event["args"] if isinstance(event.get("args"), dict) else {}
        if word == "system":
            self.log.message(_said("system", as_text(args.get("content"))), origin, at_ns)
        elif word == "message" and source == "user":
            self._asked(as_text(args.get("content")) or first_text(event, ("message",)), origin, at_ns)
        elif word == "condensation":
            self._condensed(args, origin, at_ns)
        elif word in _NOT_CALLED or source != "agent":
            self._note(word, event, origin, at_ns)
        else:
            self._called(word, args, event, origin, at_ns)

    def _asked(self, text: str | None, origin: Origin, at_ns: int | None) -> None:
        if self.log.root.name == "OpenHands conversation":
            self.log.root.name = (one_line(text) or "OpenHands conversation")[:_LONGEST_NAME]
        self.log.root.input = self.log.root.input or text
        self.log.turn(text, at_ns)
        self.log.message(_said("user", text), origin, at_ns)

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
        failed = word == "error" or event.get("success") is False or code not in (None, 0, _STILL_RUNNING)
        span = self.log.tool_result(Part(PartType.TOOL_RESULT, text, call_id, is_error=failed), origin, at_ns)
        if failed:
            span.error_type = f"exit code {code}" if code else "error"
        if word == "user_rejected":
            span.status = Status.INTERRUPTED
        kept = {key: value for key, value in extras.items() if key not in ("command", "code")}
        span.attributes = {"extras": kept} if kept else None

    def _beside(
        self, word: str, event: dict[str, Any], extras: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        """What no tool asked for: states, context that was looked up, errors of the program."""
        text = as_text(event.get("content"))
        if word == "recall":
            told = {key: value for key, value in extras.items() if value}
            self.log.message(_said("user", dumps(told)), origin, at_ns)
            return
        if word == "error":
            self.log.message(_said("user", text))
        state = first_text(extras, ("agent_state",))
        if word == "agent_state_changed" and state in _ENDS:
            self.log.root.status = _ENDS[state]
            self.log.root.error_message = (
                one_line(first_text(extras, ("reason",))) if state == "error" else None
            )
        self._note(word, event, origin, at_ns)

    def _condensed(self, args: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        step = self.log.step(SpanKind.MEMORY, "condensation", origin, at_ns)
        step.status, step.output, step.attributes = Status.OK, first_text(args, ("summary",)), {"args": args}
        step.start_ns = at_ns
        kept = [message for message in self.log.context if message.role == "system"]
        self.log.compact([*kept, Message("user", (Part(PartType.COMPACTION, step.output),))], at_ns)

    def _note(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        kept = {
            key: event[key]
            for key in ("message", "args", "extras", "content", "key", "value")
            if event.get(key)
        }
        self.log.root.events = [*self.log.root.events, Event(word, at_ns, kept)]
        self.log.merge(origin)

    # --- second generation -------------------------------------------------------------------------------------

    def _second(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        word = first_text(event, ("kind",)) or ""
        if word == "SystemPromptEvent":
            prompt = event["system_prompt"] if isinstance(event.get("system_prompt"), dict) else {}
            self.log.message(_said("system", first_text(prompt, ("text",))), origin, at_ns)
        elif word == "MessageEvent":
            self._spoken(event, origin, at_ns)
        elif word == "ActionEvent":
            self._action(event, origin, at_ns)
        elif first_text(event, ("tool_call_id",)) and word in _RESULTS:
            self._result(word, event, origin, at_ns)
        elif word == "Condensation":
            self._condensed(event, origin, at_ns)
        else:
            if word == "ConversationErrorEvent":
                self.log.root.status, self.log.root.error_type = Status.ERROR, first_text(event, ("code",))
                self.log.root.error_message = one_line(first_text(event, ("detail",)))
            self._note(word, event, origin, at_ns)

    def _spoken(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        said = event["llm_message"] if isinstance(event.get("llm_message"), dict) else {}
        parts = tuple(read_parts(said.get("content")))
        if first_text(event, ("source",)) == "agent":
            self.log.call(Message("assistant", parts), origin, at_ns)
        else:
            self._asked("\n".join(part.content or "" for part in parts) or None, origin, at_ns)

    def _action(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        call = event["tool_call"] if isinstance(event.get("tool_call"), dict) else {}
        thought = read_parts(event.get("thought"))
        reasoning = first_text(event, ("reasoning_content",))
        asked = Part(
            PartType.TOOL_CALL,
            first_text(call, ("arguments",)) or dumps(event.get("action")),
            first_text(event, ("tool_call_id",)),
            first_text(event, ("tool_name",)),
        )
        thinking = [Part(PartType.THINKING, reasoning)] if reasoning else []
        message = Message("assistant", (*thinking, *thought, asked))
        own = first_text(event, ("llm_response_id",))
        span = self._calls.get(own or "")
        if span is None:
            self._calls[own or f"#{len(self._calls)}"] = self.log.call(message, origin, at_ns)
        else:
            self.log.extend_call(span, message, at_ns)
            self.log.merge(origin, span.span_id)

    def _result(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        seen = event["observation"] if isinstance(event.get("observation"), dict) else {}
        text = first_text(event, ("error", "rejection_reason"))
        content = (
            text or "\n".join(part.content or "" for part in read_parts(seen.get("content"))) or dumps(seen)
        )
        failed = word == "AgentErrorEvent" or seen.get("is_error") is True
        part = Part(
            PartType.TOOL_RESULT,
            content,
            first_text(event, ("tool_call_id",)),
            first_text(event, ("tool_name",)),
            is_error=failed,
        )
        span = self.log.tool_result(part, origin, at_ns)
        if word == "UserRejectObservation":
            span.status = Status.INTERRUPTED
        span.attributes = {"observation": seen} if seen else None


_RESULTS = frozenset(("ObservationEvent", "AgentErrorEvent", "UserRejectObservation"))


def _said(role: str, text: str | None) -> Message:
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
    said = (Part(PartType.TEXT, text),) if text else ()
    if word == "message":
        return Message("assistant", said or (Part(PartType.TEXT, first_text(event, ("message",))),))
    asked = {key: value for key, value in args.items() if key != "thought"}
    return Message("assistant", (*said, Part(PartType.TOOL_CALL, dumps(asked), call_id, word)))
