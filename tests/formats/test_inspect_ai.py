"""Inspect AI: samples become runs, events spans, and what logs keep apart comes together again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tests.formats.reading import entries_of
from tests.loading.dumps import load
from tracetui.formats.contract import Head
from tracetui.formats.inspect_ai import FORMAT
from tracetui.model import Entry, ImportIssue, Merged, PartType, Skipped, Span, SpanKind, Status

AT = "2026-01-02T03:04:{:02d}Z"


def event(kind: str, second: int, **fields: Any) -> dict[str, Any]:
    return {"event": kind, "timestamp": AT.format(second), "span_id": "s1", **fields}


TOOL_CALL = {"id": "c1", "function": "bash", "arguments": {"cmd": "ls"}, "type": "function"}
EVENTS: list[dict[str, Any]] = [
    event("span_begin", 1, id="s1", type="solver", name="generate"),
    event(
        "model", 2, uuid="m1", model="openai/gpt-4o", input=[], input_refs=[[0, 2]], completed=AT.format(4),
        output={
            "model": "gpt-4o-2024",
            "choices": [{"message": {"role": "assistant", "content": "", "tool_calls": [TOOL_CALL]}, "stop_reason": "tool_calls"}],
            "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 112, "input_tokens_cache_read": 100},
        },
    ),
    event("span_begin", 4, span_id="t1", id="t1", type="tool", name="bash", parent_id="s1"),
    event("tool", 4, uuid="e1", id="c1", function="bash", arguments={"cmd": "ls"}, result="attachment://abcdef012345",
          error={"type": "timeout", "message": "too slow"}),
    event("store", 5, span_id="t1", changes=[{"op": "add", "path": "/x", "value": 1}]),
    event("span_end", 6, span_id="t1", id="t1"),
    event("approval", 7, decision="reject", approver="human", call=TOOL_CALL, message="m"),
    event("sandbox", 8, action="exec", cmd="false", result=1, completed=AT.format(9)),
    event("span_end", 9, id="s1"),
]  # fmt: skip
SAMPLE: dict[str, Any] = {
    "id": 1, "epoch": 1, "input": "attachment://abcdef012345", "target": "42", "uuid": "u1", "messages": [],
    "events": EVENTS, "attachments": {"abcdef012345": "long text"}, "store": {"x": 1},
    "events_data": {"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]},
    "scores": {"match": {"value": "I", "answer": "41"}, "parts": {"value": {"a": 0.5}}},
}  # fmt: skip
LOG: dict[str, Any] = {
    "version": 2,
    "status": "success",
    "eval": {"task": "dir/sums", "task_id": "T", "eval_id": "E", "model": "m"},
}


def spans(*values: Any, source: str = "test") -> dict[str, Span]:
    return {
        entry.span_id: entry
        for entry in entries_of(FORMAT, *values, source=source)
        if isinstance(entry, Span)
    }


def test_a_sample_is_a_run_with_its_scores_and_store() -> None:
    root = spans(SAMPLE, source="logs/2026-01-02T03-04-05-00-00_sums_nc2NreSN9anhppCSBCJEio.eval")[
        "sample-u1"
    ]
    assert (root.name, root.session_id, root.input) == (
        "sums sample 1",
        "nc2NreSN9anhppCSBCJEio",
        "long text",
    )
    assert [(s.name, s.value, s.passed) for s in root.scores] == [
        ("match", 0.0, False),
        ("parts.a", 0.5, None),
    ]
    assert root.attributes is not None
    assert root.attributes["store"] == {"x": 1}


def test_samples_of_files_that_name_no_task_are_told_apart_by_the_file() -> None:
    assert spans(SAMPLE, source="all.zip!mine.eval")["sample-u1"].name == "sample 1 of mine"
    assert spans({**LOG, "samples": [SAMPLE]}, source="mine.json")["sample-u1"].name == "sums sample 1"


def test_a_model_call_is_given_what_the_pool_holds_and_counts_cached_tokens_in() -> None:
    call = spans(SAMPLE)["m1"]
    assert [m.role for m in call.input_messages] == ["system", "user"]
    assert call.usage is not None
    assert (call.usage.input_tokens, call.usage.cache_read_tokens, call.usage.output_tokens) == (105, 100, 7)
    (part,) = call.output_messages[0].parts
    assert (part.type, part.tool_name, part.tool_call_id) == (PartType.TOOL_CALL, "bash", "c1")
    assert (call.model, call.requested_model, call.finish_reasons) == (
        "gpt-4o-2024",
        "openai/gpt-4o",
        ("tool_calls",),
    )


def test_a_tool_and_its_span_are_one() -> None:
    tool = spans(SAMPLE)["t1"]
    assert (tool.kind, tool.tool_call_id, tool.output, tool.parent_id) == (
        SpanKind.TOOL,
        "c1",
        "long text",
        "s1",
    )
    assert (tool.status, tool.error_type, tool.error_message) == (Status.ERROR, "timeout", "too slow")
    (change, failure) = sorted(tool.events, key=lambda e: e.name == "exception")
    assert (change.name, change.attributes["changes"]) == ("store", [{"op": "add", "path": "/x", "value": 1}])
    assert failure.name == "exception"


def test_decisions_and_commands_are_spans() -> None:
    found = spans(SAMPLE)
    approval = next(s for s in found.values() if s.kind is SpanKind.APPROVAL)
    assert (approval.name, approval.scores[0].passed, approval.scores[0].kind) == (
        "reject bash",
        False,
        "human",
    )
    command = next(s for s in found.values() if s.kind_original == "sandbox")
    assert (command.name, command.status, command.error_message) == (
        "exec false",
        Status.ERROR,
        "exit status 1",
    )


def test_scores_on_the_way_stand_where_they_were_given() -> None:
    scored = [
        event("score", 3, score={"value": "I", "answer": "x"}, intermediate=given) for given in (True, False)
    ]
    span = spans({**SAMPLE, "events": [EVENTS[0], *scored]})["s1"]
    assert [(score.span_id, score.value, score.passed) for score in span.scores] == [("s1", 0.0, False)]
    assert [found.name for found in span.events] == ["score", "score"]


def test_limits_and_errors_end_the_run() -> None:
    (limited,) = [
        s
        for s in spans({**SAMPLE, "limit": {"type": "token", "limit": 100.0}}).values()
        if s.parent_id is None
    ]
    assert (limited.status, limited.error_type, limited.error_message) == (
        Status.ERROR,
        "token limit",
        "stopped at its token limit of 100",
    )
    broken = {
        **SAMPLE,
        "events": EVENTS[:4],
        "error": {"message": "boom", "traceback": "Traceback\nx.ValueError: boom"},
    }
    found = spans(broken)
    assert (found["sample-u1"].error_type, found["s1"].status) == ("ValueError", Status.ERROR)
    steps = (span for span in found.values() if span.kind in {SpanKind.TOOL, SpanKind.LLM})
    (step,) = (span for span in steps if span.status is Status.ERROR)
    assert (step.error_type, step.error_message) == ("timeout", "too slow")  # its own word
    wordless = [
        {**event, "error": None, "failed": True} if event["event"] == "tool" else event
        for event in EVENTS[:4]
    ]
    steps = (span for span in spans({**broken, "events": wordless}).values() if span.kind is SpanKind.TOOL)
    assert [(step.status, step.error_type, step.error_message) for step in steps] == [
        (Status.ERROR, "ValueError", "boom")
    ]


def test_an_evaluation_has_a_run_of_its_own_with_its_metrics() -> None:
    results = {"scores": [{"name": "match", "metrics": {"accuracy": {"name": "accuracy", "value": 0.5}}}]}
    found = spans({**LOG, "results": results, "samples": [SAMPLE]})
    assert (found["evaluation-E"].name, found["evaluation-E"].output) == (
        "evaluation sums",
        "match accuracy 0.5",
    )
    assert found["sample-u1"].session_id == found["evaluation-E"].session_id == "T"
    stopped = spans({**LOG, "status": "cancelled"})["evaluation-E"]
    assert (stopped.status, stopped.error_message) == (Status.INTERRUPTED, "the evaluation was cancelled")
    failed = spans({**LOG, "status": "error", "error": {"message": "no key"}})["evaluation-E"]
    assert (failed.status, failed.error_message) == (Status.ERROR, "no key")


def test_what_stands_beside_the_samples_of_an_archive_adds_to_them() -> None:
    header = {key: value for key, value in LOG.items() if key != "samples"}
    summary, reduced = {"id": 1, "epoch": 1, "uuid": "u1"}, {"scorer": "match", "samples": [{"value": 1}]}
    _, *samples, merged, skipped, again = entries_of(FORMAT, header, SAMPLE, summary, reduced, header)
    assert isinstance(samples[0], Span)
    assert (samples[0].name, samples[0].session_id) == ("sums sample 1", "T")
    assert isinstance(merged, Merged)
    assert (merged.trace_id, merged.span_id) == ("u1", "sample-u1")
    assert isinstance(skipped, Skipped)
    assert isinstance(again, Merged)


def test_steps_of_older_logs_nest_by_order() -> None:
    step = {"event": "step", "timestamp": AT.format(1)}
    events = [
        {**step, "action": "begin", "name": "loop"},
        {"event": "tool", "id": "c", "function": "bash", "timestamp": AT.format(2), "result": "x"},
        {**step, "action": "end", "name": "loop", "timestamp": AT.format(4)},
    ]
    found = spans({**SAMPLE, "events": events})
    tool, loop = (next(s for s in found.values() if s.name == name) for name in ("bash", "loop"))
    assert (tool.parent_id, tool.end_ns, loop.status) == (loop.span_id, loop.end_ns, Status.OK)


def test_a_sample_without_model_events_is_told_by_its_messages() -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    found = spans({**SAMPLE, "events": [], "messages": messages})
    assert [s.kind for s in found.values()] == [SpanKind.CHAIN, SpanKind.LLM]


def test_a_lost_attachment_is_reported() -> None:
    issues = [e for e in entries_of(FORMAT, {**SAMPLE, "attachments": {}}) if isinstance(e, ImportIssue)]
    assert [issue.code for issue in issues] == ["missing_attachment"]


KEYS = sorted({key for value in (SAMPLE, LOG, LOG["eval"], *EVENTS) for key in value})


@settings(max_examples=150, deadline=None)
@given(json_values(st.sampled_from(KEYS)), st.sampled_from(KEYS), st.integers(0, len(EVENTS) - 1))
def test_any_value_anywhere_is_read_or_skipped(value: Any, key: str, at: int) -> None:
    events = [{**found, key: value} if number == at else found for number, found in enumerate(EVENTS)]
    for whole in (
        value,
        {**SAMPLE, key: value},
        {**SAMPLE, "events": events},
        {**LOG, "samples": [SAMPLE], key: value},
    ):
        FORMAT.sniff(Head([whole]))
        assert counted(entries_of(FORMAT, whole)) >= 1


def counted(entries: list[Entry]) -> int:
    return sum(not isinstance(e, ImportIssue) and not (isinstance(e, Span) and e.is_derived) for e in entries)


def logs_of(folder: Path) -> list[tuple[Path, list[dict[str, Any]]]]:
    """Every log with its samples, read without our code."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        found.append((path, json.loads(path.read_bytes()).get("samples") or []))
    for path in sorted(folder.rglob("*.eval")):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.startswith("samples/")]
            found.append((path, [json.loads(archive.read(name)) for name in names]))
    return found


def test_real_logs(real_traces: Path) -> None:
    for path, samples in logs_of(real_traces / "inspect"):
        events = [
            e for s in samples for e in s.get("events") or (s.get("transcript") or {}).get("events", [])
        ]
        called = sum(e.get("event") == "model" for e in events)
        with load(path) as db:
            assert {source.format for source in db.sources()} == {"inspect_ai"}
            assert all(s.records == s.loaded + s.merged + s.skipped for s in db.sources())
            runs = db.runs()
            assert len(runs) == len(samples) + 1
            llm = db.read("SELECT count(*) FROM spans WHERE kind = 'LLM'").rows(0, 1)[0][0]
            without = [
                s
                for s in samples
                if not any(
                    e.get("event") == "model"
                    for e in s.get("events") or (s.get("transcript") or {}).get("events", [])
                )
            ]
            told = sum(m["role"] == "assistant" for s in without for m in s["messages"])
            assert llm == called + told, path.name


def test_a_scan_has_no_transcript(real_traces: Path) -> None:
    for path in (real_traces / "inspect_scout").rglob("*.json"):
        value = json.loads(path.read_bytes())
        assert FORMAT.sniff(Head([value])) is not None
        assert [type(entry) for entry in entries_of(FORMAT, value)] == [Skipped]


def test_a_sample_is_shown_before_the_evaluation_without_steps(tmp_path: Path) -> None:
    good = {**SAMPLE, "events": [event for event in EVENTS if event["event"] == "model"], "limit": None}
    told = {**LOG, "eval": {**LOG["eval"], "created": "2031-01-01T00:00:00+00:00"}, "samples": [good]}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with load(path) as db:
        assert [run.name for run in db.runs()] == [db.run().name, "evaluation sums"]
