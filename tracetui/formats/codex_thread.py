"""One thread of Codex: items of the Responses API become model calls and tools, events tell how they went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tracetui.formats.codex_words import is_context, said_by, tool_id_of, tool_outcome
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import parsed_object
from tracetui.formats.message_parts import first_text, read_block, read_parts
from tracetui.formats.messages import read_messages
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    Message,
    Origin,
    Part,
    PartType,
    Span,
    SpanKind,
    Status,
    ToolDefinition,
)
from tracetui.reading.lenient import dumps
from tracetui.words import CANCELLED

MODEL_ITEMS = frozenset(
    (
        *("reasoning", "function_call", "custom_tool_call", "local_shell_call", "web_search_call"),
        *("image_generation_call", "tool_search_call"),
    )
)
_OUTPUTS = frozenset(
    ("function_call_output", "custom_tool_call_output", "local_shell_call_output", "tool_search_output")
)
_SAID_AGAIN = {"agent_message": PartType.TEXT, "agent_reasoning": PartType.THINKING}
_LONGEST_NAME = 100


@dataclass(slots=True)
class Thread:
    """The lines of one rollout, told to a transcript."""

    thread_id: str
    log: Transcript
    _call: Span | None = None
    _is_open: bool = False
    _spoken: list[tuple[Part, Origin]] = field(default_factory=list)
    _prompt: tuple[str, int | None] | None = None
    _last_prompt: str | None = None
    _first_prompt: str | None = None
    _turn: Span | None = None
    _model: str | None = None
    _provider: str | None = None
    _total: str | None = None
    _has_meta: bool = False

    @classmethod
    def begin(cls, first: dict[str, Any], source: str, origin: Origin) -> Thread:
        """A thread by its first line; that of a sub-agent stands in the trace of the thread that spawned it."""
        own = first_text(first, ("id",)) or source or "thread"
        spawn = _spawn_of(first)
        parent = first_text(spawn, ("parent_thread_id",))
        log = Transcript(parent or own, origin, "Codex session", prefix=f"{own}-" if parent else "")
        log.root.session_id, log.root.agent = (
            parent or own,
            first_text(spawn, ("agent_nickname", "agent_role")) or "Codex",
        )
        if parent:
            log.root.parent_id = tool_id_of(own)
        return cls(own, log)

    # --- one line ----------------------------------------------------------------------------------------------

    def meta(self, payload: dict[str, Any], origin: Origin) -> None:
        """What the session is; a fork repeats that of its parent, which says nothing of this one."""
        self.log.merge(origin)
        if self._has_meta:
            return
        self._has_meta = True
        root = self.log.root
        instructions = payload.get("base_instructions") or payload.get("instructions")
        text = first_text(instructions, ("text",)) if isinstance(instructions, dict) else instructions
        if isinstance(text, str) and text:
            self.log.message(Message("system", (Part(PartType.TEXT, text),)))
        about = ("base_instructions", "instructions", "dynamic_tools")
        root.attributes = {key: value for key, value in payload.items() if key not in about}
        root.version, self._provider = (
            first_text(payload, ("cli_version",)),
            first_text(payload, ("model_provider",)),
        )
        root.tools_offered = _tools(payload.get("dynamic_tools"))

    def turn_context(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """Model, approval policy and sandbox from here on."""
        self._model = first_text(payload, ("model",)) or self._model
        self.note("turn_context", payload, origin, at_ns)

    def item(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """What was said to the model or by it."""
        word = first_text(payload, ("type",)) or ""
        if word in _OUTPUTS:
            self._output(payload, origin, at_ns)
        elif word in MODEL_ITEMS:
            self._said(tuple(read_block(payload)), origin, at_ns)
        elif word == "message" and payload.get("role") == "assistant":
            self._said(tuple(read_parts(payload.get("content"))), origin, at_ns)
        elif word == "message":
            self._heard(payload, origin, at_ns)
        else:
            self.note(word or "item", payload, origin, at_ns)

    def event(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """What the program told its screen: mostly what items say too, and how turns and tools went."""
        word = first_text(payload, ("type",)) or "event"
        if word == "token_count":
            self._tokens(payload, origin, at_ns)
        elif word in _SAID_AGAIN:
            self._said_again(Part(_SAID_AGAIN[word], first_text(payload, ("message", "text"))), origin)
        elif word == "user_message":
            self._asked(first_text(payload, ("message",)), at_ns)
            self.log.merge(origin)
        elif word == "tool_call":
            self._tool_event(payload, origin, at_ns)
        elif word in ("task_complete", "turn_aborted", "error", "turn_complete"):
            self._ended(word, payload, origin, at_ns)
        elif self.log.tool_of(first_text(payload, ("call_id",))) is not None:
            self._about_tool(word, payload, origin)
        elif self.log.tool_of(first_text(_item_of(payload), ("id",))) is not None:
            item = _item_of(payload)
            self._about_tool(first_text(item, ("type",)) or word, {**item, "call_id": item["id"]}, origin)
        else:
            if word == "thread_name_updated":
                self.log.root.name = first_text(payload, ("thread_name",)) or self.log.root.name
            self.note(word, payload, origin, at_ns)

    def compacted(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """The history is replaced by a shorter one."""
        self._close()
        step = self.log.step(SpanKind.MEMORY, "compaction", origin, at_ns)
        step.status, step.output, step.parent_id = (
            Status.OK,
            first_text(payload, ("message",)),
            self.log.root.span_id,
        )
        step.start_ns, step.attributes = at_ns, {"compacted": payload}
        kept = list(read_messages(payload.get("replacement_history")))
        if step.output:
            kept.append(Message("user", (Part(PartType.COMPACTION, step.output),)))
        self.log.compact(kept, at_ns)

    def note(self, word: str, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """Something beside what was said and done: an event of the run."""
        kept = {key: value for key, value in payload.items() if key not in ("type", "last_agent_message")}
        self.log.root.events = [*self.log.root.events, Event(word, at_ns, kept)]
        self.log.merge(origin)

    def entries(self) -> Iterator[Entry]:
        """All spans of the thread."""
        self._close()
        if self._prompt is not None and not self.log.steps:
            self._open_turn()
        root = self.log.root
        if root.name == "Codex session":
            root.name = (one_line(self._first_prompt) or root.name)[:_LONGEST_NAME]
        yield from self.log.entries()

    # --- items -------------------------------------------------------------------------------------------------

    def _heard(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self._close()
        parts = tuple(read_parts(payload.get("content")))
        role = first_text(payload, ("role",)) or "user"
        text = "\n".join(part.content or "" for part in parts if part.type is PartType.TEXT)
        if role == "user" and text and not is_context(text):
            self._asked(text, at_ns)
        self.log.message(Message(role, parts), origin, at_ns)

    def _asked(self, text: str | None, at_ns: int | None) -> None:
        if text and text != self._last_prompt:
            self._prompt, self._last_prompt = (text, at_ns), text
            self._first_prompt = self._first_prompt or text

    def _open_turn(self) -> None:
        if self._prompt is not None:
            self._turn = self.log.turn(*self._prompt)
            self._prompt = None

    def _said(self, parts: tuple[Part, ...], origin: Origin, at_ns: int | None) -> None:
        """An item of a model's answer; the items up to the next result, prompt or count of tokens are one answer."""
        parts = self._with_thoughts(parts)
        self._drop_spoken(parts)
        message = Message("assistant", parts)
        if self._call is not None and self._is_open:
            self.log.extend_call(self._call, message, at_ns)
            self.log.merge(origin, self._call.span_id)
            return
        self._begin_call(message, origin, at_ns)

    def _begin_call(self, message: Message | None, origin: Origin, at_ns: int | None) -> Span:
        self._open_turn()
        self._call, self._is_open = self.log.call(message, origin, at_ns), True
        self._call.model, self._call.provider = self._model, self._provider
        return self._call

    def _with_thoughts(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """Thoughts that stand encrypted here and were told by events."""
        if any(part.type is not PartType.THINKING or part.content for part in parts):
            return parts
        told = tuple(part for part, _ in self._spoken if part.type is PartType.THINKING)
        return told or parts

    def _drop_spoken(self, parts: tuple[Part, ...]) -> None:
        """Forget what events said of these parts."""
        texts = [part.content for part in parts if part.content]
        left = []
        for part, origin in self._spoken:
            if any(part.content in text for text in texts if part.content):
                self._merge_spoken(origin)
            else:
                left.append((part, origin))
        self._spoken = left

    def _merge_spoken(self, origin: Origin) -> None:
        self.log.merge(origin, self._call.span_id if self._call is not None and self._is_open else "")

    def _said_again(self, part: Part, origin: Origin) -> None:
        said = self._call.output_messages if self._call is not None and self._is_open else ()
        texts = [known.content for message in said for known in message.parts if known.content]
        if not part.content or any(part.content in text for text in texts):
            self._merge_spoken(origin)
        else:
            self._spoken.append((part, origin))

    def _close(self) -> None:
        """The answer is whole; what only events told of it belongs to it."""
        spoken, self._spoken = self._spoken, []
        if spoken:
            message = Message("assistant", tuple(part for part, _ in spoken))
            if self._call is not None and self._is_open:
                self.log.extend_call(self._call, message)
            else:
                self._begin_call(message, spoken[0][1], self.log.last_ns).is_derived = True
            for _, origin in spoken:
                self._merge_spoken(origin)
        self._is_open = False

    def _output(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self._close()
        results = [
            part for part in read_block({**payload, "status": None}) if part.type is PartType.TOOL_RESULT
        ]
        part = results[0] if results else Part(PartType.TOOL_RESULT, dumps(payload))
        text, failure = tool_outcome(payload.get("output"))
        part = replace(part, content=text if text is not None else part.content, is_error=failure is not None)
        span = self.log.tool_result(part, origin, at_ns)
        if failure:
            span.error_type = failure
            span.error_message = one_line(said_by(part.content)) or failure
        told = parsed_object(part.content) or {}
        agent = first_text(told, ("agent_id", "new_thread_id")) if span.tool_name == "spawn_agent" else None
        if agent:
            span.span_id = tool_id_of(agent)

    # --- events ------------------------------------------------------------------------------------------------

    def _tokens(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        """Usage of the call that just ended; the same count is told again when only the rate limits changed."""
        info = payload["info"] if isinstance(payload.get("info"), dict) else payload
        usage = read_usage(info.get("last_token_usage", info))
        total = dumps(info.get("total_token_usage", usage and usage.raw))
        if usage is None or total == self._total:
            self.log.merge(origin)
            return
        self._close()
        self._total = total
        if self._call is None or self._call.usage is not None:
            self._begin_call(None, origin, at_ns)
            self._is_open = False
        else:
            self.log.merge(origin, self._call.span_id)
        if self._call is not None:
            self._call.usage = usage
            window = info.get("model_context_window")
            self._call.attributes = {"model_context_window": window} if window is not None else None

    def _tool_event(self, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self._close()
        arguments = payload.get("input")
        text = arguments if isinstance(arguments, str) or arguments is None else dumps(arguments)
        call_id = first_text(payload, ("call_id",))
        if self.log.tool_of(call_id) is not None:
            self.log.merge(origin)
        else:
            self._open_turn()
            self.log.tool(first_text(payload, ("name",)), text, origin, at_ns, call_id)

    def _about_tool(self, word: str, payload: dict[str, Any], origin: Origin) -> None:
        """How a command, a patch or a spawned agent went."""
        span = self.log.tool_of(first_text(payload, ("call_id",)))
        if span is None:
            return
        agent = first_text(payload, ("new_thread_id",))
        if agent and word.endswith("spawn_end"):
            span.span_id = tool_id_of(agent)
        self.log.merge(origin, span.span_id)
        code = payload.get("exit_code")
        if (type(code) is int and code != 0) or payload.get("success") is False:
            said = first_text(payload, ("stderr", "aggregated_output")) or ""
            span.status, span.error_type = (
                Status.ERROR,
                f"exit code {code}" if type(code) is int else "failed",
            )
            span.error_message = one_line(said) or span.error_message or span.error_type
        told = ("type", "call_id", "stdout", "stderr", "aggregated_output", "formatted_output")
        kept = {key: value for key, value in payload.items() if key not in told}
        span.attributes = {**(span.attributes or {}), word: kept}

    def _ended(self, word: str, payload: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self._close()
        self._open_turn()
        root, turn = self.log.root, self._turn
        status = {"turn_aborted": Status.INTERRUPTED, "error": Status.ERROR}.get(word, Status.OK)
        if status is Status.OK and turn is not None and turn.status is Status.ERROR:
            # a turn is complete after its error too
            status = Status.ERROR
        root.output = first_text(payload, ("last_agent_message",)) or root.output
        reason = first_text(payload, ("message", "reason"))
        for span in (root, turn) if turn is not None else (root,):
            span.status = status
            span.error_message = one_line(reason) if status is not Status.OK else None
            span.error_type = {Status.ERROR: _error_type(payload), Status.INTERRUPTED: CANCELLED}.get(status)
        if status is Status.INTERRUPTED:
            for span in self.log.open_tools:
                span.status, span.error_type, span.error_message = status, CANCELLED, root.error_message
        if turn is not None and at_ns is not None:
            turn.end_ns = at_ns
        self.note(word, payload, origin, at_ns)


def _item_of(payload: dict[str, Any]) -> dict[str, Any]:
    """What newer versions tell of a command or a patch that ended: an item under the id of its call."""
    item = payload.get("item")
    return item if isinstance(item, dict) else {}


def _spawn_of(payload: dict[str, Any]) -> dict[str, Any]:
    found: Any = payload.get("source")
    for key in ("subagent", "thread_spawn"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _error_type(payload: dict[str, Any]) -> str:
    info = payload.get("codex_error_info")
    return (
        info
        if isinstance(info, str) and info
        else next(iter(info), "error")
        if isinstance(info, dict)
        else "error"
    )


def _tools(value: Any) -> list[ToolDefinition]:
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return [
        ToolDefinition(name, first_text(item, ("description",)), dumps(item))
        for item in items
        if (name := first_text(item, ("name",)))
    ]
