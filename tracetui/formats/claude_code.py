"""Claude Code sessions: the JSONL logs below `~/.claude/projects`, files of sub-agents, and the web page's export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tracetui.formats.claude_session import BESIDE, Session
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped

_LIST = "loglines"
_THREADED = frozenset(("uuid", "parentUuid"))
_SPOKEN = frozenset(("user", "assistant", "system", "attachment", "progress"))


def sniff(head: Head) -> Match | None:
    """Recognise lines that follow on one another by uuid, or what Claude Code writes beside them."""
    lines = [line for value in head.values for line in _lines(value) if isinstance(line, dict)]
    for line in lines:
        if first_text(line, ("type",)) in _SPOKEN and line.keys() >= _THREADED and "sessionId" in line:
            return Match(95, "lines of a session that follow on one another by parentUuid", _version(lines))
    if any(isinstance(value, dict) and isinstance(value.get(_LIST), list) for value in head.values):
        spoken = any(first_text(line, ("type",)) in _SPOKEN for line in lines)
        return Match(85, f"a session under {_LIST}", None) if spoken else None
    if any(_is_loose(line) for line in lines):
        return Match(60, "messages of user and assistant with uuid, without what they follow on", None)
    if any(
        isinstance(value, dict) and _inside(value) and _is_wrapped(_lines(value)[0]) for value in head.values
    ):
        return Match(70, "messages of user and assistant under their type, without a session", None)
    if any(_aside(line) for line in lines):
        return Match(75, "a journal or summary of a workflow, or a note on a sub-agent", None)
    if any(BESIDE.get(str(line.get("type"))) in line for line in lines):
        return Match(70, "titles, snapshots or queue operations of a session", None)
    return None


def _aside(line: dict[str, Any]) -> str | None:
    """What a line of the files beside the sessions is, which tell only what the sessions tell too."""
    if line.get("type") in ("started", "result") and line.keys() >= {"key", "agentId"}:
        return "a line of a workflow's journal: the file of its agent tells what it did"
    if line.keys() >= {"runId", "workflowName", "workflowProgress"}:
        return "the summary of a workflow: the files of its agents tell what they did"
    if line.keys() >= {"agentType", "spawnDepth"} and "type" not in line:
        return "a note on a sub-agent, whose own file tells what it did"
    return None


def _is_loose(line: dict[str, Any]) -> bool:
    """Whether a line has the shape of a session's but not its chain, as copies made by other programs have it."""
    message, word = line.get("message"), line.get("type")
    if word not in ("user", "assistant") or not isinstance(message, dict) or "session_id" in line:
        return False
    return message.get("role") == word and isinstance(line.get("uuid"), str) and "timestamp" in line


def _version(lines: Sequence[dict[str, Any]]) -> str | None:
    return next((found for line in lines if (found := first_text(line, ("version",)))), None)


def _lines(value: JsonValue) -> Sequence[JsonValue]:
    items = _inside(value)
    return [value] if items is None else items[:20]


def _inside(value: JsonValue) -> list[Any] | None:
    """The lines in a list, or in an object that holds them as one."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) and value else None
    if "type" in value:
        return None
    messages = value.get("messages")
    wrapped = (
        isinstance(messages, list) and bool(messages) and all(_is_wrapped(item) for item in messages[:5])
    )
    items = messages if wrapped else value.get(_LIST)
    return items if isinstance(items, list) and items else None


def _is_wrapped(line: JsonValue) -> bool:
    """Whether a line is a message under its type, as a session's are, without anything of the session."""
    message = line.get("message") if isinstance(line, dict) else None
    return (
        isinstance(line, dict)
        and line.get("type") in ("user", "assistant")
        and isinstance(message, dict)
        and message.get("role") == line["type"]
    )


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session of the source: turns, model calls, tools, sub-agents below the tool that started them."""
    sessions: dict[str, Session] = {}
    # a line that follows on a line of another session continues that one
    session_of: dict[str, Session] = {}
    for record in records:
        for line, origin in _elements(record):
            if not isinstance(line, dict):
                yield Skipped(origin, "unknown_shape", "a line that is no object", Severity.WARNING)
                continue
            if (reason := _aside(line)) is not None:
                yield Skipped(origin, "told_elsewhere", reason)
                continue
            yield from _session(line, origin, sessions, session_of, source).take(line, origin)
    for session in sessions.values():
        yield from session.entries()


def _elements(record: Record) -> Iterator[tuple[JsonValue, Origin]]:
    value = record.value
    items = _inside(value)
    if items is not None:
        for item in items:
            yield item, element_origin(record.origin, item)
    else:
        yield value, record.origin


def _session(
    line: dict[str, Any],
    origin: Origin,
    sessions: dict[str, Session],
    session_of: dict[str, Session],
    source: str,
) -> Session:
    parent, own = first_text(line, ("parentUuid",)), first_text(line, ("uuid",))
    found = session_of.get(parent or "")
    if found is None:
        # lines without a session, such as titles, stand with the first one
        name = first_text(line, ("sessionId", "session_id"))
        found = sessions.get(name) if name else next(iter(sessions.values()), None)
        if found is None and name and "" in sessions:
            found = sessions[name] = sessions.pop("")
            found.session_id = name
        elif found is None:
            found = sessions[name or ""] = Session(name or "", source, origin)
    if own:
        session_of[own] = found
    return found


FORMAT = Format(
    name="claude_code",
    title="Claude Code sessions",
    recognised_by="lines with uuid, parentUuid and sessionId, or an object with loglines",
    produced_by="Claude Code: ~/.claude/projects/<project>/<session>.jsonl and <session>/subagents/agent-*.jsonl",
    sniff=sniff,
    read=read,
)
