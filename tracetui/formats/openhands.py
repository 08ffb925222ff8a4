"""OpenHands: lists of events, `output.jsonl` of evaluations, and logs of single model calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.openhands_events import UNNAMED, Events
from tracetui.formats.openhands_sdk import SdkEvents
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.formats.transcript import Transcript
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import (
    Entry,
    JsonValue,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

_EVENT = frozenset(("source", "timestamp"))
_CALL_LOG = frozenset(("messages", "response", "cost", "timestamp"))
_STATE = frozenset(("agent", "workspace", "execution_status"))
_WORD = frozenset(("action", "observation"))


def sniff(head: Head) -> Match | None:
    """Recognise events with their source, evaluations that hold such events, and logs of model calls."""
    for value in head.values:
        if not isinstance(value, dict):
            continue
        if value.keys() >= _CALL_LOG and isinstance(value["response"], dict):
            return Match(80, "a log of one model call with cost and response", "llm log")
        if value.keys() >= _STATE:
            return Match(80, "the base state of a conversation", "v1")
        history = value.get("history")
        if (
            "instance_id" in value
            and isinstance(history, list)
            and any(_is_event(item) for item in _flat(history)[:5])
        ):
            return Match(92, "an evaluation with instance_id and a history of events", "v0")
        if _is_event(value):
            is_second = "kind" in value
            return Match(
                88, "events with source, and action, observation or kind", "v1" if is_second else "v0"
            )
    return None


def _is_event(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not value.keys() >= _EVENT or "id" not in value:
        return False
    kind = first_text(value, ("kind",))
    is_first = not _WORD.isdisjoint(value) and first_text(value, ("action", "observation")) is not None
    return is_first or (kind is not None and kind.endswith(("Event", "Observation", "Condensation")))


def _flat(history: Sequence[Any]) -> list[Any]:
    """Events of a history; the oldest evaluations hold pairs of action and observation."""
    return [item for entry in history for item in (entry if isinstance(entry, list) else [entry])]


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A run for each list of events and each evaluated instance; a model call for each log of one."""
    stem = re.split(r"[/\\!]", source)[-1].rsplit(".json", 1)[0] or "conversation"
    loose: _Conversation | None = None
    states: list[tuple[dict[str, Any], Origin]] = []
    for number, record in enumerate(records):
        value, origin = record.value, record.origin
        if isinstance(value, dict) and isinstance(value.get("history"), list):
            yield from _evaluated(value, origin, number)
        elif isinstance(value, dict) and value.keys() >= _CALL_LOG:
            yield _logged_call(value, origin, stem, number)
        elif isinstance(value, dict) and value.keys() >= _STATE:
            states.append((value, origin))
        elif isinstance(value, dict) and any(key in value for key in ("action", "observation", "kind")):
            loose = loose or _Conversation(stem, origin)
            loose.take(value, origin)
        else:
            yield Skipped(origin, "unknown_shape", "no event of OpenHands", Severity.WARNING)
    if loose is not None:
        for state, origin in states:
            loose.keep(state, origin)
        yield from loose.entries()
    else:
        for _, origin in states:
            yield Skipped(origin, "base_state", "the state of a conversation without its events")


class _Conversation:
    """The events of one conversation, of either generation."""

    def __init__(self, name: str, origin: Origin) -> None:
        self.log = Transcript(name, origin, UNNAMED)
        self.log.root.agent = "OpenHands"
        self._first, self._sdk = Events(self.log), SdkEvents(self.log)

    def take(self, event: dict[str, Any], origin: Origin) -> None:
        """One event."""
        (self._sdk if first_text(event, ("kind",)) else self._first).take(event, origin)

    def keep(self, state: dict[str, Any], origin: Origin) -> None:
        """The state that the SDK keeps beside the events."""
        self._sdk.keep(state)
        self.log.merge(origin)

    def entries(self) -> Iterator[Entry]:
        """The run and its steps."""
        self._sdk.end()
        return self.log.entries()


def _evaluated(value: dict[str, Any], origin: Origin, number: int) -> Iterator[Entry]:
    name = first_text(value, ("instance_id",)) or f"instance {number + 1}"
    history = _flat(value["history"])
    if not history:
        yield Skipped(
            origin, "empty_history", f"{name} has no events: {one_line(as_text(value.get('error')))}"
        )
        return
    events = _Conversation(f"{name}#{number + 1}", origin)
    root = events.log.root
    root.name = name
    for item in history:
        own = element_origin(origin, item)
        if isinstance(item, dict):
            events.take(item, own)
        else:
            yield Skipped(own, "unknown_shape", "an event that is no object", Severity.WARNING)
    _outcome(root, value)
    metrics = value["metrics"] if isinstance(value.get("metrics"), dict) else {}
    figures = Figures()
    cost = figures.dollars(metrics, ("accumulated_cost",)) or None
    root.usage = with_cost(read_usage(metrics.get("accumulated_token_usage")), cost, figures, metrics)
    yield from events.entries()


def _outcome(root: Span, value: dict[str, Any]) -> None:
    error = as_text(value.get("error"))
    if error:
        found = re.match(r"(?:\w+\.)*(\w+(?:Error|Exception|Timeout))\b", error)
        root.status, root.error_message = Status.ERROR, one_line(error)
        limit = re.search(r"maximum (iteration|budget)", error)
        root.error_type = f"max_{limit.group(1)}s" if limit else found.group(1) if found else "error"
    kept = ("test_result", "metadata", "report", "instance")
    root.attributes = {key: value[key] for key in kept if value.get(key) is not None}
    metadata = value["metadata"] if isinstance(value.get("metadata"), dict) else {}
    config = metadata["llm_config"] if isinstance(metadata.get("llm_config"), dict) else {}
    root.agent = first_text(metadata, ("agent_class",)) or "OpenHands"
    root.requested_model = first_text(config, ("model",))


def _logged_call(value: dict[str, Any], origin: Origin, stem: str, number: int) -> Span:
    """What was sent to a model and came back, of one file of LLM logs."""
    response = value["response"] if isinstance(value.get("response"), dict) else {}
    own = first_text(response, ("id",)) or f"{stem}#{number + 1}"
    span = Span(own, own, origin)
    span.kind, span.status, span.end_ns = SpanKind.LLM, Status.OK, to_ns(value.get("timestamp"))
    took_s = number_value(value.get("latency_sec"))
    if took_s is not None and span.end_ns is not None and 0 <= took_s < 10**6:
        span.start_ns = span.end_ns - int(took_s * NS_PER_S)
    span.model = first_text(response, ("model",))
    span.name = f"chat {span.model}" if span.model else "model call"
    span.input_messages = read_messages(value.get("messages"))
    span.output_messages = read_messages({"choices": response.get("choices")}, "assistant")
    span.finish_reasons = [m.finish_reason for m in span.output_messages if m.finish_reason]
    usage, figures = read_usage(response.get("usage")), Figures()
    cost = figures.dollars(value, ("cost",))
    span.usage = with_cost(usage, cost if usage else cost or None, figures, value.get("cost"))
    span.tools_offered = read_tools(value.get("tools"))
    kept = ("kwargs", "context_window", "raw_messages", "raw_response")
    span.attributes = {key: value[key] for key in kept if value.get(key) is not None}
    return span


FORMAT = Format(
    name="openhands",
    title="OpenHands",
    recognised_by="events with source, and action, observation or kind; evaluations with instance_id and history",
    produced_by="OpenHands: trajectories saved as JSON, output.jsonl of evaluations, LLM logs of its SDK",
    sniff=sniff,
    read=read,
    global_ids=False,
)
