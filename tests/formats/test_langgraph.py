"""LangGraph: snapshots in any order become one run; forks, pauses, failures, streams, odd values."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.formats.reading import entries_of
from tracetui.formats.contract import Head
from tracetui.formats.langgraph import FORMAT
from tracetui.model import Entry, ImportIssue, LogRecord, Merged, Span, SpanKind, Status

HUMAN = {"type": "human", "content": "hi", "id": "m1"}
ASKS = {"type": "ai", "content": "", "id": "m2", "tool_calls": [{"name": "find", "args": {"q": 1}, "id": "c1"}],
        "usage_metadata": {"input_tokens": 5, "output_tokens": 2}, "response_metadata": {"model_name": "gpt-4o"}}  # fmt: skip
FOUND = {"type": "tool", "content": "no", "id": "m3", "tool_call_id": "c1", "status": "error"}


def snapshot(
    number: int, messages: list[Any], node: str | None, source: str = "loop", **more: Any
) -> dict[str, Any]:
    return {
        "values": {"messages": messages},
        "next": [node] if node else [],
        "config": {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": f"c{number}"}},
        "parent_config": {"configurable": {"thread_id": "t", "checkpoint_id": f"c{number - 1}"}}
        if number
        else None,
        "metadata": {"source": source, "step": number - 1},
        "created_at": f"2026-09-14T09:30:{number:02}+00:00",
        "tasks": [{"id": f"k{number}", "name": node, "error": None, "interrupts": []}] if node else [],
        **more,
    }


HISTORY = [
    snapshot(3, [HUMAN, ASKS, FOUND], None),
    snapshot(2, [HUMAN, ASKS], "tools"),
    snapshot(1, [HUMAN], "agent"),
    snapshot(0, [], "__start__", "input"),
]


ODD: tuple[Any, ...] = (None, 7, "x", [], {}, [None], True)


def spans(entries: list[Entry]) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries if isinstance(entry, Span)}


def accounted(entries: list[Entry]) -> int:
    return sum(not (isinstance(e, ImportIssue) or (isinstance(e, Span) and e.is_derived)) for e in entries)


def test_snapshots_become_turns_nodes_and_calls() -> None:
    entries = entries_of(FORMAT, *HISTORY)
    found = spans(entries)
    assert {key: (span.name, span.parent_id) for key, span in found.items()} == {
        "thread": ("LangGraph thread", None),
        "c0": ("turn 1: hi", "thread"),
        "c1": ("agent", "c0"),
        "c1/1": ("chat gpt-4o", "c1"),
        "c2": ("tools", "c0"),
        "c2/1": ("find", "c2"),
        "c3": ("end", "c0"),
    }
    assert accounted(entries) == 4
    model, tool = found["c1/1"], found["c2/1"]
    assert model.usage is not None
    assert (model.usage.input_tokens, [message.role for message in model.input_messages]) == (5, ["user"])
    assert (tool.kind, tool.input, tool.output, tool.status) == (SpanKind.TOOL, '{"q":1}', "no", Status.ERROR)
    assert found["thread"].status is Status.OK
    assert found["c2"].attributes == HISTORY[1]


def test_a_whole_list_counts_the_same() -> None:
    assert spans(entries_of(FORMAT, HISTORY)).keys() == spans(entries_of(FORMAT, *HISTORY)).keys()


def test_the_api_and_tuples_of_python_say_the_same() -> None:
    api = [
        {**{key: value for key, value in each.items() if not key.endswith("config")},
         "checkpoint": each["config"]["configurable"],
         "parent_checkpoint": (each["parent_config"] or {}).get("configurable")}
        for each in HISTORY
    ]  # fmt: skip
    keys = ("values", "next", "config", "metadata", "created_at", "parent_config", "tasks")
    tuples = [[each[key] for key in keys] for each in HISTORY]
    expected = spans(entries_of(FORMAT, *HISTORY)).keys()
    assert spans(entries_of(FORMAT, *api)).keys() == expected
    assert spans(entries_of(FORMAT, *tuples)).keys() == expected
    assert FORMAT.sniff(Head(tuples)) is not None


def test_the_same_snapshot_twice_is_merged() -> None:
    entries = entries_of(FORMAT, *HISTORY, HISTORY[0])
    assert [entry.span_id for entry in entries if isinstance(entry, Merged)] == ["c3"]


def test_a_failed_node_and_a_pause() -> None:
    failing = {"id": "k", "name": "tools", "error": "ValueError('bad')", "interrupts": []}
    paused = {"id": "k", "name": "tools", "interrupts": [{"value": 1}]}
    for task, status in ((failing, Status.ERROR), (paused, Status.INTERRUPTED)):
        found = spans(entries_of(FORMAT, {**HISTORY[1], "tasks": [task]}, *HISTORY[2:]))
        assert (found["c2"].status, found["thread"].status) == (status, status)
    assert spans(entries_of(FORMAT, {**HISTORY[1], "tasks": [failing]}))["c2"].error_type == "ValueError"


def test_a_pause_that_was_answered_is_over() -> None:
    paused = {**HISTORY[1], "tasks": [{"id": "k", "name": "tools", "interrupts": [{"value": 1}]}]}
    assert spans(entries_of(FORMAT, HISTORY[0], paused, *HISTORY[2:]))["c2"].status is Status.OK


def test_a_fork_links_to_where_it_left() -> None:
    forked = snapshot(4, [HUMAN, ASKS], "tools", "fork", parent_config=HISTORY[2]["config"])
    found = spans(entries_of(FORMAT, forked, *HISTORY))
    assert found["c4"].name == "fork"
    assert found["c4"].parent_id == "thread"
    assert [link.span_id for link in found["c4"].links] == ["c1"]
    assert found["c4/nodes"].name == "tools"


def test_a_subgraph_stands_under_its_task() -> None:
    inner = snapshot(
        9,
        [],
        "look",
        config={"configurable": {"thread_id": "t", "checkpoint_ns": "agent:k1", "checkpoint_id": "c9"}},
        parent_config=None,
    )
    assert spans(entries_of(FORMAT, inner, *HISTORY))["c9"].parent_id == "c1"


def test_nodes_that_ran_together_are_apart() -> None:
    both = {
        **HISTORY[1],
        "tasks": [{"id": "a", "name": "left", "result": {"messages": [FOUND]}}, {"id": "b", "name": "right"}],
    }
    found = spans(entries_of(FORMAT, HISTORY[0], both, *HISTORY[2:]))
    assert found["c2"].name == "left + right"
    assert (found["c2/a/1"].parent_id, found["c2/b"].parent_id) == ("c2/a", "c2")


def part(word: str, second: int, **payload: Any) -> dict[str, Any]:
    return {"step": 1, "type": word, "timestamp": f"2026-09-14T09:30:{second:02}+00:00", "payload": payload}


PARTS = [
    part(
        "checkpoint",
        0,
        config={"configurable": {"thread_id": "t"}},
        values={"messages": [HUMAN]},
        next=["agent"],
    ),
    part("task", 1, id="k", name="agent", input={"messages": [HUMAN]}),
    part("task_result", 3, id="k", name="agent", error=None, result={"messages": [ASKS]}, interrupts=[]),
    part("task", 4, id="l", name="tools", input={"messages": [HUMAN, ASKS]}),
    part("task_result", 5, id="l", name="tools", error="KeyError('x')", result=None, interrupts=[]),
]


@pytest.mark.parametrize(
    "wrapped", [lambda p: p, lambda p: {"event": "debug", "data": p}, lambda p: ["debug", p]]
)
def test_a_stream_gives_tasks_their_times(wrapped: Any) -> None:
    entries = entries_of(FORMAT, *map(wrapped, PARTS))
    started, ended = [entry for entry in entries if isinstance(entry, Span) and entry.span_id == "k"]
    assert ended.end_ns is not None
    assert started.start_ns is not None
    assert ended.end_ns - started.start_ns == 2_000_000_000
    found = spans(entries)
    assert (found["k/1"].name, found["k/1"].parent_id) == ("chat gpt-4o", "k")
    assert (found["l"].status, found["stream"].status) == (Status.ERROR, Status.ERROR)
    assert sum(isinstance(entry, LogRecord) for entry in entries) == 1
    assert accounted(entries) == 5


@pytest.mark.parametrize("value", [HISTORY[1], *PARTS[:3]])
def test_odd_values_are_read_or_skipped(value: Any) -> None:
    paths: list[tuple[Any, ...]] = [(key,) for key in value]
    while paths:
        path = paths.pop()
        changed = copy.deepcopy(value)
        place = changed
        for key in path[:-1]:
            place = place[key]
        inner = place[path[-1]]
        if isinstance(inner, (dict, list)):
            paths += [(*path, key) for key in (inner if isinstance(inner, dict) else range(len(inner)))]
        for odd in ODD:
            place[path[-1]] = odd
            FORMAT.sniff(Head([changed]))
            assert accounted(entries_of(FORMAT, changed, *HISTORY)) == 5


def test_records_of_the_samples_are_counted_once() -> None:
    history = json.loads((SAMPLES / "langgraph" / "history_refund_fork.json").read_text())
    entries = entries_of(FORMAT, history)
    assert accounted(entries) == len(history)
    said = {
        m["id"]
        for each in history
        for m in each["values"]["messages"]
        if m["type"] == "ai" and m["usage_metadata"]
    }
    assert sum(span.kind is SpanKind.LLM for span in spans(entries).values()) == len(said)
