"""Sources of state and memory: what each carries, how surely, and that a concluded writer is never told as a fact."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.formats.reading import entries_of
from tests.loading.dumps import load
from tracetui.analysis.compactions import applied_edits, compaction
from tracetui.analysis.context_window import Body, Tool, tool_changes, window_changes
from tracetui.formats import autogen, crewai, pydantic_ai
from tracetui.formats.contract import Format
from tracetui.model import Fidelity, PartType, Span, StateChange

Told = tuple[str, str, str | None, str | None, str]


def changes(form: Format, *values: Any) -> list[StateChange]:
    spans = [entry for entry in entries_of(form, *values) if isinstance(entry, Span)]
    return [change for span in spans for change in span.state_changes]


def told(path: Path, **only: str) -> list[Told]:
    with load(path) as db:
        return [
            (str(each.op), each.key, each.after, each.actor, str(each.fidelity))
            for each in db.memory(db.run().run_id).changes()
            if all(getattr(each, name) == value for name, value in only.items())
        ]


def test_nodes_of_a_graph_in_spans_tell_what_they_wrote_and_the_value_after_is_concluded() -> None:
    found = told(SAMPLES / "otlp" / "openinference_langgraph_research.jsonl")
    rounds = [each for each in found if each[1] == "rounds"]
    assert rounds[:4] == [
        ("write", "rounds", "0", "plan", "exact"),
        ("set", "rounds", "0", "plan", "inferred"),
        ("write", "rounds", "1", "write_draft", "exact"),
        ("set", "rounds", "1", "write_draft", "inferred"),
    ]
    assert {fidelity for op, *_, fidelity in found if op != "write"} == {"inferred"}
    # what this node returned is not recorded as channels: it may have written, and nobody else did
    assert next(actor for _, key, _, actor, _ in found if key == "critique") == "critique"


def test_the_second_version_of_streams_replays_to_the_graphs_own_state() -> None:
    path = SAMPLES / "langgraph" / "stream_v2_memory.jsonl"
    parts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    own: dict[str, Any] = {}
    for part in parts:
        if part["type"] == "checkpoints":
            own["/".join(["state", *part["ns"]])] = part["data"]["values"]
    with load(path) as db:
        held: dict[str, dict[str, Any]] = {}
        for each in db.memory(db.run().run_id).state():
            held.setdefault(each.store, {})[each.key] = json.loads(each.value or "null")
    assert held == own


def test_attributes_show_state_whose_writer_is_not_known(tmp_path: Path) -> None:
    shown: Sequence[Mapping[str, Any]] = (
        {"state.plan": "a", "memory.usage": 12, "session.state": {"seat": 1}, "state": "running"},
        {"state.plan": "a", "state.before": {"plan": "a"}, "state.after": '{"plan": "b"}', "agent.memory.likes": "tea"},
    )  # fmt: skip
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": str(number), "name": "step", "attributes": attributes,
         "start": f"2026-03-10T10:20:0{number}Z", "end": f"2026-03-10T10:20:0{number}.5Z"}
        for number, attributes in enumerate(shown)
    ]  # fmt: skip
    lines[1]["parent_id"] = "0"
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert told(path) == [
        ("set", "plan", '"a"', None, "inferred"),
        ("set", "seat", "1", None, "inferred"),
        ("set", "plan", '"b"', None, "inferred"),
        ("set", "likes", '"tea"', None, "inferred"),
    ]


def event(word: str, number: int, **more: Any) -> dict[str, Any]:
    stamp = f"2026-03-10T10:20:0{number}Z"
    return {
        "type": word,
        "event_id": f"event-{number}",
        "emission_sequence": number,
        "timestamp": stamp,
        **more,
    }


def test_crewai_tells_of_saved_and_looked_up_memories_and_of_states_of_flows() -> None:
    given = [
        event("flow_started", 1, flow_name="Desk"),
        event("method_execution_finished", 2, flow_name="Desk", method_name="ask", state={"city": "Graz"},
              started_event_id="event-9", parent_event_id="event-1"),
        event("memory_save_started", 3, value="likes tea", parent_event_id="event-1"),
        event("memory_save_completed", 4, value="likes tea", agent_role="Clerk", started_event_id="event-3", parent_event_id="event-1"),
        event("memory_query_completed", 5, query="tea?", results=["likes tea"], started_event_id="event-8", parent_event_id="event-1"),
    ]  # fmt: skip
    found = [
        (each.op, each.store, each.key, each.actor, each.fidelity) for each in changes(crewai.FORMAT, *given)
    ]
    assert found == [
        ("snapshot", "state/Desk", "", "ask", Fidelity.INFERRED),
        ("set", "memory", "entry event-3", "Clerk", Fidelity.EXACT),
        ("search", "memory", "tea?", None, Fidelity.EXACT),
    ]


def test_autogen_tells_of_memories_that_an_agent_was_given() -> None:
    query = {"type": "MemoryQueryEvent", "source": "assistant", "models_usage": None,
             "content": [{"content": "metric units", "mime_type": "text/plain", "metadata": None}]}  # fmt: skip
    asked = {"type": "TextMessage", "source": "user", "content": "How far?", "models_usage": None}
    said = {"type": "TextMessage", "source": "assistant", "content": "16 km", "models_usage": None}
    (found,) = changes(autogen.FORMAT, {"messages": [asked, query, said], "stop_reason": None})
    assert (found.op, found.actor, found.value) == ("search", "assistant", '["metric units"]')


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("mem0_history.jsonl", "m-tea", [("Ada", "exact"), ("Ada", "exact")]),
        ("letta_block_history.json", "human", [("user-1", "exact"), ("agent-9", "exact")]),
    ],
)
def test_histories_of_stores_name_who_wrote(name: str, key: str, expected: list[tuple[str, str]]) -> None:
    found = told(SAMPLES / "memory_history" / name, key=key)
    assert [(actor, fidelity) for _, _, _, actor, fidelity in found] == expected


def test_compactions_and_edits_are_told_with_the_tokens_that_sources_give() -> None:
    path = SAMPLES / "claude_code" / "3f1c9a52-7d64-4b0e-9a77-51c2e8d0f4a1.jsonl"
    with load(path) as db:
        rows = db.read(
            "SELECT change, tokens_before, fidelity FROM context_changes WHERE change = 'compacted' ORDER BY step",
            [],
        ).rows(0, 9)
    assert [tuple(row) for row in rows] == [("compacted", 19522, "exact"), ("compacted", None, "inferred")]
    edits = {"context_management": {"applied_edits": [
        {"type": "clear_tool_uses_20250919", "cleared_tool_uses": 3, "cleared_input_tokens": 5000}, {"type": 7}]}}  # fmt: skip
    cleared, odd = applied_edits(edits)
    assert (cleared.change, cleared.messages, cleared.tokens) == ("cleared", 3, 5000)
    assert (odd.messages, odd.tokens) == (None, None)
    told_of = compaction("compact", {"compaction.messages_before": 40, "compaction.messages_after": 5, "x": {"tokensAfter": 9, "pre_tokens": 90}})  # fmt: skip
    assert (told_of.messages, told_of.tokens, told_of.tokens_before) == (35, 81, 90)


def test_a_compaction_part_of_pydantic_ai_is_one() -> None:
    history = [
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "Go on."}]},
        {"kind": "response", "parts": [{"part_kind": "compaction", "content": "So far: 3 trains."}]},
    ]
    spans = [entry for entry in entries_of(pydantic_ai.FORMAT, history) if isinstance(entry, Span)]
    parts = [part.type for span in spans for message in span.output_messages for part in message.parts]
    assert parts == [PartType.COMPACTION]


def test_of_calls_that_list_what_is_new_alone_nothing_is_told_to_have_left() -> None:
    bodies = {1: Body("user", None, False, False, 40)} | {
        key: Body("tool", str(key), True, False, 40) for key in range(2, 5)
    }
    for before, now in (([1], [2, 3]), ([2, 3], [4]), ([4], [1])):
        assert [each.change for each in window_changes(before, now, bodies)] == ["entered"]


def test_reordered_messages_and_changed_tools_are_told() -> None:
    bodies = {key: Body("user", None, False, False, 40) for key in range(1, 6)}
    (found,) = window_changes([1, 2, 3, 4], [1, 3, 4, 2], bodies)
    assert (found.change, found.messages, found.first_position) == ("reordered", 1, 3)
    changed = tool_changes(
        {1: Tool("search", 10), 2: Tool("pay", 5)}, {1: Tool("search", 10), 3: Tool("book", 7)}
    )
    assert changed is not None
    assert (changed.messages, changed.evidence) == (2, "+ book; - pay")
    assert tool_changes({1: Tool("search", 10)}, {1: Tool("search", 10)}) is None


UPDATES: Sequence[dict[str, Any]] = (
    {"plan": {"findings": ["rail"], "messages": [{"type": "ai", "content": "", "id": "m1", "tool_calls": []}]}},
    {"a": {"findings": ["air"]}, "b": {"findings": ["bus"]}},
    {"__interrupt__": [{"value": "book?"}]},
)  # fmt: skip


def test_updates_of_a_stream_alone_tell_who_wrote_and_not_what_became_of_it(tmp_path: Path) -> None:
    path = tmp_path / "updates.jsonl"
    parts = [{"type": "updates", "ns": [], "data": data} for data in UPDATES]
    path.write_text("\n".join(map(json.dumps, parts)), encoding="utf-8")
    with load(path) as db:
        run = db.run()
        history = db.memory(run.run_id).history("findings")
        source = db.sources()[0]
    assert [(str(each.op), each.after, each.actor, str(each.fidelity)) for each in history] == [
        ("write", '["rail"]', "plan", "exact"),
        ("set", '["rail"]', "plan", "inferred"),
        ("write", '["air"]', "a", "exact"),
        ("set", '["air"]', "a", "inferred"),
        ("write", '["bus"]', "b", "exact"),
        ("set", '["bus"]', "b", "inferred"),
    ]
    assert (run.status, source.loaded, source.merged, source.skipped) == ("interrupted", 2, 1, 0)


def test_values_of_a_stream_are_the_state_and_updates_before_them_its_writers(tmp_path: Path) -> None:
    held = [{"findings": []}, {"findings": ["rail"]}, {"findings": ["rail", "air", "bus"], "n": 1}]
    values = [["values", each] for each in held]
    updates = [["updates", each] for each in UPDATES[:2]]
    path = tmp_path / "both.jsonl"
    parts = [values[0], updates[0], values[1], updates[1], values[2]]
    path.write_text("\n".join(map(json.dumps, parts)), encoding="utf-8")
    set_by = [(each[1], each[3], each[4]) for each in told(path) if each[0] in ("set", "append")]
    assert set_by == [
        ("findings", "input", "inferred"),
        ("findings", "plan", "exact"),
        ("findings", "a + b", "exact"),
        ("n", "a or b", "inferred"),
    ]
    path.write_text("\n".join(map(json.dumps, values)), encoding="utf-8")
    with load(path) as db:
        alone = db.memory(db.run().run_id).state()
    assert [(each.key, json.loads(each.value or ""), each.actor, str(each.fidelity)) for each in alone] == [
        ("findings", ["rail", "air", "bus"], None, "net"),
        ("n", 1, None, "net"),
    ]


def test_saved_states_of_autogen_are_snapshots_of_its_agents(tmp_path: Path) -> None:
    def saved(turn: int) -> dict[str, Any]:
        thread = [
            {"type": "TextMessage", "source": source, "content": text}
            for source, text in (("user", "Weather?"), ("forecaster", "Sunny"))[:turn]
        ]
        manager = {
            "type": "RoundRobinManagerState",
            "version": "1.0.0",
            "message_thread": thread,
            "current_turn": turn,
        }
        agent = {"type": "AssistantAgentState", "version": "1.0.0", "llm_context": {"messages": []}}
        inside = {
            "type": "ChatAgentContainerState",
            "version": "1.0.0",
            "agent_state": agent,
            "message_buffer": [],
        }
        states = {"group_chat_manager/7": manager, "forecaster/7": inside, "output/7": {}}
        return {"type": "TeamState", "version": "1.0.0", "agent_states": states}

    path = tmp_path / "saved.jsonl"
    path.write_text("\n".join(json.dumps(saved(turn)) for turn in (1, 2)), encoding="utf-8")
    with load(path) as db:
        run = db.run()
        memory = db.memory(run.run_id)
        turns = [
            (each.step, each.after, each.actor, str(each.fidelity)) for each in memory.history("current_turn")
        ]
        stores = memory.stores()
    assert run.name == "Weather?"
    assert turns == [(1, "1", None, "inferred"), (3, "2", None, "inferred")]
    assert stores == ["state/forecaster", "state/group_chat_manager"]


def test_nodes_whose_input_and_output_are_told_by_log_records_have_a_state(real_traces: Path) -> None:
    (path,) = real_traces.glob("agentcore/*/*langchain_tool_runtime_logs.json")
    found = [each for each in told(path) if each[0] != "write"]
    assert [(op, key, actor, fidelity) for op, key, _, actor, fidelity in found] == [
        ("set", "messages", None, "inferred"),
        ("append", "messages", "chatbot", "inferred"),
        ("append", "messages", "tools", "inferred"),
    ]
