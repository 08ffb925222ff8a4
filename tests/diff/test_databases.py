"""Comparisons over databases: runs of an index that are read on demand, of two databases, and of a run with itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracetui
from tests.cli.test_diff import MESSAGES, a_run, chat, tool, two_runs
from tests.cli.traces import otlp_file
from tests.conftest import SAMPLES
from tests.diff.test_applying import check
from tracetui.analysis.diff.align import Mark
from tracetui.analysis.diff.divergence import Cause
from tracetui.analysis.diff.runs import Level
from tracetui.analysis.diff.steps import ModelCallDiff
from tracetui.api import LoadOptions, TraceDB
from tracetui.api.diffs import diff_runs
from tracetui.store import build

A, B = "a" * 32, "b" * 32


def opened(*paths: Path, stage: str = "full") -> TraceDB:
    return tracetui.open(list(paths), options=LoadOptions(in_process=True, cached=False, stage=stage))


@pytest.mark.parametrize("stage", ["index", "tree"])
def test_runs_of_an_index_are_read_when_they_are_compared(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    files = [SAMPLES / "otlp" / name for name in ("travel_agent_timeout.jsonl", "plain_checkout.jsonl")]
    with opened(*files, stage=stage) as index:
        assert index.stage == stage
        a, b = sorted(run.run_id for run in index.runs())[:2]
        found = index.run_diff(a, b)
        steps = index.step_diff(a, found.rows[0].a or 0, (b, 1))[2]
        consensus = index.run_against(a, [b])
    monkeypatch.undo()
    with opened(*files) as full:
        expected = full.run_diff(a, b)
        assert found.divergence == expected.divergence
        assert list(found.rows) == list(expected.rows)
        assert found.effects == expected.effects
        assert steps == full.step_diff(a, found.rows[0].a or 0, (b, 1))[2]
        assert consensus == full.run_against(a, [b])


def test_runs_of_two_databases_and_formats(tmp_path: Path) -> None:
    first, second = two_runs(tmp_path, seat=5)
    with opened(first) as db:
        exported = tmp_path / "a.plain.jsonl"
        tracetui.export(db, exported)
    with opened(first) as ours, opened(second) as theirs, opened(exported) as same:
        found = diff_runs(ours, A, theirs, B)
        assert found.divergence is not None
        assert (found.divergence.cause, found.divergence.row) == (Cause.DECISION, 3)
        assert {run.format for run in (*ours.runs(), *same.runs())} == {"otlp", "plain"}
        assert not diff_runs(ours, A, same, same.run().run_id).differs_at(Level.WORDING)


@pytest.mark.parametrize("folder", ["otlp", "langgraph", "tau_bench", "claude_code", "crewai"])
def test_a_run_does_not_differ_from_itself_and_both_sides_agree(folder: str) -> None:
    with opened(SAMPLES / folder) as db:
        runs = [run.run_id for run in db.runs(limit=3)]
        for run_id in runs:
            same = db.run_diff(run_id, run_id)
            assert same.divergence is None
            assert [row for row in same.rows if row.levels or row.mark is not Mark.PAIRED] == []
        for other in runs[1:]:
            there, back = db.run_diff(runs[0], other), db.run_diff(other, runs[0])
            check(there.alignment)
            assert (there.effects.only_a, there.effects.only_b) == (back.effects.only_b, back.effects.only_a)
            assert {(row.a, row.b, row.levels) for row in there.rows} == {
                (row.b, row.a, row.levels) for row in back.rows
            }


def results(trace_id: str, request_id: str, seat: int) -> list[dict[str, object]]:
    """A prompt that holds a tool's result with an id of its own."""
    content = f'{{"seat": {seat}, "request_id": "{request_id}"}}'
    answer = {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": request_id, "response": content}],
    }
    return a_run(
        trace_id, chat(2, trace_id, [*MESSAGES, answer]), tool(3, "book_seat", {"row": seat}, trace_id)
    )


def test_ids_inside_messages_do_not_count(tmp_path: Path) -> None:
    files = [
        otlp_file(tmp_path / f"{trace_id[0]}.jsonl", results(trace_id, request_id, seat))
        for trace_id, request_id, seat in ((A, "r1", 4), (B, "r2", 4), ("c" * 32, "r3", 5))
    ]
    with opened(*files) as db:
        assert not db.run_diff(A, B).differs_at(Level.WORDING)
        other = db.run_diff(A, "c" * 32)
        assert other.divergence is not None
        # these prompts hold results alone: whether both answer the same call is not told
        assert other.divergence.cause is Cause.CONTEXT
        step = db.step_diff(B, 1, (A, 1))[2]
        assert isinstance(step, ModelCallDiff)
        assert step.is_empty
        assert step.cache.breaks_at == "messages"


def test_what_became_of_the_memory_is_a_level(tmp_path: Path) -> None:
    with opened(SAMPLES / "langgraph") as db:
        changed = db.sql("SELECT run_id, count(*) FROM state_changes GROUP BY ALL ORDER BY 2 DESC").rows(0, 1)
        compared = db.compared_run(str(changed[0][0]))
        assert any(compared.state)
