"""The Cost view: breakdown, pivot, filter, other rules, what if, questions, and where a line leads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.conftest import AppPilot, RunApp, loaded, screen_text, settled, until
from tracetui.tui.app import TracetuiApp
from tracetui.tui.cost_query import narrowed, timeline
from tracetui.tui.detail.pages import TITLES
from tracetui.tui.view import RunTarget
from tracetui.tui.views.cost import CostView

START_NS = 1_790_000_000_000_000_000
PRICES = 'note = "EUR at 1.08"\n[[model]]\nmodel = "big"\ninput = 2\noutput = 3\n[[model]]\nmodel = "small"\ninput = 1\noutput = 1\n'


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))


def span(trace: int, number: int, **more: Any) -> dict[str, Any]:
    """A span of a run, an hour after the one before; all but the first below the first."""
    start = START_NS + trace * 86_400 * 10**9 + number * 3600 * 10**9
    parent = {"parent_id": f"{trace}.0"} if number else {}
    return {
        "tracetui": 1, "trace_id": f"{trace:032x}", "span_id": f"{trace}.{number}", "name": "chat", "kind": "LLM",
        "status": "ok", "start": start, "end": start + 10**9, **parent, **more,
    }  # fmt: skip


def usage(count: int) -> dict[str, int]:
    return {"input_tokens": count, "output_tokens": 0}


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """Two runs: $2 and $1 known in the first, whose root repeats the tokens of its calls; an unknown model in the second."""
    spans = [
        span(1, 0, kind="AGENT", name="planner", agent="planner", usage=usage(2_000_000)),
        span(1, 1, model="big", agent="planner", usage=usage(1_000_000)),
        span(1, 2, model="small", agent="helper", usage=usage(1_000_000)),
        span(2, 0, kind="AGENT", name="other", agent="other"),
        span(2, 1, model="nobody-knows-it", agent="other", usage=usage(1_000_000)),
    ]
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    path = tmp_path / "calls.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in spans), encoding="utf-8")
    return path


async def press(app: TracetuiApp, pilot: AppPilot, *keys: str) -> str:
    """Press keys one after the other, each settled; the screen then."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)
    return screen_text(app)


async def test_the_breakdown_says_what_it_leaves_out(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            text = await press(app, pilot, "5")
            assert "≥ $3.00 computed · 1 of 3 calls unpriced" in text
            assert "prices of prices.toml: EUR at 1.08" in text
            assert "by model" in text
            rows = {
                line.split()[0].lstrip("▶"): line
                for line in text.splitlines()
                if "%" in line or "nobody" in line
            }
            assert "$2.00   67 %" in rows["big"]
            assert "$1.00   33 %" in rows["small"]
            assert "–" in rows["nobody-knows-it"]
            assert "each column one hour" in text


async def test_two_dimensions_make_a_pivot_and_by_names_another(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (120, 24), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            text = await press(app, pilot, "5", "b", "a", "v", "m")
            assert "agent \\ model" in text
            planner = next(line for line in text.splitlines() if line.lstrip("▶ ").startswith("planner"))
            assert planner.count("$2.00") == 2  # the sum and the cell of the model
            assert isinstance(app.view, CostView)
            assert app.view.query_now.command(["a b.jsonl"]) == "tracetui cost 'a b.jsonl' --by agent,model"


async def test_another_rule_explains_its_difference(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (160, 45), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            text = await press(app, pilot, "5", "u", "s")
            assert "5,000,000 tokens; each call once: ≥ $3.00, 3,000,000 tokens" in text
            assert "1 span that repeats what stands below (cost unknown, +2,000,000 tokens)" in text
            assert "each call once" not in await press(app, pilot, "escape")


async def test_what_if_counts_the_calls_without_a_price(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            text = await press(app, pilot, "5", "i", "c")
            assert "1 of 3 calls could not be re-priced" in text
            await press(app, pilot, "escape", "i", "m")
            text = await press(app, pilot, *"small", "enter")
            assert "now ≥ $3.00 · 1 of 3 calls unpriced" in text
            assert "then $3.00" in text
            assert "could not" not in text
            assert "at least 1 call only in then" in text


async def test_a_line_leads_to_its_runs_and_a_run_opens(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            await press(app, pilot, "5", "enter")
            assert app.current_mode == "runs"
            assert "1 of 2 runs · filter “model:big”" in screen_text(app)
            await press(app, pilot, "5", "b", "r", "enter")
            assert app.current_mode == "run"
            await press(app, pilot, "5", "b", "s", "enter")
            assert app.current_mode == "run"
            assert app.target is not None
            assert app.target.span_id == "1.1"


async def test_the_filter_narrows_and_a_wrong_one_is_told(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (100, 24), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            await press(app, pilot, "5", "f")
            await pilot.press(*"name:other")
            await until(pilot, lambda: "1 of 2 runs · 1 call" in screen_text(app))
            text = await press(app, pilot, "enter")
            assert "cost unknown" in text
            assert "filter “name:other”  esc clears" in text
            text = await press(app, pilot, "escape", "f", *"nmae:x", "enter")
            assert "at 1: there is no field 'nmae'. Did you mean name?" in text
            assert "≥ $3.00" in await press(app, pilot, "escape")


async def test_a_question_is_answered_and_its_step_opens(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (160, 45), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            text = await press(app, pilot, "5", "a", "l")
            assert "--latency --by step" in text
            chat = next(line.split("chat", 1)[1].split() for line in text.splitlines() if "chat " in line)
            assert chat[:6] == ["3", "1.0", "s", "1.0", "s", "–"]
            text = await press(app, pilot, "escape", "a", "s")
            assert "--question expensive-steps" in text
            assert text.index("big") < text.index("small")
            await press(app, pilot, "enter")
            assert app.current_mode == "run"
            assert app.target is not None
            assert app.target.span_id == "1.1"


async def test_a_question_is_about_the_runs_that_pass_the_filter(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (160, 45), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            await press(app, pilot, "5", "f", *"name:other", "enter")
            text = await press(app, pilot, "a", "s")
            assert "--question expensive-steps --filter name:other" in text
            assert "None: no model call in these runs has a known cost." in text


async def test_the_cost_tab_tells_price_and_source_of_each_bucket(traces: Path, run_app: RunApp) -> None:
    with loaded(traces) as db:
        async with run_app(db, (160, 45), price_files=[traces.with_name("prices.toml")]) as (app, pilot):
            place = db.dearest_step("chat")
            assert place is not None
            app.open_run(RunTarget(*place))
            await settled(app, pilot)
            text = ""
            for _ in TITLES:
                if "cost and time" not in text:
                    text = await press(app, pilot, "right_square_bracket")
            assert "reported –   computed $2" in text
            assert "in_uncached" in text
            assert "× $2 a million" in text
            assert "prices.toml" in text


def test_a_chart_has_the_hours_in_which_nothing_was_paid(traces: Path) -> None:
    with loaded(traces) as db:
        db.reprice([traces.with_name("prices.toml")])
        line = timeline(db.costs(("hour",)), "hour")
        assert line is not None
        assert (len(line.amounts), [str(amount) for amount in line.amounts if amount]) == (
            25,
            ["2.000000000000", "1.000000000000"],
        )
        assert timeline(db.costs(("user",)), "day") is None


@pytest.mark.parametrize(
    ("before", "by", "key", "found"),
    [
        ("", "model", "gpt-4o", "model:gpt-4o"),
        ("status:error", "agent", 'a "b"', 'status:error agent:"a \\"b\\""'),
        ("a OR b", "user", None, "(a OR b) -user:*"),
        ("", "hour", "2026-09-21 23:00", "started:2026-09-21T23:00..2026-09-21T23:59"),
        ("", "bucket", "in_uncached", None),
        ("", "model", "(tools)", None),
    ],
)
def test_a_line_as_a_filter(before: str, by: str, key: str | None, found: str | None) -> None:
    assert narrowed(before, by, key) == found
