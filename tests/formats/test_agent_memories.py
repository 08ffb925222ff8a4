"""Histories that agent frameworks keep: smolagents memory and Pydantic AI messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SAMPLES
from tests.formats.json_values import json_values
from tests.formats.reading import entries_of
from tracetui.formats import pydantic_ai, smolagents
from tracetui.formats.contract import Format, Head
from tracetui.model import ImportIssue, Merged, PartType, Skipped, Span, SpanKind, Status

STEPS: list[dict[str, Any]] = json.loads((SAMPLES / "smolagents" / "convert_miles.json").read_bytes())
HISTORY: list[dict[str, Any]] = json.loads((SAMPLES / "pydantic_ai" / "convert_miles.json").read_bytes())


def spans(form: Format, *values: Any) -> list[Span]:
    return [entry for entry in entries_of(form, *values) if isinstance(entry, Span)]


def test_a_step_holds_its_model_call_and_tools() -> None:
    found = spans(smolagents.FORMAT, *STEPS)
    by_id = {span.span_id: span for span in found}
    assert (found[0].name, found[0].status) == ("How many kilometres are 10 miles?", Status.OK)
    tools = [span for span in found if span.kind is SpanKind.TOOL]
    assert [by_id[tool.parent_id or ""].name for tool in tools] == ["step 1", "step 2", "step 3"]
    assert [(tool.tool_name, tool.status) for tool in tools] == [
        ("convert", Status.ERROR),
        ("convert", Status.OK),
        ("final_answer", Status.OK),
    ]
    assert tools[0].error_type == "AgentToolExecutionError"
    calls = [span for span in found if span.kind is SpanKind.LLM]
    assert [call.usage.input_tokens for call in calls if call.usage] == [100, 200, 300]
    assert [len(call.input_messages) for call in calls] == [
        len(step["model_input_messages"]) for step in STEPS[1:]
    ]


def test_a_code_agents_call_stands_beside_its_text() -> None:
    code = {"name": "python_interpreter", "arguments": "print(1)"}
    step = {**STEPS[2], "model_output_message": {"role": "assistant", "content": "print it"},
            "tool_calls": [{"id": "c", "type": "function", "function": code}], "observations": "1"}  # fmt: skip
    (call,) = [span for span in spans(smolagents.FORMAT, step) if span.kind is SpanKind.LLM]
    assert [part.type for part in call.output_messages[0].parts] == [PartType.TEXT, PartType.TOOL_CALL]


def test_a_run_that_ends_with_an_error_failed() -> None:
    root = spans(smolagents.FORMAT, *STEPS[:2])[0]
    assert (root.status, root.error_type) == (Status.ERROR, "AgentToolExecutionError")


@pytest.mark.parametrize("value", [STEPS, {"steps": STEPS}])
def test_a_list_of_steps_is_one_record(value: Any) -> None:
    assert smolagents.FORMAT.sniff(Head([value])) is not None
    assert len(spans(smolagents.FORMAT, value)) == len(spans(smolagents.FORMAT, *STEPS))


def test_a_history_is_a_run() -> None:
    found = spans(pydantic_ai.FORMAT, *HISTORY)
    assert (found[0].name, found[0].output) == ("How many kilometres are 10 miles?", "10 miles are 16.09 km.")
    assert found[0].session_id == HISTORY[0]["conversation_id"]
    calls = [span for span in found if span.kind is SpanKind.LLM]
    assert [call.usage.input_tokens for call in calls if call.usage] == [
        message["usage"]["input_tokens"] for message in HISTORY if message["kind"] == "response"
    ]
    assert [message.role for message in calls[0].input_messages] == ["system", "user"]
    assert [part.type for part in calls[0].output_messages[0].parts] == [
        PartType.THINKING,
        PartType.TOOL_CALL,
    ]
    assert [span.status for span in found if span.kind is SpanKind.TOOL] == [Status.ERROR, Status.OK]


def test_a_retry_prompt_of_older_versions_is_a_failure() -> None:
    parts = [
        {"part_kind": "retry-prompt", "tool_name": "convert", "tool_call_id": "call_1", "content": "again"}
    ]
    found = spans(pydantic_ai.FORMAT, *HISTORY[:2], {"kind": "request", "parts": parts})
    assert [span.status for span in found if span.kind is SpanKind.TOOL] == [Status.ERROR]


def test_every_message_and_result_is_accounted_for() -> None:
    for form, values, results in ((smolagents.FORMAT, STEPS, 3), (pydantic_ai.FORMAT, HISTORY, 2)):
        entries = entries_of(form, *values)
        own = [e for e in entries if isinstance(e, Merged) or (isinstance(e, Span) and not e.is_derived)]
        assert len(own) == len(values) + results


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_read_or_skipped(data: st.DataObject) -> None:
    for form, values in ((smolagents.FORMAT, STEPS), (pydantic_ai.FORMAT, HISTORY)):
        whole = data.draw(st.sampled_from(values))
        inner = next((found for found in whole.values() if isinstance(found, list) and found), [whole])
        keys = sorted({*whole, *(key for item in inner if isinstance(item, dict) for key in item)})
        key, odd = data.draw(st.sampled_from(keys)), data.draw(json_values(st.sampled_from(keys)))
        spoilt = [{**item, key: odd} if isinstance(item, dict) else item for item in inner]
        for value in (
            odd,
            [odd],
            {**whole, key: odd},
            {k: spoilt if v is inner else v for k, v in whole.items()},
        ):
            form.sniff(Head([value]))
            assert any(not isinstance(entry, ImportIssue) for entry in entries_of(form, value))


@pytest.mark.parametrize("value", [None, 5, [], {}, {"kind": "request"}, {"step_number": 1}])
def test_what_is_no_history_is_skipped(value: Any) -> None:
    for form in (smolagents.FORMAT, pydantic_ai.FORMAT):
        assert form.sniff(Head([value])) is None
        assert all(isinstance(entry, Skipped) for entry in entries_of(form, value))
