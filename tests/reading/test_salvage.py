"""What is whole in a torn record of OTLP is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reading.opening import read_bytes
from tracetui.reading.salvage import salvage_spans
from tracetui.reading.torn import Closed, close_torn


def span(number: int) -> dict[str, Any]:
    return {
        "traceId": f"{1:032x}",
        "spanId": f"{number:016x}",
        "name": 'say "{" ]',
        "startTimeUnixNano": str(1_700_000_000_000_000_000 + number),
        "attributes": [{"key": "k", "value": {"stringValue": "v"}}],
        "links": [{"traceId": f"{2:032x}", "spanId": f"{3:016x}"}],
    }


def batch(service: str, first: int) -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    scope = {"name": "tracer"}
    return {
        "resource": resource,
        "scopeSpans": [{"scope": scope, "spans": [span(first + at) for at in range(5)]}],
    }


DOCUMENT = {"resourceSpans": [batch("one", 0), batch("two", 5)]}


def spans_of(value: Any) -> list[tuple[str, str]]:
    return [
        (group["resource"]["attributes"][0]["value"]["stringValue"], found["spanId"])
        for group in value["resourceSpans"]
        for scoped in group["scopeSpans"]
        for found in scoped["spans"]
    ]


ALL = spans_of(DOCUMENT)


@pytest.mark.parametrize("indent", [None, 2])
def test_every_cut_keeps_the_whole_spans_before_it(indent: int | None) -> None:
    text = json.dumps(DOCUMENT, indent=indent).encode()
    counts = set()
    for cut in range(0, len(text), 7):
        salvaged = salvage_spans(text[:cut])
        kept = [] if salvaged is None else spans_of(salvaged.value)
        assert kept == ALL[: len(kept)]
        assert salvaged is None or salvaged.spans == len(kept)
        counts.add(len(kept))
    assert counts == set(range(10)) | {10}


@pytest.mark.parametrize("ending", [b"", b"\n"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_torn_export_gives_its_whole_spans_as_one_record(
    indent: int | None, ending: bytes, tmp_path: Path
) -> None:
    text = json.dumps(DOCUMENT, indent=indent).encode()
    opened = read_bytes(tmp_path, text[: len(text) * 3 // 4] + ending)
    (value,) = opened.values
    assert spans_of(value) == ALL[: len(spans_of(value))]
    assert len(spans_of(value)) >= 6
    (issue,) = opened.issues
    assert (issue.code, issue.skipped) == ("torn_tail", 1)
    assert "salvaged" in issue.message


def test_a_torn_last_line_gives_its_whole_spans(tmp_path: Path) -> None:
    text = json.dumps(DOCUMENT).encode()
    opened = read_bytes(tmp_path, text + b"\n" + text[: len(text) // 2])
    assert [len(spans_of(value)) for value in opened.values] == [10, 4]
    assert opened.codes == ["torn_tail"]


def test_text_without_spans_gives_nothing() -> None:
    assert salvage_spans(b'{"traceId":"1","spanId":"2"} {"a":1}') is None
    assert salvage_spans(b'{"text":"{\\"traceId\\":\\"1\\",\\"startTimeUnixNano\\":1}') is None
    assert close_torn(b"[[[]}") is None
    assert close_torn(b'{"a":{"b":') is None


def test_lists_of_spans_and_rows_may_stand_a_level_deeper() -> None:
    jaeger = b'{"data":[{"traceID":"t","spans":[{"spanID":"a"},{"spanID":"b"},{"spanID":"c","tags":[{"key":'
    whole = {"data": [{"traceID": "t", "spans": [{"spanID": "a"}, {"spanID": "b"}]}]}
    assert close_torn(jaeger) == Closed(whole, 62, 1)
    azure = b'{"tables":[{"columns":[{"name":"id"}],"rows":[["a"],["b"],["c'
    closed = close_torn(azure)
    assert closed is not None
    assert closed.value == {"tables": [{"columns": [{"name": "id"}], "rows": [["a"], ["b"]]}]}
    assert close_torn(b'{"data":[{"id":"t","tags":[{"key":"a"},{"key":') is None


RECORDS = [
    {"n": number, "text": 'a \\ [b] "},{" ]}', "inner": [{"messages": [{"x": 1}]}]} for number in range(6)
]
TORN: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "steps": ({"name": "run", "steps": RECORDS, "after": {"x": [1]}}, lambda value: value["steps"]),
    "events": (
        {"eval": {"task": "t"}, "samples": [{"id": 1, "input": "x", "events": RECORDS, "store": {"a": 1}}]},
        lambda value: value["samples"][0]["events"] if value["samples"] else [],
    ),
    "second": ({"trace": {"observations": []}, "scores": [], "observations": RECORDS}, lambda value: value["observations"]),
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", TORN)
def test_a_document_cut_at_any_byte_keeps_its_whole_records(
    shape: str, indent: int | None, tmp_path: Path
) -> None:
    document, records_of = TORN[shape]
    text = json.dumps(document, indent=indent)
    ends = [match.end() for match in re.finditer(r"\}\s*\]\s*\}\s*\]\s*\}", text)]
    assert len(ends) == len(RECORDS)
    for cut in range(text.index('"text"'), len(text) - 1, 3):
        opened = read_bytes(tmp_path, text[:cut].encode())
        whole = sum(end <= cut for end in ends)
        if not opened.values:
            assert (whole, opened.skipped) == (0, 1)
            continue
        (value,) = opened.values
        assert records_of(value) == RECORDS[:whole]
        (issue,) = opened.issues
        assert issue.code == "torn_tail"
        assert issue.byte_offset is not None
        assert max((end for end in ends if end <= cut), default=0) <= issue.byte_offset <= cut
        assert issue.line == text.count("\n", 0, issue.byte_offset) + 1


def test_deep_nesting_ends_what_is_kept_and_takes_no_time(tmp_path: Path) -> None:
    deep = b'{"steps":[{"a":1},{"a":2},{"a":' + b"[" * 5_000 + b"]" * 5_000 + b'},{"a":3},{"a'
    assert close_torn(deep) == Closed({"steps": [{"a": 1}, {"a": 2}]}, 25, 1)
    assert close_torn(b'{"data":[' * 200_000) is None
    opened = read_bytes(tmp_path, deep + b'":4}]}')
    assert opened.values == [{"steps": [{"a": 1}, {"a": 2}]}]
    assert [(issue.code, issue.byte_offset, issue.skipped) for issue in opened.issues] == [
        ("too_deep", 25, 1)
    ]


def test_a_list_of_one_torn_document_is_closed_too(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b'[{"task_id":1,"traj":[{"role":"user"},{"role":"ass')
    assert opened.values == [{"task_id": 1, "traj": [{"role": "user"}]}]
    assert opened.codes == ["torn_tail", "torn_list"]
    assert read_bytes(tmp_path, b'[{"role":"user","content":[{"text":"a"},{"te').values == []
