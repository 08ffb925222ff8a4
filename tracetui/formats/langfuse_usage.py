"""Langfuse's usage buckets and costs as `Usage` in the inclusive meaning of OpenTelemetry.

Langfuse keeps disjoint buckets: `input` is what was neither cached nor sound, `output` what was no reasoning. Where the
total says otherwise, as for counts that came in by OpenTelemetry under dotted names, it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_values import cost_value, integer_value
from tracetui.formats.langfuse_fields import dict_of
from tracetui.formats.usage import MAX_TOKENS
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
    buckets = _buckets(fields)
    tokens = _tokens(buckets) or Usage()
    numbers = (tokens.input_tokens, tokens.output_tokens, tokens.total_tokens)
    cost = _cost(fields, has_usage=any(numbers))
    if cost is None and (all(number is None for number in numbers) or not (is_model_call or any(numbers))):
        return None
    raw = dumps({key: fields[key] for key in _RAW if key in fields})
    return replace(tokens, cost_usd=cost, raw=raw)


def _buckets(fields: Mapping[str, Any]) -> Buckets:
    details = _counts(dict_of(fields.get("usage_details")))
    if details:
        return details
    usage = dict_of(fields.get("usage"))
    if str(usage.get("unit") or "TOKENS").upper() == "TOKENS" and (legacy := _counts(usage)):
        return legacy
    for keys in _LEGACY_USAGE:
        named = {name: fields.get(key) for name, key in zip(("input", "output", "total"), keys, strict=True)}
        if any(found := _counts(named).values()) and any(found):
            return _counts(named)
    return {}


def _counts(details: Mapping[str, Any]) -> Buckets:
    numbers = {str(key): integer_value(value) for key, value in details.items()}
    return {key: number for key, number in numbers.items() if number is not None and 0 <= number < MAX_TOKENS}


def _tokens(buckets: Buckets) -> Usage | None:
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
        cache_read_tokens=_sum(extra_in, ("cache_read", "cached")),
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
    is_dotted = any("." in key for key in (*extra_in, *extra_out))
    fits = sum(extra_in.values()) <= (base_in or 0) and sum(extra_out.values()) <= (base_out or 0)
    return is_dotted and fits


def _added(base: int | None, extra: Buckets) -> int | None:
    return base if base is None and not extra else (base or 0) + sum(extra.values())


def _sum(buckets: Buckets, words: tuple[str, ...]) -> int | None:
    found = [number for key, number in buckets.items() if any(word in key.lower() for word in words)]
    return sum(found) if found else None


def _cost(fields: Mapping[str, Any], *, has_usage: bool) -> Decimal | None:
    """US dollars. A zero without any usage is none; a zero total beside costs of buckets is their sum."""
    details = {key: cost_value(value) for key, value in dict_of(fields.get("cost_details")).items()}
    known = {key: value for key, value in details.items() if value is not None}
    parts = sum((value for key, value in known.items() if key != "total"), Decimal(0))
    if known:
        # a part below 0 makes the sum unknown: passed on, it is told as such
        least = min(known.values())
        return known.get("total") or (least if least < 0 else parts)
    said = next((cost for key in _COSTS if (cost := cost_value(fields.get(key))) is not None), None)
    priced = any(
        fields.get(key) is not None for key in ("input_cost", "output_cost", "calculated_input_cost")
    )
    return said if said or (said is not None and has_usage and priced) else None
