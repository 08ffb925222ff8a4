"""State of a session of Google's Agent Development Kit: deltas of its events, with scopes by the prefixes of keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats.google_adk_fields import named, text_of
from tracetui.model import StateChange, StateOp
from tracetui.reading.lenient import dumps

_SHARED = ("user", "app")


def told_changes(event: dict[str, Any], at_ns: int | None, order: int) -> Iterator[StateChange]:
    """What an event's actions changed: keys of the state (null deletes one), and versions of artifacts."""
    actions = event.get("actions")
    if not isinstance(actions, dict):
        return
    actor, rewound = text_of(event.get("author")), text_of(named(actions, "rewind_before_invocation_id"))
    evidence = "stateDelta of the event"
    if rewound:
        actor, evidence = "rewind", f"stateDelta of the rewind before invocation {rewound}"
    delta = named(actions, "state_delta")
    for key, value in delta.items() if isinstance(delta, dict) else ():
        op = StateOp.DELETE if value is None else StateOp.SET
        text = None if value is None else dumps(value)
        yield StateChange(
            op, key, text, scope=_scope(key), actor=actor, evidence=evidence, at_ns=at_ns, order=order
        )
    artifacts = named(actions, "artifact_delta")
    for key, version in artifacts.items() if isinstance(artifacts, dict) else ():
        yield StateChange(
            StateOp.SET, key, dumps(version), store="artifacts", scope=_scope(key), actor=actor,
            evidence="artifactDelta of the event: the version", at_ns=at_ns, order=order,
        )  # fmt: skip


def checked_state(state: dict[str, Any], at_ns: int | None, order: int) -> Iterator[StateChange]:
    """The final state, scope by scope; what is only for the time of a call is never stored."""
    for scope in ("session", *_SHARED):
        held = {key: value for key, value in state.items() if _scope(key) == scope and value is not None}
        if held or scope == "session":
            yield StateChange(
                StateOp.CHECK,
                "",
                dumps(held),
                scope=scope,
                evidence="state of the session",
                at_ns=at_ns,
                order=order,
            )


def _scope(key: str) -> str:
    prefix = key.partition(":")[0] if ":" in key else ""
    return prefix if prefix in (*_SHARED, "temp") else "session"
