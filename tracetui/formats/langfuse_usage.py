"""Langfuse's usage buckets and costs as `Usage` in the inclusive meaning of OpenTelemetry.

Langfuse keeps disjoint buckets: `input` is what was neither cached nor sound, `output` what was no reasoning. Where the
total says otherwise, as for counts that came in by OpenTelemetry under dotted names, it decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_values import integer_value
from tracetui.formats.langfuse_fields import dict_of
from tracetui.formats.unread_usage import Figures
from tracetui.model import Usage
from tracetui.reading.lenient import dumps

_INPUT = ("input", "input_tokens", "prompt_tokens", "prompt", "inputTokens", "promptTokens")
_OUTPUT = (
    *("output", "output_tokens", "completion_tokens", "completion", "outputTokens"),
    "completionTokens",
)
_TOTAL = ("total", "total_tokens", "totalTokens")
_INPUT_STARTS = ("input", "prompt", "cache")
_OUTPUT_STARTS = ("output", "completion", "reasoning", "thoughts")
_OF_DEEPSEEK = ("prompt_cache_hit_tokens", "prompt_cache_miss_tokens")
_LEGACY_USAGE = (
    ("prompt_tokens", "completion_tokens", "total_tokens"),
    ("input_usage", "output_usage", "total_usage"),
)
_COSTS = ("total_cost", "calculated_total_cost")
_RAW = (
    *("usage_details", "cost_details", "usage", "prompt_tokens", "completion_tokens", "total_tokens"),
    *("input_usage", "output_usage", "total_usage", "input_cost", "output_cost", "total_cost"),
)

Buckets = dict[str, int]


def usage_of(fields: Mapping[str, Any], *, is_model_call: bool) -> Usage | None:
    """Tokens and cost of an observation; None where it says nothing but the zeros that Langfuse writes for all."""
    buckets, odd_tokens = _buckets(fields)
    tokens, figures = _tokens(buckets), Figures()
    numbers = (tokens.input_tokens, tokens.output_tokens, tokens.total_tokens)
    cost = _cost(fields, figures, has_usage=any(numbers))
    odd = "; ".join(words for words in (odd_tokens, figures.unread) if words is not None) or None
    says_nothing = all(number is None for number in numbers) or not (is_model_call or any(numbers))
    if cost is None and odd is None and says_nothing:
        return None
    raw = dumps({key: fields[key] for key in _RAW if key in fields})
    return replace(tokens, cost_usd=cost, raw=raw, unread=odd)


def _buckets(fields: Mapping[str, Any]) -> tuple[Buckets, str | None]:
    """Tokens by bucket, of the first place that tells any, and what could not be read so far: older places tell less."""
    odd: list[str] = []
    for counts, figures in map(_counts, _places(fields)):
        odd += [figures.unread] if figures.unread is not None else []
        if counts:
            return counts, "; ".join(odd) or None
    return {}, "; ".join(odd) or None


def _places(fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The newest place first; older ones hold more than tokens, and zeros where there is nothing to tell."""
    yield dict_of(fields.get("usage_details"))
    usage = dict_of(fields.get("usage"))
    if str(usage.get("unit") or "TOKENS").upper() == "TOKENS":
        yield {key: n for key, n in usage.items() if key != "unit" and "cost" not in str(key).lower()}
    for keys in _LEGACY_USAGE:
        named = {name: fields.get(key) for name, key in zip(("input", "output", "total"), keys, strict=True)}
        if any(integer_value(value) != 0 for value in named.values() if value is not None):
            yield named


def _counts(details: Mapping[str, Any]) -> tuple[Buckets, Figures]:
    figures = Figures()
    numbers = {str(key): figures.tokens(details, (key,)) for key in details}
    return {key: number for key, number in numbers.items() if number is not None}, figures


def _tokens(buckets: Buckets) -> Usage:
    base_in, base_out = _first(buckets, _INPUT), _first(buckets, _OUTPUT)
    total = _first(buckets, _TOTAL)
    rest = {key: n for key, n in buckets.items() if key not in (*_INPUT, *_OUTPUT, *_TOTAL)}
    extra_in = {key: n for key, n in rest.items() if key.lower().startswith(_INPUT_STARTS)}
    extra_out = {key: n for key, n in rest.items() if key.lower().startswith(_OUTPUT_STARTS)}
    others = {key: n for key, n in rest.items() if key not in extra_in and key not in extra_out}
    within = _is_within(base_in, base_out, total, extra_in, extra_out)
    return Usage(
        input_tokens=base_in if within else _added(base_in, extra_in),
        output_tokens=base_out if within else _added(base_out, extra_out),
        total_tokens=total,
        cache_read_tokens=_sum(extra_in, ("cache_read", "cached", "cache_hit")),
        cache_write_tokens=_sum(extra_in, ("cache_creation", "cache_write")),
        reasoning_tokens=_sum(extra_out, ("reasoning", "thoughts")),
        cache_write_5m_tokens=_sum(extra_in, ("creation_5m", "write_5m", "ephemeral_5m")),
        cache_write_1h_tokens=_sum(extra_in, ("creation_1h", "write_1h", "ephemeral_1h")),
        input_audio_tokens=_sum(extra_in, ("audio",)),
        input_image_tokens=_sum(extra_in, ("image",)),
        output_audio_tokens=_sum(extra_out, ("audio",)),
        output_image_tokens=_sum(extra_out, ("image",)),
        other_tokens=sum(others.values()) or None,
        semantics="inclusive" if within else "disjoint",
    )


def _first(buckets: Buckets, keys: tuple[str, ...]) -> int | None:
    return next((buckets[key] for key in keys if key in buckets), None)


def _is_within(
    base_in: int | None, base_out: int | None, total: int | None, extra_in: Buckets, extra_out: Buckets
) -> bool:
    """Whether the special buckets are part of `input` and `output` rather than beside them."""
    base = (base_in or 0) + (base_out or 0)
    beside = sum(extra_in.values()) + sum(extra_out.values())
    if total is not None and total in (base, base + beside):
        return total == base
    is_dotted = any("." in key or key in _OF_DEEPSEEK for key in (*extra_in, *extra_out))
    fits = sum(extra_in.values()) <= (base_in or 0) and sum(extra_out.values()) <= (base_out or 0)
    return is_dotted and fits


def _added(base: int | None, extra: Buckets) -> int | None:
    return base if base is None and not extra else (base or 0) + sum(extra.values())


def _sum(buckets: Buckets, words: tuple[str, ...]) -> int | None:
    found = [number for key, number in buckets.items() if any(word in key.lower() for word in words)]
    return sum(found) if found else None


def _cost(fields: Mapping[str, Any], figures: Figures, *, has_usage: bool) -> Decimal | None:
    """US dollars. A zero without any usage is none; a zero total beside costs of buckets is their sum."""
    details = dict_of(fields.get("cost_details"))
    known = {key: cost for key in details if (cost := figures.dollars(details, (key,))) is not None}
    parts = sum((value for key, value in known.items() if key != "total"), Decimal(0))
    if known and (known.get("total") or figures.unread is None):
        # a part below 0 makes the sum unknown: passed on, it is told as such
        least = min(known.values())
        return known.get("total") or (least if least < 0 else parts)
    said = figures.dollars(fields, _COSTS)
    priced = any(
        fields.get(key) is not None for key in ("input_cost", "output_cost", "calculated_input_cost")
    )
    return said if said or (said is not None and has_usage and priced) else None
