"""What questions about money and time are answered with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

DIMENSIONS = (
    "model", "provider", "tier", "agent", "tool", "step", "run", "session", "user", "tag", "environment", "version", "day", "hour", "minute", "bucket",
)  # fmt: skip
"""What money can be told apart by."""

TIMES = ("day", "hour", "minute")
"""Those of them that are stretches of time, which stand in their order."""

TOOLS = "(tools)"
"""What stands in the place of a model for calls of tools that a price file prices."""

ROLLUPS = ("sum", "top", "root", "leaf")
"""Other rules of counting: every span's figure, the topmost of each branch, the root's alone, leaves alone."""


@dataclass(frozen=True, slots=True)
class CostScope:
    """What money is counted of: one run, or the runs that pass a filter; and by which of `ROLLUPS`, None for our own
    rule, by which each call counts once."""

    run_id: str | None = None
    filter_text: str = ""
    rollup: str | None = None


EVERYTHING = CostScope()


@dataclass(frozen=True, slots=True)
class CostRow:
    """One line of a table of costs; `keys` are the values of its dimensions, None where unknown.

    `unpriced_calls` have neither a reported nor a computed cost, `uncomputed_calls` no price at all. What is computed of
    `partly_computed_calls` leaves out tokens that nobody counts or tells apart; of `partly_priced_calls` that counts.
    `p50_ns` and `p95_ns` are of the durations of the `timed_calls` that have one, None for the sum of several lines.
    `price_notes` are what price lists remark on prices in the computed costs, each after the name of its list.
    """

    keys: tuple[str | None, ...]
    calls: int
    unpriced_calls: int
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cache_read_tokens: int | None
    cost_usd: Decimal | None
    reported_cost_usd: Decimal | None
    computed_cost_usd: Decimal | None
    uncomputed_calls: int
    partly_priced_calls: int
    partly_computed_calls: int
    timed_calls: int
    p50_ns: int | None
    p95_ns: int | None
    price_notes: tuple[str, ...] = ()

    @property
    def is_least(self) -> bool:
        """Whether `cost_usd` is a lower bound."""
        return bool(self.unpriced_calls or self.partly_priced_calls)

    @property
    def is_computed_least(self) -> bool:
        """Whether `computed_cost_usd` is one."""
        return bool(self.uncomputed_calls or self.partly_computed_calls)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What spans of one role report: `leaf`, `rollup`, `duplicate`; of spans that report more than the calls below
    them, `partly` is what they repeat, `remainder` what they have beyond. `other` are those that count otherwise than the
    calls below them, which tell `below_tokens` and cost `below_cost_usd` (None where that is not known of all); `covered` is the computed price of calls that the cost of a span above
    stands for."""

    role: str
    spans: int
    total_tokens: int | None
    cost_usd: Decimal | None
    below_tokens: int | None = None
    below_cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceGap:
    """A price that lacks token buckets in use, for want of which calls of its model stay unpriced, or priced in part
    where others of theirs have a price; without buckets one that depends on the size of each call, where only a
    sum of calls is told. `is_untold` is for no price but for calls that failed or were stopped before they told anything."""

    price_source: str
    model: str
    buckets: tuple[str, ...]
    calls: int
    is_partly_priced: bool = False
    is_untold: bool = False


@dataclass(frozen=True, slots=True)
class CostTable:
    """Costs by dimensions, the dearest first, or by time where the first is one of `TIMES`, and the line for all of them together.

    With the dimension `tag` a run counts under each of its tags, so that the lines may sum to more than the total.
    """

    by: tuple[str, ...]
    rows: tuple[CostRow, ...]
    total: CostRow


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """Durations of the steps of one kind and name that have one, in nanoseconds; `p99_ns` is None below 100 of them.
    Costs are of all of those steps.

    `ttft_n` of them tell when the first token came; `output_tokens_per_s` is their speed from then on.
    """

    kind: str
    name: str
    n: int
    p50_ns: int | None
    p90_ns: int | None
    p99_ns: int | None
    max_ns: int | None
    total_ns: int | None
    self_ns: int | None
    ttft_n: int
    ttft_p50_ns: int | None
    output_tokens_per_s: float | None
    cost_usd: Decimal | None
    unpriced_calls: int
    partly_priced_calls: int

    @property
    def is_least(self) -> bool:
        """Whether `cost_usd` is a lower bound."""
        return bool(self.unpriced_calls or self.partly_priced_calls)


@dataclass(frozen=True, slots=True)
class BucketCost:
    """One bucket of a call: `cost_usd` counts, `computed_cost_usd` is by its price also where another is reported."""

    bucket: str
    tokens: int | None
    usd_per_million: Decimal | None
    cost_usd: Decimal | None
    computed_cost_usd: Decimal | None
    cost_source: str
    price_source: str | None
    price_date: str | None
    price_note: str | None = None


@dataclass(frozen=True, slots=True)
class StepCost:
    """Money and time of one span. `subtree_*` are of the span and all below it, each call once; `usage_role` says
    whether the span's own figures count, `is_least` that the computed cost leaves out tokens that nobody counts or tells
    apart, `is_size_unknown` that it has a price that depends on the size of each call and tells only their sum,
    `service_tier` in which tier it was served, `web_searches` and `other_charges` what is charged besides tokens,
    `lacks_tokens` that the computed cost leaves out tokens, not such charges alone, `is_ambiguous` that the source does not say
    whether cached tokens are within its input, `usage_unread` which figures it gives that are none. Durations in nanoseconds."""

    usage_role: str | None
    reported_cost_usd: Decimal | None
    computed_cost_usd: Decimal | None
    price_source: str | None
    price_date: str | None
    subtree_cost_usd: Decimal | None
    subtree_calls: int | None
    subtree_unpriced_calls: int | None
    subtree_partly_priced_calls: int | None
    is_least: bool
    is_size_unknown: bool
    ttft_ns: int | None
    duration_ns: int | None
    self_ns: int | None
    input_tokens: int | None
    output_tokens: int | None
    service_tier: str | None = None
    web_searches: int | None = None
    per_web_search: Decimal | None = None
    other_charges: str | None = None
    lacks_tokens: bool = False
    is_ambiguous: bool = False
    usage_unread: str | None = None
    buckets: tuple[BucketCost, ...] = ()

    @property
    def output_tokens_per_s(self) -> float | None:
        """Output tokens a second, from the first token on where it is known when that came, else of the whole call."""
        if self.output_tokens is None or self.duration_ns is None:
            return None
        writing_ns = self.duration_ns - (self.ttft_ns or 0)
        return self.output_tokens * 1e9 / writing_ns if writing_ns > 0 else None
