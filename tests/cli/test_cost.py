"""`tracetui cost`: dimensions beyond two, questions about some of the runs, options that do not go together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import in_this_process
from tracetui.cli.cost_rows import first_to_go
from tracetui.cli.table import Column
from tracetui.pricing.tables import CostRow, CostTable

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
         "status": status, "start": START_NS + int(cost) * 86_400 * 10**9, "end": START_NS + int(cost) * 86_400 * 10**9 + 10**9,
         "usage": {"total_tokens": 10, "cost_usd": cost}}
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
    days = [row["day"] for row in in_this_process("cost", trace, "--by", "day,step", "--json").json]
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--by", "model,model"), "--by names a dimension twice"),
        (("--by", ""), "--by names nothing"),
        (("--by", "model,"), "--by names nothing"),
        (("--question", "expensive-steps", "--by", "agent"), "--by does not go with --question"),
        (("--latency", "--batch"), "--latency and --batch do not go together"),
        (("--latency", "--question", "waste"), "--question and --latency do not go together"),
        (("--json", "--csv"), "--json and --csv do not go together"),
    ],
)
def test_options_that_would_not_count_are_refused(trace: Path, options: tuple[str, ...], told: str) -> None:
    result = in_this_process("cost", trace, *options)
    assert result.status == 2
    assert told in result.err


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
    result = in_this_process("cost", trace, "--what-if", "gpt-4o", "--prices", prices)
    assert "now $3.00 (≥ $1.00 by price lists)\nthen – · 2 of 2 calls could not be re-priced\n" in result.out
    assert "at least 2 calls only in now: the sums are not of the same calls" in result.out


def usage_lines(*calls: dict[str, object]) -> str:
    """Model calls of one run with these members."""
    return "".join(
        json.dumps(
            {"tracetui": 1, "trace_id": "c" * 32, "span_id": f"{at}", "name": "chat", "kind": "LLM",
             "start": START_NS + at, "end": START_NS + at + 10**9, **call}
        ) + "\n"
        for at, call in enumerate(calls)
    )  # fmt: skip


@pytest.fixture
def half_priced(tmp_path: Path) -> Path:
    """A call at a reported $1, one whose price is in `prices.toml` and one that nobody has a price for."""
    path = tmp_path / "half.jsonl"
    tokens = {"input_tokens": 1_000_000, "output_tokens": 0}
    path.write_text(
        usage_lines(
            {"model": "big", "usage": {**tokens, "cost_usd": "1"}},
            {"model": "big", "usage": tokens},
            {"model": "unheard-of", "usage": tokens},
        ),
        encoding="utf-8",
    )
    (tmp_path / "prices.toml").write_text(
        'note = "EUR"\n[[model]]\nmodel = "big"\ninput = 2\n[[model]]\nmodel = "small"\ninput = 1\n',
        encoding="utf-8",
    )
    return path


def test_what_if_leaves_nothing_out_in_silence(half_priced: Path) -> None:
    asked = (
        "cost",
        half_priced,
        "--prices",
        half_priced.with_name("prices.toml"),
        "--what-if",
        "small",
        "--wide",
    )
    lines = in_this_process(*asked).out.splitlines()
    assert lines[0].split() == [
        "model",
        "calls",
        "unpriced",
        "cost",
        "by",
        "price",
        "lists",
        "what",
        "if",
        "not",
        "re-priced",
    ]
    assert [line.split() for line in lines[1:3]] == [
        ["big", "2", "$3.00", "$4.00", "$2.00"], ["unheard-of", "1", "1", "–", "$1.00"],
    ]  # fmt: skip
    assert lines[3:] == [
        "now ≥ $3.00 (≥ $4.00 by price lists) · 1 of 3 calls unpriced",
        "then $3.00",
        "at least 1 call only in then: the sums are not of the same calls",
        "prices of prices.toml: EUR",
    ]
    rows = in_this_process(*asked, "--json").json
    assert [(row["unpriced_calls"], row["listed_cost_usd"]) for row in rows] == [
        (0, 4.0),
        (1, None),
    ]
    now = in_this_process(*asked[:4], "--json").json
    assert [row["price_notes"] for row in now] == [["prices.toml: EUR"], []]
    assert in_this_process(*asked[:4]).out.endswith("prices of prices.toml: EUR\n")


def test_prices_of_ones_own_hold_from_their_day_until_theirs_and_listed_ones_beside(tmp_path: Path) -> None:
    trace, prices = tmp_path / "three.jsonl", tmp_path / "own.toml"
    tokens = {"input_tokens": 1_000_000, "output_tokens": 0}
    trace.write_text(usage_lines({"model": "gpt-4o", "usage": tokens}), encoding="utf-8")

    def cost(text: str) -> str:
        prices.write_text(f'[[model]]\nmodel = "gpt-4o"\ninput = 1\n{text}\n', encoding="utf-8")
        result = in_this_process("cost", trace, "--prices", prices)
        return result.out.splitlines()[-1].split()[0] if result.status == 0 else result.err

    assert cost("from = 2026-09-21\nuntil = 2026-09-22") == "$1.00"
    assert cost("until = 2026-09-21") == cost("from = 2026-09-22") == "$2.50"
    assert cost("above_input = 2000000") == "$2.50"
    assert "until is to be a day after from" in cost("from = 2026-09-21\nuntil = 2026-09-21")


def test_what_if_of_a_model_without_any_price_is_refused(half_priced: Path) -> None:
    result = in_this_process("cost", half_priced, "--what-if", "gpt-4oo")
    assert result.status == 2
    assert "no price is known for the model 'gpt-4oo'" in result.err
    assert "Did you mean gpt-4o" in result.err
    assert in_this_process("cost", half_priced, "--what-if", "openai/gpt-4o", "--batch").status == 0


def test_an_answer_without_lines_says_so(trace: Path) -> None:
    for asked in ((), ("--latency",), ("--question", "expensive-steps"), ("--cache-off",)):
        assert "no run passes the filter" in in_this_process("cost", trace, *asked, "--filter", "name:zz").err
    assert (
        "none asked the same again" in in_this_process("cost", trace, "--question", "waste", "--run", "a").err
    )


def test_a_price_that_lacks_a_bucket_in_use_is_told(half_priced: Path) -> None:
    prices = half_priced.with_name("prices.toml")
    prices.write_text('[[model]]\nmodel = "big"\noutput = 2\n', encoding="utf-8")
    failed: dict[str, object] = {"span_id": "f", "status": "error", "model": "big"}
    half_priced.write_text(half_priced.read_text(encoding="utf-8") + usage_lines(failed), encoding="utf-8")
    result = in_this_process("cost", half_priced, "--prices", prices)
    assert "prices.toml has no price for in_uncached of big: 1 call unpriced\n" in result.err
    assert "1 call failed or stopped without tokens and cost: unpriced\n" in result.err
    assert "≥ $1.00 · 3 of 4 calls unpriced" in result.out
    step = in_this_process(
        "show", half_priced, "--prices", prices, "--run", f"{'c' * 32}:1", "--step", "1"
    ).out
    assert "unpriced: no cost is reported and prices.toml has no price for in_uncached\n" in step


def test_a_pivot_leaves_out_the_cheapest_or_the_earliest_where_there_is_no_room() -> None:
    columns = [Column(name) for name in ("step \\ model", "big", "small", "small", "sum")]
    total = CostRow((), 0, 0, None, None, None, None, None, None, None, 0, 0, 0, 0, None, None)
    tables = [CostTable(("step", across), (), total) for across in ("model", "day")]
    assert [first_to_go(table, columns) for table in tables] == [["small", "big"], ["big", "small"]]


def test_a_span_that_reports_less_than_its_calls_leaves_no_shares(tmp_path: Path) -> None:
    spans = [{"span_id": "0", "kind": "AGENT", "usage": {"cost_usd": "0.001"}}] + [
        {
            "span_id": str(n),
            "parent_id": "0",
            "kind": "LLM",
            "model": "ours",
            "usage": {"input_tokens": tokens},
        }
        for n, tokens in enumerate((4_500, 0), 1)
    ]
    same = {"tracetui": 1, "trace_id": "a" * 32, "name": "n", "status": "ok", "start": 1, "end": 2}
    (tmp_path / "less.jsonl").write_text(
        "".join(f"{json.dumps({**same, **span})}\n" for span in spans), encoding="utf-8"
    )
    (tmp_path / "p.toml").write_text('[[model]]\nmodel = "ours"\ninput = 1\noutput = 1\n', encoding="utf-8")
    arguments = ("cost", tmp_path / "less.jsonl", "--prices", tmp_path / "p.toml", "--by")
    told = in_this_process(*arguments, "bucket")
    assert "no shares: a span reports less than the calls below it cost" in told.out + told.err
    assert "−$0.0035" in told.out
    assert "%" not in told.out
    assert "0E-12" not in in_this_process(*arguments, "step", "--csv").out
