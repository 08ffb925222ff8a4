"""LangSmith exports: the shapes they come in, how they are recognised, and real requests of the SDKs."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tests.formats.reading import entries_of, span_of, spans_of, values_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.langsmith import FORMAT
from tracetui.model import ImportIssue, Score, Severity, Skipped, Span, SpanKind, Status

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


def test_cli_lines() -> None:
    span = span_of(
        FORMAT,
        {
            "run_id": CHILD,
            "trace_id": ROOT,
            "parent_run_id": ROOT,
            "run_type": "llm",
            "name": "ChatOpenAI",
            "start_time": "2026-03-10T10:20:00Z",
            "duration_ms": 1500,
            "status": "success",
            "inputs": {"q": 1},
            "custom_metadata": {"thread_id": "t", "ls_model_name": "gpt-4o"},
            "token_usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
            "costs": {"total_cost": 0.0042},
        },
    )
    assert (span.span_id, span.parent_id, span.session_id, span.model) == (CHILD, ROOT, "t", "gpt-4o")
    assert span.end_ns == START_NS + 1_500_000_000
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.cost_usd) == (7, Decimal("0.0042"))


def test_bulk_export_rows_hold_json_as_text_and_partition_columns() -> None:
    span = span_of(
        FORMAT,
        run(
            run_type="llm",
            inputs='{"messages": [{"role": "user", "content": "q"}]}',
            outputs="not { json",
            extra='{"metadata": {"thread_id": "t"}}',
            feedback_stats='{"ok": {"n": 1, "avg": 1.0}}',
            tags='["a"]',
            total_cost="0.5",
            year="2026",
        ),
    )
    assert span.input == '{"messages": [{"role": "user", "content": "q"}]}'
    assert [m.role for m in span.input_messages] == ["user"]
    assert (span.output, span.session_id, span.tags) == ("not { json", "t", ("a",))
    assert [s.name for s in span.scores] == ["ok"]
    assert span.attributes == {"year": "2026"}


def test_captured_multipart_parts_are_put_together() -> None:
    entries = entries_of(
        FORMAT,
        {
            f"post.{CHILD}": {
                "trace_id": ROOT,
                "run_type": "tool",
                "name": "f",
                "start_time": "2026-03-10T10:20:00",
            },
            f"post.{CHILD}.inputs": {"a": 1},
            f"feedback.{LEAF}": {"key": "k", "run_id": CHILD, "score": 1},
            f"attachment.{CHILD}.photo": "…",
        },
    )
    left, span, score = entries
    assert isinstance(span, Span)
    assert (span.span_id, span.name, span.input) == (CHILD, "f", '{"a":1}')
    assert isinstance(score, Score)
    assert isinstance(left, Skipped)


def test_children_inside_runs_are_read_too() -> None:
    spans = spans_of(FORMAT, {"runs": [run(id=ROOT, child_runs=[run(parent_run_id=ROOT)])]})
    assert [(s.span_id, s.parent_id) for s in spans] == [(ROOT, None), (CHILD, ROOT)]


def test_elements_of_a_list_keep_their_own_text() -> None:
    span, _ = spans_of(FORMAT, [run(), run(id=LEAF)])
    assert span.origin.raw is not None
    assert json.loads(span.origin.raw)["id"] == CHILD


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (5, "unknown_shape"),
        ({"name": "x"}, "missing_id"),
        ([], "unknown_shape"),
        ({"runs": []}, "empty_batch"),
    ],
)
def test_what_is_no_run_is_skipped_with_a_reason(value: Any, code: str) -> None:
    (skipped,) = entries_of(FORMAT, value)
    assert isinstance(skipped, Skipped)
    assert skipped.code == code


@pytest.mark.parametrize(
    ("head", "version"),
    [
        (Head([run()]), "runs"),
        (Head([{"runs": [run()]}]), "runs"),
        (Head([[run()]]), "runs"),
        (Head([{"post": [run()], "patch": []}]), "SDK requests"),
        (Head([{"run_id": CHILD, "run_type": "llm"}]), "CLI export"),
        (Head([], ("id", "run_type", "dotted_order", "inputs")), "bulk export"),
        (Head([{f"post.{CHILD}": {}}]), "SDK multipart requests"),
        (Head([{"run_id": CHILD, "key": "k", "score": 1, "feedback_source": None}]), "feedback"),
    ],
)
def test_recognised(head: Head, version: str) -> None:
    match = FORMAT.sniff(head)
    assert match is not None
    assert match.version == version


@pytest.mark.parametrize(
    "value",
    [
        {"resourceSpans": []},
        {"object": "trace.span", "id": "span_1", "trace_id": "trace_1"},
        {"id": "1", "span_attributes": {"type": "llm"}, "root_span_id": "1"},
        {"$schemaVersion": "1.13", "trace": {}},
        {"runs": [{"name": "not a run"}]},
        {"id": "x", "traceId": "y", "type": "GENERATION"},
        "text",
    ],
)
def test_not_recognised(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is None


def test_real_requests_of_the_sdks(real_traces: Path) -> None:
    files = sorted((real_traces / "langsmith").rglob("*wrap_openai*.json"))
    assert len(files) == 4
    for file in files:
        text = file.read_bytes()
        (value,) = values_of(text)
        assert FORMAT.sniff(Head([value], name=file.name)) is not None
        spans = spans_of(FORMAT, value)
        assert Counter(s.span_id for s in spans) == {json.loads(text)["post"][0]["id"]: 2}
        start, end = spans
        assert (start.kind, start.end_ns, end.status) == (SpanKind.LLM, None, Status.OK)
        assert end.output_messages[-1].role == "assistant"
        assert [m.role for m in start.input_messages] == ["user"]


def test_real_files_beside_them_that_hold_no_runs(real_traces: Path) -> None:
    others = [p for p in (real_traces / "langsmith").rglob("*.json*") if "wrap_openai" not in p.name]
    assert len(others) == 6
    for file in others:
        assert FORMAT.sniff(Head(values_of(file.read_bytes())[:20], name=file.name)) is None


def test_the_time_of_an_order_does_not_replace_the_start_that_was_told(tmp_path: Path) -> None:
    """The SDK for JavaScript writes a counter where `dotted_order` has microseconds, and patches without the start."""
    began = 1_773_138_000_500
    order = f"20260310T102000000001Z{ROOT}.20260310T102000500001Z{CHILD}"
    ids = {"trace_id": ROOT, "dotted_order": order}
    file = tmp_path / "request.json"
    file.write_text(
        json.dumps({"post": [run(**ids, start_time=began)], "patch": [{**ids, "end_time": began + 250}]})
    )
    (found,) = load(file).sql("SELECT start_ns, duration_ns FROM spans WHERE NOT is_synthetic").rows(0, 2)
    assert list(found) == [began * 1_000_000, 250_000_000]


KEYS = st.sampled_from(
    (
        *(
            "id",
            "run_id",
            "trace_id",
            "parent_run_id",
            "dotted_order",
            "run_type",
            "start_time",
            "end_time",
            "runs",
        ),
        *(
            "post",
            "patch",
            "inputs",
            "outputs",
            "extra",
            "metadata",
            "error",
            "events",
            "tags",
            "feedback_stats",
        ),
        *(
            "generations",
            "llm_output",
            "usage_metadata",
            "child_runs",
            "key",
            "score",
            "token_usage",
            "costs",
        ),
        *(
            "llm",
            "tool",
            f"post.{CHILD}",
            f"patch.{CHILD}.outputs",
            ORDER,
            CHILD,
            "total_cost",
            "duration_ms",
        ),
    )
)


@settings(max_examples=300)
@given(json_values(keys=KEYS))
def test_any_json_is_sniffed_and_read_without_an_exception(value: Any) -> None:
    FORMAT.sniff(Head([value], tuple(value) if isinstance(value, dict) else ()))
    assert entries_of(FORMAT, value)


def line(number: int, **fields: Any) -> dict[str, Any]:
    """A run as the command line tool writes it."""
    return {
        "run_id": f"r{number}",
        "trace_id": "t",
        "run_type": "tool",
        "name": "f",
        "duration_ms": 3,
        **fields,
    }


def test_lines_without_any_payload_are_told() -> None:
    *_, issue = entries_of(FORMAT, line(1), line(2))
    assert isinstance(issue, ImportIssue)
    assert issue.code == "vendor_truncated"
    assert "--full" in issue.message
    assert len(spans_of(FORMAT, line(1), line(2, inputs={"q": 1}))) == 2


def test_a_trace_that_ends_at_the_limit_of_the_tool_is_told() -> None:
    lines = [line(number, inputs={"q": 1}) for number in range(1000)]
    *_, issue = entries_of(FORMAT, *lines)
    assert isinstance(issue, ImportIssue)
    assert "1,000 runs" in issue.message
    assert len(spans_of(FORMAT, *lines[:-1])) == 999
    listed = [run(id=f"r{number}", trace_id="t") for number in range(1000)]
    assert isinstance(entries_of(FORMAT, {"runs": listed})[-1], ImportIssue)
    assert len(spans_of(FORMAT, {"runs": listed[1:]})) == 999


def test_a_list_whose_last_page_is_missing_is_told() -> None:
    first, last = ({"runs": [run()], "cursors": {"next": after}} for after in ("eJyr", None))
    *_, issue = entries_of(FORMAT, first)
    assert isinstance(issue, ImportIssue)
    assert (issue.code, issue.severity) == ("vendor_truncated", Severity.DATA_LOSS)
    assert "next" in issue.message
    assert len(spans_of(FORMAT, last)) == 1
    assert len(spans_of(FORMAT, first, last)) == 2
