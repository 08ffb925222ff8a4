"""Who&When: failed runs of several agents with the agent and step that people found to be at fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.agent_turns import AgentTurns
from tracetui.formats.chat_log import ChatLog, content_id
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import integer_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, JsonValue, Origin, Record, Score, Severity, Skipped, Span, Status

_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise the labels: history with mistake_agent and mistake_step."""
    if any(_is_labelled(value) for value in head.values[:1]):
        return Match(95, "history with mistake_agent and mistake_step")
    return None


def _is_labelled(value: JsonValue) -> bool:
    return isinstance(value, dict) and {"history", "mistake_agent", "mistake_step"} <= value.keys()


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A run for each labelled log."""
    for record in records:
        if isinstance(record.value, dict) and _is_labelled(record.value):
            yield from _run(record.value, record.origin)
        else:
            yield Skipped(record.origin, "unknown_shape", "no log with labels of Who&When", Severity.WARNING)


def _run(value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    question = first_text(value, ("question",))
    name = (one_line(question) or "question")[:_LONGEST_NAME]
    turns = AgentTurns(ChatLog(Transcript(content_id(value), origin, name)))
    root = turns.chat.log.root
    root.is_derived, root.input = False, question
    root.attributes = {key: found for key, found in value.items() if key != "history" and found is not None}
    history = value.get("history")
    for message in history if isinstance(history, list) else ():
        turns.add(message, element_origin(origin, message))
    _blame(root, turns.spans, value)
    yield from turns.chat.entries()


def _blame(root: Span, spans: list[Span | None], value: dict[str, Any]) -> None:
    """The label as a score on the step it points to, which is the step the run failed at; else on the run."""
    at, agent = integer_value(value.get("mistake_step")), first_text(value, ("mistake_agent",))
    reason = as_text(value.get("mistake_reason"))
    root.status = Status.ERROR
    root.error_type, root.error_message = "wrong answer", one_line(reason)
    span = spans[at] if at is not None and 0 <= at < len(spans) else None
    target = span or root
    label = Score(
        root.trace_id, target.span_id, "mistake", passed=False, label=agent, kind="human", comment=reason,
        author="Who&When",
    )  # fmt: skip
    target.scores = (label,)
    if span is not None:
        span.status, span.error_type, span.error_message = Status.ERROR, "mistake", one_line(reason)


FORMAT = Format(
    name="who_and_when",
    title="Who&When failure labels",
    recognised_by="`history` with `mistake_agent` and `mistake_step`",
    produced_by="the Who&When data set of failed multi-agent runs, and what is labelled like it",
    sniff=sniff,
    read=read,
)
