"""LangGraph: the history of a thread's state (`get_state_history`, `GET /threads/{id}/history`), and debug streams.

A snapshot is `{values, next, config, metadata, created_at, parent_config, tasks, interrupts}`, newest first; the API
says `checkpoint` and `parent_checkpoint` for the two configs. Its tasks are the nodes that ran after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.langgraph_history import Snapshot, as_snapshot, read_thread, snapshot_of
from tracetui.formats.langgraph_stream import part_of, read_parts
from tracetui.formats.langgraph_updates import StatePart, read_state_parts, state_part_of
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped

_SNAPSHOT = frozenset(("values", "next", "metadata"))
_CONFIGS = ("config", "checkpoint", "parent_config", "parent_checkpoint")


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each thread, or for the stream; snapshots and parts are put in order first."""
    threads: dict[str, list[Snapshot]] = {}
    parts: list[tuple[dict[str, Any], Origin]] = []
    states: list[StatePart] = []
    for record in records:
        for element, origin in _elements(record):
            value = as_snapshot(element)
            part = part_of(value)
            snapshot = snapshot_of(value, origin) if _is_snapshot(value) else None
            if part is not None:
                parts.append((part, origin))
            elif snapshot is not None:
                threads.setdefault(snapshot.thread, []).append(snapshot)
            elif (state := state_part_of(element, origin)) is not None:
                states.append(state)
            else:
                reason = "neither a snapshot of a state nor a part of a stream that tells of it"
                yield Skipped(origin, "unknown_shape", reason, Severity.WARNING)
    for thread, found in threads.items():
        yield from read_thread(thread or source, found)
    if parts:
        yield from read_parts(parts, source, [each.origin for each in states])
    elif states:
        yield from read_state_parts(states, source)


def _elements(record: Record) -> Iterator[tuple[JsonValue, Origin]]:
    if _is_list_of_objects(record.value):
        for item in record.value:
            yield item, element_origin(record.origin, item)
    else:
        yield record.value, record.origin


def _is_list_of_objects(value: JsonValue) -> TypeGuard[list[Any]]:
    if not isinstance(value, list) or not value or as_snapshot(value) is not value:
        return False
    return all(isinstance(item, dict) for item in value[:3]) or as_snapshot(value[0]) is not value[0]


def sniff(head: Head) -> Match | None:
    """Snapshots by their four words, parts of a stream by their type and payload."""
    for value in head.values:
        first = as_snapshot(value[0]) if _is_list_of_objects(value) else as_snapshot(value)
        if _is_snapshot(first):
            return Match(90, "`values`, `next`, `metadata` and a checkpoint's config")
        if part_of(first) is not None:
            return Match(90, "`step`, `type` task or checkpoint, and `payload`")
        if _is_state_part(first):
            return Match(85, "parts of a stream of `values` or `updates`")
    return None


def _is_state_part(value: JsonValue) -> bool:
    return state_part_of(value, Origin(None, 0, 0)) is not None


def _is_snapshot(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not value.keys() >= _SNAPSHOT:
        return False
    return any(isinstance(value.get(key), dict) for key in _CONFIGS)


FORMAT = Format(
    name="langgraph",
    title="LangGraph state history and debug streams",
    recognised_by="snapshots with `values`, `next`, `metadata` and `config` or `checkpoint`; lines with `step` and `payload`",
    produced_by='LangGraph: `get_state_history`, `GET /threads/{id}/history`, `stream_mode="debug"`',
    sniff=sniff,
    read=read,
    global_ids=False,
)
