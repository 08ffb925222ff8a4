"""τ-bench results: one run a task and trial, with its reward; and the benchmark's few-shot conversations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import ChatLog, content_id, stem_of
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import with_cost
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    Origin,
    Record,
    Score,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_ERROR = re.compile(r"\s*(?:Error|Unknown action)\b[: ]", re.IGNORECASE)
_SPEAKER = re.compile(r"^(system|user|assistant|tool): ", re.MULTILINE)
_FEW_SHOT = "messages_display"


def sniff(head: Head) -> Match | None:
    """Recognise results by task, trial, reward and trajectory together."""
    for value in head.values[:1]:
        items = value[:1] if isinstance(value, list) else [value]
        if any(_is_result(item) for item in items):
            return Match(92, "task_id, trial, reward and traj")
        if any(_is_few_shot(item) for item in items):
            return Match(60, "conversations as text under messages_display")
    return None


def _is_result(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"task_id", "reward", "traj"} <= value.keys()


def _is_few_shot(value: JsonValue) -> bool:
    return isinstance(value, dict) and isinstance(value.get(_FEW_SHOT), str)


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each result; whatever is none is skipped."""
    number = 0
    for record in records:
        several = record.value if isinstance(record.value, list) else None
        if several == []:
            yield Skipped(record.origin, "empty_batch", "the list holds no results")
        for item in [record.value] if several is None else several:
            number += 1
            place = record.origin if several is None else element_origin(record.origin, item)
            if isinstance(item, dict) and _is_result(item):
                yield from _result(item, place, source)
            elif isinstance(item, dict) and _is_few_shot(item):
                yield from _few_shot(item, place, number)
            else:
                yield Skipped(place, "unknown_shape", "no result of τ-bench", Severity.WARNING)


def _result(value: dict[str, Any], origin: Origin, source: str) -> Iterator[Entry]:
    task, trial = as_text(value.get("task_id")), as_text(value.get("trial"))
    name = f"task {task}" + (f" trial {trial}" if trial is not None else "") + f" of {stem_of(source)}"
    chat = ChatLog(Transcript(content_id(value), origin, name), lambda text: _ERROR.match(text) is not None)
    root = chat.log.root
    root.is_derived, root.kind_original = False, "simulation"
    info = value["info"] if isinstance(value.get("info"), dict) else {}
    asked = info["task"] if isinstance(info.get("task"), dict) else {}
    root.input, root.user_id = first_text(asked, ("instruction",)), first_text(asked, ("user_id",))
    root.attributes = {key: found for key, found in value.items() if key != "traj" and found is not None}
    messages = value.get("traj")
    for message in messages if isinstance(messages, list) else ():
        chat.add(message, element_origin(origin, message))
    root.output = _last_answer(messages)
    _verdict(root, number_value(value.get("reward")), info)
    chat.frames += _simulated_user(root, info, origin)
    yield from chat.entries()


def _simulated_user(root: Span, info: dict[str, Any], origin: Origin) -> Iterator[Span]:
    """The user is a model too; what its calls cost together is all that is recorded of them."""
    figures = Figures()
    usage = with_cost(None, figures.dollars(info, ("user_cost",)), figures)
    if usage is not None:
        user = Span(root.trace_id, "user", origin, is_derived=True, parent_id=root.span_id)
        user.kind, user.name, user.status = SpanKind.AGENT, "simulated user", Status.UNSET
        user.usage = usage
        yield user


def _last_answer(messages: JsonValue) -> str | None:
    said = (
        [m for m in messages if isinstance(m, dict) and m.get("role") == "assistant"]
        if isinstance(messages, list)
        else []
    )
    return next((text for m in reversed(said) if (text := first_text(m, ("content",)))), None)


def _verdict(root: Span, reward: float | None, info: dict[str, Any]) -> None:
    passed = None if reward is None else reward >= 1
    root.scores = (
        Score(root.trace_id, root.span_id, "reward", reward, passed=passed, kind="code", author="tau-bench"),
    )
    root.status = {None: Status.UNSET, True: Status.OK, False: Status.ERROR}[passed]
    error = first_text(info, ("error",))
    if error is not None:
        root.status, root.error_type, root.error_message = Status.ERROR, "run failed", one_line(error)
        facts = {"exception.message": error, "exception.stacktrace": first_text(info, ("traceback",))}
        root.events = [Event("exception", None, {key: text for key, text in facts.items() if text})]
    elif passed is False:
        root.error_type, root.error_message = "task failed", f"reward {reward:g}: {_why(info)}"


def _why(info: dict[str, Any]) -> str:
    found = info.get("reward_info")
    said: Any = found.get("info") if isinstance(found, dict) else None
    if isinstance(said, dict):
        if number_value(said.get("r_outputs")) == 0:
            outputs = said["outputs"] if isinstance(said.get("outputs"), dict) else {}
            missing = [str(text) for text, told in outputs.items() if told is False]
            return "the user was not told " + (", ".join(missing) or "what they had to be")
        if said.get("r_actions") is not None and not said["r_actions"]:
            return "what is in the database differs from what the right actions would have made"
    return "no reason is given"


def _few_shot(value: dict[str, Any], origin: Origin, number: int) -> Iterator[Entry]:
    """A conversation as text, each message begun by its role; tool calls are missing from it."""
    pieces = _SPEAKER.split(value[_FEW_SHOT])
    pairs = list(zip(pieces[1::2], pieces[2::2], strict=False))
    if not pairs:
        yield Skipped(origin, "unknown_shape", "text without speakers", Severity.WARNING)
        return
    chat = ChatLog(Transcript(content_id(value), origin, f"few-shot conversation {number}"))
    chat.log.root.is_derived = False
    for role, text in pairs:
        said = text.strip()
        message = {"role": role, "content": None if said == "None" else said}
        chat.add(message, element_origin(origin, message))
    yield from chat.entries()


FORMAT = Format(
    name="tau_bench",
    title="τ-bench results",
    recognised_by="objects with `task_id`, `trial`, `reward` and `traj`",
    produced_by="τ-bench: `python run.py …` (results/*.json), and its historical trajectories",
    sniff=sniff,
    read=read,
)
