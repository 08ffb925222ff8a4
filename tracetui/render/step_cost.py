"""Money, time and context window of a step as lines, for the screen and the command line alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.step_diff import cache_line

if TYPE_CHECKING:
    from tracetui.analysis.context import ContextPart
    from tracetui.api.contexts import ContextUse
    from tracetui.pricing.tables import BucketCost, StepCost

_STRIP_CELLS = 48
_LETTERS = {
    "tools": "T",
    "system": "S",
    "history": "H",
    "tool results": "R",
    "memory": "M",
    "not recorded": "?",
}
_FREE = "·"
_ROLES = {
    "rollup": "not counted: it repeats what the calls below it report",
    "duplicate": "not counted: it repeats the one call below it",
    "remainder": "counted less what the calls below it report",
}


def cost_lines(cost: StepCost) -> list[str]:
    """Reported and computed side by side, each bucket with its price and where that comes from, the subtree, times."""
    lines = [*_own(cost), *_buckets(cost.buckets), *_notes(cost.buckets), *_subtree(cost)]
    return [*(lines or ["no cost"]), *_times(cost)]


def _own(cost: StepCost) -> Iterator[str]:
    reported, computed = cost.reported_cost_usd, cost.computed_cost_usd
    if reported is not None or computed is not None:
        least = "≥ " if cost.is_least else ""
        yield f"reported {_exact(reported)}   computed {least}{_exact(computed)}{_counts(cost)}"
        yield from _left_out(cost)
        if cost.service_tier is not None:
            yield f"served in the tier {safe(cost.service_tier)}{_price_of_tier(cost)}"
    elif cost.input_tokens is not None or cost.output_tokens is not None or cost.buckets:
        yield f"unpriced: {_why_unpriced(cost)}"
    if cost.usage_unread is not None:
        yield f"cannot be read: {safe(cost.usage_unread)}"
    if cost.usage_role in _ROLES:
        yield _ROLES[cost.usage_role]


def _left_out(cost: StepCost) -> Iterator[str]:
    """What the computed cost does not hold, and the searches that it holds."""
    if cost.web_searches and cost.computed_cost_usd is not None:
        searches = f"{cost.web_searches:,} web search{'' if cost.web_searches == 1 else 'es'}"
        each = cost.per_web_search
        yield (
            f"computed without {searches}, of unknown price"
            if each is None
            else f"{searches} at {_exact(each)} each"
        )
    if cost.is_least and cost.other_charges is not None:
        yield f"computed without other charges, of unknown price: {safe(cost.other_charges)}"
    lacking = [part.bucket for part in cost.buckets if part.tokens and part.usd_per_million is None]
    lacking = [bucket for bucket in lacking if bucket != "unexplained"]
    if cost.is_least and lacking:
        yield f"computed without {', '.join(lacking)}, for which {safe(cost.price_source or '')} has no price"
    if cost.is_least and cost.is_ambiguous:
        yield "computed as if cached tokens were within the input: the source does not say, and beside it they cost more"
    if cost.is_least and cost.lacks_tokens:
        yield "computed without tokens that nobody counts or of which nobody tells what they are"


def _why_unpriced(cost: StepCost) -> str:
    if cost.is_size_unknown:
        return "the price depends on the size of each call, and only the sum of several is told"
    if cost.input_tokens is None and cost.output_tokens is None and not any(p.tokens for p in cost.buckets):
        if cost.usage_unread is not None:
            return "what is reported of cost and tokens cannot be read"
        return "neither a cost nor tokens are reported"
    told = [part for part in cost.buckets if part.tokens and part.bucket != "unexplained"]
    lacking = [part.bucket for part in told if part.usd_per_million is None]
    if cost.price_source is None or (told and not lacking):
        return f"no cost is reported and the model has no known price{_in_tier(cost)}"
    if told:
        return f"no cost is reported and {safe(cost.price_source)} has no price for {', '.join(lacking)}"
    return "no cost is reported, and of the tokens only a total, which has no price"


def _in_tier(cost: StepCost) -> str:
    return "" if cost.service_tier is None else f" in the tier {safe(cost.service_tier)}"


def _price_of_tier(cost: StepCost) -> str:
    return "" if cost.computed_cost_usd is not None else ", for which no price of this model is known"


def _counts(cost: StepCost) -> str:
    if cost.reported_cost_usd is None or cost.computed_cost_usd is None:
        return ""
    apart = cost.computed_cost_usd - cost.reported_cost_usd
    return (
        "   the reported one counts"
        if apart == 0
        else f"   apart by {_exact(abs(apart))}; the reported one counts"
    )


def _buckets(buckets: tuple[BucketCost, ...]) -> Iterator[str]:
    for part in buckets:
        tokens = "" if part.tokens is None else f"{part.tokens:,} tok"
        price = "" if part.usd_per_million is None else f"× ${_plain(part.usd_per_million)} a million"
        amount = part.cost_usd if part.cost_usd is not None else part.computed_cost_usd
        day = f" from {safe(part.price_date)}" if part.price_date else ""
        source = f"{safe(part.price_source)}{day}" if part.price_source and price else part.cost_source
        yield f"{part.bucket:<18} {tokens:>13} {price:<22} {_exact(amount):>13}  {source}"


def _notes(buckets: tuple[BucketCost, ...]) -> Iterator[str]:
    """What price lists remark on the prices of these buckets, each remark once."""
    noted = ((part.price_source or "", part.price_note) for part in buckets if part.price_note)
    for source, note in dict.fromkeys(noted):
        yield f"prices of {safe(source)}: {safe(note)}"


def _subtree(cost: StepCost) -> Iterator[str]:
    calls = cost.subtree_calls or 0
    if calls > 1 or (calls and cost.usage_role != "leaf"):
        unpriced, partly = cost.subtree_unpriced_calls or 0, cost.subtree_partly_priced_calls
        money = text.money_with_coverage(
            cost.subtree_cost_usd, calls - unpriced, unpriced, None, partly, int(cost.is_size_unknown)
        )
        yield f"Σ {money or text.UNKNOWN} for the {calls:,} call{'' if calls == 1 else 's'} here and below"


def _times(cost: StepCost) -> Iterator[str]:
    if cost.duration_ns is None:
        return
    words = [f"took {text.duration(cost.duration_ns)}"]
    if cost.self_ns is not None and cost.self_ns != cost.duration_ns:
        words.append(f"itself {text.duration(cost.self_ns)}")
    if cost.ttft_ns is not None:
        words.append(f"first token after {text.duration(cost.ttft_ns)}")
    speed = cost.output_tokens_per_s
    if speed is not None:
        since = "from the first token on" if cost.ttft_ns is not None else "over the whole call"
        words.append(f"{speed:,.1f} output tokens a second {since}")
    yield " · ".join(words)


def context_lines(use: ContextUse) -> list[str]:
    """The strip of what fills the window, its parts, and where the cached beginning ends and broke."""
    context, window = use.context, use.window_tokens
    counted = "counted" if context.input_tokens else "estimated at 4 characters a token"
    limit = (
        f" of {window:,} ({text.percent(context.tokens, window)})"
        if window
        else " · the window of this model is not known"
    )
    lines = [f"{context.tokens:,} tokens {counted}{limit}", _strip(use)]
    lines += [_part_line(part, context.tokens) for part in context.parts]
    lines.append("Tokens of a part are estimated by its length.")
    if context.cached_tokens is not None:
        share = text.percent(context.cached_tokens, context.tokens)
        first = (
            f"the first {context.cached_tokens:,} tokens ({share})" if context.cached_tokens else "nothing"
        )
        lines.append(f"read from the cache: {first}")
    if use.cache is not None:
        step = f"step {use.previous_step}" if use.previous_step else "the call before"
        told = replace(use.cache, read_tokens=None) if context.cached_tokens is not None else use.cache
        lines.append(f"against {step} (A): {cache_line(told)}")
    return lines


def _part_line(part: ContextPart, whole: int) -> str:
    share = text.percent(part.estimated_tokens, whole)
    length = f"  {part.characters:>11,} characters" if part.characters else ""
    return f"{_LETTERS[part.name]} {part.name:<13} ≈ {part.estimated_tokens:>9,} tok  {share:>5}{length}"


def _strip(use: ContextUse) -> str:
    """One letter a part, in proportion; the rest of the window is dotted. A part is at least one cell."""
    whole = max(use.window_tokens or 0, use.context.tokens, 1)
    strip = "".join(
        _LETTERS[part.name] * max(1, round(part.estimated_tokens * _STRIP_CELLS / whole))
        for part in use.context.parts
    )
    return (
        f"[{strip[:_STRIP_CELLS]:{_FREE}<{_STRIP_CELLS}}]"
        if use.window_tokens
        else f"[{strip[:_STRIP_CELLS]}]"
    )


def _exact(amount: Decimal | None) -> str:
    return text.UNKNOWN if amount is None else f"${_plain(amount)}"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():,f}"
