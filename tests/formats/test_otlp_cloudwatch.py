"""Spans in what CloudWatch exports: events of a log group by API, console, Logs Insights, Firehose and S3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.log_checks import accounted
from tests.formats.reading import entries_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.otlp import FORMAT
from tracetui.model import Skipped, Span

SPAN = {
    "resource": {"attributes": {"service.name": "desk"}},
    "scope": {"name": "strands.telemetry.tracer"},
    "traceId": "0" * 31 + "e",
    "spanId": "0" * 15 + "e",
    "name": "chat",
    "startTimeUnixNano": 1778000000000000000,
    "endTimeUnixNano": 1778000001000000000,
    "attributes": {"gen_ai.operation.name": "chat"},
    "status": {"code": "OK"},
}
TEXT = json.dumps(SPAN)
EVENT = {"timestamp": 1778000000000, "message": TEXT, "ingestionTime": 1778000000500}


@pytest.mark.parametrize(
    "value",
    [
        {"events": [EVENT], "nextToken": "x"},
        EVENT,
        [{"@timestamp": "2026-05-05 16:53:20.000", "@message": SPAN}],
        {"results": [[{"field": "@timestamp", "value": "2026"}, {"field": "@message", "value": TEXT}]], "status": "Complete"},
        {"messageType": "DATA_MESSAGE", "logGroup": "aws/spans", "logEvents": [{"id": "1", "timestamp": 1, "message": TEXT}]},
    ],
)  # fmt: skip
def test_a_span_is_found_in_every_packing(value: Any) -> None:
    assert FORMAT.sniff(Head([value])) is not None
    (span,) = entries_of(FORMAT, value)
    assert isinstance(span, Span)
    assert (span.span_id, span.end_ns) == (SPAN["spanId"], SPAN["endTimeUnixNano"])


def test_other_messages_are_skipped_each() -> None:
    value = {"events": [{"timestamp": 1, "message": "START"}, EVENT, {"timestamp": 2, "message": '{"a": 1}'}]}
    assert FORMAT.sniff(Head([value])) is not None
    entries = entries_of(FORMAT, value)
    assert [type(entry) for entry in entries] == [Skipped, Span, Skipped]
    assert accounted(entries).total() == 3
    assert FORMAT.sniff(Head([{"events": [{"timestamp": 1, "message": "START"}]}, {"message": TEXT}])) is None


def test_files_of_the_console_and_of_an_export_to_s3(tmp_path: Path) -> None:
    table = tmp_path / "logs-insights-results.csv"
    table.write_text('@timestamp,@message\n2026-05-05 16:53:20.000,"' + TEXT.replace('"', '""') + '"\n')
    stored = tmp_path / "000000"
    other = TEXT.replace(str(SPAN["spanId"]), "0" * 15 + "1")
    stored.write_text(f"2026-05-05T16:53:20.000Z {TEXT}\n2026-05-05T16:53:20.000Z {other}\n")
    for path, spans in ((table, 1), (stored, 2)):
        with load(path) as db:
            (source,) = db.sources()
            assert (source.format, source.loaded, source.skipped) == ("otlp", spans, 0)
