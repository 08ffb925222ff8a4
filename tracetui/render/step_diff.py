"""What differs between two steps, in a line or two."""

from __future__ import annotations

from tracetui.analysis.diff.messages import Leaving, MessageChange, MessageMark
from tracetui.analysis.diff.settings_diff import ToolsDiff
from tracetui.analysis.diff.steps import ModelCallDiff, PromptCache
from tracetui.analysis.diff.volatile import VOLATILE_KEYS, Volatile
from tracetui.read_model import SpanDetail
from tracetui.render import text
from tracetui.render.safe import safe

_NAME_CHARS = 120
UNLIKE = "a model call and another step: what they were given and gave back is not compared"


def call_summary(diff: ModelCallDiff) -> str:
    """What differs between what two model calls saw in one line."""
    counts = {mark: diff.messages.count(mark) for mark in MessageMark}
    cleared = sum(1 for change in diff.messages.changes if is_cleared(change))
    told = [
        f"+{_counted_words(counts[MessageMark.ADDED], 'message')} ({text.tokens(diff.tokens_added)})"
        if counts[MessageMark.ADDED]
        else "",
        f"−{counts[MessageMark.LEFT]:,} left ({text.tokens(diff.tokens_left)}{_why_left(diff)})"
        if counts[MessageMark.LEFT]
        else "",
        f"{cleared:,} cleared" if cleared else "",
        f"{counts[MessageMark.EDITED] - cleared:,} edited" if counts[MessageMark.EDITED] > cleared else "",
        f"{counts[MessageMark.MOVED]:,} moved" if counts[MessageMark.MOVED] else "",
        "system changed" if diff.system else "",
        tool_words(diff.tools),
        _counted_words(len(diff.parameters), "parameter") + " changed" if diff.parameters else "",
    ]
    return " · ".join(part for part in told if part) or "same context"


def cache_line(cache: PromptCache) -> str:
    """Where the cache prefix breaks and what that cost."""
    read = f", {cache.read_tokens:,} tokens were read from the cache" if cache.read_tokens is not None else ""
    if cache.breaks_at is None:
        return f"cache prefix: all of A's prompt is kept{read}"
    if cache.breaks_at == "model":
        return f"cache prefix: none, since another model was asked{read}"
    at = f"message {cache.message}" if cache.message is not None else cache.breaks_at
    about = "about " if cache.is_estimate else ""
    return (
        f"cache prefix: breaks at {at}; {about}{cache.tokens_behind:,} tokens behind it "
        f"({cache.characters_behind:,} of {cache.characters:,} characters){_again(cache)}{read}"
    )


def rule_words(rule: Volatile) -> str:
    """Which keys of JSON values do not count."""
    return " · ".join(safe(word, _NAME_CHARS) for word in left_out_by(rule)) or "nothing"


def left_out_by(rule: Volatile) -> list[str]:
    """What a rule leaves out of JSON values: ids and times, and keys by their names."""
    own = sorted(rule.keys - VOLATILE_KEYS if rule.generated_ids else rule.keys)
    return [*(["ids and times"] if rule.generated_ids else []), *own]


def step_words(detail: SpanDetail) -> str:
    """A step by number, kind and name."""
    step = f"step {detail.step:,}" if detail.step else f"position {detail.position:,}"
    return f"{step}  {detail.kind} {safe(detail.tool_name or detail.name, _NAME_CHARS)}"


def figures_line(a: SpanDetail, b: SpanDetail) -> str:
    """Time, tokens and cost of both steps, `2.1 s → 1.8 s · 950 → 1.2k in · 40 → 38 out`; empty where nothing is
    known."""
    pairs = [(text.duration(a.lasted_ns), text.duration(b.lasted_ns), "")]
    usage = [
        (each.usage.input_tokens, each.usage.output_tokens) if each.usage else (None, None) for each in (a, b)
    ]
    pairs += [
        (text.short_count(usage[0][n]), text.short_count(usage[1][n]), word)
        for n, word in ((0, " in"), (1, " out"))
    ]
    costs = [text.money(each.usage.cost_usd if each.usage else None) for each in (a, b)]
    pairs.append((costs[0], costs[1], ""))
    return " · ".join(
        f"{before} → {after}{word}" for before, after, word in pairs if {before, after} != {text.UNKNOWN}
    )


def _again(cache: PromptCache) -> str:
    if not cache.tokens_again:
        return ""
    cost = f", {text.money(cache.cost_usd)} more than from the cache" if cache.cost_usd is not None else ""
    return f", {cache.tokens_again:,} of them as before but read anew{cost}"


def _counted_words(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _why_left(diff: ModelCallDiff) -> str:
    reasons = sorted(
        {c.leaving.value for c in diff.messages.changes if c.mark is MessageMark.LEFT and c.leaving}
    )
    return f", {', '.join(reasons)}" if reasons else ""


def is_cleared(change: MessageChange) -> bool:
    """Whether a message is still there and says nothing any more."""
    return change.mark is MessageMark.EDITED and change.leaving is Leaving.CLEARED


def change_words(change: MessageChange) -> str:
    """What became of one message."""
    if is_cleared(change):
        return str(Leaving.CLEARED)
    if change.mark is MessageMark.MOVED:
        return f"moved, was [{change.a}]"
    return f"{change.mark}{f' ({change.leaving})' if change.leaving else ''}"


def tool_words(tools: ToolsDiff) -> str:
    """Tools offered that came, went or are told otherwise; empty for none."""
    signs = (("+", tools.added), ("−", tools.removed), ("~", tools.changed))
    told = [f"{sign}{safe(name, _NAME_CHARS)}" for sign, names in signs for name in names]
    return f"tools {' '.join(told)}" if told else ""
