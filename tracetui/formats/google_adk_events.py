"""Events of Google's Agent Development Kit, one after another, as the steps of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import parsed
from tracetui.formats.elements import element_origin
from tracetui.formats.google_adk_fields import named, text_of
from tracetui.formats.google_adk_state import checked_state, told_changes
from tracetui.formats.message_parts import read_parts
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_ASKS_A_HUMAN = frozenset(("adk_request_confirmation", "adk_request_credential", "adk_request_input"))
_HANDS_OVER = frozenset(("transfer_to_agent", "transfer_to_other_agent"))
_QUICKER_THAN_A_MODEL_NS = 50_000_000
_SAID_ELSEWHERE = frozenset(("content",))


def content_parts(content: JsonValue) -> list[Part]:
    """Parts of a `Content` object, whose blocks name every field, most of them null."""
    parts = content.get("parts") if isinstance(content, dict) else content
    blocks = parts if isinstance(parts, list) else [parts]
    return [part for block in blocks for part in read_parts(_without_nulls(block))]


def _without_nulls(block: JsonValue) -> JsonValue:
    if not isinstance(block, dict):
        return block
    kept = {key: value for key, value in block.items() if value is not None}
    return kept or None


def joined_text(parts: list[Part]) -> str | None:
    """What the text parts say together."""
    return "\n".join(part.content for part in parts if part.type is PartType.TEXT and part.content) or None


@dataclass(slots=True)
class AdkSession:
    """A session in the making: feed its events in order, then take `entries()`."""

    log: Transcript
    unread: list[Entry] = field(default_factory=list)
    _turn_of: str | None = None
    _unnamed: dict[str, list[str]] = field(default_factory=dict)
    _tools: dict[str, Span] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    _long_running: set[str] = field(default_factory=set)
    _events: list[Event] = field(default_factory=list)
    _last: Span | None = None
    _last_event: JsonValue = None
    _is_part: bool = False
    _stamped_at_start: bool = False
    _told: int = 0
    _latest_ns: int | None = None
    _said_ns: list[tuple[int, int]] = field(default_factory=list)

    def feed(self, events: Sequence[tuple[JsonValue, Origin]]) -> None:
        """All events of the session, each with its place."""
        self._stamped_at_start = _stamped_at_start([value for value, _ in events])
        for value, origin in events:
            self.add(value, origin)

    def add(self, value: JsonValue, origin: Origin) -> None:
        """One event of the session."""
        if not isinstance(value, dict):
            if self._is_part:
                return
            self.unread.append(
                Skipped(origin, "not_an_object", "an event that is no object", Severity.WARNING)
            )
            return
        at_ns = to_ns(value.get("timestamp"))
        parts = [self._identified(part) for part in content_parts(value.get("content"))]
        results = [part for part in parts if part.type is PartType.TOOL_RESULT]
        if value.get("partial") is True or not (parts or _failed(value)):
            self._remark(value, origin, at_ns)
        elif results:
            self._results(results, value, origin, at_ns)
        elif value.get("author") == "user":
            self._user(parts, value, origin, at_ns)
        else:
            self._call(parts, value, origin, at_ns)
        self._note_times(at_ns)
        self._told += 1
        self._latest_ns = max(at_ns or 0, self._latest_ns or 0) or None
        if value.get("partial") is not True:
            self._tell_state(value, results, at_ns)

    def _note_times(self, at_ns: int | None) -> None:
        """When the messages that are new were said; those without a time as early as can be."""
        new = len(self.log.context) - len(self._said_ns)
        self._said_ns += [(at_ns or 0, at_ns or 0)] * new

    def _tell_state(self, value: dict[str, Any], results: Sequence[Part], at_ns: int | None) -> None:
        span = self.log.root
        if results:
            span = self._tools.get(results[-1].tool_call_id or "") or span
        elif self._last is not None and self._last_event is value:
            span = self._last
        changes = told_changes(value, at_ns, self._told)
        span.state_changes = (*span.state_changes, *changes)

    def add_derived(self, value: JsonValue, origin: Origin) -> None:
        """An event that is only a part of the record at `origin`, which another entry stands for."""
        self._is_part = True
        self.add(value, origin)
        self._is_part = False

    def final_state(self, state: JsonValue) -> None:
        """The state of the session in the end, as it is stored beside its events."""
        if isinstance(state, dict):
            root = self.log.root
            at_ns = max((at for at in (self.log.last_ns, self._latest_ns) if at is not None), default=None)
            root.state_changes = (*root.state_changes, *checked_state(state, at_ns, self._told + 1))

    def turn(self, key: str | None, text: str | None, at_ns: int | None) -> None:
        """A user asks, unless the same invocation has begun already."""
        if key is None or key != self._turn_of:
            self._turn_of = key
            self.log.turn(text, at_ns)

    def entries(self) -> list[Entry]:
        """Everything that the events became."""
        root = self.log.root
        root.events = [*root.events, *self._events]
        entries = list(self.log.entries())
        for call_id in self._long_running | self._asked_of_a_human():
            if call_id in self._tools and self._is_open(call_id):
                self._tools[call_id].status = Status.INTERRUPTED
        root.status = root.status or self._outcome()
        if self._stamped_at_start:
            message = (
                "events carry the time at which the model was asked: how long it took to answer is not recorded,"
                " and is part of the time of the tool that it called"
            )
            self.unread.append(
                ImportIssue(
                    "times_incomplete", message, Severity.INFO, span_id=root.span_id, trace_id=root.trace_id
                )
            )
        return [*entries, *self.unread]

    # --- kinds of events

    def _user(self, parts: list[Part], value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self.turn(text_of(named(value, "invocation_id")), joined_text(parts), at_ns)
        self.log.message(Message("user", tuple(parts)), None if self._is_part else origin, at_ns)
        self._keep_actions(value, at_ns)

    def _call(self, parts: list[Part], value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        reason = text_of(named(value, "finish_reason"))
        author = text_of(value.get("author"))
        message = Message("assistant", tuple(parts), author, reason) if parts else None
        own = text_of(value.get("id"))
        span = self.log.call(message, origin, at_ns, f"{self.log.prefix}{own}" if own else None)
        span.name, span.agent, span.is_derived = author or "model", author, self._is_part
        span.model = text_of(named(value, "model_version"))
        span.usage = read_usage(named(value, "usage_metadata"))
        span.attributes = {key: item for key, item in value.items() if key not in _SAID_ELSEWHERE}
        if _failed(value):
            span.status = Status.ERROR
            span.error_type = text_of(named(value, "error_code"))
            span.error_message = one_line(text_of(named(value, "error_message"))) or span.error_type
        self._last, self._last_event = span, value
        if self._stamped_at_start:
            span.start_ns, span.end_ns = at_ns, None
        self._begin_tools(parts, value, author)

    def _begin_tools(self, parts: list[Part], value: dict[str, Any], author: str | None) -> None:
        waits = named(value, "long_running_tool_ids")
        self._long_running |= (
            {item for item in waits if isinstance(item, str)} if isinstance(waits, list) else set()
        )
        for part in parts:
            if part.type is PartType.TOOL_CALL and part.tool_call_id:
                span = self.log.waiting_for(part.tool_call_id)
                if span is not None:
                    self._tools[part.tool_call_id] = span
                    span.agent, span.kind = author, _tool_kind(part.tool_name)

    def _results(self, results: list[Part], value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        for number, part in enumerate(results):
            part = replace(part, is_error=_is_failure(part.content))
            known = self._tools.get(part.tool_call_id or "")
            if part.tool_call_id in self._answered and known is not None:
                self._answer_again(known, part, origin, at_ns, own_record=number == 0 and not self._is_part)
                continue
            span = self.log.tool_result(part, origin, at_ns)
            span.agent = span.agent or text_of(value.get("author"))
            span.is_derived = number > 0 or self._is_part
            span.attributes = {key: item for key, item in value.items() if key not in _SAID_ELSEWHERE}
            if part.tool_call_id:
                self._answered.add(part.tool_call_id)
                self._tools[part.tool_call_id] = span

    def _answer_again(
        self, span: Span, part: Part, origin: Origin, at_ns: int | None, *, own_record: bool
    ) -> None:
        """A tool that ran for long has answered twice: that it was begun, and later with its result."""
        span.output, span.end_ns = part.content, at_ns or span.end_ns
        span.status = Status.ERROR if part.is_error else Status.OK
        self.log.message(Message("tool", (part,)), None, at_ns)
        if own_record:
            self.log.merge(origin, span.span_id)

    def _remark(self, value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """An event that says nothing to the model: state, a piece of a streamed answer, a compaction."""
        if not self._is_part:
            self.log.merge(origin)
        if value.get("partial") is True:
            return
        actions = value.get("actions")
        compacted = named(actions, "compaction") if isinstance(actions, dict) else None
        if isinstance(compacted, dict):
            text = joined_text(content_parts(named(compacted, "compacted_content")))
            self._compact(Message("user", (Part(PartType.COMPACTION, text),)), compacted, at_ns)
        self._events.append(Event("compaction" if compacted else "event", at_ns, value))

    def _compact(self, summary: Message, told: dict[str, Any], at_ns: int | None) -> None:
        """A summary stands for what was said in its range of time: what came later stays, and so do earlier summaries
        that it does not cover whole. Without a range it stands for all."""
        self._note_times(at_ns)
        begin, end = to_ns(named(told, "start_timestamp")), to_ns(named(told, "end_timestamp"))
        stays = [
            (span, message)
            for span, message in zip(self._said_ns, self.log.context, strict=True)
            if begin is not None and end is not None and _reaches_beyond(span, begin, end)
        ]
        at = sum(1 for (_, last), _ in stays if end is not None and last <= end)
        stays.insert(at, ((begin or at_ns or 0, end or at_ns or 0), summary))
        self._said_ns = [span for span, _ in stays]
        self.log.compact([message for _, message in stays], at_ns)

    def _keep_actions(self, value: dict[str, Any], at_ns: int | None) -> None:
        actions = value.get("actions")
        if isinstance(actions, dict) and any(actions.values()):
            kept = {key: item for key, item in value.items() if key not in _SAID_ELSEWHERE}
            self._events.append(Event("event", at_ns, kept))

    # --- ids and outcome

    def _identified(self, part: Part) -> Part:
        """The part with an id of its call; calls without, as older versions wrote them, are answered in order."""
        if part.tool_call_id or part.type not in (PartType.TOOL_CALL, PartType.TOOL_RESULT):
            return part
        waiting = self._unnamed.setdefault(part.tool_name or "", [])
        if part.type is PartType.TOOL_RESULT:
            return replace(part, tool_call_id=waiting.pop(0)) if waiting else part
        given = (
            f"{self.log.prefix}call-without-id-{sum(map(len, self._unnamed.values())) + len(self._tools) + 1}"
        )
        waiting.append(given)
        return replace(part, tool_call_id=given)

    def _is_open(self, call_id: str) -> bool:
        answer = parsed(self._tools[call_id].output)
        return call_id not in self._answered or (
            isinstance(answer, dict) and answer.get("status") == "pending"
        )

    def _asked_of_a_human(self) -> set[str]:
        return {call_id for call_id, span in self._tools.items() if span.tool_name in _ASKS_A_HUMAN}

    def _outcome(self) -> Status | None:
        if any(span.status is Status.INTERRUPTED for span in self._tools.values()):
            return Status.INTERRUPTED
        if self._last is None:
            return None
        return Status.ERROR if self._last.status is Status.ERROR else Status.OK


def event_list(session: AdkSession, events: list[Any], origin: Origin) -> None:
    """Feed the events that stand in one document."""
    session.feed([(event, element_origin(origin, event)) for event in events])


def _stamped_at_start(events: Sequence[JsonValue]) -> bool:
    """Whether a model's events carry the time at which it was asked, as versions of 2025 wrote it.

    They follow what came before them sooner than any model answers.
    """
    times = [to_ns(event.get("timestamp")) if isinstance(event, dict) else None for event in events]
    gaps = [
        time - before
        for event, before, time in zip(events[1:], times, times[1:], strict=False)
        if isinstance(event, dict) and before is not None and time is not None and _is_answer(event)
    ]
    return bool(gaps) and sorted(gaps)[len(gaps) // 2] < _QUICKER_THAN_A_MODEL_NS


def _is_answer(event: Mapping[str, Any]) -> bool:
    content = event.get("content")
    return event.get("author") != "user" and isinstance(content, dict) and content.get("role") == "model"


def _reaches_beyond(said_ns: tuple[int, int], begin_ns: int, end_ns: int) -> bool:
    """Whether what was said then, or a summary of what was, lies at least in part outside of a range."""
    return bool(said_ns[0] and (said_ns[0] < begin_ns or said_ns[1] > end_ns))


def _failed(value: Mapping[str, Any]) -> bool:
    return bool(named(value, "error_code") or named(value, "error_message"))


def _is_failure(content: str | None) -> bool:
    """Whether a tool's answer says that it failed, as tools of the kit do: `{"error": …}`, `{"status": "error"}`."""
    answer = parsed(content)
    if not isinstance(answer, dict):
        return False
    return bool(answer.get("error")) or answer.get("status") in ("error", "failed", "failure")


def _tool_kind(name: str | None) -> SpanKind:
    if name in _HANDS_OVER:
        return SpanKind.HANDOFF
    return SpanKind.APPROVAL if name in _ASKS_A_HUMAN else SpanKind.TOOL
