"""Zipkin JSON v2: spans a line, lists, lists of lists; tags, annotations, shared spans."""

from __future__ import annotations

from typing import Any

import pytest

from tests.formats.reading import entries_of, span_of
from tests.formats.replaced import replaced_values
from tracetui.formats import known_formats, recognise
from tracetui.formats.contract import Head
from tracetui.formats.zipkin import FORMAT
from tracetui.model import Event, ImportIssue, Skipped, SpanKind, Status

SPAN: dict[str, Any] = {
    "traceId": "5982fe77008310cc80f1da5e10147517",
    "parentId": "90394f6bcffb5d13",
    "id": "67fae42571535f60",
    "kind": "CLIENT",
    "name": "chat m",
    "timestamp": 1_502_787_600_000_123,
    "duration": 26_000,
    "localEndpoint": {"serviceName": "desk", "ipv4": "127.0.0.1"},
    "remoteEndpoint": {"serviceName": "api"},
    "annotations": [{"timestamp": 1_502_787_600_000_200, "value": "first"}],
    "tags": {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.output_tokens": "7",
        "error": "TimeoutError: slow",
    },
}


def test_a_span() -> None:
    span = span_of(FORMAT, SPAN)
    assert (span.span_id, span.parent_id, span.name) == ("67fae42571535f60", "90394f6bcffb5d13", "chat m")
    assert (span.start_ns, span.end_ns) == (1_502_787_600_000_123_000, 1_502_787_600_026_123_000)
    assert (span.kind, span.status) == (SpanKind.LLM, Status.ERROR)
    assert (span.error_type, span.error_message) == ("TimeoutError", "TimeoutError: slow")
    assert span.usage is not None
    assert (span.usage.output_tokens, span.usage.input_tokens) == (7, None)
    assert span.resource == {
        "service.name": "desk",
        "localEndpoint.ipv4": "127.0.0.1",
        "peer.service.name": "api",
    }
    assert span.events == [Event("first", 1_502_787_600_000_200_000)]


@pytest.mark.parametrize(
    ("error", "status"), [("true", Status.ERROR), ("false", Status.UNSET), ("", Status.UNSET)]
)
def test_the_tag_error(error: str, status: Status) -> None:
    assert span_of(FORMAT, {**SPAN, "tags": {"error": error}}).status is status


def test_the_server_half_of_a_shared_span_stands_below_the_client() -> None:
    span = span_of(FORMAT, {**SPAN, "kind": "SERVER", "shared": True})
    assert (span.span_id, span.parent_id) == ("67fae42571535f60-server", "67fae42571535f60")


@pytest.mark.parametrize(
    "value", [SPAN, [SPAN], {key: SPAN[key] for key in ("traceId", "id", "timestamp", "tags")}]
)
def test_recognised(value: Any) -> None:
    found = recognise(Head([value]), known_formats())
    assert found is not None
    assert found[0].name == "zipkin"


def test_what_is_no_span_is_skipped() -> None:
    codes = [entry.code for entry in entries_of(FORMAT, [], 5, {"id": "1"}) if isinstance(entry, Skipped)]
    assert codes == ["empty_batch", "not_an_object", "missing_id"]


def test_fields_of_a_wrong_type() -> None:
    for changed in replaced_values([SPAN]):
        FORMAT.sniff(Head([changed]))
        assert [entry for entry in entries_of(FORMAT, changed) if not isinstance(entry, ImportIssue)]
