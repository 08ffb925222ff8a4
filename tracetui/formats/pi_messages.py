"""Messages of pi, which OpenClaw shares: what a model said, what its tools gave back, what the user ran."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value
from tracetui.formats.message_parts import as_text, first_text, read_parts
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import is_told
from tracetui.model import Message, Origin, Part, PartType, Span, Status, Usage
from tracetui.reading.lenient import dumps
from tracetui.words import CANCELLED

ROLES = frozenset(
    (
        *("user", "assistant", "toolResult", "bashExecution", "custom", "hookMessage"),
        *("branchSummary", "compactionSummary"),
    )
)
_FAILED = {"error": Status.ERROR, "aborted": Status.INTERRUPTED}
_STATUS_CODE = re.compile(r"(?:^|status )(\d{3})\b")
_ERROR_WORD = re.compile(r'"type"\s*:\s*"(\w+_error)"')
_TOKENS = ("input", "output", "cacheRead", "cacheWrite")


@dataclass(slots=True)
class PiMessages:
    """Tells messages to a transcript, and knows how the run stands after the last one.

    `asked` makes of a prompt what a turn is named by.
    """

    log: Transcript
    asked: Callable[[str], str] = str
    first_prompt: str | None = None
    _turn: Span | None = None
    _ending: Status | None = None

    def tell(
        self, message: dict[str, Any], origin: Origin, sent_ns: int | None, done_ns: int | None, owns_record: bool = True
    ) -> Span | None:  # fmt: skip
        """One message, sent (or begun to be answered) and written down at these times; the span it became, if any.

        `owns_record` is False for messages that share their record with others.
        """
        role, parts = first_text(message, ("role",)) or "", tuple(read_parts(message.get("content")))
        if role == "assistant":
            return self._answer(message, parts, origin, sent_ns, done_ns, owns_record)
        if role == "toolResult":
            return self._result(message, origin, done_ns or sent_ns, owns_record)
        if role == "bashExecution":
            return self._command(message, origin, done_ns or sent_ns, owns_record)
        text = "\n".join(part.content or "" for part in parts if part.type is PartType.TEXT)
        if role == "user":
            self.prompt(text, sent_ns or done_ns)
        elif role in ("branchSummary", "compactionSummary"):
            parts = (Part(PartType.COMPACTION, first_text(message, ("summary",)) or text or None),)
        self.log.message(Message("user", parts), origin if owns_record else None, sent_ns or done_ns)
        return None

    def prompt(self, text: str, at_ns: int | None) -> Span:
        """A user asks for something: a turn begins."""
        if self.first_prompt is None and not _is_command(text):
            self.first_prompt = text or None
        self._turn = self.log.turn(self.asked(text) or None, at_ns)
        self._turn.input = text or None
        self._ending = Status.UNFINISHED
        return self._turn

    def end(self) -> None:
        """No message comes any more: the status of the run, where nothing else tells it."""
        root = self.log.root
        root.status = root.status or self._ending
        last = self.log.steps[-1] if self.log.steps else None
        if root.status is Status.INTERRUPTED:
            root.error_type = CANCELLED
        if root.status is Status.ERROR and root.error_message is None and last is not None:
            root.error_type, root.error_message = last.error_type, last.error_message

    def _answer(
        self, message: dict[str, Any], parts: tuple[Part, ...], origin: Origin,
        sent_ns: int | None, done_ns: int | None, owns_record: bool,
    ) -> Span:  # fmt: skip
        reason = first_text(message, ("stopReason",))
        said = Message("assistant", parts, finish_reason=reason) if parts else None
        span = self.log.call(said, origin, done_ns)
        span.finish_reasons = (reason,) if reason else ()
        span.is_derived = not owns_record
        span.start_ns = sent_ns or span.start_ns
        span.model, span.provider = first_text(message, ("model",)), first_text(message, ("provider",))
        span.attributes = {
            key: message[key] for key in ("api", "errorMessage") if message.get(key) is not None
        }
        failed = _FAILED.get(reason or "")
        span.usage = usage_of(message.get("usage"), is_whole=failed is None)
        self._settle(span, failed, first_text(message, ("errorMessage",)))
        if failed is not None:
            self._stop_tools(parts)
        return span

    def _settle(self, span: Span, failed: Status | None, reason: str | None) -> None:
        span.status = failed or Status.OK
        if failed is not None:
            span.error_message = one_line(reason)
            span.error_type = CANCELLED if failed is Status.INTERRUPTED else error_type_in(reason)
        if failed is Status.ERROR:
            span.error_message = span.error_message or "the model answered with an error"
        asks = any(part.type is PartType.TOOL_CALL for said in span.output_messages for part in said.parts)
        self._ending = Status.UNFINISHED if asks and failed is None else span.status
        turn = self._turn
        if turn is not None:
            # an error is over once the model answers
            turn.status, turn.error_type, turn.error_message = failed, span.error_type, span.error_message

    def _stop_tools(self, parts: tuple[Part, ...]) -> None:
        """Tools that a stopped answer asked for are not run."""
        for part in parts:
            tool = self.log.waiting_for(part.tool_call_id or "") if part.type is PartType.TOOL_CALL else None
            if tool is not None:
                tool.status, tool.error_type = Status.INTERRUPTED, CANCELLED
                tool.error_message = "not run: the answer that asked for it was stopped"

    def _result(self, message: dict[str, Any], origin: Origin, at_ns: int | None, owns_record: bool) -> Span:
        parts = read_parts(message.get("content"))
        texts = [part.content or "" for part in parts if part.type is not PartType.MEDIA]
        media = [part for part in parts if part.type is PartType.MEDIA]
        flag = message.get("isError")
        part = Part(
            PartType.TOOL_RESULT,
            "\n".join(texts) if texts else None,
            first_text(message, ("toolCallId",)),
            first_text(message, ("toolName",)),
            is_error=flag if isinstance(flag, bool) else None,
        )
        span = self.log.tool_result(part, origin, at_ns, media, owns_record)
        details = message.get("details")
        if isinstance(details, dict) and details:
            span.attributes = {"details": details}
        return span

    def _command(self, message: dict[str, Any], origin: Origin, at_ns: int | None, owns_record: bool) -> Span:
        """A command that the user ran, without any model."""
        code, cancelled = integer_value(message.get("exitCode")), message.get("cancelled") is True
        part = Part(PartType.TOOL_RESULT, as_text(message.get("output")), tool_name="bash")
        span = self.log.tool_result(replace(part, is_error=bool(code)), origin, at_ns, (), owns_record)
        span.name, span.input, span.start_ns = "! bash", as_text(message.get("command")), at_ns
        kept = ("exitCode", "cancelled", "truncated", "fullOutputPath", "excludeFromContext")
        span.attributes = {key: message[key] for key in kept if message.get(key) is not None}
        if cancelled:
            span.status, span.error_type, span.error_message = Status.INTERRUPTED, CANCELLED, None
        elif code:
            span.error_type = f"exit code {code}"
        return span


def _is_command(text: str) -> bool:
    """Whether a prompt is nothing but a slash command."""
    return text.startswith("/") and " " not in text.strip()


def error_type_in(reason: str | None) -> str | None:
    """The type of error that a provider's message names, as a word or as the status of HTTP."""
    word, code = _ERROR_WORD.search(reason or ""), _STATUS_CODE.search(reason or "")
    return word.group(1) if word else f"HTTP {code.group(1)}" if code else None


def usage_of(value: Any, is_whole: bool = True) -> Usage | None:
    """Tokens beside those of the cache, and cost in US dollars; zeros of an answer that was stopped are unknown."""
    if not isinstance(value, dict):
        return None
    figures = Figures()
    fresh, output, read, write = (figures.tokens(value, (key,)) for key in _TOKENS)
    cost = value["cost"] if isinstance(value.get("cost"), dict) else {}
    if not is_whole and not any((fresh, output, read, write)) and figures.unread is None:
        return None
    usage = Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (write or 0),
        output_tokens=output,
        total_tokens=figures.tokens(value, ("totalTokens",)),
        cache_read_tokens=read,
        cache_write_tokens=write,
        cost_usd=figures.dollars(cost, ("total",)),
        raw=dumps(value),
        semantics="exclusive",
        unread=figures.unread,
    )
    return usage if is_told(usage) else None
