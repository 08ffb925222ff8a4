"""One conversation of Claude Code, a session's own or a sub-agent's: its lines in order become steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.claude_words import (
    SYNTHETIC,
    api_error,
    is_command,
    is_interruption,
    is_not_allowed,
    is_rejection,
    prompt_of,
    system_error,
)
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import number_value
from tracetui.formats.message_parts import first_text, other, read_parts
from tracetui.formats.times import NS_PER_MS
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import Event, Message, Origin, Part, PartType, Span, SpanKind, Status
from tracetui.words import CANCELLED

_CALL_FIELDS = ("requestId", "gitBranch", "cwd", "version", "agentId", "slug", "attributionAgent")
_TITLES = ("customTitle", "aiTitle", "agentName", "title")
_WRAPPED = re.compile(r"^<tool_use_error>(.*?)(?:</tool_use_error>)?$", re.DOTALL)


@dataclass(slots=True)
class Chain:
    """The lines of one conversation, told to a transcript."""

    log: Transcript
    is_agent: bool = False
    first_prompt: str | None = None
    _calls: dict[str, Span] = field(default_factory=dict)
    _marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    _branches: list[list[Message]] = field(default_factory=list)
    _last_uuid: str | None = None
    _waiting: tuple[str, int | None, dict[str, Any]] | None = None
    _turn: Span | None = None
    _ending: Status | None = None

    def user(self, line: dict[str, Any], origin: Origin, at_ns: int | None) -> bool:
        """A prompt, results of tools, or context; False where the line says nothing."""
        parts = _content(line)
        if not parts:
            return False
        rewound = self._rewind(line, parts)
        told = self._results(line, parts, origin, at_ns)
        said = [part for part in parts if part.tool_call_id is None]
        prompt = None if line.get("isMeta") is True or told else prompt_of(said)
        if line.get("isCompactSummary") is True:
            said = [replace(part, type=PartType.COMPACTION) for part in said]
            prompt = None
        if prompt is not None:
            self._prompted(prompt, at_ns, rewound)
        if said:
            self.log.message(Message("user", tuple(said)), None if told else origin, at_ns)
        if is_interruption(said):
            self._interrupted()
        self._passed(line)
        return True

    def assistant(self, line: dict[str, Any], origin: Origin, at_ns: int | None) -> bool:
        """An answer or a piece of one; pieces of one message share its id and repeat its usage, which grows."""
        message = line["message"] if isinstance(line.get("message"), dict) else {}
        parts = _content(line)
        if not parts and not message.get("usage"):
            return False
        if message.get("model") == SYNTHETIC:
            self._notice(line, parts, origin, at_ns)
        else:
            self._answer(
                line,
                message,
                Message("assistant", tuple(parts), finish_reason=_reason(message)),
                origin,
                at_ns,
            )
        self._passed(line)
        return True

    def system(self, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """A compaction, a failed try of the API, or a notice."""
        word = first_text(line, ("subtype",)) or "notice"
        if word == "compact_boundary":
            self._compaction(line, origin, at_ns)
        elif word in ("api_error", "api_retry"):
            self._failed_call(system_error(line), line, origin, at_ns)
        else:
            self.note(word, line, origin, at_ns)
        self._passed(line)

    def note(self, word: str, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """Something that happened beside the conversation: an event of the run."""
        kept = {key: value for key, value in line.items() if key not in _NOT_NOTED}
        self.log.root.events = [*self.log.root.events, Event(word, at_ns, kept)]
        self.log.merge(origin)

    def attachment(self, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """Context that the program adds by itself: files, reminders."""
        self.log.message(Message("user", (other(line.get("attachment")),)), origin, at_ns)
        self._passed(line)

    def end(self) -> None:
        """No line comes any more: how the run stands."""
        if self._waiting is not None and not is_command(self._waiting[0]):
            self._open_turn()
        root = self.log.root
        if self._ending is Status.OK and any(span.end_ns is None for span in self.log.open_tools):
            self._ending = Status.UNFINISHED
        root.status = root.status or self._ending
        if root.status is Status.INTERRUPTED:
            root.error_type = CANCELLED
        if root.status is Status.ERROR and root.error_message is None:
            failed = self.log.steps[-1]
            root.error_type, root.error_message = failed.error_type, failed.error_message

    # --- what a user line holds --------------------------------------------------------------------------------

    def _results(
        self, line: dict[str, Any], parts: Sequence[Part], origin: Origin, at_ns: int | None
    ) -> bool:
        results = [part for part in parts if part.type is PartType.TOOL_RESULT]
        for number, part in enumerate(results):
            media = [p for p in parts if p.type is PartType.MEDIA and p.tool_call_id == part.tool_call_id]
            # a result that says nothing of an error is a success in this log
            settled = replace(part, is_error=bool(part.is_error))
            span = self.log.tool_result(settled, origin, at_ns, media, owns_record=number == 0)
            if span.error_message is not None:
                span.error_message = _WRAPPED.sub(r"\1", span.error_message)
            if is_rejection(part):
                span.status, span.error_type = Status.INTERRUPTED, "rejected by the user"
            elif is_not_allowed(part):
                span.status, span.error_type = Status.INTERRUPTED, "no permission"
            details = line.get("toolUseResult")
            if isinstance(details, dict) and number == 0:
                _add_attributes(span, {"toolUseResult": details})
        return bool(results)

    def _prompted(self, prompt: str, at_ns: int | None, rewound: str | None) -> None:
        if self.first_prompt is None and not (is_command(prompt) and " " not in prompt):
            self.first_prompt = prompt
        self._waiting = (prompt, at_ns, {"claude_code.rewound_to": rewound} if rewound else {})
        self._ending = None

    def _open_turn(self) -> None:
        """A turn begins with its first step: what was typed and never reached a model makes none."""
        if self._waiting is None:
            return
        prompt, at_ns, attributes = self._waiting
        self._waiting = None
        if not self.is_agent:
            self._turn = self.log.turn(prompt, at_ns)
            _add_attributes(self._turn, attributes)

    def _interrupted(self) -> None:
        self._open_turn()
        self._ending = Status.INTERRUPTED
        if self._turn is not None:
            self._turn.status, self._turn.error_type = Status.INTERRUPTED, CANCELLED
        for span in self.log.open_tools:
            span.status, span.error_type = Status.INTERRUPTED, CANCELLED

    # --- answers -----------------------------------------------------------------------------------------------

    def _answer(
        self, line: dict[str, Any], message: dict[str, Any], said: Message, origin: Origin, at_ns: int | None
    ) -> None:
        self._open_turn()
        own = first_text(message, ("id",)) or first_text(line, ("requestId", "uuid"))
        span = self._calls.get(own or "")
        if span is None:
            span = self.log.call(said, origin, at_ns)
            if own:
                self._calls[own] = span
        else:
            self.log.extend_call(span, said, at_ns)
            self.log.merge(origin, span.span_id)
        self._fill(span, line, message)
        self._ending = Status.OK

    def _fill(self, span: Span, line: dict[str, Any], message: dict[str, Any]) -> None:
        span.model, span.provider = first_text(message, ("model",)) or span.model, "anthropic"
        usage, figures = read_usage(message.get("usage")), Figures()
        if usage is not None:
            span.usage = with_cost(usage, figures.dollars(line, ("costUSD",)), figures)
        took_ms = number_value(line.get("durationMs"))
        if took_ms is not None and span.end_ns is not None and 0 < took_ms < 10**9:
            span.start_ns = span.end_ns - int(took_ms * NS_PER_MS)
        kept = {key: line[key] for key in _CALL_FIELDS if line.get(key) is not None}
        edits = message.get("context_management")
        _add_attributes(span, {**kept, "message.id": message.get("id"), "context_management": edits or None})

    def _notice(self, line: dict[str, Any], parts: list[Part], origin: Origin, at_ns: int | None) -> None:
        """A line that the program wrote in the place of a model: an API error, or that nothing was asked."""
        text = "\n".join(part.content or "" for part in parts)
        error = api_error(line, text)
        if error is None:
            self.log.message(Message("assistant", tuple(parts)), origin, at_ns)
        else:
            self._failed_call(error, line, origin, at_ns)
            self._ending = Status.ERROR
            if self._turn is not None:
                self._turn.status, self._turn.error_message = Status.ERROR, one_line(text)

    def _failed_call(
        self, error: tuple[str, str], line: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        self._open_turn()
        span = self.log.call(None, origin, at_ns)
        span.name, span.provider, span.status = "model call failed", "anthropic", Status.ERROR
        span.error_type, span.error_message = error[0], one_line(error[1])
        span.output = error[1]
        tried = (
            *("retryAttempt", "maxRetries", "retryInMs", "error", "cause", "requestId"),
            *("attempt", "max_retries", "retry_delay_ms", "error_status"),
        )
        _add_attributes(span, {key: line[key] for key in tried if line.get(key) is not None})

    # --- compaction and going back -----------------------------------------------------------------------------

    def _compaction(self, line: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        facts = line["compactMetadata"] if isinstance(line.get("compactMetadata"), dict) else {}
        why = first_text(facts, ("trigger",))
        span = self.log.step(SpanKind.MEMORY, f"compaction ({why})" if why else "compaction", origin, at_ns)
        span.status, span.output = Status.OK, first_text(line, ("content",))
        # when it began is not told, and it belongs to no turn
        span.start_ns, span.parent_id = at_ns, self.log.root.span_id
        kept = ("compactMetadata", "logicalParentUuid", "content")
        _add_attributes(span, {key: line[key] for key in kept if line.get(key) is not None})
        self.log.compact([], at_ns)

    def _rewind(self, line: dict[str, Any], parts: Sequence[Part]) -> str | None:
        """A prompt that follows on an earlier line takes back what was said since; the line it went back to."""
        parent = first_text(line, ("parentUuid",))
        if (
            parent is None
            or parent == self._last_uuid
            or line.get("isMeta") is True
            or prompt_of(parts) is None
        ):
            return None
        mark = self._marks.get(parent)
        if mark is None or any(part.type is PartType.TOOL_RESULT for part in parts):
            return None
        branch, length = mark
        current = list(self.log.context)
        if branch == len(self._branches) and length == len(current):
            return None
        kept = (current if branch == len(self._branches) else self._branches[branch])[:length]
        self._branches.append(current)
        self.log.compact(kept)
        return parent

    def _passed(self, line: dict[str, Any]) -> None:
        own = first_text(line, ("uuid",))
        if own is not None:
            self._last_uuid = own
            self._marks[own] = (len(self._branches), len(self.log.context))


_NOT_NOTED = frozenset(
    ("uuid", "parentUuid", "sessionId", "timestamp", "isSidechain", "userType", "cwd", "version")
)


def title_of(line: dict[str, Any]) -> str | None:
    """A name that a user or a model gave a session."""
    return first_text(line, _TITLES)


def _content(line: dict[str, Any]) -> list[Part]:
    message = line.get("message")
    if isinstance(message, dict):
        return read_parts(message.get("content"))
    return read_parts(message)


def _reason(message: dict[str, Any]) -> str | None:
    return first_text(message, ("stop_reason",))


def _add_attributes(span: Span, more: dict[str, Any]) -> None:
    known = {key: value for key, value in more.items() if value is not None}
    if known:
        span.attributes = {**(span.attributes or {}), **known}
