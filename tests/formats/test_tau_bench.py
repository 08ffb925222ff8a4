"""τ-bench and τ²-bench: results become runs whose verdict is the reward."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SAMPLES
from tests.formats.json_values import json_values
from tests.formats.reading import entries_of
from tests.loading.dumps import load
from tracetui.formats import tau2_bench, tau_bench
from tracetui.formats.contract import Format, Head
from tracetui.model import ImportIssue, Merged, Skipped, Span, SpanKind, Status

RESULTS = json.loads((SAMPLES / "tau_bench" / "stub-model-library.json").read_bytes())
SIMULATIONS = json.loads((SAMPLES / "tau2_bench" / "telecom_airplane_mode.json").read_bytes())


def roots(form: Format, *values: Any) -> list[Span]:
    return [
        e
        for e in entries_of(form, *values, source="a/gpt-x.json")
        if isinstance(e, Span) and e.parent_id is None
    ]


def test_the_reward_is_the_verdict() -> None:
    good, bad = roots(tau_bench.FORMAT, *RESULTS)
    assert (good.name, good.status, good.scores[0].value) == ("task 4 trial 0 of gpt-x", Status.OK, 1.0)
    assert (bad.status, bad.error_type, bad.scores[0].passed) == (Status.ERROR, "task failed", False)
    assert bad.error_message is not None
    assert bad.error_message.startswith("reward 0: what is in the database differs")
    assert good.trace_id != bad.trace_id


def test_a_run_that_broke_says_so() -> None:
    (broken,) = roots(tau_bench.FORMAT, {**RESULTS[0], "info": {"error": "boom", "traceback": "here"}})
    assert (broken.status, broken.error_message) == (Status.ERROR, "boom")


def test_a_tool_that_answers_with_an_error_failed() -> None:
    tools = [
        e for e in entries_of(tau_bench.FORMAT, RESULTS[1]) if isinstance(e, Span) and e.kind is SpanKind.TOOL
    ]
    assert [(tool.tool_name, tool.status) for tool in tools] == [
        ("extend_loan", Status.ERROR),
        ("reserve", Status.OK),
    ]


def test_a_simulation_has_checks_costs_and_a_user_that_is_a_model() -> None:
    entries = entries_of(tau2_bench.FORMAT, SIMULATIONS)
    spans = [entry for entry in entries if isinstance(entry, Span)]
    root = spans[0]
    assert (root.status, root.error_message) == (
        Status.ERROR,
        "reward 0: action toggle_airplane_mode, env_assertion assert_mobile_data_status",
    )
    simulated = [span for span in spans if span.agent == "user"]
    assert [span.usage.input_tokens for span in simulated if span.usage] == [820, 860, 900, 920]
    agent = [span for span in spans if span.kind is SpanKind.LLM and span.agent != "user"]
    assert sum(s.usage.cost_usd or 0 for s in agent if s.usage) == Decimal("0.0068")
    assert {span.model for span in agent} == {"stub-agent"}
    assert agent[0].input_messages[0].role == "system"
    failed = [span for span in spans if span.kind is SpanKind.TOOL and span.status is Status.ERROR]
    assert [span.tool_name for span in failed] == ["toggle_data"]


def test_limits_end_a_simulation_badly() -> None:
    (simulation,) = SIMULATIONS["simulations"]
    (root,) = roots(tau2_bench.FORMAT, {**simulation, "termination_reason": "max_steps"})
    assert (root.status, root.error_type) == (Status.ERROR, "max_steps")


def test_every_element_is_accounted_for() -> None:
    entries = entries_of(tau2_bench.FORMAT, SIMULATIONS)
    own = [e for e in entries if isinstance(e, Merged) or (isinstance(e, Span) and not e.is_derived)]
    assert len(own) == 1 + 10 + 1  # simulation, messages, task


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_value_is_read_or_skipped(data: st.DataObject) -> None:
    simulation = SIMULATIONS["simulations"][0]
    for form, whole in (
        (tau_bench.FORMAT, RESULTS[1]),
        (tau2_bench.FORMAT, SIMULATIONS),
        (tau2_bench.FORMAT, simulation),
    ):
        keys = st.sampled_from(sorted(whole))
        value = data.draw(json_values(keys | st.sampled_from(("ticks", "agent_chunk", "role", "content"))))
        for odd in (
            value,
            {**whole, data.draw(keys): value},
            {**simulation, "messages": None, "ticks": [value]},
        ):
            form.sniff(Head([odd]))
            assert any(not isinstance(entry, ImportIssue) for entry in entries_of(form, odd))


def test_real_results(real_traces: Path) -> None:
    (path,) = (real_traces / "tau_bench").rglob("*airline.json")
    results = json.loads(path.read_bytes())
    messages = [message for result in results for message in result["traj"]]
    with load(path) as db:
        (source,) = db.sources()
        runs = db.runs()
        counted = db.read("SELECT kind, count(*) FROM spans GROUP BY kind").rows(0, 20)
    assert (source.format, source.records) == ("tau_bench", len(results) + len(messages))
    assert source.records == source.loaded + source.merged + source.skipped
    assert (
        sum(run.status is Status.ERROR for run in runs)
        == sum(result["reward"] < 1 for result in results)
        == 116
    )
    kinds = {row[0]: row[1] for row in counted}
    assert kinds["LLM"] == sum(message["role"] == "assistant" for message in messages)
    assert kinds["TOOL"] == sum(message["role"] == "tool" for message in messages)


def test_real_conversations_and_ticks(real_traces: Path) -> None:
    (few,) = (real_traces / "tau_bench").rglob("*few_shot.jsonl")
    with load(few) as db:
        assert len(db.runs()) == len(few.read_text(encoding="utf-8").splitlines())
    (voice,) = (real_traces / "tau2_bench").rglob("*.json")
    with load(voice) as db:
        (source,) = db.sources()
        assert (source.format, source.records) == (
            "tau2_bench",
            1 + len(json.loads(voice.read_bytes())["ticks"]),
        )


@pytest.mark.parametrize("value", [None, 5, [], {}, {"task_id": 1}, {"simulations": []}])
def test_what_is_no_result_is_skipped(value: Any) -> None:
    for form in (tau_bench.FORMAT, tau2_bench.FORMAT):
        assert form.sniff(Head([value])) is None
        assert all(isinstance(entry, Skipped) for entry in entries_of(form, value))
