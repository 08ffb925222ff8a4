"""Saved states of runs of the OpenAI Agents SDK."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.conftest import SAMPLES
from tests.formats.log_checks import loaded, one
from tests.formats.reading import entries_of
from tests.formats.replaced import replaced_values
from tracetui.formats.contract import Head
from tracetui.formats.openai_run_state import FORMAT
from tracetui.model import ImportIssue, Merged, Span, SpanKind, Status

STATE: dict[str, Any] = json.loads(
    (SAMPLES / "openai_run_state" / "cabin_waits_for_approval.json").read_bytes()
)
CALL = {"type": "function_call", "call_id": "c1", "name": "pay", "arguments": "{}"}
APPROVAL = {"type": "tool_approval_item", "tool_name": "pay", "raw_item": CALL, "agent": {"name": "desk"}}


def state(**changes: Any) -> dict[str, Any]:
    return {"$schemaVersion": "1.13", "original_input": "pay it", "model_responses": [], "generated_items": [],
            "trace": {"id": "trace_1", "workflow_name": "desk"}, **changes}  # fmt: skip


def spans(*values: Any) -> list[Span]:
    return [entry for entry in entries_of(FORMAT, *values) if isinstance(entry, Span)]


def test_a_run_that_waits_for_an_approval_is_paused() -> None:
    found = spans(STATE)
    assert (found[0].name, found[0].status) == ("Please cancel booking K118.", Status.INTERRUPTED)
    calls = [span for span in found if span.kind is SpanKind.LLM]
    usages = [call.usage.input_tokens for call in calls if call.usage]
    assert usages == [response["usage"]["input_tokens"] for response in STATE["model_responses"]]
    tools = [(span.tool_name, span.status) for span in found if span.kind is SpanKind.TOOL]
    assert tools == [
        ("get_booking", Status.ERROR),
        ("get_booking", Status.UNSET),
        ("cancel_booking", Status.INTERRUPTED),
    ]
    assert [(span.name, span.status) for span in found if span.kind is SpanKind.APPROVAL] == [
        ("approval of cancel_booking", Status.INTERRUPTED)
    ]


def test_what_was_decided_is_told() -> None:
    approvals = {"pay": {"approved": [], "rejected": ["c1"], "rejection_messages": {"c1": "too dear"}}}
    found = spans(state(generated_items=[APPROVAL], context={"approvals": approvals}))
    assert (found[1].output, found[1].status, found[1].error_message) == ("rejected", Status.OK, "too dear")
    sticky: dict[str, Any] = {"pay": {"approved": True, "rejected": []}}
    assert spans(state(generated_items=[APPROVAL], context={"approvals": sticky}))[1].output == "approved"


def test_a_program_that_the_model_wrote_is_a_tool_with_its_code_and_its_result() -> None:
    program = {"type": "program", "call_id": "p1", "id": "i1", "code": "pay()"}
    inside = {**CALL, "caller": {"type": "program", "caller_id": "p1"}}
    answer = {"type": "program_output", "call_id": "p1", "id": "i2", "result": "paid", "status": "completed"}
    items = [{"type": "tool_call_item", "raw_item": raw} for raw in (program, inside)]
    items.append({"type": "tool_call_output_item", "raw_item": answer, "output": "paid"})
    for responses in ([], [{"output": [program, inside, answer]}]):
        found = spans(state(generated_items=items, model_responses=responses))
        tools = [(s.tool_name, s.input, s.output) for s in found if s.kind is SpanKind.TOOL]
        assert tools == [("program", "pay()", "paid"), ("pay", "{}", None)]


def test_zeros_of_calls_that_were_not_counted_are_unknown() -> None:
    response = {"output": [CALL], "usage": {"requests": 0, "input_tokens": 0, "output_tokens": 0}}
    assert [span.usage for span in spans(state(model_responses=[response]))] == [None, None, None]


def test_of_two_states_of_a_trace_the_last_stands_for_both() -> None:
    later = state(generated_items=[APPROVAL])
    entries = entries_of(FORMAT, state(), later)
    assert sum(isinstance(entry, Span) and entry.span_id == "run" for entry in entries) == 1
    assert isinstance(entries[0], Merged)


def test_secrets_of_a_sandbox_stand_in_no_field(real_traces: Path) -> None:
    (path,) = (real_traces / "openai_agents").rglob("*legacy_mount_credentials.json")
    assert "SENTINEL" in path.read_text()
    assert "SENTINEL" not in str([span.attributes for span in spans(json.loads(path.read_bytes()))])


def test_real_states(real_traces: Path) -> None:
    paths = sorted((real_traces / "openai_agents").rglob("*.json"))
    assert len(paths) == 21
    with loaded(real_traces / "openai_agents", "openai_run_state") as db:
        assert one(db, "SELECT count(*) FROM runs") == len(paths)
        responses = [len(json.loads(path.read_bytes())["model_responses"]) for path in paths]
        with_response = "SELECT count(*) FROM spans WHERE attributes->>'response_id' IS NOT NULL"
        assert one(db, with_response) == sum(responses)
        (paused,) = [run for run in db.runs() if run.status is Status.INTERRUPTED]
        assert paused.trace_id == "trace_179a5e809d614cf89ac5a1f24b415704"


def test_odd_values_do_not_raise() -> None:
    for value in replaced_values(STATE):
        FORMAT.sniff(Head([value]))
        entries = entries_of(FORMAT, value)
        ids = Counter((entry.trace_id, entry.span_id) for entry in entries if isinstance(entry, Span))
        assert max(ids.values(), default=0) <= 1
        assert [entry for entry in entries if not isinstance(entry, ImportIssue)]
