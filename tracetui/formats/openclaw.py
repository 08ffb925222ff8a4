"""OpenClaw telemetry: events of agents, tools and channels, as its telemetry plug-ins write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.message_parts import first_text
from tracetui.formats.openclaw_session import ClawSession
from tracetui.model import Entry, Origin, Record, Severity, Skipped

_WORDS = frozenset(
    (
        *("agent.start", "agent.end", "tool.start", "tool.end"),
        *("llm.usage", "message.in", "message.out"),
    )
)
_NUMBERED = frozenset(("seq", "ts"))
_NAMELESS = "session"


def sniff(head: Head) -> Match | None:
    """Recognise numbered events of agents, tools and messages."""
    for value in head.values:
        if isinstance(value, dict) and first_text(value, ("type",)) in _WORDS and value.keys() >= _NUMBERED:
            return Match(90, f"events such as {value['type']} with seq and ts", None)
    return None


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session; those of sub-agents stand below the tool that spawned them."""
    held: list[tuple[str, dict[str, Any], Origin]] = []
    keyless: list[tuple[dict[str, Any], Origin]] = []
    for record in records:
        event = record.value
        word = first_text(event, ("type",)) if isinstance(event, dict) else None
        if not isinstance(event, dict) or word not in _WORDS:
            yield Skipped(record.origin, "unknown_shape", "no event of the telemetry", Severity.WARNING)
        elif first_text(event, ("sessionKey",)) is None and word.startswith("message."):
            keyless.append((event, record.origin))
        else:
            held.append((first_text(event, ("sessionKey",)) or source or _NAMELESS, event, record.origin))
    traces = {_trace_of(key) for key, _, _ in held}
    if len(traces) == 1:  # only one conversation can be meant
        main = traces.pop()
        held += [(main, event, origin) for event, origin in keyless]
        held.sort(key=lambda told: told[2].byte_offset)
        keyless = []
    if all(type(event.get(key)) is int for _, event, _ in held for key in ("ts", "seq")):
        # logs that were put together may stand in any order
        held.sort(key=lambda told: (told[1]["ts"], told[1]["seq"]))
    for _, origin in keyless:
        yield Skipped(origin, "no_session", "a message of a channel that names no session")
    yield from _sessions(held)


def _sessions(held: list[tuple[str, dict[str, Any], Origin]]) -> Iterator[Entry]:
    sessions: dict[str, ClawSession] = {}
    for key, event, origin in held:
        if key not in sessions:
            # a sub-agent ends before the session that tells who spawned it, so all stand in traces of their main one
            trace = _trace_of(key)
            sessions[key] = ClawSession.begin(key, trace, "" if key == trace else f"{key}-", origin)
        sessions[key].take(event, origin)
    for session in sessions.values():
        session.end()
    for session in sessions.values():
        for child, span in session.children.items():
            known = sessions.get(child)
            if known is not None and known.log.trace_id == session.log.trace_id and known is not session:
                known.put_below(span)
    for session in sorted(sessions.values(), key=lambda known: known.log.root.parent_id is not None):
        session.messages.end()
        yield from session.entries()


def _trace_of(key: str) -> str:
    """The trace of a session: `agent:<id>:subagent:<uuid>` stands in that of `agent:<id>:main`."""
    agent, found, _ = key.partition(":subagent:")
    return f"{agent}:main" if found else key


FORMAT = Format(
    name="openclaw",
    title="OpenClaw telemetry",
    recognised_by="events such as tool.start and agent.end with seq and ts",
    produced_by="OpenClaw's telemetry plug-ins: ~/.openclaw/logs/telemetry.jsonl",
    sniff=sniff,
    read=read,
    global_ids=False,
)
