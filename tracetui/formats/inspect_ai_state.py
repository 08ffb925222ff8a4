"""State and store of an Inspect AI sample, from events that tell what a span changed on the whole.

Such an event stands at the end of its span and is told again by every span around it, each time as a patch of the
document as it was when that span began; so where spans begin is told too.
"""

from __future__ import annotations

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
    _begun: set[str] = field(default_factory=set)
    _is_told: bool = False
    _order: int = 0

    def expect(self, events: JsonValue) -> None:
        """Look ahead for the spans that will tell of changes."""
        for event in events if isinstance(events, list) else ():
            if isinstance(event, dict) and event.get("event") in _STORES:
                self._changing.add(str(event.get("span_id") or ""))

    def begin(self, span: Span, at_ns: int | None) -> None:
        """A span begins; where events do not name their span, any may be the one."""
        if span.span_id not in self._changing and "" not in self._changing:
            return
        self._begun.add(span.span_id)
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
            evidence = f"{word} event: net changes of the span"
            self._add(span, StateOp.PATCH, span.span_id, word, changes, at_ns, evidence)

    def end(self, root: Span, store: JsonValue, at_ns: int | None) -> None:
        """The store in the end, as the log holds it beside the events."""
        if isinstance(store, dict) and (store or self._is_told):
            self._add(root, StateOp.CHECK, "", "store", store, at_ns, "store of the sample")

    def _add(
        self, span: Span, op: StateOp, key: str, store: str, value: JsonValue, at_ns: int | None,
        evidence: str | None,
    ) -> None:  # fmt: skip
        self._order += 1
        text = None if value is None else dumps(value)
        actor = span.name if op is StateOp.PATCH else "input" if op is StateOp.SNAPSHOT else None
        fidelity = Fidelity.NET if op is StateOp.PATCH else Fidelity.EXACT
        change = StateChange(
            op, key, text, None, store, _SCOPES[store], actor, fidelity, evidence, at_ns, self._order
        )
        span.state_changes = (*span.state_changes, change)


def _is_of_store(word: str, change: JsonValue) -> bool:
    """The state repeats what the store's own events say."""
    path = change.get("path") if isinstance(change, dict) else None
    return word == "state" and isinstance(path, str) and (path == "/store" or path.startswith("/store/"))
