"""Whatever JSON comes, the OpenTelemetry formats answer; every record is accounted for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.otel_builders import HERE, batch, entries, otlp_span
from tests.formats.test_otel_console import FLAT, JAVASCRIPT, PYTHON
from tests.formats.test_phoenix import LINE
from tracetui.formats import otel_console, otlp, phoenix
from tracetui.formats.contract import Format, Head
from tracetui.formats.conventions_payload import INPUT_KEYS, OUTPUT_KEYS
from tracetui.model import ImportIssue, Origin, Record
from tracetui.sql import conventions

FORMATS = (otlp.FORMAT, otel_console.FORMAT, phoenix.FORMAT)
NAMES = """
resourceSpans resource_spans scopeSpans spans resourceLogs scopeLogs logRecords resourceMetrics
metrics resource scope attributes key value stringValue intValue arrayValue kvlistValue values trace
batches traceId spanId parentSpanId name kind startTimeUnixNano endTimeUnixNano status code message
events links context trace_id span_id span_kind start_time end_time status_code spanContext duration
timestamp data eventName body timeUnixNano raw_otel_json role parts content tool_calls type
annotations
"""
FIELDS = tuple(NAMES.split())
ATTRIBUTES = (
    *(key for keys in conventions.TEXT_KEYS.values() for key in keys),
    *(key for keys in conventions.INTEGER_KEYS.values() for key in keys),
    *(key for key, _ in conventions.KIND_WORDS),
    *(*INPUT_KEYS, *OUTPUT_KEYS, *conventions.COST_KEYS, *(key for key, _ in conventions.TTFT_KEYS)),
    *(
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
    ),
    *("gen_ai.prompt.0.content", "gen_ai.prompt.x", "gen_ai.prompt", "llm.input_messages.0.message.role"),
    *(
        "llm.input_messages.0",
        "llm.input_messages",
        "llm.tools.0.tool.json_schema",
        "llm.prompts.0.prompt.text",
    ),
    *(
        "ai.prompt.messages",
        "ai.response.toolCalls",
        "gcp.vertex.agent.llm_request",
        "pydantic_ai.all_messages",
    ),
    *("events", "metadata", "tag.tags", "annotations", "retrieval.documents.0.document.content"),
    *("langfuse.observation.usage_details", "gen_ai.evaluation.name", "gen_ai.evaluation.score.value"),
)
EVENTS = ("exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.evaluation.result")

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ("chat", "TOOL", "[]", "{}", '[{"role":1}]', '{"a":', "0x1", "=", str(2**63), "GraphInterrupt")
    )
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=14,
)
attribute_maps = st.dictionaries(st.sampled_from(ATTRIBUTES), json_values, max_size=8)


def read_all(form: Format, value: Any) -> int:
    form.sniff(Head([value]))
    found = list(form.read([Record(value, Origin(None, 0, 0))], "test"))
    return sum(not isinstance(entry, ImportIssue) for entry in found)


@settings(deadline=None)
@given(json_values)
def test_any_json_is_read_or_skipped(value: Any) -> None:
    for form in FORMATS:
        assert read_all(form, value) >= 1


@settings(max_examples=200, deadline=None)
@given(attribute_maps, st.sampled_from(EVENTS))
def test_attributes_of_any_value(attributes: dict[str, Any], event: str) -> None:
    events = [{"name": event, "attributes": attributes}]
    for form, span in ((otlp.FORMAT, otlp_span()), (otel_console.FORMAT, PYTHON), (phoenix.FORMAT, LINE)):
        assert read_all(form, {**span, "attributes": attributes, "events": events}) == 1


@settings(deadline=None)
@given(st.sampled_from((otlp_span(), PYTHON, JAVASCRIPT, FLAT, LINE)), st.sampled_from(FIELDS), json_values)
def test_one_field_of_any_value(span: dict[str, Any], name: str, value: Any) -> None:
    for form in FORMATS:
        assert read_all(form, {**span, name: value}) >= 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("levels", [100, 5_000])
def test_deep_nesting(form: Format, levels: int) -> None:
    deep: Any = "leaf"
    for _ in range(levels):
        deep = {"kvlistValue": {"values": [{"key": "k", "value": deep}]}}
    wide: Any = "leaf"
    for _ in range(levels):
        wide = {"batches": [wide]} if levels % 2 else {"trace": {"data": wide}}
    attributes = [{"key": "llm.input_messages", "value": deep}, {"key": "input.value", "value": deep}]
    for value in (
        deep,
        wide,
        batch(otlp_span() | {"attributes": attributes}),
        LINE | {"attributes": {"x": deep}},
    ):
        assert read_all(form, value) >= 1


def test_a_name_with_very_many_segments() -> None:
    name = "llm.input_messages." + ".".join(["0"] * 5_000)
    assert len(entries(otlp.FORMAT, batch(otlp_span({name: "x"})))) == 1


def test_every_record_is_accounted_for_in_order() -> None:
    values = [batch(otlp_span(), otlp_span(spanId=None)), {"x": 1}, json.loads("[]")]
    found = list(otlp.FORMAT.read((Record(value, HERE) for value in values), "test"))
    assert [type(entry).__name__ for entry in found] == ["Span", "Skipped", "Skipped", "Skipped"]
