"""OpenHands events of the second generation, as its SDK writes them, and the state of a conversation that it keeps beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import integer_value, number_value
from tracetui.formats.message_parts import first_text, read_parts
from tracetui.formats.openhands_events import REJECTED, asked, condensed, note, said
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import (
    JsonValue,
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

_RESULTS = frozenset(("ObservationEvent", "AgentErrorEvent", "UserRejectObservation"))
_STATUS: Mapping[str, tuple[Status, str | None]] = MappingProxyType(
    {
        "finished": (Status.OK, None),
        "error": (Status.ERROR, None),
        "stuck": (Status.ERROR, "stuck"),
        "paused": (Status.INTERRUPTED, CANCELLED),
        "waiting_for_confirmation": (Status.INTERRUPTED, None),
    }
)
_GOES_ON = frozenset(("MessageEvent", "ActionEvent"))
_STILL_RUNNING = -1
_LONGEST_S = 10**6


@dataclass(slots=True)
class SdkEvents:
    """The events of one conversation, told to a transcript, and the state that tells of its calls as a whole."""

    log: Transcript
    _calls: dict[str, Span] = field(default_factory=dict)
    _tools: tuple[ToolDefinition, ...] = ()
    _state: dict[str, Any] = field(default_factory=dict)

    def take(self, event: dict[str, Any], origin: Origin) -> None:
        """One event."""
        at_ns, word = to_ns(event.get("timestamp")), first_text(event, ("kind",)) or ""
        if word in _GOES_ON:
            root = self.log.root
            root.status = root.error_type = root.error_message = None
        if word == "SystemPromptEvent":
            prompt = event["system_prompt"] if isinstance(event.get("system_prompt"), dict) else {}
            self._tools = tuple(_tools(event.get("tools")))
            self.log.message(said("system", first_text(prompt, ("text",))), origin, at_ns)
        elif word == "MessageEvent":
            self._spoken(event, origin, at_ns)
        elif word == "ActionEvent":
            self._action(event, origin, at_ns)
        elif first_text(event, ("tool_call_id",)) and word in _RESULTS:
            self._result(word, event, origin, at_ns)
        elif word == "Condensation":
            self._calls[first_text(event, ("llm_response_id",)) or word] = condensed(
                self.log, event, origin, at_ns
            )
        else:
            self._beside(word, event)
            note(self.log, word, event, origin, at_ns)

    def keep(self, state: dict[str, Any]) -> None:
        """The state of the conversation as it was saved last."""
        self._state = state

    def end(self) -> None:
        """No event comes any more: what the state says of the calls and of the end."""
        agent = self._state["agent"] if isinstance(self._state.get("agent"), dict) else {}
        llm = agent["llm"] if isinstance(agent.get("llm"), dict) else {}
        for span in self.log.steps:
            if span.kind is SpanKind.LLM:
                span.model = span.model or first_text(llm, ("model",))
        self._measure()
        self._settle(self._state.get("execution_status"))
        kept = {
            key: value for key, value in self._state.items() if key not in ("id", "agent", "stats") and value
        }
        if kept:
            self.log.root.attributes = kept

    def _settle(self, word: JsonValue) -> None:
        """How the conversation stands; a word for no end changes nothing, a known error keeps its type."""
        root = self.log.root
        status, error_type = _STATUS.get(word, (None, None)) if isinstance(word, str) else (None, None)
        if status is not None and (status is not root.status or root.error_type is None):
            root.status, root.error_type = status, error_type

    def _beside(self, word: str, event: dict[str, Any]) -> None:
        root = self.log.root
        if word == "ConversationErrorEvent":
            root.status, root.error_type = Status.ERROR, first_text(event, ("code",))
            root.error_message = one_line(first_text(event, ("detail",)))
        elif word in ("PauseEvent", "InterruptEvent"):
            root.status, root.error_type = Status.INTERRUPTED, CANCELLED
        elif word == "ConversationStateUpdateEvent" and event.get("key") == "execution_status":
            self._settle(event.get("value"))

    def _spoken(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        told = event["llm_message"] if isinstance(event.get("llm_message"), dict) else {}
        parts = tuple(read_parts(told.get("content")))
        text = "\n".join(part.content or "" for part in parts) or None
        if first_text(event, ("source",)) != "agent":
            asked(self.log, text, origin, at_ns)
            return
        self._called(event, Message("assistant", parts), origin, at_ns)
        self.log.root.status, self.log.root.output = Status.OK, text

    def _action(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        call = event["tool_call"] if isinstance(event.get("tool_call"), dict) else {}
        thought = [part for part in read_parts(event.get("thought")) if part.content]
        reasoning = first_text(event, ("reasoning_content",))
        wanted = Part(
            PartType.TOOL_CALL,
            first_text(call, ("arguments",)) or dumps(event.get("action")),
            first_text(event, ("tool_call_id",)),
            first_text(event, ("tool_name",)),
        )
        thinking = [Part(PartType.THINKING, reasoning)] if reasoning else []
        self._called(event, Message("assistant", (*thinking, *thought, wanted)), origin, at_ns)

    def _called(self, event: dict[str, Any], message: Message, origin: Origin, at_ns: int | None) -> None:
        """An answer of the model, which several events may share."""
        own = first_text(event, ("llm_response_id",))
        span = self._calls.get(own or "")
        if span is not None:
            self.log.extend_call(span, message, at_ns)
            self.log.merge(origin, span.span_id)
            return
        span = self.log.call(message, origin, at_ns)
        span.tools_offered = self._tools
        self._calls[own or f"#{len(self._calls)}"] = span

    def _result(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        seen = event["observation"] if isinstance(event.get("observation"), dict) else {}
        text = "\n".join(part.content or "" for part in read_parts(seen.get("content"))) or dumps(seen)
        content = first_text(event, ("error", "rejection_reason")) or text
        code = integer_value(seen.get("exit_code"))
        is_bad = seen.get("is_error") is True and code != _STILL_RUNNING
        failed = word == "AgentErrorEvent" or is_bad or code not in (None, 0, _STILL_RUNNING)
        part = Part(
            PartType.TOOL_RESULT,
            content,
            first_text(event, ("tool_call_id",)),
            first_text(event, ("tool_name",)),
            is_error=failed,
        )
        span = self.log.tool_result(part, origin, at_ns)
        if failed and code:
            span.error_type = f"exit code {code}"
        if word == "UserRejectObservation":
            span.status, span.error_type = Status.INTERRUPTED, REJECTED
        span.attributes = {"observation": seen} if seen else None
        if seen.get("kind") == "FinishObservation" and not failed:
            self.log.root.status, self.log.root.output = Status.OK, content

    def _measure(self) -> None:
        """Tokens and times of calls by the ids of their responses; cost only where it is one call's alone."""
        for metrics in _metrics(self._state):
            usages, costs, waits = (
                _objects(metrics.get(key)) for key in ("token_usages", "costs", "response_latencies")
            )
            in_step = len(costs) == len(usages)
            for number, told in enumerate(usages):
                span = self._calls.get(first_text(told, ("response_id",)) or "")
                if span is not None:
                    figures = Figures()
                    cost = figures.dollars(costs[number], ("cost",)) if in_step else None
                    span.usage = with_cost(read_usage(told), cost or None, figures, told)
                    span.model = first_text(told, ("model",)) or span.model
            for told in waits:
                span = self._calls.get(first_text(told, ("response_id",)) or "")
                took_s = number_value(told.get("latency"))
                if (
                    span is not None
                    and span.end_ns is not None
                    and took_s is not None
                    and 0 < took_s < _LONGEST_S
                ):
                    span.start_ns = span.end_ns - int(took_s * NS_PER_S)


def _metrics(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    stats = state["stats"] if isinstance(state.get("stats"), dict) else {}
    by_usage = stats.get("usage_to_metrics")
    return _objects(list(by_usage.values())) if isinstance(by_usage, dict) else []


def _objects(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _tools(value: JsonValue) -> Iterator[ToolDefinition]:
    """Tools as definitions of a model's API, or as objects of the SDK, which are called by a title."""
    for item in value if isinstance(value, list) else ():
        found = read_tools([item])
        if found or not isinstance(item, dict):
            yield from found
            continue
        notes = item["annotations"] if isinstance(item.get("annotations"), dict) else {}
        name = first_text(item, ("title",)) or first_text(notes, ("title",)) or first_text(item, ("kind",))
        if name:
            yield ToolDefinition(name, first_text(item, ("description",)))
