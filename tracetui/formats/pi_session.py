"""pi sessions: the JSONL logs below `~/.pi/agent/sessions`, and those of OpenClaw, which is built on pi."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_values import text_value
from tracetui.formats.message_parts import first_text
from tracetui.formats.pi_entries import NOTES, PiSession
from tracetui.formats.pi_messages import ROLES
from tracetui.model import Entry, Record, Severity, Skipped

_ENTRY = frozenset(("id", "parentId", "timestamp"))
_HEADER = frozenset(("id", "timestamp", "cwd"))


def sniff(head: Head) -> Match | None:
    """Recognise the header of a session, or entries that wrap messages of pi's roles."""
    lines = [value for value in head.values if isinstance(value, dict)]
    header = next((line for line in lines if line.get("type") == "session" and line.keys() >= _HEADER), None)
    version = text_value(header.get("version")) if header is not None else None
    for line in lines:
        message = line.get("message")
        if line.get("type") != "message" or not isinstance(message, dict) or "uuid" in line:
            continue
        if first_text(message, ("role",)) in ROLES and "timestamp" in line:
            if header is not None:
                return Match(94, "a session header, then entries of type message", version)
            if message.get("role") in ("toolResult", "bashExecution") or "stopReason" in message:
                return Match(75, "entries of type message with the roles of pi", None)
    if header is not None:
        return Match(80, "the header of a session with id and cwd", version)
    if lines and all(_is_entry(line) for line in lines):
        return Match(60, "entries of a session with parentId", None)
    return None


def _is_entry(line: dict[str, Any]) -> bool:
    """Whether a line by itself looks like an entry that hangs on another one."""
    message = line.get("message")
    told = first_text(message, ("role",)) in ROLES if isinstance(message, dict) else line.get("type") in NOTES
    return told and line.keys() >= _ENTRY and "uuid" not in line


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for the session of the source: turns, model calls, tools, compactions; branches one after the other."""
    session: PiSession | None = None
    for record in records:
        line = record.value
        if not isinstance(line, dict):
            yield Skipped(record.origin, "unknown_shape", "a line that is no object", Severity.WARNING)
            continue
        if session is None:
            session = PiSession.begin(line, source, record.origin)
        elif line.get("type") == "session" and session.is_other(line):
            yield from session.entries()
            session = PiSession.begin(line, source, record.origin)
        yield from session.take(line, record.origin)
    if session is not None:
        yield from session.entries()


FORMAT = Format(
    name="pi_session",
    title="pi sessions",
    recognised_by="a line of type session with id and cwd, then entries of type message with the roles of pi",
    produced_by="pi: ~/.pi/agent/sessions/<folder>/<time>_<id>.jsonl; OpenClaw: ~/.openclaw/agents/<agent>/sessions",
    sniff=sniff,
    read=read,
)
