"""A price as the database takes it: dollars for one token of each bucket, for an interval of time and of input size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

EARLIEST_NS, LATEST_NS = -(2**62), 2**63 - 1
EVERY_SIZE = (-1, 2**62)
BATCH = "batch"
"""The tier of requests that are answered within a day."""
PER_TOKEN = Decimal("0.000000000001")
"""The finest price of a token: a millionth of a dollar for a million."""

FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "in_uncached": ("input",),
    "in_cache_read": ("cache_read", "input"),
    "in_cache_read_audio": ("cache_read_audio", "cache_read", "input"),
    "in_cache_write_5m": ("cache_write_5m", "cache_write", "input"),
    "in_cache_write_1h": ("cache_write_1h", "cache_write", "input"),
    "in_cache_write": ("cache_write", "input"),
    "in_audio": ("audio_input", "input"),
    "in_image": ("image_input", "input"),
    "out_text": ("output",),
    "out_reasoning": ("reasoning", "output"),
    "out_audio": ("audio_output", "output"),
    "out_image": ("image_output", "output"),
    "other": ("other",),
}
"""Bucket and the names of the prices that hold for it, the most specific first."""

OF_OWN_KIND = ("in_cache_read_audio", "in_audio", "in_image", "out_audio", "out_image")
"""Buckets of sound and images, which published lists price apart from text: what they do not list is not known."""

BUCKETS = tuple(FALLBACKS)
PRICE_NAMES = tuple(dict.fromkeys(name for names in FALLBACKS.values() for name in names))


@dataclass(frozen=True, slots=True)
class Group:
    """Calls of one model by one provider (empty where unknown) in one tier (empty for the usual one), from the first to
    the last of them."""

    provider: str
    model: str
    first_ns: int
    last_ns: int
    service_tier: str = ""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Dollars for one token of each bucket (None where it has no price) and for one request; and the tokens that fit
    into the model's context window, where that is published.

    Holds for calls from `from_ns` up to but not including `until_ns` with more than `above_input` and at most
    `upto_input` input tokens. A row with `tool` holds `per_request` for each of its calls. `per_web_search` is for each
    search that the provider makes; a row that `is_own` is of a price file and says all that is charged.
    """

    provider: str = ""
    model: str = ""
    tool: str | None = None
    from_ns: int = EARLIEST_NS
    until_ns: int = LATEST_NS
    above_input: int = EVERY_SIZE[0]
    upto_input: int = EVERY_SIZE[1]
    tokens: Mapping[str, Decimal | None] = field(default_factory=dict)
    per_request: Decimal | None = None
    per_web_search: Decimal | None = None
    is_own: bool = False
    price_source: str = ""
    price_date: str | None = None
    note: str | None = None
    service_tier: str = ""
    context_window: int | None = None

    def flat(self) -> dict[str, object]:
        """The row with one member for each column of the table of prices."""
        own = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "tokens"}
        return {**own, **{bucket: self.tokens.get(bucket) for bucket in BUCKETS}}

    def beside(self, others: Iterable[PriceRow]) -> list[PriceRow]:
        """The parts of the row, by time and size of input, for which none of the others holds."""
        parts = [self]
        for other in others:
            parts = [piece for part in parts for piece in part._without(other)]
        return parts

    def _without(self, other: PriceRow) -> list[PriceRow]:
        from_ns, until_ns = max(self.from_ns, other.from_ns), min(self.until_ns, other.until_ns)
        above, upto = max(self.above_input, other.above_input), min(self.upto_input, other.upto_input)
        if from_ns >= until_ns or above >= upto:
            return [self]
        within = replace(self, from_ns=from_ns, until_ns=until_ns)
        around = (
            replace(self, until_ns=from_ns), replace(self, from_ns=until_ns),
            replace(within, upto_input=above), replace(within, above_input=upto),
        )  # fmt: skip
        return [row for row in around if row.from_ns < row.until_ns and row.above_input < row.upto_input]

    def without_cache(self) -> PriceRow:
        """The same with cached tokens at the price of fresh ones."""
        fresh = self.tokens.get("in_uncached")
        cached = {bucket: fresh for bucket in BUCKETS if bucket.startswith("in_cache")}
        sound = {"in_cache_read_audio": self.tokens.get("in_audio")}
        return replace(self, tokens={**self.tokens, **cached, **sound})


def most_special_first(rows: Iterable[PriceRow]) -> list[PriceRow]:
    """The larger sizes first, of those the latest begun, of those the soonest ended, of those the last told."""
    last_told_first = list(rows)[::-1]
    return sorted(last_told_first, key=lambda row: (-row.above_input, -row.from_ns, row.until_ns))


def first_told(rows: Iterable[PriceRow]) -> list[PriceRow]:
    """The rows without overlap: where several of them hold, the first does, and the others around it."""
    told: list[PriceRow] = []
    for row in rows:
        told += row.beside(told)
    return told


def bucket_prices(
    per_million: Mapping[str, Decimal], strict: Iterable[str] = ()
) -> dict[str, Decimal | None]:
    """Dollars for one token of each bucket, from dollars for a million under the names of `PRICE_NAMES`; the strict
    buckets have no price but their own."""
    strict = frozenset(strict)
    found: dict[str, Decimal | None] = {}
    for bucket, names in FALLBACKS.items():
        fitting = names[:1] if bucket in strict else names
        price = next((per_million[name] for name in fitting if name in per_million), None)
        found[bucket] = None if price is None else per_token(price)
    return found


def per_token(per_million: Decimal) -> Decimal:
    """Dollars for one token, rounded to the finest price there is."""
    return (per_million / 1_000_000).quantize(PER_TOKEN)
