"""What a step cost, on the command line and behind the Cost tab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import in_this_process

START_NS = 1_790_000_000_000_000_000
PRICES = 'note = "EUR at 1.08"\n[[model]]\nmodel = "ours"\nfrom = 2026-01-01\ninput = 2\ncache_read = "0.2"\noutput = 3\n'


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path / "config"))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """An agent with two calls; the first reports a cost beside the one that its price gives, and its first token."""
    usage = {"input_tokens": 1_000_000, "cache_read_tokens": 500_000, "output_tokens": 1_000}
    calls: list[dict[str, Any]] = [
        {"span_id": "1", "ttft": 10**9, "usage": {**usage, "cost_usd": "1.5"}},
        {"span_id": "2", "usage": usage},
    ]
    spans: list[dict[str, Any]] = [{"span_id": "0", "name": "agent", "kind": "AGENT"}] + [
        {"parent_id": "0", "name": "chat", "kind": "LLM", "model": "ours", **call} for call in calls
    ]
    times = {
        "tracetui": 1,
        "trace_id": "a" * 32,
        "status": "ok",
        "start": START_NS,
        "end": START_NS + 3 * 10**9,
    }
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(json.dumps({**times, **span}) + "\n" for span in spans), encoding="utf-8")
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    return path


def shown(trace: Path, *arguments: str) -> str:
    result = in_this_process("show", str(trace), "--prices", str(trace.with_name("prices.toml")), *arguments)
    assert result.status == 0, result.err
    return result.out


def test_each_bucket_has_its_price_and_both_costs_stand_side_by_side(trace: Path) -> None:
    text = shown(trace, "--step", "1")
    assert "reported $1.5   computed $1.103   apart by $0.397; the reported one counts" in text
    lines = {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line}
    assert (
        lines["in_cache_read"]
        == "in_cache_read 500,000 tok × $0.2 a million $0.1 prices.toml from 2026-01-01"
    )
    assert text.count("prices of prices.toml: EUR at 1.08") == 1
    assert lines["in_uncached"].startswith("in_uncached 500,000 tok × $2 a million $1 ")


def test_json_holds_the_same_in_exact_figures(trace: Path) -> None:
    cost: dict[str, Any] = json.loads(shown(trace, "--step", "2", "--json"))["cost"]
    assert cost["reported_cost_usd"] is None
    assert float(cost["computed_cost_usd"]) == 1.103
    assert {part["bucket"]: float(part["cost_usd"]) for part in cost["buckets"]} == {
        "in_uncached": 1.0, "in_cache_read": 0.1, "out_text": 0.003,
    }  # fmt: skip


def test_calls_of_two_models_have_no_common_cache_prefix(tmp_path: Path) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "a question " * 100}]}]
    agent: dict[str, Any] = {
        "span_id": "0",
        "kind": "AGENT",
        "name": "agent",
        "start": START_NS,
        "end": START_NS + 9,
    }
    spans = [agent] + [
        {"span_id": str(number), "parent_id": "0", "kind": "LLM", "name": "chat", "model": model, "start": START_NS + number,
         "end": START_NS + number + 1, "input_messages": said, "usage": {"input_tokens": 200, "output_tokens": 1}}
        for number, model in enumerate(("ours", "theirs"), 1)
    ]  # fmt: skip
    path = tmp_path / "two.jsonl"
    path.write_text(
        "".join(json.dumps({"tracetui": 1, "trace_id": "a" * 32, **span}) + "\n" for span in spans),
        encoding="utf-8",
    )
    told = in_this_process("show", path, "--step", "2").out
    assert "cache prefix: none, since another model was asked" in told
    assert "breaks at" not in told
