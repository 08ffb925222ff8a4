"""Claude Managed Agents: events of a session, as the API lists or streams them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tracetui.formats.anthropic_managed_envelope import Found, found_in
from tracetui.formats.anthropic_managed_thread import Thread
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import text_value
from tracetui.formats.message_parts import first_text
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import (
    Entry,
    Message,
    Origin,
    Part,
    PartType,
    Record,
    Severity,
    Skipped,
    SpanKind,
    ToolDefinition,
)
from tracetui.reading.lenient import dumps

_LONGEST_NAME = 100


def sniff(head: Head) -> Match | None:
    """Recognise events with ids of sessions and the words of agents, requests and states."""
    for value in head.values:
        for found in found_in(value, Origin(None, 0, 0)):
            if found.word == "session":
                return Match(90, "a session with its agent and environment", None)
            event = found.value or {}
            own = first_text(event, ("id",)) or ""
            if own.startswith("sevt_") or "processed_at" in event:
                return Match(93, f"events such as {found.word} with processed_at", None)
    return None


@dataclass(slots=True)
class _Session:
    """Events of one session, kept until its id is known; then told to a thread each."""

    source: str
    about: dict[str, Any] = field(default_factory=dict)
    held: list[Found] = field(default_factory=list)
    _main_id: str | None = None
    _threads: dict[str, Thread] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        self.held = _oldest_first(self.held)
        main = self._thread("", self.held[0].origin)
        self._describe(main)
        seen: set[str] = set()
        for found in self.held:
            own = first_text(found.value or {}, ("id",))
            if found.value is None or found.word == "session" or own in seen:
                main.log.merge(found.origin)
                continue
            if own and found.value.get("processed_at") is not None:
                seen.add(own)
            self._of(found).take(found.word, found.value, found.origin)
        for thread in self._threads.values():
            root = thread.log.root
            title = first_text(self.about, ("title",)) if thread is main else None
            root.name = title or one_line(thread.first_prompt) or root.agent or "managed agent"
            root.name = root.name[:_LONGEST_NAME]
            yield from thread.entries()

    def _of(self, found: Found) -> Thread:
        """The thread of an event: those of other agents of the session name theirs."""
        event = found.value or {}
        named = first_text(event, ("session_thread_id",))
        if named is None or found.word.startswith("session."):
            if found.word == "session.thread_status_running":
                self._main_id = self._main_id or named
            return self._threads[""]
        return self._thread("" if named == self._main_id else named, found.origin)

    def _thread(self, key: str, origin: Origin) -> Thread:
        known = self._threads.get(key)
        if known is not None:
            return known
        trace = self._trace_id()
        log = Transcript(trace, origin, "", prefix=f"{key}-" if key else "")
        log.root.session_id = trace
        if key:
            log.root.parent_id = self._threads[""].log.root.span_id
        thread = self._threads[key] = Thread(log)
        return thread

    def _trace_id(self) -> str:
        """The session's id; events on their own do not name it, their first id stands for it."""
        known = first_text(self.about, ("id",))
        events = [found.value for found in self.held if found.value]
        named = (first_text(event, ("session_id", "session_thread_id")) for event in events)
        own = (first_text(event, ("id",)) for event in events)
        return (
            known
            or next(filter(None, named), None)
            or next(filter(None, own), None)
            or self.source
            or "session"
        )

    def _describe(self, thread: Thread) -> None:
        """What the session object says: agent, model, system prompt, tools."""
        agent = self.about["agent"] if isinstance(self.about.get("agent"), dict) else {}
        model = agent.get("model")
        thread.model = first_text(model, ("id",)) if isinstance(model, dict) else text_value(model)
        root = thread.log.root
        root.kind, root.agent = SpanKind.AGENT, first_text(agent, ("name",))
        root.version = text_value(agent.get("version"))
        root.attributes = dict(self.about) or None
        system = first_text(agent, ("system",))
        if system:
            thread.log.message(Message("system", (Part(PartType.TEXT, system),)))
        tools = agent["tools"] if isinstance(agent.get("tools"), list) else []
        root.tools_offered = [
            ToolDefinition(name, first_text(tool, ("description",)), dumps(tool))
            for tool in tools
            if isinstance(tool, dict) and (name := first_text(tool, ("name", "mcp_server_name", "type")))
        ]


def _oldest_first(held: list[Found]) -> list[Found]:
    """Events in the order they happened: the API lists them from either end, and parts of a list may be swapped."""
    times = [to_ns((found.value or {}).get("processed_at")) for found in held]
    known = [time for time in times if time is not None]
    falls = sum(first > second for first, second in pairwise(known))
    if not falls:
        return held
    if falls > sum(first < second for first, second in pairwise(known)):
        held, times = held[::-1], times[::-1]
    # what has no time stays behind what it stands behind
    last_ns, placed = 0, []
    for found, time in zip(held, times, strict=True):
        last_ns = last_ns if time is None else time
        placed.append((last_ns, found))
    return [found for _, found in sorted(placed, key=lambda place: place[0])]


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session: a turn for each message, model calls, tools, approvals, graders."""
    session = _Session(source)
    for record in records:
        events = list(found_in(record.value, record.origin))
        if not events:
            yield Skipped(record.origin, "unknown_shape", "a record without an event", Severity.WARNING)
        for found in events:
            if found.word == "session" and found.value is not None:
                own = first_text(session.about, ("id",))
                if own is not None and own != first_text(found.value, ("id",)):
                    yield from session.entries()
                    session = _Session(source)
                session.about = found.value
            session.held.append(found)
    if session.held:
        yield from session.entries()


FORMAT = Format(
    name="anthropic_managed_agents",
    title="Claude Managed Agents events",
    recognised_by="events such as agent.tool_use and span.model_request_end with processed_at, alone or wrapped",
    produced_by="Anthropic API: client.beta.sessions.events.list or .stream, an event a line",
    sniff=sniff,
    read=read,
)
