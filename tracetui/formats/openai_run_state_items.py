"""Items of a run of the OpenAI Agents SDK, in their order: answers, tool results, handoffs and approvals as steps."""

from __future__ import annotations

from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Span,
    SpanKind,
    Status,
    Usage,
)
from tracetui.reading.lenient import dumps

_RESULTS = frozenset(
    (
        *("tool_call_output_item", "tool_search_output_item"),
        *("function_call_output", "custom_tool_call_output", "program_output", "computer_call_output"),
    )
)
_APPROVALS = frozenset(("tool_approval_item", "mcp_approval_request_item"))
_FAILED = "An error occurred while running the tool"
"""How the SDK tells the model of an exception; the state says nothing else of it."""
_CALL_REST = ("response_id", "request_id")


class Items:
    """Feeds items of a run to its log. `last_said` is the text of the last answer, `is_paused` that a person is waited for.

    A model response begins with the first item that it holds; an item that no response holds is an answer of its own.
    """

    def __init__(
        self, log: Transcript, responses: list[Any], context: dict[str, Any], origin: Origin
    ) -> None:
        self._log, self._origin, self._context = log, origin, context
        self._responses = [response for response in responses if isinstance(response, dict)]
        self._begun = 0
        self._place: dict[str, int] = {}
        for number, response in enumerate(self._responses):
            for item in _outputs(response):
                self._place.setdefault(_key(item), number)
        self._calls: list[Span] = []
        self._approvals: set[str] = set()
        self.last_said: str | None = None
        self.is_paused = False

    def add(self, item: JsonValue, origin: Origin) -> None:
        """One item of `generated_items` or `session_items`."""
        if not isinstance(item, dict):
            self._log.merge(origin)
            return
        word = first_text(item, ("type",)) or ""
        raw = item["raw_item"] if isinstance(item.get("raw_item"), dict) else {}
        if word in _APPROVALS:
            self._begin_through(self._place.get(_key(raw)))
            self._approval(item, raw, origin, waits=False)
        elif word == "handoff_output_item":
            self._handoff(item, raw, origin)
        elif word in _RESULTS or first_text(raw, ("type",)) in _RESULTS:
            self._result(item, raw, origin)
        else:
            self._answer(item, raw, origin)

    def finish(self, interruptions: list[tuple[JsonValue, Origin]]) -> None:
        """Begin the responses that no item names, then pause at the approvals that are waited for."""
        self._begin_through(len(self._responses) - 1)
        for item, origin in interruptions:
            self.is_paused = True
            if isinstance(item, dict):
                raw = item["raw_item"] if isinstance(item.get("raw_item"), dict) else {}
                self._approval(item, raw, origin, waits=True)
            else:
                self._log.merge(origin)

    def _begin_through(self, number: int | None) -> None:
        while number is not None and self._begun <= number:
            response = self._responses[self._begun]
            self._begun += 1
            self._call(response.get("output"), element_origin(self._origin, response), response)

    def _call(self, output: JsonValue, origin: Origin, response: dict[str, Any]) -> Span:
        parts = tuple(part for message in read_messages(output, "assistant") for part in message.parts)
        span = self._log.call(Message("assistant", parts), origin)
        span.name, span.usage = "model call", measured(response.get("usage"))
        kept = {key: response[key] for key in _CALL_REST if response.get(key) is not None}
        span.attributes = kept or None
        said = "\n".join(part.content for part in parts if part.type is PartType.TEXT and part.content)
        self.last_said = said or None
        self._calls.append(span)
        return span

    def _answer(self, item: dict[str, Any], raw: dict[str, Any], origin: Origin) -> None:
        """Something that the model said or asked for: part of a response, or all that is left of one."""
        number = self._place.get(_key(raw))
        if number is None:
            span = self._call([raw] if raw else None, origin, {})
        else:
            self._begin_through(number)
            span = self._calls[-1] if number == self._begun - 1 and self._calls else self._log.root
            self._log.merge(origin, span.span_id)
        if span.kind is SpanKind.LLM:
            span.agent = span.agent or _agent(item)

    def _result(self, item: dict[str, Any], raw: dict[str, Any], origin: Origin) -> None:
        call_id = first_text(raw, ("call_id", "id"))
        output = raw.get("output", raw.get("result", raw.get("tools", item.get("output"))))
        name = None if self._log.tool_of(call_id) else (first_text(raw, ("name",)) or _named(raw))
        told = first_text(raw, ("status",)) in ("failed", "incomplete")
        failed = True if told or (as_text(output) or "").startswith(_FAILED) else None
        part = Part(PartType.TOOL_RESULT, as_text(output), call_id, name, is_error=failed)
        span = self._log.tool_result(part, origin)
        span.agent = _agent(item)
        rest = item.get("custom_data")
        span.attributes = {"custom_data": rest} if rest is not None else None

    def _handoff(self, item: dict[str, Any], raw: dict[str, Any], origin: Origin) -> None:
        source = item["source_agent"] if isinstance(item.get("source_agent"), dict) else {}
        target = item["target_agent"] if isinstance(item.get("target_agent"), dict) else {}
        self._result(item, raw, origin)
        span = self._log.tool_of(first_text(raw, ("call_id", "id"))) or self._log.steps[-1]
        span.kind, span.agent = SpanKind.HANDOFF, first_text(source, ("name",))
        name = first_text(target, ("name",))
        span.name, span.status = f"handoff to {name}" if name else "handoff", Status.OK

    def _approval(self, item: dict[str, Any], raw: dict[str, Any], origin: Origin, *, waits: bool) -> None:
        """A tool that may only run once a person said so; the same request stands in several places."""
        call_id = first_text(raw, ("call_id", "id")) or dumps(raw)
        if call_id in self._approvals:
            self._log.merge(origin, f"approval-{call_id}")
            span = next(step for step in self._log.steps if step.span_id == f"approval-{call_id}")
        else:
            self._approvals.add(call_id)
            name = first_text(item, ("tool_name",)) or first_text(raw, ("name",)) or "a tool"
            span = self._log.step(SpanKind.APPROVAL, f"approval of {name}", origin)
            span.span_id, span.tool_call_id = f"approval-{call_id}", first_text(raw, ("call_id", "id"))
            span.agent, span.input = _agent(item), as_text(raw.get("arguments", raw.get("input")))
        approved, reason = self._decision(
            call_id, first_text(raw, ("name",)) or first_text(item, ("tool_name",))
        )
        self._settle(span, call_id, approved, reason, waits=waits)

    def _settle(
        self, span: Span, call_id: str, approved: bool | None, reason: str | None, *, waits: bool
    ) -> None:
        tool = self._log.waiting_for(call_id)
        if approved is None:
            span.status = Status.INTERRUPTED if waits else Status.UNSET
            if waits and tool is not None:
                tool.status = Status.INTERRUPTED
            return
        span.output = "approved" if approved else "rejected"
        span.status = Status.OK
        span.error_message = one_line(reason)
        span.attributes = {"rejection_message": reason} if reason else None

    def _decision(self, call_id: str, name: str | None) -> tuple[bool | None, str | None]:
        """What was decided on a call, and the message of a rejection; a decision on the tool goes for all its calls."""
        approvals = self._context.get("approvals")
        found = approvals.get(name) if isinstance(approvals, dict) and name else None
        if not isinstance(found, dict):
            return None, None
        messages = found["rejection_messages"] if isinstance(found.get("rejection_messages"), dict) else {}
        if _covers(found.get("rejected"), call_id):
            return False, first_text(messages, (call_id,)) or first_text(found, ("sticky_rejection_message",))
        return (True, None) if _covers(found.get("approved"), call_id) else (None, None)


def measured(found: JsonValue) -> Usage | None:
    """Usage that was counted: the SDK writes zeros where it counted nothing."""
    usage = read_usage(found)
    if usage is None or usage.unread is not None:
        return usage
    return usage if usage.input_tokens or usage.output_tokens or usage.total_tokens else None


def _covers(decided: JsonValue, call_id: str) -> bool:
    return decided is True or (isinstance(decided, list) and call_id in decided)


def _outputs(response: dict[str, Any]) -> list[Any]:
    found = response.get("output")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _key(raw: dict[str, Any]) -> str:
    """What tells an item from the others; an output has the id of the call that it answers."""
    own = first_text(raw, ("call_id", "id"))
    return f"{first_text(raw, ('type',))} {own}" if own else dumps(raw)


def _agent(item: dict[str, Any]) -> str | None:
    found = item.get("agent")
    return first_text(found, ("name",)) if isinstance(found, dict) else None


def _named(raw: dict[str, Any]) -> str | None:
    """The tool of a result that says no more than its type."""
    word = first_text(raw, ("type",)) or ""
    named = word.removesuffix("_output").removesuffix("_call")
    return named if named not in ("", "function", "custom_tool") else None
