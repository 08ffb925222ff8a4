"""W&B Weave calls: the tree, model calls, usage and costs, feedback, flat rows of CSV."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.contract import Head
from tracetui.formats.weave import FORMAT
from tracetui.model import ImportIssue, Skipped, SpanKind, Status

CALL: dict[str, Any] = {
    "id": "c1",
    "project_id": "acme/desk",
    "op_name": "weave:///acme/desk/op/openai.chat.completions.create:9f2",
    "display_name": None,
    "trace_id": "t1",
    "parent_id": "c0",
    "thread_id": "th",
    "started_at": "2026-05-04T10:00:00.100000Z",
    "ended_at": "2026-05-04T10:00:01.600000Z",
    "exception": None,
    "attributes": {"env": "test"},
    "inputs": {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]},
    "output": {
        "model": "gpt-4o-2024",
        "choices": [{"message": {"role": "assistant", "content": "yo"}, "finish_reason": "stop"}],
    },
    "summary": {
        "usage": {
            "gpt-4o": {"requests": 1, "prompt_tokens": 90, "completion_tokens": 18, "total_tokens": 108}
        },
        "weave": {
            "status": "success",
            "costs": {"gpt-4o": {"prompt_tokens_total_cost": 0.5, "completion_tokens_total_cost": 0.25}},
            "feedback": [
                {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "+"}, "creator": "ben"},
                {"feedback_type": "wandb.note.1", "payload": {"note": "good"}},
                {"feedback_type": "wandb.runnable.polite", "payload": {"output": 0.9}},
            ],
        },
    },
    "wb_user_id": "u",
}


def test_a_model_call() -> None:
    span = span_of(FORMAT, CALL)
    assert (span.trace_id, span.span_id, span.parent_id) == ("t1", "c1", "c0")
    assert (span.name, span.kind, span.status) == ("openai.chat.completions.create", SpanKind.LLM, Status.OK)
    assert (span.model, span.requested_model, span.session_id) == ("gpt-4o-2024", "gpt-4o", "th")
    assert (span.end_ns or 0) - (span.start_ns or 0) == 1_500_000_000
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.total_tokens, span.usage.cost_usd) == (
        90,
        108,
        Decimal("0.75"),
    )
    assert [message.role for message in (*span.input_messages, *span.output_messages)] == [
        "user",
        "assistant",
    ]
    said = [(score.name, score.value, score.label, score.comment) for score in span.scores]
    assert said == [("reaction", None, "+", None), ("note", None, None, "good"), ("polite", 0.9, None, None)]


def test_a_call_that_raised() -> None:
    text = "Traceback (most recent call last):\n  File\nTimeoutError: slow"
    span = span_of(FORMAT, {**CALL, "exception": text, "summary": {"weave": {"status": "error"}}})
    assert (span.status, span.error_message) == (Status.ERROR, "TimeoutError: slow")
    assert span.usage is None


@pytest.mark.parametrize(
    ("ended", "status", "expected"),
    [
        (None, "running", Status.UNFINISHED),
        (None, None, Status.UNFINISHED),
        ("x", "descendant_error", Status.OK),
    ],
)
def test_how_a_call_ended(ended: str | None, status: str | None, expected: Status) -> None:
    call = {**CALL, "ended_at": ended and CALL["ended_at"], "summary": {"weave": {"status": status}}}
    assert span_of(FORMAT, call).status is expected


def test_the_kind_is_what_the_call_says() -> None:
    call = {**CALL, "op_name": "lookup", "inputs": {}, "attributes": {"weave": {"kind": "tool"}}}
    span = span_of(FORMAT, call)
    assert (span.kind, span.tool_name, span.kind_original) == (SpanKind.TOOL, "lookup", "tool")


def test_a_flat_row() -> None:
    flat = {**{key: CALL[key] for key in ("id", "trace_id", "op_name", "started_at", "ended_at")}}
    row = {**flat, "inputs.model": "gpt-4o", "inputs.messages": json.dumps(CALL["inputs"]["messages"])}
    span = span_of(FORMAT, {**row, "summary.weave.status": "success"})
    assert (span.kind, span.model, span.status) == (SpanKind.LLM, "gpt-4o", Status.OK)


@pytest.mark.parametrize("value", [CALL, {"calls": [CALL]}, [CALL], {**CALL, "op_name": "plain"}])
def test_recognised(value: Any) -> None:
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "weave"


def test_what_is_no_call_is_skipped() -> None:
    values: tuple[Any, ...] = (
        {"calls": []},
        5,
        {**CALL, "id": None},
        {"id": "span_1", "trace_id": "t1", "started_at": "2026-01-01"},
    )
    codes = [entry.code for entry in entries_of(FORMAT, *values) if isinstance(entry, Skipped)]
    assert codes == ["empty_batch", "not_an_object", "missing_id", "unknown_shape"]


def test_fields_of_a_wrong_type() -> None:
    for changed in replaced_values(CALL):
        FORMAT.sniff(Head([changed]))
        assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]
