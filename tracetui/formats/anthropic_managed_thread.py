"""One thread of a managed agent's session: requests become model calls with what was said in them, tools, approvals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.message_parts import first_text, read_parts, tool_result
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import count, read_usage, with_cost
from tracetui.model import Entry, Event, Message, Origin, Part, PartType, Score, Span, SpanKind, Status
from tracetui.reading.lenient import dumps
from tracetui.words import CANCELLED

_RESULT_OF = ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id")
_ABOUT_TOOL = ("evaluated_permission", "evaluation", "mcp_server_name", "session_thread_id")
_PASSED = {"satisfied": True, "needs_revision": False, "failed": False}
_REJECTED = "rejected by the user"


@dataclass(slots=True)
class Thread:
    """Events of one thread, told to a transcript; `model` and `agent` are known from the session, if that is there."""

    log: Transcript
    model: str | None = None
    first_prompt: str | None = None
    _calls: dict[str, Span] = field(default_factory=dict)
    _call: Span | None = None
    _graders: dict[str, Span] = field(default_factory=dict)
    _denied: set[str] = field(default_factory=set)
    _is_idle: bool = False
    _is_stopped: bool = False

    def take(self, word: str, event: dict[str, Any], origin: Origin) -> None:
        """One event of a known domain; what is not a step is noted on the run."""
        at_ns = to_ns(event.get("processed_at"))
        if word == "span.model_request_start":
            self._begin(event, origin, at_ns)
        elif word == "span.model_request_end":
            self._end(event, origin, at_ns)
        elif word in ("agent.message", "agent.thinking"):
            self._said(_parts_of(word, event), origin, at_ns)
        elif word.startswith("agent.") and word.endswith("tool_use"):
            self._tool(word, event, origin, at_ns)
        elif word.endswith("tool_result"):
            self._result(event, origin, at_ns)
        elif word.startswith("user."):
            self._user(word, event, origin, at_ns)
        elif word.startswith("span.outcome_evaluation"):
            self._grade(word, event, origin, at_ns)
        elif word == "agent.thread_context_compacted":
            step = self.log.step(SpanKind.MEMORY, "compaction", origin, at_ns)
            step.status, step.start_ns, step.attributes = Status.OK, at_ns, event
            # what is kept is not told
            self.log.compact([Message("user", (Part(PartType.COMPACTION),))], at_ns)
        else:
            self._session(word, event, origin, at_ns)

    def entries(self) -> Iterator[Entry]:
        """All spans of the thread; without a word of the session's status, its last step tells how it stands."""
        if self.log.root.status is None and self.log.steps:
            is_open = self.log.open_tools or self.log.steps[-1].status is Status.UNFINISHED
            self.log.root.status = Status.UNFINISHED if is_open else Status.OK
        yield from self.log.entries()

    # --- model calls -------------------------------------------------------------------------------------------

    def _begin(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> Span:
        span = self.log.call(None, origin)
        span.start_ns, span.status = at_ns or span.start_ns, Status.UNFINISHED
        span.model, span.provider = self.model, "anthropic"
        own = first_text(event, ("id",))
        if own and own not in self._calls:
            self._calls[own] = span
        self._call = span
        return span

    def _end(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        span = self._calls.get(first_text(event, ("model_request_start_id",)) or "")
        if span is None:
            span = self._begin({}, origin, at_ns)
        else:
            self.log.merge(origin, span.span_id)
        span.end_ns, span.usage = at_ns, read_usage(event.get("model_usage"))
        span.status = Status.ERROR if event.get("is_error") is True else Status.OK
        if span.status is Status.ERROR:
            span.error_type, span.error_message = "model_request_failed", "the request to the model failed"
        self.log.heard(at_ns)

    def _said(
        self, parts: tuple[Part, ...], origin: Origin, at_ns: int | None, owns_record: bool = False
    ) -> bool:
        """Something that the model says, into the request under way; whether the record became a call of its own.

        `owns_record` is True where the record stands for something else than the call.
        """
        is_new = self._call is None
        call = self._call or self._begin({}, origin, at_ns)
        if is_new:
            call.status = Status.OK
        elif not owns_record:
            self.log.merge(origin, call.span_id)
        self.log.extend_call(call, Message("assistant", parts), at_ns)
        return is_new

    # --- tools -------------------------------------------------------------------------------------------------

    def _tool(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        own, given = first_text(event, ("id",)), event.get("input")
        arguments = None if given is None else dumps(given)
        part = Part(PartType.TOOL_CALL, arguments, own, first_text(event, ("name",)))
        is_new = self._said((part,), origin, at_ns, owns_record=own is not None)
        span = self.log.tool_of(own)
        if span is None:
            return
        span.attributes = {
            "type": word,
            **{key: event[key] for key in _ABOUT_TOOL if event.get(key) is not None},
        }
        if not is_new and span.is_derived:
            span.is_derived, span.origin = False, origin
        elif not is_new:
            self.log.merge(origin, span.span_id)

    def _result(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self._call = None
        call_id = first_text(event, _RESULT_OF)
        block = {"content": event.get("content"), "tool_use_id": call_id, "is_error": event.get("is_error")}
        part, *media = tool_result(block)
        span = self.log.tool_result(part, origin, at_ns, media)
        if call_id in self._denied:
            span.status, span.error_type = Status.INTERRUPTED, _REJECTED

    def _confirmed(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """A person allows a tool call or not; until then it waited."""
        call_id, verdict = first_text(event, ("tool_use_id",)), first_text(event, ("result",))
        tool = self.log.tool_of(call_id)
        name = tool.tool_name if tool is not None and tool.tool_name else "tool"
        step = self.log.step(SpanKind.APPROVAL, f"{verdict or 'answer'} {name}", origin, at_ns)
        step.status, step.output, step.tool_name = (
            Status.OK,
            first_text(event, ("deny_message",)) or verdict,
            name,
        )
        if tool is None:
            return
        step.start_ns = tool.start_ns or step.start_ns
        if verdict == "allow":
            tool.start_ns = at_ns or tool.start_ns
        elif verdict == "deny":
            self._denied.add(call_id or "")
            tool.status, tool.error_type, tool.error_message = Status.INTERRUPTED, _REJECTED, step.output

    # --- users, graders, the session ---------------------------------------------------------------------------

    def _user(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        if word == "user.tool_confirmation":
            self._confirmed(event, origin, at_ns)
            return
        if word not in ("user.message", "user.define_outcome"):
            if word == "user.interrupt":
                self._stop()
            self._note(word, event, origin, at_ns)
            return
        if self._is_stopped:
            self.log.root.status = self.log.root.error_type = None
        self._call, self._is_stopped = None, False
        content = event.get("content") if word == "user.message" else event.get("description")
        parts = tuple(read_parts(content))
        text = "\n".join(part.content or "" for part in parts if part.type is PartType.TEXT)
        self.first_prompt = self.first_prompt or text or None
        turn = self.log.turn(text or None, at_ns)
        if word == "user.define_outcome":
            turn.attributes = {
                key: value for key, value in event.items() if key not in ("type", "description")
            }
        self.log.message(Message("user", parts), origin, at_ns)

    def _stop(self) -> None:
        """A person stops the work; where nothing is under way it changes nothing."""
        if self._is_idle:
            return
        self._is_stopped, root = True, self.log.root
        root.status, root.error_type = Status.INTERRUPTED, CANCELLED
        for span in (*self.log.open_tools, *([self._call] if self._call is not None else [])):
            if span.end_ns is None or span.kind is SpanKind.TOOL:
                span.status, span.error_type = Status.INTERRUPTED, CANCELLED

    def _grade(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """A grader of the outcome: its time and tokens are a step, its verdict is a score of the run."""
        outcome = first_text(event, ("outcome_id",)) or ""
        if word.endswith("_start"):
            step = self.log.step(SpanKind.EVALUATOR, "outcome grader", origin, at_ns)
            step.start_ns, step.end_ns, step.status = at_ns, None, Status.UNFINISHED
            step.attributes = event
            self._graders[first_text(event, ("id",)) or outcome] = step
            self._graders[outcome] = step
            return
        found = self._graders.get(first_text(event, ("outcome_evaluation_start_id",)) or outcome)
        if found is None:
            self._note(word, event, origin, at_ns)
            return
        self.log.merge(origin, found.span_id)
        if not word.endswith("_end"):
            return
        found.end_ns, found.status, found.usage = at_ns, Status.OK, read_usage(event.get("usage"))
        label, why = first_text(event, ("result",)), first_text(event, ("explanation",))
        found.output = why
        self.log.heard(at_ns)
        score = Score(self.log.trace_id, found.span_id, "outcome", label=label, kind="llm", comment=why)
        found.scores = (replace(score, passed=_PASSED.get(label or ""), author="grader", at_ns=at_ns),)

    def _session(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        root = self.log.root
        if word.endswith("status_running"):
            self._is_idle, root.status = False, Status.UNFINISHED
            root.agent = root.agent or first_text(event, ("agent_name",))
        elif word == "session.status_idle":
            self._idle(event)
        elif word == "session.status_terminated":
            root.status = Status.ERROR
        elif word == "session.error":
            self._error(event, at_ns)
        elif word == "session.usage":
            self._usage(event)
        self._note(word, event, origin, at_ns)

    def _idle(self, event: dict[str, Any]) -> None:
        reason = event["stop_reason"] if isinstance(event.get("stop_reason"), dict) else {}
        word = first_text(reason, ("type",))
        self._is_idle = True
        if self._is_stopped and word == "end_turn":
            return
        ends = {"requires_action": Status.INTERRUPTED, "retries_exhausted": Status.ERROR}
        self.log.root.status = ends.get(word or "", Status.OK)
        if self.log.root.status is Status.ERROR and self.log.root.error_type is None:
            self.log.root.error_type = word

    def _error(self, event: dict[str, Any], at_ns: int | None) -> None:
        error = event["error"] if isinstance(event.get("error"), dict) else {}
        kind, message = first_text(error, ("type",)) or "session.error", first_text(error, ("message",))
        about = {"exception.type": kind, "exception.message": message}
        self.log.root.events = [*self.log.root.events, Event("exception", at_ns, about)]
        retry = error["retry_status"] if isinstance(error.get("retry_status"), dict) else {}
        if first_text(retry, ("type",)) != "retrying":
            root = self.log.root
            root.status, root.error_type, root.error_message = Status.ERROR, kind, one_line(message)

    def _usage(self, event: dict[str, Any]) -> None:
        """Totals of the session so far, graders included; its cost is in cents."""
        told = event["usage"] if isinstance(event.get("usage"), dict) else {}
        by_age = told["cache_creation"] if isinstance(told.get("cache_creation"), dict) else {}
        written = [number for key in by_age if (number := count(by_age, (key,))) is not None]
        usage = read_usage({"cache_creation_input_tokens": sum(written), **told} if written else told)
        if usage is None:
            return
        cost = told.get("list_cost")
        if isinstance(cost, dict) and cost.get("currency") == "USD":
            figures = Figures()
            cents = figures.dollars(cost, ("amount",))
            usage = with_cost(usage, None if cents is None else cents / 100, figures) or usage
        self.log.root.usage = usage

    def _note(self, word: str, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        kept = {key: value for key, value in event.items() if key not in ("type", "processed_at")}
        self.log.root.events = [*self.log.root.events, Event(word, at_ns, kept)]
        self.log.merge(origin)


def _parts_of(word: str, event: dict[str, Any]) -> tuple[Part, ...]:
    parts = tuple(read_parts(event.get("content")))
    if word == "agent.message":
        return parts
    return (Part(PartType.THINKING, "\n".join(part.content or "" for part in parts) or None),)
