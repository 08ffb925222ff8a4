"""Langfuse: downloads, tables, blob storage and API pages; buckets, units, what Langfuse leaves out."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tests.formats.reading import entries_of, span_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.langfuse import FORMAT
from tracetui.model import (
    Entry,
    ImportIssue,
    PartType,
    Score,
    Skipped,
    Span,
    SpanKind,
    Status,
    TraceFacts,
)

TRACE = "5f1c9a0e7d3b4826a1e4c0d9b7f26351"
START = 1_772_615_520_000_000_000
CALL: dict[str, Any] = {
    "id": "a000000000000002",
    "traceId": TRACE,
    "parentObservationId": "a000000000000001",
    "type": "GENERATION",
    "name": "plan",
    "startTime": "2026-03-04T09:12:00.000Z",
    "endTime": "2026-03-04T09:12:02.000Z",
    "completionStartTime": "2026-03-04T09:12:00.500Z",
    "latency": 2.0,
    "level": "DEFAULT",
    "model": "m",
    "modelParameters": {"temperature": 0},
    "input": '[{"role": "user", "content": "hi"}]',
    "output": '{"role": "assistant", "content": "ho"}',
    "usageDetails": {"input": 179, "output": 35, "output_reasoning": 64, "total": 278},
    "costDetails": {"input": 0.1, "output": 0.2, "total": 0.3},
}
TOP = {**CALL, "id": "a000000000000001", "parentObservationId": None, "type": "SPAN", "name": "top",
       "usageDetails": {}, "costDetails": {}, "totalCost": 0, "totalUsage": 0, "model": None}  # fmt: skip
INFO: dict[str, Any] = {"id": TRACE, "name": "run", "timestamp": "2026-03-04T09:12:00Z", "userId": "u", "sessionId": "s",
        "tags": ["t"], "metadata": '{"a": 1}', "input": '"hi"', "output": None}  # fmt: skip
SCORE: dict[str, Any] = {"id": "s1", "traceId": TRACE, "observationId": None, "name": "ok", "value": 1, "dataType": "BOOLEAN",
         "source": "ANNOTATION", "comment": "fine", "timestamp": "2026-03-04T09:13:00Z"}  # fmt: skip


def snake(row: dict[str, Any]) -> dict[str, Any]:
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): value for key, value in row.items()}


def of(kind: Any, entries: list[Entry]) -> list[Any]:
    return [entry for entry in entries if isinstance(entry, kind)]


def test_an_observation() -> None:
    span = span_of(FORMAT, CALL)
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE, "a000000000000002", "a000000000000001")
    assert (span.start_ns, span.end_ns, span.ttft_ns) == (START, START + 2 * 10**9, 5 * 10**8)
    assert (span.kind, span.kind_original, span.model) == (SpanKind.LLM, "GENERATION", "m")
    assert span.status is Status.UNSET
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens, span.usage.total_tokens) == (179, 99, 278)
    assert (span.usage.reasoning_tokens, span.usage.cost_usd) == (64, Decimal("0.3"))
    assert [message.parts[0].content for message in (*span.input_messages, *span.output_messages)] == [
        "hi",
        "ho",
    ]
    assert (span.input, span.parameters) == (CALL["input"], {"temperature": 0})


@pytest.mark.parametrize(
    "row",
    [
        snake(CALL),
        {**snake(CALL), "input_price": None, "usage_details": json.dumps(CALL["usageDetails"])},
        {**snake(CALL), "usage_details": "{'input':179,'output':35,'output_reasoning':64,'total':278}"},
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in CALL.items()},
        {**snake(CALL), "start_time": "2026-03-04 09:12:00.000000", "status_message": "", "user_id": ""},
    ],
    ids=["blob lines", "blob csv", "clickhouse csv", "table csv", "naive times and empty text"],
)  # fmt: skip
def test_the_same_observation_from_other_doors(row: dict[str, Any]) -> None:
    known, found = span_of(FORMAT, CALL), span_of(FORMAT, row)
    columns = "trace_id span_id parent_id name kind status start_ns end_ns model ttft_ns input output input_messages output_messages parameters user_id"
    for column in columns.split():
        assert getattr(found, column) == getattr(known, column), column
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (179, 99)


@pytest.mark.parametrize(
    ("details", "tokens"),
    [
        ({"input": 86, "input_cached_tokens": 17817, "output": 9, "total": 17912}, (17903, 9, 17912, 17817, None)),
        ({"input": 13, "prompt_details.cache_read": 3, "output": 81, "total": 94}, (13, 81, 94, 3, None)),
        ({"input": 13, "prompt_details.cache_read": 3, "output": 81}, (13, 81, None, 3, None)),
        ({"input": 4299, "cache_creation_input_tokens": 17787, "cache_read_input_tokens": 35574, "output": 631},
         (57660, 631, None, 35574, 17787)),
        ({"input": 5, "output": 845, "total": 2023}, (5, 845, 2023, None, None)),
        ({"input": 1988, "total": 1988}, (1988, None, 1988, None, None)),
    ],
)  # fmt: skip
def test_usage_buckets(details: dict[str, int], tokens: tuple[int | None, ...]) -> None:
    usage = span_of(FORMAT, CALL | {"usageDetails": details}).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == tokens[:3]
    assert (usage.cache_read_tokens, usage.cache_write_tokens) == tokens[3:]


def test_zeros_for_everything_are_no_usage_and_a_zero_total_is_the_sum() -> None:
    assert span_of(FORMAT, TOP).usage is None
    summed = span_of(FORMAT, CALL | {"costDetails": {"input": 0.25, "cached": 0.5, "total": 0}}).usage
    assert summed is not None
    assert summed.cost_usd == Decimal("0.75")
    old = {key: value for key, value in CALL.items() if key not in ("usageDetails", "costDetails")}
    usage = span_of(FORMAT, old | {"inputUsage": 1200, "outputUsage": 15, "totalUsage": 1215, "calculatedTotalCost": 0.5, "inputCost": 0.1}).usage  # fmt: skip
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (1200, 15, Decimal("0.5"))


def test_latency_in_milliseconds_is_told_by_other_rows() -> None:
    running = {**CALL, "id": "b1", "endTime": None, "completionStartTime": None, "timeToFirstToken": 250}
    first, second = of(Span, entries_of(FORMAT, CALL | {"latency": 2000}, running | {"latency": 1500}))
    assert (second.end_ns - first.start_ns, second.ttft_ns) == (1_500_000_000, 250_000_000)
    seconds = of(Span, entries_of(FORMAT, CALL, running | {"latency": 1.5, "timeToFirstToken": 0.25}))[1]
    assert (seconds.end_ns, seconds.ttft_ns) == (START + 1_500_000_000, 250_000_000)


def test_levels() -> None:
    failed = span_of(FORMAT, CALL | {"level": "ERROR", "statusMessage": "TimeoutError: too slow"})
    assert (failed.status, failed.error_type) == (Status.ERROR, "TimeoutError")
    warned = span_of(FORMAT, CALL | {"level": "WARNING", "statusMessage": "slow"})
    assert warned.status is Status.UNSET
    assert warned.attributes == {"level": "WARNING", "status_message": "slow"}
    assert span_of(FORMAT, CALL | {"endTime": None, "latency": None}).status is Status.UNFINISHED
    event = span_of(FORMAT, CALL | {"endTime": None, "type": "EVENT"})
    assert (event.status, event.end_ns) == (Status.UNSET, START)


def test_opentelemetry_attributes_of_a_plain_span() -> None:
    attributes = {"openinference.span.kind": "AGENT", "gen_ai.agent.name": "ada"}
    span = span_of(FORMAT, TOP | {"metadata": json.dumps({"attributes": attributes, "own": 1})})
    assert (span.kind, span.agent, span.metadata) == (SpanKind.AGENT, "ada", {"own": 1})


def test_tool_calls_beside_the_output() -> None:
    call = json.dumps({"id": "c1", "arguments": '{"a": 1}', "index": 0})
    row = CALL | {"output": None, "toolCalls": [call], "toolCallNames": ["look"]}
    definitions = {"look": json.dumps({"description": "d", "parameters": {"type": "object"}})}
    span = span_of(FORMAT, row | {"toolDefinitions": definitions})
    (part,) = span.output_messages[0].parts
    assert (part.type, part.content, part.tool_call_id, part.tool_name) == (PartType.TOOL_CALL, '{"a": 1}', "c1", "look")  # fmt: skip
    assert [(tool.name, tool.description, tool.schema) for tool in span.tools_offered] == [("look", "d", '{"type":"object"}')]  # fmt: skip


DOWNLOADS: list[Any] = [
    {"trace": {**INFO, "scores": [SCORE]}, "observations": [TOP, CALL]},
    {
        "trace": {**INFO, "observations": [TOP, CALL], "scores": [SCORE]},
        "observations": [TOP, CALL],
        "scores": [SCORE],
    },
    {"trace": {**INFO, "observations": [TOP, CALL]}, "scores": [SCORE]},
    {**INFO, "observations": [TOP, CALL], "scores": [SCORE]},
]


@pytest.mark.parametrize("value", DOWNLOADS)
def test_a_download_counts_everything_once(value: Any) -> None:
    match = FORMAT.sniff(Head([value]))
    assert match is not None
    assert match.confidence >= 85
    entries = entries_of(FORMAT, value)
    assert len(entries) == 4
    (facts,), (score,) = of(TraceFacts, entries), of(Score, entries)
    assert (facts.name, facts.user_id, facts.session_id, facts.tags) == ("run", "u", "s", ("t",))
    assert facts.metadata == {"a": 1}
    assert (score.trace_id, score.span_id, score.passed, score.kind) == (TRACE, None, True, "human")
    assert [json.loads(span.origin.raw)["id"] for span in of(Span, entries)] == [TOP["id"], CALL["id"]]


def test_a_root_without_payload_takes_that_of_the_trace() -> None:
    bare = TOP | {"input": None, "output": None}
    root = of(Span, entries_of(FORMAT, {"trace": INFO, "observations": [bare, CALL]}))[0]
    assert (root.input, root.output) == ('"hi"', None)


def test_pages_and_rows() -> None:
    page = {"data": [CALL, TOP], "meta": {"page": 1}}
    assert len(of(Span, entries_of(FORMAT, page))) == 2
    assert FORMAT.sniff(Head([page])) is not None
    of_session = {**SCORE, "traceId": None, "sessionId": "s"}
    (skipped,) = entries_of(FORMAT, of_session)
    assert isinstance(skipped, Skipped)
    assert skipped.code == "score_of_session"
    assert isinstance(
        entries_of(FORMAT, {key: value for key, value in INFO.items() if key != "output"})[0], TraceFacts
    )


def test_a_table_of_traces_is_runs_without_steps() -> None:
    row = {**INFO, "latency": 2.5, "totalCost": 0.5, "errorCount": 1, "tags": '["t"]'}
    span, issue = entries_of(FORMAT, row)
    assert isinstance(span, Span)
    assert (span.name, span.end_ns, span.status, span.tags) == ("run", START + 2_500_000_000, Status.ERROR, ("t",))  # fmt: skip
    assert isinstance(issue, ImportIssue)
    assert issue.code == "vendor_truncated"


def bare(count: int) -> list[dict[str, Any]]:
    return [{**CALL, "id": f"{n + 1:016x}", "parentObservationId": None, "input": None, "output": None} for n in range(count)]  # fmt: skip


@pytest.mark.parametrize(("count", "codes"), [(349, []), (350, ["vendor_truncated"]), (20_000, ["vendor_truncated"] * 2)])  # fmt: skip
def test_what_langfuse_leaves_out_is_told(count: int, codes: list[str]) -> None:
    found = of(ImportIssue, entries_of(FORMAT, {"trace": INFO, "observations": bare(count)}))
    assert [issue.code for issue in found] == codes
    full = entries_of(FORMAT, {"trace": INFO, "observations": [*bare(count - 1), CALL]})
    assert len(of(ImportIssue, full)) == max(len(codes) - 1, 0)


def test_rows_without_the_columns_of_input_and_output() -> None:
    row = {key: value for key, value in CALL.items() if key not in ("input", "output")}
    assert [issue.code for issue in of(ImportIssue, entries_of(FORMAT, row))] == ["vendor_truncated"]
    assert of(ImportIssue, entries_of(FORMAT, row, CALL)) == []


KEYS = sorted({*CALL, *snake(CALL), *INFO, *SCORE, "trace", "observations", "scores", "data", "usage"})


@given(json_values(st.sampled_from(KEYS)))
def test_no_value_makes_it_raise(value: Any) -> None:
    FORMAT.sniff(Head([value]))
    assert of(Span | TraceFacts | Score | Skipped, entries_of(FORMAT, value))


@pytest.mark.parametrize("odd", [None, True, -1, 10**30, 1.5, "", "x", [], [1], {}, {"a": {"b": [None]}}])
@pytest.mark.parametrize("key", sorted({*CALL, *SCORE, *INFO}))
def test_odd_fields(key: str, odd: Any) -> None:
    for value in (CALL, SCORE, INFO, snake(CALL), {"trace": INFO, "observations": [CALL]}):
        found = entries_of(FORMAT, {**value, key: odd})
        found += entries_of(FORMAT, {"trace": {**INFO, key: odd}, "observations": [{**CALL, key: odd}]})
        assert found


def test_real_exports(real_traces: Path) -> None:
    files = sorted((real_traces / "langfuse").rglob("*.json"))
    assert len(files) == 19
    for path in files:
        whole = json.loads(path.read_text(encoding="utf-8"))
        ids = {row["id"] for row in whole["observations"]}
        calls = {row["id"] for row in whole["observations"] if row["type"] == "GENERATION"}
        scores = whole["trace"].get("scores") or []
        with load(path) as db:
            (source,) = db.sources()
            spans: Any = db.read("SELECT span_id, kind FROM spans WHERE NOT is_synthetic").rows(0, 10**4)
        assert (source.format, source.skipped) == ("langfuse", 0)
        assert source.records == source.loaded == len(ids) + len(scores) + 1
        assert {span_id for span_id, _ in spans} == ids
        assert {span_id for span_id, kind in spans if kind == "LLM"} == calls


def test_a_download_without_its_trace_loses_nothing() -> None:
    row = {
        "id": "o1",
        "traceId": "t1",
        "type": "SPAN",
        "name": "root",
        "startTime": "2026-05-01T10:00:00.000Z",
    }
    score = {"id": "s1", "traceId": "t1", "name": "fit", "value": 1, "dataType": "NUMERIC"}
    entries = entries_of(FORMAT, {"observations": [row], "scores": [score]})
    assert [type(entry).__name__ for entry in entries if not isinstance(entry, ImportIssue)] == [
        "Span",
        "Score",
    ]
