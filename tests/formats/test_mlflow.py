"""MLflow traces: trace JSON, artifacts of versions 2 and 3, pages, data frame rows, lists without spans."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.contract import Head
from tracetui.formats.mlflow import FORMAT
from tracetui.model import ImportIssue, Score, Skipped, Span, SpanKind, Status, TraceFacts

TRACE = "259580a0832aab95526dc918ea197f11"
SPAN: dict[str, Any] = {
    "trace_id": "JZWAoIMqq5VSbckY6hl/EQ==",
    "span_id": "jtrEf8Ke+4c=",
    "parent_span_id": None,
    "name": "Completions",
    "start_time_unix_nano": 1_775_118_604_605_958_001,
    "end_time_unix_nano": 1_775_118_606_308_606_000,
    "status": {"code": "STATUS_CODE_OK", "message": ""},
    "attributes": {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.llm.model": '"gpt-4o"',
        "mlflow.llm.provider": '"openai"',
        "mlflow.spanInputs": json.dumps({"messages": [{"role": "user", "content": "hi"}], "model": "gpt-4o"}),
        "mlflow.spanOutputs": json.dumps({"choices": [{"message": {"role": "assistant", "content": "yo"}}]}),
        "mlflow.chat.tokenUsage": '{"input_tokens": 12, "output_tokens": 3, "total_tokens": 15, "cache_read_input_tokens": 4}',
        "mlflow.llm.cost": '{"input_cost": 0.01, "output_cost": 0.02, "total_cost": 0.03}',
        "mlflow.chat.tools": '[{"type": "function", "function": {"name": "f"}}]',
        "mlflow.traceRequestId": f'"tr-{TRACE}"',
    },
    "events": [],
    "links": [],
}
INFO: dict[str, Any] = {
    "trace_id": f"tr-{TRACE}",
    "trace_location": {"type": "MLFLOW_EXPERIMENT"},
    "request_time": "2026-04-02T08:30:04.605Z",
    "state": "ERROR",
    "execution_duration_ms": 1702,
    "request_preview": "hi",
    "response_preview": "yo",
    "trace_metadata": {
        "mlflow.trace.session": "s",
        "mlflow.trace.user": "u",
        "mlflow.trace.tokenUsage": '{"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}',
    },
    "tags": {"mlflow.traceName": "agent", "team": "a"},
    "assessments": [
        {
            "assessment_name": "right",
            "source": {"source_type": "LLM_JUDGE", "source_id": "judge"},
            "feedback": {"value": True},
            "rationale": "why",
            "span_id": "8edac47fc29efb87",
            "create_time": "2026-04-02T08:30:06Z",
        },
        {"assessment_name": "answer", "source": {"source_type": "HUMAN"}, "expectation": {"value": "42"}},
    ],
}
TRACE_JSON: dict[str, Any] = {"info": INFO, "data": {"spans": [SPAN]}}
OLD_SPAN: dict[str, Any] = {
    "name": "predict",
    "context": {"span_id": "0x8edac47fc29efb87", "trace_id": f"0x{TRACE}"},
    "parent_id": None,
    "start_time": 1_775_118_604_605_958_001,
    "end_time": 1_775_118_606_308_606_000,
    "status_code": "ERROR",
    "status_message": "ValueError: bad",
    "attributes": {"mlflow.spanType": '"AGENT"', "mlflow.spanInputs": '{"q": 1}'},
    "events": [],
}
OLD_FILE: dict[str, Any] = {"spans": [OLD_SPAN], "request": "{}", "response": "{}"}


def test_a_trace_with_its_facts_and_scores() -> None:
    facts, right, answer, span = entries_of(FORMAT, TRACE_JSON)
    assert isinstance(facts, TraceFacts)
    assert (facts.trace_id, facts.name, facts.session_id, facts.user_id) == (TRACE, "agent", "s", "u")
    assert isinstance(right, Score)
    assert isinstance(answer, Score)
    assert (right.span_id, right.value, right.passed, right.kind) == ("8edac47fc29efb87", None, True, "model")
    assert (right.author, right.comment, right.at_ns) == ("judge", "why", 1_775_118_606_000_000_000)
    assert (answer.span_id, answer.label, answer.kind) == (None, "42", "expectation")
    assert isinstance(span, Span)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, "8edac47fc29efb87", None)


def test_a_model_call() -> None:
    span = span_of(FORMAT, {"spans": [SPAN]})
    assert (span.kind, span.kind_original, span.status) == (SpanKind.LLM, "CHAT_MODEL", Status.OK)
    assert (span.model, span.provider) == ("gpt-4o", "openai")
    assert (span.start_ns, span.end_ns) == (1_775_118_604_605_958_001, 1_775_118_606_308_606_000)
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens, span.usage.total_tokens) == (12, 3, 15)
    assert (span.usage.cache_read_tokens, span.usage.cost_usd) == (4, Decimal("0.03"))
    assert [(m.role, m.parts[0].content) for m in span.input_messages] == [("user", "hi")]
    assert [(m.role, m.parts[0].content) for m in span.output_messages] == [("assistant", "yo")]
    assert [tool.name for tool in span.tools_offered] == ["f"]


def test_version_2() -> None:
    span = span_of(FORMAT, OLD_FILE)
    assert (span.trace_id, span.span_id, span.kind) == (TRACE, "8edac47fc29efb87", SpanKind.AGENT)
    assert (span.status, span.error_type, span.input) == (Status.ERROR, "ValueError", '{"q":1}')
    assert span.start_ns == 1_775_118_604_605_958_001


@pytest.mark.parametrize(
    "value",
    [
        {"traces": [TRACE_JSON], "next_page_token": None},
        {
            "trace_id": f"tr-{TRACE}",
            "trace": json.dumps(TRACE_JSON),
            "state": "ERROR",
            "trace_metadata": None,
        },
        {"info": json.dumps(INFO), "data": json.dumps({"spans": [SPAN]})},
        {**INFO, "spans": json.dumps([SPAN])},
    ],
)
def test_pages_and_rows(value: Any) -> None:
    kinds = [type(entry).__name__ for entry in entries_of(FORMAT, value)]
    assert kinds == ["TraceFacts", "Score", "Score", "Span"]


def test_a_list_without_spans_is_an_overview_and_says_so() -> None:
    *_, span, said = entries_of(FORMAT, {"info": INFO, "data": {"spans": []}})
    assert isinstance(span, Span)
    assert (span.is_derived, span.name, span.status) == (True, "agent", Status.ERROR)
    assert (span.input, span.output, (span.end_ns or 0) - (span.start_ns or 0)) == ("hi", "yo", 1_702_000_000)
    assert span.usage is not None
    assert span.usage.total_tokens == 15
    assert isinstance(said, ImportIssue)
    assert (said.code, said.span_id, said.trace_id) == ("vendor_truncated", span.span_id, span.trace_id)


def test_what_is_no_trace_is_skipped() -> None:
    values: tuple[Any, ...] = (
        {"traces": []},
        5,
        {"a": 1},
        {"spans": []},
        {"spans": [5]},
        {"spans": [{**SPAN, "span_id": None}]},
    )
    codes = [entry.code for entry in entries_of(FORMAT, *values) if isinstance(entry, Skipped)]
    assert codes == [
        "empty_batch",
        "not_an_object",
        "unknown_shape",
        "empty_batch",
        "not_an_object",
        "missing_id",
    ]


@pytest.mark.parametrize(
    "value", [TRACE_JSON, OLD_FILE, {"spans": [SPAN]}, SPAN, {"traces": [TRACE_JSON]}, INFO]
)
def test_recognised_before_all_others(value: Any) -> None:
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "mlflow"


def test_recognised_by_columns() -> None:
    match = FORMAT.sniff(Head([], columns=["trace_id", "trace", "trace_metadata"]))
    assert match is not None


@pytest.mark.parametrize("value", [TRACE_JSON, OLD_FILE, {"trace_id": "x", "trace": TRACE_JSON}])
def test_fields_of_a_wrong_type(value: Any) -> None:
    for changed in replaced_values(value):
        FORMAT.sniff(Head([changed]))
        found = [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]
        assert found
