"""Costs and tokens of real exports beside the totals that those exports report themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.loading.dumps import load
from tracetui.pricing.tables import CostScope


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def figures(value: Any, key: str) -> Iterator[Decimal]:
    """Every figure under that key, however deep."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if isinstance(found.get(key), (int, Decimal)):
                yield Decimal(found[key])
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def test_langfuse_sums_over_observations_and_what_they_repeat_is_told(real_traces: Path) -> None:
    """Its own sum is met by the rule `sum`; ours is less by the money of spans that repeat what stands below them."""
    files = sorted((real_traces / "langfuse").rglob("*.json"))
    assert files
    for path in files:
        theirs = sum(Decimal(item.get("totalCost") or 0) for item in document(path)["observations"])
        with load(path) as db:
            assert db.costs((), CostScope(rollup="sum")).total.reported_cost_usd == theirs, path.name
            repeated = sum(
                row.cost_usd or 0
                for row in db.usage_roles()
                if row.role in {"rollup", "duplicate", "other", "partly"}
            )
            assert db.costs(()).total.cost_usd == theirs - repeated, path.name


def test_sessions_of_the_claude_agent_sdk_cost_what_their_result_says(real_traces: Path) -> None:
    files = sorted((real_traces / "claude_agent_sdk").rglob("*.json"))
    assert files
    for path in files:
        (said,) = figures(document(path), "total_cost_usd")
        with load(path) as db:
            assert db.costs(()).total.cost_usd == said, path.name
            db.reprice()
            assert db.costs(()).total.computed_cost_usd == said, path.name


def test_langsmith_runs_have_the_tokens_of_their_usage(real_traces: Path) -> None:
    files = list((real_traces / "langsmith").rglob("*wrap_openai*.json"))
    told = 0
    for path in files:
        said = max(figures(document(path), "total_tokens"), default=None)
        told += said is not None
        with load(path) as db:
            assert db.costs(()).total.total_tokens == said, path.name
    assert told


def test_tau_bench_runs_cost_what_their_simulated_users_cost(real_traces: Path) -> None:
    files = sorted((real_traces / "tau_bench").rglob("*trajectories*.json"))
    assert files
    for path in files:
        said = sum(figures(document(path), "user_cost"), Decimal(0)).quantize(Decimal("1e-12"))
        with load(path) as db:
            assert db.costs(()).total.cost_usd == said, path.name
            assert {run.agent for run in db.runs()} == {None}


def test_inspect_logs_have_the_tokens_of_their_statistics(real_traces: Path) -> None:
    told = 0
    for path in sorted((real_traces / "inspect").rglob("*.json")):
        found = document(path)
        stats = (found.get("stats") or {}).get("model_usage") if isinstance(found, dict) else None
        if not stats:
            continue
        told += 1
        with load(path) as db:
            rows = db.costs(("model",)).rows
            ours = sum(row.total_tokens or 0 for row in rows)
            assert ours == sum(usage["total_tokens"] for usage in stats.values()), path.name
    assert told


def test_atif_totals_are_met_where_the_file_holds_what_they_are_of(real_traces: Path) -> None:
    """They count every step, repeated ones too, as the rule `sum` does. Three files leave out sub-agents or the
    part before, which stand in other files, and one counts no embedded sub-agent."""
    apart = []
    for path in sorted((real_traces / "atif").rglob("*.json")):
        said = document(path).get("final_metrics") or {}
        if "total_prompt_tokens" not in said:
            continue
        with load(path) as db:
            total = db.costs((), CostScope(rollup="sum")).total
            figures = (said["total_prompt_tokens"], said["total_completion_tokens"])
            if (total.input_tokens, total.output_tokens) != figures:
                apart.append(path.name)
                assert not db.usage_roles()[1:], path.name  # nothing is counted out
            elif "total_cost_usd" in said:
                assert total.reported_cost_usd == said["total_cost_usd"].quantize(Decimal("1e-12")), path.name
    assert sorted(name.rpartition("__")[2] for name in apart) == [
        "harbor_terminus2_continuation_cont1.json",
        "harbor_terminus2_summarization.json",
        "terminus_2_hello-world-context-summarization-linear-history.trajectory.cont-1.json",
        "v17_embedded_subagents.json",
    ]


def records(path: Path) -> list[Any]:
    """The lines of a file as JSON."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line, parse_float=Decimal) for line in lines if line.strip()]


def test_sessions_of_codex_have_the_tokens_of_their_last_total(real_traces: Path) -> None:
    files = sorted((real_traces / "codex_rollout").rglob("*.jsonl"))
    assert files
    for path in files:
        told = [found for line in records(path) if (found := _info(line).get("total_token_usage"))]
        said = tuple(told[-1][name] for name in ("input_tokens", "output_tokens", "total_tokens"))
        with load(path) as db:
            total = db.costs(()).total
            assert (total.input_tokens, total.output_tokens, total.total_tokens) == said, path.name


def _info(line: dict[str, Any]) -> dict[str, Any]:
    payload = line.get("payload")
    info = payload.get("info") if isinstance(payload, dict) else None
    return info if isinstance(info, dict) else {}


def test_openhands_runs_have_the_tokens_that_they_add_up(real_traces: Path) -> None:
    (path,) = (real_traces / "openhands").rglob("*output.jsonl")
    told = [line["metrics"]["accumulated_token_usage"] for line in records(path)]
    with load(path) as db:
        total = db.costs(()).total
        assert total.input_tokens == sum(usage["prompt_tokens"] for usage in told)
        assert total.output_tokens == sum(usage["completion_tokens"] for usage in told)
        assert total.cost_usd is None  # 0 stands for what was not counted


def test_swe_agent_runs_have_the_figures_of_their_statistics(real_traces: Path) -> None:
    """Zeros stand for what was not counted."""
    files = [
        path for path in sorted((real_traces / "swe_agent").rglob("*.traj")) if path.stat().st_size < 500_000
    ]
    assert files
    for path in files:
        said = document(path)["info"]["model_stats"]
        with load(path) as db:
            total = db.costs(()).total
            assert total.input_tokens == (said["tokens_sent"] or None), path.name
            assert total.output_tokens == (said["tokens_received"] or None), path.name
            assert total.cost_usd == (
                said["instance_cost"].quantize(Decimal("1e-12")) if said["instance_cost"] else None
            )


def test_gemini_sessions_have_the_total_of_their_result(real_traces: Path) -> None:
    """Thoughts are in the total alone: they stay visible as what its parts do not explain."""
    (path,) = (real_traces / "gemini_cli").rglob("*.jsonl")
    (said,) = [line["stats"] for line in records(path) if "stats" in line]
    with load(path) as db:
        total = db.costs(()).total
        assert (total.total_tokens, total.input_tokens) == (said["total_tokens"], said["input_tokens"])
        (unexplained,) = [row for row in db.costs(("bucket",)).rows if row.keys == ("unexplained",)]
        assert unexplained.total_tokens == said["total_tokens"] - said["input_tokens"] - said["output_tokens"]


def test_managed_agents_cost_what_their_session_says(real_traces: Path) -> None:
    """The session counts 0.5 % more tokens than its calls tell, which is taken for the same."""
    (path,) = (real_traces / "anthropic_managed_agents").rglob("*.jsonl")
    costs = [Decimal(cost["amount"]) / 100 for cost in _named(records(path), "list_cost")]
    with load(path) as db:
        assert db.costs(()).total.cost_usd == costs[-1]


def _named(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Objects under that key, in the order of the file."""
    if isinstance(value, dict):
        if isinstance(value.get(key), dict):
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner, key)


def test_spans_of_agents_tell_the_tokens_of_their_own_calls(real_traces: Path) -> None:
    """Copilot's agents leave out those of other agents inside them; those of Strands repeat all."""
    query = """
        SELECT u.input_tokens + u.output_tokens, (
            SELECT sum(l.total_tokens) FROM llm_calls AS l JOIN spans AS c USING (run_id, span_id)
            WHERE l.run_id = u.run_id AND c.depth = 1)
        FROM usage_reported AS u JOIN spans AS s USING (run_id, span_id) WHERE s.depth = 0"""
    with load(next((real_traces / "otlp_jsonl").glob("MattGertz*"))) as db:
        rows = db.read(query).rows(0, 9)
    assert len(rows) == 5
    assert all(said == own for said, own in rows)
    files = sorted((real_traces / "agentcore").rglob("*strands*.json"))
    assert files
    for path in files:
        with load(path) as db:
            told = db.costs((), CostScope(rollup="top")).total
            assert told.total_tokens == db.costs(()).total.total_tokens, path.name


def test_sessions_of_openclaw_have_the_tokens_and_costs_of_their_answers(real_traces: Path) -> None:
    (path,) = (real_traces / "openclaw").rglob("*.jsonl")
    lines = records(path)
    with load(path) as db:
        total = db.costs(()).total
        assert total.total_tokens == sum(figures(lines, "totalTokens"))
        paid = sum((usage["cost"]["total"] for usage in _named(lines, "usage")), Decimal(0))
        assert total.cost_usd == paid.quantize(Decimal("1e-12"))
