"""LangSmith runs: literal records to span fields."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of, spans_of
from tracetui.formats.langsmith import FORMAT
from tracetui.model import ImportIssue, Origin, Part, PartType, Score, Span, SpanKind, Status

ROOT = "0192aaaa-0000-7000-8000-000000000001"
CHILD = "0192aaaa-0000-7000-8000-000000000002"
LEAF = "0192aaaa-0000-7000-8000-000000000003"
ORDER = f"20260310T102000000000Z{ROOT}.20260310T102000500000Z{CHILD}"
START_NS = 1_773_138_000_000_000_000


def run(**fields: Any) -> dict[str, Any]:
    return {
        "id": CHILD,
        "trace_id": ROOT,
        "run_type": "chain",
        "name": "step",
        "start_time": "2026-03-10T10:20:00",
        **fields,
    }


def test_ids_and_the_parent_come_from_the_fields() -> None:
    span = span_of(FORMAT, run(id=CHILD.upper(), parent_run_id=LEAF))
    assert (span.trace_id, span.span_id, span.parent_id) == (ROOT, CHILD, LEAF)


def test_ids_the_parent_and_the_start_come_from_dotted_order_where_fields_are_absent() -> None:
    span = span_of(FORMAT, {"dotted_order": ORDER})
    assert (span.trace_id, span.span_id, span.parent_id) == (ROOT, CHILD, ROOT)
    assert span.start_ns == START_NS + 500_000_000


@pytest.mark.parametrize(
    "time", ["2026-03-10T10:20:00", "2026-03-10T10:20:00Z", "2026-03-10T11:20:00+01:00", 1_773_138_000_000]
)
def test_times_are_utc_whether_naive_text_or_epoch_milliseconds(time: Any) -> None:
    assert span_of(FORMAT, run(start_time=time)).start_ns == START_NS


def test_a_time_that_is_none_is_an_import_issue() -> None:
    issue, span = entries_of(FORMAT, run(end_time="yesterday"))
    assert isinstance(issue, ImportIssue)
    assert (issue.code, issue.span_id) == ("bad_time", CHILD)
    assert isinstance(span, Span)
    assert span.end_ns is None


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("llm", SpanKind.LLM),
        ("chain", SpanKind.CHAIN),
        ("tool", SpanKind.TOOL),
        ("retriever", SpanKind.RETRIEVER),
        ("embedding", SpanKind.EMBEDDING),
        ("prompt", SpanKind.PROMPT),
        ("parser", SpanKind.CHAIN),
        ("novelty", SpanKind.UNKNOWN),
    ],
)
def test_run_types_become_kinds_and_keep_their_word(word: str, kind: SpanKind) -> None:
    span = span_of(FORMAT, run(run_type=word))
    assert (span.kind, span.kind_original) == (kind, word)


def test_a_start_record_leaves_unknown_what_the_end_record_says() -> None:
    start, end = spans_of(
        FORMAT,
        {
            "post": [
                run(run_type="llm", outputs={}, events=[{"name": "start", "time": "2026-03-10T10:20:00"}])
            ],
            "patch": [
                {"id": CHILD, "trace_id": ROOT, "end_time": "2026-03-10T10:20:02", "outputs": {"text": "x"}}
            ],
        },
    )
    assert start.span_id == end.span_id == CHILD
    assert (start.status, start.end_ns, start.output) == (None, None, None)
    assert (end.name, end.kind, end.kind_original, end.start_ns, end.input) == (None, None, None, None, None)
    assert (end.status, end.end_ns, end.output) == (Status.OK, START_NS + 2_000_000_000, '{"text":"x"}')
    assert start.events[0].at_ns == START_NS


def test_a_chain_end_record_without_run_type_gets_no_messages() -> None:
    state = {"messages": [{"type": "human", "content": "hi"}]}
    end = span_of(
        FORMAT, {"id": CHILD, "trace_id": ROOT, "end_time": "2026-03-10T10:20:02", "outputs": state}
    )
    assert (end.output_messages, end.usage) == ((), None)


PYTHON_ERROR = (
    "ValueError('bad\\nluck')Traceback (most recent call last):\n\n\n  File \"/app/x.py\", line 1, in f\n"
    "    raise ValueError('bad\\nluck')\n\n\nValueError: bad\nluck"
)


@pytest.mark.parametrize(
    ("error", "kind", "message", "status"),
    [
        (PYTHON_ERROR, "ValueError", "bad", Status.ERROR),
        ("TimeoutError()", "TimeoutError", "TimeoutError()", Status.ERROR),
        ('HTTPError("it\'s gone")', "HTTPError", "it's gone", Status.ERROR),
        (
            'Traceback (most recent call last):\n  File "a"\nopenai.RateLimitError: slow down',
            "openai.RateLimitError",
            "slow down",
            Status.ERROR,
        ),
        (
            "TypeError: x is not a function\n    at run (app.js:1:2)",
            "TypeError",
            "x is not a function",
            Status.ERROR,
        ),
        ("it broke", None, "it broke", Status.ERROR),
        (
            "GraphInterrupt((Interrupt(value={'q': 'ok?'}),))Traceback (most recent call last):\n\nlanggraph.errors.GraphInterrupt: (Interrupt(value={'q': 'ok?'}),)",
            "GraphInterrupt",
            "(Interrupt(value={'q': 'ok?'}),)",
            Status.INTERRUPTED,
        ),
        ("NodeInterrupt('wait')", "NodeInterrupt", "wait", Status.INTERRUPTED),
    ],
)
def test_errors_are_taken_apart_and_kept_whole(
    error: str, kind: str | None, message: str, status: Status
) -> None:
    span = span_of(FORMAT, run(error=error, end_time="2026-03-10T10:20:01"))
    assert (span.error_type, span.error_message, span.status) == (kind, message, status)
    (event,) = span.events
    assert (event.name, event.at_ns, event.attributes["exception.stacktrace"]) == (
        "exception",
        span.end_ns,
        error,
    )
    assert event.attributes.get("exception.type") == kind


def test_control_flow_of_langgraph_is_no_error() -> None:
    span = span_of(FORMAT, run(error="ParentCommand(Command(goto='x'))", end_time="2026-03-10T10:20:01"))
    assert (span.status, span.error_type, span.events[0].name) == (Status.OK, None, "exception")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "success"}, Status.OK),
        ({"status": "error"}, Status.ERROR),
        ({"status": "pending"}, Status.UNFINISHED),
        ({"status": "success", "outputs": {"__interrupt__": [{"value": "ok?"}]}}, Status.INTERRUPTED),
        ({"end_time": "2026-03-10T10:20:01"}, Status.OK),
        ({}, None),
    ],
)
def test_status(fields: dict[str, Any], status: Status | None) -> None:
    assert span_of(FORMAT, run(**fields)).status == status


METADATA_USAGE = {
    "input_tokens": 9,
    "output_tokens": 4,
    "total_tokens": 13,
    "input_token_details": {"cache_read": 3},
}
MESSAGE = {
    "lc": 1,
    "type": "constructor",
    "id": ["x", "AIMessage"],
    "kwargs": {"content": "a", "usage_metadata": METADATA_USAGE},
}


@pytest.mark.parametrize(
    "fields",
    [
        {"outputs": {"usage_metadata": METADATA_USAGE}},
        {"extra": {"metadata": {"usage_metadata": METADATA_USAGE}}},
        {"outputs": {"generations": [[{"text": "a", "message": MESSAGE}]]}},
        {
            "outputs": {
                "llm_output": {
                    "token_usage": {
                        "prompt_tokens": 9,
                        "completion_tokens": 4,
                        "total_tokens": 13,
                        "prompt_tokens_details": {"cached_tokens": 3},
                    }
                }
            }
        },
        {
            "outputs": {
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 4,
                    "total_tokens": 13,
                    "prompt_tokens_details": {"cached_tokens": 3},
                }
            }
        },
        {
            "outputs": {"usage": {"input_tokens": 6, "cache_read_input_tokens": 3, "output_tokens": 4}},
            "total_tokens": 13,
        },
        {
            "prompt_tokens": 9,
            "completion_tokens": 4,
            "total_tokens": 13,
            "prompt_token_details": {"cache_read": 3},
        },
    ],
)
def test_usage_from_every_place(fields: dict[str, Any]) -> None:
    usage = span_of(FORMAT, run(run_type="llm", **fields)).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (9, 4, 3)
    assert usage.raw is not None
    assert json.loads(usage.raw)


def test_costs_are_exact_decimals() -> None:
    usage = span_of(
        FORMAT, run(run_type="llm", total_cost="0.000019", outputs={"usage_metadata": METADATA_USAGE})
    ).usage
    assert usage is not None
    assert (usage.cost_usd, usage.input_tokens) == (Decimal("0.000019"), 9)


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"status": "pending"}, False),
        ({"status": "error", "error": "ValueError('x')", "total_cost": "0"}, False),
        ({"status": "success", "outputs": {"usage_metadata": {"input_tokens": 0, "output_tokens": 0}}}, True),
        ({"status": "success", "completion_tokens": 2}, True),
    ],
)
def test_zeros_of_the_server_on_a_call_are_no_usage_unless_its_answer_says_so(
    fields: dict[str, Any], is_told: bool
) -> None:
    zeros = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    usage = span_of(FORMAT, run(run_type="llm", **{**zeros, **fields})).usage
    assert (usage is not None) is is_told


def test_totals_that_the_server_rolls_up_are_reported_and_its_zeros_are_not() -> None:
    totals = span_of(FORMAT, run(prompt_tokens=9, completion_tokens=4)).usage
    assert totals is not None
    assert totals.input_tokens == 9
    assert span_of(FORMAT, run(prompt_tokens=0, completion_tokens=0, total_tokens=0)).usage is None


def test_a_model_call() -> None:
    span = span_of(
        FORMAT,
        run(
            run_type="llm",
            inputs={"messages": [[{"id": ["x", "HumanMessage"], "lc": 1, "kwargs": {"content": "q"}}]]},
            outputs={
                "generations": [[{"generation_info": {"finish_reason": "stop"}, "message": MESSAGE}]],
                "llm_output": {"model_name": "gpt-4o-2024-08-06"},
            },
            end_time="2026-03-10T10:20:03",
            first_token_time="2026-03-10T10:20:00.25",
            extra={
                "metadata": {"ls_provider": "openai", "ls_model_name": "gpt-4o", "ls_temperature": 0},
                "invocation_params": {
                    "model": "gpt-4o",
                    "temperature": 0,
                    "tools": [
                        {
                            "type": "function",
                            "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
                        }
                    ],
                },
            },
        ),
    )
    assert (span.model, span.requested_model, span.provider) == ("gpt-4o-2024-08-06", "gpt-4o", "openai")
    assert [m.parts for m in span.input_messages] == [(Part(PartType.TEXT, "q"),)]
    assert [(m.role, m.parts) for m in span.output_messages] == [("assistant", (Part(PartType.TEXT, "a"),))]
    assert span.finish_reasons == ("stop",)
    assert span.parameters == {"model": "gpt-4o", "temperature": 0}
    assert [(t.name, t.description, t.schema) for t in span.tools_offered] == [
        ("f", "d", '{"type":"object"}')
    ]
    assert span.ttft_ns == 250_000_000


def test_a_streamed_call_knows_its_first_token_from_its_events() -> None:
    events = [{"name": "new_token", "time": "2026-03-10T10:20:00.4", "kwargs": {"token": "a"}}]
    span = span_of(FORMAT, run(run_type="llm", events=events))
    assert (span.ttft_ns, span.events[0].attributes) == (400_000_000, {"token": "a"})


def test_a_tool_run() -> None:
    span = span_of(
        FORMAT, run(run_type="tool", name="search", inputs={"q": 1}, extra={"tool_call_id": "call_1"})
    )
    assert (span.tool_name, span.tool_call_id, span.input) == ("search", "call_1", '{"q":1}')
    output = {"output": {"type": "tool", "content": "x", "tool_call_id": "call_2"}}
    assert span_of(FORMAT, run(run_type="tool", outputs=output)).tool_call_id == "call_2"


def test_context_comes_from_metadata_and_the_session_id_is_the_project() -> None:
    metadata = {
        "thread_id": "t-1",
        "user_id": "u",
        "langgraph_node": "researcher",
        "revision_id": "r1",
        "env": "prod",
    }
    span = span_of(
        FORMAT,
        run(
            session_id="project-1",
            session_name="shop",
            tags=["a", 1],
            extra={"metadata": metadata, "runtime": {"sdk": "py"}},
        ),
    )
    assert (span.session_id, span.user_id, span.agent, span.version, span.environment) == (
        "t-1",
        "u",
        "researcher",
        "r1",
        "prod",
    )
    assert (span.tags, span.metadata) == (("a",), metadata)
    assert span.resource == {"sdk": "py", "project": "shop", "project_id": "project-1"}


@pytest.mark.parametrize(
    ("metadata", "name", "agent"),
    [
        ({"ls_integration": "langgraph"}, "travel", "travel"),
        ({"ls_integration": "langgraph"}, "LangGraph", None),
        ({"ls_integration": "langgraph", "langgraph_node": "tools"}, "tools", None),
        ({"lc_agent_name": "support", "langgraph_node": "model"}, "model", "support"),
        ({}, "chain", None),
    ],
)
def test_agents_of_langgraph(metadata: dict[str, Any], name: str, agent: str | None) -> None:
    assert span_of(FORMAT, run(name=name, extra={"metadata": metadata})).agent == agent


def test_what_has_no_column_is_among_the_attributes() -> None:
    span = span_of(
        FORMAT, run(reference_example_id="e-1", extra={"options": {"stop": None}}, serialized={"name": "X"})
    )
    assert span.attributes == {
        "reference_example_id": "e-1",
        "serialized": {"name": "X"},
        "extra": {"options": {"stop": None}},
    }


def test_feedback_stats_and_feedback_records_are_scores() -> None:
    span = span_of(
        FORMAT,
        run(
            feedback_stats={
                "helpful": {"n": 2, "avg": 0.5},
                "tone": {"n": 1, "avg": None, "values": {"kind": 1}},
            }
        ),
    )
    assert [(s.name, s.value, s.label, s.comment) for s in span.scores] == [
        ("helpful", 0.5, None, "average of 2"),
        ("tone", None, "kind", None),
    ]
    (score,) = entries_of(
        FORMAT,
        {
            "id": LEAF,
            "run_id": CHILD,
            "trace_id": ROOT,
            "key": "correct",
            "score": True,
            "comment": "yes",
            "feedback_source": {"type": "model", "user_name": "judge"},
            "created_at": "2026-03-10T10:20:00",
        },
    )
    assert score == Score(
        ROOT, CHILD, "correct", 1.0, None, True, "model", "judge", "yes", START_NS, Origin(1, 0, 0)
    )
