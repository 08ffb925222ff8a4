"""Histories that memory stores keep of themselves: rows of mem0's `history` table, and of Letta's `block_history`.

They are no traces: each row is one change of one memory, with who made it. A row is a step of a run, one run for each
user, agent or block that they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import stem_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.model import (
    Entry,
    JsonValue,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    StateChange,
    StateOp,
    Status,
)
from tracetui.reading.lenient import dumps

_MEM0 = frozenset(("memory_id", "old_memory", "new_memory", "event"))
_LETTA = frozenset(("block_id", "sequence_number", "value"))
_OWNERS = ("user_id", "agent_id", "run_id", "organization_id")
_ACTORS = ("actor_id", "actor_type", "role")
_OPS = {"ADD": StateOp.SET, "UPDATE": StateOp.SET, "DELETE": StateOp.DELETE, "NONE": StateOp.NOOP}


def sniff(head: Head) -> Match | None:
    """Rows by their columns."""
    for value in head.values:
        for row in value[:3] if isinstance(value, list) else [value]:
            if isinstance(row, dict) and row.keys() >= _MEM0:
                return Match(88, "memory_id, old_memory, new_memory and event, as mem0 keeps them")
            if isinstance(row, dict) and row.keys() >= _LETTA:
                return Match(86, "block_id, sequence_number and value, as Letta keeps them")
    return None


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each owner, a step for each row."""
    roots: dict[str, Span] = {}
    spans: list[Span] = []
    for record in records:
        for row, origin in _rows(record):
            if not isinstance(row, dict) or not (row.keys() >= _MEM0 or row.keys() >= _LETTA):
                yield Skipped(origin, "unknown_shape", "no row of a history of memories", Severity.WARNING)
                continue
            owner = first_text(row, _OWNERS) or first_text(row, ("block_id",)) or stem_of(source)
            root = roots.setdefault(owner, _root(owner, row, origin))
            spans.append(_span(row, origin, root, len(spans)))
    for root in roots.values():
        own = [span for span in spans if span.trace_id == root.trace_id]
        times = [span.start_ns for span in own if span.start_ns is not None]
        root.start_ns, root.end_ns = min(times, default=None), max(times, default=None)
        yield root
        yield from own


def _rows(record: Record) -> Iterator[tuple[JsonValue, Origin]]:
    if not isinstance(record.value, list):
        yield record.value, record.origin
        return
    for row in record.value:
        yield row, element_origin(record.origin, row)


def _root(owner: str, row: dict[str, Any], origin: Origin) -> Span:
    root = Span(f"memory {owner}", "history", origin, is_derived=True, kind=SpanKind.CHAIN, status=Status.OK)
    root.name = f"memory of {owner}"
    root.user_id = first_text(row, ("user_id",))
    return root


def _span(row: dict[str, Any], origin: Origin, root: Span, number: int) -> Span:
    is_mem0 = row.keys() >= _MEM0
    change = _mem0(row, number) if is_mem0 else _letta(row, number)
    own = first_text(row, ("id",)) or str(number)
    span = Span(root.trace_id, own, origin, parent_id=root.span_id, kind=SpanKind.MEMORY, status=Status.OK)
    span.name = f"{(as_text(row.get('event')) or 'change').lower()} memory" if is_mem0 else "change block"
    span.start_ns = span.end_ns = change.at_ns
    span.agent = first_text(row, ("agent_id",))
    span.output, span.state_changes = change.value, (change,)
    return span


def _mem0(row: dict[str, Any], order: int) -> StateChange:
    op = _OPS.get(str(row.get("event")).upper(), StateOp.NOOP)
    after = None if op is StateOp.DELETE else _json(row.get("new_memory"))
    at_ns = to_ns(row.get("updated_at")) or to_ns(row.get("created_at"))
    return StateChange(
        op, str(row["memory_id"]), after, _json(row.get("old_memory")), "memory", "user", first_text(row, _ACTORS),
        evidence="row of mem0's history", at_ns=at_ns, order=order,
    )  # fmt: skip


def _letta(row: dict[str, Any], order: int) -> StateChange:
    found = row.get("sequence_number")
    key = first_text(row, ("label",)) or str(row["block_id"])
    at_ns = to_ns(row.get("updated_at")) or to_ns(row.get("created_at"))
    return StateChange(
        StateOp.SET, key, _json(row.get("value")), None, "blocks", "agent", first_text(row, _ACTORS),
        evidence=f"version {found} of the block", at_ns=at_ns, order=found if type(found) is int else order,
    )  # fmt: skip


def _json(value: JsonValue) -> str | None:
    return None if value is None else dumps(value)


FORMAT = Format(
    name="memory_history",
    title="Histories of mem0 and Letta",
    recognised_by="rows with memory_id, old_memory, new_memory and event, or block_id, sequence_number and value",
    produced_by="mem0: `Memory.history(memory_id)` or its table `history`; Letta: its table `block_history`",
    sniff=sniff,
    read=read,
    global_ids=False,
)
