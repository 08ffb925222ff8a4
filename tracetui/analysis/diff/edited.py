"""One message in two wordings: what differs in it."""

from __future__ import annotations

from tracetui.analysis.diff.messages import edited_pieces, part_head
from tracetui.analysis.diff.values import ValueDiff, diff_values
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.model import Message, Part


def edited_values(a: Message, b: Message, rule: Volatile = BY_DEFAULT) -> tuple[tuple[str, ValueDiff], ...]:
    """What differs part by part, each behind its head (empty for text, and where the role says it); as one text where the parts are others."""
    if [part_head(part) for part in a.parts] == [part_head(part) for part in b.parts]:
        found = (
            (_head(b, after), diff_values(before.content, after.content, rule))
            for before, after in zip(a.parts, b.parts, strict=True)
        )
        told = tuple((head, diff) for head, diff in found if diff)
        if told:
            return told
    return (("", edited_pieces(a, b)),)


def _head(message: Message, part: Part) -> str:
    is_clear = len(message.parts) == 1 and part.tool_name is None
    return "" if is_clear else part_head(part).strip()
