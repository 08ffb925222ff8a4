"""Whatever the tree and however tokens fall into buckets: every sum is that of the calls, in tokens and in money."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loading.dumps import load
from tracetui.api import TraceDB

PRICES = '[[model]]\nmodel = "m*"\ninput = 2\noutput = 3\n'
IN = (
    *("cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "input_audio_tokens"),
    "input_image_tokens",
)
OUT = ("reasoning_tokens", "output_audio_tokens", "output_image_tokens")
GROUPINGS = (
    *(("model",), ("agent",), ("step",), ("bucket",), ("day",), ("run",), ("tier",), ("tool",)),
    *(("model", "bucket"), ("agent", "model"), ("step", "bucket")),
)
START_NS = 1_790_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Tree:
    """Spans of one run in the plain format, and what its calls come to."""

    spans: tuple[dict[str, Any], ...]
    input_tokens: int
    output_tokens: int

    @property
    def cost_usd(self) -> Decimal:
        """By the prices of the test."""
        return (self.input_tokens * 2 + self.output_tokens * 3) / Decimal(1_000_000)


def split(dice: Random, whole: int, names: tuple[str, ...]) -> dict[str, int]:
    """Parts of a whole, in no particular proportion; the rest of it has no name."""
    parts = {}
    for name in names:
        parts[name] = dice.choice([0, dice.randint(0, whole)])
        whole -= parts[name]
    return parts


def tree(dice: Random) -> Tree:
    """Calls below agents and tools; an inner span may repeat what is below it, or tell of as much again beyond."""
    count = dice.randint(1, 12)
    parents = [-1, *(dice.randint(0, at - 1) for at in range(1, count))]
    sums = [(0, 0)] * count
    spans = []
    for at in reversed(range(count)):
        is_call = at not in parents
        if is_call:
            sums[at] = (dice.randint(0, 50_000), dice.randint(0, 50_000))
        is_told = is_call or dice.random() < 0.5
        if is_told and not is_call and dice.random() < 0.3:
            sums[at] = (sums[at][0] * 2 + 1_000, sums[at][1] * 2 + 1_000)
        spans.append({
            "span_id": f"s{at}", "parent_id": f"s{parents[at]}" if at else None, "name": f"s{at % 4}",
            "kind": "LLM" if is_call else dice.choice(["AGENT", "TOOL", "CHAIN"]), "model": f"m{at % 3}",
            "agent": dice.choice([None, "a", "b"]), **({"usage": _usage(dice, *sums[at], is_call)} if is_told else {}),
        })  # fmt: skip
        if at:
            above = sums[parents[at]]
            sums[parents[at]] = (above[0] + sums[at][0], above[1] + sums[at][1])
    return Tree(tuple(spans), *sums[0])


def _usage(dice: Random, given_in: int, out: int, is_split: bool) -> dict[str, Any]:
    figures = {"input_tokens": given_in, "output_tokens": out, "total_tokens": given_in + out}
    parts = split(dice, given_in, IN) if is_split and dice.random() < 0.7 else {}
    parts |= split(dice, out, OUT) if is_split and dice.random() < 0.7 else {}
    return {**figures, **parts, "semantics": "inclusive"}


def written(path: Path, found: list[Tree]) -> Path:
    lines: Iterator[dict[str, Any]] = (
        {"tracetui": 1, "trace_id": f"{number:032x}", "status": "ok", "start": START_NS, "end": START_NS + 10**9, **span}
        for number, tree in enumerate(found)
        for span in tree.spans
    )  # fmt: skip
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_sum_is_that_of_the_calls(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    dice = Random(seed)
    found = [tree(dice) for _ in range(25)]
    folder = tmp_path_factory.mktemp("trees")
    prices = folder / "prices.toml"
    prices.write_text(PRICES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, load(written(folder / "a.jsonl", found)) as db:
        patch.setenv("TRACETUI_CACHE", str(folder / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        unpriced = db.costs(()).total
        db.reprice([prices])
        assert db.costs(()).total.calls == unpriced.calls >= unpriced.unpriced_calls
        _runs_are_right(db, found)
        _groupings_are_right(db, found)


def _runs_are_right(db: TraceDB, found: list[Tree]) -> None:
    told = {run.trace_id: run for run in db.runs()}
    for number, tree in enumerate(found):
        run = told[f"{number:032x}"]
        assert (run.input_tokens or 0, run.output_tokens or 0) == (tree.input_tokens, tree.output_tokens)
        cost = run.cost_usd or Decimal(0)
        # a rest of which only calls tell the buckets has no price, and is said to be left out
        assert cost < tree.cost_usd if run.is_cost_least else cost == tree.cost_usd
        shown = db.tree(run.run_id)
        assert shown.costs.between(0, len(shown)) == run.cost_usd
        assert shown.costs.is_least(0, len(shown)) == run.is_cost_least or run.cost_usd is None
    for view, tokens in (("llm_calls", "total_tokens"), ("costs", "tokens")):
        query = f"SELECT run_id, sum({tokens}), sum(cost_usd) FROM {view} GROUP BY run_id"
        sums = {row[0]: (row[1] or 0, row[2] or 0) for row in db.read(query).rows(0, 100)}
        for run in told.values():
            assert sums.get(run.run_id, (0, 0)) == (run.total_tokens or 0, run.cost_usd or 0), view


def _groupings_are_right(db: TraceDB, found: list[Tree]) -> None:
    whole = (
        sum(tree.input_tokens + tree.output_tokens for tree in found),
        sum(run.cost_usd or 0 for run in db.runs()),
    )
    for by in GROUPINGS:
        rows = db.costs(by).rows
        assert (
            sum(row.total_tokens or 0 for row in rows),
            sum(row.cost_usd or 0 for row in rows),
        ) == whole, by
