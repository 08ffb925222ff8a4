"""A run that two exports hold counts once, and an export that its vendor shortened says so at its runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loading.dumps import load
from tracetui.render.verdict import listed_name, notes
from tracetui.store import build

TRACE = "0af7651916cd43dd8448eb211c80319c"
START_NS = 1_773_138_000_000_000_000


def plain(folder: Path, trace_id: str = TRACE, start_ns: int = START_NS) -> Path:
    """A run of two spans in the plain format."""
    spans: list[dict[str, Any]] = [
        {"span_id": "root", "name": "agent", "kind": "AGENT"},
        {"span_id": "call", "parent_id": "root", "name": "chat", "kind": "LLM", "session_id": "s",
         "usage": {"input_tokens": 10, "output_tokens": 5}},
    ]  # fmt: skip
    times = {"start": start_ns, "end": start_ns + 5_000_000_000}
    lines = [json.dumps({"tracetui": 1, "trace_id": trace_id, **span, **times}) for span in spans]
    path = folder / "ours.jsonl"
    path.write_text("\n".join(lines))
    return path


def openai(folder: Path) -> Path:
    """The same trace as another vendor shows it, with a root of its own."""
    usage = {"input_tokens": 10, "output_tokens": 5}
    spans: list[dict[str, Any]] = [
        {"id": "span_1", "parent_id": None, "span_data": {"type": "agent", "name": "agent"}},
        {"id": "span_2", "parent_id": "span_1", "span_data": {"type": "generation", "usage": usage}},
        {"id": "span_3", "parent_id": "span_1", "span_data": {"type": "function", "name": "f"}},
    ]
    shared = {"object": "trace.span", "trace_id": TRACE, "started_at": "2026-03-10T10:20:00Z",
              "ended_at": "2026-03-10T10:20:04Z"}  # fmt: skip
    path = folder / "theirs.jsonl"
    path.write_text("\n".join(json.dumps({**shared, **span}) for span in spans))
    return path


def totals(query: str, *paths: Path) -> list[Any]:
    with load(*paths) as db:
        return list(db.read(query).rows(0, 10))


def test_a_run_in_two_exports_is_linked_and_counts_once(tmp_path: Path) -> None:
    with load(plain(tmp_path), openai(tmp_path)) as db:
        ours, theirs = sorted(db.runs(), key=lambda run: run.format == "openai_agents")
        assert (ours.duplicate_of, theirs.duplicate_of) == (theirs.run_id, None)
        assert [listed_name(run) for run in (ours, theirs)] == [f"{ours.name} (other export)", theirs.name]
        assert (ours.copies, theirs.copies) == ((theirs.source,), (ours.source,))
        # DuckDB 2.0.0 would take the second of these joins for the first
        pairs = "FROM store.runs AS d JOIN store.runs AS k ON k.run_id = d.duplicate_of"
        both = db.sql(f"SELECT d.run_id, k.name {pairs} UNION ALL SELECT k.run_id, d.name {pairs}").rows(0, 9)
        assert {row[0] for row in both} == {ours.run_id, theirs.run_id}
        assert "theirs.jsonl" in notes(ours)
        assert notes(theirs).startswith("also in ")
        assert (ours.total_tokens, theirs.total_tokens) == (15, 15)
        assert db.read("SELECT count(*), sum(total_tokens) FROM llm_calls").rows(0, 1) == [(1, 15)]
        roles = db.read("SELECT usage_role, count(*) FROM usage_reported GROUP BY ALL ORDER BY ALL").rows(
            0, 9
        )
        assert roles == [("duplicate", 1), ("leaf", 1)]


def test_a_run_in_two_exports_counts_once_where_they_are_only_indexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    with load(plain(tmp_path), openai(tmp_path), stage="tree") as db:
        assert "index" in {source.grade for source in db.sources()}
        assert sorted((run.format, run.duplicate_of is None) for run in db.runs()) == [
            ("openai_agents", True), ("plain", False)]  # fmt: skip
        assert db.read("SELECT count(*), sum(total_tokens) FROM llm_calls").rows(0, 1) == [(1, 15)]


def langfuse(folder: Path) -> Path:
    """The same run as Langfuse tells it, under the same trace with ids of its own."""
    times = {"traceId": TRACE, "startTime": "2026-03-10T10:20:00Z", "endTime": "2026-03-10T10:20:05Z"}
    observations: list[dict[str, Any]] = [
        {"id": "lf1", "parentObservationId": None, "type": "AGENT", "name": "agent", **times},
        {"id": "lf2", "parentObservationId": "lf1", "type": "GENERATION", "name": "chat", "model": "gpt-4o",
         "usageDetails": {"input": 10, "output": 5, "total": 15}, **times},
    ]  # fmt: skip
    trace = {"id": TRACE, "name": "bot", "timestamp": times["startTime"]}
    path = folder / "langfuse.json"
    path.write_text(json.dumps({"trace": trace, "observations": observations, "scores": []}))
    return path


def otlp(folder: Path, span_ids: str = "ab", name: str = "otlp.json") -> Path:
    """The same run, or another part of its trace, as OpenTelemetry tells it."""
    root, call = (each * 16 for each in span_ids)
    times = {"startTimeUnixNano": str(START_NS), "endTimeUnixNano": str(START_NS + 5_000_000_000)}
    usage = [{"key": f"gen_ai.usage.{side}_tokens", "value": {"intValue": count}} for side, count in (("input", "10"), ("output", "5"))]  # fmt: skip
    spans = [
        {"traceId": TRACE, "spanId": root, "name": "invoke_agent", **times},
        {
            "traceId": TRACE,
            "spanId": call,
            "parentSpanId": root,
            "name": "chat",
            "attributes": usage,
            **times,
        },
    ]
    path = folder / name
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    return path


def langsmith(folder: Path) -> Path:
    """The same run as LangSmith tells it: the trace's id written as a UUID."""
    uuid = "-".join((TRACE[:8], TRACE[8:12], TRACE[12:16], TRACE[16:20], TRACE[20:]))
    shared = {"trace_id": uuid, "dotted_order": "x", "start_time": "2026-03-10T10:20:00", "end_time": "2026-03-10T10:20:05"}  # fmt: skip
    runs: list[dict[str, Any]] = [
        {"id": uuid, "name": "bot", "run_type": "chain"},
        {"id": "call", "parent_run_id": uuid, "name": "chat", "run_type": "llm", "prompt_tokens": 10,
         "completion_tokens": 5},
    ]  # fmt: skip
    path = folder / "langsmith.jsonl"
    path.write_text("\n".join(json.dumps({**shared, **run}) for run in runs))
    return path


def test_exports_with_other_span_ids_or_another_spelling_of_the_trace_count_once(tmp_path: Path) -> None:
    paths = [otlp(tmp_path), langfuse(tmp_path), langsmith(tmp_path)]
    with load(*paths) as db:
        assert [(run.format, run.spans, run.duplicate_of is None) for run in sorted(db.runs(), key=lambda run: run.source)] == [
            ("langfuse", 2, False), ("langsmith", 2, False), ("otlp", 2, True)]  # fmt: skip
        assert db.read("SELECT count(*), sum(total_tokens) FROM llm_calls").rows(0, 1) == [(1, 15)]
        told = {issue.source: issue.message for issue in db.issues() if issue.code == "same_run"}
        assert set(told) == {str(paths[1]), str(paths[2])}
        assert all("otlp.json too" in message for message in told.values())


def test_parts_of_a_trace_in_one_format_are_one_run_beside_a_copy_of_it(tmp_path: Path) -> None:
    parts = [otlp(tmp_path), otlp(tmp_path, "cd", "more.json")]
    with load(*parts, langfuse(tmp_path)) as db:
        assert [(run.format, run.spans) for run in db.runs() if run.duplicate_of is None] == [("otlp", 4)]
        assert db.read("SELECT sum(total_tokens) FROM llm_calls").rows(0, 1) == [(30,)]


def test_an_export_that_lacks_the_root_is_the_same_run_too(tmp_path: Path) -> None:
    path = plain(tmp_path)
    path.write_text(path.read_text().splitlines()[1])
    query = "SELECT count(*) FILTER (duplicate_of IS NULL) FROM runs UNION ALL SELECT sum(total_tokens) FROM llm_calls"
    assert totals(query, path, openai(tmp_path)) == [(1,), (15,)]


def test_runs_of_other_times_or_with_short_ids_are_not_the_same(tmp_path: Path) -> None:
    query = "SELECT count(*) FROM runs WHERE duplicate_of IS NOT NULL"
    late = plain(tmp_path, start_ns=START_NS + 3_600_000_000_000)
    assert totals(query, late, openai(tmp_path)) == [(0,)]
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    assert totals(query, *(plain(folder, trace_id="run-1") for folder in folders)) == [(0,)]
    assert totals(query, *(plain(folder) for folder in folders)) == [(1,)]


def test_a_run_says_what_its_export_hides(tmp_path: Path) -> None:
    path = tmp_path / "hidden.jsonl"
    line = {"tracetui": 1, "trace_id": TRACE, "span_id": "1", "name": "a", "kind": "LLM", "start": START_NS}
    path.write_text(
        "\n".join(json.dumps({**line, **more}) for more in (
            {"input": "__REDACTED__", "output": "redacted flights are shown to nobody"},
            {"span_id": "2", "trace_id": TRACE[::-1], "input": "[a, b]", "output": "hidden"}))
    )  # fmt: skip
    with load(path) as db:
        assert {run.trace_id: run.incomplete for run in db.runs()} == {
            TRACE: "1 span holds redacted content (__REDACTED__): hidden before the export",
            TRACE[::-1]: None,
        }


def test_a_run_says_what_its_producer_dropped(tmp_path: Path) -> None:
    path = tmp_path / "dropped.json"
    times = {"startTimeUnixNano": str(START_NS), "endTimeUnixNano": str(START_NS + 1)}
    span = {"traceId": TRACE, "spanId": "1" * 16, "name": "a", **times, "droppedAttributesCount": 2}
    spans = [span, {**span, "traceId": TRACE[::-1], "spanId": "2" * 16, "droppedAttributesCount": 0}]
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    with load(path) as db:
        found = {run.trace_id: run.incomplete for run in db.runs()}
    assert found == {TRACE: "the producer dropped 2 attributes", TRACE[::-1]: None}


def test_a_note_of_one_of_two_runs_whose_spans_share_their_ids_stays_with_it(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"tracetui": 1, "trace_id": trace, "span_id": "run", "name": trace, "start": start}
        for trace, start in (("first", START_NS), ("second", "never"))
    ]
    path = tmp_path / "two.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    with load(path) as db:
        (issue,) = [issue for issue in db.issues() if issue.code == "bad_field"]
        assert (issue.span_id, issue.trace_id) == ("run", "second")
        first, second = sorted(db.runs(), key=lambda run: run.trace_id)
        assert not [i for i in db.detail(first.run_id, 0).issues if i.code == "bad_field"]
        assert [i.code for i in db.detail(second.run_id, 0).issues if i.code == "bad_field"] == ["bad_field"]
        assert db.span_position("run", trace_id="second") == (second.run_id, 0)
        assert db.span_position("run", run_id=first.run_id) == (first.run_id, 0)
