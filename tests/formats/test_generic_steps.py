"""Steps inside rows and documents that no format knows, and the tools that rows ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.formats.guessed import columns, opened, spans, write_lines
from tests.formats.reading import entries_of
from tracetui.api import mapping
from tracetui.formats.generic import FORMAT
from tracetui.formats.generic_guess import guess
from tracetui.formats.generic_map import from_toml, to_toml
from tracetui.model import ImportIssue, SpanKind, Status


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


def test_rows_that_count_tokens_are_calls_unless_their_steps_do() -> None:
    steps = [{"name": "x", "completion_tokens": 3}]
    whole, step, alone, none = spans(
        {"trace_id": "1", "tokens": 9, "steps": steps},
        {"trace_id": "2", "tokens": 9},
        {"trace_id": "3", "tokens": 0},
    )
    kinds = [span.kind for span in (whole, step, alone, none)]
    assert kinds == [SpanKind.CHAIN, SpanKind.LLM, SpanKind.LLM, None]


def test_steps_listed_inside_a_row_stand_below_it() -> None:
    steps = [
        {"id": "a", "name": "plan", "prompt_tokens": 3},
        {"id": "b", "name": "look up", "parent_id": "a"},
    ]
    rows = [
        {"trace_id": "1", "spans": steps},
        {"trace_id": "2", "spans": steps[::-1]},
        {"trace_id": "3", "spans": []},
    ]
    first, second, third = [[s for s in spans(*rows) if s.trace_id == trace] for trace in ("1", "2", "3")]
    root, plan, look_up = first
    assert (plan.name, plan.parent_id, look_up.parent_id) == ("plan", root.span_id, plan.span_id)
    assert plan.usage is not None
    assert plan.usage.input_tokens == 3
    assert {span.span_id for span in second} == {"row-2", "row-2/steps/a", "row-2/steps/b"}
    assert len(third) == 1


def test_steps_that_steps_list_stand_below_these(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"name": "inner", "type": "tool"}
    for number in range(100):
        deep = {"name": f"level {number}", "children": [deep]}
    used = [{"name": "look", "args": {"q": 1}, "result": "found"}]
    plan = {
        "name": "plan",
        "type": "agent",
        "substeps": [{"name": "answer", "type": "llm", "tool_calls": used}, deep],
    }
    path = tmp_path / "run.json"
    path.write_text(
        json.dumps({"run": {"id": "r", "name": "mine"}, "steps": [plan, {"name": "end", "type": "llm"}]})
    )
    with opened(path) as db:
        rows = db.read("SELECT depth, kind, name FROM spans ORDER BY position").rows(0, 4)
        assert rows == [(0, "CHAIN", "mine"), (1, "AGENT", "plan"), (2, "LLM", "answer"), (3, "TOOL", "look")]
        assert [(source.records, source.loaded) for source in db.sources()] == [(1, 1)]


def test_tools_that_a_row_asks_for_are_joined_with_the_row_that_answers(tmp_path: Path) -> None:
    asked = [{"id": "c1", "name": "search", "arguments": {"q": "x"}}]
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    rows = [
        {"ts": 1, "event": "llm_response", "data": {"content": "Hm.", "tool_calls": asked, "usage": usage}},
        {
            "ts": 2,
            "event": "tool_result",
            "data": {"tool_call_id": "c1", "name": "search", "result": "found"},
        },
        {"ts": 3, "event": "llm_response", "data": {"content": "Done.", "tool_calls": [], "usage": usage}},
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(json.dumps({**row, "ts": f"2026-01-01T10:00:0{row['ts']}Z"}) for row in rows))
    with opened(path) as db:
        (run,) = db.runs()
        assert (run.steps, run.llm_calls, run.tool_calls, run.total_tokens) == (3, 2, 1, 30)
        found = db.read("SELECT name, arguments, result, step FROM tool_calls").rows(0, 9)
        assert [(name, json.loads(given), result, step) for name, given, result, step in found] == [
            ("search", {"q": "x"}, "found", 2)]  # fmt: skip


def test_what_an_envelope_says_beside_its_rows_is_kept() -> None:
    turns = [{"user": "hi", "assistant": "hello"}, {"user": "bye", "assistant": "so long"}]
    root, *_ = spans({"session": "s1", "turns": turns})
    assert root.attributes == {"session": "s1"}
    entries = entries_of(
        FORMAT, {"host": "h", "rows": [{"trace_id": "1", "input": "a"}, {"trace_id": "2", "input": "b"}]}
    )
    (issue,) = [entry for entry in entries if isinstance(entry, ImportIssue)]
    assert (issue.code, issue.message.rpartition(": ")[2]) == ("beside_rows", "host")


def test_what_was_asked_and_said_is_a_model_call() -> None:
    _, call = spans({"rows": [{"user": "hi there, who are you?", "assistant": "a bot"}]})
    assert (call.kind, [message.role for message in (*call.input_messages, *call.output_messages)]) == (
        SpanKind.LLM, ["user", "assistant"])  # fmt: skip
    assert [span.kind for span in spans({"question": "who?", "answer": "me", "trace_id": "1"})] == [
        SpanKind.LLM
    ]
    assert [span.kind for span in spans({"query": "who", "results": "me", "trace_id": "1"})] == [None]


def test_actions_with_observations_are_tools() -> None:
    seen = [{"action": "search", "observation": "x"}, {"action": "finish", "observation": "y"}]
    assert [span.kind for span in spans(*seen)] == [SpanKind.CHAIN, SpanKind.TOOL, None]


def test_a_list_of_steps_by_another_name_is_mapped_by_hand() -> None:
    rows = [{"trace_id": str(number), "did": [{"what": "x"}, {}, "odd"]} for number in (1, 2)]
    assert len(spans(*rows)) == 2
    found = spans(*rows, known=guess(rows).with_field("steps", "did"))
    assert [span.name for span in found[:3]] == ["row 1", "x", "step 2"]


def test_keys_of_steps_are_mapped_by_hand(tmp_path: Path) -> None:
    rows = [{"trace_id": str(n), "steps": [{"what": "a", "x": "m", "did": 7}]} for n in (1, 2)]
    path = write_lines(tmp_path / "mine.jsonl", rows)
    with opened(path) as db:
        shown = mapping.mapped_source(db, db.sources()[0].source).known
    assert shown.inner is not None
    assert columns(shown.inner) == {"name": "what"}
    text = to_toml(shown).replace('name = "what"', 'model = "x"\noutput_tokens = "did"')
    with opened(path, mapping=text) as db:
        assert [(run.models, run.output_tokens) for run in db.runs()] == [(("m",), 7)] * 2
    mapping.save(from_toml(text))
    assert [span.model for span in mapping.preview_steps(from_toml(text), rows)] == ["m", "m"]
    with opened(path) as db:
        assert [run.models for run in db.runs()] == [("m",), ("m",)]


def test_the_mapping_shown_is_of_rows_not_of_their_steps(tmp_path: Path) -> None:
    rows = [
        {"trace_id": str(number), "question": "?", "steps": [{"name": "a"}, {"name": "b"}]}
        for number in (1, 2)
    ]
    path = write_lines(tmp_path / "mine.jsonl", rows)
    with opened(path) as db:
        (source,) = db.sources()
        assert (source.records, source.loaded, source.merged, source.skipped) == (2, 2, 0, 0)
        assert [run.spans for run in db.runs()] == [3, 3]
        shown = mapping.mapped_source(db, source.source)
        assert list(shown.rows) == rows
        assert columns(shown.known) == {"trace_id": "trace_id", "input": "question", "steps": "steps"}
        assert [span.name for span in mapping.preview(shown.known, shown.rows)] == ["row 1", "row 2"]


def test_a_document_around_steps_keeps_what_it_says_itself(tmp_path: Path) -> None:
    steps = [{"action": "search", "action_input": {"q": 1}, "observation": "found"}, {"action": "finish"}]
    head = {
        "task": "do it",
        "agent": "bot",
        "started": "2026-01-01T00:00:00Z",
        "final": "done",
        "success": False,
    }
    path = tmp_path / "run.json"
    path.write_text(json.dumps({**head, "steps": steps}))
    with opened(path) as db:
        (run,) = db.runs()
        assert (run.name, run.agent, run.status, run.spans) == ("do it", "bot", Status.ERROR, 3)
        step = db.detail(run.run_id, 1)
        assert (step.input, step.output) == ('{"q":1}', "found")
