"""Memory of CrewAI in its events: what was saved and looked up, and the state of flows after each method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.model import Fidelity, JsonValue, StateChange, StateOp
from tracetui.reading.lenient import dumps

_STORE = "memory"
_METHODS = frozenset(("method_execution_started", "method_execution_finished", "method_execution_paused"))
_LONGEST_KEY = 80


def told_changes(value: dict[str, Any]) -> Iterator[StateChange]:
    """What an event tells. A saved memory has no key in it: the event's own id tells it from others."""
    word, actor = str(value["type"]), first_text(value, ("agent_role", "source_type"))
    if word == "memory_save_completed":
        own = first_text(value, ("started_event_id", "event_id")) or ""
        yield _change(
            value, StateOp.SET, f"entry {own[:8]}", value.get("value"), actor, "memory_save_completed"
        )
    elif word == "memory_query_completed":
        query = (as_text(value.get("query")) or "*")[:_LONGEST_KEY]
        yield _change(value, StateOp.SEARCH, query, value.get("results"), actor, word)
    elif word == "memory_retrieval_completed":
        key = f"for task {first_text(value, ('task_name', 'task_id')) or ''}".strip()
        yield _change(value, StateOp.READ, key, value.get("memory_content"), actor, word)
    elif (word in _METHODS or word in ("flow_finished", "flow_paused")) and isinstance(
        value.get("state"), dict
    ):
        yield _flow_state(value, word)


def _flow_state(value: dict[str, Any], word: str) -> StateChange:
    """The whole state of a flow. Methods run side by side, so who wrote is concluded from which one has just ended."""
    flow, method = first_text(value, ("flow_name",)) or "flow", first_text(value, ("method_name",))
    is_start = word.endswith("_started")
    return StateChange(
        StateOp.SNAPSHOT, "", dumps(value["state"]), None, f"state/{flow}", "run", None if is_start else method,
        Fidelity.INFERRED, f"state in {word} of {method or flow}", to_ns(value.get("timestamp")), _order(value),
    )  # fmt: skip


def _change(
    value: dict[str, Any], op: StateOp, key: str, held: JsonValue, actor: str | None, evidence: str
) -> StateChange:
    text = None if held is None else dumps(held)
    fidelity = Fidelity.REDACTED if text is None and op is StateOp.SET else Fidelity.EXACT
    return StateChange(
        op, key, text, None, _STORE, None, actor, fidelity, evidence, to_ns(value.get("timestamp")), _order(value)
    )  # fmt: skip


def _order(value: dict[str, Any]) -> int:
    found = value.get("emission_sequence")
    return found if type(found) is int else 0
