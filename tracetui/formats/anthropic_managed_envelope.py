"""How events of Claude Managed Agents are wrapped in files: bare, in pages, beside notes of one's own, recorded calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.model import JsonValue, Origin

_DOMAINS = ("agent.", "user.", "session.", "span.")
_PIECES = frozenset(("event_start", "event_delta"))
_CALLS = "client.beta.sessions."


@dataclass(frozen=True, slots=True)
class Found:
    """One event, session object or repetition in a record; `value` is None for what only says again what is sent back."""

    word: str
    value: dict[str, Any] | None
    origin: Origin


def found_in(value: JsonValue, origin: Origin) -> Iterator[Found]:
    """Events of one record; none where it holds none."""
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and value[0].startswith(_CALLS):
            yield from _recorded(value[0], value[1], origin)
            return
        for item in value:
            known = _one(item, element_origin(origin, item))
            if known is not None:
                yield known
        return
    known = _one(value, origin)
    if known is not None:
        yield known
    elif isinstance(value, dict):
        page: list[Any] = next(
            (value[key] for key in ("data", "events") if isinstance(value.get(key), list)), []
        )
        for item in page:
            known = _one(item, element_origin(origin, item))
            if known is not None:
                yield known


def _recorded(call: str, answer: Any, origin: Origin) -> Iterator[Found]:
    """A call to the client that was recorded with its answer; what is sent comes back in the stream."""
    if call.endswith(".events.send"):
        yield Found("sent", None, origin)
        return
    known = _one(answer, origin)
    if known is not None:
        yield known


def _one(value: Any, origin: Origin) -> Found | None:
    if not isinstance(value, dict):
        return None
    word = first_text(value, ("type",))
    if word is not None and word.startswith(_DOMAINS):
        return Found(word, value, origin)
    if word in _PIECES and isinstance(value.get("event_id", value.get("event")), (str, dict)):
        return Found("piece", None, origin)
    if is_session(value):
        return Found("session", value, origin)
    inner = value.get("raw", value.get("event"))
    word = first_text(inner, ("type",)) if isinstance(inner, dict) else None
    if isinstance(inner, dict) and word is not None and word.startswith(_DOMAINS):
        return Found(word, inner, origin)
    return None


def is_session(value: dict[str, Any]) -> bool:
    """Whether a value is the session itself: its agent, status and usage."""
    return (
        value.get("type") == "session" and isinstance(value.get("agent"), dict) and "environment_id" in value
    )
