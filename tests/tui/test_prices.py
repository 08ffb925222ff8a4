"""Computed costs on the screens: there once prices are looked up, in the words of the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from tests.tui.conftest import RunApp, loaded, opening_of, screen_text, settled, until
from tracetui.pricing.lookup import WhatIf
from tracetui.read_model import Tree

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))


def two_calls(folder: Path, *models: str) -> Path:
    """A run of one call for each model, in the plain format, without any cost."""
    start = 1_790_000_000_000_000_000
    spans = [{"span_id": "0", "name": "agent", "kind": "AGENT"}] + [
        {"span_id": str(number), "parent_id": "0", "name": "chat", "kind": "LLM", "model": model,
         "usage": {"input_tokens": 1_000_000, "output_tokens": 0}}
        for number, model in enumerate(models, 1)
    ]  # fmt: skip
    times = {"status": "ok", "start": start, "end": start + 10**9}
    lines = [json.dumps({"tracetui": 1, "trace_id": TRACE, **times, **span}) for span in spans]
    path = folder / "calls.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def price_file(folder: Path) -> Path:
    path = folder / "prices.toml"
    path.write_text(
        'note = "EUR at 1.08"\n[[model]]\nmodel = "ours"\ninput = 2\noutput = 3\n', encoding="utf-8"
    )
    return path


async def test_computed_costs_appear_and_say_what_they_leave_out(tmp_path: Path, run_app: RunApp) -> None:
    with loaded(two_calls(tmp_path, "ours", "nobody-knows-it")) as db:
        async with run_app(db, (120, 24), price_files=[price_file(tmp_path)]) as (app, pilot):
            await until(pilot, lambda: app.load.is_priced)
            await settled(app, pilot)
            assert "≥ $2.00 computed · 1 of 2 calls" in screen_text(app)
            await pilot.press("1")
            await settled(app, pilot)
            assert "≥ $2.00" in screen_text(app)


async def test_a_run_that_was_being_read_when_prices_came_is_read_again(
    tmp_path: Path, run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loaded(two_calls(tmp_path, "ours")) as db:
        read, reprice, is_read, is_priced = db.tree, db.reprice, Event(), Event()

        def held(run_id: str) -> Tree:
            tree = read(run_id)
            is_read.set()
            assert is_priced.wait(10)
            return tree

        def late(files: Sequence[Path] = ()) -> None:
            assert is_read.wait(10)
            reprice(files)

        monkeypatch.setattr(db, "tree", held)
        monkeypatch.setattr(db, "reprice", late)
        opening = opening_of(db)
        async with run_app(opening, (120, 24), price_files=[price_file(tmp_path)]) as (app, pilot):
            await until(pilot, lambda: app.load.is_priced)
            await pilot.pause()
            assert "$2.00" not in screen_text(app)
            is_priced.set()
            await settled(app, pilot)
            assert "$2.00 computed" in screen_text(app)


async def test_a_price_file_with_an_error_is_told_and_the_traces_stay(
    tmp_path: Path, run_app: RunApp
) -> None:
    path = tmp_path / "prices.toml"
    path.write_text("[[model]]\nmodle = 'm'", encoding="utf-8")
    with loaded(two_calls(tmp_path, "ours")) as db:
        async with run_app(db, price_files=[path]) as (app, pilot):
            await until(pilot, lambda: "price file" in screen_text(app))
            assert not app.load.is_priced
            assert "agent" in screen_text(app)


async def test_price_files_are_read_again_where_somebody_edited_them(tmp_path: Path, run_app: RunApp) -> None:
    path = price_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    with loaded(two_calls(tmp_path, "ours", "nobody-knows-it")) as db:
        async with run_app(db, (120, 24), price_files=[path]) as (app, pilot):
            await until(pilot, lambda: app.load.is_priced)
            await pilot.press("5")
            await settled(app, pilot)
            path.write_text(text.replace("input = 2", "input = 4"), encoding="utf-8")
            assert (
                db.costs(what_if=WhatIf(cache_off=True)).total.computed_cost_usd
                == db.costs().total.cost_usd
                == 2
            )
            await pilot.press("P")
            await until(pilot, lambda: "≥ $4.00" in screen_text(app))
            path.write_text("[[model]]\nmodle = 'm'", encoding="utf-8")
            await pilot.press("P")
            await until(pilot, lambda: "price file" in screen_text(app))
            assert "≥ $4.00" in screen_text(app)
