"""Token usage objects of model providers and frameworks as `Usage`, in the inclusive meaning of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_values import cost_value, token_count
from tracetui.formats.unread_usage import Figures, unread
from tracetui.model import JsonValue, Usage
from tracetui.reading.lenient import dumps

_INPUT = ("input_tokens", "prompt_tokens", "inputTokens", "promptTokens")
_EXCLUSIVE_INPUT = ("input_tokens", "inputTokens")
_OUTPUT = ("output_tokens", "completion_tokens", "outputTokens", "completionTokens")
_TOTAL = ("total_tokens", "totalTokens", "tokens")
_COST = ("total_cost", "cost", "totalCost", "cost_usd", "estimated_cost")
_INPUT_DETAILS = (
    *("input_token_details", "input_tokens_details", "prompt_token_details", "prompt_tokens_details"),
    "inputTokenDetails",
)
_OUTPUT_DETAILS = (
    *(
        "output_token_details",
        "output_tokens_details",
        "completion_token_details",
        "completion_tokens_details",
    ),
    "outputTokenDetails",
)
_READ = (
    "cache_read",
    "cached_tokens",
    "cache_read_tokens",
    "cacheRead",
    "flex_cache_read",
    "priority_cache_read",
)
_WRITE = (
    *("cache_creation", "cache_write", "cache_write_tokens", "cache_creation_tokens", "cacheCreation"),
    *("flex_cache_creation", "priority_cache_creation"),
)
_WRITE_BY_AGE = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_REASONING = ("reasoning", "reasoning_tokens", "thinking_tokens", "flex_reasoning", "priority_reasoning")
_AUDIO = ("audio_tokens", "audio")
_CACHED_DETAILS = ("cached_tokens_details", "cached_token_details")
_FLAT_READ = (
    "cached_input_tokens",
    "cache_read_tokens",
    "cachedInputTokens",
    "cached_tokens",
    "prompt_cached_tokens",
    "prompt_cache_hit_tokens",
)
_FLAT_WRITE = ("cache_write_tokens", "cache_write_input_tokens", "prompt_cache_creation_tokens")
_SIBLING_READ = ("cache_read_input_tokens", "cacheReadInputTokens", "input_tokens_cache_read")
_SIBLING_WRITE = ("cache_creation_input_tokens", "cacheWriteInputTokens", "input_tokens_cache_write")

_GEMINI_INPUT = ("promptTokenCount", "prompt_token_count")
_GEMINI_TOOL_INPUT = ("toolUsePromptTokenCount", "tool_use_prompt_token_count")
_GEMINI_OUTPUT = (
    "candidatesTokenCount",
    "candidates_token_count",
    "responseTokenCount",
    "response_token_count",
)
_GEMINI_THOUGHTS = ("thoughtsTokenCount", "thoughts_token_count")
_GEMINI_CACHED = ("cachedContentTokenCount", "cached_content_token_count")
_GEMINI_TOTAL = ("totalTokenCount", "total_token_count")
_GEMINI_INPUT_DETAILS = (
    *("promptTokensDetails", "prompt_tokens_details"),
    *("toolUsePromptTokensDetails", "tool_use_prompt_tokens_details"),
)
_GEMINI_CACHED_DETAILS = ("cacheTokensDetails", "cache_tokens_details")
_GEMINI_OUTPUT_DETAILS = (
    *("candidatesTokensDetails", "candidates_tokens_details"),
    *("responseTokensDetails", "response_tokens_details"),
)


def read_usage(value: JsonValue) -> Usage | None:
    """Usage in OpenAI's, Anthropic's, Gemini's, LangChain's or a flat shape; None where it holds neither tokens nor cost,
    nor what is said to be either and cannot be read.

    Anthropic and Bedrock give cached tokens beside the input, so they are added to it; elsewhere they are part of it
    (DeepSeek's `prompt_cache_hit_tokens` too; its `prompt_cache_miss_tokens` are the rest of the input).
    """
    if not isinstance(value, dict):
        return None
    if not _NAMES_OF_GEMINI.isdisjoint(value):
        return _gemini(value)
    sibling_read, sibling_write = count(value, _SIBLING_READ), count(value, _SIBLING_WRITE)
    input_tokens, semantics = _inclusive_input(value, (sibling_read or 0) + (sibling_write or 0))
    cached_audio = _cached_audio(value)
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=count(value, _OUTPUT),
        total_tokens=count(value, _TOTAL),
        cache_read_tokens=_coalesce(
            _detail(value, _INPUT_DETAILS, _READ), count(value, _FLAT_READ), sibling_read
        ),
        cache_write_tokens=_coalesce(_cache_write(value), count(value, _FLAT_WRITE), sibling_write),
        reasoning_tokens=_coalesce(
            _detail(value, _OUTPUT_DETAILS, _REASONING),
            count(value, _FLAT_REASONING),
        ),
        cost_usd=_first_money(value, _COST),
        raw=dumps(value),
        cache_write_5m_tokens=_by_age(value, "ephemeral_5m_input_tokens"),
        cache_write_1h_tokens=_by_age(value, "ephemeral_1h_input_tokens"),
        input_audio_tokens=without(_detail(value, _INPUT_DETAILS, _AUDIO), cached_audio),
        input_image_tokens=_detail(value, _INPUT_DETAILS, ("image_tokens", "image")),
        output_audio_tokens=_detail(value, _OUTPUT_DETAILS, _AUDIO),
        cache_read_audio_tokens=cached_audio,
        output_image_tokens=_detail(value, _OUTPUT_DETAILS, ("image_tokens", "image")),
        semantics=semantics,
        unread=_unread(value),
    )
    return usage if is_told(usage) else None


_FLAT_REASONING = ("reasoning_tokens", "reasoning_output_tokens", "completion_reasoning_tokens")
_FLAT_COUNTS = frozenset(
    (
        *(*_INPUT, *_OUTPUT, *_TOTAL, *_FLAT_READ, *_FLAT_WRITE, *_SIBLING_READ, *_SIBLING_WRITE),
        *(*_FLAT_REASONING, *_GEMINI_INPUT, *_GEMINI_TOOL_INPUT, *_GEMINI_OUTPUT, *_GEMINI_THOUGHTS),
        *(*_GEMINI_CACHED, *_GEMINI_TOTAL),
    )
)
_DETAIL_COUNTS = frozenset(
    (
        *_READ,
        *_WRITE,
        *_WRITE_BY_AGE,
        *_REASONING,
        *_AUDIO,
        "image_tokens",
        "image",
        "tokenCount",
        "token_count",
    )
)
_GROUPS = frozenset(
    (
        *_INPUT_DETAILS,
        *_OUTPUT_DETAILS,
        *_GEMINI_INPUT_DETAILS,
        *_GEMINI_CACHED_DETAILS,
        *_GEMINI_OUTPUT_DETAILS,
    )
)


def _unread(value: Mapping[str, Any]) -> str | None:
    """The figures among the names of tokens and costs that are none."""
    odd = [(key, given) for key, given in value.items() if key in _FLAT_COUNTS and token_count(given) is None]
    for group in _GROUPS & value.keys():
        details = (item for detail in _dicts(value[group]) for item in detail.items())
        odd += [
            (f"{group}.{key}", given)
            for key, given in details
            if key in _DETAIL_COUNTS and token_count(given) is None
        ]
    costs = [(key, value[key]) for key in _COST if key in value and cost_value(value[key]) is None]
    return unread(odd, costs) if odd or costs else None


_NAMES_OF_GEMINI = frozenset((*_GEMINI_INPUT, *_GEMINI_OUTPUT, *_GEMINI_TOTAL))


def _gemini(value: Mapping[str, Any]) -> Usage | None:
    """Gemini counts thoughts beside the candidates, and what its own tools were given beside the prompt."""
    cached_audio = _of_kind(value, _GEMINI_CACHED_DETAILS, "AUDIO")
    cached_image = _of_kind(value, _GEMINI_CACHED_DETAILS, "IMAGE")
    usage = Usage(
        input_tokens=_sum_if_known(count(value, _GEMINI_INPUT), count(value, _GEMINI_TOOL_INPUT)),
        output_tokens=_sum_if_known(count(value, _GEMINI_OUTPUT), count(value, _GEMINI_THOUGHTS)),
        total_tokens=count(value, _GEMINI_TOTAL),
        cache_read_tokens=count(value, _GEMINI_CACHED),
        reasoning_tokens=count(value, _GEMINI_THOUGHTS),
        raw=dumps(value),
        input_audio_tokens=without(_of_kind(value, _GEMINI_INPUT_DETAILS, "AUDIO"), cached_audio),
        input_image_tokens=without(_of_kind(value, _GEMINI_INPUT_DETAILS, "IMAGE"), cached_image),
        output_audio_tokens=_of_kind(value, _GEMINI_OUTPUT_DETAILS, "AUDIO"),
        cache_read_audio_tokens=cached_audio,
        output_image_tokens=_of_kind(value, _GEMINI_OUTPUT_DETAILS, "IMAGE"),
        semantics="inclusive",
        unread=_unread(value),
    )
    return usage if is_told(usage) else None


def without(tokens: int | None, cached: int | None) -> int | None:
    """Fresh tokens of those that a source counts with the cached ones of the same kind."""
    return None if tokens is None else max(tokens - (cached or 0), 0)


def _of_kind(value: Mapping[str, Any], groups: Sequence[str], kind: str) -> int | None:
    """Tokens of a modality, which each group names once; spellings of one group stand for each other."""
    details = (detail for group in groups for detail in _dicts(value.get(group)))
    told = (detail for detail in details if str(detail.get("modality")).rpartition(".")[2].upper() == kind)
    return _sum_if_known(*(count(detail, ("tokenCount", "token_count")) for detail in told))


def _sum_if_known(*numbers: int | None) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _inclusive_input(value: Mapping[str, Any], beside: int) -> tuple[int | None, str | None]:
    """Input with the cached tokens that names like Anthropic's put beside it, and the meaning of the source where
    the names give it away; else the store tells it from the sums."""
    given, exclusive = count(value, _INPUT), count(value, _EXCLUSIVE_INPUT)
    if given is None or exclusive is None or not beside:
        return given, None
    total, output = count(value, _TOTAL), count(value, _OUTPUT) or 0
    if total == given + output and beside <= given:
        return given, None
    return given + beside, "exclusive"


def first_usage(*places: JsonValue) -> Usage | None:
    """Usage of the first of several places that tell the same call, of one that can be read whole if there is any."""
    found = [usage for place in places if (usage := read_usage(place)) is not None]
    return next(
        (usage for usage in found if usage.unread is None),
        next(filter(is_known, found), found[0] if found else None),
    )


def with_cost(
    usage: Usage | None, cost: Decimal | None, figures: Figures, raw: JsonValue = None
) -> Usage | None:
    """Usage with a cost told beside it, which goes before its own, and what `figures` could not read; None where neither
    says anything. `raw` is what a cost alone stands in."""
    if cost is None and figures.unread is None:
        return usage
    told = usage or Usage(raw=None if raw is None else dumps(raw))
    odd = [words for words in (told.unread, figures.unread) if words is not None]
    own = told.cost_usd if cost is None else cost
    return replace(told, cost_usd=own, unread="; ".join(odd) or None)


def is_known(usage: Usage) -> bool:
    """Whether a usage says any number of tokens or any cost."""
    numbers = (usage.input_tokens, usage.output_tokens, usage.total_tokens, usage.cost_usd)
    return any(number is not None for number in numbers)


def is_told(usage: Usage) -> bool:
    """Whether a usage says any number of tokens or any cost, be it one that cannot be read."""
    return usage.unread is not None or is_known(usage)


def count(value: Mapping[str, Any], keys: Sequence[str]) -> int | None:
    """The first number of tokens among the keys."""
    return next((found for key in keys if (found := token_count(value.get(key))) is not None), None)


def _first_money(value: Mapping[str, Any], keys: Sequence[str]) -> Decimal | None:
    return next((found for key in keys if (found := cost_value(value.get(key))) is not None), None)


def _detail(value: Mapping[str, Any], groups: Sequence[str], keys: Sequence[str]) -> int | None:
    details = [found for group in groups for found in _dicts(value.get(group))]
    return next((found for detail in details if (found := count(detail, keys)) is not None), None)


def _cached_audio(value: Mapping[str, Any]) -> int | None:
    """Cached tokens by kind, as OpenAI's realtime models tell them."""
    details = (found for group in _INPUT_DETAILS for found in _dicts(value.get(group)))
    return next((n for found in details if (n := _detail(found, _CACHED_DETAILS, _AUDIO)) is not None), None)


def _dicts(value: object) -> list[dict[str, Any]]:
    """A details object; the Agents SDK also writes it as a list of one."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def _by_age(value: Mapping[str, Any], key: str) -> int | None:
    """Tokens written to the cache for a time: Anthropic gives them in an object of their own."""
    return _detail(value, (*_INPUT_DETAILS, "cache_creation"), (key,))


def _cache_write(value: Mapping[str, Any]) -> int | None:
    """Tokens written to the cache; counts by lifetime replace the plain one or add up to it."""
    plain = _detail(value, _INPUT_DETAILS, _WRITE)
    by_age = [_detail(value, _INPUT_DETAILS, (key,)) for key in _WRITE_BY_AGE]
    if all(number is None for number in by_age):
        return plain
    return max(plain or 0, sum(number or 0 for number in by_age))


def _coalesce(*numbers: int | None) -> int | None:
    return next((number for number in numbers if number is not None), None)
