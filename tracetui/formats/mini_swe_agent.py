"""mini-SWE-agent trajectories: the messages of a run, with commands in code blocks or as tool calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.run_names import asked_line
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import (
    Entry,
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

_COMMAND = re.compile(r"```(?:mswea_bash_command|bash)\s*\n(.*?)\n```", re.DOTALL)
_RETURNED = re.compile(r"<returncode>(-?\d{1,6})</returncode>")
_TIMED_OUT = "timed out and has been killed"
_MARKS = ("mswea_bash_command", "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", "<returncode>")
_LEAD = re.compile(r"^\s*Please solve this issue:\s*")
_LONGEST_LOOK = 20_000


def sniff(head: Head) -> Match | None:
    """Recognise an object that names the format, or messages with its marks: return codes and marked code blocks."""
    for value in head.values:
        if isinstance(value, dict) and str(value.get("trajectory_format", "")).startswith("mini-swe-agent"):
            return Match(95, "trajectory_format mini-swe-agent", as_text(value["trajectory_format"]))
        found = value.get("info") if isinstance(value, dict) else None
        info = found if isinstance(found, dict) else {}
        messages = (
            value["messages"] if isinstance(value, dict) and isinstance(value.get("messages"), list) else []
        )
        if "mini_version" in info or ("exit_status" in info and _marks(messages[:8]) > 0):
            return Match(85, "messages and info of mini-SWE-agent", first_text(info, ("mini_version",)))
    if _marks(head.values) > 1:
        return Match(82, "messages with return codes and commands of mini-SWE-agent", None)
    return None


def _marks(messages: Sequence[Any]) -> int:
    texts = [
        text[:_LONGEST_LOOK]
        for item in messages
        if isinstance(item, dict) and "role" in item and isinstance(text := item.get("content"), str)
    ]
    return sum(any(mark in text for text in texts) for mark in _MARKS)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each trajectory; the messages of a bare list are one."""
    loose: _Run | None = None
    stem = re.split(r"[/\\!]", source)[-1].removesuffix(".json").removesuffix(".traj") or "trajectory"
    for number, record in enumerate(records):
        value, origin = record.value, record.origin
        if isinstance(value, dict) and isinstance(value.get("messages"), list) and value["messages"]:
            run = _Run.begin(value, f"{stem}{f'#{number + 1}' if number else ''}", origin)
            for item in value["messages"]:
                yield from run.take(item, element_origin(origin, item))
            yield from run.entries(value)
        elif isinstance(value, list) and value:
            run = _Run.begin({}, f"{stem}{f'#{number + 1}' if number else ''}", origin)
            for item in value:
                yield from run.take(item, element_origin(origin, item))
            yield from run.entries({})
        else:
            loose = loose or _Run.begin({}, stem, origin)
            yield from loose.take(value, origin)
    yield from loose.entries({}) if loose is not None else ()


@dataclass(slots=True)
class _Run:
    log: Transcript
    model: str | None = None
    commands: int = 0
    has_steps: bool = False
    has_name: bool = False
    ended: str | None = None

    @classmethod
    def begin(cls, value: dict[str, Any], name: str, origin: Origin) -> _Run:
        log = Transcript(name, origin, first_text(value, ("instance_id",)) or name)
        log.root.agent = "mini-SWE-agent"
        found: Any = value.get("info")
        for key in ("config", "model", "model_name"):
            found = found.get(key) if isinstance(found, dict) else None
        return cls(log, found if isinstance(found, str) else None, has_name="instance_id" in value)

    def take(self, item: Any, origin: Origin) -> Iterator[Entry]:
        """One message."""
        role = first_text(item, ("role",)) if isinstance(item, dict) else None
        if role is None:
            yield Skipped(origin, "unknown_shape", "a message without a role", Severity.WARNING)
            return
        self.has_steps = True
        extra = item["extra"] if isinstance(item.get("extra"), dict) else {}
        at_ns = to_ns(extra.get("timestamp") or item.get("timestamp"))
        messages = read_messages({key: value for key, value in item.items() if key != "extra"})
        message = messages[0] if messages else Message(role, ())
        if role == "assistant":
            self._answer(message, item, extra, origin, at_ns)
        elif role == "exit":
            self.ended = first_text(extra, ("exit_status",)) or self.ended
            self._submitted(extra, at_ns)
            self.log.root.output = first_text(extra, ("submission",)) or as_text(item.get("content"))
            self.log.merge(origin)
        elif role in ("user", "tool") and self.log.open_tools:
            self._observed(message, item, extra, origin, at_ns)
        else:
            if role == "user" and self.log.root.input is None:
                self._asked(message)
            self.log.message(message, origin, at_ns)

    def _asked(self, message: Message) -> None:
        """The task, after which the run is called where no instance names it."""
        root = self.log.root
        root.input = "\n".join(part.content or "" for part in message.parts) or None
        if not self.has_name:
            root.name = asked_line(_LEAD.sub("", root.input or "")) or root.name

    def _submitted(self, extra: dict[str, Any], at_ns: int | None) -> None:
        """The command that submits gets no answer: it ends the run."""
        if self.ended == "Submitted":
            for span in self.log.open_tools:
                span.status, span.end_ns = Status.OK, at_ns or span.start_ns
                span.output = first_text(extra, ("submission",))

    def _answer(
        self, message: Message, item: dict[str, Any], extra: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        text = as_text(item.get("content")) or ""
        asks = any(part.type is PartType.TOOL_CALL for part in message.parts)
        command = None if asks else _COMMAND.search(text)
        if command is not None:
            self.commands += 1
            call = Part(PartType.TOOL_CALL, command.group(1), f"command-{self.commands}", "bash")
            message = replace(message, parts=(*message.parts, call))
        span = self.log.call(message, origin, at_ns)
        response = extra["response"] if isinstance(extra.get("response"), dict) else {}
        span.model = first_text(response, ("model",)) or self.model
        figures = Figures()
        cost = figures.dollars(extra, ("cost",))
        span.usage = with_cost(read_usage(response.get("usage")), cost, figures, {"cost": extra.get("cost")})

    def _observed(
        self, message: Message, item: dict[str, Any], extra: dict[str, Any], origin: Origin, at_ns: int | None
    ) -> None:
        """What the environment answered to the commands that were asked for."""
        text = as_text(item.get("content")) or "\n".join(part.content or "" for part in message.parts)
        found = _RETURNED.search(text[:400])
        returned = integer_value(extra.get("returncode"))
        code = int(found.group(1)) if found else returned
        failed = code not in (None, 0) or _TIMED_OUT in text
        waiting = self.log.open_tools[0].tool_call_id
        named = first_text(item, ("tool_call_id",))
        part = Part(PartType.TOOL_RESULT, text, named or waiting, is_error=failed)
        span = self.log.tool_result(part, origin, at_ns)
        if failed:
            span.error_type = "timeout" if _TIMED_OUT in text else f"exit code {code}"
            span.error_message = _message_in(text)

    def entries(self, value: dict[str, Any]) -> Iterator[Entry]:
        """All spans of the run, and how it ended."""
        if not self.has_steps:
            return
        _end(self.log, value, self.ended)
        yield from self.log.entries()


def _message_in(text: str) -> str | None:
    inner = re.sub(r"</?(?:returncode|output)>", "\n", _RETURNED.sub("", text))
    return one_line(inner.strip().rsplit("\n", 1)[-1]) or None


def _end(log: Transcript, value: dict[str, Any], ended: str | None) -> None:
    info = value["info"] if isinstance(value.get("info"), dict) else {}
    root: Span = log.root
    status = first_text(info, ("exit_status",)) or ended
    root.version = first_text(info, ("mini_version",))
    root.output = first_text(info, ("submission",)) or root.output
    root.attributes = {key: kept for key, kept in info.items() if key != "submission"} or None
    if status is not None:
        root.status = Status.OK if status.lower() == "submitted" else Status.ERROR
    elif _is_submitted(log):
        root.status = Status.OK
    if root.status is Status.ERROR:
        root.error_type = root.error_message = status
    stats = info["model_stats"] if isinstance(info.get("model_stats"), dict) else {}
    if not any(span.usage and span.usage.cost_usd for span in log.steps):
        figures = Figures()
        root.usage = with_cost(None, figures.dollars(stats, ("instance_cost",)) or None, figures, stats)


def _is_submitted(log: Transcript) -> bool:
    last = next((span for span in reversed(log.steps) if span.kind is SpanKind.TOOL), None)
    return last is not None and _MARKS[1] in (last.input or "")


FORMAT = Format(
    name="mini_swe_agent",
    title="mini-SWE-agent trajectories",
    recognised_by="trajectory_format mini-swe-agent, or messages with return codes and mswea_bash_command",
    produced_by="mini-SWE-agent: `mini -o run.traj.json`, <instance>.traj.json of a benchmark",
    sniff=sniff,
    read=read,
    global_ids=False,
)
