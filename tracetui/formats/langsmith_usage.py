"""Tokens and money of a LangSmith run, from the places where SDKs, the server and the CLI leave them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage
from tracetui.model import Usage

_SERVER = (
    *(
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_token_details",
        "completion_token_details",
    ),
    *("prompt_cost", "completion_cost", "total_cost", "prompt_cost_details", "completion_cost_details"),
)


def run_usage(run: dict[str, Any], outputs: Any, metadata: dict[str, Any]) -> Usage | None:
    """Usage from the most telling place, completed from the others: tokens of one place are not mixed with another's.

    `run` is the run with its JSON columns decoded. Zeros that the server writes where nobody told it any tokens, as for
    runs without models and for calls that failed or still run, are no usage.
    """
    told = [usage for place in _places(outputs, metadata) if (usage := read_usage(place)) is not None]
    found = told + [usage for place in _of_server(run) if (usage := read_usage(place)) is not None]
    cost, odd = _cost(run, found)
    if not found and cost is None and odd is None:
        return None
    with_tokens = [
        usage for usage in found if usage.input_tokens is not None or usage.output_tokens is not None
    ]
    whole = (usage for usage in with_tokens if usage.unread is None)
    best = next(whole, (with_tokens or found or [Usage()])[0])
    best = replace(best, cost_usd=cost, unread=best.unread or odd, **_details(best, with_tokens))
    is_told = bool(told) and run.get("run_type") in ("llm", None)
    return best if is_told or _is_more_than_zeros(best) else None


def _places(outputs: Any, metadata: dict[str, Any]) -> Iterator[Any]:
    """Most detailed first."""
    answer = outputs if isinstance(outputs, dict) else {}
    yield answer.get("usage_metadata")
    yield metadata.get("usage_metadata")
    yield _of_generations(answer.get("generations"))
    yield from _of_message(answer)
    reported = answer.get("llm_output")
    if isinstance(reported, dict):
        yield reported.get("token_usage")
        yield reported.get("usage")
    yield answer.get("usage")


def _of_server(run: dict[str, Any]) -> Iterator[Any]:
    yield {key: run[key] for key in _SERVER if run.get(key) is not None}
    yield run.get("token_usage")


def _of_generations(generations: Any) -> dict[str, Any] | None:
    """The usage of the first generation; several candidates of one call repeat it."""
    while isinstance(generations, list) and generations:
        generations = generations[0]
    message = generations.get("message") if isinstance(generations, dict) else None
    return next((found for found in _of_message(message) if isinstance(found, dict)), None)


def _of_message(message: Any) -> Iterator[Any]:
    """Usage of a LangChain message, serialised or plain, also where it is the answer or stands under `output`."""
    if not isinstance(message, dict):
        return
    for holder in (message, message.get("kwargs"), message.get("message"), message.get("output")):
        if isinstance(holder, dict):
            inner = holder.get("kwargs")
            yield holder.get("usage_metadata")
            yield inner.get("usage_metadata") if isinstance(inner, dict) else None


def _cost(run: dict[str, Any], found: list[Usage]) -> tuple[Decimal | None, str | None]:
    """What the server says, else the first place that tells a cost; where none does, what of it cannot be read."""
    figures = Figures()
    said = figures.dollars(run, ("total_cost",))
    if said is None and isinstance(run.get("costs"), dict):
        said = figures.dollars(run["costs"], ("total_cost", "total"))
    if said is None:
        said = next((usage.cost_usd for usage in found if usage.cost_usd is not None), None)
    return said, figures.unread if said is None else None


def _details(best: Usage, others: list[Usage]) -> dict[str, Any]:
    """Cache and reasoning counts that only another place gives, if it counts the same call."""
    same = [u for u in others if (u.input_tokens, u.output_tokens) == (best.input_tokens, best.output_tokens)]
    return {
        name: next((value for u in same if (value := getattr(u, name)) is not None), None)
        for name in ("total_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    }


def _is_more_than_zeros(usage: Usage) -> bool:
    return usage.unread is not None or any(
        (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.cost_usd)
    )
