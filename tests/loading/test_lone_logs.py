"""Log records without their spans still make runs; with them, nothing is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.formats.otel_builders import SPAN, START, TRACE, batch, key_values, otlp_span, typed
from tests.loading.dumps import load
from tracetui.api import TraceDB

DETAILS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 3,
}


def opened(path: Path, *records: dict[str, Any], spans: dict[str, Any] | None = None) -> TraceDB:
    logs = {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "lib"}, "logRecords": list(records)}]}]}
    lines = [logs] if spans is None else [logs, spans]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return load(path)


def log(number: int, span_id: str | None, **attributes: Any) -> dict[str, Any]:
    named = {} if span_id is None else {"spanId": span_id}
    at = str(START + number * 1_000_000_000)
    return {"traceId": TRACE, "timeUnixNano": at, "attributes": key_values(attributes), **named}


def told(db: TraceDB) -> Sequence[Sequence[Any]]:
    return db.read(
        "SELECT name, kind, status, model, parent_id, error_type FROM spans ORDER BY position"
    ).rows(0, 9)


def test_the_log_records_of_a_sample_make_runs_of_their_own(tmp_path: Path) -> None:
    text = (SAMPLES / "otlp" / "openai_v2_log_events.jsonl").read_text(encoding="utf-8")
    path = tmp_path / "logs.jsonl"
    path.write_text("\n".join(line for line in text.splitlines() if "resourceLogs" in line), encoding="utf-8")
    with load(path) as db, load(SAMPLES / "otlp" / "openai_v2_log_events.jsonl") as whole:
        (source,), (run,), (known,) = db.sources(), db.runs(), whole.runs()
        assert (source.loaded, source.skipped) == (source.records, 0)
        assert (run.trace_id, run.llm_calls, run.name) == (known.trace_id, known.llm_calls, "lamp-help")
        query = "SELECT role, content FROM messages ORDER BY ALL"
        assert db.read(query).rows(0, 99) == whole.read(query).rows(0, 99)
        assert "spans_from_logs" in [issue.code for issue in db.issues()]


def test_a_call_is_told_by_its_event(tmp_path: Path) -> None:
    event = {**log(0, "1" * 16, **DETAILS), "eventName": "gen_ai.client.inference.operation.details"}
    with opened(tmp_path / "a.jsonl", event) as db:
        assert told(db) == [("chat gpt-4o-2024-08-06", "LLM", "unset", "gpt-4o-2024-08-06", None, None)]
        assert [(run.input_tokens, run.output_tokens) for run in db.runs()] == [(12, 3)]


def test_records_of_several_spans_stand_below_one_run(tmp_path: Path) -> None:
    records = [
        log(0, None),
        log(1, "1" * 16, **DETAILS),
        log(2, "2" * 16, **{"exception.type": "TimeoutError"}),
    ]
    with opened(tmp_path / "a.jsonl", *records) as db:
        assert [(*row[:3], *row[4:]) for row in told(db)] == [
            ("log records", "CHAIN", "unset", None, None),
            ("chat gpt-4o-2024-08-06", "LLM", "unset", "(log records)", None),
            ("log", "CHAIN", "error", "(log records)", "TimeoutError"),
        ]


def test_plain_logs_beside_spans_of_other_traces_stay_out(tmp_path: Path) -> None:
    other = batch({**otlp_span(), "traceId": "f" * 32})
    with opened(tmp_path / "a.jsonl", log(0, None), spans=other) as db:
        assert [run.trace_id for run in db.runs()] == ["f" * 32]
        assert "log_without_span" in [issue.code for issue in db.issues()]


RATED = {
    "gen_ai.evaluation.name": "Relevance",
    "gen_ai.evaluation.score.value": 0.5,
    "gen_ai.evaluation.explanation": "half",
}


def test_an_evaluation_in_a_log_is_a_score_of_its_span_or_of_the_trace(tmp_path: Path) -> None:
    of_span, of_trace = log(0, SPAN, **RATED), log(1, None, **RATED)
    with opened(tmp_path / "a.jsonl", of_span, of_trace, spans=batch(otlp_span())) as db:
        (source,) = db.sources()
        assert (source.records, source.loaded, source.skipped) == (3, 3, 0)
        rows = db.read("SELECT span_id, name, value, comment FROM scores ORDER BY ALL").rows(0, 9)
        assert list(rows) == [(SPAN, "Relevance", 0.5, "half"), (None, "Relevance", 0.5, "half")]


def test_an_evaluation_alone_is_no_model_call(tmp_path: Path) -> None:
    with opened(
        tmp_path / "a.jsonl", {**log(0, SPAN, **RATED), "eventName": "gen_ai.evaluation.result"}
    ) as db:
        assert told(db) == [("gen_ai.evaluation.result", "CHAIN", "unset", None, None, None)]
        assert db.read("SELECT span_id, value FROM scores").rows(0, 9) == [(SPAN, 0.5)]


@pytest.mark.parametrize("spans", [None, batch(otlp_span({"gen_ai.operation.name": "chat"}))])
def test_an_answer_in_a_log_tells_why_the_model_stopped(spans: dict[str, Any] | None, tmp_path: Path) -> None:
    said = typed({"finish_reason": "length", "message": {"role": "assistant", "content": "and so"}})
    choice = {**log(0, SPAN), "eventName": "gen_ai.choice", "body": said}
    with opened(tmp_path / "a.jsonl", choice, spans=spans) as db:
        assert db.read("SELECT finish_reasons FROM llm_calls").rows(0, 9) == [(["length"],)]
