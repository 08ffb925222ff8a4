"""A run that two exports hold counts once, and an export that its vendor shortened says so at its runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.loading.dumps import load
from tracetui.render.verdict import notes

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
        assert (ours.copies, theirs.copies) == ((theirs.source,), (ours.source,))
        assert "theirs.jsonl" in notes(ours)
        assert notes(theirs).startswith("also in ")
        assert (ours.total_tokens, theirs.total_tokens) == (15, 15)
        assert db.read("SELECT count(*), sum(total_tokens) FROM llm_calls").rows(0, 1) == [(1, 15)]
        roles = db.read("SELECT usage_role, count(*) FROM usage_reported GROUP BY ALL ORDER BY ALL").rows(
            0, 9
        )
        assert roles == [("duplicate", 1), ("leaf", 1)]


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
