"""One session of OpenClaw by its telemetry: what messages tell, filled in with the times of tools; or those alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value, parsed_object, payload_text
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first_text
from tracetui.formats.pi_messages import PiMessages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import count, is_told
from tracetui.model import Entry, Event, Origin, Span, Status, Usage
from tracetui.reading.lenient import dumps

_NS_PER_MS = 1_000_000
_SHARED = frozenset(("type", "seq", "ts", "sessionKey", "messages", "prompt"))
_LONGEST_NAME = 100
_WRAPPING = re.compile(
    r"^(?:[^\n]{1,80}\(untrusted[^\n]*\):\s*```json\n.{0,4000}?\n```\s*)?(?:\[\w{3} \d{4}-\d\d-\d\d [^\]\n]{1,40}\]\s*)?",
    re.DOTALL,
)
_TASK = re.compile(r"\[Subagent Task\]:?\s*")
_CHILD = "childSessionKey"


@dataclass(slots=True)
class ClawSession:
    """Events of one session key, told to a transcript whenever the agent has ended."""

    key: str
    log: Transcript
    messages: PiMessages
    children: dict[str, Span] = field(default_factory=dict)
    _held: list[tuple[dict[str, Any], Origin]] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)
    _prompt: str | None = None

    @classmethod
    def begin(cls, key: str, trace_id: str, prefix: str, origin: Origin) -> ClawSession:
        """A session by its key; `prefix` keeps its span ids apart from those of other sessions of the trace."""
        log = Transcript(trace_id, origin, "", prefix=prefix)
        log.root.session_id = key
        return cls(key, log, PiMessages(log, asked=asked_in))

    def take(self, event: dict[str, Any], origin: Origin) -> None:
        """One event; they are told together once the agent has ended, since its messages say most of it better."""
        self.log.root.agent = self.log.root.agent or first_text(event, ("agentId",))
        self._held.append((event, origin))
        if event.get("type") == "agent.end":
            self._tell()

    def entries(self) -> Iterator[Entry]:
        """All spans of the session."""
        root = self.log.root
        root.name = (root.name or one_line(asked_in(self.messages.first_prompt or "")) or self.key)[
            :_LONGEST_NAME
        ]
        yield from self.log.entries()

    def put_below(self, tool: Span) -> None:
        """Stand below the tool that spawned it, which says what it is for."""
        asked = parsed_object(tool.input) or {}
        self.log.root.parent_id = tool.span_id
        self.log.root.name = first_text(asked, ("label",)) or one_line(first_text(asked, ("task",)))

    def end(self) -> None:
        """No event comes any more; what an agent did that has not ended is told too."""
        if self._held:
            goes_on = any(not str(event.get("type")).startswith("message.") for event, _ in self._held)
            self._tell()
            self.log.root.status = Status.UNFINISHED if goes_on else self.log.root.status

    def _tell(self) -> None:
        held, self._held = self._held, []
        last, origin = held[-1]
        said = last.get("messages") if last.get("type") == "agent.end" else None
        fresh = self._fresh(said) if isinstance(said, list) else []
        tools = [(event, at) for event, at in held if event.get("type") == "tool.start"]
        if fresh:
            self._tell_messages(fresh, origin, to_ns(last.get("ts")), [event for event, _ in tools])
        for event, at in held:
            self._event(event, at, is_told=bool(fresh))

    # --- messages ----------------------------------------------------------------------------------------------

    def _fresh(self, said: list[Any]) -> list[dict[str, Any]]:
        """Messages that were not told before: the end of an agent repeats the whole history of its session."""
        fresh = []
        for message in said:
            mark = dumps(message)
            if isinstance(message, dict) and mark not in self._told:
                self._told.add(mark)
                fresh.append(message)
        return fresh

    def _tell_messages(
        self, fresh: list[dict[str, Any]], origin: Origin, end_ns: int | None, tools: list[dict[str, Any]]
    ) -> None:
        started = {
            _mark(first_text(tool, ("toolName",)), tool.get("params")): to_ns(tool.get("ts"))
            for tool in tools
        }
        for place, message in enumerate(fresh):
            sent_ns = done_ns = to_ns(message.get("timestamp"))
            if message.get("role") == "assistant":
                after = fresh[place + 1] if place + 1 < len(fresh) else None
                done_ns = _begun(message, started) or (end_ns if after is None else _result_begun(after))
            span = self.messages.tell(
                message, element_origin(origin, message), sent_ns, done_ns, owns_record=False
            )
            child = _child_of(message)
            if span is not None and child:
                self.children[child] = span

    # --- events ------------------------------------------------------------------------------------------------

    def _event(self, event: dict[str, Any], origin: Origin, is_told: bool) -> None:
        word, at_ns = first_text(event, ("type",)) or "", to_ns(event.get("ts"))
        if word == "agent.end":
            self._ended(event)
        elif not is_told and word == "agent.start":
            self._started(event, at_ns)
        elif not is_told and word == "tool.start":
            arguments = None if event.get("params") is None else dumps(event["params"])
            self.log.tool(first_text(event, ("toolName",)), arguments, origin, at_ns)
            return
        elif not is_told and word == "llm.usage":
            self._usage(event, origin, at_ns)
            return
        tool = self._tool_of(event) if word in ("tool.start", "tool.end") else None
        if tool is not None and word == "tool.end":
            self._tool_ended(tool, event, at_ns)
        elif tool is None:
            kept = {key: value for key, value in event.items() if key not in _SHARED}
            self.log.root.events = [*self.log.root.events, Event(word, at_ns, kept)]
        self.log.heard(at_ns)
        self.log.merge(origin, tool.span_id if tool is not None else "")

    def _started(self, event: dict[str, Any], at_ns: int | None) -> None:
        prompt = first_text(event, ("prompt",))
        # a start is told by more than one hook
        if prompt is None or prompt != self._prompt:
            self._prompt = prompt
            self.messages.prompt(prompt or "", at_ns)

    def _ended(self, event: dict[str, Any]) -> None:
        self._prompt = None
        root = self.log.root
        flag, reason = event.get("success"), payload_text(event.get("error"))
        root.status = (
            {True: Status.OK, False: Status.ERROR}.get(flag) if isinstance(flag, bool) else Status.UNSET
        )
        root.error_message = one_line(reason) if root.status is Status.ERROR else None
        markdown = event.get("markdown")
        if markdown is not None:
            root.attributes = {**(root.attributes or {}), "markdown": markdown}

    def _tool_of(self, event: dict[str, Any]) -> Span | None:
        """The step that an event of a tool is about: by name and parameters, else the first by name without an end."""
        name, params = first_text(event, ("toolName",)), event.get("params")
        tools = [span for span in self.log.steps if span.tool_name == name and span.tool_name is not None]
        if event.get("type") == "tool.start":
            same = [span for span in tools if _mark(name, parsed_object(span.input)) == _mark(name, params)]
            return same[-1] if same else None
        at_ns, lasted = to_ns(event.get("ts")), integer_value(event.get("durationMs"))
        open_tools = [span for span in tools if span.end_ns is None]
        if open_tools or at_ns is None:
            return open_tools[0] if open_tools else None
        began = at_ns - (lasted or 0) * _NS_PER_MS
        return min(tools, key=lambda span: abs((span.start_ns or 0) - began), default=None)

    def _tool_ended(self, tool: Span, event: dict[str, Any], at_ns: int | None) -> None:
        kept = {key: value for key, value in event.items() if key not in _SHARED}
        tool.attributes = {**(tool.attributes or {}), "tool.end": kept}
        if tool.end_ns is None:
            tool.end_ns = at_ns
        if event.get("success") is False:
            tool.status = Status.ERROR
            tool.error_message = (
                one_line(payload_text(event.get("error"))) or tool.error_message or "the tool failed"
            )
        elif tool.status is None and event.get("success") is True:
            tool.status = Status.OK

    def _usage(self, event: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """A model call of which only its tokens are told; those of the cache stand beside the input."""
        span = self.log.call(None, origin, at_ns)
        lasted = integer_value(event.get("durationMs"))
        if at_ns is not None and lasted is not None and 0 <= lasted * _NS_PER_MS < at_ns:
            span.start_ns = at_ns - lasted * _NS_PER_MS
        span.model, span.provider = first_text(event, ("model",)), first_text(event, ("provider",))
        figures = Figures()
        fresh, cached = figures.tokens(event, ("inputTokens",)), figures.tokens(event, ("cacheTokens",))
        usage = Usage(
            input_tokens=None if fresh is None else fresh + (cached or 0),
            output_tokens=figures.tokens(event, ("outputTokens",)),
            cache_read_tokens=cached,
            cost_usd=figures.dollars(event, ("costUsd",)),
            raw=dumps(event),
            semantics="exclusive",
            unread=figures.unread,
        )
        span.usage = usage if is_told(usage) else None


def _mark(name: str | None, arguments: Any) -> str:
    return f"{name} {dumps(arguments)}"


def _begun(message: dict[str, Any], started: dict[str, int | None]) -> int | None:
    """When the first tool that an answer asks for began: the answer had ended by then."""
    content = message["content"] if isinstance(message.get("content"), list) else []
    calls = [block for block in content if isinstance(block, dict) and block.get("type") == "toolCall"]
    times = [started.get(_mark(first_text(call, ("name",)), call.get("arguments"))) for call in calls]
    return min((time for time in times if time is not None), default=None)


def _result_begun(after: dict[str, Any]) -> int | None:
    """When the tool of a result began, else when it was done; None for anything but a result."""
    done_ns = to_ns(after.get("timestamp"))
    if after.get("role") != "toolResult" or done_ns is None:
        return None
    details = after["details"] if isinstance(after.get("details"), dict) else {}
    lasted = count(details, ("durationMs",))
    return done_ns - lasted * _NS_PER_MS if lasted is not None and lasted * _NS_PER_MS < done_ns else done_ns


def asked_in(text: str) -> str:
    """What was asked for in a prompt, without what the gateway writes before it."""
    task = _TASK.search(text)
    return text[task.end() :] if task is not None else _WRAPPING.sub("", text, count=1) or text


def _child_of(message: dict[str, Any]) -> str | None:
    """The key of the session that a result says it has spawned."""
    details = message["details"] if isinstance(message.get("details"), dict) else {}
    return first_text(details, (_CHILD,)) if message.get("role") == "toolResult" else None
