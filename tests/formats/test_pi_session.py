"""pi sessions: tokens beside the cache, stopped answers, branches and compactions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.pi_session import FORMAT, sniff
from tracetui.model import Span, SpanKind, Status

SECOND = 1_000_000_000
START_MS = 1_780_000_000_000
USAGE = {
    "input": 3,
    "output": 20,
    "cacheRead": 100,
    "cacheWrite": 7,
    "totalTokens": 130,
    "cost": {"total": 0.5},
}
HEADER = {"type": "session", "version": 3, "id": "s1", "timestamp": START_MS, "cwd": "/x"}


def entry(own: str, parent: str | None, at_s: int, message: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "id": own,
        "parentId": parent,
        "timestamp": START_MS + at_s * 1000,
        "message": {"timestamp": START_MS + at_s * 1000 - 500, **message},
    }


def answer(text: str, *calls: str, stop: str = "stop", **more: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": text}] + [
        {"type": "toolCall", "id": call, "name": "bash", "arguments": {"command": call}} for call in calls
    ]
    return {"role": "assistant", "content": blocks, "model": "m", "usage": USAGE, "stopReason": stop, **more}


def result(call: str, text: str, is_error: bool = False) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {
        "role": "toolResult",
        "toolCallId": call,
        "toolName": "bash",
        "content": content,
        "isError": is_error,
    }


LINES: list[dict[str, Any]] = [
    HEADER,
    entry("a", None, 1, {"role": "user", "content": "go"}),
    entry("b", "a", 2, answer("run", "t1")),
    entry("c", "b", 3, result("t1", "no\nexit 1", True)),
    entry("d", "c", 5, answer("left")),
    entry("e", "c", 7, {"role": "user", "content": [{"type": "text", "text": "other way"}]}),
    entry("f", "e", 8, answer("right", "t2")),
    entry("g", "f", 9, result("t2", "yes")),
    {"type": "compaction", "id": "h", "parentId": "g", "summary": "SUM", "firstKeptEntryId": "f"},
    entry("i", "h", 12, answer("done")),
    entry("j", "i", 13, {"role": "bashExecution", "command": "ls", "output": "a", "exitCode": 2}),
    {"type": "session_info", "id": "k", "parentId": "j", "name": "The name"},
    {"type": "branch_summary", "id": "l", "parentId": "k", "summary": "BRANCH"},
    {"type": "custom_message", "id": "m", "parentId": "l", "content": "note", "customType": "x"},
]


def spans(*lines: Any) -> dict[str, Span]:
    return {found.span_id: found for found in entries_of(FORMAT, *lines) if isinstance(found, Span)}


def given(span: Span) -> list[str | None]:
    return [part.content for message in span.input_messages for part in message.parts]


def test_calls_last_from_sent_to_written_and_count_the_cache_as_input() -> None:
    found = spans(*LINES)
    call = found["call-1"]
    assert call.start_ns is not None
    assert call.end_ns is not None
    assert call.end_ns - call.start_ns == SECOND // 2
    assert call.usage is not None
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.total_tokens) == (110, 20, 130)
    assert (call.usage.cache_read_tokens, str(call.usage.cost_usd)) == (100, "0.500000000000")
    tool = found["tool-1"]
    assert (tool.status, tool.error_message, tool.input) == (Status.ERROR, "no", '{"command":"t1"}')
    assert (found["run"].name, found["run"].status) == ("The name", Status.OK)


def test_what_is_given_follows_the_tree_and_its_compactions() -> None:
    found = spans(*LINES)
    assert given(found["call-2"])[-1] == "no\nexit 1"
    assert given(found["call-3"]) == ["go", "run", '{"command":"t1"}', "no\nexit 1", "other way"]
    assert given(found["call-4"]) == ["SUM", "right", '{"command":"t2"}', "yes"]
    assert [span.name for span in found.values() if span.kind is SpanKind.MEMORY] == [
        "compaction",
        "branch summary",
    ]
    assert [event.name for event in found["run"].events] == ["went_back", "session_info"]


def test_old_versions_without_ids_count_kept_entries_from_the_header() -> None:
    bare = [{key: line[key] for key in ("type", "timestamp", "message")} for line in (*LINES[1:5], LINES[9])]
    compaction = {"type": "compaction", "summary": "SUM", "firstKeptEntryIndex": 3}
    found = spans(HEADER, *bare[:4], compaction, bare[4])
    assert found["memory-1"].output == "SUM"
    assert given(found["call-3"]) == ["SUM", "no\nexit 1", "left"]


def test_a_stopped_answer_is_interrupted_with_its_tools_and_unknown_zeros() -> None:
    zeros = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "cost": {"total": 0}}
    stopped = answer("x", "t1", stop="aborted", usage=zeros, errorMessage="Request was aborted")
    found = spans(*LINES[:2], entry("b", "a", 2, stopped))
    assert [found[key].status for key in ("run", "call-1", "tool-1")] == [Status.INTERRUPTED] * 3
    assert found["call-1"].usage is None
    reason = '529 {"type":"error","error":{"type":"overloaded_error"}}'
    failed = spans(*LINES[:2], entry("b", "a", 2, answer("", stop="error", errorMessage=reason)))
    assert (failed["run"].status, failed["run"].error_type) == (Status.ERROR, "overloaded_error")
    assert spans(*LINES[:3])["run"].status is Status.UNFINISHED


def test_two_sessions_in_one_source_are_two_runs() -> None:
    entries = entries_of(FORMAT, *LINES[:3], {**HEADER, "id": "s2"}, *LINES[1:3])
    assert {found.trace_id for found in entries if isinstance(found, Span)} == {"s1", "s2"}


def test_sessions_are_recognised() -> None:
    for lines in ([HEADER], LINES, LINES[3:4]):
        assert sniff(Head(lines)) is not None
    assert sniff(Head([{"type": "session", "id": "x"}])) is None
    assert sniff(Head([{"type": "message", "timestamp": 1, "message": {"role": "user"}}])) is None


def test_every_line_counts_once_and_no_wrong_type_raises() -> None:
    assert set(accounted(entries_of(FORMAT, *LINES)).values()) == {1}
    assert_never_raises(FORMAT, LINES)


def test_the_real_session(real_traces: Path) -> None:
    (path,) = (real_traces / "pi_session").rglob("*.jsonl")
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    answers = [row["message"] for row in rows if row.get("message", {}).get("role") == "assistant"]
    asked = [block for row in answers for block in row["content"] if block["type"] == "toolCall"]
    usages = [row["usage"] for row in answers]
    tokens = sum(usage[key] for usage in usages for key in ("input", "output", "cacheRead", "cacheWrite"))
    cost = sum(usage["cost"]["total"] for usage in usages)
    with loaded(path, "pi_session") as db:
        assert sum(source.records for source in db.sources()) == len(rows)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(answers)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(asked)
        (run,) = db.runs()
        assert run.total_tokens == tokens
        assert abs(float(run.cost_usd or 0) - cost) < 1e-6
