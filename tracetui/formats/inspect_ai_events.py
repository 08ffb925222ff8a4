"""The events of an Inspect AI sample, in their order, as the spans below it.

A span begins and ends by an event each (`step` in logs of 2024, which nest by order alone). A tool's span and its
`tool` event are one span here. What happens at one moment (state and store changes, limits, notes) is an event of the
span it happened in, its fields kept whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.elements import element_origin
from tracetui.formats.inspect_ai_content import Pool
from tracetui.formats.inspect_ai_scores import sample_scores
from tracetui.formats.inspect_ai_spans import FILLERS, KINDS
from tracetui.formats.inspect_ai_state import SampleState
from tracetui.formats.message_parts import MAX_DEPTH, as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.model import Entry, Event, JsonValue, Merged, Origin, Severity, Skipped, Span, SpanKind, Status

_SPOKEN = frozenset(("timestamp", "span_id", "event", "working_start", "uuid"))
_OPENING, _CLOSING = "begin", "end"


@dataclass(slots=True)
class Events:
    """The spans that the events of one sample make under its root."""

    root: Span
    origin: Origin
    pool: Pool
    spans: dict[str, Span] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    last_ns: int | None = None
    model_calls: int = 0
    _stack: list[Span] = field(default_factory=list)
    _begun_tools: list[Span] = field(default_factory=list)
    _numbers: int = 0
    _open: Span | None = None
    state: SampleState = field(default_factory=SampleState)

    def read(self, events: JsonValue, parent: Span | None = None, depth: int = 0) -> None:
        """All events of a list; those of a tool or subtask that carries its own stand under it."""
        self.state.expect(events)
        for event in events if isinstance(events, list) else ():
            self._read(event, parent, depth)

    def close(self) -> Iterator[Entry]:
        """Everything; what began and did not end stays unfinished."""
        for span in (*self._stack, *self.spans.values()):
            if span.end_ns is None and span.status is None:
                span.status = Status.UNFINISHED
        yield from self.entries

    def _read(self, event: JsonValue, parent: Span | None, depth: int) -> None:
        origin = element_origin(self.origin, event)
        if not isinstance(event, dict):
            self.entries.append(
                Skipped(origin, "unknown_shape", "an event that is no object", Severity.WARNING)
            )
            return
        word = first_text(event, ("event", "type")) or ""
        at_ns = to_ns(event.get("timestamp"))
        self._heard(at_ns, to_ns(event.get("completed")))
        self._end_open(at_ns)
        within = parent or self._within(event)
        if word in FILLERS:
            self._span(word, event, within, origin, at_ns, depth)
        elif word == "span_begin" or (word == "step" and event.get("action") == _OPENING):
            self._begin(word, event, within, origin, at_ns)
        elif word == "span_end" or (word == "step" and event.get("action") == _CLOSING):
            self._end(word, event, origin, at_ns)
        else:
            self._moment(word or "event", event, within, origin, at_ns)

    def _end_open(self, at_ns: int | None) -> None:
        """Older logs do not say when a tool came back; it had when the next thing happened."""
        if self._open is not None and at_ns is not None:
            self._open.end_ns = max(at_ns, self._open.start_ns or at_ns)
            self._open = None

    def blame(self, error_type: str | None, message: str | None) -> None:
        """The sample failed: where its last step failed too, with no word of its own, the error is its, and what stands
        between passed it on."""
        steps = [e for e in self.entries if isinstance(e, Span) and e.kind in (SpanKind.LLM, SpanKind.TOOL)]
        if not steps or steps[-1].status is not Status.ERROR:
            return
        last = steps[-1]
        if last.error_type is None and last.error_message is None:
            last.error_type, last.error_message = error_type, message
        above = self.spans.get(last.parent_id or "")
        while above is not None and above.status is not Status.ERROR:
            above.status, above.error_type, above.error_message = Status.ERROR, error_type, message
            above = self.spans.get(above.parent_id or "")

    def _within(self, event: Mapping[str, Any]) -> Span:
        found = self.spans.get(first_text(event, ("span_id",)) or "")
        return found or (self._stack[-1] if self._stack else self.root)

    def _span(
        self, word: str, event: dict[str, Any], within: Span, origin: Origin, at_ns: int | None, depth: int
    ) -> None:
        begun = self._begun(event, within) if word == "tool" else None
        if begun is not None:
            span, began = begun, begun.origin
            self._merge(began, span)
            span.origin = origin
        else:
            self._numbers += 1
            own = first_text(event, ("uuid",)) or f"{word}-{self._numbers}"
            span = Span(
                self.root.trace_id, own if own not in self.spans else f"{own}-{self._numbers}", origin
            )
            span.parent_id = within.span_id
            self.entries.append(span)
        span.kind_original = word
        span.start_ns = at_ns or span.start_ns
        FILLERS[word](span, event, self.pool)
        self.model_calls += word == "model"
        if span.end_ns is None and span.status is not Status.UNFINISHED:
            self._open = span
        if depth < MAX_DEPTH:
            self.read(event.get("events"), span, depth + 1)

    def _begun(self, event: Mapping[str, Any], within: Span) -> Span | None:
        """The span that began for this tool call: around the event, or just before it with the tool's name."""
        name = first_text(event, ("function",))
        for span in self._begun_tools:
            if span is within or (span.parent_id == within.span_id and span.name == name):
                self._begun_tools.remove(span)
                return span
        return None

    def _begin(
        self, word: str, event: dict[str, Any], within: Span, origin: Origin, at_ns: int | None
    ) -> None:
        self._numbers += 1
        own = first_text(event, ("id",)) or f"{word}-{self._numbers}"
        if own in self.spans:
            self._moment(word, event, within, origin, at_ns)
            return
        span = Span(self.root.trace_id, own, origin, start_ns=at_ns)
        above = self.spans.get(first_text(event, ("parent_id",)) or "")
        span.parent_id = (above or (within if word == "step" else self.root)).span_id
        span.kind_original = first_text(event, ("type",)) or word
        span.name = first_text(event, ("name",)) or span.kind_original
        span.kind = KINDS.get(span.kind_original, SpanKind.CHAIN)
        if span.kind is SpanKind.AGENT:
            span.agent = span.name
        if isinstance(event.get("metadata"), dict):
            span.metadata = event["metadata"] or None
        self.spans[own] = span
        self.state.begin(span, at_ns)
        self.entries.append(span)
        if word == "step":
            self._stack.append(span)
        elif span.kind is SpanKind.TOOL:
            self._begun_tools.append(span)

    def _end(self, word: str, event: Mapping[str, Any], origin: Origin, at_ns: int | None) -> None:
        span = (
            self.spans.get(first_text(event, ("id",)) or "")
            if word == "span_end"
            else (self._stack.pop() if self._stack else None)
        )
        if span is not None:
            span.end_ns = span.end_ns or at_ns
            span.status = span.status or Status.OK
        self._merge(origin, span or self.root)

    def _moment(
        self, word: str, event: dict[str, Any], within: Span, origin: Origin, at_ns: int | None
    ) -> None:
        said = {key: value for key, value in event.items() if key not in _SPOKEN}
        attributes = self.pool.resolved(said)
        self.state.tell(word, within, attributes, at_ns)
        if word == "score" and event.get("intermediate") is True:  # the last ones stand at the sample
            scored = {"intermediate score": attributes.get("score")}
            found = sample_scores(scored, within.trace_id, within.span_id)
            within.scores = (*within.scores, *(replace(score, at_ns=at_ns) for score in found))
        if word == "error" and isinstance(attributes.get("error"), dict):
            error = attributes["error"]
            word, attributes = "exception", {
                "exception.type": "error",
                "exception.message": as_text(error.get("message")),
                "exception.stacktrace": as_text(error.get("traceback")),
            }  # fmt: skip
        within.events = [*within.events, Event(word, at_ns, attributes)]
        self._merge(origin, within)

    def _merge(self, origin: Origin, span: Span) -> None:
        self.entries.append(Merged(origin, span.trace_id, span.span_id))

    def _heard(self, *times: int | None) -> None:
        known = [at for at in (self.last_ns, *times) if at is not None]
        self.last_ns = max(known, default=None)
