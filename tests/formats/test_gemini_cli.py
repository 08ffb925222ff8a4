"""Gemini CLI: chats with thoughts beside the output, updated messages, and streams of tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.gemini_cli import FORMAT, sniff
from tracetui.model import Span, Status

CALL = {
    "id": "c1",
    "name": "shell",
    "args": {"command": "ls"},
    "status": "success",
    "result": [{"functionResponse": {"id": "c1", "name": "shell", "response": {"output": "a.txt"}}}],
    "timestamp": "2026-04-08T11:00:05Z",
}
MESSAGES: list[dict[str, Any]] = [
    {"id": "1", "type": "user", "content": "list", "timestamp": "2026-04-08T11:00:00Z"},
    {
        "id": "2",
        "type": "gemini",
        "content": "Listing",
        "timestamp": "2026-04-08T11:00:04Z",
        "thoughts": [{"subject": "Look", "description": "around"}],
        "tokens": {"input": 100, "output": 20, "cached": 50, "thoughts": 7, "tool": 0, "total": 127},
        "toolCalls": [CALL],
        "model": "gemini-3",
    },
    {"id": "3", "type": "info", "content": "note"},
]
HEADER = {"sessionId": "s1", "projectHash": "h", "startTime": "2026-04-08T11:00:00Z"}
STREAM: list[dict[str, Any]] = [
    {"type": "init", "timestamp": "2026-04-08T11:00:00Z", "session_id": "s1", "model": "gemini-3"},
    {"type": "message", "timestamp": "2026-04-08T11:00:00Z", "role": "user", "content": "go"},
    {
        "type": "message",
        "timestamp": "2026-04-08T11:00:02Z",
        "role": "assistant",
        "content": "I ",
        "delta": True,
    },
    {
        "type": "message",
        "timestamp": "2026-04-08T11:00:03Z",
        "role": "assistant",
        "content": "go",
        "delta": True,
    },
    {
        "type": "tool_use",
        "timestamp": "2026-04-08T11:00:03Z",
        "tool_name": "ls",
        "tool_id": "t1",
        "parameters": {"p": 1},
    },
    {
        "type": "tool_result",
        "timestamp": "2026-04-08T11:00:04Z",
        "tool_id": "t1",
        "status": "error",
        "error": {"type": "bad", "message": "no such folder"},
    },
    {
        "type": "result",
        "timestamp": "2026-04-08T11:00:09Z",
        "status": "success",
        "stats": {"input_tokens": 5},
    },
]


def spans(*lines: Any) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(FORMAT, *lines) if isinstance(entry, Span)}


def test_a_chat_is_a_run_whose_thoughts_count_as_output() -> None:
    found = spans({**HEADER, "messages": MESSAGES})
    usage = found["call-1"].usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens, usage.total_tokens) == (
        100,
        27,
        7,
        127,
    )
    assert (found["tool-1"].output, found["tool-1"].status) == ("a.txt", Status.OK)
    assert (found["run"].name, found["run"].session_id) == ("list", "s1")


def test_a_chat_of_lines_reads_like_a_document_and_takes_updates() -> None:
    early = {**MESSAGES[1], "toolCalls": [], "tokens": None}
    lines = [HEADER, MESSAGES[0], early, *MESSAGES[1:], {"$set": {"lastUpdated": "x"}}]
    assert sorted(spans(*lines)) == ["call-1", "run", "tool-1"]
    assert set(accounted(entries_of(FORMAT, *lines)).values()) == {1}
    rewound = spans(*lines, {"$rewindTo": "2"})
    assert sorted(rewound) == ["run"]
    assert [event.name for event in rewound["run"].events] == ["rewound message", "rewound message"]


def test_a_stream_joins_pieces_and_results() -> None:
    found = spans(*STREAM)
    assert sorted(found) == ["call-1", "run", "tool-1"]
    assert [part.content for part in found["call-1"].output_messages[0].parts] == ["I go", '{"p":1}']
    tool = found["tool-1"]
    assert (tool.status, tool.error_type, tool.error_message) == (Status.ERROR, "bad", "no such folder")
    assert found["run"].status is Status.OK
    assert spans(*STREAM[:-1])["run"].status is Status.UNFINISHED
    assert set(accounted(entries_of(FORMAT, *STREAM)).values()) == {1}


def test_chats_and_streams_are_recognised() -> None:
    heads: list[Any] = [
        {**HEADER, "messages": []},
        HEADER,
        STREAM[0],
        STREAM[4],
        {"sessionId": "x", "messages": MESSAGES},
    ]
    assert all(sniff(Head([value])) is not None for value in heads)
    assert sniff(Head([{"sessionId": "x", "messages": [{"role": "user"}]}])) is None


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, STREAM)
    assert_never_raises(FORMAT, [HEADER, *MESSAGES])
    assert_never_raises(FORMAT, [{**HEADER, "messages": MESSAGES}], one_entry_each=False)


def test_the_real_stream(real_traces: Path) -> None:
    (path,) = (real_traces / "gemini_cli").rglob("*.jsonl")
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    words = [row["type"] for row in rows]
    answers = [
        at for at, word in enumerate(words)
        if word == "tool_use" and words[at - 1] in ("message", "tool_result")
    ]  # fmt: skip
    final = words.index("result")
    with loaded(path, "gemini_cli") as db:
        assert sum(source.records for source in db.sources()) == len(rows)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == words.count("tool_use")
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(answers) + 1
        assert one(db, "SELECT sum(total_tokens) FROM runs") == rows[final]["stats"]["total_tokens"]


def test_results_told_again_make_no_turn_and_exit_codes_tell_failures() -> None:
    said = "Output: boom\nExit Code: 2\nProcess Group PGID: 7"
    response = [{"functionResponse": {"id": "c1", "name": "shell", "response": {"output": said}}}]
    context = {"id": "0", "type": "user", "content": [{"text": "<session_context>here</session_context>"}]}
    lines = [
        HEADER,
        {"$set": {"messages": [context], "lastUpdated": "2026-04-08T11:00:00Z"}},
        MESSAGES[0],
        {**MESSAGES[1], "toolCalls": [{**CALL, "result": response}]},
        {"id": "4", "type": "user", "content": response},
        {"id": "5", "type": "gemini", "content": "It fails.", "timestamp": "2026-04-08T11:00:09Z"},
    ]
    found = spans(*lines)
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1"]
    tool = found["tool-1"]
    assert (tool.status, tool.error_type, tool.error_message) == (Status.ERROR, "exit code 2", "boom")
    assert [message.role for message in found["call-1"].input_messages] == ["user", "user"]
    assert (found["run"].status, found["run"].name) == (Status.OK, "list")
    assert set(accounted(entries_of(FORMAT, *lines)).values()) == {1}
    assert_never_raises(FORMAT, lines)
