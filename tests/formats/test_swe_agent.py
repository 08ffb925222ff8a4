"""SWE-agent and mini-SWE-agent: steps, repeated histories, limits, return codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.formats.log_checks import accounted, assert_never_raises, loaded, one
from tests.formats.reading import entries_of
from tracetui.formats import mini_swe_agent, swe_agent
from tracetui.formats.contract import Format, Head
from tracetui.model import Span, Status

TASK = {"role": "user", "content": "Fix it", "agent": "main"}
STEPS: list[dict[str, Any]] = [
    {"action": "ls\n", "observation": "a.py", "response": "look", "thought": "look", "state": '{"dir": "/"}'},
    {
        "action": "python a.py",
        "observation": "Traceback (most recent call last):\n  x\nKeyError: 1",
        "response": "run",
    },
    {"action": "exit_cost", "observation": "Exited (autosubmitted)", "response": "exit_cost"},
]
TRAJ = {
    "environment": "swe_main",
    "trajectory": STEPS,
    "history": [{"role": "system", "content": "You fix."}, TASK, {"role": "assistant", "content": "look"}],
    "info": {
        "exit_status": "submitted (exit_cost)",
        "submission": "diff",
        "model_stats": {"instance_cost": 0.5, "tokens_sent": 100, "tokens_received": 9, "api_calls": 2},
    },
}
MINI: list[dict[str, Any]] = [
    {"role": "system", "content": "Answer with ```mswea_bash_command"},
    {"role": "user", "content": "Please solve it"},
    {"role": "assistant", "content": "THOUGHT: look\n```mswea_bash_command\nls x\n```"},
    {"role": "user", "content": "<returncode>2</returncode>\n<output>\nno such file\n</output>"},
    {
        "role": "assistant",
        "content": "```mswea_bash_command\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\n```",
    },
    {"role": "user", "content": ""},
]


def spans(known: Format, *lines: Any) -> dict[str, Span]:
    return {entry.span_id: entry for entry in entries_of(known, *lines) if isinstance(entry, Span)}


def test_a_step_is_a_call_and_a_tool() -> None:
    found = spans(swe_agent.FORMAT, TRAJ)
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1", "tool-2"]
    assert (found["tool-1"].tool_name, found["tool-1"].input, found["tool-1"].output) == ("ls", "ls", "a.py")
    assert found["tool-1"].attributes == {"state": {"dir": "/"}}
    assert (found["tool-2"].status, found["tool-2"].error_message) == (Status.ERROR, "KeyError: 1")
    assert [message.role for message in found["call-2"].input_messages] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]


def test_the_model_is_shown_an_observation_in_the_words_of_the_program() -> None:
    shown = {"role": "user", "content": f"{STEPS[0]['observation']}\n(Open file: n/a)\nbash-$"}
    answers = [{"role": "assistant", "content": step["response"]} for step in STEPS[:2]]
    found = spans(
        swe_agent.FORMAT, {**TRAJ, "trajectory": STEPS[:2], "history": [TASK, answers[0], shown, answers[1]]}
    )
    assert found["tool-1"].output == STEPS[0]["observation"]
    assert found["call-2"].input_messages[-1].parts[0].content == shown["content"]


def test_a_run_that_a_limit_ended_is_an_error_with_its_totals() -> None:
    root = spans(swe_agent.FORMAT, TRAJ)["run"]
    assert (root.status, root.error_type, root.output) == (Status.ERROR, "exit_cost", "diff")
    assert root.usage is not None
    assert (root.usage.input_tokens, str(root.usage.cost_usd)) == (100, "0.500000000000")
    assert [event.name for event in root.events] == ["exit"]
    done = {
        **TRAJ,
        "info": {"exit_status": "submitted", "model_stats": {"instance_cost": 0, "tokens_sent": 0}},
    }
    root = spans(swe_agent.FORMAT, done)["run"]
    assert (root.status, root.usage) == (Status.OK, None)


def test_a_query_is_what_the_call_was_given() -> None:
    step = {**STEPS[0], "query": [TASK]}
    found = spans(swe_agent.FORMAT, {**TRAJ, "trajectory": [step]})
    assert [message.role for message in found["call-1"].input_messages] == ["user"]


def test_commands_in_blocks_are_joined_with_what_came_back() -> None:
    entries = entries_of(mini_swe_agent.FORMAT, *MINI)
    found = {entry.span_id: entry for entry in entries if isinstance(entry, Span)}
    assert sorted(found) == ["call-1", "call-2", "run", "tool-1", "tool-2"]
    tool = found["tool-1"]
    assert (tool.input, tool.status, tool.error_type, tool.error_message) == (
        "ls x", Status.ERROR, "exit code 2", "no such file")  # fmt: skip
    assert found["run"].status is Status.OK
    assert set(accounted(entries).values()) == {1}


def test_an_exit_status_is_the_status_of_the_run() -> None:
    document = {"info": {"exit_status": "LimitsExceeded", "mini_version": "1.17"}, "messages": MINI}
    root = spans(mini_swe_agent.FORMAT, document)["run"]
    assert (root.status, root.error_type, root.version) == (Status.ERROR, "LimitsExceeded", "1.17")


def test_trajectories_are_recognised() -> None:
    assert swe_agent.sniff(Head([TRAJ])) is not None
    assert mini_swe_agent.sniff(Head(MINI)) is not None
    assert mini_swe_agent.sniff(Head([{"trajectory_format": "mini-swe-agent-1.1"}])) is not None
    assert mini_swe_agent.sniff(Head([{"role": "user", "content": "hi"}])) is None


def test_no_wrong_type_raises() -> None:
    assert_never_raises(swe_agent.FORMAT, [TRAJ], one_entry_each=False)
    assert_never_raises(mini_swe_agent.FORMAT, MINI, one_entry_each=False)
    assert_never_raises(
        mini_swe_agent.FORMAT, [{"info": {"exit_status": "x"}, "messages": MINI}], one_entry_each=False
    )


def text_of(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


def test_real_trajectories(real_traces: Path) -> None:
    for path in sorted((real_traces / "swe_agent").rglob("*.traj")):
        document = json.loads(path.read_text())
        steps, history = document["trajectory"], document["history"]
        ended = steps[-1]["observation"] is not None and steps[-1]["observation"].startswith("Exited")
        with loaded(path, "swe_agent") as db:
            assert sum(source.records for source in db.sources()) == len(steps)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(steps) - ended
            given = {text_of(item["content"]) for item in history}
            seen = db.read(
                "SELECT content FROM messages WHERE part = 'tool_result' AND side = 'input' AND is_new"
            )
            assert {row[0] for row in seen.rows(0, 999)} <= given
    for path in sorted((real_traces / "mini_swe_agent").rglob("*.json")):
        messages = json.loads(path.read_text())
        answers = [message for message in messages if message["role"] == "assistant"]
        with loaded(path, "mini_swe_agent") as db:
            assert sum(source.records for source in db.sources()) == len(messages)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'LLM'") == len(answers)
            assert one(db, "SELECT count(*) FROM spans WHERE kind = 'TOOL'") == len(answers)
