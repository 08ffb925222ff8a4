"""Which keys of JSON values do not count in comparisons: as typed, as options of the command line."""

from __future__ import annotations

import re

from tracetui.analysis.diff.volatile import VOLATILE_KEYS, Volatile, volatile

HINT = "keys · only KEY: ids and times count · only: all count"
_ONLY = "only"
_WORD = re.compile(r"[^\s,]+")


def rule_of(text: str) -> Volatile:
    """The rule for keys separated by blanks or commas: beside ids and times, or after `only` these alone."""
    words = _WORD.findall(text)
    is_alone = words[:1] == [_ONLY]
    return volatile(words[1:] if is_alone else words, by_default=not is_alone)


def rule_text(rule: Volatile) -> str:
    """What is typed for a rule."""
    return " ".join([*([] if rule.generated_ids else [_ONLY]), *own_keys(rule)])


def rule_options(rule: Volatile) -> list[str]:
    """The same for `tracetui diff`."""
    keep = [] if rule.generated_ids else ["--keep-volatile"]
    return [*keep, *(word for key in own_keys(rule) for word in ("--ignore", key))]


def own_keys(rule: Volatile) -> list[str]:
    """The keys that are left out beside ids and times, or alone."""
    return sorted(rule.keys - VOLATILE_KEYS if rule.generated_ids else rule.keys)
