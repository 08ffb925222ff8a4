"""Google's Agent Development Kit: exported sessions, events as JSON Lines, eval sets and results of three generations.

A session is `{id, appName, userId, state, events}`, in camelCase (web interface, API) or snake_case (`adk run
--save_session`). Its spans come over OTLP and are read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.elements import element_origin
from tracetui.formats.google_adk_evals import is_eval, is_question, read_eval, read_questions
from tracetui.formats.google_adk_events import AdkSession, event_list
from tracetui.formats.google_adk_fields import named, text_of
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, JsonValue, Origin, Record, Severity, Skipped

_EVENT_MARKS = frozenset(("actions", "content", "nodeInfo", "node_info", "errorCode", "error_code"))


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each session and each eval case; single events make up sessions, single questions a case."""
    events: dict[str, list[tuple[JsonValue, Origin]]] = {}
    questions: list[tuple[JsonValue, Origin]] = []
    for record in records:
        if _is_event(record.value):
            events.setdefault(_session_of(record.value), []).append((record.value, record.origin))
        elif is_question(record.value):
            questions.append((record.value, record.origin))
        else:
            yield from _document(record.value, record.origin, source, 0)
    for key, found in events.items():
        yield from _loose_session(key, found)
    if questions:
        yield from read_questions(questions, source)


def _session_of(value: JsonValue) -> str:
    return text_of(named(value, "session_id")) or "" if isinstance(value, dict) else ""


def _loose_session(key: str, events: list[tuple[JsonValue, Origin]]) -> Iterator[Entry]:
    value, origin = events[0]
    first = value if isinstance(value, dict) else {}
    trace = key or text_of(named(first, "invocation_id")) or "events"
    session = AdkSession(Transcript(trace, origin, _first_agent([event for event, _ in events]) or "session"))
    session.log.root.session_id = key or None
    session.feed(events)
    yield from session.entries()


def _document(value: JsonValue, origin: Origin, source: str, depth: int) -> Iterator[Entry]:
    if isinstance(value, list) and value and _is_event(value[0]):
        yield from _loose_session(
            _session_of(value[0]), [(item, element_origin(origin, item)) for item in value]
        )
    elif is_eval(value):
        yield from read_eval(value, origin, source)
    elif isinstance(value, list) and value and depth == 0:
        for item in value:
            yield from _document(item, element_origin(origin, item), source, 1)
    elif isinstance(value, dict) and isinstance(value.get("events"), list):
        yield from _session(value, origin)
    else:
        yield Skipped(
            origin, "unknown_shape", "neither a session, an event nor an eval set", Severity.WARNING
        )


def _session(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    own = text_of(value.get("id"))
    if own is None:
        yield Skipped(origin, "missing_id", "a session without id", Severity.DATA_LOSS)
        return
    app = text_of(named(value, "app_name"))
    session = AdkSession(Transcript(own, origin, app or _first_agent(value["events"]) or "session"))
    root = session.log.root
    root.session_id, root.user_id, root.agent = own, text_of(named(value, "user_id")), app
    root.attributes = {key: item for key, item in value.items() if key != "events"}
    if not value["events"]:
        root.is_derived = False
    event_list(session, value["events"], origin)
    session.final_state(value.get("state"))
    yield from session.entries()


def _first_agent(events: list[Any]) -> str | None:
    authors = (text_of(event.get("author")) for event in events if isinstance(event, dict))
    return next((author for author in authors if author not in (None, "user")), None)


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Sessions, events and eval sets by their own words."""
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    first = value[0] if isinstance(value, list) and value else value
    if is_eval(value) or is_question(value):
        return Match(88, "an eval set of the Agent Development Kit")
    if _is_event(first):
        return Match(88, "events with `invocationId`, `author` and `actions` or `content`")
    if isinstance(first, dict) and isinstance(first.get("events"), list):
        return _of_session(first)
    return None


def _of_session(value: dict[str, Any]) -> Match | None:
    if value["events"] and _is_event(value["events"][0]):
        return Match(92, "a session whose `events` have `invocationId` and `author`")
    if not value["events"] and named(value, "app_name") and "state" in value:
        return Match(85, "a session with `appName`, `state` and no events yet")
    return None


def _is_event(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("author"), str):
        return False
    return isinstance(named(value, "invocation_id"), str) and not _EVENT_MARKS.isdisjoint(value)


FORMAT = Format(
    name="google_adk",
    title="Google ADK sessions",
    recognised_by="`events` with `invocationId` and `author`; eval sets with `eval_cases` or `expected_tool_use`",
    produced_by="Google Agent Development Kit: web interface and API, `adk run --save_session`, eval sets and results",
    sniff=sniff,
    read=read,
    global_ids=False,
)
