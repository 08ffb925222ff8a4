"""Parts of a LangGraph debug stream: tasks as nodes with their times, checkpoints as events of the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.langgraph_messages import StateMessage, calls_of, messages_in, new_messages
from tracetui.formats.langgraph_state import StateLog
from tracetui.formats.times import to_ns
from tracetui.model import Entry, Event, JsonValue, LogRecord, Merged, Origin, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

_TYPES = frozenset(("checkpoint", "task", "task_result"))


def part_of(value: JsonValue) -> dict[str, Any] | None:
    """The debug part that a line is, bare, under `data`, or as the second of a pair; None for anything else."""
    for _ in range(3):
        if _second_version(value) is not None:
            break
        if isinstance(value, list) and len(value) in (2, 3):
            value = value[-1]
        elif isinstance(value, dict) and isinstance(value.get("data"), dict) and "payload" not in value:
            value = value["data"]
    if not isinstance(value, dict) or str(value.get("type")) not in _TYPES:
        return _second_version(value)
    return value if isinstance(value.get("payload"), dict) and "step" in value else None


def _second_version(value: JsonValue) -> dict[str, Any] | None:
    """A part of the streams' second version, `type`, `ns` and `data`, as the first had it; None for anything else."""
    if not isinstance(value, dict) or "ns" not in value or not isinstance(value.get("data"), dict):
        return None
    data, word = value["data"], value.get("type")
    if word == "debug" and str(data.get("type")) in _TYPES and isinstance(data.get("payload"), dict):
        return dict(data)
    at = value.get("timestamp") or data.get("timestamp")
    if word == "checkpoints" and "values" in data:
        metadata = data.get("metadata")
        step = metadata.get("step") if isinstance(metadata, dict) else None
        return {"type": "checkpoint", "step": step, "timestamp": at, "payload": data}
    if word == "tasks" and "name" in data:
        kind = "task_result" if "result" in data or data.get("error") else "task"
        return {"type": kind, "step": None, "timestamp": at, "payload": data}
    return None


def read_parts(
    parts: Sequence[tuple[dict[str, Any], Origin]], source: str, repeated: Sequence[Origin] = ()
) -> Iterator[Entry]:
    """One run for the stream: a span for each task, which its result completes; `repeated` are parts that tell the same
    less well."""
    thread = next((found for part, _ in parts if (found := _thread(part["payload"]))), None)
    root = Span(thread or source, "stream", parts[0][1], is_derived=True)
    root.name, root.kind, root.session_id = "LangGraph run", SpanKind.CHAIN, thread
    times = [at for part, _ in parts if (at := to_ns(part.get("timestamp"))) is not None]
    root.start_ns, root.end_ns = min(times, default=None), max(times, default=None)
    begun: dict[str, tuple[Span, list[StateMessage]]] = {}
    entries: list[Entry] = []
    statuses: list[Status | None] = []
    log = _Log()
    for part, origin in parts:
        if part["type"] == "checkpoint":
            event = Event("checkpoint", to_ns(part.get("timestamp")), part)
            log.checkpoint(root, part)
            entries.append(LogRecord(root.trace_id, root.span_id, origin, event))
        else:
            spans = list(_task(part, origin, root, begun))
            entries += spans
            log.task(spans[0], part)
            statuses += [spans[0].status] if part["type"] == "task_result" else []
    root.status = next((status for status in (Status.ERROR, Status.INTERRUPTED) if status in statuses), None)
    root.status = root.status or (Status.OK if statuses else None)
    yield root
    yield from entries
    yield from (Merged(origin, root.trace_id, root.span_id) for origin in repeated)


@dataclass(slots=True)
class _Log:
    """The state that the parts tell of; a checkpoint's values come from the tasks before it."""

    _state: StateLog = field(default_factory=StateLog)
    _ran: list[tuple[Span, Mapping[str, Any]]] = field(default_factory=list)

    def task(self, span: Span, part: Mapping[str, Any]) -> None:
        if part["type"] == "task_result":
            self._ran.append((span, part["payload"]))

    def checkpoint(self, root: Span, part: Mapping[str, Any]) -> None:
        payload, at_ns = part["payload"], to_ns(part.get("timestamp"))
        metadata, configured = payload.get("metadata"), _configured(payload)
        source = metadata.get("source") if isinstance(metadata, dict) else None
        namespace = str(configured.get("checkpoint_ns") or "")
        ran, self._ran = self._ran, []
        for span, result in ran:
            name, step = str(result.get("name")), part.get("step")
            self._state.writes(span, name, result.get("result"), namespace, at_ns, step)
        nodes = [str(result.get("name")) for _, result in ran]
        own = str(configured.get("checkpoint_id") or part.get("step"))
        teller = ran[0][0] if len(ran) == 1 else root
        self._state.checkpoint(
            teller,
            own,
            payload.get("values"),
            namespace,
            str(source or "loop"),
            nodes,
            at_ns,
            part.get("step"),
        )


def _configured(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    config = payload.get("config")
    inner = config.get("configurable") if isinstance(config, dict) else None
    return inner if isinstance(inner, dict) else {}


def _thread(payload: Mapping[str, Any]) -> str | None:
    found = _configured(payload).get("thread_id")
    return found if isinstance(found, str) and found else None


def _task(
    part: Mapping[str, Any], origin: Origin, root: Span, begun: dict[str, tuple[Span, list[StateMessage]]]
) -> Iterator[Span]:
    payload, at_ns = part["payload"], to_ns(part.get("timestamp"))
    own = str(payload.get("id") or f"{part.get('step')}/{payload.get('name')}")
    span = Span(root.trace_id, own, origin)
    span.parent_id, span.kind = root.span_id, SpanKind.CHAIN
    span.name = str(payload.get("name") or "task")
    if part["type"] == "task":
        span.start_ns, span.input, span.attributes = at_ns, dumps(payload.get("input")), dict(part)
        begun[own] = (span, messages_in(payload.get("input")))
        yield span
        return
    first, before = begun.get(own, (None, []))
    span.end_ns, span.output = at_ns, dumps(payload.get("result"))
    span.attributes = {"result": dict(part)}
    _settle(span, payload)
    yield span
    span_with_times = Span(
        span.trace_id, own, origin, start_ns=first.start_ns if first else None, end_ns=at_ns
    )
    yield from calls_of(span_with_times, before, new_messages(before, _written(payload.get("result"))))


def _written(result: JsonValue) -> list[StateMessage]:
    """Messages that a task wrote: its result is an object, or a list of channel and value."""
    if isinstance(result, list) and all(isinstance(item, list) and len(item) == 2 for item in result):
        return messages_in({str(key): value for key, value in result})
    return messages_in(result)


def _settle(span: Span, payload: Mapping[str, Any]) -> None:
    error = payload.get("error")
    if error:
        text = error if isinstance(error, str) else dumps(error)
        span.status, span.error_message = Status.ERROR, one_line(text)
    else:
        span.status = Status.INTERRUPTED if payload.get("interrupts") else Status.OK
