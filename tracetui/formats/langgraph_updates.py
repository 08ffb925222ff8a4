"""Parts of LangGraph's streams `updates` and `values` alone: what nodes wrote, and the state after each superstep.

Without checkpoints and tasks a stream has neither ids nor times. A part of `values` is the whole state after the nodes
whose parts of `updates` stand before it. Without `values` only what was written is known, not what reducers made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.langgraph_messages import StateMessage, calls_of, messages_in, new_messages
from tracetui.formats.langgraph_state import StateLog
from tracetui.formats.times import to_ns
from tracetui.model import Entry, JsonValue, Merged, Origin, Span, SpanKind, Status
from tracetui.reading.lenient import dumps

_MODES = frozenset(("values", "updates"))
_INTERRUPT = "__interrupt__"


@dataclass(frozen=True, slots=True)
class StatePart:
    """One part of such a stream; `namespace` names the subgraph, empty for the graph itself."""

    mode: str
    namespace: str
    data: dict[str, Any]
    origin: Origin
    at_ns: int | None


def state_part_of(value: JsonValue, origin: Origin) -> StatePart | None:
    """The part that a line is: `type`, `ns`, `data`; an event of a server; a pair of mode and data; None for others."""
    at_ns, mode, namespace, data = None, None, "", None
    if isinstance(value, list) and len(value) in (2, 3):
        mode, data = value[-2:]
        namespace = _namespace(value[0]) if len(value) == 3 else ""
    elif isinstance(value, dict):
        word = value.get("type") if "ns" in value else value.get("event")
        mode, _, below = word.partition("|") if isinstance(word, str) else ("", "", "")
        namespace = _namespace(value["ns"]) if "ns" in value else _namespace(below.split("|"))
        data, at_ns = value.get("data"), to_ns(value.get("timestamp"))
    if not isinstance(mode, str) or mode not in _MODES or not isinstance(data, dict):
        return None
    if mode == "updates" and not all(isinstance(held, dict | list | None) for held in data.values()):
        return None
    return StatePart(mode, namespace, data, origin, at_ns)


def _namespace(words: JsonValue) -> str:
    names = [str(word).partition(":")[0] for word in words] if isinstance(words, list) else []
    return "/".join(name for name in names if name)


def read_state_parts(parts: Sequence[StatePart], source: str) -> Iterator[Entry]:
    """One run for the stream: a span for each node that wrote, or for each state where only states are told."""
    stream = _Stream(_root(parts, source), {part.namespace for part in parts if part.mode == "values"})
    for number, part in enumerate(parts, 1):
        (stream.updates if part.mode == "updates" else stream.values)(part, number)
    root, whole = stream.root, next((part for part in reversed(parts) if part.mode == "values"), None)
    root.output = None if whole is None else dumps(whole.data)
    root.status = root.status or Status.OK
    yield root
    yield from stream.entries


def _root(parts: Sequence[StatePart], source: str) -> Span:
    root = Span(source, "stream", parts[0].origin, is_derived=True)
    root.name, root.kind = "LangGraph run", SpanKind.CHAIN
    times = [part.at_ns for part in parts if part.at_ns is not None]
    root.start_ns, root.end_ns = min(times, default=None), max(times, default=None)
    return root


@dataclass(slots=True)
class _Stream:
    """The run as far as it was told. `wrote` are the nodes since the last state, with the span of the last of them."""

    root: Span
    told_whole: set[str]
    entries: list[Entry] = field(default_factory=list)
    _log: StateLog = field(default_factory=StateLog)
    _messages: dict[str, list[StateMessage]] = field(default_factory=dict)
    _wrote: dict[str, tuple[list[str], Span]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def updates(self, part: StatePart, number: int) -> None:
        """Nodes that ran together."""
        if part.data.get(_INTERRUPT):
            self.root.status = Status.INTERRUPTED
        named = [(node, written) for node, written in part.data.items() if not node.startswith("__")]
        if not named:
            self.entries.append(Merged(part.origin, self.root.trace_id, self.root.span_id))
        for place, (node, written) in enumerate(named):
            span = self._span(part, f"{number}/{node}", node, is_derived=place > 0)
            span.output = dumps(written)
            self._calls(span, part.namespace, written)
            for each in written if isinstance(written, list) else [written]:
                self._write(span, part, node, each)

    def _write(self, span: Span, part: StatePart, node: str, written: JsonValue) -> None:
        self._log.writes(span, node, written, part.namespace, part.at_ns)
        if part.namespace in self.told_whole:
            nodes, _ = self._wrote.get(part.namespace, ([], span))
            self._wrote[part.namespace] = ([*nodes, node], span)
        else:
            self._log.concluded(span, node, written, part.namespace, part.at_ns)

    def values(self, part: StatePart, number: int) -> None:
        """The state that the nodes before it led to."""
        nodes, teller = self._wrote.pop(part.namespace, ([], None))
        is_first = part.namespace not in self._begun
        self._begun.add(part.namespace)
        if teller is None:
            teller = self._span(part, f"{number}/values", "input" if is_first else "superstep")
            if not is_first:
                self._calls(teller, part.namespace, part.data)
        else:
            self.entries.append(Merged(part.origin, teller.trace_id, teller.span_id))
        self._messages[part.namespace] = messages_in(part.data)
        self._log.streamed(teller, part.data, part.namespace, nodes, is_first, part.at_ns)

    def _span(self, part: StatePart, own: str, name: str, *, is_derived: bool = False) -> Span:
        span = Span(self.root.trace_id, own, part.origin, is_derived, self.root.span_id, name, SpanKind.CHAIN)
        span.end_ns, span.status = part.at_ns, Status.OK
        self.entries.append(span)
        return span

    def _calls(self, span: Span, namespace: str, written: JsonValue) -> None:
        """Model and tool calls that left messages."""
        before = self._messages.setdefault(namespace, [])
        new = new_messages(before, messages_in(written))
        self.entries += calls_of(span, before, new)
        self._messages[namespace] = [*before, *new]
