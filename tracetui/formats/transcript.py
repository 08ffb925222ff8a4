"""From a log of messages to the spans of a run: turns, model calls, tool calls, each with what it was given.

Logs of chats and of coding agents hold messages, not spans. A `Transcript` takes them in order and works out the rest:
what a model call was given is all that was said before it, a tool call lasts from the message that asked for it to its
result, a turn from what a user said to the last step before the next. Times that the log does not hold stay unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tracetui.formats.conventions_status import one_line
from tracetui.model import (
    Entry,
    ImportIssue,
    Merged,
    Message,
    Origin,
    Part,
    PartType,
    Severity,
    Span,
    SpanKind,
    Status,
)
from tracetui.words import CANCELLED

MOST_REMEMBERED = 400_000
"""Messages given to the calls of one log, counted with repetition; later calls get only what is new."""

_LONGEST_NAME = 60


@dataclass(slots=True)
class _Pending:
    span: Span
    turn: int


@dataclass(slots=True)
class Transcript:
    """The spans of one run, or of a sub-agent under `parent_id`, in the making.

    Fill `root` with what is known of the run as a whole. Feed the log in its order, then take `entries()` once.
    Span ids are `prefix` and a running number unless given; they must be unique within the trace.
    """

    trace_id: str
    origin: Origin
    name: str
    prefix: str = ""
    parent_id: str | None = None
    root: Span = field(init=False)
    _context: list[Message] = field(default_factory=list)
    _given: int = 0
    _remembered: int = 0
    _forgot: bool = False
    _steps: list[_Pending] = field(default_factory=list)
    _turns: list[Span] = field(default_factory=list)
    _waiting: dict[str, _Pending] = field(default_factory=dict)
    _waiting_without_id: list[_Pending] = field(default_factory=list)
    _tools: dict[str, Span] = field(default_factory=dict)
    _answered_early: set[str] = field(default_factory=set)
    _last_ns: int | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _merged: list[tuple[Origin, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = Span(self.trace_id, f"{self.prefix}run", self.origin, is_derived=True)
        self.root.parent_id, self.root.name, self.root.kind = self.parent_id, self.name, SpanKind.AGENT

    @property
    def context(self) -> Sequence[Message]:
        """What a model called now would be given."""
        return self._context

    @property
    def last_ns(self) -> int | None:
        """The latest time heard of so far."""
        return self._last_ns

    @property
    def open_tools(self) -> Sequence[Span]:
        """Tool calls that still wait for their result."""
        return [step.span for step in self._waiting.values()]

    @property
    def steps(self) -> Sequence[Span]:
        """Model calls, tool calls and other steps so far."""
        return [step.span for step in self._steps]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told of the run."""
        return not (self._steps or self._context or self._turns or self._merged)

    def tool_of(self, call_id: str | None) -> Span | None:
        """The span of a tool call, whether it has its result or not."""
        return self._tools.get(call_id or "")

    def turn(self, text: str | None, at_ns: int | None = None) -> Span:
        """A user says something to begin with: the steps from here belong to a turn of their own.

        The message itself is given by `message`. A log of one turn gets no turn span.
        """
        number = len(self._turns) + 1
        span = Span(self.trace_id, f"{self.prefix}turn-{number}", self.origin, is_derived=True)
        span.parent_id, span.name, span.kind = self.root.span_id, _turn_name(number, text), SpanKind.CHAIN
        span.start_ns, span.input = at_ns, text
        self._turns.append(span)
        self._heard(at_ns)
        return span

    def message(self, message: Message, origin: Origin | None = None, at_ns: int | None = None) -> None:
        """Something that the next model call is given; `origin` where it is a record of its own."""
        self._context.append(message)
        self._heard(at_ns)
        if origin is not None:
            self._merged.append((origin, ""))

    def call(
        self, message: Message | None, origin: Origin, at_ns: int | None = None, span_id: str | None = None
    ) -> Span:
        """A model answers: its span, to be filled further (model, usage, status). The message's tool calls begin.

        It starts when the log last moved before it and ends at `at_ns`.
        """
        span = Span(self.trace_id, span_id or self._next_id("call"), origin)
        span.kind, span.start_ns, span.end_ns = SpanKind.LLM, self._last_ns or at_ns, at_ns
        span.status = Status.OK
        if self._context and self._context[-1].role != "assistant":
            self._waiting_without_id.clear()
        span.input_messages = self._recalled()
        self._heard(at_ns)
        self._step(span)
        if message is not None:
            self.extend_call(span, message, at_ns)
        return span

    def extend_call(self, span: Span, message: Message, at_ns: int | None = None) -> None:
        """More of an answer that the log writes in pieces; ends the call later."""
        if span.output_messages:
            said = span.output_messages[-1]
            whole = Message(
                said.role,
                (*said.parts, *message.parts),
                said.name,
                message.finish_reason or said.finish_reason,
            )
            places = reversed(range(len(self._context)))
            at = next((at for at in places if self._context[at] is said), None)
            # a call that was compacted or taken back is given to nobody any more
            if at is not None:
                self._context[at] = whole
        else:
            whole = message
            self._context.append(whole)
        span.output_messages = (whole,)
        if whole.finish_reason:
            span.finish_reasons = (whole.finish_reason,)
        if at_ns is not None:
            span.end_ns = max(span.end_ns or at_ns, at_ns)
        self._heard(at_ns)
        for part in message.parts:
            if part.type is PartType.TOOL_CALL:
                self._begin_tool(part, span.origin, at_ns)

    def grow_text(self, span: Span, text: str, at_ns: int | None = None) -> None:
        """More of the text that an answer ends with, which the log writes in pieces of any length."""
        said = span.output_messages[-1] if span.output_messages else Message("assistant", ())
        last = said.parts[-1] if said.parts else None
        if last is None or last.type is not PartType.TEXT:
            self.extend_call(span, Message(said.role, (Part(PartType.TEXT, text),)), at_ns)
            return
        grown = Part(PartType.TEXT, (last.content or "") + text)
        whole = replace(said, parts=(*said.parts[:-1], grown))
        at = next((at for at in reversed(range(len(self._context))) if self._context[at] is said), None)
        if at is not None:
            self._context[at] = whole
        span.output_messages = (whole,)
        if at_ns is not None:
            span.end_ns = max(span.end_ns or at_ns, at_ns)
        self._heard(at_ns)

    def tool(self, name: str | None, arguments: str | None, origin: Origin, at_ns: int | None = None,
             call_id: str | None = None, span_id: str | None = None) -> Span:  # fmt: skip
        """A tool runs without a message that asked for it: its span, ended by `tool_result` or by hand."""
        early = self._asked_late(call_id, name, arguments, at_ns)
        if early is not None:
            self._merged.append((origin, early.span_id))
            return early
        span = Span(self.trace_id, span_id or self._next_id("tool"), origin)
        span.kind, span.name, span.tool_name, span.tool_call_id = SpanKind.TOOL, name, name, call_id
        # without a time of its own it keeps its place behind what came before
        span.input, span.start_ns = arguments, at_ns or self._last_ns
        self._heard(at_ns)
        step = self._step(span)
        if call_id:
            self._waiting[call_id] = step
            self._tools[call_id] = span
        return span

    def step(self, kind: SpanKind, name: str, origin: Origin, at_ns: int | None = None) -> Span:
        """Something else that moves the agent, from when the log last moved to `at_ns`: an approval, a compaction."""
        span = Span(self.trace_id, self._next_id(kind.lower()), origin)
        span.kind, span.name, span.start_ns, span.end_ns = kind, name, self._last_ns or at_ns, at_ns
        self._heard(at_ns)
        self._step(span)
        return span

    def tool_result(
        self,
        part: Part,
        origin: Origin,
        at_ns: int | None = None,
        media: Sequence[Part] = (),
        owns_record: bool = True,
    ) -> Span:
        """A tool answers with a TOOL_RESULT part: the span of the tool call, which is made where none was begun.

        A result without an id answers the first call without one, of the result's name if it has a name, that the
        model asked for last.
        The result is said to the model too, with its media. `part.is_error` decides the status; None leaves it unset.
        `owns_record` is False for all but one of several results in one record.
        """
        waiting = self._answered(part)
        if waiting is None:
            span = self.tool(part.tool_name, None, origin, None, part.tool_call_id)
            self._waiting.pop(part.tool_call_id or "", None)
            if part.tool_call_id:
                self._answered_early.add(part.tool_call_id)
            span.is_derived = not owns_record
        else:
            span = waiting.span
            if span.is_derived:
                span.is_derived, span.origin = not owns_record, origin
            elif owns_record:
                self._merged.append((origin, span.span_id))
        span.output, span.end_ns = part.content, at_ns
        if span.error_type == CANCELLED:
            span.error_type = None
        span.status = {None: Status.UNSET, True: Status.ERROR, False: Status.OK}[part.is_error]
        if part.is_error:
            span.error_message = one_line(part.content)
        self._context.append(Message("tool", (part, *media)))
        self._heard(at_ns)
        return span

    @property
    def has_waiting_without_id(self) -> bool:
        """Whether a tool call without an id, of those that the model asked for last, still waits for its result."""
        return bool(self._waiting_without_id)

    def waiting_for(self, call_id: str) -> Span | None:
        """The tool call of that id that has no result yet."""
        step = self._waiting.get(call_id)
        return step.span if step is not None else None

    def compact(self, kept: Sequence[Message], at_ns: int | None = None) -> None:
        """From here a model is given `kept` instead of what was said before."""
        self._context = list(kept)
        self._given = 0
        self._heard(at_ns)

    def merge(self, origin: Origin, span_id: str = "") -> None:
        """Account for a record that only adds to a span, the run's own where no id is given."""
        self._merged.append((origin, span_id))

    def heard(self, at_ns: int | None) -> None:
        """The log goes on to a time; the next step begins there."""
        self._heard(at_ns)

    def entries(self) -> Iterator[Entry]:
        """Everything, the run first. Tool calls without result stay unfinished."""
        self._close_turns()
        yield self.root
        turns = self._turns if len(self._turns) > 1 else []
        yield from turns
        for step in self._steps:
            if step.span.parent_id is None:
                step.span.parent_id = (
                    turns[step.turn - 1].span_id if turns and step.turn else self.root.span_id
                )
            if step.span.name is None:
                step.span.name = _name_of(step.span)
            yield step.span
        for origin, span_id in self._merged:
            yield Merged(origin, self.trace_id, span_id or self.root.span_id)
        if self._forgot:
            message = "the log is very long: its later calls are given only what is new since the call before"
            yield ImportIssue(
                "history_shortened", message, Severity.INFO, span_id=self.root.span_id, trace_id=self.trace_id
            )

    def _begin_tool(self, part: Part, origin: Origin, at_ns: int | None) -> None:
        if self._asked_late(part.tool_call_id, part.tool_name, part.content, at_ns) is not None:
            return
        # until its result comes, the record that asked for it stands for it
        span = self.tool(part.tool_name, part.content, origin, at_ns, part.tool_call_id)
        span.is_derived = True
        if not part.tool_call_id:
            self._waiting_without_id.append(self._steps[-1])

    def _answered(self, result: Part) -> _Pending | None:
        if result.tool_call_id:
            return self._waiting.pop(result.tool_call_id, None)
        for number, step in enumerate(self._waiting_without_id):
            if result.tool_name in (None, step.span.tool_name):
                return self._waiting_without_id.pop(number)
        return None

    def _asked_late(
        self, call_id: str | None, name: str | None, arguments: str | None, at_ns: int | None
    ) -> Span | None:
        """The span of a call whose result stands before it in the log, where their times say that it came after."""
        span = self._tools.get(call_id or "") if call_id in self._answered_early else None
        if span is None or at_ns is None or span.end_ns is None or at_ns > span.end_ns:
            return None
        self._answered_early.discard(call_id or "")
        span.name = span.tool_name = span.tool_name or name
        span.input, span.start_ns = arguments, at_ns
        self._heard(at_ns)
        return span

    def _step(self, span: Span) -> _Pending:
        step = _Pending(span, len(self._turns))
        self._steps.append(step)
        return step

    def _recalled(self) -> tuple[Message, ...]:
        begin = 0
        if self._remembered + len(self._context) > MOST_REMEMBERED:
            begin, self._forgot = self._given, True
        given = tuple(self._context[begin:])
        self._remembered += len(given)
        self._given = len(self._context)
        return given

    def _close_turns(self) -> None:
        ends: dict[int, int] = {}
        for step in self._steps:
            end = step.span.end_ns or step.span.start_ns
            if end is not None and step.span.parent_id is None:
                ends[step.turn] = max(ends.get(step.turn, end), end)
        for number, span in enumerate(self._turns, 1):
            span.end_ns = span.end_ns or ends.get(number, span.start_ns)
            span.status = span.status or Status.OK
        times = [turn.start_ns for turn in self._turns] + [step.span.start_ns for step in self._steps]
        known = [time for time in times if time is not None]
        if self.root.start_ns is None and known:
            self.root.start_ns = min(known)
        if self.root.end_ns is None and self._last_ns is not None:
            self.root.end_ns = self._last_ns

    def _heard(self, at_ns: int | None) -> None:
        if at_ns is not None and at_ns > (self._last_ns or 0):
            self._last_ns = at_ns

    def _next_id(self, word: str) -> str:
        number = self._numbers[word] = self._numbers.get(word, 0) + 1
        return f"{self.prefix}{word}-{number}"


def _name_of(span: Span) -> str:
    if span.kind is SpanKind.TOOL:
        return "tool"
    return f"chat {span.model}" if span.model else "model call"


def _turn_name(number: int, text: str | None) -> str:
    line = one_line(text)
    return f"turn {number}: {line[:_LONGEST_NAME]}" if line else f"turn {number}"
