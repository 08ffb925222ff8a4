"""Lines of Gemini CLI's stream-json: messages in pieces, tools with results, and what a session used in all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import is_told
from tracetui.model import Entry, Event, Message, Origin, Part, PartType, Span, Status, Usage
from tracetui.reading.lenient import dumps

STREAM_TYPES = frozenset(("init", "message", "tool_use", "tool_result", "result", "error"))
_LONGEST_NAME = 100


@dataclass(slots=True)
class _Session:
    log: Transcript
    model: str | None = None
    call: Span | None = None
    pieces: list[str] = field(default_factory=list)
    is_over: bool = False


@dataclass(slots=True)
class Streams:
    """Sessions one after the other; what stands before the first line of one belongs to it."""

    source: str
    _sessions: list[_Session] = field(default_factory=list)
    _early: list[tuple[dict[str, Any], Origin]] = field(default_factory=list)

    def take(self, line: dict[str, Any], origin: Origin) -> None:
        """One line of a stream."""
        current = self._sessions[-1] if self._sessions else None
        if line.get("type") == "init":
            self._begin(line, origin)
        elif current is None or current.is_over or line.get("timestamp") is None:
            self._early.append((line, origin))
        else:
            _tell(current, line, origin)

    def entries(self) -> Iterator[Entry]:
        """All spans of all sessions."""
        if self._early:
            if not self._sessions:
                self._open("", self._early[0][1])
            self._tell_early()
        for session in self._sessions:
            if not session.is_over:
                session.log.root.status = Status.UNFINISHED
            yield from session.log.entries()

    def _begin(self, line: dict[str, Any], origin: Origin) -> None:
        session = self._open(first_text(line, ("session_id",)) or "", origin)
        session.model = first_text(line, ("model",))
        session.log.root.requested_model = session.model
        session.log.root.start_ns = to_ns(line.get("timestamp"))
        session.log.merge(origin)
        self._tell_early()

    def _open(self, name: str, origin: Origin) -> _Session:
        known = {session.log.trace_id for session in self._sessions}
        trace = name or self.source or "session"
        while trace in known:
            trace = f"{trace}'"
        session = _Session(Transcript(trace, origin, "Gemini CLI run"))
        session.log.root.session_id, session.log.root.agent = name or None, "Gemini CLI"
        self._sessions.append(session)
        return session

    def _tell_early(self) -> None:
        early, self._early = self._early, []
        for line, origin in early:
            _tell(self._sessions[-1], line, origin)


def _tell(session: _Session, line: dict[str, Any], origin: Origin) -> None:
    word, at_ns = first_text(line, ("type",)), to_ns(line.get("timestamp"))
    log = session.log
    if word == "message" and line.get("role") != "assistant":
        _heard(session, line, origin, at_ns)
    elif word == "message":
        _said(session, line, origin, at_ns)
    elif word == "tool_use":
        part = Part(
            PartType.TOOL_CALL,
            None if line.get("parameters") is None else dumps(line["parameters"]),
            first_text(line, ("tool_id",)),
            first_text(line, ("tool_name",)),
        )
        _answer(session, part, origin, at_ns)
    elif word == "tool_result":
        _result(session, line, origin, at_ns)
    elif word == "result":
        _end(session, line, origin, at_ns)
    else:
        log.root.events = [*log.root.events, Event(word or "line", at_ns, line)]
        log.merge(origin)


def _heard(session: _Session, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    session.call = None
    text = as_text(line.get("content"))
    # a prompt written before the session began is repeated within it, with the context around it
    if at_ns is not None or session.log.root.name == "Gemini CLI run":
        session.log.root.name = (one_line(text) or "Gemini CLI run")[:_LONGEST_NAME]
    if at_ns is not None:
        session.log.turn(text, at_ns)
    role = first_text(line, ("role",)) or "user"
    session.log.message(Message(role, (Part(PartType.TEXT, text),)), origin, at_ns)


def _answer(session: _Session, part: Part, origin: Origin, at_ns: int | None) -> None:
    """A piece of an answer: what comes until the next result of a tool is one model call."""
    session.pieces.clear()
    message = Message("assistant", (part,))
    if session.call is None:
        session.call = session.log.call(message, origin, at_ns)
        session.call.model, session.call.provider = session.model, "google"
    else:
        session.log.extend_call(session.call, message, at_ns)
        session.log.merge(origin, session.call.span_id)


def _said(session: _Session, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    text = as_text(line.get("content")) or ""
    call, pieces = session.call, [*session.pieces, text]
    if call is None or not session.pieces or line.get("delta") is not True:
        _answer(session, Part(PartType.TEXT, text), origin, at_ns)
        session.pieces = [text]
        return
    # pieces of one text, put together again
    session.pieces = pieces
    session.log.grow_text(call, text, at_ns)
    session.log.merge(origin, call.span_id)


def _result(session: _Session, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    session.call = None
    session.pieces.clear()
    status = first_text(line, ("status",))
    error = line["error"] if isinstance(line.get("error"), dict) else {}
    content = as_text(line.get("output")) or first_text(error, ("message",))
    is_error = None if status is None else status == "error"
    part = Part(PartType.TOOL_RESULT, content, first_text(line, ("tool_id",)), is_error=is_error)
    span = session.log.tool_result(part, origin, at_ns)
    if is_error:
        span.error_type = first_text(error, ("type",))
        span.error_message = one_line(first_text(error, ("message",)) or content)


def _end(session: _Session, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
    root = session.log.root
    session.is_over = True
    root.status = Status.OK if first_text(line, ("status",)) in (None, "success") else Status.ERROR
    error = line["error"] if isinstance(line.get("error"), dict) else {}
    if root.status is Status.ERROR:
        root.error_type = first_text(error, ("type",)) or first_text(line, ("status",))
        root.error_message = one_line(first_text(error, ("message",))) or root.error_type
    root.end_ns, root.usage = at_ns, _totals(line.get("stats"))
    root.attributes = {"stats": line["stats"]} if line.get("stats") is not None else None
    session.log.merge(origin)


def _totals(stats: Any) -> Usage | None:
    """What the session used in all; thoughts are in the total alone."""
    if not isinstance(stats, dict):
        return None
    figures = Figures()
    usage = Usage(
        input_tokens=figures.tokens(stats, ("input_tokens",)),
        output_tokens=figures.tokens(stats, ("output_tokens",)),
        total_tokens=figures.tokens(stats, ("total_tokens",)),
        cache_read_tokens=figures.tokens(stats, ("cached",)),
        raw=dumps(stats),
        unread=figures.unread,
    )
    return usage if is_told(usage) else None
