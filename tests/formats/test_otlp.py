"""OTLP/JSON: envelopes, ids, times, status, typed values, logs, metrics, what is skipped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.otel_builders import (
    HERE,
    SPAN,
    START,
    TRACE,
    batch,
    entries,
    key_values,
    logs_of,
    one_span,
    otlp_span,
    skipped,
    spans_of,
)
from tracetui.formats.contract import Head
from tracetui.formats.elements import element_origin
from tracetui.formats.otlp import FORMAT
from tracetui.model import Event, ImportIssue, Link, Severity, Skipped, Span, SpanKind, Status

SCOPED = {"scope": {"name": "lib"}, "spans": [otlp_span()]}
SNAKE_SPAN = {
    "trace_id": "W47/95gDgQPSabYzgT/GDA==",
    "span_id": "7uGbfsPBsXQ=",
    "parent_span_id": "7uGbfsPBsXM=",
    "name": "work",
    "kind": "SPAN_KIND_CLIENT",
    "start_time_unix_nano": START,
    "end_time_unix_nano": float(START + 1024),
    "attributes": [{"key": "n", "value": {"int_value": "7"}}],
    "status": {"code": "STATUS_CODE_OK"},
}


@pytest.mark.parametrize(
    "value",
    [
        batch(otlp_span()),
        {"resource": {}, "scopeSpans": [SCOPED]},
        {"trace": {"resourceSpans": [{"scopeSpans": [SCOPED]}]}},
        {"trace": {"batches": [{"scopeSpans": [SCOPED]}]}},
        {"batches": [{"scopeSpans": [SCOPED]}]},
        {
            "resourceSpans": [
                {"instrumentationLibrarySpans": [{"instrumentationLibrary": {"name": "lib"}, **SCOPED}]}
            ]
        },
        {"resourceSpans": {"scopeSpans": SCOPED}},
        [batch(otlp_span())],
        otlp_span(),
        {"timestamp": "2025", "raw_otel_json": otlp_span()},
    ],
)
def test_every_envelope_gives_the_span(value: Any) -> None:
    span = one_span(FORMAT, value)
    assert (span.trace_id, span.span_id, span.name) == (TRACE, SPAN, "work")
    match = FORMAT.sniff(Head([value]))
    assert match is not None
    assert match.confidence >= 80


def test_a_span_with_all_its_fields() -> None:
    raw = otlp_span(
        {"a": "x", "n": 7, "f": 0.5, "yes": True, "list": ["p", 2], "map": {"inner": {"k": 1}}},
        parentSpanId="EEE19B7EC3C1B173",
        kind=3,
        events=[{"timeUnixNano": str(START + 2), "name": "tick", "attributes": key_values({"k": 1})}],
        links=[{"traceId": TRACE, "spanId": SPAN, "attributes": key_values({"why": "retry"})}],
    )
    span = one_span(FORMAT, batch(raw, resource={"service.name": "shop", "service.version": "9"}))
    assert span == Span(
        trace_id=TRACE,
        span_id=SPAN,
        origin=element_origin(HERE, raw),
        parent_id="eee19b7ec3c1b173",
        name="work",
        kind=SpanKind.UNKNOWN,
        kind_original="CLIENT",
        status=Status.UNSET,
        start_ns=START,
        end_ns=START + 5,
        version="9",
        attributes={"a": "x", "n": 7, "f": 0.5, "yes": True, "list": ["p", 2], "map": {"inner": {"k": 1}}},
        resource={"service.name": "shop", "service.version": "9"},
        scope={"name": "lib", "version": "2"},
        events=[Event("tick", START + 2, {"k": 1})],
        links=[Link(TRACE, SPAN, {"why": "retry"})],
    )


def test_snake_case_base64_and_word_enums() -> None:
    span = one_span(FORMAT, {"resource_spans": [{"scope_spans": [{"spans": [SNAKE_SPAN]}]}]})
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, SPAN, "eee19b7ec3c1b173")
    assert (span.start_ns, span.end_ns) == (START, START + 1024)
    assert (span.status, span.kind_original, span.attributes) == (Status.OK, "CLIENT", {"n": 7})


def test_plain_objects_as_attributes() -> None:
    raw = otlp_span() | {"attributes": {"gen_ai.operation.name": "chat", "n": 7}}
    span = one_span(FORMAT, batch(raw))
    assert (span.kind, span.attributes) == (SpanKind.LLM, {"gen_ai.operation.name": "chat", "n": 7})


def test_bytes_stay_base64_and_nan_stays_text() -> None:
    attributes = [
        {"key": "b", "value": {"bytesValue": "AQI="}},
        {"key": "x", "value": {"doubleValue": "NaN"}},
        {"key": "none", "value": {}},
    ]
    assert one_span(FORMAT, batch(otlp_span() | {"attributes": attributes})).attributes == {
        "b": "AQI=",
        "x": "NaN",
        "none": None,
    }


@pytest.mark.parametrize("parent", ["", "0000000000000000", None, "AAAAAAAAAAA="])
def test_no_parent(parent: Any) -> None:
    assert one_span(FORMAT, batch(otlp_span(parentSpanId=parent))).parent_id is None


@pytest.mark.parametrize(
    ("status", "end", "expected"),
    [
        ({}, START + 5, Status.UNSET),
        (None, START + 5, Status.UNSET),
        ({"code": 1}, START + 5, Status.OK),
        ({"code": "STATUS_CODE_OK"}, START + 5, Status.OK),
        ({"code": "UNSET"}, START + 5, Status.UNSET),
        ({"code": 2}, START + 5, Status.ERROR),
        ({"code": "Error"}, START + 5, Status.ERROR),
        ({"code": "2"}, START + 5, Status.ERROR),
        ({}, 0, Status.UNFINISHED),
        ({}, "", Status.UNFINISHED),
        ({"code": 1}, None, Status.UNFINISHED),
        ({"code": 2}, "0", Status.ERROR),
    ],
)
def test_status(status: Any, end: Any, expected: Status) -> None:
    span = one_span(FORMAT, batch(otlp_span(status=status, endTimeUnixNano=end)))
    assert span.status is expected
    assert span.end_ns == (START + 5 if end == START + 5 else None)


def exception_event(kind: str, message: str = "boom") -> dict[str, Any]:
    attributes = key_values({"exception.type": kind, "exception.message": message})
    return {"name": "exception", "timeUnixNano": str(START + 1), "attributes": attributes}


@pytest.mark.parametrize(
    ("attributes", "events", "message", "expected"),
    [
        ({"error.type": "timeout"}, [exception_event("ValueError")], "x", ("timeout", "x")),
        ({}, [exception_event("KeyError"), exception_event("ValueError")], None, ("ValueError", "boom")),
        ({}, [], "TimeoutError: no answer\n\nTraceback …", ("TimeoutError", "TimeoutError: no answer")),
        ({}, [], "openai.RateLimitError: slow", ("openai.RateLimitError", "openai.RateLimitError: slow")),
        ({}, [], "it failed", (None, "it failed")),
        ({}, [], "Traceback (most recent call last):\n  File\nValueError: no", (None, "ValueError: no")),
        ({}, [], None, (None, None)),
    ],
)
def test_error_type_and_message(attributes: Any, events: Any, message: str | None, expected: Any) -> None:
    raw = otlp_span(attributes, events=events, status={"code": 2, "message": message})
    span = one_span(FORMAT, batch(raw))
    assert (span.error_type, span.error_message) == expected


def test_a_long_status_message_is_kept_whole() -> None:
    message = "ValueError: bad\nTraceback\n  line"
    span = one_span(FORMAT, batch(otlp_span(status={"code": 2, "message": message})))
    assert span.attributes == {"otel.status_description": message}


@pytest.mark.parametrize(
    "fields",
    [
        {"events": [exception_event("langgraph.errors.GraphInterrupt")], "status": {"code": 1}},
        {"events": [exception_event("GraphInterrupt")], "status": {"code": 2, "message": "x"}},
        {"status": {"code": 2, "message": "NodeInterrupt('ask')"}},
        {"status": {"code": 2}, "attributes": key_values({"error.type": "GraphInterrupt"})},
    ],
)
def test_a_pause_for_a_human_is_interrupted(fields: dict[str, Any]) -> None:
    span = one_span(FORMAT, batch(otlp_span() | fields))
    assert span.status is Status.INTERRUPTED
    assert span.error_type is not None
    assert span.error_type.rpartition(".")[2] in ("GraphInterrupt", "NodeInterrupt")


def test_a_swallowed_exception_is_no_error() -> None:
    span = one_span(FORMAT, batch(otlp_span(events=[exception_event("ValueError")])))
    assert (span.status, span.error_type, span.events[0].name) == (Status.UNSET, None, "exception")


# --- what is skipped or reported -------------------------------------------------------------------------------


def test_a_span_without_ids_is_data_loss_and_the_rest_loads() -> None:
    found = entries(FORMAT, batch(otlp_span(spanId=""), otlp_span(traceId=None), "x", otlp_span()))
    assert [(e.code, e.severity) for e in found if isinstance(e, Skipped)] == [
        ("missing_id", Severity.DATA_LOSS),
        ("missing_id", Severity.DATA_LOSS),
        ("not_an_object", Severity.DATA_LOSS),
    ]
    assert sum(isinstance(e, Span) for e in found) == 1


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"resourceSpans": []}, "empty_batch"),
        ({"resourceSpans": None}, "empty_batch"),
        ({"hello": 1}, "unknown_shape"),
        (None, "unknown_shape"),
        ([], "unknown_shape"),
        ("text", "unknown_shape"),
    ],
)
def test_a_record_without_anything_says_so(value: Any, code: str) -> None:
    (entry,) = entries(FORMAT, value)
    assert isinstance(entry, Skipped)
    assert entry.code == code


def test_each_metric_is_counted() -> None:
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "a"}, {"name": "b"}]}]}]}
    assert [(s.code, s.severity) for s in skipped(FORMAT, metrics)] == [("metric", Severity.INFO)] * 2


def test_oddities_become_issues_and_the_span_loads() -> None:
    raw = otlp_span(endTimeUnixNano=str(START - 7), droppedEventsCount=3) | {"attributes": [{"key": "a"}, 5]}
    found = entries(FORMAT, batch(raw))
    issues = {e.code: e for e in found if isinstance(e, ImportIssue)}
    assert issues.keys() == {"dropped_by_producer", "odd_attributes"}
    assert issues["dropped_by_producer"].span_id == SPAN
    assert issues["dropped_by_producer"].line == HERE.line
    (span,) = (e for e in found if isinstance(e, Span))
    assert (span.start_ns, span.end_ns) == (START, START - 7)


# --- logs ------------------------------------------------------------------------------------------------------


def log_batch(record: dict[str, Any]) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "lib"}, "logRecords": [record]}]}]}


def log_record(**fields: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "spanId": SPAN, "timeUnixNano": str(START), **fields}


def test_a_log_record_is_an_event_of_its_span() -> None:
    record = log_record(body={"stringValue": "hello"}, severityText="WARN", attributes=key_values({"k": 1}))
    (log,) = logs_of(FORMAT, log_batch(record))
    expected = Event("log", START, {"k": 1, "body": "hello", "severity": "WARN", "scope": {"name": "lib"}})
    assert (log.trace_id, log.span_id, log.event, log.origin) == (
        TRACE,
        SPAN,
        expected,
        element_origin(HERE, record),
    )


@pytest.mark.parametrize("named", ["attribute", "eventName"])
def test_old_message_events_in_logs(named: str) -> None:
    body = {"kvlistValue": {"values": key_values({"content": "hi"})}}
    name = "gen_ai.user.message"
    by = {"eventName": name} if named == "eventName" else {"attributes": key_values({"event.name": name})}
    (log,) = logs_of(FORMAT, log_batch(log_record(body=body, **by)))
    assert log.event.name == name
    assert [(m.role, m.parts[0].content) for m in log.input_messages] == [("user", "hi")]
    assert log.output_messages == ()


def test_a_choice_in_a_log() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q":1}'}}
    body = {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": [call]}}
    record = log_record(eventName="gen_ai.choice", body=key_values({"b": body})[0]["value"])
    (log,) = logs_of(FORMAT, log_batch(record))
    (message,) = log.output_messages
    assert (message.role, message.finish_reason) == ("assistant", "tool_calls")
    assert (message.parts[0].tool_name, message.parts[0].tool_call_id) == ("find", "c1")


def test_inference_details_in_a_log() -> None:
    attributes = key_values(
        {
            "gen_ai.system_instructions": [{"type": "text", "content": "be brief"}],
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "yo"}]}],
        }
    )
    record = log_record(eventName="gen_ai.client.inference.operation.details", attributes=attributes)
    (log,) = logs_of(FORMAT, log_batch(record))
    assert [m.role for m in log.input_messages] == ["system", "user"]
    assert [m.parts[0].content for m in log.output_messages] == ["yo"]


def test_a_log_without_a_trace_is_skipped() -> None:
    (entry,) = skipped(FORMAT, log_batch({"body": {"stringValue": "x"}, "traceId": "", "spanId": ""}))
    assert (entry.code, entry.severity) == ("log_without_trace", Severity.INFO)


# --- recognising -----------------------------------------------------------------------------------------------


def test_sniff_says_why_in_words() -> None:
    match = FORMAT.sniff(Head([batch(otlp_span())]))
    assert match is not None
    assert match.why == "`resourceSpans` with `scopeSpans` and hex ids"
    snake = FORMAT.sniff(Head([{"resource_spans": [{"scope_spans": [{"spans": [SNAKE_SPAN]}]}]}]))
    assert snake is not None
    assert snake.why == "`resource_spans` with `scope_spans` and base64 ids"


@pytest.mark.parametrize(
    "value", [{"run_type": "llm", "trace_id": "x"}, {"object": "trace.span"}, 5, "x", None, []]
)
def test_sniff_leaves_others_alone(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is None


def test_snake_and_camel_may_stand_in_one_file() -> None:
    values = [batch(otlp_span()), {"resource_spans": [{"scope_spans": [{"spans": [SNAKE_SPAN]}]}]}]
    assert len(spans_of(FORMAT, *values)) == 2


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("ot=th:c", ["sampled: about 25 % of such traces were kept"]),
        ("vendor=1,ot=rv:abcdef01234567;th:8", ["sampled: about 50 % of such traces were kept"]),
        ("ot=th:0", []),
        ("other=th:c", []),
        ("", []),
        (7, []),
    ],
)
def test_sampling_is_told_at_the_root(state: Any, said: list[str]) -> None:
    found = entries(FORMAT, batch(otlp_span(traceState=state, parentSpanId="")))
    assert [entry.message for entry in found if isinstance(entry, ImportIssue)] == said
    child = entries(FORMAT, batch(otlp_span(traceState=state, parentSpanId=SPAN)))
    assert not [entry for entry in child if isinstance(entry, ImportIssue)]


def test_an_answer_of_jaegers_newer_api() -> None:
    value = {"result": batch(otlp_span())}
    assert len(spans_of(FORMAT, value)) == 1
    match = FORMAT.sniff(Head([value]))
    assert match is not None
