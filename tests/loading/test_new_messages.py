"""Which messages of a call are new: those that the call before it lacks, also where agents work side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.loading.dumps import load
from tracetui.model import SpanKind

AT_NS = 1_000_000_000_000_000_000


def line(span_id: str, parent_id: str | None, begin: int, **more: Any) -> dict[str, Any]:
    span = {"tracetui": 1, "trace_id": "t", "span_id": span_id, "parent_id": parent_id, "name": span_id}
    return {**span, "start": AT_NS + begin * 1000, "end": AT_NS + begin * 1000 + 900, **more}


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def call(agent: str, number: int, begin: int) -> dict[str, Any]:
    texts = [f"{agent} {place}" for place in range(2 * number + 1)]
    given = [said(("user", "assistant")[place % 2], text) for place, text in enumerate(texts)]
    answer = [said("assistant", f"{agent} {2 * number + 1}")]
    more = {"kind": "LLM", "agent": "searcher", "input_messages": given, "output_messages": answer}
    return line(f"{agent}-{number}", agent, begin, **more)


def test_agents_of_one_name_that_work_side_by_side_each_have_their_own_history(tmp_path: Path) -> None:
    agents = [
        line(name, "root", begin, kind="AGENT", agent="searcher") for begin, name in ((1, "a"), (2, "b"))
    ]
    calls = [call(name, number, 10 + 2 * number + at) for number in range(3) for at, name in enumerate("ab")]
    path = tmp_path / "two_agents.jsonl"
    lines = [line("root", None, 0, kind="AGENT", agent="lead"), *agents, *calls]
    path.write_text("\n".join(json.dumps(item) for item in lines), encoding="utf-8")
    with load(path) as db:
        (run,) = db.runs()
        tree = db.tree(run.run_id)
        details = [db.detail(run.run_id, position) for position in range(len(tree))]
        new = {
            step.span_id: [view.position for view in step.messages if view.is_new and view.side == "input"]
            for step in details
            if step.kind is SpanKind.LLM
        }
        query = "SELECT span_id, position FROM messages WHERE is_new AND side = 'input' ORDER BY ALL"
        seen = {tuple(row) for row in db.read(query).rows(0, 99)}
    # what the agent itself had answered before is not new to it
    wanted = {f"{agent}-{number}": [2 * number] for agent in "ab" for number in range(3)}
    assert new == wanted
    assert seen == {(span_id, position) for span_id, places in new.items() for position in places}
