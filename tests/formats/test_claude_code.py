"""Claude Code sessions: repeated messages, sub-agents, compaction, rewinding, refusals, API errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.claude_code import FORMAT, read, sniff
from tracetui.formats.contract import Head
from tracetui.model import PartType, Skipped, Span, SpanKind, Status


def line(
    own: str, parent: str | None, kind: str, content: Any, second: int = 0, **more: Any
) -> dict[str, Any]:
    message = more.pop("message", {"role": kind, "content": content})
    return {
        "type": kind,
        "uuid": own,
        "parentUuid": parent,
        "sessionId": "s1",
        "isSidechain": False,
        "cwd": "/srv",
        "version": "2.1.0",
        "timestamp": f"2026-03-02T09:00:{second:02d}.000Z",
        "message": message,
        **more,
    }


def answer(own: str, parent: str | None, content: Any, second: int = 0, **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 3, "cache_read_input_tokens": 100, "output_tokens": more.pop("output", 7)}
    message = {
        "id": more.pop("id", f"msg-{own}"),
        "role": "assistant",
        "model": more.pop("model", "claude-opus-4-6"),
        "content": content,
        "usage": usage,
    }
    return line(own, parent, "assistant", None, second, message=message, **more)


def text(said: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": said}]


def use(call: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": name, "input": arguments}


def result(call: str, said: str, is_error: bool | None = None) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call, "content": said, "is_error": is_error}


def spans(*lines: Any) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(FORMAT, *lines) if isinstance(entry, Span)}


FAILED = "<tool_use_error>1 failed</tool_use_error>"
SESSION = [
    line("u1", None, "user", "fix the test", 0),
    answer("a1", "u1", text("Let me see"), 2, id="m1", output=1),
    answer("a2", "a1", [use("t1", "Bash", command="pytest"), use("t2", "Read", path="x")], 3, id="m1", output=50),
    line("u2", "a2", "user", [result("t1", FAILED, is_error=True), result("t2", "text")], 5,
         toolUseResult={"stdout": "1 failed"}),
    answer("a3", "u2", text("Found it"), 8),
]  # fmt: skip


def test_pieces_of_one_message_are_one_call_with_its_last_usage() -> None:
    found = spans(*SESSION)
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1", "tool-2"]
    call = found["call-1"]
    assert call.usage is not None
    assert (call.usage.input_tokens, call.usage.cache_read_tokens, call.usage.output_tokens) == (103, 100, 50)
    assert [part.type for part in call.output_messages[0].parts] == [
        PartType.TEXT, PartType.TOOL_CALL, PartType.TOOL_CALL]  # fmt: skip
    assert (found["tool-1"].status, found["tool-1"].error_message) == (Status.ERROR, "1 failed")
    assert (found["tool-2"].status, found["tool-2"].output) == (Status.OK, "text")
    assert found["tool-1"].attributes == {"toolUseResult": {"stdout": "1 failed"}}
    assert (found["run"].name, found["run"].session_id, found["run"].status) == (
        "fix the test",
        "s1",
        Status.OK,
    )


def test_every_line_counts_once() -> None:
    assert set(accounted(entries_of(FORMAT, *SESSION)).values()) == {1}


def test_a_sub_agent_stands_below_the_tool_that_started_it() -> None:
    side = {"isSidechain": True}
    found = spans(
        line("u1", None, "user", "go"),
        answer(
            "a1", "u1", [use("t1", "Task", prompt="look", description="Look around", subagent_type="Explore")]
        ),
        line("s1", None, "user", "look", **side),
        answer("s2", "s1", text("seen"), **side),
        line("u2", "a1", "user", [result("t1", "seen")]),
    )
    agent = found["sidechain-s1-run"]
    assert (agent.parent_id, agent.name, agent.agent, agent.kind) == (
        "tool-1", "Look around", "Explore", SpanKind.AGENT)  # fmt: skip
    assert found["sidechain-s1-call-1"].parent_id == agent.span_id
    assert len(found["sidechain-s1-call-1"].input_messages) == 1


def test_a_sub_agent_in_a_file_of_its_own_finds_its_tool() -> None:
    told = {"agentId": "x9", "totalTokens": 5}
    main = spans(
        line("u1", None, "user", "go"),
        answer("a1", "u1", [use("t1", "Task", prompt="look")]),
        line("u2", "a1", "user", [result("t1", "seen")], toolUseResult=told),
    )
    own = spans(line("s1", None, "user", "look", isSidechain=True, agentId="x9"))
    assert main["agent-x9"].tool_name == "Task"
    assert own["agent-x9-run"].parent_id == "agent-x9"
    assert own["agent-x9-run"].trace_id == main["agent-x9"].trace_id == "s1"


def test_after_a_compaction_only_the_summary_is_given() -> None:
    boundary = {
        **line("c1", None, "system", None, 9),
        "subtype": "compact_boundary",
        "logicalParentUuid": "a3",
        "compactMetadata": {"trigger": "auto", "preTokens": 155_000},
    }
    found = spans(
        *SESSION,
        boundary,
        line("u3", "c1", "user", "In short: fixed.", 9, isCompactSummary=True),
        answer("a4", "u3", text("Going on"), 11),
    )
    step = found["memory-1"]
    assert (step.name, step.kind, step.parent_id) == ("compaction (auto)", SpanKind.MEMORY, "run")
    assert step.attributes is not None
    assert step.attributes["compactMetadata"] == {"trigger": "auto", "preTokens": 155_000}
    assert [part.type for message in found["call-3"].input_messages for part in message.parts] == [
        PartType.COMPACTION]  # fmt: skip


def test_a_rewound_prompt_takes_back_what_was_said_since() -> None:
    found = spans(
        *SESSION, line("u3", "a1", "user", "No, another way", 20), answer("a4", "u3", text("Well"), 22)
    )
    given = found["call-3"].input_messages
    assert [message.role for message in given] == ["user", "assistant", "user"]
    assert found["turn-2"].attributes == {"claude_code.rewound_to": "a1"}


def test_a_refused_tool_and_an_interruption_wait_for_the_user() -> None:
    refusal = "The user doesn't want to proceed with this tool use. The tool use was rejected."
    found = spans(
        line("u1", None, "user", "push it"),
        answer("a1", "u1", [use("t1", "Bash", command="git push")]),
        line("u2", "a1", "user", [result("t1", refusal, is_error=True)]),
        line("u3", "u2", "user", text("[Request interrupted by user for tool use]")),
    )
    assert found["tool-1"].status is Status.INTERRUPTED
    assert found["run"].status is Status.INTERRUPTED


def test_an_api_error_is_a_failed_call_without_usage() -> None:
    said = 'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    found = spans(
        line("u1", None, "user", "go"),
        {
            **line("e1", "u1", "system", None, 3),
            "subtype": "api_error",
            "error": {"status": 529},
            "retryAttempt": 1,
        },
        answer("a1", "e1", text(said), 5, model="<synthetic>", isApiErrorMessage=True),
    )
    failed = found["call-2"]
    assert (found["call-1"].status, found["call-1"].error_type) == (Status.ERROR, "HTTP 529")
    assert (failed.status, failed.error_type, failed.usage, failed.model) == (
        Status.ERROR, "overloaded_error", None, None)  # fmt: skip
    assert (found["run"].status, found["run"].error_type) == (Status.ERROR, "overloaded_error")


def test_commands_name_turns_and_local_ones_make_none() -> None:
    typed = "<command-message>review</command-message>\n<command-name>/review</command-name><command-args>42</command-args>"
    found = spans(
        line("u0", None, "user", "<command-name>/model</command-name>"),
        line("u1", "u0", "user", "<local-command-stdout>Set model</local-command-stdout>"),
        line("u2", "u1", "user", typed),
        answer("a1", "u2", text("Fine"), 3),
        line("u3", "a1", "user", "thanks", 4),
        answer("a2", "u3", text("Any time"), 5),
    )
    assert [found[name].name for name in ("turn-1", "turn-2")] == ["turn 1: /review 42", "turn 2: thanks"]
    assert found["run"].name == "/review 42"


def test_titles_and_lines_beside_the_conversation_belong_to_the_run() -> None:
    snapshot = {
        "type": "file-history-snapshot",
        "messageId": "u1",
        "snapshot": {"trackedFileBackups": {"a.py": 1}},
    }
    entries = entries_of(
        FORMAT, snapshot, {"type": "summary", "summary": "A fix", "leafUuid": "a3"}, *SESSION
    )
    (root,) = [entry for entry in entries if isinstance(entry, Span) and entry.span_id == "run"]
    assert root.name == "A fix"
    assert root.events[0].attributes["snapshot"] == {"trackedFileBackups": {"a.py": 1}}
    assert set(accounted(entries).values()) == {1}


def test_a_line_that_stands_twice_is_skipped_once() -> None:
    entries = entries_of(FORMAT, *SESSION, SESSION[0])
    assert [entry.code for entry in entries if isinstance(entry, Skipped)] == ["repeated_line"]


def test_the_web_page_s_export_holds_the_same_lines() -> None:
    assert list(read([], "x")) == []
    found = spans({"loglines": SESSION})
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1", "tool-2"]
    match = sniff(Head([{"loglines": SESSION}]))
    assert match is not None
    assert match.confidence >= 85


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, [*SESSION, {"type": "summary", "summary": "A fix", "leafUuid": "a3"}])


def test_real_sessions(real_traces: Path) -> None:
    for path in sorted((real_traces / "claude_code").rglob("*.jsonl")):
        rows = [json.loads(row) for row in path.read_text().splitlines()]
        answers = [row["message"] for row in rows if isinstance(row, dict) and row.get("type") == "assistant"]
        last = {message["id"]: message["usage"]["output_tokens"] for message in answers}
        blocks = [b for m in answers for b in m["content"] if isinstance(b, dict)]
        with loaded(path, "claude_code") as db:
            assert sum(source.records for source in db.sources()) == len(rows)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(last)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == sum(
                block["type"] == "tool_use" for block in blocks
            )
            assert one(db, "SELECT sum(output_tokens) FROM runs") == sum(last.values())


def test_copies_that_lost_their_chain_are_recognised_with_less_confidence() -> None:
    line = {
        "type": "user",
        "message": {"role": "user", "content": "go"},
        "uuid": "m1",
        "timestamp": "2026-01-15",
    }
    match = sniff(Head([line]))
    assert match is not None
    assert match.confidence == 60
    assert sniff(Head([{**line, "session_id": "s"}])) is None
    assert sniff(Head([{**line, "message": "go"}])) is None


def test_a_tool_that_nobody_allowed_waits_for_the_user() -> None:
    found = spans(
        line("u1", None, "user", "push", 1),
        answer("a1", "u1", [use("t1", "Bash", command="git push")], 2),
        line("u2", "a1", "user", [result("t1", "This command requires approval", True)], 3),
    )
    assert (found["tool-1"].status, found["tool-1"].error_type) == (Status.INTERRUPTED, "no permission")


def test_sub_agents_of_a_workflow_stand_below_its_tool_and_its_journal_tells_nothing_more() -> None:
    launched = {"status": "async_launched", "runId": "wf_1a-2b"}
    found = spans(
        line("u1", None, "user", "count", 1),
        answer("a1", "u1", [use("t1", "Workflow", script="x")], 2),
        line("u2", "a1", "user", [result("t1", "launched")], 3, toolUseResult=launched),
        line("u3", "u2", "user", text("<task-notification>done</task-notification>"), 4),
        answer("a2", "u3", text("Done."), 5),
    )
    assert "wf_1a-2b" in found
    assert not any("turn" in own for own in found)
    records = [line("s1", None, "user", "Who calls it?", 3, isSidechain=True, agentId="ag1"),
               answer("s2", "s1", text("I do."), 4, isSidechain=True, agentId="ag1")]  # fmt: skip
    place = "s1/subagents/workflows/wf_1a-2b/agent-ag1.jsonl"
    roots = [
        e
        for e in entries_of(FORMAT, *records, source=place)
        if isinstance(e, Span) and e.span_id.endswith("run")
    ]
    assert [root.parent_id for root in roots] == ["wf_1a-2b"]
    journal = [{"type": "started", "key": "v2:1", "agentId": "ag1"},
               {"type": "result", "key": "v2:1", "agentId": "ag1", "result": "I do."}]  # fmt: skip
    match = sniff(Head(journal))
    assert match is not None
    assert {e.code for e in entries_of(FORMAT, *journal) if isinstance(e, Skipped)} == {"told_elsewhere"}
    assert set(accounted(entries_of(FORMAT, *journal)).values()) == {1}


def test_messages_under_their_type_alone_are_a_session_too() -> None:
    said: dict[str, Any] = {"type": "user", "message": {"role": "user", "content": "Read it"}}
    used = {"type": "assistant", "message": {"role": "assistant", "content": [use("c", "Read", file="a")]}}
    answered = {"type": "user", "message": {"role": "user", "content": [result("c", "text")]}}
    whole = {"messages": [said, used, answered]}
    assert sniff(Head([whole])) is not None
    assert sniff(Head([{"messages": [{"role": "user", "content": "x"}]}])) is None
    entries = entries_of(FORMAT, whole)
    assert accounted(entries).total() == 3
    assert [(e.kind, e.output) for e in entries if isinstance(e, Span)][-1] == (SpanKind.TOOL, "text")
