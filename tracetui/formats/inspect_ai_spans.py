"""Events of an Inspect AI sample that are spans: model calls, tools, approvals, sandbox commands, solvers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import number_value
from tracetui.formats.inspect_ai_content import Pool
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import Event, JsonValue, Message, Score, Span, SpanKind, Status

LONGEST_NAME = 60
_Fields = Mapping[str, Any]

_MODEL_REST = ("tool_choice", "cache", "retries", "role", "working_time")
_REPEATED = frozenset(("messages", "tools", "input", "contents", "system", "choices", "content", "output"))

KINDS: Mapping[str, SpanKind] = MappingProxyType(
    {
        "agent": SpanKind.AGENT,
        "handoff": SpanKind.HANDOFF,
        "tool": SpanKind.TOOL,
        "scorer": SpanKind.EVALUATOR,
    }
)


def fill_model(span: Span, event: _Fields, pool: Pool) -> None:
    """A model call: `input`, `tools`, `config`, `output{choices, usage, error}`."""
    span.kind, span.requested_model = SpanKind.LLM, first_text(event, ("model",))
    output = event["output"] if isinstance(event.get("output"), dict) else {}
    span.model = first_text(output, ("model",)) or span.requested_model
    span.provider = _provider(span.requested_model)
    role = first_text(event, ("role",))
    span.name = f"chat {_bare(span.model)}" + (f" as {role}" if role else "")
    span.input_messages = messages_of(pool.input_of(event))
    span.output_messages = messages_of(pool.resolved(output.get("choices")), "assistant")
    span.finish_reasons = tuple(m.finish_reason for m in span.output_messages if m.finish_reason)
    span.tools_offered = read_tools(pool.resolved(event.get("tools")))
    span.usage = read_usage(output.get("usage"))
    config = event.get("config")
    span.parameters = {k: v for k, v in config.items() if v is not None} if isinstance(config, dict) else None
    span.attributes = _rest_of_model(event) or None
    _end(span, event, output.get("time"))
    settle(span, event.get("error") or output.get("error"), event)


def _rest_of_model(event: _Fields) -> dict[str, Any]:
    """What has no column; the request that was sent without the messages and tools that the call holds anyway."""
    kept = {key: event[key] for key in _MODEL_REST if event.get(key) is not None}
    call = event.get("call")
    if isinstance(call, dict):
        kept["call"] = {key: value for key, value in call.items() if key in ("time", "error")}
        for key in ("request", "response"):
            if isinstance(call.get(key), dict):
                kept["call"][key] = {k: v for k, v in call[key].items() if k not in _REPEATED}
    return kept


def messages_of(found: JsonValue, role: str = "user") -> tuple[Message, ...]:
    """Messages in Inspect's shape, whose tool answers carry an `error` object."""
    if isinstance(found, list):
        found = [_flagged(message) for message in found]
    return read_messages(found, role)


def _flagged(message: JsonValue) -> JsonValue:
    if isinstance(message, dict) and message.get("role") == "tool":
        return {**message, "is_error": message.get("error") is not None}
    return message


def fill_tool(span: Span, event: _Fields, pool: Pool) -> None:
    """A tool call with its result; `error{type, message}` is a failure."""
    span.kind, span.tool_name = SpanKind.TOOL, first_text(event, ("function",))
    span.name = span.tool_name or "tool"
    span.tool_call_id = first_text(event, ("id",))
    span.input = as_text(pool.resolved(event.get("arguments")))
    span.output = as_text(pool.resolved(event.get("result")))
    span.agent = first_text(event, ("agent",))
    kept = ("view", "truncated", "failed", "working_time", "agent_span_id")
    span.attributes = {key: event[key] for key in kept if event.get(key) is not None} or None
    _end(span, event, None)
    settle(span, event.get("error"), event)
    if event.get("failed") is True and span.status is Status.OK:
        span.status = Status.ERROR


def fill_sandbox(span: Span, event: _Fields, pool: Pool) -> None:
    """A command or file access in the sandbox."""
    span.kind = SpanKind.CHAIN
    what = first_text(event, ("cmd", "file")) or ""
    action = first_text(event, ("action",)) or "sandbox"
    span.name = f"{action} {one_line(pool.resolved(what)) or ''}".strip()[:LONGEST_NAME]
    span.input = as_text(
        pool.resolved({k: event[k] for k in ("cmd", "file", "input", "options") if k in event})
    )
    span.output = as_text(pool.resolved(event.get("output")))
    span.attributes = {"result": event["result"]} if event.get("result") is not None else None
    _end(span, event, None)
    span.status = Status.UNFINISHED if event.get("pending") is True else Status.OK
    if type(event.get("result")) is int and event["result"] != 0:
        span.status, span.error_type = Status.ERROR, "exit status"
        span.error_message = f"exit status {event['result']}"


def fill_subtask(span: Span, event: _Fields, pool: Pool) -> None:
    """A subtask, with events of its own."""
    span.kind, span.name = SpanKind.CHAIN, first_text(event, ("name",)) or "subtask"
    span.input = as_text(pool.resolved(event.get("input")))
    span.output = as_text(pool.resolved(event.get("result")))
    _end(span, event, None)
    settle(span, event.get("error"), event)


def fill_approval(span: Span, event: _Fields, pool: Pool) -> None:
    """A decision on a tool call: approve, modify, reject, escalate or terminate."""
    span.kind, decision = SpanKind.APPROVAL, first_text(event, ("decision",))
    call = event["call"] if isinstance(event.get("call"), dict) else {}
    tool = first_text(call, ("function",))
    span.name = f"{decision or 'approval'} {tool or ''}".strip()
    span.tool_name, span.input = None, as_text(pool.resolved(event.get("call")))
    span.output = as_text(pool.resolved(event.get("modified"))) or first_text(event, ("explanation",))
    span.end_ns = span.start_ns
    span.status = Status.ERROR if decision == "terminate" else Status.OK
    span.error_message = one_line(first_text(event, ("explanation",))) if decision == "terminate" else None
    kept = {k: event[k] for k in ("message", "approver", "decision", "view") if event.get(k) is not None}
    span.attributes = pool.resolved(kept) or None
    passed = {"approve": True, "modify": True, "reject": False, "terminate": False}.get(decision or "")
    author = first_text(event, ("approver",))
    verdict = Score(
        span.trace_id, span.span_id, "approval", label=decision, passed=passed, author=author,
        kind="human" if author == "human" else "code", comment=first_text(event, ("explanation",)),
    )  # fmt: skip
    span.scores = (verdict,)


FILLERS: Mapping[str, Callable[[Span, _Fields, Pool], None]] = MappingProxyType(
    {
        "model": fill_model,
        "tool": fill_tool,
        "sandbox": fill_sandbox,
        "subtask": fill_subtask,
        "approval": fill_approval,
    }
)


def settle(span: Span, error: JsonValue, event: _Fields) -> None:
    """Status and error of a span by the `error` and `pending` of its event."""
    if error in (None, "", {}):
        span.status = Status.UNFINISHED if event.get("pending") is True else Status.OK
        return
    said: dict[str, Any] = error if isinstance(error, dict) else {"message": as_text(error)}
    message = first_text(said, ("message",)) or as_text(error)
    span.status, span.error_message = Status.ERROR, one_line(message)
    span.error_type = first_text(said, ("type",))
    facts = {
        "exception.type": span.error_type,
        "exception.message": message,
        "exception.stacktrace": first_text(said, ("traceback",)) or first_text(event, ("traceback",)),
    }
    kept = {key: value for key, value in facts.items() if value}
    span.events = [*span.events, Event("exception", span.end_ns or span.start_ns, kept)]


def _end(span: Span, event: _Fields, seconds: JsonValue) -> None:
    span.end_ns = to_ns(event.get("completed"))
    lasted = number_value(seconds)
    if span.end_ns is None and lasted and 0 < lasted < 10**7 and span.start_ns is not None:
        span.end_ns = span.start_ns + int(Decimal(repr(lasted)) * NS_PER_S)


def _provider(model: str | None) -> str | None:
    return model.split("/", 1)[0] if model and "/" in model else None


def _bare(model: str | None) -> str:
    return model.rsplit("/", 1)[-1] if model else "model"
