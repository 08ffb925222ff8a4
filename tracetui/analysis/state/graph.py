"""State of a LangGraph run of which only spans are known, as LangSmith and OpenTelemetry show it.

What a node was given is the state that it saw, what it returned is what it wrote. A reducer makes the value of what was
written, so the value is known only when the next node shows it; who made it is concluded, never told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracetui.analysis.state.spans import SpanFacts, json_of
from tracetui.model import Fidelity, StateChange, StateOp
from tracetui.reading.lenient import dumps

NODE = "langgraph_node"
_SCOPE = "session"
_COMMAND = frozenset(("graph", "update", "resume", "goto"))
_WRAPPERS = frozenset(("inputs", "outputs", "kwargs", "tags", "metadata", "name"))
_OF_A_CALL = frozenset(("input_str", "output"))


@dataclass(frozen=True, slots=True)
class _Node:
    span: SpanFacts
    name: str
    store: str
    order: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time at which values were seen, or at which a node wrote them."""

    at_ns: int
    is_seen: bool
    span: SpanFacts
    store: str
    actor: str | None
    values: dict[str, Any]
    evidence: str

    @property
    def rank(self) -> int:
        """Among moments of the same time, what ends goes before what begins, but for a node that took no time itself."""
        if self.is_seen:
            return 1
        return 0 if _is_timed(self.span) else 2


def graph_changes(spans: Sequence[SpanFacts]) -> Iterator[tuple[int, StateChange]]:
    """What nodes saw and wrote, with the key of the span that tells of it; nothing for runs without nodes.

    Where nobody is known to have written a key, the nodes whose output is not known may have.
    """
    nodes = _nodes(spans)
    moments = sorted(_moments(spans, nodes), key=lambda each: (each.at_ns, each.rank))
    ended: dict[str, list[str]] = {}
    for order, moment in enumerate(moments):
        if moment.is_seen:
            actor = moment.actor or " or ".join(dict.fromkeys(ended.pop(moment.store, []))) or None
            yield (
                moment.span.span_key,
                _change(moment, StateOp.OBSERVE, "", dumps(moment.values), actor, order),
            )
            continue
        if not moment.values:
            ended.setdefault(moment.store, []).append(str(moment.actor))
        for key, value in moment.values.items():
            yield (
                moment.span.span_key,
                _change(moment, StateOp.WRITE, key, dumps(value), moment.actor, order),
            )


def _change(moment: _Moment, op: StateOp, key: str, value: str, actor: str | None, order: int) -> StateChange:
    fidelity = Fidelity.INFERRED if moment.is_seen else Fidelity.EXACT
    return StateChange(
        op, key, value, None, moment.store, _SCOPE, actor, fidelity, moment.evidence, moment.at_ns, order
    )


def _nodes(spans: Sequence[SpanFacts]) -> list[_Node]:
    """The spans that stand for nodes: the topmost of those that name the same node and step."""
    told = {span.span_key: found for span in spans if (found := _node(span)) is not None}
    topmost = [
        node
        for node in told.values()
        if node.span.parent_key not in told or told[node.span.parent_key].order != node.order
    ]
    wrote = {node.order for node in topmost if _values(node.span.output)}
    # where logs tell no tree, what a node called stands beside it
    return [
        node
        for node in topmost
        if _is_timed(node.span) or node.order not in wrote or _values(node.span.output)
    ]


def _is_timed(span: SpanFacts) -> bool:
    return span.start_ns != span.end_ns


def _node(span: SpanFacts) -> _Node | None:
    name = _told(span, NODE)
    if not name or name.startswith("__"):
        return None
    namespace = _told(span, "langgraph_checkpoint_ns") or ""
    graphs = [part.partition(":")[0] for part in namespace.split("|")[:-1]]
    store = "/".join(["state", *graphs])
    return _Node(span, name, store, (name, f"{_told(span, 'langgraph_step')} {namespace}"))


def _told(span: SpanFacts, name: str) -> str | None:
    for found in (span.metadata, span.attributes):
        value = found.get(name)
        if value is None:
            value = next((found[key] for key in found if key.endswith(f".{name}")), None)
        if isinstance(value, str | int):
            return str(value)
    return None


def _moments(spans: Sequence[SpanFacts], nodes: Sequence[_Node]) -> Iterator[_Moment]:
    by_key = {span.span_key: span for span in spans}
    graphs = {node.span.parent_key: node.store for node in nodes if node.span.parent_key in by_key}
    for node in nodes:
        span, number = node.span, _told(node.span, "langgraph_step")
        step = f"superstep {number}, " if number else ""
        yield from _moment(
            span, node.store, True, span.start_ns, None, span.input, f"{step}what node {node.name} was given"
        )
        said = f"{step}output of the node"
        yield from _moment(span, node.store, False, span.end_ns, node.name, span.output, said)
    for key, store in graphs.items():
        graph = by_key[key] if key is not None else None
        if graph is not None:
            yield from _moment(graph, store, True, graph.start_ns, "input", graph.input, "input of the graph")
            yield from _moment(graph, store, True, graph.end_ns, None, graph.output, "output of the graph")


def _moment(
    span: SpanFacts, store: str, is_seen: bool, at_ns: int | None, actor: str | None, text: str | None, said: str
) -> Iterator[_Moment]:  # fmt: skip
    values = _values(text)
    if at_ns is not None and (values or not is_seen):
        yield _Moment(at_ns, is_seen, span, store, actor, values, said)


def _values(text: str | None) -> dict[str, Any]:
    """Channels and values of an input or output; nothing where it is no object of channels."""
    value = json_of(text)
    for name in ("inputs", "outputs"):
        if isinstance(value, dict) and name in value and value.keys() <= _WRAPPERS:
            value = value[name]
    if isinstance(value, dict) and value.keys() == _COMMAND:
        value = value["update"]
    if isinstance(value, dict) and value.keys() & _OF_A_CALL and value.keys() <= _WRAPPERS | _OF_A_CALL:
        return {}
    if not isinstance(value, dict) or "__type" in value or value.get("lc") is not None:
        return {}
    if set(value) == {"input"}:
        return {}
    return {str(key): held for key, held in value.items() if not str(key).startswith("__")}
