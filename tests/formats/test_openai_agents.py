"""OpenAI Agents SDK objects: literal records to span fields, and real files that must not be taken for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tests.formats.reading import entries_of, span_of, spans_of, values_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.openai_agents import FORMAT
from tracetui.model import (
    ImportIssue,
    Origin,
    Part,
    PartType,
    Score,
    Skipped,
    Span,
    SpanKind,
    Status,
    TraceFacts,
)

START_NS = 1_773_138_000_000_000_000


def exported(data: Any, **fields: Any) -> dict[str, Any]:
    return {
        "object": "trace.span",
        "id": "span_1",
        "trace_id": "trace_1",
        "parent_id": "span_0",
        "started_at": "2026-03-10T10:20:00.000000+00:00",
        "ended_at": "2026-03-10T10:20:02+00:00",
        "span_data": data,
        "error": None,
        **fields,
    }


def test_a_trace_object_gives_facts_of_the_trace() -> None:
    (facts,) = entries_of(
        FORMAT,
        {
            "object": "trace",
            "id": "trace_1",
            "workflow_name": "support",
            "group_id": "g",
            "metadata": {"user_id": "u"},
        },
    )
    assert facts == TraceFacts("trace_1", Origin(1, 0, 0), "support", "g", "u", {"user_id": "u"})


def test_ids_times_and_status() -> None:
    span = span_of(FORMAT, exported({"type": "agent", "name": "triage"}))
    assert (span.trace_id, span.span_id, span.parent_id) == ("trace_1", "span_1", "span_0")
    assert (span.start_ns, span.end_ns, span.status) == (START_NS, START_NS + 2_000_000_000, Status.OK)


def test_a_start_event_leaves_end_and_status_unknown() -> None:
    start, end = spans_of(
        FORMAT,
        exported({"type": "function", "name": "f", "input": None, "output": None}, ended_at=None),
        exported({"type": "function", "name": "f", "input": "{}", "output": "1"}),
    )
    assert (start.end_ns, start.status, start.input) == (None, None, None)
    assert (end.span_id, end.status, end.input, end.output) == (start.span_id, Status.OK, "{}", "1")


def test_agent() -> None:
    span = span_of(
        FORMAT,
        exported(
            {"type": "agent", "name": "triage", "handoffs": ["b"], "tools": ["f"], "output_type": "str"}
        ),
    )
    assert (span.kind, span.name, span.agent) == (SpanKind.AGENT, "triage", "triage")
    assert [tool.name for tool in span.tools_offered] == ["f"]
    assert span.attributes == {"handoffs": ["b"], "tools": ["f"], "output_type": "str"}


def test_generation() -> None:
    span = span_of(
        FORMAT,
        exported(
            {
                "type": "generation",
                "input": [{"role": "user", "content": "q"}],
                "output": [{"role": "assistant", "content": "a"}],
                "model": "gpt-4o",
                "model_config": {"temperature": 0.1, "top_p": None},
                "usage": {
                    "input_tokens": 5,
                    "output_tokens": 2,
                    "input_tokens_details": {"cached_tokens": 1},
                },
            }
        ),
    )
    assert (span.kind, span.name, span.model, span.requested_model) == (
        SpanKind.LLM,
        "generation",
        "gpt-4o",
        "gpt-4o",
    )
    assert span.parameters == {"temperature": 0.1}
    assert [m.parts for m in span.input_messages] == [(Part(PartType.TEXT, "q"),)]
    assert [(m.role, m.parts) for m in span.output_messages] == [("assistant", (Part(PartType.TEXT, "a"),))]
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens, span.usage.cache_read_tokens) == (5, 2, 1)


def test_response_holds_no_text_but_its_id_and_usage() -> None:
    span = span_of(
        FORMAT,
        exported(
            {
                "type": "response",
                "response_id": "resp_1",
                "usage": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
            }
        ),
    )
    assert (span.kind, span.input, span.output, span.output_messages) == (SpanKind.LLM, None, None, ())
    assert span.attributes == {"response_id": "resp_1"}
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.total_tokens) == (7, 10)


def test_a_response_that_an_exporter_added_is_read() -> None:
    response = {
        "model": "gpt-4o-2024",
        "output": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}],
    }
    span = span_of(FORMAT, exported({"type": "response", "response": response, "input": "hi"}))
    assert span.model == "gpt-4o-2024"
    assert span.output_messages[0].parts == (Part(PartType.TOOL_CALL, "{}", tool_call_id="c", tool_name="f"),)


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"input_tokens": 5, "output_tokens": 2, "cached_input_tokens": 4, "cache_write_input_tokens": 0}, 4),
        ({"input_tokens": 5, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 4}}, 4),
        ({"input_tokens": 5, "output_tokens": 2, "input_tokens_details": [{"cached_tokens": 4}]}, 4),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}}, 4),
    ],
)
def test_usage_of_turns_in_its_variants(usage: dict[str, Any], cached: int) -> None:
    data = {"sdk_span_type": "turn", "turn": 2, "agent_name": "triage", "usage": usage}
    span = span_of(FORMAT, exported({"type": "custom", "name": "turn", "data": data}))
    assert (span.kind, span.kind_original, span.name, span.agent) == (
        SpanKind.CHAIN,
        "turn",
        "turn 2",
        "triage",
    )
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens, span.usage.cache_read_tokens) == (5, 2, cached)


def test_task_and_custom() -> None:
    task = span_of(
        FORMAT,
        exported(
            {"type": "custom", "name": "task", "data": {"sdk_span_type": "task", "name": "Agent workflow"}}
        ),
    )
    assert (task.kind_original, task.name) == ("task", "Agent workflow")
    custom = span_of(FORMAT, exported({"type": "custom", "name": "load cart", "data": {"items": 2}}))
    assert (custom.kind, custom.kind_original, custom.name) == (SpanKind.CHAIN, "custom", "load cart")
    assert custom.attributes == {"data": {"items": 2}}


def test_function_with_an_error_that_is_not_fatal() -> None:
    error = {
        "message": "Error running tool (non-fatal)",
        "data": {"tool_name": "f", "error": "ValueError: no"},
    }
    span = span_of(
        FORMAT,
        exported({"type": "function", "name": "f", "input": '{"x":1}', "output": "sorry"}, error=error),
    )
    assert (span.kind, span.tool_name, span.input, span.output) == (SpanKind.TOOL, "f", '{"x":1}', "sorry")
    assert (span.status, span.error_type) == (Status.ERROR, "ValueError")
    assert span.error_message == "Error running tool (non-fatal): ValueError: no"
    (event,) = span.events
    assert (event.name, event.at_ns, event.attributes["tool_name"]) == ("exception", span.end_ns, "f")


def test_handoff() -> None:
    span = span_of(FORMAT, exported({"type": "handoff", "from_agent": "triage", "to_agent": "refunds"}))
    assert (span.kind, span.name, span.agent) == (SpanKind.HANDOFF, "handoff to refunds", "triage")
    assert span.attributes == {"from_agent": "triage", "to_agent": "refunds"}


def test_a_guardrail_trip_is_a_failed_score_and_the_error_of_the_turn() -> None:
    start, end, turn = spans_of(
        FORMAT,
        exported({"type": "guardrail", "name": "no_swearing", "triggered": False}, ended_at=None),
        exported({"type": "guardrail", "name": "no_swearing", "triggered": True}),
        exported(
            {"type": "custom", "name": "turn", "data": {"sdk_span_type": "turn", "turn": 1}},
            id="span_2",
            error={"message": "Guardrail tripwire triggered", "data": {"guardrail": "no_swearing"}},
        ),
    )
    assert start.scores == ()
    assert list(end.scores) == [Score("trace_1", "span_1", "no_swearing", passed=False, kind="code")]
    assert (end.kind, end.status) == (SpanKind.GUARDRAIL, Status.OK)
    assert (turn.status, turn.error_message) == (Status.ERROR, "Guardrail tripwire triggered: no_swearing")


def _part(number: int, parent: int | None, data: dict[str, Any], error: str | None = None) -> dict[str, Any]:
    told = {"message": error} if error else None
    return exported(data, id=f"s{number}", parent_id=f"s{parent}" if parent else None, error=told)


def _custom(word: str) -> dict[str, Any]:
    return {"type": "custom", "name": word, "data": {"sdk_span_type": word}}


def test_agent_and_task_fail_with_the_turn_that_ended_them() -> None:
    spans = spans_of(
        FORMAT,
        _part(4, 3, {"type": "function", "name": "f"}, "Error running tool (non-fatal)"),
        _part(3, 2, _custom("turn"), "Guardrail tripwire triggered"),
        _part(2, 1, {"type": "agent", "name": "a"}),
        _part(1, None, _custom("task")),
    )
    assert [span.status for span in spans] == [Status.ERROR] * 4
    assert [span.error_message for span in spans[1:]] == ["Guardrail tripwire triggered"] * 3
    assert [len(span.events) for span in spans] == [1, 1, 0, 0]


def test_agent_and_task_fail_with_the_turn_also_where_they_stand_before_it(tmp_path: Path) -> None:
    parts = [
        _part(1, None, _custom("task")),
        _part(2, 1, {"type": "agent", "name": "a"}),
        _part(3, 2, _custom("turn"), "Guardrail tripwire triggered"),
    ]
    path = tmp_path / "sorted.jsonl"
    path.write_text("\n".join(map(json.dumps, parts)), encoding="utf-8")
    with load(path) as db:
        assert db.read("SELECT status FROM spans").rows(0, 9) == [("error",)] * 3
        assert [source.records for source in db.sources()] == [3]
        assert db.issues() == []


def test_a_tool_error_and_a_model_call_that_was_tried_again_end_nothing() -> None:
    spans = spans_of(
        FORMAT,
        _part(5, 3, {"type": "function", "name": "f"}, "Error running tool (non-fatal)"),
        _part(6, 3, {"type": "response"}, "Error getting response"),
        _part(7, 3, {"type": "response"}),
        _part(3, 2, _custom("turn")),
        _part(2, 1, {"type": "agent", "name": "a"}),
        _part(1, None, _custom("task")),
    )
    assert [span.status for span in spans[2:]] == [Status.OK] * 4


def test_sound_is_kept_as_its_size() -> None:
    heard = span_of(
        FORMAT,
        exported(
            {
                "type": "transcription",
                "input": {"data": "AAAA", "format": "pcm"},
                "output": "hello",
                "model": "whisper",
            }
        ),
    )
    assert (heard.kind, heard.input, heard.output, heard.model) == (
        SpanKind.LLM,
        "data:audio/pcm;bytes=3",
        "hello",
        "whisper",
    )
    spoken = span_of(
        FORMAT,
        exported(
            {
                "type": "speech",
                "input": "hello",
                "output": {"data": "AAAA", "format": "pcm"},
                "first_content_at": "2026-03-10T10:20:00.5Z",
            }
        ),
    )
    assert (spoken.output, spoken.ttft_ns) == ("data:audio/pcm;bytes=3", 500_000_000)


def test_the_other_types() -> None:
    group = span_of(FORMAT, exported({"type": "speech_group", "input": "hello"}))
    assert (group.kind, group.input) == (SpanKind.CHAIN, "hello")
    listed = span_of(FORMAT, exported({"type": "mcp_tools", "server": "files", "result": ["read", "write"]}))
    assert (listed.name, [tool.name for tool in listed.tools_offered]) == (
        "tools of files",
        ["read", "write"],
    )
    novel = span_of(FORMAT, exported({"type": "dream", "input": {"a": 1}}))
    assert (novel.kind, novel.kind_original, novel.name, novel.input) == (
        SpanKind.UNKNOWN,
        "dream",
        "dream",
        '{"a":1}',
    )
    assert span_of(FORMAT, exported(None)).kind is SpanKind.UNKNOWN


def test_bodies_of_the_ingest_api() -> None:
    facts, span = entries_of(
        FORMAT,
        {
            "data": [
                {"object": "trace", "id": "t", "workflow_name": "w"},
                exported({"type": "agent", "name": "a"}),
            ]
        },
    )
    assert isinstance(facts, TraceFacts)
    assert isinstance(span, Span)
    assert span.origin.raw is not None


def test_a_time_that_is_none_is_an_import_issue() -> None:
    issue, _ = entries_of(FORMAT, exported({"type": "agent"}, started_at="soon"))
    assert isinstance(issue, ImportIssue)
    assert issue.code == "bad_time"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (exported({}, id=None), "missing_id"),
        (exported({}, trace_id=""), "missing_id"),
        ({"object": "trace", "workflow_name": "w"}, "missing_id"),
        ({"object": "response"}, "unknown_shape"),
        ({"data": []}, "empty_batch"),
        (7, "unknown_shape"),
    ],
)
def test_what_is_no_span_is_skipped_with_a_reason(value: Any, code: str) -> None:
    (skipped,) = entries_of(FORMAT, value)
    assert isinstance(skipped, Skipped)
    assert skipped.code == code


@pytest.mark.parametrize(
    "value",
    [exported({}), {"object": "trace", "workflow_name": "w"}, [exported({})], {"data": [exported({})]}],
)
def test_recognised(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is not None


@pytest.mark.parametrize(
    "value", [{"object": "response"}, {"object": "trace"}, {"data": [{"id": 1}]}, "trace.span", None]
)
def test_not_recognised(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is None


def test_saved_run_states_are_not_taken_for_traces(real_traces: Path) -> None:
    files = sorted((real_traces / "openai_agents").rglob("*.json"))
    assert len(files) == 21
    for file in files:
        assert FORMAT.sniff(Head(values_of(file.read_bytes()), name=file.name)) is None


KEYS = st.sampled_from(
    (
        *(
            "object",
            "trace.span",
            "trace",
            "id",
            "trace_id",
            "span_data",
            "type",
            "data",
            "sdk_span_type",
            "task",
        ),
        *(
            "turn",
            "usage",
            "error",
            "message",
            "generation",
            "response",
            "function",
            "guardrail",
            "custom",
            "handoff",
        ),
        *(
            "transcription",
            "speech",
            "mcp_tools",
            "input",
            "output",
            "started_at",
            "ended_at",
            "triggered",
            "result",
        ),
    )
)


@settings(max_examples=300)
@given(json_values(keys=KEYS), json_values(keys=KEYS), json_values(keys=KEYS))
def test_any_json_is_sniffed_and_read_without_an_exception(value: Any, data: Any, error: Any) -> None:
    FORMAT.sniff(Head([value]))
    assert entries_of(FORMAT, value)
    assert entries_of(FORMAT, exported(data, error=error))


def test_a_value_that_the_sdk_cut_is_told() -> None:
    data = {"type": "function", "name": "read", "input": "{}", "output": "long ... [truncated]"}
    span, issue = entries_of(FORMAT, {"object": "trace.span", "id": "s", "trace_id": "t", "span_data": data})
    assert isinstance(span, Span)
    assert isinstance(issue, ImportIssue)
    assert (issue.code, issue.span_id) == ("vendor_truncated", span.span_id)
