"""Real OpenTelemetry and Phoenix exports: nothing is lost between the file and the entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.formats.log_checks import loaded, one
from tests.formats.otel_builders import documents, entries, spans_of
from tracetui.formats import otel_console, otlp, phoenix
from tracetui.formats.contract import Format, Head
from tracetui.model import ImportIssue, LogRecord, Message, PartType, Skipped, Span, SpanKind

OTLP_FILES = (
    "otlp_jsonl/MattGertz+OTEL-test/watson-output__otel-raw.jsonl",
    "otlp_jsonl/open-telemetry+opentelemetry-proto/examples__trace.json",
    "otlp_jsonl/open-telemetry+opentelemetry-proto/examples__logs.json",
    "otlp_jsonl/ymtdzzz+otel-tui/test_data.json",
)
AGENTCORE = (
    "agentcore/aws+bedrock-agentcore-starter-toolkit/tests__operations__observability__fixtures__raw_otel_"
)
CLOUDWATCH = tuple(
    f"{AGENTCORE}{name}.json"
    for name in (
        "strands_bedrock_spans",
        "strands_openai_spans",
        "langchain_runtime_logs",
        "langchain_tool_runtime_logs",
    )
)
EVALS = "otel_live_spans/strands-agents+evals/tests__strands_evals__mappers__fixtures__"
TURN = (
    "phoenix/Arize-ai+phoenix/tests__unit__pxi__evals__online_evals__fixtures__pxi_turn_subagent_trace.json"
)
KNOWN: tuple[tuple[Format, str], ...] = (
    *((otlp.FORMAT, name) for name in OTLP_FILES + CLOUDWATCH),
    (otel_console.FORMAT, f"{EVALS}adk_live_spans.json"),
    (otel_console.FORMAT, f"{EVALS}claude_adot_spans.json"),
    (phoenix.FORMAT, TURN),
)


def elements(value: Any, name: str) -> Iterator[Any]:
    """Every element of every list of that name, anywhere in a value."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if isinstance(item.get(name), list):
                yield from item[name]
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


@pytest.mark.parametrize("name", OTLP_FILES)
def test_otlp_counts_agree_with_a_plain_count(real_traces: Path, name: str) -> None:
    values = list(documents(real_traces / name))
    found = [e for e in entries(otlp.FORMAT, *values) if not isinstance(e, ImportIssue)]
    spans = [span for value in values for span in elements(value, "spans")]
    logs = [log for value in values for log in elements(value, "logRecords")]
    metrics = [metric for value in values for metric in elements(value, "metrics")]
    joined = [log for log in logs if log.get("traceId", "").strip("0")]
    assert sum(isinstance(e, Span) for e in found) == len(spans)
    assert sum(isinstance(e, LogRecord) for e in found) == len(joined)
    assert sum(isinstance(e, Skipped) for e in found) == len(metrics) + len(logs) - len(joined)
    assert {e.span_id for e in found if isinstance(e, Span)} == {span["spanId"].lower() for span in spans}


@pytest.mark.parametrize("name", CLOUDWATCH)
def test_cloudwatch_counts(real_traces: Path, name: str) -> None:
    values = [value["raw_otel_json"] for value in documents(real_traces / name)]
    found = entries(otlp.FORMAT, *documents(real_traces / name))
    assert len(found) == len(values)
    assert sum(isinstance(e, Span) for e in found) == sum("startTimeUnixNano" in value for value in values)
    assert sum(isinstance(e, LogRecord) for e in found) == sum(
        "observedTimeUnixNano" in value for value in values
    )
    joined = {(value["traceId"], value["spanId"]) for value in values if "spanId" in value}
    with loaded(real_traces / name, "otlp") as db:
        assert sum(source.records for source in db.sources()) == len(values)
        assert one(
            db, "SELECT count(*) FROM spans WHERE NOT is_synthetic AND span_id <> '(log records)'"
        ) == len(joined)
        assert one(db, "SELECT count(DISTINCT trace_id) FROM runs") == len({trace for trace, _ in joined})


@pytest.mark.parametrize(("form", "name"), KNOWN[-3:])
def test_counts_of_flat_files(real_traces: Path, form: Format, name: str) -> None:
    values = list(documents(real_traces / name))
    expected = list(elements(values, "spans")) or values
    assert len(spans_of(form, *values)) == len(expected)


@pytest.mark.parametrize(("form", "name"), KNOWN)
def test_each_file_is_recognised_by_its_format_alone(real_traces: Path, form: Format, name: str) -> None:
    head = Head(list(documents(real_traces / name))[:20])
    best = {
        f.name: match for f in (otlp.FORMAT, otel_console.FORMAT, phoenix.FORMAT) if (match := f.sniff(head))
    }
    assert best.keys() == {form.name}


def test_a_coding_session_has_messages_permissions_and_the_failed_tool(real_traces: Path) -> None:
    spans = spans_of(otlp.FORMAT, *documents(real_traces / OTLP_FILES[0]))
    calls = [span for span in spans if span.kind is SpanKind.LLM]
    # A few calls recorded no content: the producer leaves both attributes out.
    assert all(span.input_messages for span in calls if "gen_ai.input.messages" in (span.attributes or {}))
    assert all(span.usage and span.model for span in calls)
    assert sum(span.kind is SpanKind.APPROVAL for span in spans) == 99
    (failed,) = (span for span in spans if span.status == "error")
    assert (failed.tool_name, failed.error_type) == ("task", "failure")


def other_parts(messages: Any) -> list[Message]:
    return [message for message in messages if any(part.type is PartType.OTHER for part in message.parts)]


@pytest.mark.parametrize(("form", "name"), KNOWN)
def test_no_message_part_is_left_unread(real_traces: Path, form: Format, name: str) -> None:
    for entry in entries(form, *documents(real_traces / name)):
        if isinstance(entry, (Span, LogRecord)):
            assert other_parts([*entry.input_messages, *entry.output_messages]) == []


def test_agentcore_input_tokens_before_roll_up(real_traces: Path) -> None:
    spans = spans_of(otlp.FORMAT, *documents(real_traces / CLOUDWATCH[0]))
    assert sum(span.usage.input_tokens or 0 for span in spans if span.usage) == 190_704
