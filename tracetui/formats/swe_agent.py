"""SWE-agent trajectories: `.traj` files with a step for each action, no times, and totals for the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import parsed_object
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
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
    Record,
    Severity,
    Skipped,
    Span,
    Status,
    Usage,
)
from tracetui.reading.lenient import dumps

_STEP = frozenset(("action", "observation"))
_KEPT = ("execution_time", "state", "extra_info")
_FAILED = (
    "Traceback (most recent call last)",
    "Your proposed edit has introduced new syntax error",
    "EXECUTION TIMED OUT",
    "The command was cancelled because it took more than",
    "Usage:",
)
_NOT_FOUND = re.compile(
    r"^(?:/bin/)?(?:ba)?sh: .*(?:command not found|No such file or directory|syntax error)"
)
_EXITED = "Exited"


@dataclass(frozen=True, slots=True)
class _Told:
    """What the history says of a step: the model's answer, and what it was shown of the observation."""

    answer: dict[str, Any]
    shown: dict[str, Any]

    def seen(self, observation: str | None) -> str | None:
        """The observation as the model read it, in words of the program such as the folder it is in."""
        texts = [
            part.content for message in read_messages(self.shown) for part in message.parts if part.content
        ]
        text = "\n".join(texts)
        return text if text and (observation or "").strip() in text else observation


_UNTOLD = _Told({}, {})
_INSTANCE = re.compile(r"^.*__(?=.*__)")
"""What stands before `owner__repository-number` in the names of files that were gathered."""


def sniff(head: Head) -> Match | None:
    """Recognise an object with a trajectory of actions and observations."""
    for value in head.values:
        if isinstance(value, dict) and isinstance(value.get("trajectory"), list):
            steps = [step for step in value["trajectory"][:3] if isinstance(step, dict)]
            if "history" in value and "info" in value:
                return Match(92, "trajectory, history and info", _version(value))
            if any(step.keys() >= _STEP for step in steps):
                return Match(80, "a trajectory of actions and observations", _version(value))
    return None


def _version(value: dict[str, Any]) -> str | None:
    info = value.get("info")
    return first_text(info, ("swe_agent_version",)) if isinstance(info, dict) else None


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each trajectory, a model call and a tool for each of its steps."""
    for number, record in enumerate(records):
        value = record.value
        steps = value.get("trajectory") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(steps, list):
            yield Skipped(record.origin, "unknown_shape", "no object with a trajectory", Severity.WARNING)
        elif not steps:
            yield Skipped(record.origin, "empty_trajectory", "the trajectory has no steps")
        else:
            yield from _run(
                value, steps, record.origin, f"{_stem(source)}{f'#{number + 1}' if number else ''}"
            )


def _stem(source: str) -> str:
    name = re.split(r"[/\\!]", source)[-1].removesuffix(".traj")
    return name or "trajectory"


def _run(value: dict[str, Any], steps: list[Any], origin: Origin, trace_id: str) -> Iterator[Entry]:
    config = parsed_object(value.get("replay_config")) or {}
    log = Transcript(trace_id, origin, _instance(config) or _INSTANCE.sub("", trace_id))
    history = [item for item in _list(value.get("history")) if isinstance(item, dict)]
    _begin(log, value, history)
    said = _answers(history)
    model = _model(config)
    for number, step in enumerate(steps):
        own = element_origin(origin, step)
        if not isinstance(step, dict):
            yield Skipped(own, "unknown_shape", "a step that is no object", Severity.WARNING)
            continue
        if not _is_end(step):
            _step(log, step, own, number, said[number] if number < len(said) else _UNTOLD)
            continue
        log.root.events = [
            *log.root.events,
            Event("exit", None, {k: step[k] for k in step if k not in ("query", "messages")}),
        ]
        log.merge(own)
    for span in log.steps:
        span.model = model if span.name is None else None
    _end(log.root, value, config)
    yield from log.entries()


def _instance(config: dict[str, Any]) -> str | None:
    problem = config.get("problem_statement")
    return first_text(problem, ("id",)) if isinstance(problem, dict) else None


def _model(config: dict[str, Any]) -> str | None:
    found: Any = config.get("agent")
    for key in ("model", "name"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _begin(log: Transcript, value: dict[str, Any], history: Sequence[dict[str, Any]]) -> None:
    """What the model was given before its first step: instructions, demonstrations, the problem."""
    for item in history:
        if item.get("role") == "assistant" and not item.get("is_demo"):
            break
        for message in read_messages(item):
            log.message(message)
    asked = [message for message in log.context if message.role == "user"]
    log.root.input = asked[-1].parts[0].content if asked and asked[-1].parts else None
    log.root.agent = "SWE-agent"
    log.root.version, log.root.environment = _version(value), first_text(value, ("environment",))


def _answers(history: Sequence[dict[str, Any]]) -> list[_Told]:
    """Each answer of the model, with the message that it was shown next, where that is what a command gave back."""
    own = [item for item in history if not item.get("is_demo")]
    return [
        _Told(item, after if after.get("role") in ("user", "tool") else {})
        for item, after in zip(own, (*own[1:], {}), strict=False)
        if item.get("role") == "assistant"
    ]


def _is_end(step: dict[str, Any]) -> bool:
    """The last step of a run that a limit ended is no call: the program wrote it."""
    word = (as_text(step.get("action")) or "").strip()
    is_exit = word.startswith("exit_") or (not word and not step.get("query"))
    return is_exit and (as_text(step.get("observation")) or "").startswith(_EXITED)


def _step(log: Transcript, step: dict[str, Any], origin: Origin, number: int, told: _Told) -> None:
    response = as_text(step.get("response")) or as_text(step.get("thought")) or ""
    action = (as_text(step.get("action")) or "").strip()
    call_id, name = f"step-{number + 1}", action.split(maxsplit=1)[0] if action else ""
    known = _asked(told.answer, response)
    if known is not None:
        message, call_id = known
    else:
        call = (Part(PartType.TOOL_CALL, action, call_id, name),) if action else ()
        message = Message("assistant", (*((Part(PartType.TEXT, response),) if response else ()), *call))
    span = log.call(message, origin)
    given = read_messages(step.get("query") or step.get("messages"))
    if given:
        span.input_messages = given
    if action:
        _tool(log, step, origin, call_id, told)


def _asked(said: dict[str, Any], response: str) -> tuple[Message, str] | None:
    """The message of the history with its tool call, where the model called tools in the API's way."""
    if not said.get("tool_calls") or as_text(said.get("content")) != response:
        return None
    message = replace(read_messages({**said, "action": None, "thought": None})[0], name=None)
    ids = [part.tool_call_id for part in message.parts if part.type is PartType.TOOL_CALL]
    return (message, ids[0]) if ids and ids[0] else None


def _tool(log: Transcript, step: dict[str, Any], origin: Origin, call_id: str, told: _Told) -> None:
    seen = as_text(step.get("observation"))
    text = (seen or "").lstrip()
    has_failed = text.startswith(_FAILED) or _NOT_FOUND.match(text) is not None
    part = Part(PartType.TOOL_RESULT, told.seen(seen), call_id, is_error=has_failed or None)
    span = log.tool_result(part, origin, owns_record=False)
    span.output = seen
    if has_failed:
        span.error_message = one_line(seen)
    if has_failed and "Traceback (" in text[:40]:
        span.error_message = one_line(text.strip().splitlines()[-1])
    span.status = span.status if has_failed else Status.OK
    kept = {key: step[key] for key in _KEPT if step.get(key) not in (None, {}, "")}
    if isinstance(kept.get("state"), str):
        kept["state"] = parsed_object(kept["state"]) or kept["state"]
    span.attributes = kept or None


def _end(root: Span, value: dict[str, Any], config: dict[str, Any]) -> None:
    info = value["info"] if isinstance(value.get("info"), dict) else {}
    status = first_text(info, ("exit_status",))
    root.output = first_text(info, ("submission",))
    root.attributes = {
        **{k: v for k, v in info.items() if k != "submission"},
        **({"replay_config": config} if config else {}),
    }
    if status is None:
        root.status = Status.UNFINISHED
    elif status == "submitted":
        root.status = Status.OK
    else:
        found = re.search(r"\((\w+)\)", status)
        root.status, root.error_type, root.error_message = (
            Status.ERROR,
            found.group(1) if found else status,
            status,
        )
    root.usage = _totals(info.get("model_stats"))


def _totals(stats: Any) -> Usage | None:
    """Tokens and cost of the run; zeros stand for what was not counted."""
    if not isinstance(stats, dict):
        return None
    figures = Figures()
    usage = Usage(
        input_tokens=figures.tokens(stats, ("tokens_sent",)) or None,
        output_tokens=figures.tokens(stats, ("tokens_received",)) or None,
        cost_usd=figures.dollars(stats, ("instance_cost",)) or None,
        raw=dumps(stats),
        unread=figures.unread,
    )
    return usage if is_told(usage) else None


FORMAT = Format(
    name="swe_agent",
    title="SWE-agent trajectories",
    recognised_by="an object with trajectory, history and info",
    produced_by="SWE-agent: `sweagent run`, trajectories/<user>/<run>/<instance>.traj",
    sniff=sniff,
    read=read,
    global_ids=False,
)
