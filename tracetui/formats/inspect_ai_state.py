"""State and store of an Inspect AI sample, from events that tell what a span changed on the whole.

Such an event stands at the end of its span and is told again by every span around it, each time as a patch of the
document as it was when that span began; so where spans begin is told too. Spans that are open beside each other share
the document: the one that ends first tells what the other wrote by then, so that either may be the writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tracetui.model import Fidelity, JsonValue, Span, StateChange, StateOp
from tracetui.reading.lenient import dumps

_STORES = ("state", "store")
_SCOPES = {"state": "run", "store": "run"}
_INIT = "sample_init"


@dataclass(slots=True)
class SampleState:
    """The changes of one sample, numbered as they are told."""

    _changing: set[str] = field(default_factory=set)
    _open: dict[str, Span] = field(default_factory=dict)
    _above: dict[str, str | None] = field(default_factory=dict)
    _is_told: bool = False
    _order: int = 0

    def expect(self, events: JsonValue) -> None:
        """Look ahead for the spans that will tell of changes."""
        for event in events if isinstance(events, list) else ():
            if isinstance(event, dict) and event.get("event") in _STORES:
                self._changing.add(str(event.get("span_id") or ""))

    def begin(self, span: Span, at_ns: int | None) -> None:
        """A span begins; where events do not name their span, any may be the one."""
        self._above[span.span_id] = span.parent_id
        if span.span_id not in self._changing and "" not in self._changing:
            return
        if span.span_id in self._changing:
            self._open[span.span_id] = span
        for store in _STORES:
            self._add(span, StateOp.MARK, span.span_id, store, None, at_ns, None)

    def tell(self, word: str, span: Span, event: dict[str, Any], at_ns: int | None) -> None:
        """An event: the state at the beginning, or what a span changed."""
        if word == _INIT and isinstance(event.get("state"), dict):
            held = {key: value for key, value in event["state"].items() if key != "store"}
            self._add(span, StateOp.SNAPSHOT, "", "state", held, at_ns, "state of the sample_init event")
        elif word in _STORES and isinstance(event.get("changes"), list):
            changes = [change for change in event["changes"] if not _is_of_store(word, change)]
            self._is_told |= word == "store"
            self._open.pop(span.span_id, None)
            evidence = f"{word} event: net changes of the span"
            self._add(span, StateOp.PATCH, span.span_id, word, changes, at_ns, evidence, self._beside(span))

    def end(self, root: Span, store: JsonValue, at_ns: int | None) -> None:
        """The store in the end, as the log holds it beside the events."""
        if isinstance(store, dict) and (store or self._is_told):
            self._add(root, StateOp.CHECK, "", "store", store, at_ns, "store of the sample")

    def _beside(self, span: Span) -> list[str]:
        """Names of spans that are open and neither above this one nor below it."""
        above = self._all_above(span)
        return list(dict.fromkeys(
            other.name or key for key, other in self._open.items()
            if key not in above and span.span_id not in self._all_above(other)
        ))  # fmt: skip

    def _all_above(self, span: Span) -> set[str]:
        found: set[str] = set()
        above = span.parent_id
        while above is not None and above not in found:
            found.add(above)
            above = self._above.get(above)
        return found

    def _add(
        self, span: Span, op: StateOp, key: str, store: str, value: JsonValue, at_ns: int | None,
        evidence: str | None, beside: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._order += 1
        text = None if value is None else dumps(value)
        actor = span.name if op is StateOp.PATCH else "input" if op is StateOp.SNAPSHOT else None
        fidelity = Fidelity.NET if op is StateOp.PATCH else Fidelity.EXACT
        if beside:
            actor, fidelity = " or ".join((actor or span.span_id, *beside)), Fidelity.INFERRED
            evidence = f"{evidence}; others were open beside it"
        change = StateChange(
            op, key, text, None, store, _SCOPES[store], actor, fidelity, evidence, at_ns, self._order
        )
        span.state_changes = (*span.state_changes, change)


def _is_of_store(word: str, change: JsonValue) -> bool:
    """The state repeats what the store's own events say."""
    path = change.get("path") if isinstance(change, dict) else None
    return word == "state" and isinstance(path, str) and (path == "/store" or path.startswith("/store/"))
