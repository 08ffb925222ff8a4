"""Braintrust rows: whole ones, merging ones, and those without ids of spans."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of, spans_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.braintrust import FORMAT
from tracetui.formats.contract import Head
from tracetui.model import ImportIssue, Score, Skipped, Span, SpanKind, Status

ROW: dict[str, Any] = {
    "id": "r1",
    "span_id": "s1",
    "root_span_id": "t1",
    "span_parents": ["s0"],
    "span_attributes": {"name": "Chat Completion", "type": "llm", "exec_counter": 3},
    "created": "2026-04-07T14:05:00Z",
    "input": [{"role": "user", "content": "hi"}],
    "output": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yo"}}],
    "expected": "yo",
    "metadata": {
        "model": "gpt-4o",
        "provider": "openai",
        "session_id": "s",
        "user_id": "u",
        "temperature": 0.5,
    },
    "metrics": {
        "start": 1_775_570_700.25,
        "end": 1_775_570_701.75,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "tokens": 15,
        "prompt_cached_tokens": 4,
        "completion_reasoning_tokens": 2,
        "time_to_first_token": 0.5,
    },
    "scores": {"exact": 1, "unknown": None},
    "tags": ["a"],
    "error": None,
}
BEGIN = {
    **{key: ROW[key] for key in ("id", "span_id", "root_span_id", "span_parents", "span_attributes")},
    "metrics": {"start": 1_775_570_700.25},
    "metadata": {"a": 1},
    "_is_merge": False,
}
MIDDLE = {
    "id": "r1",
    "span_id": "s1",
    "root_span_id": "t1",
    "error": "ValueError: bad\n\nTraceback",
    "_is_merge": True,
}
END = {
    "id": "r1",
    "span_id": "s1",
    "root_span_id": "t1",
    "_is_merge": True,
    "metrics": {"end": 1_775_570_701.75},
    "metadata": {"b": 2},
}
FEEDBACK = {"id": "r1", "scores": {"nice": 0.5}, "_is_merge": True, "_audit_source": "external"}


def test_a_whole_row() -> None:
    span = span_of(FORMAT, ROW)
    assert (span.trace_id, span.span_id, span.parent_id, span.name) == ("t1", "s1", "s0", "Chat Completion")
    assert (span.kind, span.status, span.model, span.provider) == (
        SpanKind.LLM,
        Status.OK,
        "gpt-4o",
        "openai",
    )
    assert (span.start_ns, span.end_ns) == (1_775_570_700_250_000_000, 1_775_570_701_750_000_000)
    assert (span.session_id, span.user_id, span.ttft_ns, span.tags) == ("s", "u", 500_000_000, ("a",))
    usage = span.usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (10, 5, 15)
    assert (usage.cache_read_tokens, usage.reasoning_tokens) == (4, 2)
    assert [(message.role, message.parts[0].content) for message in span.output_messages] == [
        ("assistant", "yo")
    ]
    assert (span.finish_reasons, span.parameters) == (("stop",), {"temperature": 0.5})
    assert span.scores == [Score("t1", "s1", "exact", value=1.0)]
    assert span.attributes is not None
    assert span.attributes["expected"] == "yo"


def test_rows_that_merge_say_only_what_is_new() -> None:
    begin, middle, end, feedback = spans_of(FORMAT, BEGIN, MIDDLE, END, FEEDBACK)
    assert {span.span_id for span in (begin, middle, end, feedback)} == {"s1"}
    assert (begin.status, begin.end_ns) == (Status.UNFINISHED, None)
    assert (middle.status, middle.error_type, middle.error_message) == (
        Status.ERROR,
        "ValueError",
        "ValueError: bad",
    )
    assert (middle.name, middle.kind, middle.start_ns) == (None, None, None)
    # an end without a word of the error does not take it back
    assert (end.status, end.metadata) == (None, {"a": 1, "b": 2})
    assert [(score.name, score.value, score.author) for score in feedback.scores] == [
        ("nice", 0.5, "external")
    ]


def test_a_merging_row_without_its_span_is_skipped() -> None:
    (entry,) = entries_of(FORMAT, FEEDBACK)
    assert isinstance(entry, Skipped)
    assert entry.code == "missing_id"


def test_rows_without_ids_of_spans_stand_alone_and_this_is_told() -> None:
    bare = {key: value for key, value in ROW.items() if "span_" not in key or key == "span_attributes"}
    first, second, said = entries_of(FORMAT, bare, {**bare, "id": "r2"})
    assert isinstance(first, Span)
    assert isinstance(second, Span)
    assert (first.trace_id, second.trace_id, first.parent_id) == ("r1", "r2", None)
    assert isinstance(said, ImportIssue)
    assert (said.code, "2 rows carry no span ids" in said.message) == ("vendor_truncated", True)


def test_rows_of_the_ui_without_attributes_of_spans_are_known() -> None:
    row = {"id": "1", "input": "q", "project_id": "p", "log_id": "g", "metrics": {}, "created": "2026-01-01"}
    assert FORMAT.sniff(Head([[row]])) is not None
    (_, said) = entries_of(FORMAT, [row])
    assert isinstance(said, ImportIssue)


def test_a_row_that_tells_no_times_is_not_said_to_run() -> None:
    known = [span_of(FORMAT, {**ROW, "metrics": metrics}).status for metrics in ({"start": 1.5}, {}, None)]
    assert known == [Status.UNFINISHED, Status.UNSET, Status.UNSET]


def test_cells_of_csv() -> None:
    cells = {key: value if isinstance(value, str) else json.dumps(value) for key, value in ROW.items()}
    span = span_of(FORMAT, {**cells, "error": ""})
    assert (span.parent_id, span.kind, span.status, span.model) == ("s0", SpanKind.LLM, Status.OK, "gpt-4o")
    assert [message.role for message in span.input_messages] == ["user"]


@pytest.mark.parametrize("value", [ROW, BEGIN, {"events": [ROW]}, {"data": [ROW], "cursor": None}, [ROW]])
def test_recognised(value: Any) -> None:
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "braintrust"


def test_fields_of_a_wrong_type() -> None:
    for value in (ROW, MIDDLE, {"events": [FEEDBACK]}):
        for changed in replaced_values(value):
            FORMAT.sniff(Head([changed]))
            assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]


def test_real_files(real_traces: Path) -> None:
    files = sorted((real_traces / "braintrust").rglob("*.json"))
    assert len(files) == 14
    for file in files:
        rows = json.loads(file.read_text(encoding="utf-8"))
        found = recognise(Head(rows[:20]), known_formats())
        assert found is not None
        assert found[0].name == "braintrust", file
        spans = [entry for entry in entries_of(FORMAT, *rows) if isinstance(entry, Span)]
        assert len(spans) == len(rows)
        expected = {row.get("span_id", f"row {at}") for at, row in enumerate(rows)}
        assert len({(span.trace_id, span.span_id) for span in spans}) == len(expected)


def test_rows_of_something_else_in_the_same_file_are_skipped_with_the_reason() -> None:
    own = {"id": "1", "span_id": "s", "root_span_id": "s", "span_attributes": {"name": "x"}}
    alone = {"id": "2", "input": "a", "output": "b", "scores": {}}
    others = [
        {},
        {"type": "user", "uuid": "u", "message": {}},
        {"resourceSpans": []},
        {"role": "user", "content": "x"},
    ]
    found = entries_of(FORMAT, own, alone, *others)
    assert [type(entry) for entry in found[:2]] == [Span, Span]
    assert [entry.code for entry in found if isinstance(entry, Skipped)] == ["unknown_shape"] * len(others)


def test_ids_that_were_taken_out_of_two_files_are_not_the_same() -> None:
    row = {**ROW, "span_id": "<span:2>", "root_span_id": "<span:1>"}
    first, second = (
        entry
        for name in ("a.json", "b.json")
        for entry in entries_of(FORMAT, row, source=name)
        if isinstance(entry, Span)
    )
    assert first.trace_id != second.trace_id
