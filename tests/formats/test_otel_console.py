"""OpenTelemetry console spans: Python, JavaScript, flat dumps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.otel_builders import (
    SPAN,
    START,
    TRACE,
    batch,
    entries,
    one_span,
    otlp_span,
    skipped,
    spans_of,
)
from tracetui.formats import otlp, phoenix
from tracetui.formats.contract import Head
from tracetui.formats.otel_console import FORMAT
from tracetui.model import Event, Link, Skipped, SpanKind, Status

PYTHON: dict[str, Any] = {
    "name": "chat m",
    "context": {"trace_id": "0x" + TRACE, "span_id": "0x" + SPAN, "trace_state": "[]"},
    "kind": "SpanKind.CLIENT",
    "parent_id": "0xeee19b7ec3c1b173",
    "start_time": "2023-11-14T22:13:20.000000Z",
    "end_time": "2023-11-14T22:13:20.000005Z",
    "status": {"status_code": "ERROR", "description": "ValueError: bad"},
    "attributes": {"gen_ai.operation.name": "chat", "list": [1]},
    "events": [{"name": "tick", "timestamp": "2023-11-14T22:13:20.000002Z", "attributes": {"k": 1}}],
    "links": [{"context": {"trace_id": "0x" + TRACE, "span_id": "0x" + SPAN}, "attributes": {"why": "x"}}],
    "resource": {"attributes": {"service.name": "s", "service.version": "2"}, "schema_url": ""},
}
JAVASCRIPT: dict[str, Any] = {
    "name": "ai.generateText.doGenerate",
    "kind": 0,
    "spanContext": {"traceId": TRACE, "spanId": SPAN, "traceFlags": 1},
    "parentSpanContext": {"traceId": TRACE, "spanId": "eee19b7ec3c1b173"},
    "startTime": [1_700_000_000, 0],
    "endTime": [1_700_000_000, 5_000],
    "status": {"code": 2, "message": "boom"},
    "attributes": {"ai.operationId": "ai.generateText.doGenerate"},
    "events": [{"name": "e", "time": [1_700_000_000, 7], "attributes": {}}],
    "instrumentationScope": {"name": "ai"},
}
JS_CONSOLE: dict[str, Any] = {
    "traceId": TRACE,
    "parentId": None,
    "name": "work",
    "id": SPAN,
    "kind": 2,
    "timestamp": 1_700_000_000_000_000,
    "duration": 1500.5,
    "attributes": {},
    "status": {"code": 0},
    "events": [],
}
FLAT: dict[str, Any] = {
    "trace_id": TRACE,
    "span_id": SPAN,
    "parent_span_id": "eee19b7ec3c1b173",
    "name": "execute_tool f",
    "start_time": START,
    "end_time": START + 9,
    "attributes": {"gen_ai.operation.name": "execute_tool"},
    "scope": {"name": "lib", "version": "1"},
    "status": {"code": "UNSET"},
    "span_events": [{"name": "e", "time_unix_nano": START + 1, "attributes": {"a": 1}}],
}


def test_python_console() -> None:
    span = one_span(FORMAT, PYTHON)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, SPAN, "eee19b7ec3c1b173")
    assert (span.start_ns, span.end_ns) == (START, START + 5_000)
    assert (span.kind, span.kind_original, span.status) == (SpanKind.LLM, "chat", Status.ERROR)
    assert (span.error_type, span.error_message) == ("ValueError", "ValueError: bad")
    assert span.attributes == {"gen_ai.operation.name": "chat", "list": [1]}
    assert (span.resource, span.version) == ({"service.name": "s", "service.version": "2"}, "2")
    assert span.events == [Event("tick", START + 2_000, {"k": 1})]
    assert span.links == [Link(TRACE, SPAN, {"why": "x"})]


def test_javascript_readable_span() -> None:
    span = one_span(FORMAT, JAVASCRIPT)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, SPAN, "eee19b7ec3c1b173")
    assert (span.start_ns, span.end_ns, span.events[0].at_ns) == (START, START + 5_000, START + 7)
    assert (span.kind, span.status, span.scope) == (SpanKind.LLM, Status.ERROR, {"name": "ai"})


def test_javascript_console_counts_kinds_from_zero_and_gives_microseconds() -> None:
    span = one_span(FORMAT, JS_CONSOLE)
    assert (span.kind_original, span.parent_id) == ("CLIENT", None)
    assert (span.start_ns, span.end_ns) == (START, START + 1_500_500)


def test_flat_dump_in_an_envelope_with_its_session() -> None:
    span = one_span(FORMAT, {"session_id": "s1", "span_count": 1, "spans": [FLAT]})
    assert (span.kind, span.session_id, span.scope) == (SpanKind.TOOL, "s1", {"name": "lib", "version": "1"})
    assert (span.start_ns, span.end_ns, span.status) == (START, START + 9, Status.UNSET)
    assert span.events == [Event("e", START + 1, {"a": 1})]


def test_a_span_still_running() -> None:
    span = one_span(FORMAT, PYTHON | {"end_time": None, "status": {"status_code": "UNSET"}})
    assert (span.end_ns, span.status) == (None, Status.UNFINISHED)


def test_what_is_no_span_is_skipped() -> None:
    codes = [entry.code for entry in skipped(FORMAT, {"name": "x"}, 5, {"spans": []}, {"spans": [FLAT, "x"]})]
    assert codes == ["missing_id", "not_an_object", "empty_batch", "not_an_object"]
    assert all(isinstance(entry, Skipped) for entry in entries(FORMAT, None, [], ""))
    assert len(spans_of(FORMAT, {"spans": [FLAT, "x"]})) == 1


@pytest.mark.parametrize("value", [PYTHON, JAVASCRIPT, JS_CONSOLE, FLAT, {"spans": [FLAT]}, [PYTHON]])
def test_recognised_here_and_by_no_neighbour(value: Any) -> None:
    head = Head([value])
    match = FORMAT.sniff(head)
    assert match is not None
    rivals = [other.sniff(head) for other in (otlp.FORMAT, phoenix.FORMAT)]
    assert all(rival is None or rival.confidence < match.confidence for rival in rivals)


def test_otlp_is_left_to_otlp() -> None:
    assert FORMAT.sniff(Head([batch(otlp_span()), otlp_span()])) is None


def test_lists_by_name_as_fixtures_have_them() -> None:
    value = {"doGenerate": [JAVASCRIPT], "toolCall": [JAVASCRIPT, JAVASCRIPT]}
    assert len(spans_of(FORMAT, value)) == 3
    match = FORMAT.sniff(Head([value]))
    assert match is not None


def test_real_spans_of_the_vercel_ai_sdk(real_traces: Path) -> None:
    for file in sorted((real_traces / "vercel_ai_sdk").rglob("*.json")):
        value = json.loads(file.read_text(encoding="utf-8"))
        raw = value if isinstance(value, list) else [span for spans in value.values() for span in spans]
        spans = spans_of(FORMAT, value)
        assert len(spans) == len(raw)
        for span, said in zip(spans, raw, strict=True):
            attributes = said["attributes"]
            names = (
                "gen_ai.usage.input_tokens",
                "ai.usage.inputTokens",
                "ai.usage.promptTokens",
                "ai.usage.tokens",
            )
            used = next((attributes[name] for name in names if name in attributes), None)
            assert (span.usage.input_tokens if span.usage else None) == used
            is_call = said["name"].endswith((".doGenerate", ".doStream"))
            assert (span.kind is SpanKind.LLM) == is_call
            assert bool(span.output_messages) >= is_call
