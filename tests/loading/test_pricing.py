"""Prices of calls with known answers, in exact decimals: by model, tier, time, size and kind of tokens."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.loading.dumps import load
from tests.loading.money_files import one, otlp_file, plain_file, price_file
from tracetui.errors import UsageError
from tracetui.pricing.lookup import WhatIf
from tracetui.pricing.published import rows_of
from tracetui.pricing.rows import Group
from tracetui.pricing.tables import CostScope
from tracetui.render.costs import gap_lines
from tracetui.render.step_cost import cost_lines

pytestmark = pytest.mark.usefixtures("own_folders")


def test_a_total_alone_has_no_price(tmp_path: Path) -> None:
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    with load(plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": {"total_tokens": 1000}})) as db:
        db.reprice([prices])
        run = db.run()
        assert (run.total_tokens, run.cost_usd, run.priced_calls, run.unpriced_calls) == (1000, None, 0, 1)
        assert one(db, "SELECT computed_cost_usd, cost_source FROM llm_calls") == (None, "unknown")


def test_a_call_that_tells_one_side_of_its_tokens_is_priced_in_part(tmp_path: Path) -> None:
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    told: list[dict[str, Any]] = [
        {"usage": {"input_tokens": 10}},
        {"usage": {"input_tokens": -5, "output_tokens": 10}},
        {"usage": {"input_tokens": 10**30, "output_tokens": 10}},
        {"usage": {"input_tokens": 10, "total_tokens": 10}},
        {"usage": {"input_tokens": 10}, "kind": "EMBEDDING"},
        {"usage": {"input_tokens": 10, "output_tokens": 0}},
    ]
    with load(plain_file(tmp_path / "a.jsonl", *({"model": "m", **span} for span in told))) as db:
        db.reprice([prices])
        rows = db.read("SELECT cost_usd * 1000000, is_partly_priced FROM llm_calls ORDER BY started_at").rows(
            0, 9
        )
        assert [(int(usd), partly) for usd, partly in rows] == [
            (20, True), (30, True), (30, True), (20, False), (20, False), (20, False),
        ]  # fmt: skip
        for by in ((), ("model",), ("bucket",)):
            assert db.costs(by).total.partly_priced_calls == 3


def test_the_most_specific_price_holds_for_each_bucket(tmp_path: Path) -> None:
    prices = price_file(
        tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\ncache_read = 1\noutput = "3"\n'
    )
    usage = {"input_tokens": 20, "cache_read_tokens": 5, "output_tokens": 10, "total_tokens": 30}
    with load(plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": usage})) as db:
        db.reprice([prices])
        assert db.runs(limit=100) == db.runs(sort="cost", limit=100) == db.runs()
        sides = "sum(cost_usd) FILTER (starts_with(bucket, 'in_')), sum(cost_usd) FILTER (starts_with(bucket, 'out_'))"
        assert one(db, f"SELECT {sides} FROM costs") == (Decimal("0.000035"), Decimal("0.00003"))
        assert db.run().cost_usd == Decimal("0.000065")
        assert one(db, "SELECT cost_source, price_source FROM llm_calls") == ("computed", "p.toml")


def test_a_figure_that_nobody_can_mean_leaves_the_others_priced(tmp_path: Path) -> None:
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    usages = [{"input_tokens": tokens, "output_tokens": 0} for tokens in (1_000, 900_000_000_000_000)]
    with load(plain_file(tmp_path / "a.jsonl", *({"model": "m", "usage": each} for each in usages))) as db:
        db.reprice([prices])
        costs = [cost for (cost,) in db.read("SELECT cost_usd FROM llm_calls ORDER BY started_at").rows(0, 9)]
        assert costs == [Decimal("0.002"), Decimal(1800000000)]
        assert one(db, "SELECT sum(cost_usd) FROM costs") == (Decimal("1800000000.002"),)


def test_an_unknown_model_costs_nobody_knows_what(tmp_path: Path) -> None:
    spans = [
        {"model": model, "usage": {"input_tokens": 10, "output_tokens": 5}}
        for model in ("m", "nobody-knows-it")
    ]
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    with load(
        plain_file(tmp_path / "a.jsonl", {"kind": "AGENT"}, *({**s, "parent_id": "0"} for s in spans))
    ) as db:
        db.reprice([prices])
        run = db.run()
        assert (run.cost_usd, run.priced_calls, run.unpriced_calls) == (Decimal("0.000035"), 1, 1)
        unknown = one(db, "SELECT cost_usd, cost_source FROM llm_calls WHERE model = 'nobody-knows-it'")
        assert unknown == (None, "unknown")


def test_prices_change_with_time_and_size_and_tools_have_theirs(tmp_path: Path) -> None:
    text = (
        '[[model]]\nmodel = "m*"\ninput = 1\noutput = 1\n'
        '[[model]]\nmodel = "m*"\nfrom = 2026-01-01\ninput = 2\noutput = 2\n'
        '[[model]]\nmodel = "m*"\nabove_input = 100\ninput = 5\noutput = 5\n'
        '[[tool]]\ntool = "search"\nper_call = "0.02"\n'
    )
    spans: list[dict[str, Any]] = [
        {"model": "m1", "usage": {"input_tokens": 100, "output_tokens": 0}, "start": "2025-12-31T23:59:59Z"},
        {"model": "m1", "usage": {"input_tokens": 100, "output_tokens": 0}, "start": "2026-01-01T00:00:00Z"},
        {"model": "m1", "usage": {"input_tokens": 101, "output_tokens": 0}},
        {"kind": "TOOL", "tool_name": "search"},
    ]
    with load(plain_file(tmp_path / "a.jsonl", *spans)) as db:
        db.reprice([price_file(tmp_path / "p.toml", text)])
        costs = [row[0] for row in db.read("SELECT cost_usd FROM llm_calls ORDER BY started_at").rows(0, 9)]
        assert costs == [Decimal("0.0001"), Decimal("0.0002"), Decimal("0.000505")]
        assert one(db, "SELECT sum(cost_usd) FROM costs") == (Decimal("0.020805"),)
        tools = db.costs().rows[0]
        assert (tools.keys, tools.calls, tools.cost_usd) == (("(tools)",), 0, Decimal("0.02"))


def test_another_model_cache_and_tier_are_priced_without_loading_again(tmp_path: Path) -> None:
    prices = price_file(
        tmp_path / "p.toml",
        '[[model]]\nmodel = "m"\ninput = 2\ncache_read = 1\noutput = 3\n[[model]]\nmodel = "n"\ninput = 20\noutput = 30\n',
    )
    usage = {"input_tokens": 20, "cache_read_tokens": 5, "output_tokens": 10, "total_tokens": 30}
    with load(plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": usage})) as db:
        db.reprice([prices])
        for asked, cost in (
            (WhatIf(), "0.000065"),
            (WhatIf(model="n"), "0.0007"),
            (WhatIf(cache_off=True), "0.00007"),
        ):
            assert db.costs(what_if=asked).total.computed_cost_usd == Decimal(cost)
        with pytest.raises(UsageError, match="no price is known"):
            db.costs(what_if=WhatIf(model="nobody-knows-it"))
        unknown = db.costs(what_if=WhatIf(batch=True)).total
        assert (unknown.computed_cost_usd, unknown.uncomputed_calls) == (None, 1)
        assert db.run().cost_usd == Decimal("0.000065")


@pytest.mark.parametrize(
    "text",
    [
        "[[model]]\nmodle = 'm'",
        "[[model]]\nmodel = 'm'\ninput = -1",
        "[[model]]\nmodel = 'm'\ninput = 1\nabove_input = -5",
        "model = 3",
        "[[model]]\ninput = 1",
        "[[model]]\nmodel = 'm'\nnote = 'free?'",
        "[[tool]]\ntool = 'search'",
        "x =",
    ],
)
def test_a_price_file_with_an_error_is_refused(tmp_path: Path, text: str) -> None:
    with load(plain_file(tmp_path / "a.jsonl", {})) as db, pytest.raises(UsageError, match="price file"):
        db.reprice([price_file(tmp_path / "p.toml", text)])


def test_published_prices_hold_for_the_time_of_the_call(tmp_path: Path) -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 0}
    span = {"model": "gpt-4o-2024-08-06", "provider": "openai", "usage": usage}
    with load(plain_file(tmp_path / "a.jsonl", span)) as db:
        db.reprice()
        query = "SELECT cost_usd, cost_source, price_source FROM llm_calls"
        cost, source, price_source = one(db, query)
        assert (cost, source) == (Decimal("2.5"), "computed")
        assert price_source.startswith("genai-prices ")
        db.reprice()  # now from what was kept
        assert one(db, query) == (cost, source, price_source)


def test_a_call_before_batch_prices_were_recorded_is_priced_as_a_batch_all_the_same(tmp_path: Path) -> None:
    spring_ns = 1_776_000_000_000_000_000
    usage = {"input_tokens": 1_000, "output_tokens": 100, "total_tokens": 1_100}
    call = {
        "model": "gpt-5.4",
        "provider": "openai",
        "usage": usage,
        "start": spring_ns,
        "end": spring_ns + 10**9,
    }
    with load(plain_file(tmp_path / "a.jsonl", call)) as db:
        db.reprice([])
        paid, batch = (
            db.costs().total.computed_cost_usd,
            db.costs(what_if=WhatIf(batch=True)).total.computed_cost_usd,
        )
    assert (paid, batch) == (Decimal("0.004"), Decimal("0.002"))


def test_a_call_is_priced_in_the_tier_that_served_it_or_not_at_all(tmp_path: Path) -> None:
    usage = {"input_tokens": 100_000, "output_tokens": 0}
    told: list[dict[str, Any]] = [
        {"service_tier": "default"},
        {"service_tier": "flex"},
        {"usage": {**usage, "raw": '{"service_tier": "batch"}'}},
        {"output": '{"service_tier": "priority"}', "parameters": {"service_tier": "auto"}},
        {"parameters": {"service_tier": "scale"}},
        {"usage": {**usage, "raw": '{"input_token_details": {"flex": 1000000, "flex_cache_read": 0}}'}},
        {"model": "m", "service_tier": "flex"},
        {"model": "m", "service_tier": "batch"},
    ]
    spans = [{"model": "gpt-5.4", "provider": "openai", "usage": usage, **more} for more in told]
    prices = price_file(
        tmp_path / "p.toml",
        '[[model]]\nmodel = "m"\ninput = 2\n[[model]]\nmodel = "m"\nservice_tier = "flex"\ninput = 1\n',
    )
    with load(plain_file(tmp_path / "a.jsonl", *spans)) as db:
        db.reprice([prices])
        rows = db.read("SELECT service_tier, cost_usd FROM llm_calls ORDER BY started_at").rows(0, 9)
        tiers = {row.keys[0]: (row.calls, row.unpriced_calls) for row in db.costs(("tier",)).rows}
        (scale,) = (run.run_id for run in db.runs() if run.name == "span 4")
        lines = cost_lines(db.step_cost(scale, 0))
    assert [(tier, None if cost is None else f"{cost.normalize():f}") for tier, cost in rows] == [
        ("default", "0.25"), ("flex", "0.125"), ("batch", "0.125"), ("priority", "0.5"), ("scale", None),
        ("flex", "0.125"), ("flex", "0.1"), ("batch", None),
    ]  # fmt: skip
    assert tiers == {"default": (1, 0), "flex": (3, 0), "batch": (2, 1), "priority": (1, 0), "scale": (1, 1)}
    assert lines[0] == "unpriced: no cost is reported and the model has no known price in the tier scale"


def test_what_is_charged_besides_tokens_is_priced_where_it_is_listed_else_the_cost_is_a_lower_bound(
    tmp_path: Path,
) -> None:
    def told(more: dict[str, Any]) -> dict[str, Any]:
        return {"usage": {"input_tokens": 1_000, "output_tokens": 0, "raw": json.dumps(more)}}

    searched = {"server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 9}}
    items = [
        {"type": "web_search_call", "action": {"type": word}} for word in ("search", "open_page", "search")
    ]
    grounded = {
        "ai.response.providerMetadata": '{"google": {"groundingMetadata": {"webSearchQueries": ["x"]}}}'
    }
    calls: list[dict[str, Any]] = [
        told({**searched, "inference_geo": "global"}),
        told({"server_tool_use": {"code_execution_requests": 2}, "inference_geo": "us"}),
        {"model": "gpt-5", **told({}), "output": json.dumps({"output": items})},
        {"model": "gemini-2.5-flash", **told({}), "attributes": grounded},
        {"model": "own", **told(searched)},
        {"model": "own", **told({"inference_geo": "us"})},
        told({"web_fetch_requests": 1}),
    ]
    path = plain_file(tmp_path / "a.jsonl", *({"model": "claude-sonnet-4-5", **call} for call in calls))
    with load(path) as db:
        db.reprice([price_file(tmp_path / "p.toml", '[[model]]\nmodel = "own"\ninput = 2\n')])
        rows = db.read(
            "SELECT web_searches, other_charges, cost_usd, is_partly_priced FROM llm_calls ORDER BY started_at"
        ).rows(0, 9)
        names = {run.name: run.run_id for run in db.runs()}
        lines = [cost_lines(db.step_cost(names[f"span {number}"], 0)) for number in (0, 1, 4)]
        buckets, total = db.costs(("bucket",)), db.costs().total
    assert [(*row[:2], f"{row[2].normalize():f}", row[3]) for row in rows] == [
        (3, None, "0.033", False), (None, "inference in us, 2 code_execution_requests", "0.003", True),
        (2, None, "0.02125", False), (None, "grounding with Google Search", "0.0003", True),
        (3, None, "0.002", True), (None, "inference in us", "0.002", False), (None, None, "0.003", False),
    ]  # fmt: skip
    assert lines[0][1] == "3 web searches at $0.01 each"
    assert (
        "computed without other charges, of unknown price: inference in us, 2 code_execution_requests"
        in lines[1]
    )
    assert "computed without 3 web searches, of unknown price" in lines[2]
    money = {row.keys[0]: row.cost_usd for row in buckets.rows}
    assert (money["web_search"], sum(filter(None, money.values()))) == (Decimal("0.05"), total.cost_usd)
    assert (total.partly_priced_calls, buckets.total.partly_priced_calls) == (3, 3)


def test_sound_and_images_are_priced_as_listed_or_left_out_and_never_as_text(tmp_path: Path) -> None:
    def kinds(**tokens: int) -> list[dict[str, Any]]:
        return [{"modality": kind.upper(), "tokenCount": number} for kind, number in tokens.items()]

    gemini = {
        "promptTokenCount": 1_000, "promptTokensDetails": kinds(text=500, audio=400, image=100),
        "cachedContentTokenCount": 300, "cacheTokensDetails": kinds(text=50, audio=250),
        "candidatesTokenCount": 10, "candidatesTokensDetails": kinds(text=10), "totalTokenCount": 1_010,
    }  # fmt: skip
    says = {"author": "a", "content": {"role": "model", "parts": [{"text": "hi"}]}, "invocationId": "i"}
    model = {"modelVersion": "gemini-2.5-flash", "usageMetadata": gemini}
    events = [{**says, **model, "timestamp": 1_790_000_000}]
    session = {"id": "s", "appName": "a", "userId": "u", "state": {}, "events": events}
    (tmp_path / "adk.json").write_text(json.dumps(session), encoding="utf-8")
    painted = {
        "model": "gemini-2.5-flash-image",
        "usage": {"input_tokens": 0, "output_tokens": 100, "output_image_tokens": 100},
    }
    heard = {
        "model": "gpt-5",
        "usage": {"input_tokens": 1_000, "input_audio_tokens": 400, "output_tokens": 0},
    }
    own = {**heard, "model": "own"}
    half = {"model": "half", "usage": {"input_tokens": 1_000, "output_tokens": 10}}
    only = {
        **heard,
        "model": "gpt-5-mini",
        "usage": {"input_tokens": 400, "input_audio_tokens": 400, "output_tokens": 0},
    }
    prices = '[[model]]\nmodel = "own"\ninput = 2\n[[model]]\nmodel = "half"\noutput = 2\n'
    with load(tmp_path / "adk.json", plain_file(tmp_path / "a.jsonl", painted, heard, own, half, only)) as db:
        db.reprice([price_file(tmp_path / "p.toml", prices)])
        rows = db.read(
            "SELECT cost_usd, is_partly_priced, in_uncached, in_cache_read, in_cache_read_audio, in_audio, in_image, out_image"
            " FROM llm_calls ORDER BY started_at, span_id"
        ).rows(0, 9)
        (run,) = (run.run_id for run in db.runs() if run.models == ("gpt-5",))
        lines, gaps = cost_lines(db.step_cost(run, 0)), gap_lines(db.price_gaps())
        totals = {by: db.costs((by,)).total for by in ("model", "bucket")}
    assert [(f"{row[0].normalize():f}", *row[1:]) for row in rows if row[4]] == [
        # 450 of text and 100 of images at 0.3, 150 of sound at 1, 50 cached at 0.03, 250 of cached sound at 0.1, 10 at 2.5
        ("0.0003665", False, 450, 50, 250, 150, 100, 0)
    ]
    assert rows[-1] == (None, False, 0, 0, 0, 400, 0, 0)
    assert [(f"{row[0].normalize():f}", *row[1:]) for row in rows[:-1] if not row[4]] == [
        ("0.003", False, 0, 0, 0, 0, 0, 100), ("0.00075", True, 600, 0, 0, 400, 0, 0), ("0.002", False, 600, 0, 0, 400, 0, 0), ("0.00002", True, 1_000, 0, 0, 0, 0, 0),
    ]  # fmt: skip
    assert "computed without in_audio, for which genai-prices" in lines[1]
    assert gaps[2].endswith("of 1 more prices")
    assert gaps[0].endswith("has no price for in_audio of gpt-5: 1 call priced in part")
    assert gaps[1].endswith("has no price for in_audio of gpt-5-mini: 1 call unpriced")
    assert totals["model"].cost_usd == totals["bucket"].cost_usd
    assert [total.partly_priced_calls for total in totals.values()] == [2, 2]


@pytest.mark.parametrize(
    ("provider", "model", "cached", "is_least"),
    [
        ("anthropic", "claude-sonnet-4-5", "cache_read_input_tokens", True),
        ("anthropic", "claude-sonnet-4-5", "cache_read.input_tokens", False),
        ("openai", "gpt-5", "cache_read_input_tokens", False),
        ("gcp.gen_ai", "gemini-2.5-pro", "cache_read_input_tokens", False),
    ],
)
def test_a_call_of_which_cached_tokens_may_stand_beside_the_input_costs_at_least_what_they_cost_in_it(
    tmp_path: Path, provider: str, model: str, cached: str, is_least: bool
) -> None:
    told = {
        "gen_ai.usage.input_tokens": 1_000,
        f"gen_ai.usage.{cached}": 400,
        "gen_ai.usage.output_tokens": 10,
    }
    named = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model}
    with load(otlp_file(tmp_path / "a.jsonl", {**told, **named})) as db:
        db.reprice([])
        row = db.read(
            "SELECT usage_semantics = 'unknown', is_partly_priced, in_uncached, input_tokens FROM llm_calls"
        ).rows(0, 1)
        text = "".join(cost_lines(db.step_cost(db.runs()[0].run_id, 0)))
    assert row == [(is_least, is_least, 600, 1_000)]
    assert ("the source does not say" in text) == is_least


@pytest.mark.parametrize(
    ("provider", "model", "plain"),
    [
        ("", "litellm_proxy/claude-sonnet-4-20250514", ("anthropic", "claude-sonnet-4-20250514")),
        ("", "litellm_proxy/openai/gpt-4o", ("openai", "gpt-4o")),
        (
            "",
            "projects/p/locations/l/publishers/google/models/gemini-2.5-flash",
            ("google", "gemini-2.5-flash"),
        ),
        ("google", "models/gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        (
            "",
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            ("aws", "us.anthropic.claude-3-7-sonnet-20250219-v1:0"),
        ),
        (
            "strands-agents",
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            ("aws", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ),
        ("strands-agents", "gpt-4o", ("openai", "gpt-4o")),
        ("langchain", "gpt-4o", ("openai", "gpt-4o")),
        ("some-gateway", "gpt-5-mini", ("openai", "gpt-5-mini")),
        ("some-gateway", "acme/claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5")),
    ],
)
def test_models_behind_gateways_and_resource_names_have_their_prices(
    provider: str, model: str, plain: tuple[str, str]
) -> None:
    moment = 1_760_000_000_000_000_000
    found, known = (rows_of(Group(*name, moment, moment)) for name in ((provider, model), plain))
    assert known
    assert [row.tokens for row in found] == [row.tokens for row in known]
    taken = f"provider some-gateway is not in the list, the price of {plain[0]} is taken"
    assert {row.note for row in found} == {taken if provider == "some-gateway" else None}


def test_no_price_of_a_maker_is_taken_for_another_seller_or_a_model_that_none_has_as_its_own() -> None:
    named = (("groq", "gpt-5-mini"), ("ollama", "gpt-oss-20b"), ("some-gateway", "qwen3"))
    assert [rows_of(Group(*names, 0, 0)) for names in named] == [[], [], []]


def test_sums_that_were_told_before_new_prices_do_not_outlive_them(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "output_tokens": 10}
    own = [
        price_file(tmp_path / f"{usd}.toml", f'[[model]]\nmodel = "m"\ninput = {usd}\noutput = {usd}\n')
        for usd in (1, 2, 3, 4)
    ]
    path = plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": usage})
    with load(path) as db, load(path) as other:
        assert db.costs().total.cost_usd is None
        for usd, prices in enumerate(own, start=1):
            db.reprice([prices])
            cost = Decimal(20 * usd) / 1_000_000
            assert db.run().cost_usd == cost
            assert [db.costs(by).total.cost_usd for by in (("model",), ("day",), ("bucket",))] == [cost] * 3
            what_if = db.costs(what_if=WhatIf(cache_off=True))
            assert what_if.total.computed_cost_usd == cost
            assert db.run().cost_usd == db.runs(sort="cost")[0].cost_usd == cost
        assert other.costs().total.cost_usd is None


def test_cached_tokens_that_no_call_tells_are_unknown(tmp_path: Path) -> None:
    untold = {"model": "m", "usage": {"input_tokens": 10, "output_tokens": 1}}
    told = {"model": "n", "usage": {"input_tokens": 10, "output_tokens": 1, "cache_read_tokens": 0}}
    with load(plain_file(tmp_path / "a.jsonl", untold, told)) as db:
        for rollup in (None, "sum"):
            rows = db.costs(("model",), CostScope(rollup=rollup)).rows
            assert {row.keys[0]: row.cache_read_tokens for row in rows} == {"m": None, "n": 0}
