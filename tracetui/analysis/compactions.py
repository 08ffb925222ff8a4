"""Compactions and edits of a context window that a source tells of, with the tokens that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.model import JsonValue

_MOST_VALUES = 2_000
_DEEPEST = 6
_BEFORE = frozenset(
    ("pretokens", "tokensbefore", "compactiontokensbefore", "contexttokensbefore", "beforetokens", "inputtokensbefore")
)  # fmt: skip
_AFTER = frozenset(
    ("posttokens", "tokensafter", "compactiontokensafter", "contexttokensafter", "aftertokens", "inputtokensafter")
)  # fmt: skip
_MESSAGES_BEFORE = frozenset(("messagesbefore", "messagescountbefore", "compactionmessagesbefore"))
_MESSAGES_AFTER = frozenset(("messagesafter", "messagescountafter", "compactionmessagesafter"))
_WHY = frozenset(("trigger", "strategy", "compactionstrategy", "genaicompactiontrigger", "source"))
_WORDS = ("compact", "condens", "summary_message", "context_edit", "trim_messages")
_EDITS = "applied_edits"


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change of the window as its source tells it: tokens of the window before and after, tokens that left."""

    change: str
    evidence: str
    messages: int | None = None
    tokens: int | None = None
    tokens_before: int | None = None
    tokens_after: int | None = None


def is_compaction(name: str | None) -> bool:
    """Whether a step or an event is called after a compaction."""
    return name is not None and any(word in name.lower() for word in _WORDS)


def compaction(name: str, facts: JsonValue) -> ToldChange:
    """A compaction that is a step or an event of its own, with the figures found in what is known of it."""
    found: dict[str, Any] = {}
    for key, value in _values(facts):
        for kind, names in _KINDS:
            if key in names and (isinstance(value, str) if kind == "why" else _is_count(value)):
                found.setdefault(kind, value)
    before, after = found.get("messages_before"), found.get("messages_after")
    left = before - after if before is not None and after is not None and before >= after else None
    tokens = None
    if "before" in found and "after" in found and found["before"] >= found["after"]:
        tokens = found["before"] - found["after"]
    why = f" ({found['why'][:40]})" if "why" in found and found["why"] not in name else ""
    sizes = "".join(f", {found[side]:,} tokens {side}" for side in ("before", "after") if side in found)
    return ToldChange(
        "compacted", f"{name}{why}{sizes}", left, tokens, found.get("before"), found.get("after")
    )


_KINDS = (
    ("before", _BEFORE), ("after", _AFTER), ("messages_before", _MESSAGES_BEFORE),
    ("messages_after", _MESSAGES_AFTER), ("why", _WHY),
)  # fmt: skip


def applied_edits(facts: JsonValue) -> Iterator[ToldChange]:
    """Edits that Anthropic's API made to the context of a call: tool results or thinking that it left out."""
    for key, value in _values(facts):
        if key == _EDITS.replace("_", "") and isinstance(value, list):
            for edit in value:
                if isinstance(edit, dict):
                    yield _edit(edit)


def _edit(edit: dict[str, Any]) -> ToldChange:
    counts = {key: value for key, value in edit.items() if key.startswith("cleared_") and _is_count(value)}
    tokens = counts.pop("cleared_input_tokens", None)
    word = edit.get("type") if isinstance(edit.get("type"), str) else "context edit"
    return ToldChange("cleared", f"applied edit {word}", next(iter(counts.values()), None), tokens)


def _is_count(value: JsonValue) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _values(facts: JsonValue) -> Iterator[tuple[str, Any]]:
    """Names in their plainest form with values, from the outside in, to a bounded depth and number."""
    queue: list[tuple[int, Any]] = [(0, facts)]
    for at in range(_MOST_VALUES):
        if at >= len(queue):
            return
        depth, value = queue[at]
        if isinstance(value, dict):
            for key, held in value.items():
                yield "".join(letter for letter in str(key).lower() if letter.isalnum()), held
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if depth < _DEEPEST:
            queue += [(depth + 1, held) for held in inner if isinstance(held, dict | list)]
