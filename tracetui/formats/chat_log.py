"""Chat messages of a log, told one by one to a `Transcript`: what every format whose records are messages shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any

from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import Entry, JsonValue, Message, Origin, Part, PartType, Severity, Skipped, Span, Status
from tracetui.reading.lenient import dumps

_TIMES = ("timestamp", "created_at", "createdAt", "created", "time", "ts", "date")
_GIVEN = ("user", "system", "developer")


@dataclass(slots=True)
class ChatLog:
    """A conversation in the making: `add` each message in order, then take `entries()` once.

    `is_error` says of a tool's text whether it tells of a failure, where the messages carry no flag for that.
    `frames` are spans that stand around calls and tools of the log; whoever adds one sets the parents.
    """

    log: Transcript
    is_error: Callable[[str], bool] | None = None
    calls: list[Span] = field(default_factory=list)
    frames: list[Span] = field(default_factory=list)
    _last_role: str = ""
    _skipped: list[Skipped] = field(default_factory=list)

    def add(self, value: JsonValue, origin: Origin, at_ns: int | None = None) -> Span | None:
        """One message as found; the span that it became: a model call, or the tool that answered."""
        found = read_messages(value) if is_message(value) else ()
        if not found or not isinstance(value, dict):
            self._skipped.append(Skipped(origin, "no_message", "not a chat message", Severity.WARNING))
            return None
        return self.tell(found, value, origin, at_ns if at_ns is not None else time_of(value))

    def tell(
        self, found: tuple[Message, ...], value: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> Span | None:
        """What a record holds as messages; `value` is where model, usage and the like of an answer stand."""
        span, rest = None, origin
        for number, message in enumerate(found):
            told = self._one(message, value, rest if number == 0 else element_origin(origin, value), at_ns)
            span = told or span
        return span

    def skip(self, skipped: Skipped) -> None:
        """A record of the conversation that says nothing."""
        self._skipped.append(skipped)

    def entries(self) -> Iterator[Entry]:
        """The spans of the conversation and what was no message; a run of which nothing was told is none."""
        if self.log.root.is_derived and self.log.is_empty:
            yield from self._skipped
            return
        self.log.root.status = self.log.root.status or Status.UNSET
        told = self.log.entries()
        yield next(told)
        yield from self.frames
        yield from told
        yield from self._skipped

    def _one(self, message: Message, value: dict[str, Any], origin: Origin, at_ns: int | None) -> Span | None:
        results = [part for part in message.parts if part.type is PartType.TOOL_RESULT]
        if results:
            span = self._results(message, results, origin, at_ns)
        elif message.role in _GIVEN:
            span = None
            self._heard(message, origin, at_ns)
        else:
            span = self._call(message, value, origin, at_ns)
        self._last_role = "tool" if results else message.role
        return span

    def _heard(self, message: Message, origin: Origin, at_ns: int | None) -> None:
        if message.role == "user" and self._last_role != "user":
            self.log.turn(text_of(message), at_ns)
        self.log.message(message, origin, at_ns)

    def _call(self, message: Message, value: dict[str, Any], origin: Origin, at_ns: int | None) -> Span:
        span = self.log.call(message, origin, at_ns)
        span.model = first_text(value, ("model", "model_name", "modelId"))
        span.usage = read_usage(first(value, ("usage", "usage_metadata", "token_usage")))
        span.agent = message.name
        self.calls.append(span)
        return span

    def _results(self, message: Message, results: list[Part], origin: Origin, at_ns: int | None) -> Span:
        for number, part in enumerate(results):
            place = origin if number == 0 else element_origin(origin, part.content)
            span = self.log.tool_result(self._judged(part), place, at_ns)
        rest = tuple(part for part in message.parts if part.type is not PartType.TOOL_RESULT)
        if any(part.type is PartType.TEXT for part in rest):
            self.log.turn(text_of(replace(message, parts=rest)), at_ns)
        if rest:
            self.log.message(replace(message, parts=rest), None, at_ns)
        return span

    def _judged(self, part: Part) -> Part:
        if self.is_error is None or part.is_error is not None or part.content is None:
            return part
        return replace(part, is_error=self.is_error(part.content))


def is_message(value: JsonValue) -> bool:
    """Whether a value looks like a chat message: a role, and something said, asked for or answered."""
    if not isinstance(value, dict) or not isinstance(value.get("role"), str):
        return False
    return any(key in value for key in ("content", "tool_calls", "parts", "function_call", "contents"))


def text_of(message: Message) -> str | None:
    """The text of a message, its parts joined by line breaks; None where it has none."""
    return "\n".join(p.content for p in message.parts if p.type is PartType.TEXT and p.content) or None


def time_of(value: dict[str, Any]) -> int | None:
    """When a message was said, by any of the names that logs give that."""
    return next((at for key in _TIMES if (at := to_ns(value.get(key))) is not None), None)


def content_id(value: JsonValue) -> str:
    """An id for a run that has none, made of what it says: the same run in two files has the same one."""
    return blake2b(dumps(value).encode("utf-8", "replace"), digest_size=16).hexdigest()


def stem_of(source: str) -> str:
    """The name of a source without folders, bundle and ending, for runs that have no better name."""
    name = PurePosixPath(source.replace("\\", "/").rpartition("!")[2] or source).name
    return name.split(".", 1)[0] or name
