"""OpenAI Agents SDK `RunState`: a run saved in the middle, mostly because a tool waits for a person's approval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.chat_log import content_id
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.elements import element_origin
from tracetui.formats.ids import trace_id
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.openai_run_state_items import Items, measured
from tracetui.formats.transcript import Transcript
from tracetui.model import Entry, JsonValue, Merged, Origin, Record, Score, Severity, Skipped, Span, Status

_VERSION = "$schemaVersion"
_TELLING = frozenset((_VERSION, "generated_items", "model_responses"))
_KEPT = (
    *("current_turn", "max_turns", "current_step", "current_agent", "tool_use_tracker", "conversation_id"),
    *("previous_response_id", "pending_input", "no_active_agent_run"),
)
_KEPT_CONTEXT = ("context", "context_meta", "approvals", "tool_invocations")
_GUARDRAILS = (
    "input_guardrail_results",
    "output_guardrail_results",
    "tool_input_guardrail_results",
    "tool_output_guardrail_results",
)
_LONGEST_NAME = 70


def sniff(head: Head) -> Match | None:
    """Recognise the document by the version of its schema and its items."""
    for value in head.values[:4]:
        if isinstance(value, dict) and value.keys() >= _TELLING:
            return Match(
                95, "a RunState with $schemaVersion and generated_items", first_text(value, (_VERSION,))
            )
    return None


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A run for each state; of several states of one trace the last one stands for all."""
    states: dict[str, tuple[dict[str, Any], Origin]] = {}
    for record in records:
        value = record.value
        if not isinstance(value, dict) or _VERSION not in value:
            yield Skipped(record.origin, "unknown_shape", "no RunState", Severity.WARNING)
            continue
        trace = trace_id(_dict(value, "trace").get("id")) or content_id(value)
        if trace in states:
            # an earlier pause of the same run holds nothing that the later one lacks
            yield Merged(states[trace][1], trace, "run")
        states[trace] = (value, record.origin)
    for trace, (value, origin) in states.items():
        yield from _run(trace, value, origin)


def _run(trace: str, value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
    log = Transcript(trace, origin, "OpenAI Agents run")
    root = log.root
    root.is_derived = False
    _describe(root, value)
    given = read_messages(value.get("original_input"), "user")
    for message in given:
        log.message(message)
    items = Items(log, _list(value, "model_responses"), _dict(value, "context"), origin)
    for item in _items(value):
        items.add(item, element_origin(origin, item))
    items.finish([(item, element_origin(origin, item)) for item in _interruptions(value)])
    asked = next((part.content for message in given for part in message.parts if part.content), None)
    root.input, root.output = asked, items.last_said
    root.name = (one_line(asked) or root.name or "")[:_LONGEST_NAME]
    root.status = Status.INTERRUPTED if items.is_paused else Status.UNSET
    if items.is_paused:
        # what the run waits for is no answer to the question
        root.output = None
    yield from log.entries()


def _describe(root: Span, value: dict[str, Any]) -> None:
    trace, context = _dict(value, "trace"), _dict(value, "context")
    root.name = first_text(trace, ("workflow_name",)) or root.name
    root.session_id = first_text(trace, ("group_id",)) or first_text(value, ("conversation_id",))
    root.agent = first_text(_dict(value, "current_agent"), ("name",))
    root.usage = measured(context.get("usage"))
    kept = {key: value[key] for key in _KEPT if value.get(key) not in (None, {}, [])}
    kept |= {
        f"context.{key}": context[key] for key in _KEPT_CONTEXT if context.get(key) not in (None, {}, [])
    }
    root.attributes = kept or None
    metadata = trace.get("metadata")
    root.metadata = metadata if isinstance(metadata, dict) and metadata else None
    root.scores = [
        score for key in _GUARDRAILS for item in _list(value, key) for score in _verdict(root, item)
    ]


def _verdict(root: Span, item: JsonValue) -> Iterator[Score]:
    if not isinstance(item, dict):
        return
    output = _dict(item, "output")
    tripped = output.get("tripwire_triggered")
    behaviour = first_text(_dict(output, "behavior"), ("type",))
    passed = not tripped if isinstance(tripped, bool) else behaviour == "allow" if behaviour else None
    name = first_text(_dict(item, "guardrail"), ("name",)) or "guardrail"
    comment = as_text(output.get("output_info"))
    yield Score(root.trace_id, root.span_id, name, passed=passed, kind="code", comment=comment)


def _items(value: dict[str, Any]) -> list[Any]:
    """The items of the run; those of the session are more where a handoff has filtered what the next agent gets."""
    generated, session = _list(value, "generated_items"), _list(value, "session_items")
    return session if len(session) > len(generated) else generated


def _interruptions(value: dict[str, Any]) -> list[Any]:
    return _list(_dict(_dict(value, "current_step"), "data"), "interruptions")


def _dict(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


FORMAT = Format(
    name="openai_run_state",
    title="OpenAI Agents SDK run states",
    recognised_by="a document with `$schemaVersion`, `generated_items` and `model_responses`",
    produced_by="OpenAI Agents SDK: json.dumps(result.to_state().to_json()) or state.to_string()",
    sniff=sniff,
    read=read,
)
