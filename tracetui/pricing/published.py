"""The dated prices that genai-prices carries, as rows. Importing it costs a second, so this is done last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

from tracetui.pricing.rows import (
    EARLIEST_NS,
    EVERY_SIZE,
    LATEST_NS,
    OF_OWN_KIND,
    Group,
    PriceRow,
    bucket_prices,
)

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

_NAMES = {
    "input_mtok": "input", "cache_read_mtok": "cache_read", "cache_write_mtok": "cache_write",
    "cache_write_5m_mtok": "cache_write_5m", "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_input", "input_image_mtok": "image_input", "output_mtok": "output",
    "output_reasoning_mtok": "reasoning", "output_audio_mtok": "audio_output",
    "cache_audio_read_mtok": "cache_read_audio", "output_image_mtok": "image_output",
}  # fmt: skip
_ALIASES = {
    "az.ai.openai": "azure", "azure.ai.openai": "azure", "az.ai.inference": "azure", "azure.ai.inference": "azure",
    "azure_openai": "azure", "azureopenai": "azure", "gcp.gen_ai": "google", "x_ai": "x-ai", "xai": "x-ai",
    "mistral_ai": "mistral", "together_ai": "together", "fireworks_ai": "fireworks",
}  # fmt: skip
_GATEWAYS = frozenset(
    (
        "",
        "litellm",
        "litellm_proxy",
        "portkey",
        "helicone",
        "gateway",
        "vercel",
        "custom",
        "unknown",
        "_other",
        "strands-agents",
        "langchain",
        "langgraph",
        "llama_index",
        "crewai",
    )
)
"""Words in the place of a provider that name none, gateways and frameworks: the model's name alone decides."""
_HOSTS = frozenset((
    "ollama", "vllm", "sglang", "tgi", "mlx", "lmstudio", "lm_studio", "llama.cpp", "llama_cpp", "llamacpp", "localai", "local",
    "huggingface", "hugging_face", "ibm.watsonx.ai", "watsonx", "nvidia", "nvidia_nim", "replicate", "sambanova", "nebius", "snowflake",
))  # fmt: skip
"""Those who run models of others, for nothing or at prices that the list lacks: prices of the makers are not theirs."""

_BEDROCK = re.compile(
    r"((us|us-gov|eu|apac|jp|au|global)\.)?(anthropic|amazon|meta|mistral|cohere)\.", re.IGNORECASE
)
"""How Bedrock's names of models begin: `us.anthropic.claude-…`."""

_RESOURCE = re.compile(r"(?:.*/)?(?:publishers/(?P<publisher>[^/]+)/)?models/(?P<name>[^/]+)")
"""Google's names of resources: `projects/…/publishers/google/models/gemini-2.5-pro`."""

_IMAGES_AS_TEXT = "google"
"""Its lists give one price for text, images and video that go into a model."""

_DAY_NS = 86_400_000_000_000
_MOST_DAYS = 4_000
_CONTEXTS = ("processing", "service_tier", "speed")
"""What the price data calls a tier."""


def package_version() -> str:
    """Version of the price data."""
    return version("genai-prices")


def rows_of(group: Group) -> list[PriceRow]:
    """Prices for calls of a group; empty where none are known, as for a tier in which the model has no price."""
    found = _find(group.provider, group.model)
    if found is None:
        return []
    provider_id, model = found
    context = _context(model, group.service_tier) if group.service_tier else None
    if group.service_tier and context is None:
        return []
    source = f"genai-prices {package_version()} {provider_id}/{model.id}"
    strict = [bucket for bucket in OF_OWN_KIND if (provider_id, bucket) != (_IMAGES_AS_TEXT, "in_image")]
    rows = []
    for start_ns, stop_ns in _intervals(model, group):
        at = datetime.fromtimestamp(max(start_ns, 0) // 1_000_000_000, UTC)
        prices = _variant(model, at, context) if context else model.get_prices(at)
        if prices is not None:
            rows += list(_sizes(prices, group, (start_ns, stop_ns), source, _date_of(model, prices), strict))
    note = _note(group.provider, provider_id)
    return rows if note is None else [replace(row, note=note) for row in rows]


def context_window(provider: str, model: str) -> int | None:
    """Tokens that fit into the context window of a model, where that is known."""
    found = _find(provider, model)
    return None if found is None else found[1].context_window


def model_names() -> frozenset[str]:
    """The names of all models that have a price."""
    from genai_prices.data_snapshot import get_snapshot

    return frozenset(model.id for provider in get_snapshot().providers for model in provider.models)


def is_bound_to_hours(group: Group) -> bool:
    """Whether the price depends on the time of day."""
    found = _find(group.provider, group.model)
    return found is not None and bool(_hours(found[1]))


@cache
def _find(provider: str, model: str) -> tuple[str, ModelInfo] | None:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    for provider_id, name in _candidates(provider.lower().strip(), model):
        try:
            found, info = snapshot.find_provider_model(name, None, provider_id, None)
        except LookupError:
            continue
        return found.id, info
    return _of_its_maker(model) if _is_unlisted(provider) else None


def _is_unlisted(provider: str) -> bool:
    """Whether what is told to be the provider may be a gateway or framework: the list has no provider of the name."""
    from genai_prices.data_snapshot import get_snapshot

    name = provider.lower().strip()
    asked = _provider_id(name)
    if asked is None or name in _HOSTS:
        return False
    try:
        get_snapshot().find_provider(None, asked, None)
    except LookupError:
        return True
    return False


def _of_its_maker(model: str) -> tuple[str, ModelInfo] | None:
    """The model in the list of the vendor who calls it its own, where that is a single one."""
    from genai_prices.data_snapshot import get_snapshot

    providers = get_snapshot().providers
    for _, name in _told("", model):
        own = (maker for maker in providers if maker.model_match and maker.model_match.is_match(name.lower()))
        found = [
            (maker.id, info) for maker in own if (info := maker.find_model(name, all_providers=providers))
        ]
        if len(found) == 1:
            return found[0]
    return None


def _note(provider: str, provider_id: str) -> str | None:
    """Whose price was taken, where the provider as told is not in the list."""
    if not _is_unlisted(provider):
        return None
    return f"provider {provider} is not in the list, the price of {provider_id} is taken"


def _candidates(provider: str, model: str) -> Iterator[tuple[str | None, str]]:
    """What to look for; a name as Bedrock gives them is sold by AWS, whoever is told to be the provider."""
    for provider_id, name in _told(provider, model):
        yield provider_id, name
        if _BEDROCK.match(name):
            yield "aws", name


def _told(provider: str, model: str) -> Iterator[tuple[str | None, str]]:
    """The provider as told, else the one that the model's name begins with, gateways left out."""
    asked = _provider_id(provider)
    yield asked, model
    resource = _RESOURCE.fullmatch(model)
    if resource is not None:
        yield _provider_id((resource["publisher"] or "").lower()) or asked, resource["name"]
    before, slash, rest = model.partition("/")
    while slash and before.lower() in _GATEWAYS:
        yield None, rest
        before, slash, rest = rest.partition("/")
    if slash and before and rest:
        yield _provider_id(before.lower()), rest


def _provider_id(name: str) -> str | None:
    return None if name in _GATEWAYS else _ALIASES.get(name, name)


def _context(model: ModelInfo, tier: str) -> Mapping[str, str] | None:
    """The words under which a model has prices of its own for a tier."""
    known = [variant.when for variant in model.price_variants or ()]
    return next((words for name in _CONTEXTS if (words := {name: tier}) in known), None)


def _variant(model: ModelInfo, at: datetime, context: Mapping[str, str]) -> ModelPrice | None:
    """Prices of a context; before the day from which they are known, those of that day where the usual prices are
    still the same, else None."""
    bounds = [variant.constraint for variant in model.price_variants or () if variant.when == dict(context)]
    if any(bound is None or bound.active(at) for bound in bounds):
        return model.get_prices(at, context)
    starts = [start for bound in bounds if (start := getattr(bound, "start_date", None)) is not None]
    if not starts:
        return None
    known = datetime.combine(min(starts), time(), UTC)
    return model.get_prices(known, context) if model.get_prices(known) == model.get_prices(at) else None


def _date_of(model: ModelInfo, prices: ModelPrice) -> str | None:
    """The day from which a price holds, where the data gives it."""
    if not isinstance(model.prices, list):
        return None
    for item in model.prices:
        start: date | None = getattr(item.constraint, "start_date", None)
        if item.prices is prices and start is not None:
            return start.isoformat()
    return None


def _intervals(model: ModelInfo, group: Group) -> list[tuple[int, int]]:
    """Intervals in which a price stays the same."""
    constraints = [item.constraint for item in model.prices] if isinstance(model.prices, list) else []
    constraints += [variant.constraint for variant in model.price_variants or ()]
    starts = [getattr(item, "start_date", None) for item in constraints]
    changes = {_ns(start, time()) for start in starts if start is not None}
    hours = _hours(model)
    if hours:
        first, last = group.first_ns // _DAY_NS, group.last_ns // _DAY_NS
        days = range(first, min(last, first + _MOST_DAYS) + 1)
        changes |= {_ns(date(1970, 1, 1) + timedelta(day), hour) for day in days for hour in hours}
    bounds = [EARLIEST_NS, *sorted(changes), LATEST_NS]
    return list(pairwise(bounds))


def _hours(model: ModelInfo) -> list[time]:
    if not isinstance(model.prices, list):
        return []
    constraints = [item.constraint for item in model.prices]
    bounds = [getattr(item, name, None) for item in constraints for name in ("start_time", "end_time")]
    return sorted({bound.replace(tzinfo=None) for bound in bounds if bound is not None})


def _ns(day: date, hour: time) -> int:
    moment = datetime.combine(day, hour, UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (moment.days * 86_400 + moment.seconds) * 1_000_000_000


def _sizes(
    prices: ModelPrice,
    group: Group,
    interval: tuple[int, int],
    source: str,
    day: str | None,
    strict: Sequence[str],
) -> Iterator[PriceRow]:
    """A row for each range of input sizes with prices of its own."""
    values = {name: getattr(prices, key) for key, name in _NAMES.items() if getattr(prices, key) is not None}
    starts = sorted({tier.start for value in values.values() for tier in getattr(value, "tiers", ())})
    bounds = [EVERY_SIZE[0], *starts, EVERY_SIZE[1]]
    request, search = prices.requests_kcount, prices.web_searches_kcount
    for above, upto in pairwise(bounds):
        per_million = {name: _at_size(value, above) for name, value in values.items()}
        yield PriceRow(
            group.provider, group.model, None, *interval, above, upto, bucket_prices(per_million, strict),
            None if request is None else _at_size(request, above) / 1_000,
            None if search is None else _at_size(search, above) / 1_000, False, source, day,
        )  # fmt: skip


def _at_size(value: object, above: int) -> Decimal:
    """The price for more than `above` input tokens."""
    if isinstance(value, Decimal):
        return value
    tiers: Sequence[object] = getattr(value, "tiers", ())
    prices = [getattr(tier, "price") for tier in tiers if getattr(tier, "start") <= above]  # noqa: B009  # untyped
    return Decimal(prices[-1] if prices else getattr(value, "base"))  # noqa: B009  # untyped
