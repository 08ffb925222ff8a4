"""States that AutoGen's `save_state()` gives: what a team and each of its agents held when they were saved.

A team's state is `{"type": "TeamState", "agent_states": {name: state}}`, an agent's `{"type": "AssistantAgentState",
"llm_context": {"messages": […]}}`, in a team inside a container with the messages that wait for it. The thread of messages is told as the
conversation; who wrote the rest, and when, a saved state does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from tracetui.formats.autogen_events import tell_event
from tracetui.formats.chat_log import ChatLog, time_of
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.model import Fidelity, JsonValue, Origin, SpanKind, StateChange, StateOp, Status
from tracetui.reading.lenient import dumps

_ABOUT = frozenset(("type", "version"))
_CONTEXT_TYPES = {
    "UserMessage": "TextMessage", "FunctionExecutionResultMessage": "ToolCallExecutionEvent",
    "SystemMessage": "",
}  # fmt: skip


def is_saved(value: JsonValue) -> TypeGuard[dict[str, Any]]:
    """Whether a document is a saved state of a team, an agent or a group chat's manager."""
    if not isinstance(value, dict) or "version" not in value:
        return False
    word = first_text(value, ("type",)) or ""
    return word == "TeamState" or (word.endswith("State") and bool(_thread(value) or _context(value)))


def tell_saved(chat: ChatLog, saved: Sequence[tuple[dict[str, Any], Origin]]) -> None:
    """Each saved state as a memory step behind the messages that are new in it."""
    told: set[str] = set()
    for number, (value, origin) in enumerate(saved, 1):
        agents = dict(_agents(value))
        for message in _conversation(agents):
            identity = first_text(message, ("id",)) or dumps(message)
            if identity not in told:
                told.add(identity)
                tell_event(chat, message, element_origin(origin, message))
        span = chat.log.step(SpanKind.MEMORY, "state saved", origin, time_of(value) or chat.log.last_ns)
        span.status, span.output = Status.OK, dumps(value)
        span.state_changes = tuple(
            StateChange(
                StateOp.SNAPSHOT, "", dumps(held), None, f"state/{name}", "agent", None, Fidelity.INFERRED,
                f"saved state {number}; who wrote it, and when, is not told", order=number,
            )
            for name, held in agents.items()
        )  # fmt: skip


def _agents(value: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each agent held, by its name without the id of the team."""
    states = value.get("agent_states")
    if not isinstance(states, dict):
        yield first_text(value, ("type",)) or "agent", _held(value)
        return
    for name, state in states.items():
        if isinstance(state, dict) and state:
            yield name.partition("/")[0], _held(state)


def _held(state: Mapping[str, Any]) -> dict[str, Any]:
    inner = state.get("agent_state")
    own = {key: held for key, held in state.items() if key not in _ABOUT and key != "agent_state"}
    return {**own, **_held(inner)} if isinstance(inner, dict) else own


def _conversation(agents: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The team's thread; of an agent that was saved alone, what its model was given."""
    threads = [_thread(held) for held in agents.values()]
    whole = max(threads, key=len, default=[])
    if whole:
        return whole
    contexts = [_as_events(held, name) for name, held in agents.items()]
    return max(contexts, key=len, default=[])


def _thread(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _messages(held.get("message_thread"))


def _context(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    context = held.get("llm_context")
    found = context.get("messages") if isinstance(context, dict) else held.get("llm_messages")
    return _messages(found)


def _messages(found: JsonValue) -> list[dict[str, Any]]:
    messages = found if isinstance(found, list) else []
    return [message for message in messages if isinstance(message, dict) and first_text(message, ("type",))]


def _as_events(held: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Messages of a model's context as the events that led to them; they have no ids, so their place is one."""
    events = []
    for place, message in enumerate(_context(held)):
        word = first_text(message, ("type",)) or ""
        asks = word == "AssistantMessage" and isinstance(message.get("content"), list)
        kind = _CONTEXT_TYPES.get(word, "ToolCallRequestEvent" if asks else "TextMessage")
        if kind:
            source = "user" if word == "UserMessage" else first_text(message, ("source",)) or name
            events.append({**message, "type": kind, "source": source, "id": f"{name}/{place}"})
    return events
