"""One step of an ATIF trajectory, told to a conversation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.chat_log import ChatLog, text_of
from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.times import NS_PER_MS, to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import Event, JsonValue, Message, Origin, Part, PartType, Severity, Skipped, Span

_STREAMS = frozenset(("prompt_token_ids", "completion_token_ids", "logprobs"))
_STEP_REST = ("extra", "llm_call_count", "reasoning_effort", "metrics", "step_id")


def tell_step(chat: ChatLog, step: JsonValue, origin: Origin, agent: dict[str, Any]) -> dict[str, str]:
    """Tell a step; which span each sub-agent's trajectory belongs under, by the trajectory's or session's id."""
    if not isinstance(step, dict):
        chat.skip(Skipped(origin, "unknown_shape", "a step that is no object", Severity.WARNING))
        return {}
    at_ns = to_ns(step.get("timestamp"))
    source, parts = first_text(step, ("source",)), tuple(read_parts(step.get("message")))
    if source == "agent" and step.get("is_copied_context") is not True:
        return _agent_step(chat, step, origin, agent, at_ns)
    role = {"agent": "assistant", None: "user"}.get(source, source)
    if role == "assistant":
        chat.log.message(Message("assistant", parts), origin, at_ns)
    elif parts or not step.get("observation"):
        chat.tell((Message("system" if role == "system" else "user", parts),), step, origin, at_ns)
    else:
        chat.log.merge(origin)
    return _happened(chat, step, at_ns)


def _happened(chat: ChatLog, step: dict[str, Any], at_ns: int | None) -> dict[str, str]:
    """What a step that is no answer observed: context management and the like, an event of the run."""
    results = _results(step)
    root = chat.log.root
    if results:
        kept = {
            key: step[key]
            for key in ("step_id", "message", "observation", "extra")
            if step.get(key) is not None
        }
        root.events = [*root.events, Event("observation", at_ns, kept)]
    said = "\n".join(text for result in results if (text := as_text(result.get("content"))))
    if said:
        chat.log.message(Message("tool", (Part(PartType.TEXT, said),)), None, at_ns)
    return {own: root.span_id for result in results for own in _referred(result)}


def _agent_step(
    chat: ChatLog, step: dict[str, Any], origin: Origin, agent: dict[str, Any], at_ns: int | None
) -> dict[str, str]:
    calls = [_call_part(call) for call in _dicts(step.get("tool_calls"))]
    if step.get("llm_call_count") == 0 and calls:
        chat.log.merge(origin)
        for part in calls:
            chat.log.tool(
                part.tool_name, part.content, element_origin(origin, part.content), at_ns, part.tool_call_id
            )
        return _observe(chat, step, origin, calls, at_ns)
    reasoning = first_text(step, ("reasoning_content",))
    thoughts = (Part(PartType.THINKING, reasoning),) if reasoning else ()
    message = Message("assistant", (*thoughts, *read_parts(step.get("message")), *calls))
    span = chat.log.call(message, origin, at_ns)
    _fill_call(span, step, agent, at_ns)
    return _observe(chat, step, origin, calls, at_ns)


def _call_part(call: dict[str, Any]) -> Part:
    name = first_text(call, ("function_name", "name"))
    return Part(PartType.TOOL_CALL, as_text(call.get("arguments")), first_text(call, ("tool_call_id",)), name)


def _fill_call(span: Span, step: dict[str, Any], agent: dict[str, Any], at_ns: int | None) -> None:
    span.model = first_text(step, ("model_name",)) or first_text(agent, ("model_name",))
    found = step.get("metrics")
    metrics: dict[str, Any] = (
        {k: v for k, v in found.items() if k not in _STREAMS} if isinstance(found, dict) else {}
    )
    usage = read_usage(metrics)
    # the format says that cached tokens are a part of the prompt
    is_told = usage is not None and usage.semantics is None and "prompt_tokens" in metrics
    span.usage = replace(usage, semantics="inclusive") if usage is not None and is_told else usage
    kept = {key: step[key] for key in _STEP_REST if step.get(key) is not None}
    span.attributes = {**kept, **({"metrics": metrics} if metrics else {})} or None
    extra = metrics["extra"] if isinstance(metrics.get("extra"), dict) else {}
    span.ttft_ns = _milliseconds(extra.get("time_to_first_token_ms"))
    lasted = _milliseconds(extra.get("duration_ms"))
    invoked = step["extra"].get("invocation") if isinstance(step.get("extra"), dict) else None
    if isinstance(invoked, dict) and to_ns(invoked.get("end_timestamp")) is not None:
        span.start_ns = to_ns(invoked.get("start_timestamp"))
        span.end_ns = to_ns(invoked.get("end_timestamp"))
    elif lasted is not None and at_ns is not None:
        span.start_ns = at_ns - lasted


def _milliseconds(value: JsonValue) -> int | None:
    number = number_value(value)
    return int(Decimal(repr(number)) * NS_PER_MS) if number is not None and 0 <= number < 10**10 else None


def _observe(
    chat: ChatLog, step: dict[str, Any], origin: Origin, calls: list[Part], at_ns: int | None
) -> dict[str, str]:
    refers: dict[str, str] = {}
    known = {part.tool_call_id for part in calls}
    for result in _results(step):
        text, own = _text(result.get("content")), first_text(result, ("source_call_id",))
        if own is None and calls and None not in known:
            own = calls[-1].tool_call_id
        if own in known and (own is not None or chat.log.has_waiting_without_id):
            part = Part(PartType.TOOL_RESULT, text, own, is_error=_failed(result))
            span_id = chat.log.tool_result(part, element_origin(origin, result), at_ns).span_id
        else:
            chat.log.message(
                Message("tool", (Part(PartType.TEXT, text),)), element_origin(origin, result), at_ns
            )
            span_id = chat.log.root.span_id
        refers.update(dict.fromkeys(_referred(result), span_id))
    return refers


def _failed(result: dict[str, Any]) -> bool | None:
    extra = result["extra"] if isinstance(result.get("extra"), dict) else {}
    flag = next((extra[key] for key in ("is_error", "error") if isinstance(extra.get(key), bool)), None)
    return flag if isinstance(flag, bool) else None


def _text(content: JsonValue) -> str | None:
    return (
        text_of(Message("tool", tuple(read_parts(content))))
        if isinstance(content, list)
        else as_text(content)
    )


def referred_by(trajectory: dict[str, Any]) -> set[str]:
    """The ids of the sub-agents' trajectories that a trajectory's steps refer to."""
    return {
        own
        for step in _dicts(trajectory.get("steps"))
        for result in _results(step)
        for own in _referred(result)
    }


def _referred(result: dict[str, Any]) -> list[str]:
    found = _dicts(result.get("subagent_trajectory_ref"))
    return [
        own for ref in found for key in ("trajectory_id", "session_id") if (own := first_text(ref, (key,)))
    ]


def _results(step: dict[str, Any]) -> list[dict[str, Any]]:
    observation = step.get("observation")
    return _dicts(observation.get("results")) if isinstance(observation, dict) else []


def _dicts(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
