"""Whether two messages say the same in other words, as far as words tell."""

from __future__ import annotations

import re

from tracetui.analysis.diff.messages import message_text
from tracetui.analysis.diff.text import alike, word_counts
from tracetui.model import Message

_LEAST_SHARED = 0.4
"""Of two first messages about one task, so much is mostly shared; of those about two tasks mostly less."""
_FACT = re.compile(r"\w*\d\w*")
_DENIAL = re.compile(r"\b(?:no|not|never|none|nothing|without|cannot)\b|n['’]t\b", re.IGNORECASE)


def is_rewording(a: Message, b: Message) -> bool:
    """Whether both share many words, all ids and numbers, and deny something or not alike."""
    if a.role != b.role:
        return False
    ours, theirs = message_text(a), message_text(b)
    if set(_FACT.findall(ours)) != set(_FACT.findall(theirs)):
        return False
    if (_DENIAL.search(ours) is None) != (_DENIAL.search(theirs) is None):
        return False
    return alike(word_counts(ours), word_counts(theirs)) >= _LEAST_SHARED
