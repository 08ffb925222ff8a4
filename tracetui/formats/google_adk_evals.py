"""Eval sets and eval results of Google's Agent Development Kit: each case is a run, with the tools it expects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.google_adk_events import (
    AdkSession,
    content_parts,
    event_list,
    joined_text,
)
from tracetui.formats.google_adk_fields import named, text_of
from tracetui.formats.message_parts import as_text, tool_call
from tracetui.formats.times import to_ns
from tracetui.formats.transcript import Transcript
from tracetui.model import (
    Entry,
    JsonValue,
    Message,
    Origin,
    Part,
    PartType,
    Score,
    Severity,
    Skipped,
    SpanKind,
    Status,
)

_OLD_MARKS = frozenset(("expected_tool_use", "expected_intermediate_agent_responses"))
_STATUSES = {1: True, 2: False, "PASSED": True, "FAILED": False}


def is_eval(value: JsonValue) -> bool:
    """Whether a value is an eval set, the result of one, or a list of questions of the first generation."""
    if isinstance(value, dict):
        return any(isinstance(named(value, key), list) for key in ("eval_cases", "eval_case_results"))
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, dict):
        return False
    return is_question(first) or (isinstance(first.get("data"), list) and is_question(first["data"][:1]))


def is_question(value: JsonValue) -> bool:
    """Whether a value is a question of the first generation, or a list of them."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and "query" in first and not _OLD_MARKS.isdisjoint(first)


def read_eval(value: JsonValue, origin: Origin, source: str) -> Iterator[Entry]:
    """A run for each case; its records are the questions asked in it."""
    if isinstance(value, dict):
        name = text_of(named(value, "eval_set_id")) or source
        if not (named(value, "eval_cases") or named(value, "eval_case_results")):
            yield Skipped(origin, "empty_batch", "an eval set without cases")
        for key, read in (("eval_cases", _case), ("eval_case_results", _result)):
            items = named(value, key)
            for number, item in enumerate(items if isinstance(items, list) else [], 1):
                yield from read(item, name, number, origin)
    elif isinstance(value, list) and is_question(value):
        yield from read_questions([(item, element_origin(origin, item)) for item in value], source)
    else:
        for number, item in enumerate(value if isinstance(value, list) else [], 1):
            yield from _old_case(item, source, number, origin)


# --- eval sets -------------------------------------------------------------------------------------------------


def _case(value: JsonValue, name: str, number: int, origin: Origin) -> Iterator[Entry]:
    invocations = value.get("conversation") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(invocations, list) or not invocations:
        yield Skipped(element_origin(origin, value), "empty_case", "an eval case without conversation")
        return
    own = text_of(named(value, "eval_id")) or str(number)
    session = _begun(
        f"{name}/{own}", own.rpartition("/")[2].removesuffix(".json").removesuffix(".test"), origin
    )
    root = session.log.root
    root.attributes = {key: item for key, item in value.items() if key != "conversation"}
    given = named(value, "session_input")
    if isinstance(given, dict):
        root.agent, root.user_id = text_of(named(given, "app_name")), text_of(named(given, "user_id"))
    for invocation in invocations:
        _invocation(session, invocation, element_origin(origin, invocation))
    yield from session.entries()


def _begun(trace: str, name: str, origin: Origin) -> AdkSession:
    session = AdkSession(Transcript(trace, origin, f"eval case {name}"))
    session.log.root.kind_original, session.log.root.status = "eval case", Status.UNSET
    return session


def _invocation(session: AdkSession, value: JsonValue, origin: Origin) -> None:
    if not isinstance(value, dict):
        session.unread.append(
            Skipped(origin, "not_an_object", "an invocation that is no object", Severity.WARNING)
        )
        return
    at_ns = to_ns(named(value, "creation_timestamp"))
    parts = content_parts(named(value, "user_content"))
    session.turn(None, joined_text(parts), at_ns)
    session.log.message(Message("user", tuple(parts)), None, at_ns)
    between = named(value, "intermediate_data")
    if isinstance(between, dict):
        _between(session, between, origin)
    answer = content_parts(named(value, "final_response"))
    _answer(session, answer, value, origin)


def _between(session: AdkSession, value: dict[str, Any], origin: Origin) -> None:
    events = named(value, "invocation_events")
    for event in events if isinstance(events, list) else []:
        session.add_derived({"author": "agent", **event} if isinstance(event, dict) else event, origin)
    uses, answers = named(value, "tool_uses"), named(value, "tool_responses")
    _expected_tools(session, uses if isinstance(uses, list) else [], origin)
    for answer in answers if isinstance(answers, list) else []:
        session.add_derived({"author": "agent", "content": {"parts": [{"functionResponse": answer}]}}, origin)


def _expected_tools(session: AdkSession, uses: list[Any], origin: Origin) -> None:
    """Calls that an eval set expects: none of them was made, so none has a result or an outcome."""
    for use in uses:
        if isinstance(use, dict):
            (part,) = tool_call(use)
            span = session.log.tool(part.tool_name, part.content, origin, None, part.tool_call_id)
            span.is_derived, span.status = True, Status.UNSET
            span.kind = SpanKind.TOOL


def _answer(session: AdkSession, parts: list[Part], value: dict[str, Any], origin: Origin) -> None:
    span = session.log.call(Message("assistant", tuple(parts)), origin)
    span.start_ns = span.end_ns = None
    span.name, span.status = "answer", Status.UNSET
    span.attributes = value


# --- questions of the first generation -------------------------------------------------------------------------


def _old_case(value: JsonValue, name: str, number: int, origin: Origin) -> Iterator[Entry]:
    questions = value.get("data") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(questions, list) or not questions:
        yield Skipped(element_origin(origin, value), "empty_case", "an eval case without questions")
        return
    own = text_of(value.get("name")) or f"{number}"
    session = _begun(f"{name}/{own}", own, origin)
    session.log.root.attributes = {key: item for key, item in value.items() if key != "data"} or None
    for question in questions:
        _question(session, question, element_origin(origin, question))
    yield from session.entries()


def read_questions(questions: Sequence[tuple[JsonValue, Origin]], source: str) -> Iterator[Entry]:
    """One case of questions that stand by themselves, named as their file."""
    name = source.rpartition("/")[2].removesuffix(".json").removesuffix(".test")
    session = _begun(source, name, questions[0][1])
    for question, origin in questions:
        _question(session, question, origin)
    yield from session.entries()


def _question(session: AdkSession, value: JsonValue, origin: Origin) -> None:
    if not isinstance(value, dict):
        session.unread.append(
            Skipped(origin, "not_an_object", "a question that is no object", Severity.WARNING)
        )
        return
    query = as_text(value.get("query"))
    session.turn(None, query, None)
    session.log.message(Message("user", (Part(PartType.TEXT, query),)))
    uses = value.get("expected_tool_use")
    calls = [
        {"name": use.get("tool_name"), "args": use.get("tool_input")}
        for use in (uses if isinstance(uses, list) else [])
        if isinstance(use, dict)
    ]
    _expected_tools(session, calls, origin)
    reference = as_text(value.get("reference"))
    _answer(session, [Part(PartType.TEXT, reference)] if reference else [], value, origin)


# --- results ---------------------------------------------------------------------------------------------------


def _result(value: JsonValue, name: str, number: int, origin: Origin) -> Iterator[Entry]:
    """A case as it was run: its session where the result holds it, and what each metric says."""
    if not isinstance(value, dict):
        yield Skipped(
            element_origin(origin, value), "not_an_object", "a result that is no object", Severity.WARNING
        )
        return
    own = text_of(named(value, "eval_id")) or str(number)
    trace = text_of(named(value, "session_id")) or f"{name}/{own}"
    session = _begun(trace, own.rpartition("/")[2], origin)
    root = session.log.root
    details = named(value, "session_details")
    details = details if isinstance(details, dict) else {}
    events = details.get("events")
    events = events if isinstance(events, list) else []
    root.status = None
    root.user_id, root.agent = text_of(named(value, "user_id")), text_of(named(details, "app_name"))
    root.attributes = {
        key: item for key, item in value.items() if named({key: item}, "session_details") is None
    }
    root.scores = list(_scores(value, trace, root.span_id))
    if not events:
        root.is_derived, root.origin = False, element_origin(origin, value)
    event_list(session, events, origin)
    yield from session.entries()


def _scores(value: dict[str, Any], trace: str, span_id: str) -> Iterator[Score]:
    metrics = named(value, "overall_eval_metric_results")
    for metric in metrics if isinstance(metrics, list) else []:
        if isinstance(metric, dict):
            yield Score(
                trace, span_id, text_of(named(metric, "metric_name")) or "metric",
                number_value(metric.get("score")), passed=_passed(named(metric, "eval_status")), kind="evaluation",
            )  # fmt: skip
    verdict = _passed(named(value, "final_eval_status"))
    if verdict is not None:
        yield Score(trace, span_id, "final_eval_status", passed=verdict, kind="evaluation")


def _passed(status: JsonValue) -> bool | None:
    return _STATUSES.get(status) if isinstance(status, (int, str)) and not isinstance(status, bool) else None
