"""What `codex exec --json` prints: items of a thread as they begin and end, and what each turn used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value, parsed_object
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.transcript import Transcript
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)
from tracetui.reading.lenient import dumps

_ITEMS = frozenset(("item.started", "item.updated", "item.completed"))
_TURNS = frozenset(("turn.started", "turn.completed", "turn.failed", "error"))
_SAID = {"agent_message": PartType.TEXT, "reasoning": PartType.THINKING}
_TOOLS = {
    "command_execution": "shell",
    "file_change": "apply_patch",
    "mcp_tool_call": "mcp tool",
    "web_search": "web_search",
    "collab_tool_call": "sub-agent",
}
_RAN = ("aggregated_output", "exit_code", "status", "result", "error")
_SHELL = re.compile(r"^\S*/?(?:ba|z|da)?sh -lc (['\"]?)(.*)\1$", re.DOTALL)
_LONGEST_NAME = 100


def sniff(head: Head) -> Match | None:
    """Recognise the line that begins a thread, or items that begin and end."""
    for value in head.values:
        for line in (_inside(value) or [value])[:20]:
            if not isinstance(line, dict):
                continue
            word = first_text(line, ("type",))
            if word == "thread.started" and "thread_id" in line:
                return Match(90, "a line thread.started", None)
            if word in _ITEMS and isinstance(line.get("item"), dict):
                return Match(80, f"lines {word} with an item", None)
    return None


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each thread that the source starts: what was said, commands, changes of files, searches."""
    run: _Run | None = None
    for record in records:
        for line, origin in _elements(record):
            word = first_text(line, ("type",)) if isinstance(line, dict) else None
            if word == "thread.started" and run is not None:
                yield from run.entries()
                run = None
            if not isinstance(line, dict) or not (word == "thread.started" or word in _ITEMS | _TURNS):
                yield Skipped(origin, "unknown_shape", "a line of a type that is not known", Severity.WARNING)
                continue
            if run is None:
                run = _Run.begin(line, source, origin)
            run.take(word or "", line, origin)
    yield from run.entries() if run is not None else ()


def _elements(record: Record) -> list[tuple[JsonValue, Origin]]:
    items = _inside(record.value)
    if items is None:
        return [(record.value, record.origin)]
    return [(item, element_origin(record.origin, item)) for item in items]


def _inside(value: JsonValue) -> list[Any] | None:
    """The lines in a list, or in an object that holds them as `events`."""
    items = value.get("events") if isinstance(value, dict) and "type" not in value else value
    return items if isinstance(items, list) and items else None


@dataclass(slots=True)
class _Run:
    log: Transcript
    answer: Span | None = None

    @classmethod
    def begin(cls, line: dict[str, Any], source: str, origin: Origin) -> _Run:
        thread = first_text(line, ("thread_id",)) or source or "thread"
        log = Transcript(thread, origin, "Codex run")
        log.root.session_id, log.root.agent = thread, "Codex"
        return cls(log)

    def take(self, word: str, line: dict[str, Any], origin: Origin) -> None:
        """One line."""
        item = line["item"] if isinstance(line.get("item"), dict) else None
        if item is not None and word in _ITEMS:
            self._item(word, item, origin)
            return
        self.log.merge(origin)
        root = self.log.root
        if word == "turn.completed":
            # what a thread used so far, so the last one tells it all
            root.usage, root.status = read_usage(line.get("usage")) or root.usage, Status.OK
            root.error_type = root.error_message = None
        elif word in ("turn.failed", "error"):
            root.status = Status.ERROR
            root.error_type, root.error_message = _failure(line)

    def entries(self) -> Iterator[Entry]:
        """All spans of the run."""
        root = self.log.root
        said = root.output or ""
        root.name = (one_line(said) or root.name or "")[:_LONGEST_NAME]
        yield from self.log.entries()

    def _item(self, word: str, item: dict[str, Any], origin: Origin) -> None:
        kind = first_text(item, ("type",)) or "item"
        if kind in _TOOLS:
            self._tool(kind, item, origin, is_over=word == "item.completed")
        elif kind in _SAID and word == "item.completed":
            self._said(Part(_SAID[kind], first_text(item, ("text",))), origin)
        else:
            self.log.root.events = [*self.log.root.events, Event(kind, None, item)]
            self.log.merge(origin)

    def _said(self, part: Part, origin: Origin) -> None:
        """Thoughts and text up to the next tool are one answer."""
        if self.answer is None:
            self.answer = self.log.call(Message("assistant", (part,)), origin)
            self.answer.provider = "openai"
        else:
            self.log.extend_call(self.answer, Message("assistant", (part,)))
            self.log.merge(origin, self.answer.span_id)
        if part.type is PartType.TEXT:
            self.log.root.output = part.content

    def _tool(self, kind: str, item: dict[str, Any], origin: Origin, *, is_over: bool) -> None:
        self.answer = None
        own = first_text(item, ("id",))
        span = self.log.tool_of(own)
        if span is None or self.log.waiting_for(own or "") is None:
            span = self.log.tool(_name_of(kind, item), _arguments_of(item), origin, call_id=own)
            span.kind = SpanKind.AGENT if kind == "collab_tool_call" else SpanKind.TOOL
            if not is_over:
                return
            span.is_derived = True
        if is_over:
            self._result(span, item, origin)
        else:
            self.log.merge(origin, span.span_id)

    def _result(self, span: Span, item: dict[str, Any], origin: Origin) -> None:
        code, word = integer_value(item.get("exit_code")), first_text(item, ("status",))
        failed = bool(code) or word == "failed" or item.get("error") is not None
        output = item.get("aggregated_output", item.get("result"))
        part = Part(PartType.TOOL_RESULT, as_text(output), span.tool_call_id, span.tool_name, is_error=failed)
        if span.tool_call_id:
            self.log.tool_result(part, origin)
        else:
            span.output, span.is_derived = part.content, False
            span.status = Status.ERROR if failed else Status.OK
        if word == "declined":
            span.status, span.error_type = Status.INTERRUPTED, "declined"
        elif failed:
            error = item["error"] if isinstance(item.get("error"), dict) else {}
            said = (part.content or "").strip().rsplit("\n", 1)[-1]
            span.error_type = f"exit code {code}" if code else "failed"
            span.error_message = one_line(first_text(error, ("message",)) or said) or span.error_type


def _name_of(kind: str, item: dict[str, Any]) -> str:
    words = [found for key in ("server", "tool") if (found := first_text(item, (key,)))]
    return ".".join(words) if words else _TOOLS[kind]


def _arguments_of(item: dict[str, Any]) -> str:
    command = first_text(item, ("command",))
    if command is not None:
        inner = _SHELL.match(command)
        return dumps({"command": inner.group(2) if inner else command})
    kept = item.get("arguments")
    return dumps(
        kept if kept is not None else {k: v for k, v in item.items() if k not in ("id", "type", *_RAN)}
    )


def _failure(line: dict[str, Any]) -> tuple[str, str]:
    """Type and message; the message of an API error is a JSON text."""
    error = line["error"] if isinstance(line.get("error"), dict) else line
    text = first_text(error, ("message",)) or "the turn failed"
    told = parsed_object(text) or {}
    inner = told["error"] if isinstance(told.get("error"), dict) else told
    kind = first_text(inner, ("type", "code"))
    return kind or "turn failed", one_line(first_text(inner, ("message",)) or text) or text


FORMAT = Format(
    name="codex_exec",
    title="Codex exec events",
    recognised_by="lines thread.started, item.started and item.completed with an item, turn.completed with usage",
    produced_by="`codex exec --json … > run.jsonl`",
    sniff=sniff,
    read=read,
)
