"""Tokens and money with known answers: what figures mean, which of them count, and what they add up to."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tests.loading.money_files import one, otlp_file, plain_file, price_file
from tracetui.pricing.tables import CostScope

pytestmark = pytest.mark.usefixtures("own_folders")


def test_the_tree_of_a_run_tells_the_money_of_the_run_to_the_last_digit(tmp_path: Path) -> None:
    call = {"parent_id": "0", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 0}}
    path = plain_file(
        tmp_path / "a.jsonl",
        {"kind": "AGENT", "usage": {"cost_usd": "0.000001"}},
        *[call] * 4,
        {"kind": "TOOL", "tool_name": "search", "parent_id": "0"},
    )
    prices = tmp_path / "p.toml"
    prices.write_text(
        '[[model]]\nmodel = "m"\ninput = 0.4\n[[tool]]\ntool = "search"\nper_call = 0.0000001\n',
        encoding="utf-8",
    )
    with load(path) as db:
        db.reprice([prices])
        tree, run = db.tree(db.run().run_id), db.run()
        assert run.cost_usd == Decimal("0.0000011") == tree.costs.between(0, len(tree))
        assert tree.costs.between(1, 2) == Decimal("0.0000004")
        # the agent reports less than its calls cost
        assert tree.costs.between(0, 1) == Decimal("-0.0000006")
        assert tree.costs.picked([0, 3, 5]).between(0, 3) == Decimal("-0.0000001")


def test_a_naive_sum_counts_twice_what_the_calls_report_once(tmp_path: Path) -> None:
    calls = [3031, 4421, 10709, 11738]
    spans = [{"parent_id": "0", "model": "m", "usage": {"total_tokens": count}} for count in calls]
    path = plain_file(tmp_path / "a.jsonl", {"kind": "AGENT", "usage": {"total_tokens": 29_899}}, *spans)
    with load(path) as db:
        assert db.run().total_tokens == 29_899
        assert db.costs((), CostScope(rollup="sum")).total.total_tokens == 59_798
        assert [
            db.costs((), CostScope(rollup=rule)).total.total_tokens for rule in ("top", "root", "leaf")
        ] == [29_899] * 3
        assert one(db, "SELECT sum(total_tokens), count(*) FROM llm_calls") == (29_899, 4)


@pytest.mark.parametrize("prefix", ["gen_ai.usage.", "other"])
def test_cached_tokens_within_the_input_leave_the_fresh_ones(tmp_path: Path, prefix: str) -> None:
    usage = {"input_tokens": 17_903, "cache_read_tokens": 17_817, "output_tokens": 10, "total_tokens": 17_913}
    if prefix == "other":
        path = plain_file(tmp_path / "a.jsonl", {"usage": usage})
    else:
        path = otlp_file(tmp_path / "a.jsonl", {prefix + name: count for name, count in usage.items()})
    with load(path) as db:
        found = one(
            db, "SELECT in_uncached, in_cache_read, usage_semantics, usage_semantics_told FROM llm_calls"
        )
        assert found == (86, 17_817, "inclusive", "total")


def test_counts_beside_each_other_under_inclusive_names_are_told_by_their_total(tmp_path: Path) -> None:
    usage = {
        "gen_ai.usage.input_tokens": 4299, "gen_ai.usage.output_tokens": 631, "gen_ai.usage.total_tokens": 58_291,
        "gen_ai.usage.cache_read.input_tokens": 35_574, "gen_ai.usage.cache_creation.input_tokens": 17_787,
    }  # fmt: skip
    with load(otlp_file(tmp_path / "a.jsonl", usage)) as db:
        query = "SELECT input_tokens, in_uncached, total_tokens, tokens_unexplained, usage_semantics FROM llm_calls"
        assert one(db, query) == (57_660, 4299, 58_291, 0, "exclusive")
        assert db.run().input_tokens == 57_660
        assert "usage_anomaly" not in {issue.code for issue in db.issues()}


def test_more_cached_tokens_than_input_are_an_issue(tmp_path: Path) -> None:
    with load(
        plain_file(tmp_path / "a.jsonl", {"usage": {"input_tokens": 10, "cache_read_tokens": 90}})
    ) as db:
        assert one(db, "SELECT input_tokens, in_uncached, usage_semantics FROM llm_calls") == (
            100,
            10,
            "exclusive",
        )
        assert [issue.code for issue in db.issues()].count("usage_anomaly") == 1


def test_what_the_total_has_more_than_its_parts_stays_visible(tmp_path: Path) -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 22}
    with load(plain_file(tmp_path / "a.jsonl", {"usage": usage})) as db:
        assert one(db, "SELECT output_tokens, tokens_unexplained, total_tokens FROM llm_calls") == (5, 7, 22)
        assert one(db, "SELECT tokens, cost_usd FROM costs WHERE bucket = 'unexplained'") == (7, None)


def test_reported_and_computed_costs_stand_side_by_side_and_the_reported_one_counts(tmp_path: Path) -> None:
    prices = price_file(
        tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\nper_request = 0.01\n'
    )
    usage = {"input_tokens": 10, "output_tokens": 5, "cost_usd": "0.5"}
    with load(plain_file(tmp_path / "a.jsonl", {"model": "m", "usage": usage})) as db:
        db.reprice([prices])
        query = "SELECT cost_usd, reported_cost_usd, computed_cost_usd, cost_source FROM llm_calls"
        assert one(db, query) == (Decimal("0.5"), Decimal("0.5"), Decimal("0.010035"), "reported")
        assert one(db, "SELECT sum(cost_usd), sum(computed_cost_usd) FROM costs") == (
            Decimal("0.5"),
            Decimal("0.010035"),
        )


def test_a_cost_for_the_whole_run_is_not_added_to_those_of_its_calls(tmp_path: Path) -> None:
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    call = {"parent_id": "0", "model": "m", "usage": {"input_tokens": 10, "output_tokens": 5}}
    path = plain_file(tmp_path / "a.jsonl", {"kind": "AGENT", "usage": {"cost_usd": "0.5"}}, call, call)
    with load(path) as db:
        assert (db.run().cost_usd, db.run().unpriced_calls) == (Decimal("0.5"), 0)
        db.reprice([prices])
        assert one(db, "SELECT sum(cost_usd) FROM llm_calls") == (Decimal("0.5"),)
        assert one(db, "SELECT sum(cost_usd) FROM costs") == (Decimal("0.5"),)
        assert one(db, "SELECT cost_usd FROM llm_calls WHERE usage_role = 'remainder'") == (
            Decimal("0.49993"),
        )
        covered = {row.role: row for row in db.usage_roles()}["covered"]
        assert (covered.spans, covered.cost_usd) == (2, Decimal("0.00007"))
    lesser = {"kind": "AGENT", "usage": {"input_tokens": 9, "output_tokens": 5}}
    with load(plain_file(tmp_path / "b.jsonl", lesser, call, call)) as db:
        other = {row.role: row for row in db.usage_roles()}["other"]
        assert (other.spans, other.total_tokens, other.below_tokens) == (1, 14, 30)


def test_a_sum_is_of_the_model_of_its_calls_and_of_no_size(tmp_path: Path) -> None:
    text = '[[model]]\nmodel = "m"\ninput = 1\noutput = 1\n[[model]]\nmodel = "m"\nabove_input = 100\ninput = 5\noutput = 5\n'
    spans: list[dict[str, Any]] = []
    for trace, tokens in (("a" * 32, 100), ("b" * 32, 101)):
        root = f"{trace}.0"
        usage = {"input_tokens": tokens, "output_tokens": 0}
        spans.append({"trace_id": trace, "span_id": root, "kind": "AGENT", "usage": usage})
        spans += [{"trace_id": trace, "parent_id": root, "model": "m"} for _ in range(2)]
    with load(plain_file(tmp_path / "a.jsonl", *spans)) as db:
        db.reprice([price_file(tmp_path / "p.toml", text)])
        (row,) = db.costs().rows
        assert (row.keys, row.calls, row.unpriced_calls) == (("m",), 4, 2)
        assert (row.input_tokens, row.cost_usd) == (201, Decimal("0.0001"))


def test_sums_agree_by_every_dimension(tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = [
        {"parent_id": "0", "model": model, "agent": agent, "usage": {
            "input_tokens": 100 + number, "cache_read_tokens": 50, "output_tokens": 7, "reasoning_tokens": 3}}
        for number, (model, agent) in enumerate([("gpt-4o", "a"), ("gpt-4o-mini", "b"), ("unheard-of", "a")])
    ]  # fmt: skip
    with load(plain_file(tmp_path / "a.jsonl", {"kind": "AGENT"}, *calls)) as db:
        db.reprice()
        total = db.costs(()).total
        for dimension in ("model", "agent", "tool", "step", "run", "user", "day", "bucket", "tag"):
            rows = db.costs((dimension,)).rows
            assert sum(row.cost_usd or 0 for row in rows) == total.cost_usd
            assert sum(row.total_tokens or 0 for row in rows) == total.total_tokens


@pytest.mark.parametrize("by", [("model",), ("tool",), ("day", "bucket")])
def test_the_query_behind_costs_gives_the_same_figures(by: tuple[str, ...]) -> None:
    scope = CostScope(filter_text="-name:'it''s' tokens:>10")
    with load(SAMPLES / "otlp") as db:
        told = db.costs(by, scope).rows
        with closing(db.open_queries()) as asking:
            result = asking.run(db.costs_query(by, scope), (), db.price_rows())
            assert result.columns[: len(by)] == by
            at = result.columns.index("cost_usd")
            found = [(row[: len(by)], row[at]) for row in result.rows(0, result.row_count)]
    assert found == [(row.keys, row.cost_usd) for row in told]
    assert told


def test_every_grouping_tells_the_same_money_where_a_span_reports_that_of_its_calls(tmp_path: Path) -> None:
    spans: list[dict[str, Any]] = []
    for number, (model, cost) in enumerate({"m": "0.5", "other": "0.001"}.items()):
        trace_id, call = (
            f"{number:032x}",
            {"model": model, "usage": {"input_tokens": 1_000, "output_tokens": 10}},
        )
        spans += [
            {"trace_id": trace_id, "kind": "AGENT", "usage": {"cost_usd": cost}},
            *({"trace_id": trace_id, "parent_id": str(number * 3), **call} for _ in range(2)),
        ]
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "*"\ninput = 2\noutput = 3\n')
    with load(plain_file(tmp_path / "a.jsonl", *spans)) as db:
        db.reprice([prices])
        total = db.costs(()).total
        sums = {
            by: tuple(
                sum(getattr(row, name) or 0 for row in db.costs((by,)).rows)
                for name in ("cost_usd", "reported_cost_usd", "computed_cost_usd", "total_tokens")
            )
            for by in ("model", "bucket", "run", "step", "tier")
        }
    expected = (Decimal("0.501"), Decimal("0.501"), Decimal("0.00812"), 4_040)
    assert (total.cost_usd, total.reported_cost_usd, total.computed_cost_usd, total.total_tokens) == expected
    assert set(sums.values()) == {expected}


def test_names_of_a_convention_are_not_believed_of_a_source_that_uses_them_otherwise(tmp_path: Path) -> None:
    usages = (
        {"input_tokens": given, "cache_read_tokens": 400, "output_tokens": 1, "semantics": "convention"}
        for given in (1_000, 10)
    )
    with load(plain_file(tmp_path / "a.jsonl", *({"usage": usage} for usage in usages))) as db:
        rows = db.read("SELECT usage_semantics, input_tokens FROM llm_calls ORDER BY input_tokens").rows(0, 9)
    assert rows == [("exclusive", 410), ("unknown", 1_000)]


def test_a_conversation_says_which_calls_have_no_price(tmp_path: Path) -> None:
    usage = {"input_tokens": 1_000, "output_tokens": 10}
    calls: list[dict[str, Any]] = [
        {"model": "nobody-knows-it", "usage": usage}, {"model": "m", "usage": {"input_tokens": 1_000}},
        {"model": "m", "usage": usage}, *({"usage": {"cost_usd": "999999"}, "session_id": "rich"} for _ in range(3)),
    ]  # fmt: skip
    prices = price_file(tmp_path / "p.toml", '[[model]]\nmodel = "m"\ninput = 2\noutput = 3\n')
    with load(plain_file(tmp_path / "a.jsonl", *({"session_id": "poor", **call} for call in calls))) as db:
        db.reprice([prices])
        rows = db.read(
            "SELECT priced_calls, unpriced_calls, partly_priced_calls FROM sessions ORDER BY session_id"
        ).rows(0, 9)
    assert rows == [(2, 1, 1), (3, 0, 0)]


def test_a_ready_question_is_about_the_runs_of_its_scope(tmp_path: Path) -> None:
    call = {"model": "m", "usage": {"total_tokens": 10, "cost_usd": "0.5"}}
    path = plain_file(
        tmp_path / "a.jsonl",
        {**call, "name": "failed", "status": "error"},
        {**call, "name": "fine", "trace_id": "f" * 32},
    )
    with load(path) as db:
        names = [
            row[2]
            for row in db.cost_question("expensive-steps", CostScope(filter_text="name:fine")).rows(0, 9)
        ]
        wasted = db.cost_question("waste", CostScope(run_id="f" * 32)).row_count
        everything = db.cost_question("expensive-steps").row_count
    assert (names, wasted, everything) == (["fine"], 0, 2)


def test_a_span_that_tells_less_than_its_own_calls_is_an_issue_and_one_that_leaves_others_out_is_not(
    tmp_path: Path,
) -> None:
    def told(tokens: int) -> dict[str, Any]:
        return {"usage": {"input_tokens": tokens, "output_tokens": 0}}

    inner = [{"kind": "AGENT", "parent_id": "3", **told(50)}, {"parent_id": "4", "model": "m", **told(50)}]
    tree = [
        {"kind": "AGENT", **told(300)},
        *({"parent_id": "0", "model": "m", **told(tokens)} for tokens in (100, 200)),
        {"kind": "TOOL", "parent_id": "0"}, *inner,
        {"kind": "GUARDRAIL", "parent_id": "0"}, {"parent_id": "6", "model": "m", **told(70)},
    ]  # fmt: skip
    messages = []
    for tokens in (300, 200):
        path = plain_file(tmp_path / f"{tokens}.jsonl", {**tree[0], **told(tokens)}, *tree[1:])
        with load(path) as db:
            assert db.run().total_tokens == 420
            messages.append([issue.message for issue in db.issues() if issue.code == "usage_anomaly"])
    assert messages == [[], ["200 tokens are fewer than the 300 of its own calls: theirs count"]]


def test_calls_that_name_no_agent_are_of_the_one_around_them(tmp_path: Path) -> None:
    call = {"model": "m", "usage": {"input_tokens": 10, "output_tokens": 0}}
    path = plain_file(
        tmp_path / "a.jsonl",
        {"kind": "AGENT", "name": "invoke_agent"},
        {**call, "parent_id": "0"},
        {"kind": "TOOL", "parent_id": "0", "tool_name": "task"},
        {"kind": "AGENT", "name": "invoke_agent explore", "agent": "explore", "parent_id": "2"},
        {**call, "parent_id": "3"},
        {**call, "parent_id": "3", "agent": "other"},
        {"kind": "TOOL", "parent_id": "3", "tool_name": "search"},
        {**call, "trace_id": "f" * 32},
        {"kind": "TOOL", "trace_id": "f" * 32, "agent": "lone", "parent_id": "7", "tool_name": "task"},
    )
    prices = price_file(tmp_path / "p.toml", '[[tool]]\ntool = "search"\nper_call = 1\n')
    with load(path) as db:
        db.reprice([prices])
        found = {row.keys[0]: (row.calls, row.cost_usd) for row in db.costs(("agent",)).rows}
        latencies = {(row.name, row.kind) for row in db.latencies("agent")}
        by_views = db.read(db.costs_query(("agent",))).rows(0, 9)
    assert found == {
        "explore": (1, Decimal(1)),
        None: (1, None),
        "other": (1, None),
        "lone": (1, None),
    }
    assert {("", "LLM"), ("explore", "LLM"), ("explore", "TOOL"), ("lone", "LLM")} <= latencies
    assert {(row[0], row[6]) for row in by_views} == {(name, cost) for name, (_, cost) in found.items()}
