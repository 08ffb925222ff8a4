"""`tracetui cost`: dimensions beyond two, questions about some of the runs, options that do not go together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import in_this_process

START_NS = 1_790_000_000_000_000_000


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Two runs of one agent and model with calls at $1 and $2, one of them failed."""
    calls = [("a" * 32, "first", "1", "ok"), ("b" * 32, "second", "2", "error")]
    spans = [
        {"tracetui": 1, "trace_id": trace, "span_id": name, "name": name, "kind": "LLM", "model": "m", "agent": "planner",
         "status": status, "start": START_NS, "end": START_NS + 10**9, "usage": {"total_tokens": 10, "cost_usd": cost}}
        for trace, name, cost, status in calls
    ]  # fmt: skip
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(json.dumps(span) + "\n" for span in spans), encoding="utf-8")
    return path


def test_three_dimensions_are_a_table_in_which_every_sum_stands(trace: Path) -> None:
    lines = in_this_process("cost", trace, "--by", "model,agent,step").out.splitlines()
    assert lines[0].split()[:3] == ["model", "agent", "step"]
    assert [(line.split()[:3], line.split()[-3]) for line in lines[1:3]] == [
        (["m", "planner", "second"], "67"), (["m", "planner", "first"], "33"),
    ]  # fmt: skip
    assert lines[1].count("$2.00") == lines[2].count("$1.00") == 1


def test_a_dimension_named_twice_counts_once(trace: Path) -> None:
    twice, once = (in_this_process("cost", trace, "--by", by).out for by in ("model,model", "model"))
    assert twice == once


def test_a_question_keeps_to_the_filter_and_to_the_run(trace: Path) -> None:
    asked = ("cost", trace, "--question", "expensive-steps", "--json")
    names = [[row["name"] for row in in_this_process(*asked, *scope).json]
             for scope in ((), ("--filter", "status:error"), ("--run", "a"))]  # fmt: skip
    assert names == [["second", "first"], ["second"], ["first"]]


@pytest.mark.parametrize("other", [("--question", "waste"), ("--latency",), ("--batch",), ("--what-if", "m")])
def test_another_rule_of_counting_beside_a_question_is_refused(trace: Path, other: tuple[str, ...]) -> None:
    result = in_this_process("cost", trace, "--rollup", "sum", *other)
    assert result.status == 2
    assert "--rollup counts in a table alone" in result.err


def test_what_if_tells_what_price_lists_say_of_reported_costs_now(trace: Path, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[[model]]\nmodel = "m"\ninput = 1\nper_request = 0.5\n', encoding="utf-8")
    result = in_this_process("cost", trace, "--what-if", "nobody-knows-it", "--prices", prices)
    assert "now $3.00 (" in result.out
    assert " by price lists), then – · 2 of 2 calls could not be re-priced" in result.out
