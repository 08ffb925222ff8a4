"""State of a LangGraph thread as changes: values from checkpoints, writers from the tasks that ran in between.

What a task writes to a channel is not the channel's new value: a reducer makes that of it. So a checkpoint is told as
a snapshot, and the writes before it say only who wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.langgraph_messages import MESSAGE_KEYS
from tracetui.model import Fidelity, JsonValue, Span, StateChange, StateOp
from tracetui.reading.lenient import dumps

_SCOPE = "session"
_START = "__start__"
_ACTORS = {"input": "input", "update": "update_state", "fork": "fork"}


@dataclass(slots=True)
class StateLog:
    """Numbers the changes of one run in the order in which they are told."""

    _order: int = 0
    _last: dict[str, tuple[str, str]] = field(default_factory=dict)
    _held: dict[tuple[str, str], JsonValue] = field(default_factory=dict)

    def goes_back(self, namespace: str, parent: str | None) -> bool:
        """Whether a checkpoint with this parent follows another one than the last that was told."""
        return parent is not None and namespace in self._last and self._last[namespace][0] != parent

    def checkpoint(
        self, span: Span, own: str, values: JsonValue, namespace: str, source: str, nodes: Sequence[str],
        at_ns: int | None, superstep: JsonValue = None,
    ) -> None:  # fmt: skip
        """All channels at checkpoint `own`, told by a span; `nodes` are those that ran since the one before."""
        if not isinstance(values, dict):
            return
        evidence = f"{_in_superstep(superstep)}values of checkpoint {own}"
        if not nodes and self._last.get(namespace, ("", ""))[1] == "input":
            nodes = (_START,)
        self._last[namespace] = (own, source)
        actor, fidelity = _ACTORS.get(source), Fidelity.EXACT
        if actor is None:
            ran = list(dict.fromkeys(nodes))
            actor = " or ".join(_name(node) for node in ran) or None
            fidelity = Fidelity.EXACT if len(ran) == 1 else Fidelity.INFERRED
            if len(ran) > 1:
                evidence = f"{evidence}; one of the nodes that ran before it"
        change = StateChange(
            StateOp.SNAPSHOT, "", dumps(values), None, _store(namespace), _SCOPE, actor, fidelity, evidence, at_ns,
            self._next(),
        )  # fmt: skip
        span.state_changes = (*span.state_changes, change)

    def writes(
        self, span: Span, node: str, result: JsonValue, namespace: str, at_ns: int | None,
        superstep: JsonValue = None,
    ) -> None:  # fmt: skip
        """What a task wrote: an object, or a list of channel and value."""
        for channel, value in _written(result):
            change = StateChange(
                StateOp.WRITE, channel, dumps(value), None, _store(namespace), _SCOPE, _name(node),
                evidence=f"{_in_superstep(superstep)}result of the task", at_ns=at_ns, order=self._next(),
            )  # fmt: skip
            span.state_changes = (*span.state_changes, change)

    def streamed(
        self, span: Span, values: JsonValue, namespace: str, nodes: Sequence[str], is_first: bool, at_ns: int | None
    ) -> None:  # fmt: skip
        """The state as a stream of values tells it; who wrote a key is known where updates stand before it."""
        said = "values of the stream"
        actor = " or ".join(dict.fromkeys(nodes)) or ("input" if is_first else None)
        if is_first:
            said = f"first {said}: the input, and what the thread held before"
        fidelity = Fidelity.INFERRED if is_first or len(set(nodes)) > 1 else Fidelity.NET
        change = StateChange(
            StateOp.SNAPSHOT, "", dumps(values), None, _store(namespace), _SCOPE, actor, fidelity, said, at_ns,
            self._next(),
        )  # fmt: skip
        span.state_changes = (*span.state_changes, change)

    def concluded(self, span: Span, node: str, result: JsonValue, namespace: str, at_ns: int | None) -> None:
        """What a node wrote taken for the value, where nothing tells what a reducer made of it; messages are added."""
        for channel, value in _written(result):
            held = self._held.get((namespace, channel))
            if isinstance(held, list) and channel in MESSAGE_KEYS:
                value = [*held, *(value if isinstance(value, list) else [value])]
            self._held[namespace, channel] = value
            change = StateChange(
                StateOp.SET, channel, dumps(value), None, _store(namespace), _SCOPE, _name(node), Fidelity.INFERRED,
                "what the node wrote; a reducer may have made another value of it", at_ns, self._next(),
            )  # fmt: skip
            span.state_changes = (*span.state_changes, change)

    def _next(self) -> int:
        self._order += 1
        return self._order


def _in_superstep(number: JsonValue) -> str:
    """The framework's own number of the step in which it happened, -1 for the input; nothing where it is not told."""
    return f"superstep {number}, " if type(number) is int else ""


def _store(namespace: str) -> str:
    return f"state/{namespace}" if namespace else "state"


def _name(node: str) -> str:
    return "input" if node == _START else node


def _written(result: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    pairs: Iterable[Any] = ()
    if isinstance(result, Mapping):
        pairs = result.items()
    elif isinstance(result, list):
        pairs = (pair for pair in result if isinstance(pair, list) and len(pair) == 2)
    for channel, value in pairs:
        if str(channel).startswith("__") or str(channel).startswith("branch:"):
            continue
        several = value.get("$writes") if isinstance(value, dict) and len(value) == 1 else None
        for each in several if isinstance(several, list) else (value,):
            yield str(channel), each
