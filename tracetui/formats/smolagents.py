"""smolagents memory: the steps of an agent, as `agent.memory.get_full_steps()` gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import ChatLog, content_id, stem_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import s_to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
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
    Span,
    SpanKind,
    Status,
)

_LISTS = ("steps", "memory", "full_steps")
_STEP_REST = ("step_number", "code_action", "action_output", "is_final_answer", "plan")
_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise action steps by their number, timing and observations."""
    values = [item for value in head.values[:4] for item in (_steps(value) or [value])][:8]
    if any(_is_action(value) for value in values):
        return Match(90, "steps with step_number, timing and observations")
    return None


def _steps(value: JsonValue) -> list[Any] | None:
    found = next((value[key] for key in _LISTS if key in value), None) if isinstance(value, dict) else value
    return found if isinstance(found, list) and any(_is_action(item) for item in found) else None


def _is_action(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"step_number", "observations"} <= value.keys() and "timing" in value


def _is_step(value: JsonValue) -> bool:
    return _is_action(value) or (
        isinstance(value, dict)
        and any(key in value for key in ("task", "system_prompt", "plan", "final_answer"))
    )


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each list of steps; steps that stand alone in the source are one run, each task a turn."""
    loose: list[tuple[JsonValue, Origin]] = []
    for record in records:
        steps = _steps(record.value)
        if steps is not None:
            yield from _run([(step, element_origin(record.origin, step)) for step in steps], source)
        elif _is_step(record.value):
            loose.append((record.value, record.origin))
        else:
            yield Skipped(record.origin, "unknown_shape", "no step of smolagents", Severity.WARNING)
    if loose:
        yield from _run(loose, source)


def _run(steps: list[tuple[JsonValue, Origin]], source: str) -> Iterator[Entry]:
    trace = content_id([step for step, _ in steps])
    chat = ChatLog(Transcript(trace, steps[0][1], stem_of(source)))
    root = chat.log.root
    for step, origin in steps:
        if not isinstance(step, dict) or not _is_step(step):
            chat.skip(Skipped(origin, "unknown_shape", "no step of smolagents", Severity.WARNING))
        elif _is_action(step) or "plan" in step:
            _action(chat, step, origin)
        else:
            _given(chat, step, origin)
    last = steps[-1][0] if isinstance(steps[-1][0], dict) else {}
    ended = last.get("is_final_answer") is True or "final_answer" in last
    root.output = (
        as_text(last.get("action_output"))
        or as_text(last.get("final_answer"))
        or first_text(last, ("observations",))
    )
    root.name = (one_line(root.input) or root.name or "smolagents run")[:_LONGEST_NAME]
    times = [at for frame in chat.frames for at in (frame.start_ns, frame.end_ns) if at is not None]
    root.start_ns, root.end_ns = min(times, default=None), max(times, default=None)
    root.status = Status.OK if ended else Status.UNSET
    error = last.get("error")
    if isinstance(error, dict) and not ended:
        root.status, root.error_type = Status.ERROR, first_text(error, ("type",))
        root.error_message = one_line(first_text(error, ("message",)))
    yield from chat.entries()


def _given(chat: ChatLog, step: dict[str, Any], origin: Origin) -> None:
    task = as_text(step.get("task"))
    said = task or as_text(step.get("system_prompt"))
    if task is not None:
        chat.log.turn(task)
        chat.log.root.input = chat.log.root.input or task
    if said is None:
        chat.log.merge(origin)
    else:
        chat.log.message(
            Message("user" if task is not None else "system", (Part(PartType.TEXT, said),)), origin
        )


def _action(chat: ChatLog, step: dict[str, Any], origin: Origin) -> None:
    """A step: a model call, then the tools it asked for, whose results are told in one text."""
    message, frame = _message(step), _frame(chat, step, origin)
    span = chat.log.call(message, origin)
    span.parent_id, span.start_ns, span.end_ns = frame.span_id, None, None
    given = read_messages(step.get("model_input_messages"))
    span.input_messages = given or span.input_messages
    span.usage = read_usage(step.get("token_usage"))
    kept = {key: step[key] for key in _STEP_REST if step.get(key) is not None}
    span.attributes = kept or None
    calls = [part for part in message.parts if part.type is PartType.TOOL_CALL]
    error = step["error"] if isinstance(step.get("error"), dict) else None
    if calls:
        _results(chat, step, calls, error, origin, frame)
    else:
        _fail(span, error)


def _frame(chat: ChatLog, step: dict[str, Any], origin: Origin) -> Span:
    """The span around a step: smolagents times the model call and the tools together."""
    timing = step["timing"] if isinstance(step.get("timing"), dict) else {}
    number = as_text(step.get("step_number"))
    frame = Span(chat.log.trace_id, f"step-{len(chat.frames) + 1}", origin, is_derived=True)
    frame.parent_id, frame.kind, frame.kind_original = chat.log.root.span_id, SpanKind.CHAIN, "step"
    frame.name = "planning" if "plan" in step else f"step {number}" if number else "step"
    frame.start_ns, frame.end_ns = s_to_ns(timing.get("start_time")), s_to_ns(timing.get("end_time"))
    frame.status = Status.OK
    chat.frames.append(frame)
    return frame


def _message(step: dict[str, Any]) -> Message:
    """The model's answer; a code agent's tool calls stand beside it."""
    found = read_messages(step.get("model_output_message"), "assistant")
    said = found[0].parts if found else ()
    if not said and step.get("model_output") is not None:
        said = tuple(part for m in read_messages(step["model_output"], "assistant") for part in m.parts)
    if any(part.type is PartType.TOOL_CALL for part in said):
        return Message("assistant", said)
    listed = step.get("tool_calls")
    beside = (
        read_messages([{"role": "assistant", "content": None, "tool_calls": listed}])
        if isinstance(listed, list)
        else ()
    )
    return Message("assistant", (*said, *(part for m in beside for part in m.parts)))


def _results(
    chat: ChatLog,
    step: dict[str, Any],
    calls: list[Part],
    error: dict[str, Any] | None,
    origin: Origin,
    frame: Span,
) -> None:
    observed = as_text(step.get("observations"))
    text = (first_text(error, ("message",)) if error else None) or observed
    for number, call in enumerate(calls):
        last = number == len(calls) - 1
        part = Part(
            PartType.TOOL_RESULT,
            text if last else None,
            call.tool_call_id,
            call.tool_name,
            is_error=error is not None and last,
        )
        span = chat.log.tool_result(part, element_origin(origin, call.content))
        span.parent_id = frame.span_id
        if last and error:
            span.error_type = first_text(error, ("type",))


def _fail(span: Span, error: dict[str, Any] | None) -> None:
    if error is not None:
        span.status, span.error_type = Status.ERROR, first_text(error, ("type",))
        span.error_message = one_line(first_text(error, ("message",)))


FORMAT = Format(
    name="smolagents",
    title="smolagents memory",
    recognised_by="steps with `step_number`, `timing` and `observations`",
    produced_by="smolagents: json.dumps(agent.memory.get_full_steps())",
    sniff=sniff,
    read=read,
)
