"""What a computed cost leaves out: unexplained tokens, sums priced by the size of calls, calls without a name or tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import in_this_process

START_NS = 1_790_000_000_000_000_000
MILLION = 1_000_000
PRICES = """
[[model]]
model = "m"
input = 1
output = 2
[[model]]
model = "sized"
input = 1
output = 1
[[model]]
model = "sized"
above_input = 100
input = 2
output = 2
[[model]]
model = "flat"
per_request = 0.25
"""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "prices.toml").write_text(PRICES, encoding="utf-8")


def written(path: Path, *spans: dict[str, Any]) -> Path:
    """One run with these spans, its calls below `0` where that is an agent."""
    lines = [
        {"tracetui": 1, "trace_id": "d" * 32, "span_id": str(at), "parent_id": "0" if at else None, "name": "chat", "kind": "LLM",
         "status": "ok", "start": START_NS + at, "end": START_NS + at + 10**9, **span}
        for at, span in enumerate(spans)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_cost_that_leaves_tokens_out_is_a_lower_bound_wherever_it_stands(tmp_path: Path) -> None:
    usage = {"input_tokens": MILLION, "output_tokens": MILLION, "total_tokens": 2 * MILLION + 7}
    trace = written(tmp_path / "a.jsonl", {"kind": "AGENT"}, {"model": "m", "usage": usage})
    told = in_this_process("cost", trace).out
    assert "≥ $3.00 computed · 1 of 1 call priced in part" in told
    buckets = in_this_process("cost", trace, "--by", "bucket").out.splitlines()
    assert buckets[0].split()[:4] == ["bucket", "calls", "unpriced", "tokens"]
    assert {tuple(line.split()[0:3]) for line in buckets[1:4]} == {
        ("out_text", "1", "1,000,000"),
        ("in_uncached", "1", "1,000,000"),
        ("unexplained", "1", "7"),
    }
    assert buckets[-1].startswith("≥ $3.00")
    (row,) = in_this_process("cost", trace, "--json").json
    assert (row["partly_priced_calls"], row["partly_computed_calls"], row["unpriced_calls"]) == (1, 1, 0)
    assert "≥ $3.00" in in_this_process("runs", trace).out
    assert in_this_process("runs", trace, "--json").json[0]["partly_priced_calls"] == 1
    shown = in_this_process("show", trace).out
    assert "≥ $3.00 computed · 1 of 1 call priced in part" in shown.splitlines()[0]
    step = in_this_process("show", trace, "--step", "1").out
    assert (
        "computed ≥ $3\ncomputed without tokens that nobody counts or of which nobody tells what they are"
        in step
    )
    assert "then ≥ $3.00 · 1 of 1 call priced in part" in in_this_process("cost", trace, "--what-if", "m").out


def test_a_sum_priced_by_the_size_of_calls_says_why_its_cost_is_unknown(tmp_path: Path) -> None:
    usage = {"input_tokens": 101, "output_tokens": 0}
    trace = written(
        tmp_path / "a.jsonl", {"kind": "AGENT", "usage": usage}, {"model": "sized"}, {"model": "sized"}
    )
    (bucket, _) = in_this_process("cost", trace, "--by", "bucket", "--json").json
    assert (bucket["bucket"], bucket["total_tokens"], bucket["partly_priced_calls"]) == (
        "in_uncached",
        101,
        1,
    )
    cost = in_this_process("cost", trace)
    assert "the price of sized depends on the size of each call, and only a sum is told" in cost.err
    why = "only the sum of calls priced by their size is told"
    assert f"cost unknown · {why}" in in_this_process("show", trace).out
    step = in_this_process("show", trace, "--step", "1").out
    assert "unpriced: the price depends on the size of each call, and only the sum of several is told" in step
    assert f"Σ cost unknown · {why}" in step


def test_what_if_counts_calls_that_a_total_stands_for_as_priced(tmp_path: Path) -> None:
    usage = {"input_tokens": MILLION, "output_tokens": 0}
    trace = written(tmp_path / "a.jsonl", {"kind": "AGENT", "usage": usage}, {"model": "x"}, {"model": "x"})
    told = in_this_process("cost", trace, "--what-if", "m")
    assert "then $1.00\nat least 2 calls only in then" in told.out
    assert in_this_process("cost", trace, "--what-if", "m", "--json").json[0]["not_repriced_calls"] == 0


def test_calls_without_a_name_and_without_tokens_take_prices_that_hold_for_them(tmp_path: Path) -> None:
    usage = {"input_tokens": MILLION, "output_tokens": 0}
    trace = written(
        tmp_path / "a.jsonl",
        {"kind": "AGENT"},
        {"usage": usage},
        {"model": "flat"},
        {"model": "flat", "usage": usage},
    )
    assert "≥ $0.500 computed · 1 of 3 calls unpriced" in in_this_process("cost", trace).out
    prices = tmp_path / "all.toml"
    prices.write_text('[[model]]\nmodel = "*"\ninput = 4\nper_request = 1\n', encoding="utf-8")
    rows = in_this_process("cost", trace, "--prices", prices, "--json").json
    figures = {(row["model"], row["cost_usd"], row["partly_priced_calls"]) for row in rows}
    assert figures == {(None, 5.0, 0), ("flat", 6.0, 1)}
    assert "then ≥ $2.00 · 1 of 3 calls could not" in in_this_process("cost", trace, "--what-if", "m").out


def test_what_a_span_reports_beyond_its_calls_is_priced_by_the_side_whose_buckets_fit(tmp_path: Path) -> None:
    whole = {"input_tokens": 3 * MILLION, "output_tokens": 2 * MILLION, "total_tokens": 5 * MILLION}
    call = {"input_tokens": 2 * MILLION, "cache_read_tokens": MILLION, "output_tokens": MILLION}
    trace = written(
        tmp_path / "a.jsonl", {"kind": "AGENT", "model": "m", "usage": whole}, {"model": "m", "usage": call}
    )
    rows = in_this_process("cost", trace, "--by", "bucket", "--json").json
    assert {row["bucket"]: (row["total_tokens"], row["cost_usd"]) for row in rows} == {
        "in_uncached": (MILLION, 1.0),
        "in_cache_read": (MILLION, 1.0),
        "out_text": (2 * MILLION, 4.0),
        "unexplained": (MILLION, None),
    }
    assert "≥ $6.00 computed · 1 of 2 calls priced in part" in in_this_process("cost", trace).out
    alone = in_this_process("query", trace)
    assert (alone.status, "`tracetui query` lists the names" in alone.err) == (2, True)
    silent = in_this_process("cost", trace, "--filter", "name:nobody", "--rollup", "sum")
    assert (silent.status, silent.err) == (0, "no run passes the filter\n")
