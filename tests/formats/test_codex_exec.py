"""What `codex exec --json` prints: commands that fail, answers in pieces, how a run ends."""

from __future__ import annotations

from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises
from tests.formats.reading import entries_of
from tracetui.formats.codex_exec import FORMAT, sniff
from tracetui.formats.contract import Head
from tracetui.model import Event, PartType, Span, SpanKind, Status

RAN = {"id": "item_2", "type": "command_execution", "command": "/bin/bash -lc 'make test'"}
LINES: list[dict[str, Any]] = [
    {"type": "thread.started", "thread_id": "th1"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "Look."}},
    {"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "I test."}},
    {"type": "item.started", "item": {**RAN, "aggregated_output": "", "exit_code": None, "status": "in_progress"}},
    {
        "type": "item.completed",
        "item": {**RAN, "aggregated_output": "no rule\n", "exit_code": 2, "status": "failed"},
    },
    {
        "type": "item.completed",
        "item": {
            "id": "item_3", "type": "mcp_tool_call", "server": "files", "tool": "find",
            "arguments": {"q": "x"}, "result": {"content": [{"type": "text", "text": "a"}]}, "status": "completed",
        },
    },
    {"type": "item.updated", "item": {"id": "item_4", "type": "todo_list", "items": [{"text": "a"}]}},
    {
        "type": "turn.completed",
        "usage": {"input_tokens": 90, "cached_input_tokens": 40, "output_tokens": 9, "reasoning_output_tokens": 3},
    },
]  # fmt: skip


def spans(lines: list[dict[str, Any]]) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(FORMAT, *lines) if isinstance(entry, Span)}


def test_answers_commands_and_tools_are_steps_of_a_run() -> None:
    found = spans(LINES)
    root, call, shell, mcp = found["run"], found["call-1"], found["tool-1"], found["tool-2"]
    assert (root.trace_id, root.status, root.output) == ("th1", Status.OK, "I test.")
    assert root.usage is not None
    assert (root.usage.input_tokens, root.usage.output_tokens, root.usage.cache_read_tokens) == (90, 9, 40)
    assert [part.type for part in call.output_messages[0].parts] == [PartType.THINKING, PartType.TEXT]
    assert (shell.kind, shell.tool_name, shell.input) == (SpanKind.TOOL, "shell", '{"command":"make test"}')
    assert (shell.status, shell.error_type, shell.error_message) == (Status.ERROR, "exit code 2", "no rule")
    assert (mcp.name, mcp.status) == ("files.find", Status.OK)
    assert [event.name for event in root.events if isinstance(event, Event)] == ["todo_list"]
    assert set(accounted(entries_of(FORMAT, *LINES)).values()) == {1}


def test_a_failed_turn_fails_the_run_in_the_words_of_the_error() -> None:
    told = '{"type": "error", "error": {"type": "invalid_request_error", "message": "too long"}}'
    root = spans([*LINES[:4], {"type": "turn.failed", "error": {"message": told}}])["run"]
    assert (root.status, root.error_type, root.error_message) == (
        Status.ERROR, "invalid_request_error", "too long")  # fmt: skip


def test_a_source_of_two_threads_is_two_runs() -> None:
    entries = entries_of(FORMAT, *LINES, {"type": "thread.started", "thread_id": "th2"}, *LINES[1:])
    assert {entry.trace_id for entry in entries if isinstance(entry, Span)} == {"th1", "th2"}


def test_events_are_recognised() -> None:
    assert sniff(Head([LINES[0]])) is not None
    assert sniff(Head(LINES[4:])) is not None
    assert sniff(Head([{"type": "error", "message": "x"}, {"type": "turn.started"}])) is None


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, LINES)


def test_events_in_an_object_are_read_as_lines() -> None:
    assert sniff(Head([{"events": LINES}])) is not None
    assert accounted(entries_of(FORMAT, {"events": LINES})).total() == len(LINES)
