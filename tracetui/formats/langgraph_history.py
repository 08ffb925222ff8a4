"""Snapshots of a LangGraph thread as one run: turns from inputs, nodes from tasks, calls from new messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.langgraph_messages import StateMessage, calls_of, messages_in, new_messages
from tracetui.formats.langgraph_state import StateLog
from tracetui.formats.times import to_ns
from tracetui.model import Entry, JsonValue, Link, Merged, Message, Origin, PartType, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

_BEGINNINGS = frozenset(("input", "fork"))
_START, _END = "__start__", "__end__"
_LONGEST_NAME = 60
_SNAPSHOT_FIELDS = (
    "values",
    "next",
    "config",
    "metadata",
    "created_at",
    "parent_config",
    "tasks",
    "interrupts",
)
_TASK_FIELDS = ("id", "name", "path", "error", "interrupts", "state", "result")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One checkpoint of a thread."""

    thread: str
    id: str
    parent: str | None
    namespace: str
    raw: Mapping[str, Any]
    origin: Origin
    at_ns: int | None
    tasks: tuple[Mapping[str, Any], ...] = ()

    @property
    def source(self) -> str:
        """What made it: `input`, `loop`, `update`, `fork`."""
        metadata = self.raw.get("metadata")
        word = metadata.get("source") if isinstance(metadata, dict) else None
        return word if isinstance(word, str) else "loop"

    @property
    def superstep(self) -> int | None:
        """The number of the graph's step that it ends, -1 for the input; None where it is not told."""
        metadata = self.raw.get("metadata")
        step = metadata.get("step") if isinstance(metadata, dict) else None
        return step if type(step) is int else None

    @property
    def messages(self) -> list[StateMessage]:
        """The messages of its state."""
        return messages_in(self.raw.get("values"))


def snapshot_of(value: JsonValue, origin: Origin) -> Snapshot | None:
    """The snapshot that an object is; None where it names no checkpoint."""
    if not isinstance(value, dict):
        return None
    own, parent = _config(value, "config", "checkpoint"), _config(value, "parent_config", "parent_checkpoint")
    checkpoint = own.get("checkpoint_id")
    if not isinstance(checkpoint, str):
        return None
    thread, namespace, before = own.get("thread_id"), own.get("checkpoint_ns"), parent.get("checkpoint_id")
    held = value.get("tasks")
    tasks = [_task(task) for task in held] if isinstance(held, list) else []
    return Snapshot(
        thread if isinstance(thread, str) else str(thread or ""),
        checkpoint,
        before if isinstance(before, str) else None,
        namespace if isinstance(namespace, str) else "",
        value,
        origin,
        to_ns(value.get("created_at")),
        tuple(task for task in tasks if task is not None),
    )


def as_snapshot(value: JsonValue) -> JsonValue:
    """A snapshot that was written as the tuple that it is in Python, as an object; anything else as it stands."""
    if (
        isinstance(value, list)
        and len(value) in (7, 8)
        and isinstance(value[2], dict)
        and "configurable" in value[2]
    ):
        return dict(zip(_SNAPSHOT_FIELDS, value, strict=False))
    return value


def _task(value: JsonValue) -> dict[str, Any] | None:
    if isinstance(value, list) and len(value) >= 5:
        return dict(zip(_TASK_FIELDS, value, strict=False))
    return value if isinstance(value, dict) else None


def _config(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = value.get(name)
        if isinstance(found, dict):
            inner = found.get("configurable")
            return inner if isinstance(inner, dict) else found
    return {}


@dataclass(slots=True)
class _Thread:
    root: Span
    by_id: dict[str, Snapshot]
    children: dict[str, list[Snapshot]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    begun: int = 0


def read_thread(name: str, snapshots: Sequence[Snapshot]) -> Iterator[Entry]:
    """One run for the thread; snapshots come in any order, the same one twice is merged."""
    ordered = sorted(snapshots, key=lambda each: (each.at_ns or 0, each.superstep or 0, each.id))
    root = Span(name, "thread", ordered[0].origin, is_derived=True)
    root.name, root.kind, root.session_id = "LangGraph thread", SpanKind.CHAIN, ordered[0].thread or None
    thread = _Thread(root, {})
    again: list[Snapshot] = []
    for each in ordered:
        if each.id in thread.by_id:
            again.append(each)
        else:
            thread.by_id[each.id] = each
            thread.children.setdefault(each.parent or "", []).append(each)
    times = [each.at_ns for each in ordered if each.at_ns is not None]
    root.start_ns, root.end_ns = min(times, default=None), max(times, default=None)
    found = [entry for each in thread.by_id.values() for entry in _entries(thread, each)]
    _tell_state(thread, {entry.span_id: entry for entry in found if isinstance(entry, Span)})
    root.status = _outcome(list(thread.by_id.values()), found)
    root.output = dumps(ordered[-1].raw.get("values"))
    yield root
    yield from found
    yield from (Merged(each.origin, name, each.id) for each in again)


def _entries(thread: _Thread, each: Snapshot) -> Iterator[Entry]:
    after = next(iter(thread.children.get(each.id, ())), None)
    span = Span(thread.root.trace_id, each.id, each.origin)
    span.attributes = dict(each.raw)
    span.start_ns, span.end_ns = each.at_ns, after.at_ns if after is not None else None
    span.kind = SpanKind.CHAIN
    before = thread.by_id.get(each.parent or "")
    if before is not None and thread.children[before.id][0] is not each:
        span.links = (Link(span.trace_id, before.id, {"langgraph.forked_from": before.id}),)
    span.parent_id = _place(thread, each)
    if each.source in _BEGINNINGS and not each.namespace:
        yield _turn(thread, span, each)
        if _names(each) in ([], [_START]):
            return
        span = replace(span, span_id=f"{each.id}/nodes", parent_id=each.id, is_derived=True, links=())
        span.attributes = None
    elif each.source == "update" and _names(each):
        yield _update(span, each)
    yield from _nodes(span, each, after)


def _tell_state(thread: _Thread, spans: Mapping[str, Span]) -> None:
    """Each checkpoint as a snapshot told by the nodes that led to it, else by itself."""
    log = StateLog()
    for each in thread.by_id.values():
        before = thread.by_id.get(each.parent or "")
        nodes: list[str] = []
        teller = spans.get(f"{each.id}/update") or spans.get(each.id) or thread.root
        if before is not None and log.goes_back(each.namespace, each.parent):
            values = before.raw.get("values")
            log.checkpoint(
                teller, before.id, values, each.namespace, "fork", (), each.at_ns, before.superstep
            )
        if before is not None and each.source == "loop":
            teller = spans.get(f"{before.id}/nodes") or spans.get(before.id) or teller
            nodes = _names(before)
            for task in before.tasks:
                writer = spans.get(f"{before.id}/{task.get('id')}") or teller
                name, result = str(task.get("name")), task.get("result")
                log.writes(writer, name, result, each.namespace, each.at_ns, each.superstep)
        values = each.raw.get("values")
        log.checkpoint(
            teller, each.id, values, each.namespace, each.source, nodes, each.at_ns, each.superstep
        )


def _update(span: Span, each: Snapshot) -> Span:
    """That somebody set the state by hand, before the nodes that ran on it."""
    update = Span(span.trace_id, f"{each.id}/update", each.origin, is_derived=True, parent_id=span.parent_id)
    update.name, update.kind, update.status = "state updated", SpanKind.MEMORY, Status.OK
    update.start_ns = update.end_ns = each.at_ns
    update.output = dumps(each.raw.get("values"))
    return update


def _place(thread: _Thread, each: Snapshot) -> str:
    """The span under which a snapshot stands: its turn's, or in a subgraph the task that runs it."""
    task = each.namespace.rpartition("|")[2].rpartition(":")[2]
    if task and any(known.get("id") == task for other in thread.by_id.values() for known in other.tasks):
        place = _task_span_id(thread, task)
    else:
        place = thread.places.get(each.parent or "", thread.root.span_id)
    thread.places[each.id] = each.id if each.source in _BEGINNINGS and not each.namespace else place
    return thread.root.span_id if thread.places[each.id] == each.id else place


def _task_span_id(thread: _Thread, task: str) -> str:
    for other in thread.by_id.values():
        if any(known.get("id") == task for known in other.tasks):
            nested = f"{other.id}/nodes" if other.source in _BEGINNINGS and not other.namespace else other.id
            return nested if len(other.tasks) == 1 else f"{other.id}/{task}"
    return thread.root.span_id


def _turn(thread: _Thread, span: Span, each: Snapshot) -> Span:
    thread.begun += 1
    said = _asked(each, thread)
    word = "fork" if each.source == "fork" else f"turn {thread.begun}"
    span.name = f"{word}: {said[:_LONGEST_NAME]}" if said else word
    span.kind_original, span.input = each.source, said
    last = max((at for at in _times_below(thread, each)), default=None)
    span.end_ns, span.status = last or span.end_ns, Status.UNSET
    return span


def _times_below(thread: _Thread, each: Snapshot) -> Iterator[int]:
    waiting = [each]
    while waiting:
        current = waiting.pop()
        if current.at_ns is not None:
            yield current.at_ns
        waiting += [child for child in thread.children.get(current.id, ()) if child.source not in _BEGINNINGS]


def _asked(each: Snapshot, thread: _Thread) -> str | None:
    """What the user said: the messages that the input wrote."""
    results = [task.get("result") for task in each.tasks]
    child = next(iter(thread.children.get(each.id, ())), None)
    lists = [messages_in(result) for result in results] + [
        new_messages(each.messages, child.messages) if child else []
    ]
    said = [found.message for each_list in lists for found in each_list if found.message.role == "user"]
    return one_line(_text(said[0])) if said else None


def _text(message: Message) -> str | None:
    return next((part.content for part in message.parts if part.type is PartType.TEXT), None)


def _nodes(span: Span, each: Snapshot, after: Snapshot | None) -> Iterator[Entry]:
    """The nodes that ran after a snapshot; the last of a thread only says that it has ended."""
    names = _names(each)
    if not names and not each.tasks:
        span.name, span.end_ns, span.status = (
            "state updated" if each.source == "update" else "end",
            each.at_ns,
            Status.OK,
        )
        span.kind = SpanKind.MEMORY if each.source == "update" else SpanKind.CHAIN
        yield span
        return
    span.name = " + ".join(names)
    span.input = dumps(each.raw.get("values"))
    _settle(span, each.tasks, after)
    yield span
    before, new = each.messages, new_messages(each.messages, after.messages) if after is not None else []
    if len(each.tasks) < 2:
        yield from calls_of(span, before, new)
        return
    for task in each.tasks:
        part = Span(span.trace_id, f"{each.id}/{task.get('id')}", each.origin, is_derived=True)
        part.parent_id, part.name, part.kind = span.span_id, str(task.get("name") or "task"), SpanKind.CHAIN
        part.start_ns, part.end_ns = span.start_ns, span.end_ns
        _settle(part, (task,), after)
        yield part
        written = {found.identity for found in messages_in(task.get("result"))}
        yield from calls_of(part, before, [found for found in new if found.identity in written])


def _settle(span: Span, tasks: Sequence[Mapping[str, Any]], after: Snapshot | None) -> None:
    """Status, output and error of a node or of several that ran together."""
    results = [task.get("result") for task in tasks if task.get("result") is not None]
    span.output = dumps(results[0] if len(results) == 1 else results) if results else None
    errors = [task["error"] for task in tasks if task.get("error")]
    if errors:
        text = errors[0] if isinstance(errors[0], str) else dumps(errors[0])
        span.status, span.error_message = Status.ERROR, one_line(text)
        name = text.partition("(")[0]
        span.error_type = name if "(" in text and name.isidentifier() else None
    elif after is None and any(task.get("interrupts") for task in tasks):
        span.status = Status.INTERRUPTED
    else:
        span.status = Status.OK if after is not None else None


def _names(each: Snapshot) -> list[str]:
    names = [str(task.get("name")) for task in each.tasks if task.get("name")]
    following = each.raw.get("next")
    if not names and isinstance(following, list):
        names = [name for name in following if isinstance(name, str) and name != _END]
    return names


def _outcome(ordered: Sequence[Snapshot], entries: Sequence[Entry]) -> Status | None:
    """How the thread stands after its newest snapshot."""
    newest = [each for each in ordered if not each.namespace][-1:]
    status = {entry.span_id: entry.status for entry in entries if isinstance(entry, Span)}
    if not newest:
        return None
    return status.get(newest[0].id) or None
