"""The same calls in the words of every vendor have the same buckets, sums and costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.loading.dumps import load
from tests.loading.usage_objects import Call
from tests.loading.vendor_usage import FILES, calls_of
from tracetui.api import TraceDB
from tracetui.pricing.tables import CostScope

PRICES = '[[model]]\nmodel = "fixture"\ninput = 2\ncache_read = 1\ncache_write = "2.5"\noutput = 3\n'
_CALLS = """
    SELECT l.input_tokens, l.in_uncached, coalesce(l.cache_read_tokens, 0), coalesce(l.cache_write_tokens, 0),
        l.output_tokens, coalesce(l.reasoning_tokens, 0), l.total_tokens, l.tokens_unexplained, l.usage_role,
        l.computed_cost_usd
    FROM llm_calls AS l JOIN runs AS r USING (run_id) WHERE r.source LIKE '%/' || ?"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceDB]:
    folder = tmp_path_factory.mktemp("vendors")
    for name, (_, write) in FILES.items():
        written = write(calls_of(name))
        (folder / name).write_bytes(written if isinstance(written, bytes) else written.encode())
    prices = folder.parent / "prices.toml"
    prices.write_text(PRICES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, load(folder) as loaded:
        patch.setenv("TRACETUI_CACHE", str(folder.parent / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(folder.parent / "config"))
        loaded.reprice([prices])
        yield loaded


def expected(call: Call) -> tuple[Any, ...]:
    cost = (call.uncached * 2 + call.read + call.write * Decimal("2.5") + call.out * 3) / Decimal(1_000_000)
    figures = (call.given, call.uncached, call.read, call.write, call.out, call.reasoning, call.total)
    return (*figures, 0, "leaf", cost if call.model == "fixture" else None)


@pytest.mark.parametrize("name", FILES)
def test_every_vendor_tells_the_same(db: TraceDB, name: str) -> None:
    (source,) = [source for source in db.sources() if source.source.endswith(f"/{name}")]
    assert source.format == FILES[name][0]
    found = db.read(_CALLS, [name]).rows(0, 20)
    assert sorted(tuple(row) for row in found) == sorted(expected(call) for call in calls_of(name))
    assert not [issue.message for issue in db.issues() if issue.code == "usage_anomaly"]


def test_an_unknown_model_is_counted_and_not_priced_wherever_it_comes_from(db: TraceDB) -> None:
    (row,) = [row for row in db.costs(("model",)).rows if row.keys == ("nobody-knows-it",)]
    unknown = [call for name in FILES for call in calls_of(name) if call.model == "nobody-knows-it"]
    assert row.calls == row.unpriced_calls == len(unknown)
    assert row.cost_usd is None
    total = db.costs(()).total
    assert total.unpriced_calls == row.calls
    assert total.cost_usd == sum(
        cost for name in FILES for call in calls_of(name) if (cost := expected(call)[-1])
    )


def test_what_parents_repeat_is_in_a_naive_sum_alone(db: TraceDB) -> None:
    ours = db.costs(()).total.total_tokens
    assert ours == sum(call.total for name in FILES for call in calls_of(name))
    naive = db.costs((), CostScope(rollup="sum")).total.total_tokens
    repeated = sum(
        row.total_tokens or 0 for row in db.usage_roles() if row.role in {"rollup", "duplicate", "partly"}
    )
    assert naive == (ours or 0) + repeated
    assert repeated > 0
