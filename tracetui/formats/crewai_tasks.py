"""CrewAI's tasks: lines of `output_log_file`, and the output of a crew with the messages of each task."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tracetui.formats.chat_log import ChatLog, content_id, is_message, stem_of
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    Merged,
    Message,
    Origin,
    Part,
    PartType,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_LINE = frozenset(("timestamp", "task", "agent", "status"))
_OUTPUT = frozenset(("tasks_output", "raw"))
_STATUS = {"completed": Status.OK, "failed": Status.ERROR, "error": Status.ERROR}
_ACTION = re.compile(
    r"Action:[ \t]*(?P<name>[^\n]+)\nAction Input:[ \t]*(?P<arguments>.*?)(?:\nObservation:\s*(?P<result>.*))?\Z",
    re.DOTALL,
)
_FAILED = "I encountered an error while trying to use the tool"
_LONGEST_NAME = 70


def is_task_line(value: JsonValue) -> bool:
    """Whether a value is a line of `output_log_file`."""
    return isinstance(value, dict) and value.keys() >= _LINE and "task_name" in value


def is_output(value: JsonValue) -> bool:
    """Whether a value is what a crew gave back."""
    return isinstance(value, dict) and value.keys() >= _OUTPUT and isinstance(value["tasks_output"], list)


def read_task_lines(lines: Sequence[tuple[JsonValue, Origin]], source: str) -> Iterator[Entry]:
    """A span for each task; the file is added to by every kickoff, so a task that begins again begins another run."""
    kickoff: list[tuple[dict[str, Any], Origin]] = []
    begun: set[str] = set()
    for value, origin in lines:
        if not isinstance(value, dict):
            continue
        key = _key(value)
        if _is_start(value) and key in begun:
            yield from _kickoff(kickoff, source)
            kickoff, begun = [], set()
        if _is_start(value):
            begun.add(key)
        kickoff.append((value, origin))
    if kickoff:
        yield from _kickoff(kickoff, source)


def _kickoff(lines: list[tuple[dict[str, Any], Origin]], source: str) -> Iterator[Entry]:
    trace = content_id([value for value, _ in lines])
    root = Span(trace, "run", lines[0][1], is_derived=True)
    root.kind, root.name = SpanKind.CHAIN, stem_of(source)
    tasks: dict[str, Span] = {}
    merged: list[Merged] = []
    for number, (value, origin) in enumerate(lines, 1):
        key, at_ns = _key(value), to_ns(value.get("timestamp"))
        known = tasks.get(key)
        if known is None:
            known = tasks[key] = _task(root, value, origin, number, at_ns)
        else:
            merged.append(Merged(origin, trace, known.span_id))
        if not _is_start(value):
            _end(known, value, at_ns)
    _close(root, list(tasks.values()))
    yield root
    yield from tasks.values()
    yield from merged


def _task(root: Span, value: dict[str, Any], origin: Origin, number: int, at_ns: int | None) -> Span:
    span = Span(root.trace_id, f"task-{number}", origin, parent_id=root.span_id)
    span.kind, span.kind_original = SpanKind.AGENT, "task"
    text = as_text(value.get("task"))
    span.name = (first_text(value, ("task_name",)) or one_line(text) or "task")[:_LONGEST_NAME]
    span.input, span.agent = text, first_text(value, ("agent",))
    span.start_ns = at_ns if _is_start(value) else None
    return span


def _end(span: Span, value: dict[str, Any], at_ns: int | None) -> None:
    word = (first_text(value, ("status",)) or "").lower()
    span.status, span.end_ns = _STATUS.get(word, Status.UNSET), at_ns
    span.output = as_text(value.get("output"))
    if span.status is Status.ERROR:
        span.error_message = one_line(first_text(value, ("error", "message")) or span.output)


def _close(root: Span, tasks: list[Span]) -> None:
    last = tasks[-1]
    times = [at for task in tasks for at in (task.start_ns, task.end_ns) if at is not None]
    root.start_ns = min(times, default=None)
    root.output, root.input = last.output, tasks[0].input
    if all(task.status is not None for task in tasks):
        root.end_ns = max(times, default=None)
        failed = next((task for task in tasks if task.status is Status.ERROR), None)
        root.status = failed.status if failed else last.status
        root.error_message = failed.error_message if failed else None


def _key(value: dict[str, Any]) -> str:
    return f"{as_text(value.get('task_name'))} {as_text(value.get('task'))}"


def _is_start(value: dict[str, Any]) -> bool:
    return value.get("status") == "started"


# --- the output of a crew --------------------------------------------------------------------------------------


def read_output(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    """A run with a task for each of `tasks_output`, its model calls and the tools that their text asked for."""
    trace = content_id(value)
    root = Span(trace, "run", origin)
    root.kind, root.output, root.status = SpanKind.CHAIN, as_text(value.get("raw")), Status.OK
    usage = read_usage(value.get("token_usage"))
    root.usage = (
        usage if usage and (usage.input_tokens or usage.output_tokens or usage.total_tokens) else None
    )
    tasks = [(item, element_origin(origin, item)) for item in value["tasks_output"]]
    names = [name for item, _ in tasks if isinstance(item, dict) and (name := _task_name(item))]
    root.name = f"crew: {', '.join(names)}"[:_LONGEST_NAME] if names else "crew"
    root.input = next(
        (first_text(item, ("description",)) for item, _ in tasks if isinstance(item, dict)), None
    )
    yield root
    for number, (item, place) in enumerate(tasks, 1):
        if isinstance(item, dict):
            yield from _told_task(root, item, place, number)
        else:
            yield Skipped(place, "unknown_shape", "no output of a task", Severity.WARNING)


def _task_name(item: dict[str, Any]) -> str | None:
    return first_text(item, ("name",)) or one_line(first_text(item, ("description", "summary")))


def _told_task(root: Span, item: dict[str, Any], origin: Origin, number: int) -> Iterator[Entry]:
    log = Transcript(root.trace_id, origin, _task_name(item) or "task", f"task-{number}-", root.span_id)
    chat = ChatLog(log)
    task = log.root
    task.is_derived, task.kind_original, task.status = False, "task", Status.OK
    task.agent = first_text(item, ("agent",))
    task.name = (task.name or "task")[:_LONGEST_NAME]
    task.input, task.output = first_text(item, ("description",)), as_text(item.get("raw"))
    kept = {
        key: item[key]
        for key in ("expected_output", "output_format", "json_dict", "pydantic")
        if item.get(key)
    }
    task.attributes = kept or None
    failures = item["tool_failures"] if isinstance(item.get("tool_failures"), list) else []
    task.events = [Event("tool_failure", None, found) for found in failures if isinstance(found, dict)]
    messages = item["messages"] if isinstance(item.get("messages"), list) else []
    for message in messages:
        _say(chat, message, element_origin(origin, message))
    if messages and task.output and not _is_answered(messages[-1]):
        answer = {"role": "assistant", "content": task.output}
        chat.add(answer, element_origin(origin, answer))
        chat.calls[-1].is_derived = True
    yield from chat.entries()


def _is_answered(message: JsonValue) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant" and not message.get("tool_calls")


def _say(chat: ChatLog, message: JsonValue, origin: Origin) -> None:
    """A message; where its text asks for a tool, what came back stands behind it in the same text."""
    if isinstance(message, dict) and message.get("role") == "user" and is_message(message):
        # CrewAI writes these itself: they begin no turn
        for said in read_messages(message):
            chat.log.message(said, origin)
        return
    text = message.get("content") if isinstance(message, dict) and is_message(message) else None
    found = _ACTION.search(text) if isinstance(text, str) else None
    if (
        not isinstance(message, dict)
        or not isinstance(text, str)
        or found is None
        or message["role"] != "assistant"
    ):
        chat.add(message, origin)
        return
    result = found["result"]
    before = text[: found.start("result")].rpartition("\nObservation:")[0] if result is not None else text
    chat.add({**message, "content": before}, origin)
    span = chat.log.tool(found["name"].strip(), found["arguments"].strip(), origin)
    span.is_derived = True
    if result is not None:
        span.output = result.strip()
        failed = _FAILED in result
        span.status = Status.ERROR if failed else Status.UNSET
        span.error_message = one_line(result) if failed else None
        chat.log.message(
            Message("tool", (Part(PartType.TOOL_RESULT, span.output, tool_name=span.tool_name),))
        )
