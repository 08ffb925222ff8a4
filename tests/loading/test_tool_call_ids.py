"""Requests and executions of tools whose ids a source uses more than once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loading.dumps import load


@pytest.mark.parametrize("has_times", [True, False])
def test_an_id_that_is_used_again_is_another_call(tmp_path: Path, has_times: bool) -> None:
    asked = [("search", '{"to": "LIS"}'), ("book", '{"flight": 7}'), ("book", '{"flight": 8}')]
    history: list[dict[str, Any]] = [{"role": "user", "content": "A flight to Lisbon"}]
    spans: list[dict[str, Any]] = [{"trace_id": "t", "span_id": "root", "name": "agent", "kind": "AGENT"}]
    for number, (name, arguments) in enumerate(asked):
        request = {"type": "tool_call", "tool_call_id": "call_1", "tool_name": name, "content": arguments}
        answer = {"role": "assistant", "parts": [request]}
        call = {"span_id": f"llm-{number}", "name": "chat", "kind": "LLM", "input_messages": list(history)}
        tool = {
            "span_id": f"tool-{number}",
            "name": name,
            "kind": "TOOL",
            "tool_name": name,
            "input": arguments,
        }
        spans += [
            {**call, "trace_id": "t", "parent_id": "root", "output_messages": [answer]},
            {
                **tool,
                "trace_id": "t",
                "parent_id": "root",
                "tool_call_id": "call_1",
                "output": f"done {number}",
            },
        ]
        result = {"type": "tool_result", "tool_call_id": "call_1", "content": f"done {number}"}
        history += [answer, {"role": "tool", "parts": [result]}]
    spans.append({"trace_id": "t", "span_id": "end", "parent_id": "root", "name": "chat", "kind": "LLM", "input_messages": history})  # fmt: skip
    if has_times:
        spans = [
            {**span, "start": 10**18 + n * 10**9, "end": 10**18 + n * 10**9 + 5}
            for n, span in enumerate(spans)
        ]
    path = tmp_path / "reused.jsonl"
    path.write_text("\n".join(json.dumps({"tracetui": 1, **span}) for span in spans), encoding="utf-8")
    query = "SELECT name, arguments, result, requested_by, executed_by, attempt FROM tool_calls ORDER BY step"
    with load(path) as db:
        rows = db.read(query).rows(0, 9)
    assert rows == [
        (name, arguments, f"done {number}", f"llm-{number}", f"tool-{number}", 1)
        for number, (name, arguments) in enumerate(asked)
    ]
    without = [span for span in spans if span.get("kind") != "TOOL"]
    path.write_text("\n".join(json.dumps({"tracetui": 1, **span}) for span in without), encoding="utf-8")
    with load(path) as db:
        assert db.read(query).rows(0, 9) == [(*row[:4], None, 1) for row in rows]
