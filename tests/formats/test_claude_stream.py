"""Claude Code's stream-json: the run's cost and end, sub-agents by parent_tool_use_id, what an SDK recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import SAMPLES
from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats.claude_stream import FORMAT, sniff
from tracetui.formats.contract import Head
from tracetui.model import Span, Status


def said(mid: str, content: Any, parent: str | None = None) -> dict[str, Any]:
    message = {
        "id": mid,
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": content,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }
    return {
        "type": "assistant",
        "message": message,
        "parent_tool_use_id": parent,
        "session_id": "s1",
        "uuid": mid,
    }


def heard(content: Any, parent: str | None = None) -> dict[str, Any]:
    message = {"role": "user", "content": content}
    return {"type": "user", "message": message, "parent_tool_use_id": parent, "session_id": "s1"}


INIT = {
    "type": "system",
    "subtype": "init",
    "session_id": "s1",
    "tools": ["Task", "Bash"],
    "model": "claude-sonnet-4-6",
    "cwd": "/srv",
    "claude_code_version": "2.1.0",
}
TASK = {"type": "tool_use", "id": "t1", "name": "Task", "input": {"description": "Look", "prompt": "look"}}
STREAM: list[dict[str, Any]] = [
    INIT,
    said("m1", [TASK]),
    heard("look", "t1"),
    said("m2", [{"type": "text", "text": "seen"}], "t1"),
    heard([{"type": "tool_result", "tool_use_id": "t1", "content": "seen"}]),
    said("m3", [{"type": "text", "text": "Done."}]),
    {
        "type": "result",
        "subtype": "error_max_turns",
        "is_error": True,
        "session_id": "s1",
        "num_turns": 2,
        "total_cost_usd": 0.25,
        "duration_ms": 900,
        "usage": {"input_tokens": 15, "output_tokens": 6},
    },
]


def test_a_stream_is_a_run_with_its_cost_and_its_end() -> None:
    entries = entries_of(FORMAT, *STREAM)
    found = {entry.span_id: entry for entry in entries if isinstance(entry, Span)}
    root = found["run"]
    assert (root.status, root.error_type, root.session_id, root.version) == (
        Status.ERROR, "error_max_turns", "s1", "2.1.0")  # fmt: skip
    assert root.usage is not None
    assert str(root.usage.cost_usd) == "0.250000000000"
    assert [tool.name for tool in root.tools_offered] == ["Task", "Bash"]
    assert (found["t1-run"].parent_id, found["t1-run"].name) == ("tool-1", "Look")
    assert found["t1-call-1"].parent_id == "t1-run"
    assert set(accounted(entries).values()) == {1}


def test_streams_are_recognised() -> None:
    for line in (
        INIT,
        STREAM[1],
        STREAM[-1],
        {"metadata": {}, "messages": [{"direction": "recv", "message": INIT}]},
    ):
        assert sniff(Head([line])) is not None
    assert sniff(Head([{"type": "assistant", "message": {}}])) is None


def test_no_wrong_type_raises() -> None:
    assert_never_raises(FORMAT, STREAM)


def test_real_recordings(real_traces: Path) -> None:
    for path in sorted((real_traces / "claude_agent_sdk").rglob("*.json")):
        told = [item["message"] for item in json.loads(path.read_text())["messages"]]
        said = [item["message"] for item in told if item.get("type") == "assistant"]
        answers = {message["id"] for message in said}
        tools = {part["id"] for message in said for part in message["content"] if part["type"] == "tool_use"}
        with loaded(path, "claude_stream") as db:
            assert sum(source.records for source in db.sources()) == len(told)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(answers)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(tools)


def told_by(path: Path) -> list[dict[str, Any]]:
    """The lines of a stream, or the messages of a recording."""
    text = path.read_text()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return [item["message"] for item in json.loads(text)["messages"]]


def assert_totals_are_those_of_the_result(path: Path) -> None:
    (result,) = [line for line in told_by(path) if line.get("type") == "result"]
    usage = result["usage"]
    asked = sum(usage[f"{kind}input_tokens"] for kind in ("", "cache_creation_", "cache_read_"))
    with loaded(path, "claude_stream") as db:
        (run,) = db.sql("SELECT input_tokens, output_tokens, cost_usd FROM runs").rows(0, 9)
    assert run[:2] == (asked, usage["output_tokens"])
    assert float(run[2]) == result["total_cost_usd"]


def test_a_run_used_and_cost_what_its_result_says(real_traces: Path) -> None:
    for path in sorted((real_traces / "claude_agent_sdk").rglob("*.json")):
        assert_totals_are_those_of_the_result(path)


def test_a_run_of_the_samples_used_and_cost_what_its_result_says() -> None:
    for path in sorted((SAMPLES / "claude_stream").glob("*.jsonl")):
        assert_totals_are_those_of_the_result(path)


def test_a_try_that_was_refused_is_a_failed_call_and_the_end_is_told_in_words() -> None:
    retry = {"type": "system", "subtype": "api_retry", "attempt": 1, "error_status": 529, "error": "overloaded",
             "session_id": "s1"}  # fmt: skip
    end = {**STREAM[-1], "errors": ["Reached maximum number of turns (2)"]}
    entries = entries_of(FORMAT, INIT, retry, said("m1", [{"type": "text", "text": "Hi."}]), end)
    found = {entry.span_id: entry for entry in entries if isinstance(entry, Span)}
    assert (found["call-1"].status, found["call-1"].error_type) == (Status.ERROR, "HTTP 529")
    assert found["run"].error_message == "Reached maximum number of turns (2)"
    assert found["run"].name == "Claude Code in srv"
