"""Claude Managed Agents: requests, tools of three kinds, approvals, graders, and how events are wrapped."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.anthropic_managed_agents import FORMAT, sniff
from tracetui.formats.contract import Head
from tracetui.model import Merged, Span, SpanKind, Status

USAGE = {
    "input_tokens": 2,
    "output_tokens": 50,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 8,
}


def at(second: float) -> str:
    return f"2026-09-14T07:30:{second:06.3f}Z"


def event(own: str, second: float, word: str, **more: Any) -> dict[str, Any]:
    return {"id": f"sevt_{own}", "processed_at": at(second), "type": word, **more}


def text(said: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": said}]


def request(own: str, second: float, *inside: dict[str, Any], failed: bool = False) -> list[dict[str, Any]]:
    end = {"is_error": failed, "model_request_start_id": f"sevt_{own}", "model_usage": USAGE}
    return [
        event(own, second, "span.model_request_start"),
        *inside,
        event(f"{own}e", second + 1, "span.model_request_end", **end),
    ]


SESSION = {
    "type": "session",
    "id": "sesn_1",
    "agent": {
        "name": "Keeper",
        "model": {"id": "claude-x"},
        "system": "Be kind.",
        "tools": [{"name": "scale"}],
    },
    "environment_id": "env_1",
    "title": None,
}
TOOL = event("t", 2, "agent.mcp_tool_use", name="register", input={"kg": 1}, mcp_server_name="r")
LINES: list[Any] = [
    SESSION,
    event("r", 0, "session.status_running"),
    event("u", 0, "user.message", content=text("weigh it")),
    *request("a", 1, event("k", 1.5, "agent.thinking"), event("m", 2, "agent.message", content=text("I do")), TOOL),
    event("i", 2.1, "session.status_idle", stop_reason={"type": "requires_action"}),
    event("c", 9, "user.tool_confirmation", tool_use_id="sevt_t", result="allow"),
    event("o", 10, "agent.mcp_tool_result", mcp_tool_use_id="sevt_t", content=text("no"), is_error=True),
    *request("b", 11, event("n", 12, "agent.message", content=text("sorry"))),
    event("g", 13, "span.outcome_evaluation_start", outcome_id="out"),
    event("h", 15, "span.outcome_evaluation_end", outcome_evaluation_start_id="sevt_g", result="failed",
          explanation="nothing there", usage=USAGE),
    event("s", 16, "session.usage", usage={"input_tokens": 6, "output_tokens": 150, "cache_read_input_tokens": 300,
          "cache_creation": {"ephemeral_5m_input_tokens": 24}, "list_cost": {"amount": "250", "currency": "USD"}}),
    event("z", 17, "session.status_idle", stop_reason={"type": "end_turn"}),
]  # fmt: skip


def spans(*lines: Any) -> dict[str, Span]:
    return {found.span_id: found for found in entries_of(FORMAT, *lines) if isinstance(found, Span)}


def test_a_request_is_a_call_with_what_was_said_in_it() -> None:
    found = spans(*LINES)
    call = found["call-1"]
    assert [part.type.value for part in call.output_messages[0].parts] == ["thinking", "text", "tool_call"]
    assert [message.role for message in call.input_messages] == ["system", "user"]
    assert call.start_ns is not None
    assert call.end_ns == call.start_ns + 1_000_000_000
    assert call.usage is not None
    assert (call.usage.input_tokens, call.usage.cache_read_tokens, call.model) == (110, 100, "claude-x")
    root = found["run"]
    assert (root.trace_id, root.name, root.agent, root.status) == ("sesn_1", "weigh it", "Keeper", Status.OK)
    assert root.usage is not None
    assert (root.usage.input_tokens, root.usage.cost_usd) == (330, Decimal("2.5"))


def test_a_tool_waits_for_consent_before_it_runs() -> None:
    found = spans(*LINES)
    tool, approval = found["tool-1"], found["approval-1"]
    assert (tool.status, tool.error_message, tool.output) == (Status.ERROR, "no", "no")
    assert tool.start_ns == approval.end_ns
    assert (approval.name, approval.kind) == ("allow register", SpanKind.APPROVAL)
    denied = event(
        "c", 9, "user.tool_confirmation", tool_use_id="sevt_t", result="deny", deny_message="never"
    )
    tool = spans(*[denied if line.get("id") == "sevt_c" else line for line in LINES])["tool-1"]
    assert (tool.status, tool.error_type) == (Status.INTERRUPTED, "rejected by the user")


def test_a_grader_is_a_step_with_a_score() -> None:
    grader = spans(*LINES)["evaluator-1"]
    assert grader.usage is not None
    (score,) = grader.scores
    assert (score.label, score.passed, score.comment) == ("failed", False, "nothing there")


def test_how_a_session_stands() -> None:
    assert spans(*LINES[:9])["run"].status is Status.INTERRUPTED
    assert spans(*LINES[:4])["run"].status is Status.UNFINISHED
    failed = request("a", 1, failed=True)
    error = event("x", 3, "session.error", error={"type": "billing_error", "message": "no money"})
    found = spans(*LINES[:3], *failed, error, event("y", 4, "session.status_terminated"))
    assert (found["run"].status, found["run"].error_type) == (Status.ERROR, "billing_error")
    assert found["call-1"].status is Status.ERROR
    stopped = spans(*LINES[:4], event("x", 3, "user.interrupt"))
    assert (stopped["run"].status, stopped["call-1"].status) == (Status.INTERRUPTED, Status.INTERRUPTED)


def test_events_are_found_in_every_wrapping() -> None:
    bare = LINES[1:]
    shapes: list[list[Any]] = [
        [{"data": bare, "next_page": None}],
        [{"role": "system", "kind": line["type"], "raw": line} for line in bare],
        [["client.beta.sessions.events.stream", line] for line in bare],
        [bare],
    ]
    known = sorted(spans(*bare))
    for lines in shapes:
        assert sorted(spans(*lines)) == known
        assert sniff(Head(lines)) is not None
    sent = ["client.beta.sessions.events.send", ["sesn_1", {"events": [{"type": "user.message"}]}]]
    assert [type(entry) for entry in entries_of(FORMAT, SESSION, sent)] == [Span, Merged, Merged]
    assert (
        sniff(Head([{"type": "user.created", "id": "x"}, {"type": "session", "id": "s", "cwd": "/"}])) is None
    )


def test_other_threads_stand_below_the_session() -> None:
    other = [{**line, "session_thread_id": "sthr_2", "id": line["id"] + "2"} for line in request("a", 5)]
    found = spans(*LINES, *other)
    assert found["sthr_2-run"].parent_id == "run"
    assert found["sthr_2-call-1"].parent_id == "sthr_2-run"


def test_events_may_be_listed_from_either_end_and_in_parts() -> None:
    told = [entry for entry in entries_of(FORMAT, *LINES) if isinstance(entry, Span)]
    for lines in (LINES[::-1], [*LINES[9:], *LINES[:9]]):
        entries = entries_of(FORMAT, *lines)
        found = [entry for entry in entries if isinstance(entry, Span)]
        assert [(span.kind, span.name, span.status) for span in found] == [
            (span.kind, span.name, span.status) for span in told
        ]
        assert accounted(entries).total() == len(LINES)


def test_every_event_counts_once_and_no_wrong_type_raises() -> None:
    assert set(accounted(entries_of(FORMAT, *LINES, LINES[-1])).values()) == {1}
    assert_never_raises(FORMAT, LINES, one_entry_each=False)


def test_the_real_session(real_traces: Path) -> None:
    (path,) = (real_traces / "anthropic_managed_agents").rglob("*.jsonl")
    rows = [json.loads(row)["raw"] for row in path.read_text().splitlines()]
    ends = [row["model_usage"] for row in rows if row["type"] == "span.model_request_end"]
    ends += [row["usage"] for row in rows if row["type"] == "span.outcome_evaluation_end"]
    tools = [row for row in rows if row["type"] == "agent.tool_use"]
    with loaded(path, "anthropic_managed_agents") as db:
        assert sum(source.records for source in db.sources()) == len(rows)
        assert one(db, "SELECT count(*) FROM spans WHERE kind IN ('LLM', 'EVALUATOR')") == len(ends)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(tools)
        assert one(db, "SELECT sum(total_tokens) FROM runs") == sum(sum(usage.values()) for usage in ends)


def test_the_real_recordings(real_traces: Path) -> None:
    paths = sorted((real_traces / "langsmith").rglob("*anthropic_managed*.jsonl"))
    assert len(paths) == 3
    for path in paths:
        words = [json.loads(row)[1].get("type") for row in path.read_text().splitlines()
                 if "events.send" not in row]  # fmt: skip
        with loaded(path, "anthropic_managed_agents") as db:
            calls = one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'")
            assert calls == words.count("span.model_request_end")
