"""Rows of ClickHouse's `otel_traces`, in either spelling, as values or as text, flat or nested."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of, spans_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.clickhouse import FORMAT
from tracetui.formats.contract import Head
from tracetui.model import Event, ImportIssue, Link, Skipped, SpanKind, Status

TRACE = "5da4c3430ad6a2b9a7b0c5d5a0e9b1c2"
ROW: dict[str, Any] = {
    "Timestamp": "2026-02-19 07:45:30.000000001",
    "TraceId": TRACE,
    "SpanId": "00f067aa0ba902b7",
    "ParentSpanId": "",
    "SpanName": "chat m",
    "SpanKind": "Client",
    "ServiceName": "desk",
    "ResourceAttributes": {"host": "h"},
    "ScopeName": "lib",
    "ScopeVersion": "",
    "SpanAttributes": {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "12"},
    "Duration": 1_500,
    "StatusCode": "Error",
    "StatusMessage": "TimeoutError: slow",
    "Events.Timestamp": ["2026-02-19 07:45:30.000000002"],
    "Events.Name": ["tick"],
    "Events.Attributes": [{"a": "1"}],
    "Links.TraceId": [TRACE],
    "Links.SpanId": ["00f067aa0ba902b8"],
    "Links.Attributes": [{}],
}
AS_TEXT = {
    **{key: str(value) for key, value in ROW.items()},
    "SpanAttributes": "{'gen_ai.operation.name':'chat','gen_ai.usage.input_tokens':'12','q':'it\\'s'}",
}
NESTED: dict[str, Any] = {
    "trace_id": TRACE,
    "spans": [
        {
            "timestamp": "2025-03-19T16:39:26.372174Z",
            "trace_id": TRACE,
            "span_id": "a",
            "parent_span_id": None,
            "span_name": "main",
            "span_attributes": {},
            "duration": "PT1M2.5S",
            "status_code": "Unset",
            "events": [{"name": "tick", "timestamp": "2025-03-19T16:39:26Z", "attributes": {}}],
            "child_spans": [{"trace_id": TRACE, "span_id": "b", "span_name": "tool", "span_attributes": {}}],
        }
    ],
}


@pytest.mark.parametrize("row", [ROW, AS_TEXT])
def test_a_row(row: dict[str, Any]) -> None:
    span = span_of(FORMAT, row)
    start = 1_771_487_130_000_000_001
    assert (span.trace_id, span.parent_id, span.name, span.kind) == (TRACE, None, "chat m", SpanKind.LLM)
    assert (span.start_ns, span.end_ns) == (start, start + 1_500)
    assert (span.status, span.error_type) == (Status.ERROR, "TimeoutError")
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens) == (12, None)
    assert span.resource == {"service.name": "desk", "host": "h"}
    assert span.scope == {"name": "lib"}
    assert span.events == [Event("tick", start + 1, {"a": "1"})]
    assert span.links == [Link(TRACE, "00f067aa0ba902b8", {})]


def test_nested_rows_stand_below_the_row_around_them() -> None:
    root, child = spans_of(FORMAT, NESTED)
    assert (root.parent_id, child.parent_id) == (None, "a")
    assert (root.end_ns or 0) - (root.start_ns or 0) == 62_500_000_000
    assert [event.name for event in root.events] == ["tick"]
    assert b"child_spans" not in (root.origin.raw or b"")


def test_a_deep_tree() -> None:
    deep: dict[str, Any] = {"trace_id": TRACE, "span_id": "leaf", "span_name": "x", "span_attributes": {}}
    for level in range(2_000):
        deep = {"trace_id": TRACE, "span_id": str(level + 1), "span_name": "x", "child_spans": [deep]}
    assert len(spans_of(FORMAT, deep)) == 2_001


@pytest.mark.parametrize("value", [ROW, AS_TEXT, NESTED, {"meta": [], "data": [ROW], "rows": 1}])
def test_recognised(value: Any) -> None:
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "clickhouse"


def test_recognised_by_columns_in_snake_case() -> None:
    match = FORMAT.sniff(
        Head([], columns=["trace_id", "span_id", "span_name", "span_attributes", "duration"])
    )
    assert match is not None


def test_what_is_no_row_is_skipped() -> None:
    values: tuple[Any, ...] = ({"data": []}, 5, {"TraceId": "x"}, {"spans": [5]})
    codes = [entry.code for entry in entries_of(FORMAT, *values) if isinstance(entry, Skipped)]
    assert codes == ["empty_batch", "not_an_object", "missing_id", "not_an_object"]


@pytest.mark.parametrize("value", [ROW, AS_TEXT, NESTED])
def test_fields_of_a_wrong_type(value: Any) -> None:
    for changed in replaced_values(value):
        FORMAT.sniff(Head([changed]))
        assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]
