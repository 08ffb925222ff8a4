"""AgentOps, Logfire and Opik: their shapes, what they leave out, and values of any type."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SAMPLES
from tests.formats.json_values import json_values
from tests.formats.reading import entries_of, span_of
from tracetui.formats import agentops, known_formats, logfire, opik, recognise
from tracetui.formats.contract import Format, Head
from tracetui.model import Entry, ImportIssue, LogRecord, Merged, Skipped, Span, SpanKind, Status, TraceFacts

AGENTOPS: Any = json.loads((SAMPLES / "agentops" / "ferry_trace.json").read_text(encoding="utf-8"))
OPIK: Any = json.loads((SAMPLES / "opik" / "ferry_trace.json").read_text(encoding="utf-8"))
ROWS: Any = [
    json.loads(line)
    for line in (SAMPLES / "logfire" / "ferry_rows.jsonl").read_text(encoding="utf-8").splitlines()
]
ALL: dict[str, tuple[Format, Any]] = {
    "agentops": (agentops.FORMAT, AGENTOPS),
    "logfire": (logfire.FORMAT, ROWS),
    "opik": (opik.FORMAT, OPIK),
}


def of(kind: Any, entries: list[Entry]) -> list[Any]:
    return [entry for entry in entries if isinstance(entry, kind)]


def by_kind(spans: list[Span], kind: SpanKind) -> list[Span]:
    return [span for span in spans if span.kind is kind]


@pytest.mark.parametrize("name", ALL)
def test_the_same_story(name: str) -> None:
    known, value = ALL[name]
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == name
    spans = of(Span, entries_of(known, value))
    first, second = by_kind(spans, SpanKind.LLM)
    (tool,) = by_kind(spans, SpanKind.TOOL)
    assert first.usage is not None
    assert (first.usage.input_tokens, first.usage.output_tokens) == (41, 17)
    assert [part.tool_name for message in first.output_messages for part in message.parts if part.tool_call_id] == ["ferry_status"]  # fmt: skip
    assert [message.role for message in second.input_messages][-1] == "tool"
    assert (tool.tool_name, tool.input, tool.status) == ("ferry_status", tool.input, Status.ERROR)
    assert json.loads(tool.input or "") == {"line": "Orsa"}
    assert (tool.error_type, "refused" in (tool.error_message or "")) == ("ConnectionError", True)
    assert (tool.end_ns or 0) - (tool.start_ns or 0) == 1_500_000_000
    assert len([span for span in spans if span.parent_id is None]) == 1


# --- Logfire -----------------------------------------------------------------------------------------------------

COLUMNS = list(ROWS[0])
ENVELOPES: dict[str, list[Any]] = {
    "list": [ROWS],
    "rows alone": [{"rows": ROWS}],
    "rows": [{"columns": [{"name": name} for name in COLUMNS], "rows": ROWS}],
    "columns": [{"columns": [{"name": name, "values": [row[name] for row in ROWS]} for name in COLUMNS]}],
    "stream": [
        {"type": "schema", "columns": [{"name": name} for name in COLUMNS]},
        {"type": "data", "rows": ROWS[:2]},
        {"type": "data", "rows": [list(row.values()) for row in ROWS[2:]]},
        {"type": "end"},
    ],
    "csv": [{key: json.dumps(v) if isinstance(v, (dict, list)) else None if v is None else str(v) for key, v in row.items()} for row in ROWS],
}  # fmt: skip


@pytest.mark.parametrize("shape", ENVELOPES)
def test_rows_in_every_envelope(shape: str) -> None:
    known = of(Span, entries_of(logfire.FORMAT, *ROWS))
    values = ENVELOPES[shape]
    match = logfire.FORMAT.sniff(Head(values, COLUMNS if shape == "csv" else ()))
    assert match is not None
    assert match.confidence >= 90
    found = of(Span, entries_of(logfire.FORMAT, *values))
    for column in [
        "span_id",
        "parent_id",
        "name",
        "kind",
        "status",
        "start_ns",
        "end_ns",
        "usage",
        "input_messages",
        "error_type",
        "tool_name",
    ]:
        assert [getattr(span, column) for span in found] == [getattr(span, column) for span in known], column


def test_pending_spans_events_and_logs() -> None:
    pending = {**ROWS[1], "kind": "pending_span", "span_id": "ff00000000000001", "parent_span_id": ROWS[1]["span_id"]}  # fmt: skip
    event = {**ROWS[1], "kind": "span_event", "span_id": "ff00000000000002", "span_name": "tick"}
    merged, record = entries_of(logfire.FORMAT, pending, event)
    assert isinstance(merged, Merged)
    assert merged.span_id == ROWS[1]["span_id"]
    assert isinstance(record, LogRecord)
    assert (record.span_id, record.event.name) == (ROWS[1]["parent_span_id"], "tick")
    log = span_of(logfire.FORMAT, ROWS[3] | {"level": 17})
    assert (log.name, log.status) == ("timetable Orsa unreachable", Status.ERROR)


def test_what_a_query_leaves_out() -> None:
    many = [{**ROWS[0], "span_id": f"{n + 1:016x}"} for n in range(10_000)]
    assert [issue.code for issue in of(ImportIssue, entries_of(logfire.FORMAT, *many))] == [
        "vendor_truncated"
    ]
    assert of(ImportIssue, entries_of(logfire.FORMAT, *many[1:])) == []
    (skipped,) = entries_of(logfire.FORMAT, {"span_id": None, "trace_id": "x"})
    assert isinstance(skipped, Skipped)


# --- AgentOps ----------------------------------------------------------------------------------------------------


def test_agentops_trace_and_plan() -> None:
    cut = {**AGENTOPS, "trace": {**AGENTOPS["trace"], "freeplan_truncated": True}}
    entries = entries_of(agentops.FORMAT, cut)
    assert [issue.code for issue in of(ImportIssue, entries)] == ["vendor_truncated"]
    (facts,) = of(TraceFacts, entries)
    assert (facts.name, facts.tags) == ("ferry_helper.session", ("ferry",))
    costs = [span.usage.cost_usd for span in of(Span, entries) if span.usage]
    assert costs == [Decimal("0.000016350000"), Decimal("0.000020850000")]


def test_agentops_log_records_of_no_trace(real_traces: Path) -> None:
    (path,) = (real_traces / "agentops").rglob("*.json")
    records = json.loads(path.read_text(encoding="utf-8"))
    match = agentops.FORMAT.sniff(Head(records))
    assert match is not None
    assert match.version == "log records"
    codes = [entry.code for entry in entries_of(agentops.FORMAT, *records) if isinstance(entry, Skipped)]
    assert codes == ["log_without_trace"] * len(records)
    (kept,) = entries_of(agentops.FORMAT, {**records[0], "trace_id": "0x" + "1" * 32})
    assert isinstance(kept, LogRecord)


# --- Opik --------------------------------------------------------------------------------------------------------


def test_opik_usage_scores_and_pages() -> None:
    span = {**OPIK["spans"][1], "usage": {
        "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "original_usage.input_tokens": 10,
        "original_usage.cache_read_input_tokens": 90}}  # fmt: skip
    usage = span_of(opik.FORMAT, span).usage
    assert usage is not None
    assert (usage.input_tokens, usage.total_tokens, usage.cache_read_tokens) == (100, None, 90)
    root = of(Span, entries_of(opik.FORMAT, OPIK))[0]
    assert (root.session_id, root.status, root.kind) == ("desk-77", Status.OK, SpanKind.CHAIN)
    assert [(score.name, score.value, score.kind, score.span_id) for score in root.scores] == [("helpful", 0.0, "human", None)]  # fmt: skip
    page = {"page": 1, "size": 1, "total": 1, "content": [OPIK["spans"][1]]}
    assert opik.FORMAT.sniff(Head([page])) is not None
    assert len(of(Span, entries_of(opik.FORMAT, page))) == 1


# --- hostile values ----------------------------------------------------------------------------------------------

KEYS = sorted({*AGENTOPS["trace"], *AGENTOPS["spans"][2], *OPIK["trace"], *OPIK["spans"][0], *ROWS[0],
               "trace", "spans", "rows", "columns", "values", "content", "type", "metrics", "event_names"})  # fmt: skip
ODD: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x",
    [],
    [1],
    {},
    {"a": {"b": [None]}},
    [{"name": 5}],
    "{",
    "[{}]",
]


@pytest.mark.parametrize("name", ALL)
@given(value=json_values(st.sampled_from(KEYS)))
def test_no_value_makes_it_raise(name: str, value: Any) -> None:
    known = ALL[name][0]
    known.sniff(Head([value]))
    assert entries_of(known, value) or value == []


@pytest.mark.parametrize("name", ALL)
def test_odd_fields(name: str) -> None:
    known, whole = ALL[name]
    holders = [whole["trace"], *whole["spans"]] if isinstance(whole, dict) else whole
    for holder in holders:
        for key in KEYS:
            for odd in ODD:
                changed = {**holder, key: odd}
                assert entries_of(known, changed)
                assert entries_of(known, {"trace": changed, "spans": [changed, odd]})
                known.sniff(Head([{"trace": changed, "spans": [changed]}, changed]))
