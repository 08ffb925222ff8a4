"""OpenClaw telemetry: messages told once, tools timed by events, sub-agents, and events without messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.openclaw import FORMAT, sniff
from tracetui.formats.openclaw_session import asked_in
from tracetui.model import Skipped, Span, SpanKind, Status

BASE = 1_788_000_000_000
MAIN, CHILD = "agent:main:main", "agent:main:subagent:1"
USAGE = {"input": 3, "output": 20, "cacheRead": 100, "cacheWrite": 7, "cost": {"total": 0.5}}
SPAWN = {"task": "look", "label": "looker"}


def event(number: int, word: str, key: str | None = MAIN, **more: Any) -> dict[str, Any]:
    keyed = {"sessionKey": key, "agentId": "main"} if key else {}
    return {"type": word, **keyed, **more, "seq": number, "ts": BASE + number * 1000}


def user(number: int, text: str) -> dict[str, Any]:
    return {"role": "user", "content": text, "timestamp": BASE + number * 1000}


def answer(number: int, text: str, *calls: tuple[str, str, Any]) -> dict[str, Any]:
    blocks = [
        {"type": "toolCall", "id": call, "name": name, "arguments": given} for call, name, given in calls
    ]
    content = [{"type": "text", "text": text}, *blocks]
    stop = "toolUse" if calls else "stop"
    told = {"role": "assistant", "content": content, "model": "m", "usage": USAGE, "stopReason": stop}
    return {**told, "timestamp": BASE + number * 1000}


def result(number: int, call: str, name: str, **details: Any) -> dict[str, Any]:
    told = {"role": "toolResult", "toolCallId": call, "toolName": name, "content": "ok", "isError": False}
    return {**told, "details": details, "timestamp": BASE + number * 1000}


FIRST = [
    user(1, "go"),
    answer(2, "", ("t1", "spawn", SPAWN)),
    result(6, "t1", "spawn", childSessionKey=CHILD),
]
LINES: list[Any] = [
    event(0, "message.in", None, channel="x", content="go"),
    event(1, "agent.start", prompt="go"),
    event(4, "tool.start", toolName="spawn", params=SPAWN),
    event(6, "tool.end", toolName="spawn", durationMs=2000, success=True),
    event(7, "agent.start", CHILD, prompt="look"),
    event(9, "agent.end", CHILD, messages=[user(7, "look"), answer(8, "seen")], success=True),
    event(10, "agent.end", messages=[*FIRST, answer(7, "done")], success=True),
    event(
        20,
        "agent.end",
        messages=[*FIRST, answer(7, "done"), user(12, "more"), answer(13, "enough")],
        success=True,
    ),
]
BARE: list[Any] = [
    event(1, "agent.start", prompt="go"),
    event(1, "agent.start", prompt="go"),
    event(
        5,
        "llm.usage",
        model="m",
        inputTokens=3,
        outputTokens=2,
        cacheTokens=10,
        durationMs=3000,
        costUsd=0.25,
    ),
    event(6, "tool.start", toolName="exec", params={"command": "x"}),
    event(8, "tool.end", toolName="exec", success=False, error="no such file\nx"),
    event(9, "agent.end", success=False, error="gave up"),
]


def spans(*lines: Any) -> dict[str, Span]:
    return {found.span_id: found for found in entries_of(FORMAT, *lines) if isinstance(found, Span)}


def seconds(span: Span) -> tuple[int | None, int | None]:
    return tuple(None if ns is None else ns // 10**9 - BASE // 1000 for ns in (span.start_ns, span.end_ns))  # type: ignore[return-value]  # of two


def test_messages_are_told_once_and_timed_by_events() -> None:
    found = spans(*LINES)
    assert [key for key in found if "call" in key and CHILD not in key] == ["call-1", "call-2", "call-3"]
    assert [seconds(found[key]) for key in ("call-1", "tool-1", "call-3")] == [(2, 4), (4, 6), (13, 20)]
    usage = found["call-1"].usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (110, 20)
    assert [span.name for span in found.values() if span.kind is SpanKind.CHAIN] == [
        "turn 1: go",
        "turn 2: more",
    ]
    assert (found["run"].status, found["run"].name) == (Status.OK, "go")


def test_a_sub_agent_stands_below_the_tool_that_spawned_it() -> None:
    found = spans(*LINES)
    child = found[f"{CHILD}-run"]
    assert (child.trace_id, child.parent_id, child.name) == (MAIN, "tool-1", "looker")


def test_events_without_messages_are_the_steps() -> None:
    found = spans(*BARE)
    assert sorted(found) == ["call-1", "run", "tool-1"]
    usage = found["call-1"].usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, seconds(found["call-1"])) == (13, 10, (2, 5))
    tool = found["tool-1"]
    assert (tool.status, tool.error_message, seconds(tool)) == (Status.ERROR, "no such file", (6, 8))
    assert (found["run"].status, found["run"].error_message) == (Status.ERROR, "gave up")
    assert spans(*BARE[:-1])["run"].status is Status.UNFINISHED


def test_prompts_are_named_by_what_was_asked() -> None:
    wrapped = 'Sender (untrusted metadata):\n```json\n{"id": 1}\n```\n\n[Sun 2026-08-30 08:00 UTC] Hello'
    assert asked_in(wrapped) == "Hello"
    assert asked_in("[Sun 2026-08-30 08:00 UTC] [Subagent Context] x\n\n[Subagent Task]: Look") == "Look"
    assert asked_in("plain [text]") == "plain [text]"


def test_telemetry_is_recognised() -> None:
    assert all(sniff(Head([line])) is not None for line in (*LINES, *BARE))
    assert sniff(Head([{"type": "agent.start", "ts": 1}, {"type": "tool_use", "seq": 1, "ts": 2}])) is None


def test_events_stand_in_the_order_of_their_times() -> None:
    told, turned = spans(*LINES), spans(*LINES[::-1])
    assert {key: seconds(span) for key, span in turned.items()} == {
        key: seconds(span) for key, span in told.items()
    }


def test_every_event_counts_once_and_no_wrong_type_raises() -> None:
    for lines in (LINES, BARE):
        entries = entries_of(FORMAT, *lines)
        assert set(accounted(entries).values()) == {1}
        assert_never_raises(FORMAT, lines)


def test_a_message_without_session_is_an_event_of_the_one_conversation_there_is() -> None:
    after = event(99, "message.out", None, channel="x", content="bye")
    root = spans(*LINES, after)["run"]
    assert root.status is Status.OK
    told = [
        (found.name, (found.attributes or {})["content"]) for found in root.events if "message." in found.name
    ]
    assert told == [("message.in", "go"), ("message.out", "bye")]
    other = event(99, "agent.end", "agent:other:main", messages=[user(7, "hi")], success=True)
    skipped = [entry.code for entry in entries_of(FORMAT, *LINES, other) if isinstance(entry, Skipped)]
    assert skipped == ["no_session"]


def test_the_real_telemetry(real_traces: Path) -> None:
    (path,) = (real_traces / "openclaw").rglob("*.jsonl")
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    said = [message for row in rows if row["type"] == "agent.end" for message in row["messages"]]
    answers = [message for message in said if message["role"] == "assistant"]
    calls = [block for message in answers for block in message["content"] if block["type"] == "toolCall"]
    with loaded(path, "openclaw") as db:
        assert sum(source.records for source in db.sources()) == len(rows)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(answers)
        assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(calls)
        tokens = sum(message["usage"]["totalTokens"] for message in answers)
        assert one(db, "SELECT sum(total_tokens) FROM runs") == tokens
