"""Codex rollouts: messages told twice, cumulative counts, commands that fail, sub-agents in files of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.codex_rollout import FORMAT, sniff
from tracetui.formats.contract import Head
from tracetui.model import PartType, Span, SpanKind, Status


def line(word: str, second: int = 0, **payload: Any) -> dict[str, Any]:
    return {"timestamp": f"2026-05-11T07:30:{second:02d}.000Z", "type": word, "payload": payload}


def item(word: str, second: int = 0, **payload: Any) -> dict[str, Any]:
    return line("response_item", second, **{"type": word, **payload})


def event(word: str, second: int = 0, **payload: Any) -> dict[str, Any]:
    return line("event_msg", second, **{"type": word, **payload})


def said(role: str, text: str, second: int = 0) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", second, role=role, content=[{"type": kind, "text": text}])


def tokens(second: int, last: int, total: int) -> dict[str, Any]:
    counts = {
        "input_tokens": last,
        "cached_input_tokens": 5,
        "output_tokens": 7,
        "reasoning_output_tokens": 3,
    }
    return event(
        "token_count", second, info={"last_token_usage": counts, "total_token_usage": {"input_tokens": total}}
    )


META = line("session_meta", id="th1", cwd="/srv", cli_version="0.123.0", model_provider="openai",
            base_instructions={"text": "You are Codex."})  # fmt: skip
CONTEXT = line("turn_context", model="gpt-5.4", approval_policy="never")
ROLLOUT = [
    META,
    CONTEXT,
    said("user", "<environment_context>here</environment_context>"),
    said("user", "fix it", 1),
    event("user_message", 1, message="fix it"),
    event("agent_reasoning", 2, text="Thinking hard"),
    item("reasoning", 2, summary=[], encrypted_content="abc"),
    event("agent_message", 3, message="I run it."),
    said("assistant", "I run it.", 3),
    item("function_call", 4, name="exec_command", arguments='{"cmd": "x"}', call_id="c1"),
    tokens(4, 100, 100),
    event("exec_command_end", 6, call_id="c1", exit_code=2, stderr="boom", stdout="", duration={"secs": 1}),
    item("function_call_output", 6, call_id="c1", output="Process exited with code 2\nOutput:\nboom"),
    said("assistant", "It is broken.", 8),
    tokens(8, 120, 220),
    tokens(9, 120, 220),
    event("task_complete", 9, turn_id="t", last_agent_message="It is broken."),
]


def spans(*lines: Any) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(FORMAT, *lines) if isinstance(entry, Span)}


def test_what_is_told_twice_counts_once() -> None:
    found = spans(*ROLLOUT)
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1"]
    first, second = found["call-1"], found["call-2"]
    assert [(part.type, part.content) for part in first.output_messages[0].parts if part.content] == [
        (PartType.THINKING, "Thinking hard"),
        (PartType.TEXT, "I run it."),
        (PartType.TOOL_CALL, '{"cmd": "x"}'),
    ]
    assert first.usage is not None
    assert second.usage is not None
    assert (first.usage.input_tokens, first.usage.output_tokens, first.usage.reasoning_tokens) == (100, 7, 3)
    assert second.usage.input_tokens == 120
    assert (first.model, first.provider) == ("gpt-5.4", "openai")
    assert [message.role for message in first.input_messages] == ["system", "user", "user"]
    assert set(accounted(entries_of(FORMAT, *ROLLOUT)).values()) == {1}


def test_a_command_that_fails_is_an_error_and_the_run_is_not() -> None:
    found = spans(*ROLLOUT)
    tool = found["tool-1"]
    assert (tool.status, tool.error_type, tool.tool_name) == (Status.ERROR, "exit code 2", "exec_command")
    assert tool.attributes == {"exec_command_end": {"exit_code": 2, "duration": {"secs": 1}}}
    assert (found["run"].status, found["run"].name) == (Status.OK, "fix it")


def test_the_error_of_a_command_is_what_the_command_said_and_not_the_lines_before_it() -> None:
    head = "Chunk ID: 3a\nWall time: 0.1 seconds\nProcess exited with code {}\nOutput:\n{}"
    for code, output, wanted in ((1, "", "exit code 1"), (2, "no such file\nmore", "no such file")):
        found = spans(
            item("function_call", 1, call_id="c", name="exec_command", arguments="{}"),
            item("function_call_output", 2, call_id="c", output=head.format(code, output)),
        )
        (tool,) = [span for span in found.values() if span.kind is SpanKind.TOOL]
        assert (tool.status, tool.error_message) == (Status.ERROR, wanted)


def test_an_aborted_turn_is_interrupted_and_an_error_event_an_error() -> None:
    start = [META, said("user", "go"), said("assistant", "going")]
    assert spans(*start, event("turn_aborted", reason="interrupted"))["run"].status is Status.INTERRUPTED
    failed = spans(*start, event("error", message="quota\nexceeded", codex_error_info="usage_limit"))["run"]
    assert (failed.status, failed.error_type, failed.error_message) == (Status.ERROR, "usage_limit", "quota")


def test_a_sub_agent_finds_the_tool_that_spawned_it() -> None:
    parent = spans(
        META,
        said("user", "go"),
        item("function_call", name="spawn_agent", arguments="{}", call_id="c1"),
        event("collab_agent_spawn_end", call_id="c1", new_thread_id="th2"),
        item("function_call_output", call_id="c1", output='{"agent_id": "th2"}'),
    )
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": "th1", "agent_nickname": "Noether"}}}
    child = spans(
        line("session_meta", id="th2", source=spawn), said("user", "look"), said("assistant", "seen")
    )
    root = child["th2-run"]
    assert parent["spawn-th2"].tool_name == "spawn_agent"
    assert (root.parent_id, root.trace_id, root.agent) == ("spawn-th2", "th1", "Noether")


def test_compaction_replaces_the_history() -> None:
    found = spans(*ROLLOUT, line("compacted", 20, message="In short."), said("assistant", "on", 21))
    assert found["memory-1"].kind is SpanKind.MEMORY
    assert [part.type for message in found["call-3"].input_messages for part in message.parts] == [
        PartType.COMPACTION]  # fmt: skip


def test_old_rollouts_without_envelope() -> None:
    lines: list[Any] = [
        {"id": "old", "timestamp": "2025-06-01T00:00:00Z", "instructions": None},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]},
    ]
    assert sniff(Head(lines)) is not None
    found = spans(*lines)
    assert found["run"].trace_id == "old"
    assert found["call-1"].output_messages[0].parts[0].content == "hello"


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, [ROLLOUT[0], *ROLLOUT[3:]])


def test_real_rollouts(real_traces: Path) -> None:
    for path in sorted((real_traces / "codex_rollout").rglob("*.jsonl")):
        rows = [json.loads(row)["payload"] for row in path.read_text().splitlines()]
        counts = [row["info"] for row in rows if row.get("type") == "token_count"]
        calls = [row for row in rows if row.get("type") in ("function_call", "custom_tool_call")]
        with loaded(path, "codex_rollout") as db:
            assert sum(source.records for source in db.sources()) == len(rows)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(counts)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(calls)
            total = counts[-1]["total_token_usage"]
            assert one(db, "SELECT sum(input_tokens) FROM runs") == total["input_tokens"]
            assert one(db, "SELECT sum(output_tokens) FROM runs") == total["output_tokens"]


def test_items_that_newer_versions_tell_of_a_command_belong_to_its_call() -> None:
    told = {
        "type": "CommandExecution",
        "id": "c1",
        "exit_code": 3,
        "aggregated_output": "boom",
        "cwd": "/srv",
    }
    lines = [
        META, CONTEXT, said("user", "fix it", 1),
        item("function_call", 2, name="exec_command", arguments='{"cmd": "x"}', call_id="c1"),
        line("token_usage_record", 2, usage={"input_tokens": 10}),
        event("item_completed", 3, item=told),
        item("function_call_output", 3, call_id="c1", output="Output:\nboom"),
        line("world_state", 3, full=True),
    ]  # fmt: skip
    entries = entries_of(FORMAT, *lines)
    tool = next(e for e in entries if isinstance(e, Span) and e.span_id == "tool-1")
    assert (tool.attributes or {})["CommandExecution"]["exit_code"] == 3
    assert set(accounted(entries).values()) == {1}
    assert_never_raises(FORMAT, lines)
