"""A chat file of Gemini CLI: messages that carry their thoughts, tokens, tool calls and results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import is_told
from tracetui.model import (
    Entry,
    Event,
    Message,
    Origin,
    Part,
    PartType,
    Severity,
    Skipped,
    SpanKind,
    Status,
    Usage,
)
from tracetui.reading.lenient import dumps
from tracetui.words import CANCELLED

_MODEL = frozenset(("gemini", "model", "assistant"))
_NOTICES = frozenset(("info", "error", "warning"))
_TYPES = frozenset(("user", *_MODEL, *_NOTICES))
_LONGEST_NAME = 100
_EXIT_CODE = re.compile(r"^Exit Code: (-?\d{1,6})\s*$", re.MULTILINE)


@dataclass(slots=True)
class Chat:
    """The messages of one chat; a message that is written again under its id replaces the one before."""

    log: Transcript
    _lines: dict[str, tuple[dict[str, Any], Origin]] = field(default_factory=dict)
    _told: dict[str, tuple[dict[str, Any], int]] = field(default_factory=dict)

    @classmethod
    def begin(cls, header: dict[str, Any], source: str, origin: Origin) -> Chat:
        """A chat by its document or by the first line of its file."""
        session = first_text(header, ("sessionId",)) or source or "chat"
        log = Transcript(session, origin, "Gemini CLI session")
        root = log.root
        root.session_id, root.agent = session, "Gemini CLI"
        root.start_ns = to_ns(header.get("startTime"))
        root.attributes = {key: value for key, value in header.items() if key != "messages"}
        root.name = (one_line(first_text(header, ("summary",))) or root.name or "")[:_LONGEST_NAME]
        return cls(log)

    def line(self, value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        """A message, or an update of what stands above."""
        if "$rewindTo" in value:
            self._rewind(first_text(value, ("$rewindTo",)))
            self.log.merge(origin)
        elif "$set" in value:
            self._replaced(value["$set"])
            self.log.merge(origin)
        elif first_text(value, ("type",)) not in _TYPES:
            yield Skipped(origin, "unknown_shape", "a line of none of the chat's types", Severity.WARNING)
        else:
            own = first_text(value, ("id",)) or f"#{len(self._lines)}"
            if own in self._lines:
                self.log.merge(self._lines[own][1])
            self._lines[own] = (value, origin)

    def _rewind(self, own: str | None) -> None:
        """The user went back to before a message: what was said from there on is noted, and given to nobody."""
        if own not in self._lines:
            return
        names = list(self._lines)
        for name in names[names.index(own) :]:
            value, origin = self._lines.pop(name)
            self.log.root.events = [*self.log.root.events, Event("rewound message", None, value)]
            self.log.merge(origin)

    def _replaced(self, update: Any) -> None:
        """What the program told its model beside the messages that have lines of their own."""
        items = update.get("messages") if isinstance(update, dict) else None
        for item in items if isinstance(items, list) else []:
            own = first_text(item, ("id",)) if isinstance(item, dict) else None
            if own and own not in self._lines and item.get("type") == "user":
                self._told[own] = (item, len(self._lines))

    def entries(self) -> Iterator[Entry]:
        """All spans of the chat."""
        for number, (own, (value, origin)) in enumerate(self._lines.items()):
            self._context_before(number, own)
            self._tell(value, origin)
        self._end()
        yield from self.log.entries()

    def _context_before(self, number: int, own: str) -> None:
        for name, (item, place) in self._told.items():
            if place == number and name != own:
                self.log.message(Message("user", tuple(read_parts(item.get("content")))))

    def _end(self) -> None:
        """A chat whose last word is an answer went well as far as it went."""
        last = self.log.steps[-1] if self.log.steps else None
        if self.log.root.status is None and last is not None and last.kind is SpanKind.LLM:
            self.log.root.status = last.status

    def _tell(self, value: dict[str, Any], origin: Origin) -> None:
        word, at_ns = first_text(value, ("type",)), to_ns(value.get("timestamp"))
        if word in _MODEL:
            self._answer(value, origin, at_ns)
        elif word in _NOTICES:
            self._notice(word or "", value, origin, at_ns)
        else:
            parts = tuple(read_parts(value.get("content")))
            if _repeats_results(value.get("content")):
                # the answer above has them already
                self.log.merge(origin)
                return
            text = "\n".join(part.content or "" for part in parts if part.type is PartType.TEXT)
            if self.log.root.name == "Gemini CLI session":
                self.log.root.name = (one_line(text) or "Gemini CLI session")[:_LONGEST_NAME]
            self.log.turn(text or None, at_ns)
            self.log.message(Message("user", parts), origin, at_ns)

    def _notice(self, word: str, value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        self.log.root.events = [*self.log.root.events, Event(word, at_ns, {"content": value.get("content")})]
        self.log.merge(origin)
        if word == "error":
            self.log.root.status = Status.ERROR
            self.log.root.error_message = one_line(as_text(value.get("content")))

    def _answer(self, value: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        thoughts = value["thoughts"] if isinstance(value.get("thoughts"), list) else []
        said = [_thought(item) for item in thoughts] + read_parts(value.get("content"))
        calls = value["toolCalls"] if isinstance(value.get("toolCalls"), list) else []
        calls = [call for call in calls if isinstance(call, dict)]
        message = Message("assistant", (*said, *(_asked(call) for call in calls)))
        span = self.log.call(message, origin, at_ns)
        span.model, span.provider, span.usage = (
            first_text(value, ("model",)),
            "google",
            usage_of(value.get("tokens")),
        )
        # an error is over once the model answers
        self.log.root.status = self.log.root.error_message = None
        for call in calls:
            self._result(call, origin)

    def _result(self, call: dict[str, Any], origin: Origin) -> None:
        status = first_text(call, ("status",))
        if status is None and call.get("result") is None:
            return
        content = _result_text(call.get("result")) or as_text(call.get("resultDisplay"))
        returned = _EXIT_CODE.search(content or "")
        code = int(returned.group(1)) if returned else 0
        part = Part(
            PartType.TOOL_RESULT,
            content,
            first_text(call, ("id",)),
            first_text(call, ("name",)),
            is_error=None if status is None else status == "error" or code != 0,
        )
        span = self.log.tool_result(part, origin, to_ns(call.get("timestamp")), owns_record=False)
        if status == "cancelled":
            span.status, span.error_type = Status.INTERRUPTED, CANCELLED
        elif code:
            span.error_type, span.error_message = f"exit code {code}", _last_word(content or "")
        if call.get("resultDisplay") is not None:
            span.attributes = {"resultDisplay": call["resultDisplay"]}


def _repeats_results(content: Any) -> bool:
    items = content if isinstance(content, list) else []
    return bool(items) and all(isinstance(item, dict) and "functionResponse" in item for item in items)


def _last_word(content: str) -> str | None:
    """What a command said last, before the lines that the program puts behind it."""
    said = _EXIT_CODE.split(content)[0].rstrip().rsplit("\n", 1)[-1]
    return one_line(said.removeprefix("Output:")) or None


def _thought(item: Any) -> Part:
    if not isinstance(item, dict):
        return Part(PartType.THINKING, as_text(item))
    words = [text for key in ("subject", "description", "text") if (text := first_text(item, (key,)))]
    return Part(PartType.THINKING, "\n".join(words) or None)


def _asked(call: dict[str, Any]) -> Part:
    arguments = None if call.get("args") is None else dumps(call["args"])
    return Part(PartType.TOOL_CALL, arguments, first_text(call, ("id",)), first_text(call, ("name",)))


def _result_text(result: Any) -> str | None:
    """What the model was given: the output inside function responses, their JSON text where there is none."""
    texts = [part.content or "" for part in read_parts(result)]
    items = result if isinstance(result, list) else [result]
    inner = [_output(item) for item in items]
    known = [text for text in inner if text is not None]
    return "\n".join(known or texts) or None


def _output(item: Any) -> str | None:
    response = item.get("functionResponse") if isinstance(item, dict) else None
    told = response.get("response") if isinstance(response, dict) else None
    return first_text(told, ("output", "error")) if isinstance(told, dict) else None


def usage_of(tokens: Any) -> Usage | None:
    """Tokens of a message: thoughts are counted beside the output, cached ones within the input."""
    if not isinstance(tokens, dict):
        return None
    figures = Figures()
    thoughts, said = figures.tokens(tokens, ("thoughts",)), figures.tokens(tokens, ("output",))
    usage = Usage(
        input_tokens=figures.tokens(tokens, ("input",)),
        output_tokens=said if thoughts is None or said is None else said + thoughts,
        total_tokens=figures.tokens(tokens, ("total",)),
        cache_read_tokens=figures.tokens(tokens, ("cached",)),
        reasoning_tokens=thoughts,
        raw=dumps(tokens),
        unread=figures.unread,
    )
    return usage if is_told(usage) else None
