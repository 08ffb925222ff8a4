"""OpenHands: actions and observations of both generations, evaluations, logs of single calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.openhands import FORMAT, sniff
from tracetui.model import Skipped, Span, SpanKind, Status


def event(number: int, source: str = "agent", **more: Any) -> dict[str, Any]:
    return {"id": number, "timestamp": f"2026-01-14T08:00:{number:02d}.000000", "source": source, **more}


def meta(response: str, call: str) -> dict[str, Any]:
    asked = [{"id": call, "type": "function", "function": {"name": "bash", "arguments": "{}"}}]
    choice = {
        "finish_reason": "tool_calls",
        "message": {"role": "assistant", "content": "ok", "tool_calls": asked},
    }
    usage = {"prompt_tokens": 10, "completion_tokens": 2}
    return {
        "function_name": "bash",
        "tool_call_id": call,
        "model_response": {"id": response, "model": "m", "choices": [choice], "usage": usage},
    }


EVENTS: list[dict[str, Any]] = [
    event(0, action="system", args={"content": "You are"}),
    event(1, "user", action="message", args={"content": "Fix it"}),
    event(2, action="run", tool_call_metadata=meta("r1", "t1"), args={"command": "ls"}),
    event(3, observation="run", cause=2, content="boom", extras={"metadata": {"exit_code": 2}}),
    event(4, "environment", observation="agent_state_changed", content="", extras={"agent_state": "running"}),
    event(5, action="finish", tool_call_metadata=meta("r2", "t2"), args={"final_thought": "Done"}),
]
EVALUATED = {
    "instance_id": "x-1",
    "history": EVENTS[:4],
    "metadata": {"agent_class": "CodeActAgent"},
    "metrics": {"accumulated_cost": 0.5},
    "error": "RuntimeError: Agent reached maximum iteration",
}
SECOND: list[dict[str, Any]] = [
    event(0, kind="SystemPromptEvent", system_prompt={"text": "You are"}),
    event(1, "user", kind="MessageEvent", llm_message={"role": "user", "content": [{"type": "text", "text": "Go"}]}),
    event(2, kind="ActionEvent", thought=[{"type": "text", "text": "hm"}], tool_name="terminal", tool_call_id="t1",
          llm_response_id="r1", tool_call={"arguments": "{}"}),
    event(3, kind="ActionEvent", thought=[], tool_name="terminal", tool_call_id="t2", llm_response_id="r1",
          action={"command": "ls"}),
    event(4, "environment", kind="ObservationEvent", tool_call_id="t1",
          observation={"content": [{"type": "text", "text": "a"}], "is_error": True}),
    event(5, "environment", kind="ConversationStateUpdateEvent", key="stats", value={}),
]  # fmt: skip
STATE: dict[str, Any] = {
    "id": "c", "agent": {"llm": {"model": "m"}}, "workspace": {}, "execution_status": "finished",
    "stats": {"usage_to_metrics": {"agent": {
        "token_usages": [{"response_id": "r1", "model": "m", "prompt_tokens": 7, "completion_tokens": 1}],
        "costs": [{"model": "m", "cost": 0.25}],
        "response_latencies": [{"response_id": "r1", "latency": 0.5}]}}},
}  # fmt: skip
CALL = {
    "messages": [{"role": "user", "content": "hi"}],
    "response": {"id": "c1", "model": "m", "choices": [{"message": {"role": "assistant", "content": "hello"}}],
                 "usage": {"prompt_tokens": 5, "completion_tokens": 1}},
    "cost": 0.01,
    "timestamp": 1757015025.5,
    "latency_sec": 2.5,
    "tools": [{"type": "function", "function": {"name": "ls", "parameters": {}}}],
}  # fmt: skip


def spans(*lines: Any) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(FORMAT, *lines) if isinstance(entry, Span)}


def test_actions_are_joined_with_their_observations() -> None:
    found = spans(*EVENTS)
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1", "tool-2"]
    tool = found["tool-1"]
    assert (tool.tool_name, tool.status, tool.error_type, tool.output) == (
        "bash",
        Status.ERROR,
        "exit code 2",
        "boom",
    )
    assert found["call-1"].usage is not None
    assert found["call-1"].usage.input_tokens == 10
    assert (found["run"].status, found["run"].output, found["run"].name) == (Status.OK, "Done", "Fix it")
    assert set(accounted(entries_of(FORMAT, *EVENTS)).values()) == {1}


def test_an_evaluation_ends_with_its_error() -> None:
    root = spans(EVALUATED)["run"]
    assert (root.name, root.agent, root.status, root.error_type) == (
        "x-1", "CodeActAgent", Status.ERROR, "max_iterations")  # fmt: skip
    assert root.usage is not None
    assert str(root.usage.cost_usd) == "0.500000000000"


def test_the_second_generation() -> None:
    found = spans(*SECOND)
    assert sorted(found) == ["call-1", "run", "tool-1", "tool-2"]
    assert (found["tool-1"].status, found["tool-1"].output) == (Status.ERROR, "a")
    assert set(accounted(entries_of(FORMAT, *SECOND)).values()) == {1}


def test_a_server_that_was_left_running_is_no_error() -> None:
    running: dict[str, Any] = {
        "cause": 2,
        "content": "…",
        "success": False,
        "extras": {"metadata": {"exit_code": -1}},
    }
    found = spans(*EVENTS[:3], event(3, observation="run", **running))
    assert (found["tool-1"].status, found["tool-1"].error_type) == (Status.OK, None)
    seen = {"content": [], "exit_code": -1, "is_error": True, "kind": "TerminalObservation"}
    found = spans(*SECOND[:3], event(4, kind="ObservationEvent", tool_call_id="t1", observation=seen))
    assert found["tool-1"].status is Status.OK


def test_tools_offered_are_those_of_the_system_prompt() -> None:
    offered = [{"type": "function", "function": {"name": "bash", "parameters": {}}}]
    first = spans(event(0, action="system", args={"content": "You are", "tools": offered}), *EVENTS[1:3])
    assert [tool.name for tool in first["call-1"].tools_offered] == ["bash"]
    tools = [
        {"title": "look", "kind": "LookTool", "description": "d"},
        {"kind": "X", "annotations": {"title": "go"}},
    ]
    second = spans({**SECOND[0], "tools": tools}, *SECOND[1:3])
    assert [tool.name for tool in second["call-1"].tools_offered] == ["look", "go"]


def test_how_a_conversation_of_the_second_generation_ends() -> None:
    done = {"content": [{"type": "text", "text": "Done"}], "is_error": False, "kind": "FinishObservation"}
    finished = [*SECOND[:3], event(4, kind="ObservationEvent", tool_call_id="t1", observation=done)]
    assert (spans(*finished)["run"].status, spans(*finished)["run"].output) == (Status.OK, "Done")
    assert spans(*finished, {**SECOND[1], "id": 5})["run"].status is None
    stopped = spans(*SECOND[:3], event(4, "user", kind="PauseEvent"))["run"]
    assert (stopped.status, stopped.error_type) == (Status.INTERRUPTED, "cancelled")
    failed = event(4, kind="ConversationErrorEvent", code="LLMError", detail="no key")
    run = spans(STATE | {"execution_status": "error"}, *SECOND[:3], failed)["run"]
    assert (run.status, run.error_type, run.error_message) == (Status.ERROR, "LLMError", "no key")
    assert spans(STATE | {"execution_status": "waiting_for_confirmation"}, *SECOND)["run"].error_type is None


def test_the_state_of_a_conversation_tells_of_its_calls() -> None:
    found = spans(STATE, *SECOND)
    call = found["call-1"]
    assert call.usage is not None
    assert (call.model, call.usage.input_tokens, str(call.usage.cost_usd)) == ("m", 7, "0.250000000000")
    assert call.start_ns is not None
    assert call.end_ns is not None
    assert call.end_ns - call.start_ns == 500_000_000
    assert set(accounted(entries_of(FORMAT, STATE, *SECOND)).values()) == {1}
    (alone,) = entries_of(FORMAT, STATE)
    assert isinstance(alone, Skipped)


def test_a_log_of_one_call_is_a_call() -> None:
    (span,) = spans(CALL).values()
    assert (span.kind, span.model, span.end_ns) == (SpanKind.LLM, "m", 1757015025_500_000_000)
    assert span.start_ns == 1757015023_000_000_000
    assert [tool.name for tool in span.tools_offered] == ["ls"]


def test_events_are_recognised() -> None:
    heads: list[Any] = [EVENTS[0], EVENTS[3], EVALUATED, SECOND[0], CALL]
    assert all(sniff(Head([value])) is not None for value in heads)
    assert sniff(Head([{"id": 1, "timestamp": "x", "source": "user", "kind": "LLM"}])) is None


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, EVENTS)
    assert_never_raises(FORMAT, [STATE, *SECOND])
    assert_never_raises(FORMAT, [EVALUATED, CALL], one_entry_each=False)


def test_real_files(real_traces: Path) -> None:
    folder = real_traces / "openhands" / "All-Hands-AI+OpenHands"
    for path in sorted(folder.iterdir()):
        text = path.read_text()
        if path.suffix == ".jsonl":
            events = [item for row in text.splitlines() for item in json.loads(row)["history"]]
        else:
            events = json.loads(text)
        acted = [item for item in events if item.get("action") and item["source"] == "agent"]
        calls = [item for item in acted if item["action"] != "system"]
        responses = [
            item.get("tool_call_metadata", {"model_response": item})["model_response"]["id"] for item in calls
        ]
        with loaded(path, "openhands") as db:
            assert sum(source.records for source in db.sources()) == len(events)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(set(responses))
            tools = [item for item in calls if item["action"] != "message"]
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(tools)
    for path in sorted((real_traces / "openhands" / "OpenHands+software-agent-sdk").glob("*llm-logs*")):
        log = json.loads(path.read_text())
        with loaded(path, "openhands") as db:
            assert [(source.records, source.spans) for source in db.sources()] == [(1, 1)]
            assert one(db, "SELECT input_tokens FROM llm_calls") == log["response"]["usage"]["prompt_tokens"]
            given = len(log.get("raw_messages") or log["messages"])
            assert one(db, "SELECT count(DISTINCT position) FROM messages WHERE side = 'input'") == given
