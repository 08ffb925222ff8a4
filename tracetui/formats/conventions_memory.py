"""Memory operations of OpenTelemetry's GenAI conventions as changes of a store: `create_memory`, `search_memory`, …

They tell no value from before, and contents only where an application opted in; without these a write is redacted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_values import parsed
from tracetui.model import Fidelity, JsonValue, Span, StateChange, StateOp
from tracetui.reading.lenient import dumps

OPERATIONS: Mapping[str, StateOp] = MappingProxyType(
    {
        "create_memory": StateOp.SET,
        "update_memory": StateOp.SET,
        "upsert_memory": StateOp.SET,
        "delete_memory": StateOp.DELETE,
        "search_memory": StateOp.SEARCH,
        "create_memory_store": StateOp.NOOP,
        "delete_memory_store": StateOp.DELETE,
    }
)
_ALL = "*"


def fill_memory(span: Span, attributes: Mapping[str, Any]) -> None:
    """What the operation that a span stands for did; nothing for spans that are none."""
    word = attributes.get("gen_ai.operation.name")
    op = OPERATIONS.get(word) if isinstance(word, str) else None
    if op is not None:
        span.state_changes = tuple(_changes(span, attributes, op, str(word)))


def _changes(span: Span, attributes: Mapping[str, Any], op: StateOp, word: str) -> Iterator[StateChange]:
    store = attributes.get("gen_ai.memory.store.id") or attributes.get("gen_ai.memory.store.name")
    actor = attributes.get("gen_ai.agent.name")
    scope = "user" if attributes.get("user.id") or attributes.get("enduser.id") else None

    def change(key: str, value: JsonValue, fidelity: Fidelity = Fidelity.EXACT) -> StateChange:
        return StateChange(
            op, key, None if value is None else dumps(value), store=store if isinstance(store, str) else "memory",
            scope=scope, actor=actor if isinstance(actor, str) else None, fidelity=fidelity,
            evidence=f"span of {word}", at_ns=span.end_ns or span.start_ns,
        )  # fmt: skip

    found = parsed(attributes.get("gen_ai.memory.records"))
    records = [record for record in found if isinstance(record, dict)] if isinstance(found, list) else []
    own = attributes.get("gen_ai.memory.record.id")
    if op is StateOp.SEARCH:
        query = attributes.get("gen_ai.memory.query.text")
        yield change(query if isinstance(query, str) else _ALL, records or None)
    elif op is not StateOp.SET:
        named = isinstance(own, str)
        yield change(str(own) if named else _ALL, None, Fidelity.EXACT if named else Fidelity.INFERRED)
    elif not records:
        yield change(str(own) if isinstance(own, str) else _ALL, None, Fidelity.REDACTED)
    for number, record in enumerate(records if op is StateOp.SET else ()):
        key = (
            record.get("id")
            or (own if len(records) == 1 else None)
            or f"record {number + 1} of {span.span_id}"
        )
        yield change(str(key), record.get("content"))
