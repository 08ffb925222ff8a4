"""Codex rollouts: the JSONL logs below `~/.codex/sessions`, one file a thread; sub-agents have files of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tracetui.formats.codex_thread import MODEL_ITEMS, Thread
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.formats.times import to_ns
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped

_TYPES = frozenset(("session_meta", "turn_context", "response_item", "event_msg", "compacted"))
_PROGRAM = frozenset(("world_state", "token_usage_record"))
_HEADER = frozenset(("id", "timestamp", "instructions"))
_BARE = MODEL_ITEMS | {
    "message",
    "function_call_output",
    "custom_tool_call_output",
    "local_shell_call_output",
}


def sniff(head: Head) -> Match | None:
    """Recognise lines of type and payload, or the bare items of old versions behind their header."""
    lines = [line for value in head.values for line in _some(value) if isinstance(line, dict)]
    for line in lines:
        if first_text(line, ("type",)) in _TYPES and isinstance(line.get("payload"), dict):
            return Match(
                95, "lines of type session_meta, response_item and event_msg with a payload", _version(lines)
            )
    has_header = any(line.keys() >= _HEADER and "type" not in line for line in lines[:1])
    if has_header and any(first_text(line, ("type",)) in _BARE for line in lines[1:]):
        return Match(75, "a header with instructions, then items of the Responses API", None)
    return None


def _version(lines: Sequence[dict[str, Any]]) -> str | None:
    payloads = (line["payload"] for line in lines if isinstance(line.get("payload"), dict))
    return next((found for payload in payloads if (found := first_text(payload, ("cli_version",)))), None)


def _some(value: JsonValue) -> Sequence[JsonValue]:
    return value[:20] if isinstance(value, list) else [value]


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for the thread of the source: turns, model calls and tools; messages that stand there twice count once."""
    thread: Thread | None = None
    is_bare = False
    for record in records:
        for line, origin in _elements(record):
            if not isinstance(line, dict):
                yield Skipped(origin, "unknown_shape", "a line that is no object", Severity.WARNING)
                continue
            if thread is None:
                is_bare = "payload" not in line and _envelope(line, True)[0] is not None
                thread = Thread.begin(_envelope(line, is_bare)[1], source, origin)
            yield from _take(thread, _envelope(line, is_bare), line, origin)
    if thread is not None:
        yield from thread.entries()


def _elements(record: Record) -> list[tuple[JsonValue, Origin]]:
    if isinstance(record.value, list) and record.value:
        return [(item, element_origin(record.origin, item)) for item in record.value]
    return [(record.value, record.origin)]


def _envelope(line: dict[str, Any], is_bare: bool) -> tuple[str | None, dict[str, Any]]:
    """Type and payload of a line; old versions wrote items without an envelope, all of them in a file."""
    word = first_text(line, ("type",))
    if isinstance(line.get("payload"), dict):
        return word, line["payload"]
    if is_bare and word in _BARE:
        return "response_item", line
    if is_bare and word is None and line.keys() >= _HEADER:
        return "session_meta", line
    return None, {}


def _take(
    thread: Thread, envelope: tuple[str | None, dict[str, Any]], line: dict[str, Any], origin: Origin
) -> Iterator[Entry]:
    word, payload = envelope
    at_ns = to_ns(line.get("timestamp"))
    if word == "session_meta":
        thread.meta(payload, origin)
    elif word == "turn_context":
        thread.turn_context(payload, origin, at_ns)
    elif word == "response_item":
        thread.item(payload, origin, at_ns)
    elif word == "event_msg":
        thread.event(payload, origin, at_ns)
    elif word == "compacted":
        thread.compacted(payload, origin, at_ns)
    elif word in _PROGRAM:
        thread.note(word, payload, origin, at_ns)
    elif "record_type" in line:
        yield Skipped(origin, "state_mark", "a mark of the program's own state")
    else:
        yield Skipped(origin, "unknown_shape", "a line of a type that is not known", Severity.WARNING)


FORMAT = Format(
    name="codex_rollout",
    title="Codex rollouts",
    recognised_by="lines of type session_meta, turn_context, response_item or event_msg with a payload",
    produced_by="Codex: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl",
    sniff=sniff,
    read=read,
)
