"""Phoenix spans: lines, pages, trace files, Parquet rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.formats.otel_builders import SPAN, START, TRACE, documents, entries, one_span, skipped, spans_of
from tracetui.formats import otel_console, otlp
from tracetui.formats.contract import Head
from tracetui.formats.phoenix import FORMAT
from tracetui.model import ImportIssue, Part, PartType, Score, SpanKind, Status

LINE: dict[str, Any] = {
    "id": "U3Bhbjox",
    "name": "ChatOpenAI",
    "context": {"trace_id": TRACE, "span_id": SPAN},
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2023-11-14T22:13:20+00:00",
    "end_time": "2023-11-14T22:13:20.000005+00:00",
    "status_code": "ERROR",
    "status_message": "RateLimitError: slow down",
    "attributes": {"llm.model_name": "m", "session.id": "s"},
    "events": [],
}
ROW: dict[str, Any] = {
    "name": "ChatOpenAI",
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2023-11-14T22:13:20.000000001Z",
    "end_time": None,
    "status_code": "UNSET",
    "status_message": "",
    "events": [{"name": "tick", "timestamp": "2023-11-14T22:13:20Z", "attributes": {"a": 1}}],
    "context.span_id": SPAN,
    "context.trace_id": TRACE,
    "attributes.llm.token_count.prompt": 12.0,
    "attributes.llm.token_count.completion": None,
    "attributes.llm.cost.total": Decimal("0.25"),
    "attributes.llm.input_messages": [
        {"message.role": "user", "message.content": "hi", "message.tool_calls": None},
        {
            "message.role": "assistant",
            "message.content": None,
            "message.tool_calls": [
                {"tool_call.id": "c1", "tool_call.function.name": "f", "tool_call.function.arguments": "{}"}
            ],
        },
    ],
    "attributes.llm.tools": [{"tool.json_schema": '{"type":"function","function":{"name":"f"}}'}],
    "attributes.metadata": {"thread": {"id": 7}, "of_another_row": None},
    "__index_level_0__": SPAN,
}


def test_a_line() -> None:
    span = one_span(FORMAT, LINE)
    assert (span.trace_id, span.span_id, span.parent_id, span.name) == (TRACE, SPAN, None, "ChatOpenAI")
    assert (span.start_ns, span.end_ns) == (START, START + 5_000)
    assert (span.kind, span.kind_original, span.model, span.session_id) == (SpanKind.LLM, "LLM", "m", "s")
    assert (span.status, span.error_type) == (Status.ERROR, "RateLimitError")
    assert span.attributes == LINE["attributes"]


def test_nested_attributes_read_like_dotted_ones() -> None:
    nested = {
        "llm": {
            "token_count": {"prompt": 3},
            "input_messages": [{"message": {"role": "user", "content": "hi"}}],
        },
        "metadata": {"a": {"b": 1}},
    }
    span = one_span(FORMAT, LINE | {"attributes": nested})
    assert span.usage is not None
    assert (span.usage.input_tokens, span.metadata) == (3, {"a": {"b": 1}})
    assert [(m.role, m.parts[0].content) for m in span.input_messages] == [("user", "hi")]


def test_the_attribute_goes_before_the_kind_column() -> None:
    span = one_span(
        FORMAT, LINE | {"attributes": {"openinference.span.kind": "TOOL"}, "span_kind": "UNKNOWN"}
    )
    assert span.kind is SpanKind.TOOL


def test_a_parquet_row() -> None:
    span = one_span(FORMAT, ROW)
    assert (span.start_ns, span.end_ns, span.status) == (START + 1, None, Status.UNFINISHED)
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens) == (12, None)
    assert span.usage.cost_usd == Decimal("0.25")
    assert span.input_messages[0].parts == (Part(PartType.TEXT, "hi"),)
    assert span.input_messages[1].parts == (Part(PartType.TOOL_CALL, "{}", "c1", "f"),)
    assert [tool.name for tool in span.tools_offered] == ["f"]
    assert span.metadata == {"thread": {"id": 7}}
    assert [event.name for event in span.events] == ["tick"]


@pytest.mark.parametrize(
    "value",
    [{"data": [LINE], "next_cursor": None}, {"traceId": TRACE, "spans": [LINE], "rootSpan": LINE}, [LINE]],
)
def test_pages_and_trace_files(value: Any) -> None:
    assert [span.span_id for span in spans_of(FORMAT, value)] == [SPAN]
    match = FORMAT.sniff(Head([value]))
    assert match is not None
    assert match.confidence == 96


def test_annotations_become_scores() -> None:
    result = {"score": 1, "label": "good", "explanation": "fits"}
    raw = LINE | {"annotations": [{"name": "quality", "annotator_kind": "HUMAN", "result": result}]}
    span = one_span(FORMAT, raw)
    expected = Score(TRACE, SPAN, "quality", value=1.0, label="good", kind="human", comment="fits")
    assert span.scores == [expected]


def test_what_is_no_span_is_skipped() -> None:
    missing = LINE | {"context": {"trace_id": TRACE, "span_id": None}}
    codes = [entry.code for entry in skipped(FORMAT, missing, {}, 5, {"data": []}, [])]
    assert codes == ["missing_id", "missing_id", "not_an_object", "empty_batch", "empty_batch"]


def test_pages_of_traces_and_named_lists() -> None:
    bare = {
        key: LINE[key] for key in ("name", "span_kind", "parent_id", "start_time", "end_time", "status_code")
    }
    trace = {"id": "VHJhY2U6MQ==", "trace_id": TRACE, "project_id": "p", "token_count_total": 3}
    page = {"data": [{**trace, "spans": [{**bare, "span_id": SPAN}]}], "next_cursor": None}
    assert [(span.trace_id, span.span_id) for span in spans_of(FORMAT, page)] == [(TRACE, SPAN)]
    assert [entry.code for entry in skipped(FORMAT, {"data": [{**trace, "spans": None}]})] == [
        "trace_without_spans"
    ]
    assert len(spans_of(FORMAT, {"good": [LINE], "bad": [LINE, LINE]})) == 3
    for value in (page, {"good": [LINE]}):
        match = FORMAT.sniff(Head([value]))
        assert match is not None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"data": [LINE], "next_cursor": "U3Bhbjoy"}, True),
        ({"data": [LINE], "next_cursor": None}, False),
        ([LINE] * 1_000, True),
        ([LINE] * 1_001, False),
    ],
)
def test_a_page_that_is_not_the_last_is_told(value: Any, *, told: bool) -> None:
    codes = [entry.code for entry in entries(FORMAT, value) if isinstance(entry, ImportIssue)]
    assert codes == (["vendor_truncated"] if told else [])


def test_zeros_are_an_anonymous_id() -> None:
    zeros = "0000000000000000"
    root, child = spans_of(
        FORMAT, LINE | {"context": {"trace_id": TRACE, "span_id": zeros}}, LINE | {"parent_id": zeros}
    )
    assert (root.span_id, root.parent_id, child.parent_id) == (zeros, None, zeros)


def test_recognised_by_columns_and_by_content() -> None:
    columns = FORMAT.sniff(Head([], columns=["name", "context.span_id", "context.trace_id"]))
    assert columns is not None
    assert columns.why == "columns `context.span_id` and `context.trace_id`, as Phoenix's data frames have"
    for value in (LINE, ROW):
        match = FORMAT.sniff(Head([value]))
        assert match is not None
        rivals = [form.sniff(Head([value])) for form in (otlp.FORMAT, otel_console.FORMAT)]
        assert all(rival is None or rival.confidence < match.confidence for rival in rivals)


@pytest.mark.parametrize("story", ["approval_and_photo", "langgraph_research"])
def test_the_same_spans_by_way_of_the_collector(samples: Path, story: str) -> None:
    here = {
        span.span_id: span for span in spans_of(FORMAT, *documents(samples / "phoenix" / f"{story}.jsonl"))
    }
    exported = documents(samples / "otlp" / f"openinference_{story}.jsonl")
    there = {span.span_id: span for span in spans_of(otlp.FORMAT, *exported)}
    scalars = "trace_id parent_id name kind status error_type model tool_name session_id input output"
    lists = "input_messages output_messages tools_offered finish_reasons tags parameters"
    assert len(here) > 0
    assert here.keys() == there.keys()
    for span_id, span in here.items():
        for column in f"{scalars} {lists}".split():
            assert getattr(span, column) == getattr(there[span_id], column), column
        # Phoenix keeps microseconds.
        assert abs((span.start_ns or 0) - (there[span_id].start_ns or 0)) < 1_000
