"""The plain format: what a line means, and that export and import lose nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.formats.json_values import json_values
from tests.formats.reading import entries_of, span_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.plain import FORMAT, score_to_plain, span_to_plain, trace_to_plain
from tracetui.model import (
    LATEST_NS,
    Event,
    Fidelity,
    ImportIssue,
    Link,
    Message,
    Origin,
    Part,
    PartType,
    Score,
    Skipped,
    Span,
    SpanKind,
    StateChange,
    StateOp,
    Status,
    ToolDefinition,
    TraceFacts,
    Usage,
)
from tracetui.reading.lenient import dumps, loads

MINIMAL = {"trace_id": "t", "span_id": "s", "name": "step", "start": "2026-03-10T10:20:00Z"}
START_NS = 1_773_138_000_000_000_000


def test_the_least_line() -> None:
    span = span_of(FORMAT, MINIMAL)
    assert (span.trace_id, span.span_id, span.name, span.start_ns) == ("t", "s", "step", START_NS)
    assert (span.kind, span.status, span.end_ns, span.usage, span.attributes) == (
        None,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "start", ["2026-03-10T11:20:00+01:00", 1_773_138_000, 1_773_138_000_000, START_NS, str(START_NS)]
)
def test_times_may_be_text_or_numbers(start: Any) -> None:
    assert span_of(FORMAT, {**MINIMAL, "start": start}).start_ns == START_NS


def test_words_in_any_case_and_unknown_kinds() -> None:
    span = span_of(FORMAT, {**MINIMAL, "kind": "llm", "status": "Error"})
    assert (span.kind, span.status) == (SpanKind.LLM, Status.ERROR)
    span = span_of(FORMAT, {**MINIMAL, "kind": "daydream"})
    assert (span.kind, span.kind_original) == (SpanKind.UNKNOWN, "daydream")


def test_unknown_keys_become_attributes() -> None:
    span = span_of(FORMAT, {**MINIMAL, "region": "eu", "attributes": {"a": 1}})
    assert span.attributes == {"region": "eu", "a": 1}


def test_nested_columns_may_be_json_text() -> None:
    span = span_of(
        FORMAT,
        {
            **MINIMAL,
            "usage": '{"input_tokens": 3}',
            "tags": '["x"]',
            "input": '{"q": 1}',
            "events": '[{"name": "e"}]',
        },
    )
    assert span.usage == Usage(input_tokens=3)
    assert (span.tags, span.input, span.events) == (("x",), '{"q": 1}', (Event("e"),))


def test_a_score_in_columns_of_text() -> None:
    row = {
        "record": "score",
        "trace_id": "t",
        "span_id": None,
        "name": "ok",
        "value": "0.5",
        "passed": "true",
    }
    (score,) = entries_of(FORMAT, row)
    assert score == Score("t", None, "ok", value=0.5, passed=True, origin=Origin(1, 0, 0))


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ({"start": "noon"}, "start is not a time"),
        ({"usage": 5}, "usage is not an object"),
        ({"tags": ["a", 1]}, "tags is not a list of strings"),
        ({"events": ["e"]}, "events is not a list of objects"),
        (
            {"input_messages": [{"parts": [{"type": "smell"}]}]},
            "input_messages.parts.type 'smell' is no part type",
        ),
        ({"status": "fine"}, "status 'fine' is none of ok, error, interrupted, unfinished, unset"),
        ({"scores": [{"name": "x", "passed": "yes"}]}, "scores.passed is not true or false"),
    ],
)
def test_a_field_of_a_wrong_type_is_an_import_issue_and_the_line_still_loads(
    field: dict[str, Any], problem: str
) -> None:
    issue, span = entries_of(FORMAT, {**MINIMAL, **field})
    assert isinstance(issue, ImportIssue)
    assert (issue.code, issue.message, issue.span_id, issue.line) == ("bad_field", problem, "s", 1)
    assert isinstance(span, Span)


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ({"trace_id": "t", "name": "x"}, "missing_id", "a span line without span_id"),
        ({"trace_id": "", "span_id": "s"}, "missing_id", "a span line without trace_id"),
        ({"name": "x"}, "missing_id", "a span line without trace_id and span_id"),
        ({"record": "trace"}, "missing_id", "a trace line without trace_id"),
        ({**MINIMAL, "record": "poem"}, "unknown_shape", "record 'poem' is none of span, trace, score"),
        ("text", "unknown_shape", None),
    ],
)
def test_what_is_no_line_is_skipped_with_a_reason(value: Any, code: str, reason: str | None) -> None:
    (skipped,) = entries_of(FORMAT, value)
    assert isinstance(skipped, Skipped)
    assert (skipped.code, skipped.reason) == (code, reason or skipped.reason)


def test_a_newer_version_is_said_once() -> None:
    entries = entries_of(FORMAT, {**MINIMAL, "tracetui": 2}, {**MINIMAL, "tracetui": 2})
    assert [entry.code for entry in entries if isinstance(entry, ImportIssue)] == ["newer_version"]
    assert sum(isinstance(entry, Span) for entry in entries) == 2


@pytest.mark.parametrize(
    ("head", "confidence"),
    [
        (Head([{"tracetui": 1, "trace_id": "t", "span_id": "s"}]), 99),
        (Head([[{"tracetui": 1, "trace_id": "t"}]]), 99),
        (Head([], ("tracetui", "trace_id", "span_id")), 99),
        (Head([MINIMAL]), 55),
        (Head([], tuple(MINIMAL)), 55),
    ],
)
def test_recognised(head: Head, confidence: int) -> None:
    match = FORMAT.sniff(head)
    assert match is not None
    assert match.confidence == confidence


@pytest.mark.parametrize(
    "value", [{"trace_id": "t", "span_id": "s", "name": "n", "start_time": 1}, {"tracetui": 1}, 5, []]
)
def test_not_recognised(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is None


# --- the specification -----------------------------------------------------------------------------------------


def _example() -> list[Any]:
    page = (Path(ROOT) / "docs" / "formats" / "plain.md").read_text("utf-8")
    (block,) = re.findall(r"<!-- example: plain -->\s*```jsonl\n(.*?)```", page, re.DOTALL)
    return [loads(line)[0] for line in block.splitlines() if line.strip()]


def test_the_example_of_the_specification_loads_without_an_issue() -> None:
    values = _example()
    entries = entries_of(FORMAT, *values)
    assert FORMAT.sniff(Head(values)) is not None
    assert [type(entry).__name__ for entry in entries] == ["TraceFacts", "Span", "Span", "Span", "Score"]
    agent, call, tool = (entry for entry in entries if isinstance(entry, Span))
    assert (agent.kind, call.kind, tool.kind) == (SpanKind.AGENT, SpanKind.LLM, SpanKind.TOOL)
    assert (call.parent_id, tool.parent_id) == (agent.span_id, agent.span_id)
    assert call.usage is not None
    assert call.usage.cost_usd == Decimal("0.00042")
    assert (tool.status, tool.error_type) == (Status.ERROR, "TimeoutError")
    assert call.output_messages[0].parts[0].tool_call_id == tool.tool_call_id


def test_the_specification_names_every_field_of_a_line() -> None:
    page = (Path(ROOT) / "docs" / "formats" / "plain.md").read_text("utf-8")
    from tracetui.formats.plain_read import KNOWN

    assert [key for key in sorted(KNOWN) if f"`{key}`" not in page] == []


# --- nothing is lost -------------------------------------------------------------------------------------------

texts = st.text(max_size=8)
ids = st.text(min_size=1, max_size=8)
times_ns = st.none() | st.integers(1, LATEST_NS)
counts = st.none() | st.integers(0, 2**63 - 1)
objects = st.dictionaries(texts, json_values(keys=texts, max_leaves=5), max_size=3)
costs = st.none() | st.decimals(0, 900_000, allow_nan=False, allow_infinity=False, places=12)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    total_tokens=counts,
    cache_read_tokens=counts,
    cache_write_tokens=counts,
    reasoning_tokens=counts,
    cost_usd=costs,
    raw=optional(texts),
)
parts = st.builds(
    Part,
    st.sampled_from(PartType),
    content=optional(texts),
    tool_call_id=optional(texts),
    tool_name=optional(texts),
    mime_type=optional(texts),
    size_bytes=counts,
    is_error=optional(st.booleans()),
)
messages = st.builds(
    Message, ids, st.lists(parts, max_size=3).map(tuple), name=optional(texts), finish_reason=optional(texts)
)
events = st.builds(Event, texts, times_ns, objects)
links = st.builds(Link, texts, optional(texts), objects)
scores = st.builds(
    Score,
    ids,
    optional(texts),
    texts,
    value=optional(st.floats(allow_nan=False, allow_infinity=False)),
    label=optional(texts),
    passed=optional(st.booleans()),
    kind=optional(texts),
    author=optional(texts),
    comment=optional(texts),
    at_ns=times_ns,
)
json_texts = optional(texts.map(dumps))


def changes_of(ops: list[StateOp], values: st.SearchStrategy[str | None]) -> st.SearchStrategy[StateChange]:
    return st.builds(
        StateChange,
        st.sampled_from(ops),
        texts,
        values,
        json_texts,
        store=ids,
        scope=optional(texts),
        actor=optional(texts),
        fidelity=st.sampled_from(Fidelity),
        evidence=optional(texts),
        at_ns=times_ns,
        order=st.integers(0, 10**9),
    )


WHOLE = [StateOp.SNAPSHOT, StateOp.CHECK, StateOp.OBSERVE]
state_changes = st.one_of(
    changes_of([op for op in StateOp if op not in WHOLE], json_texts),
    changes_of(WHOLE, st.dictionaries(texts, texts, max_size=2).map(dumps)),
)
ORIGIN = Origin(1, 0, 0)


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


SPAN_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "trace_id": ids,
    "span_id": ids,
    "origin": st.just(ORIGIN),
    "is_derived": st.just(False),
    "kind": optional(st.sampled_from(SpanKind)),
    "status": optional(st.sampled_from(Status)),
    "start_ns": times_ns,
    "end_ns": times_ns,
    "ttft_ns": counts,
    "took_ns": counts,
    "web_searches": counts,
    "usage": optional(usages),
    **dict.fromkeys(("attributes", "resource", "scope", "metadata", "parameters"), optional(objects)),
    **dict.fromkeys(("tags", "finish_reasons"), several(texts)),
    **dict.fromkeys(("input_messages", "output_messages"), several(messages)),
    "tools_offered": several(st.builds(ToolDefinition, texts, optional(texts), optional(texts))),
    "events": several(events),
    "links": several(links),
    "scores": several(scores),
    "state_changes": several(state_changes),
}
TEXT_FIELDS = [name for name in Span.__dataclass_fields__ if name not in SPAN_FIELDS]
spans = st.builds(Span, **SPAN_FIELDS, **dict.fromkeys(TEXT_FIELDS, optional(texts)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(spans)
def test_a_span_written_and_read_is_the_same(span: Span) -> None:
    line = loads(dumps(span_to_plain(span)))[0]
    assert span_of(FORMAT, line) == span


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(spans)
def test_a_span_written_as_columns_of_json_text_is_the_same(span: Span) -> None:
    line = span_to_plain(span)
    row = {key: dumps(value) if isinstance(value, dict | list) else value for key, value in line.items()}
    assert span_of(FORMAT, {**row, "label": None, "session_id": row.get("session_id")}) == span


@given(scores)
def test_a_score_written_and_read_is_the_same(score: Score) -> None:
    (read,) = entries_of(FORMAT, loads(dumps(score_to_plain(score)))[0])
    assert read == replace(score, origin=ORIGIN)


@given(
    st.builds(
        TraceFacts,
        ids,
        st.just(ORIGIN),
        optional(texts),
        optional(texts),
        optional(texts),
        optional(objects),
        several(texts),
    )
)
def test_facts_of_a_trace_written_and_read_are_the_same(facts: TraceFacts) -> None:
    (read,) = entries_of(FORMAT, loads(dumps(trace_to_plain(facts)))[0])
    assert read == facts


KEYS = st.sampled_from(
    (
        *MINIMAL,
        "tracetui",
        "record",
        "usage",
        "events",
        "scores",
        "input_messages",
        "parts",
        "type",
        "links",
        "tools",
        "at",
    )
)


@settings(max_examples=200)
@given(json_values(keys=KEYS), st.dictionaries(KEYS, json_values(keys=KEYS, max_leaves=5)))
def test_any_json_is_sniffed_and_read_without_an_exception(value: Any, fields: dict[str, Any]) -> None:
    FORMAT.sniff(Head([value], tuple(value) if isinstance(value, dict) else ()))
    assert entries_of(FORMAT, value)
    assert entries_of(FORMAT, {**MINIMAL, **fields})


def test_the_length_of_a_span_gives_its_missing_time_and_breaks_no_sum(tmp_path: Path) -> None:
    least = {"tracetui": 1, "trace_id": "t", "kind": "LLM", "model": "m"}
    lines = [
        {**least, "span_id": "a", "start": 1_773_138_000_000, "took_ns": 5},
        {**least, "span_id": "b", "end": 1_773_138_000_000, "took_ns": 5},
        *({**least, "span_id": str(n), "took_ns": 2**63 - 1} for n in range(3)),
    ]
    path = tmp_path / "spans.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    with load(path) as db:
        times = "SELECT duration_ns, end_ns - start_ns, status FROM spans WHERE span_id IN ('a', 'b')"
        assert db.read(times).rows(0, 2) == [(5, 5, "unset")] * 2
        assert db.costs(("model",)).total.calls == 5
