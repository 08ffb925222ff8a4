"""Values against each other: JSON by entries, anything else by words."""

from __future__ import annotations

from typing import TypeAlias

from tracetui.analysis.diff.json import JsonChange, diff_json
from tracetui.analysis.diff.normal import container
from tracetui.analysis.diff.text import TextPiece, diff_text
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile

ValueDiff: TypeAlias = "tuple[JsonChange, ...] | tuple[TextPiece, ...]"
"""Changes of JSON entries where both sides are JSON objects or lists, else pieces of text; empty where equal."""


def diff_values(a: str | None, b: str | None, rule: Volatile = BY_DEFAULT) -> ValueDiff:
    """Two texts as JSON where both hold an object or list, else as text."""
    if a == b:
        return ()
    first, second = container(a), container(b)
    if first is not None and second is not None:
        return diff_json(first, second, rule)
    return diff_text(a or "", b or "")


def json_changes(diff: ValueDiff) -> tuple[JsonChange, ...]:
    """The changes of a value that is JSON on both sides."""
    return tuple(change for change in diff if isinstance(change, JsonChange))
