"""Jaeger JSON: pages, traces, single spans; tags, logs, references, processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.contract import Head
from tracetui.formats.jaeger import FORMAT
from tracetui.model import ImportIssue, Link, Skipped, Span, SpanKind, Status

TRACE = "5edab84350c3da3b38a026540a681652"
SPAN: dict[str, Any] = {
    "traceID": TRACE,
    "spanID": "84427ae808c6fa3b",
    "operationName": "chat m",
    "references": [
        {"refType": "FOLLOWS_FROM", "traceID": TRACE, "spanID": "0000000000000001"},
        {"refType": "CHILD_OF", "traceID": TRACE, "spanID": "e5046df21fb1c311"},
    ],
    "startTime": 1_782_229_343_903_164,
    "duration": 72,
    "tags": [
        {"key": "gen_ai.operation.name", "type": "string", "value": "chat"},
        {"key": "gen_ai.usage.input_tokens", "type": "int64", "value": "806"},
        {"key": "gen_ai.request.temperature", "type": "float64", "value": 0.2},
        {"key": "span.kind", "type": "string", "value": "client"},
        {"key": "error", "type": "bool", "value": True},
        {"key": "otel.status_description", "type": "string", "value": "TimeoutError: slow"},
        {"key": "otel.scope.name", "type": "string", "value": "lib"},
    ],
    "logs": [
        {
            "timestamp": 1_782_229_343_903_211,
            "fields": [
                {"key": "event", "type": "string", "value": "exception"},
                {"key": "exception.type", "type": "string", "value": "TimeoutError"},
            ],
        }
    ],
    "processID": "p1",
    "warnings": ["clock skew"],
}
TRACE_JSON: dict[str, Any] = {
    "traceID": TRACE,
    "spans": [SPAN],
    "processes": {
        "p1": {"serviceName": "desk", "tags": [{"key": "host", "type": "string", "value": "h"}]},
    },
}
PAGE: dict[str, Any] = {"data": [TRACE_JSON], "total": 0, "errors": None}


def spans_in(value: Any) -> list[Span]:
    return [entry for entry in entries_of(FORMAT, value) if isinstance(entry, Span)]


def test_a_span() -> None:
    (span,) = spans_in(PAGE)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, "84427ae808c6fa3b", "e5046df21fb1c311")
    assert span.links == [Link(TRACE, "0000000000000001", {"jaeger.ref_type": "FOLLOWS_FROM"})]
    assert (span.start_ns, span.end_ns) == (1_782_229_343_903_164_000, 1_782_229_343_903_236_000)
    assert (span.kind, span.status, span.error_type) == (SpanKind.LLM, Status.ERROR, "TimeoutError")
    assert span.usage is not None
    assert span.usage.input_tokens == 806
    assert span.resource == {"service.name": "desk", "host": "h"}
    assert span.scope == {"name": "lib"}
    assert [(event.name, event.at_ns) for event in span.events] == [("exception", 1_782_229_343_903_211_000)]


def test_warnings_and_errors_are_told() -> None:
    found = entries_of(FORMAT, {**PAGE, "errors": [{"code": 500, "msg": "gone"}]})
    assert [entry.code for entry in found if isinstance(entry, ImportIssue)] == [
        "producer_warning",
        "vendor_truncated",
    ]


@pytest.mark.parametrize(
    "value", [PAGE, TRACE_JSON, [TRACE_JSON], {**SPAN, "process": {"serviceName": "desk"}}]
)
def test_every_container_is_recognised(value: Any) -> None:
    (span,) = spans_in(value)
    assert span.resource is not None
    assert span.resource["service.name"] == "desk"
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "jaeger"


def test_a_root_without_error() -> None:
    bare = {
        "traceID": TRACE,
        "spanID": "1",
        "operationName": "x",
        "startTime": 5,
        "duration": 0,
        "process": {},
    }
    span = span_of(FORMAT, bare)
    assert (span.parent_id, span.status, span.end_ns) == (None, Status.UNSET, 5_000)
    assert span_of(FORMAT, {**bare, "duration": None}).status is Status.UNFINISHED


def test_what_is_no_span_is_skipped() -> None:
    values: tuple[Any, ...] = (
        {"data": []},
        {**TRACE_JSON, "spans": []},
        {**TRACE_JSON, "spans": [5]},
        {"spanID": "1"},
        7,
    )
    codes = [entry.code for entry in entries_of(FORMAT, *values) if isinstance(entry, Skipped)]
    assert codes == ["empty_batch", "empty_batch", "not_an_object", "missing_id", "not_an_object"]


def test_fields_of_a_wrong_type() -> None:
    for changed in replaced_values(PAGE):
        FORMAT.sniff(Head([changed]))
        assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]


def test_real_exports(real_traces: Path) -> None:
    files = sorted((real_traces / "jaeger").rglob("*.json"))
    assert len(files) == 2
    for file in files:
        value = json.loads(file.read_text(encoding="utf-8"))
        raw = [span for trace in value["data"] for span in trace["spans"]]
        spans = spans_in(value)
        assert len(spans) == len(raw) == len(entries_of(FORMAT, value))
        used = [
            tag["value"] for span in raw for tag in span["tags"] if tag["key"] == "gen_ai.usage.total_tokens"
        ]
        assert sum(span.usage.total_tokens or 0 for span in spans if span.usage) == sum(used)
        failed = sum(tag["key"] == "error" and tag["value"] is True for span in raw for tag in span["tags"])
        assert sum(span.status is Status.ERROR for span in spans) == failed
