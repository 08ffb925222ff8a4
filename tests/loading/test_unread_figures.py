"""Figures that are none, in the places where each format has them: told, and never taken for 0."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.loading.dumps import load
from tests.loading.money_files import one, otlp_file, plain_file
from tracetui.render.step_cost import cost_lines

pytestmark = pytest.mark.usefixtures("own_folders")


def test_a_reported_cost_below_zero_is_unknown_and_told(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "cost_usd": "-1"}
    observation = {
        "id": "o", "traceId": "t", "type": "GENERATION", "name": "g", "startTime": "2026-06-01T10:00:00.000Z",
        "model": "m", "usageDetails": {"input": 10, "output": 5, "total": 15},
        "costDetails": {"input": -0.1, "output": 0.2},
    }  # fmt: skip
    trace = {"id": "t", "timestamp": "2026-06-01T10:00:00.000Z", "observations": [observation], "scores": []}
    langfuse = tmp_path / "lf.json"
    langfuse.write_text(json.dumps([trace]), encoding="utf-8")
    paths = (
        plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": usage}),
        otlp_file(tmp_path / "b.jsonl", {"gen_ai.usage.output_tokens": 5, "gen_ai.usage.cost": "-3.0"}),
        langfuse,
    )
    for path in paths:
        with load(path) as db:
            assert one(db, "SELECT cost_usd, reported_cost_usd, cost_source FROM llm_calls") == (
                None,
                None,
                "unknown",
            )
            (told,) = (issue.message for issue in db.issues() if issue.code == "usage_anomaly")
            assert told == "a cost below 0 counts as unknown"


def test_figures_that_cannot_be_read_are_told_with_their_values(tmp_path: Path) -> None:
    usages = (
        {"input_tokens": "1,000", "output_tokens": 5},
        {"input_tokens": True, "total_tokens": 1000.5},
        {"cost_usd": "$0.5"},
    )
    chat = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
            "model": "m", "usage": {"prompt_tokens": "1e3", "cost": 1e30}}  # fmt: skip
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat), encoding="utf-8")
    many = ({"usage": {"input_tokens": "abc"}} for _ in range(102))
    paths = (
        plain_file(tmp_path / "a.jsonl", *({"usage": usage} for usage in usages)),
        otlp_file(
            tmp_path / "b.jsonl",
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": "abc",
                "gen_ai.usage.cost": "x",
            },
        ),
        path,
        plain_file(tmp_path / "many.jsonl", *many),
    )
    told = []
    for each in paths:
        with load(each) as db:
            told.append([issue.message for issue in db.issues() if issue.code == "usage_anomaly"])
            if each == paths[1]:
                words = cost_lines(db.step_cost(db.run().run_id, 0))
                assert words[:2] == [
                    "unpriced: what is reported of cost and tokens cannot be read",
                    f"cannot be read: {told[-1][0]}",
                ]
    assert told[:3] == [
        [
            'usage.input_tokens "1,000" is no number of tokens: counts as unknown',
            "usage.input_tokens true is no number of tokens; usage.total_tokens 1000.5 is no number of tokens: counts as unknown",
            'usage.cost_usd "$0.5" is no amount of dollars: counts as unknown',
        ],
        [
            'gen_ai.usage.input_tokens "abc" is no number of tokens; gen_ai.usage.cost "x" is no amount of dollars: counts as unknown'
        ],
        ['prompt_tokens "1e3" is no number of tokens; cost 1e+30 is no amount of dollars: counts as unknown'],
    ]
    assert (len(told[3]), told[3][-1]) == (101, "the same of 2 more spans")


SPOILED = {
    "langfuse/refund_trace.json": (r'"costDetails": \{\s*"input": ([\d.e-]+)', '"$0.5"', "input"),
    "opik/ferry_trace.json": (r'"completion_tokens": (\d+)', "true", "completion_tokens"),
    "agentops/ferry_trace.json": (r'"total_cost": ("[\d.]+")', '"$0.5"', "total_cost"),
    "claude_stream/kiosk_max_turns.jsonl": (r'"total_cost_usd": ?([\d.]+)', '"$0.5"', "total_cost_usd"),
    "openhands/output.jsonl": (r'"accumulated_cost": ?([\d.]+)', '"$0.5"', "accumulated_cost"),
    "pi_session/kiln_timer.jsonl": (r'"totalTokens": ?(\d+)', '"1,000"', "totalTokens"),
    "openclaw/greenhouse.jsonl": (r'"output": ?(\d+)', '"1,000"', "output"),
    "swe_agent/slugs__slug-17.traj": (r'"tokens_sent": ?(\d+)', '"1,000"', "tokens_sent"),
    "gemini_cli/session-2026-04-08T11-02-login.json": (r'"thoughts": ?(\d+)', "1.5", "thoughts"),
    "gemini_cli/stream_turn_limit.jsonl": (r'"cached": ?(\d+)', "-1", "cached"),
    "weave/parcel_retry.jsonl": (r'"prompt_tokens_total_cost": ?([\d.e-]+)', '"$0.5"', "prompt_tokens_total_cost"),
    "mini_swe_agent/calc__calc-3.traj.json": (r'"cost": ?([\d.e-]+)', '"$0.5"', "cost"),
    "tau_bench/stub-model-library.json": (r'"user_cost": ?([\d.e-]+)', '"$0.5"', "user_cost"),
    "tau2_bench/telecom_airplane_mode.json": (r'"cost": ?([\d.e-]+)', '"$0.5"', "cost"),
    "langsmith/release_notes_cli.jsonl": (r'"total_cost": ?([\d.e-]+)', '"$0.5"', "total_cost"),
}  # fmt: skip
"""A sample, where in it a figure stands, what cannot be read, and its name."""


def test_every_format_tells_a_figure_that_it_cannot_read(tmp_path: Path, samples: Path) -> None:
    expected = {}
    for number, (name, (pattern, odd, key)) in enumerate(SPOILED.items()):
        text = (samples / name).read_text(encoding="utf-8")
        found = re.search(pattern, text)
        assert found is not None, name
        path = tmp_path / f"{number}-{Path(name).name}"
        path.write_text(f"{text[: found.start(1)]}{odd}{text[found.end(1) :]}", encoding="utf-8")
        what = "amount of dollars" if "$" in odd else "number of tokens"
        expected[path.name] = f"{key} {odd} is no {what}: counts as unknown"
    odd = json.dumps({"input": "1,000", "output": 5})
    otlp_file(
        tmp_path / "otlp.jsonl",
        {"langfuse.observation.usage_details": odd, "mlflow.llm.cost": '{"total_cost": "$0.5"}'},
    )
    expected["otlp.jsonl"] = (
        'langfuse.observation.usage_details.input "1,000" is no number of tokens; mlflow.llm.cost.total_cost "$0.5" is no amount of dollars: counts as unknown'
    )
    (tmp_path / "rows.csv").write_text(
        'run,step,model,input_tokens,output_tokens,cost\nr,a,m,10,5,0.1\nr,b,m,"1,000",5,n/a\nr,c,m,10,5,0.2\n',
        encoding="utf-8",
    )
    expected["rows.csv"] = 'input_tokens "1,000" is no number of tokens: counts as unknown'
    with load(tmp_path) as db:
        issues = [issue for issue in db.issues() if issue.message.endswith("counts as unknown")]
    told = [(Path(issue.source).name, issue.message) for issue in issues if issue.code == "usage_anomaly"]
    assert dict(told) == expected
    assert len(told) == len(expected)


def test_what_one_place_spoils_is_read_from_the_next(tmp_path: Path) -> None:
    spoiled = {"input_tokens": "1,000", "output_tokens": 5}
    span = {"object": "trace.span", "id": "s", "trace_id": "t", "started_at": "2026-06-01T10:00:00Z",
            "ended_at": "2026-06-01T10:00:01Z"}  # fmt: skip
    answer = {"usage": {**spoiled, "input_tokens": 1000}}
    data = {"type": "generation", "model": "m", "usage": spoiled, "response": answer}
    path = tmp_path / "agents.jsonl"
    path.write_text(json.dumps({**span, "span_data": data}) + "\n", encoding="utf-8")
    with load(path) as db:
        assert (db.run().input_tokens, db.run().output_tokens) == (1000, 5)
        assert "usage_anomaly" not in {issue.code for issue in db.issues()}
