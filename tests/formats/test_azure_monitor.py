"""Application Insights: rows under both sets of column names, answers of queries, sampling, cut values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.azure_monitor import FORMAT
from tracetui.formats.contract import Head
from tracetui.model import ImportIssue, LogRecord, Score, Severity, Skipped, Span, SpanKind, Status

TRACE = "04ac704eb278c493146dd09e22f5ead1"
SPAN = "1ce3baf0bfbd5964"
DIMENSIONS = json.dumps({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "12"})
CELLS: dict[str, Any] = {
    "timestamp": "2026-02-17T09:12:04.1234567Z",
    "id": SPAN,
    "name": "chat m",
    "success": "False",
    "resultCode": "429",
    "duration": "1500.5",
    "itemType": "dependency",
    "customDimensions": DIMENSIONS,
    "operation_Id": TRACE,
    "operation_ParentId": TRACE,
    "cloud_RoleName": "desk",
    "session_Id": "",
    "itemCount": "1",
}
WORKSPACE: dict[str, Any] = {
    "TimeGenerated": "2026-02-17T09:12:04.1234567Z",
    "Type": "AppDependencies",
    "Id": SPAN,
    "Name": "chat m",
    "Success": False,
    "ResultCode": "429",
    "DurationMs": 1500.5,
    "Properties": json.loads(DIMENSIONS),
    "OperationId": TRACE,
    "ParentId": TRACE,
    "AppRoleName": "desk",
    "ItemCount": 1,
}
EXCEPTION: dict[str, Any] = {
    "timestamp": "2026-02-17T09:12:05Z",
    "itemType": "exception",
    "type": "TimeoutError",
    "outerMessage": "slow",
    "operation_Id": TRACE,
    "operation_ParentId": SPAN,
    "customDimensions": "{}",
}
EVALUATION: dict[str, Any] = {
    "timestamp": "2026-02-17T09:12:06Z",
    "itemType": "customEvent",
    "name": "gen_ai.evaluation.result",
    "operation_Id": TRACE,
    "operation_ParentId": SPAN,
    "customDimensions": json.dumps({"gen_ai.evaluation.name": "fit", "gen_ai.evaluation.score.value": "4"}),
}
MESSAGE: dict[str, Any] = {
    "timestamp": "2026-02-17T09:12:04Z",
    "itemType": "trace",
    "message": '{"content": "hi"}',
    "operation_Id": TRACE,
    "operation_ParentId": SPAN,
    "customDimensions": '{"event.name": "gen_ai.user.message"}',
}


@pytest.mark.parametrize("row", [CELLS, WORKSPACE])
def test_a_dependency(row: dict[str, Any]) -> None:
    span = span_of(FORMAT, row)
    start = 1_771_319_524_123_456_700
    assert (span.trace_id, span.span_id, span.parent_id, span.name) == (TRACE, SPAN, None, "chat m")
    assert (span.start_ns, span.end_ns) == (start, start + 1_500_500_000)
    assert (span.kind, span.status, span.error_message) == (SpanKind.LLM, Status.ERROR, "result code 429")
    assert span.usage is not None
    assert (span.usage.input_tokens, span.usage.output_tokens) == (12, None)
    assert (span.resource, span.session_id) == ({"service.name": "desk"}, None)


def test_the_portal_writes_times_in_its_own_way() -> None:
    cells = {key: value for key, value in CELLS.items() if key != "timestamp"}
    span = span_of(FORMAT, {**cells, "timestamp [UTC]": "2/17/2026, 9:12:04.123 PM"})
    assert span.start_ns == 1_771_362_724_123_000_000


def test_what_did_not_fail_has_no_status_of_its_own() -> None:
    assert span_of(FORMAT, {**CELLS, "success": "True"}).status is Status.UNSET


@pytest.mark.parametrize("rows", [(CELLS, EXCEPTION), (EXCEPTION, CELLS)])
def test_a_failed_span_takes_the_words_of_its_exception(rows: tuple[dict[str, Any], ...]) -> None:
    found = entries_of(FORMAT, *({**row, "resultCode": "0"} for row in rows))
    (log,) = (entry for entry in found if isinstance(entry, LogRecord))
    assert (log.event.name, log.span_id) == ("exception", SPAN)
    spans = [entry for entry in found if isinstance(entry, Span)]
    assert sum(not span.is_derived for span in spans) == 1
    assert (spans[-1].error_type, spans[-1].error_message) == ("TimeoutError", "slow")


def test_evaluations_and_messages() -> None:
    score, log = entries_of(FORMAT, EVALUATION, MESSAGE)
    assert isinstance(score, Score)
    assert (score.span_id, score.name, score.value) == (SPAN, "fit", 4.0)
    assert isinstance(log, LogRecord)
    assert [(message.role, message.parts[0].content) for message in log.input_messages] == [("user", "hi")]


def test_sampled_and_cut_content_is_told() -> None:
    long = json.dumps({"gen_ai.input.messages": "x" * 8_192})
    found = entries_of(FORMAT, {**CELLS, "customDimensions": long, "itemCount": 5})
    issues = {entry.code: entry for entry in found if isinstance(entry, ImportIssue)}
    assert issues.keys() == {"vendor_truncated", "vendor_sampled"}
    assert (issues["vendor_truncated"].span_id, issues["vendor_truncated"].severity) == (
        SPAN,
        Severity.DATA_LOSS,
    )
    assert "a row stands for 5 items" in issues["vendor_sampled"].message


def answer(row: dict[str, Any]) -> dict[str, Any]:
    columns = [{"name": name, "type": "string"} for name in row]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [list(row.values())]}]}


@pytest.mark.parametrize("value", [CELLS, WORKSPACE, answer(CELLS), {"records": [WORKSPACE]}, [CELLS]])
def test_every_container_is_recognised(value: Any) -> None:
    assert span_of(FORMAT, value).span_id == SPAN
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "azure_monitor"


def test_what_is_no_span_is_skipped() -> None:
    values: tuple[Any, ...] = (
        {"tables": []},
        5,
        {**CELLS, "itemType": "pageView"},
        {**CELLS, "operation_Id": ""},
        {**CELLS, "id": ""},
    )
    codes = [entry.code for entry in entries_of(FORMAT, *values) if isinstance(entry, Skipped)]
    assert codes == ["empty_batch", "not_an_object", "no_span", "missing_id", "missing_id"]


@pytest.mark.parametrize("value", [CELLS, WORKSPACE, answer(CELLS), EXCEPTION, EVALUATION, MESSAGE])
def test_fields_of_a_wrong_type(value: Any) -> None:
    for changed in replaced_values(value):
        FORMAT.sniff(Head([changed]))
        assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]
