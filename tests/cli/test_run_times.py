"""`show --time`: what the time of a run went to, and what it waited for; answers are worked out from the samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command import in_this_process
from tests.conftest import SAMPLES

MS = 1_000_000
START_S = 1_790_000_000


def times_of(sample: str) -> dict[str, Any]:
    result = in_this_process("show", SAMPLES / sample, "--time", "--json")
    assert result.status == 0, result.err
    row: dict[str, Any] = result.json
    return row


def test_waiting_for_a_human_comes_before_what_runs_beside_it() -> None:
    """Two approvals of 15,101 and 5,901 ms; a register that failed after 2,400 ms and came again; the second one ran
    200 ms past its approval. 6 calls take 12,900 ms, of which each approval covers the last one."""
    row = times_of("anthropic_managed_agents/hive_keeper.jsonl")
    assert row["human_ns"] == (15_101 + 5_901) * MS
    assert row["retry_ns"] == 2_400 * MS
    assert row["model_ns"] == (2_200 + 2_600 + 2_400 + 1_800 + 2_200 + 1_700 - 2) * MS
    assert row["tool_ns"] == (700 + 300 + 200) * MS
    assert row["evaluator_ns"] == 7_500 * MS
    assert row["idle_ns"] == 900 * MS
    path = row["critical_path"]
    waited = {place["step"]: place["end_ns"] - place["start_ns"] for place in path if place["step"]}
    assert waited == {
        1: 2_199 * MS, 2: 701 * MS, 3: 2_599 * MS, 4: 15_101 * MS, 5: 2_400 * MS, 6: 2_399 * MS, 7: 301 * MS,
        8: 1_800 * MS, 9: 7_500 * MS, 10: 2_199 * MS, 11: 6_101 * MS, 13: 1_700 * MS,
    }  # fmt: skip
    assert sum(place["end_ns"] - place["start_ns"] for place in path) == 45_900 * MS


def test_a_try_below_another_parent_is_the_same_operation_again() -> None:
    """The graph runs its tool node twice: 800.331 ms until the connection broke, and as long until the answer."""
    row = times_of("langsmith/support_retry_post_patch.jsonl")
    assert row["retry_ns"] == 800_331_000
    assert row["tool_ns"] == 150_331_000 + 800_331_000
    assert row["model_ns"] == 700_662_000 + 1_100_662_000 + 1_900_662_000


def test_a_pause_for_a_human_lasts_until_the_session_goes_on() -> None:
    sample = "phoenix/approval_and_photo.jsonl"
    row = times_of(sample)
    assert (row["waited_after_ns"], row["resumed_by"]) == (63_000_662_000, "847ef10932a1b4a0fc79aa51ca71b1ca")
    text = in_this_process("show", SAMPLES / sample, "--time").out
    assert "then it waited 1 m 03 s for a human, until run 847ef10932a1b4a0fc79aa51ca71b1ca\n" in text
    assert " 99 %  #1    ChatOpenAI gpt-4o-2024-08-06\n" in text
    assert text.splitlines()[-1].endswith("8 shorter stretches")


def test_a_pause_whose_end_is_not_there_is_said_to_be_open() -> None:
    text = in_this_process("show", SAMPLES / "google_adk/session-night-train.json", "--time").out
    assert "then it waits for a human; what came of that is not in these files" in text
    assert "6.9 s   64 %" in text  # find_trains, which failed and ran again


def test_what_ran_beside_a_call_without_an_end_is_not_known(tmp_path: Path) -> None:
    """Asked at 1 s, its tool's result there at 4 s, asked again at 5 s; the answer's time is not recorded."""
    spans = [
        ("0", None, "AGENT", 0, 7), ("1", "0", "LLM", 1, None), ("2", "0", "TOOL", 1, 4), ("3", "0", "LLM", 5, None),
    ]  # fmt: skip
    path = tmp_path / "stamped_at_start.jsonl"
    path.write_text("".join(
        json.dumps({"tracetui": 1, "trace_id": "a" * 32, "span_id": own, "parent_id": parent, "kind": kind, "name": kind,
                    "status": "ok", "start": START_S * 10**9 + start * 10**9,
                    **({} if end is None else {"end": (START_S + end) * 10**9})}) + "\n"
        for own, parent, kind, start, end in spans
    ), encoding="utf-8")  # fmt: skip
    row = in_this_process("show", path, "--time", "--json").json
    assert {name: row[name] // 10**9 for name in ("model_ns", "tool_ns", "unknown_ns", "idle_ns")} == {
        "model_ns": 0, "tool_ns": 0, "unknown_ns": 6, "idle_ns": 1,
    }  # fmt: skip
    text = in_this_process("show", path, "--time").out
    assert "calls without an end      6.0 s   86 %" in text
    assert "the run waited for, as far as ends are recorded" in text


def test_a_call_without_an_end_lasts_no_longer_than_its_turn() -> None:
    """Three turns of 0.9 s a tool; the user comes back 31.4 s after the first and the second answer began."""
    row = times_of("google_adk/session-rewound.json")
    assert (row["unknown_ns"] // MS, row["idle_ns"] // MS, row["cut_calls"]) == (4506, 62_802, 2)
    text = in_this_process("show", SAMPLES / "google_adk/session-rewound.json", "--time").out
    assert "2 calls without an end may have gone on after the turn" in text


def test_evaluators_are_no_tools(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text("".join(
        json.dumps({"tracetui": 1, "trace_id": "a" * 32, "span_id": kind, "parent_id": parent, "kind": kind, "name": kind,
                    "status": "ok", "start": (START_S + start) * 10**9, "end": (START_S + end) * 10**9}) + "\n"
        for kind, parent, start, end in (("AGENT", None, 0, 8), ("TOOL", "AGENT", 1, 3), ("EVALUATOR", "AGENT", 5, 9))
    ), encoding="utf-8")  # fmt: skip
    row = in_this_process("show", path, "--time", "--json").json
    assert (row["tool_ns"], row["evaluator_ns"], row["idle_ns"]) == (2 * 10**9, 4 * 10**9, 3 * 10**9)
    text = in_this_process("show", path, "--time").out
    assert "evaluators" in text
    # it outlasts what it ran for: shares of both tables are of all 9 s
    assert "the run waited for, 8.0 s of 9.0 s" in text
    assert "2.0 s   22 %  #1    TOOL" in text


def test_another_command_of_a_shell_is_no_second_try(tmp_path: Path) -> None:
    """`make` fails for 5 s and is given up, `ls` fails for 2 s and comes again for 1 s."""
    commands = (("make", "error", 0, 5), ("ls", "error", 5, 7), ("ls", "ok", 7, 8))
    tools = [
        {"span_id": str(start), "parent_id": "agent", "kind": "TOOL", "name": "bash", "input": command, "status": status,
         "start": (START_S + start) * 10**9, "end": (START_S + end) * 10**9}
        for command, status, start, end in commands
    ]  # fmt: skip
    agent = {"span_id": "agent", "kind": "AGENT", "start": START_S * 10**9, "end": (START_S + 8) * 10**9}
    path = tmp_path / "shell.jsonl"
    lines = ({"tracetui": 1, "trace_id": "a" * 32, **span} for span in (agent, *tools))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    row = in_this_process("show", path, "--time", "--json").json
    assert (row["tool_ns"], row["retry_ns"]) == (6 * 10**9, 2 * 10**9)


def test_spans_that_go_on_after_their_run_are_told_with_it(tmp_path: Path) -> None:
    begun = 1_790_000_000_000_000_000
    lines = [
        {"tracetui": 1, "trace_id": "t", "span_id": "r", "name": "r", "start": begun, "end": begun + 10**9},
        {"tracetui": 1, "trace_id": "t", "span_id": "c", "parent_id": "r", "name": "c",
         "start": begun + 10**9, "end": begun + 75 * 10**9},
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert "1.0 s, its spans 1 m 15 s" in in_this_process("show", path).out.splitlines()[0]
    path.write_text(f"{json.dumps(lines[0])}\n", encoding="utf-8")
    assert "its spans" not in in_this_process("show", path).out
