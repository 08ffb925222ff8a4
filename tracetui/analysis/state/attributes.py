"""State and memory in attributes of spans: `state.plan`, `memory`, `session.state`, `state.before`, in any format.

An attribute shows what was held at a time, not who put it there: what differs from what was shown before is a change
whose writer is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracetui.analysis.state.spans import SpanFacts, object_of
from tracetui.model import Fidelity, JsonValue, StateChange, StateOp
from tracetui.reading.lenient import dumps

PATTERN = (
    r"(?:(session|agent|graph|workflow|crew|flow|user|app|gen_ai|gen_ai\.agent|gen_ai\.session)[._])?"
    r"(state|memory)(?:\.([^\"\\]+))?"
)
"""Names of attributes that hold state or memory: whose, which of the two, and the key."""

_NAME = re.compile(PATTERN)
_BEFORE = frozenset(("before", "input", "in", "start", "previous"))
_AFTER = frozenset(("after", "output", "out", "end", "values", "current", "snapshot"))
_SCOPES = frozenset(("session", "user", "app"))
_FIGURES = re.compile(
    r"(?i)(^|[._])(usage|used|limit|rss|total|free|available|percent|utili[sz]ation|peak|size|bytes|kb|mb|gb|type|id|name)\b"
)
_OPERATIONS = "gen_ai.memory."


def attribute_changes(span: SpanFacts) -> Iterator[tuple[int, StateChange]]:
    """What the attributes of a span show, with its key; nothing where none of them holds state or memory."""
    for name, value in span.attributes.items():
        found = _NAME.fullmatch(name)
        if found is None or name.startswith(_OPERATIONS):
            continue
        whose, store, key = found.groups()
        at_ns, values = _shown(span, store, key, value)
        if values:
            scope = next((word for word in _SCOPES if whose and word in whose), None)
            yield (
                span.span_key,
                StateChange(
                    StateOp.OBSERVE, "", dumps(values), None, store, scope, None, Fidelity.INFERRED,
                    f"attribute {name} of the span", at_ns,
                ),
            )  # fmt: skip


def _shown(
    span: SpanFacts, store: str, key: str | None, value: JsonValue
) -> tuple[int | None, dict[str, JsonValue]]:
    """When the attribute was true, and the keys that it shows."""
    whole = object_of(value)
    end_ns = span.end_ns if span.end_ns is not None else span.start_ns
    if key is None or key in _AFTER:
        return end_ns, whole or {}
    if key in _BEFORE:
        return span.start_ns, whole or {}
    if store == "memory" and _FIGURES.search(key):
        return end_ns, {}
    return end_ns, {key: value if whole is None else whole}
