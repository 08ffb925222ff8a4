"""Logged answers and home-made rows cost what their tier and their cached tokens cost."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.loading.dumps import load

pytestmark = pytest.mark.usefixtures("own_folders")

CREATED_S = 1_780_000_000
TOKENS = {"prompt_tokens": 1_000, "completion_tokens": 100}


def completion(**more: Any) -> dict[str, Any]:
    """An answer of the chat completions API."""
    said = {"index": 0, "message": {"role": "assistant", "content": "High water."}, "finish_reason": "stop"}
    answer = {"object": "chat.completion", "created": CREATED_S, "model": "gpt-5.1", "choices": [said]}
    return {**answer, "usage": TOKENS, **more}


def piece(**more: Any) -> dict[str, Any]:
    """A piece of one that is streamed."""
    delta = {"index": 0, "delta": {"content": "High "}, "finish_reason": None}
    return completion(object="chat.completion.chunk", id="s", choices=[delta], usage=None, **more)


def response(**more: Any) -> dict[str, Any]:
    """An answer of the Responses API."""
    usage = {"input_tokens": 1_000, "output_tokens": 100}
    answer = {"object": "response", "created_at": CREATED_S, "model": "gpt-5.1", "output": []}
    return {**answer, "usage": usage, **more}


def calls_of(path: Path, *lines: dict[str, Any]) -> dict[str | None, str | None]:
    """What a call cost in each tier that calls of a file name."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    with load(path) as db:
        db.reprice([])
        rows = db.read("SELECT service_tier, cost_usd FROM llm_calls").rows(0, 9)
    assert len({tier for tier, _ in rows}) == len(rows)
    return {tier: None if cost is None else f"{Decimal(cost).normalize():f}" for tier, cost in rows}


def test_an_answer_names_its_tier(tmp_path: Path) -> None:
    lines = [completion(id="a", service_tier="priority"), response(id="b", service_tier="flex")]
    lines += [completion(id="c", service_tier="scale"), completion(id="d")]
    assert calls_of(tmp_path / "a.jsonl", *lines) == {
        "priority": "0.0045", "flex": "0.001125", "scale": None, None: "0.00225",
    }  # fmt: skip


def test_pieces_of_a_stream_name_the_tier_of_the_whole(tmp_path: Path) -> None:
    pieces = piece(service_tier="priority"), {**piece(), "choices": [], "usage": TOKENS}
    assert calls_of(tmp_path / "a.jsonl", *pieces) == {"priority": "0.0045"}


def test_the_tier_of_an_answer_goes_before_the_one_asked_for(tmp_path: Path) -> None:
    asked = {"model": "gpt-5.1", "input": "When?", "service_tier": "flex"}
    lines = [
        {"request": asked, "response": completion(id="a", service_tier="priority")},
        {"request": asked, "response": completion(id="b")},
    ]
    assert calls_of(tmp_path / "a.jsonl", *lines) == {"priority": "0.0045", "flex": "0.001125"}


def test_rows_of_any_shape_name_their_tier(tmp_path: Path) -> None:
    row = {"step": "ask", "model": "gpt-5.1", "ts": CREATED_S, **TOKENS}
    lines = [
        {**row, "service_tier": "flex"},
        {**row, "response": {"service_tier": "priority"}, "request": {"service_tier": "flex"}},
        row,
    ]
    found = calls_of(tmp_path / "a.jsonl", *lines)
    assert found == {"flex": "0.001125", "priority": "0.0045", None: "0.00225"}


def test_answers_of_batches_have_the_prices_of_batches(tmp_path: Path) -> None:
    line = {"id": "batch_req_0", "custom_id": "k", "error": None}
    answered = {"status_code": 200, "body": completion(id="a", service_tier="default")}
    assert calls_of(tmp_path / "a.jsonl", {**line, "response": answered}) == {"batch": "0.001125"}
    message: dict[str, Any] = {
        "type": "message",
        "id": "m",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
    }
    message |= {"stop_reason": "end_turn", "usage": {"input_tokens": 1_000, "output_tokens": 100}}
    result = {"type": "succeeded", "message": message}
    assert calls_of(tmp_path / "b.jsonl", {"custom_id": "k", "result": result}) == {"batch": "0.00225"}


@pytest.mark.parametrize(
    "told",
    [
        {"prompt_tokens_details": {"cached_tokens": 900}},
        {"prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100},
    ],
)
def test_cached_tokens_of_answers_and_rows_have_their_price(tmp_path: Path, told: dict[str, Any]) -> None:
    usage = {**TOKENS, **told}
    row = {"model": "gpt-5.1", "ts": CREATED_S}
    expected = {None: "0.0012375"}  # 100 at $1.25 a million, 900 at $0.125, 100 at $10
    assert calls_of(tmp_path / "a.jsonl", completion(usage=usage)) == expected
    assert calls_of(tmp_path / "b.jsonl", {**row, "usage": usage}) == expected
    assert calls_of(tmp_path / "c.jsonl", {**row, **usage}) == expected


def test_tokens_cached_by_deepseek_are_told_through_langfuse_and_opik_too(tmp_path: Path) -> None:
    cached = {"prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100}
    call: dict[str, Any] = {"id": "o", "name": "ask", "model": "gpt-5.1"}
    langfuse = {**call, "traceId": "t", "type": "GENERATION", "startTime": "2026-06-01T00:00:00Z"}
    langfuse["usageDetails"] = {**TOKENS, **cached}
    opik = {
        **call,
        "trace_id": "t",
        "type": "llm",
        "start_time": "2026-06-01T00:00:00Z",
        "parent_span_id": None,
    }
    opik["usage"] = {**TOKENS, **{f"original_usage.{key}": number for key, number in cached.items()}}
    assert calls_of(tmp_path / "a.jsonl", langfuse) == {None: "0.0012375"}
    assert calls_of(tmp_path / "b.jsonl", opik) == {None: "0.0012375"}


def test_a_cached_figure_of_a_row_that_is_none_is_told(tmp_path: Path) -> None:
    row = {"model": "gpt-5.1", "ts": CREATED_S, **TOKENS, "prompt_cache_hit_tokens": "1,000", "cost": "0,5"}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    with load(path) as db:
        (issue,) = [issue for issue in db.issues() if "is no " in issue.message]
    assert 'prompt_cache_hit_tokens "1,000" is no number of tokens' in issue.message


def test_tokens_cached_beside_the_input_of_a_row_count_beside_it(tmp_path: Path) -> None:
    usage = {
        "input_tokens": 100,
        "cache_read_input_tokens": 1_000,
        "output_tokens": 100,
        "service_tier": "standard",
    }
    row = {"model": "claude-sonnet-4-5", "ts": CREATED_S, "usage": usage}
    assert calls_of(tmp_path / "a.jsonl", row) == {"standard": "0.0021"}  # $3, $0.30 and $15 a million


@pytest.mark.parametrize("name", ["gpt-5.1 ", "\tgpt-5.1\n"])
def test_white_space_around_the_name_of_a_model_is_no_part_of_it(tmp_path: Path, name: str) -> None:
    assert calls_of(tmp_path / "a.jsonl", completion(model=name)) == {None: "0.00225"}


def test_searches_that_an_answer_tells_are_charged(tmp_path: Path) -> None:
    searches = [{"type": "web_search_call", "action": {"type": word}} for word in ("search", "open_page")]
    assert calls_of(tmp_path / "a.jsonl", response(model="gpt-5", output=searches)) == {None: "0.01225"}
