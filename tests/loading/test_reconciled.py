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
