"""Figures that a source gives and that are none, in words for an import issue: never dropped without a word."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tracetui.model import JsonValue
from tracetui.reading.lenient import dumps

_LONGEST = 40
_MOST = 5
_GAPS = frozenset(("", "nan", "none", "null"))


def unread(tokens: Iterable[tuple[str, JsonValue]], costs: Iterable[tuple[str, JsonValue]]) -> str | None:
    """What names and values that could not be read say; None where none of them says anything.

    Nothing at all, empty text, words for a gap (NaN), and objects or lists, which some sources have under the same names,
    are no figures.
    """
    found = [f"{name} {_shown(value)} is no number of tokens" for name, value in tokens if _is_told(value)]
    found += [f"{name} {_shown(value)} is no amount of dollars" for name, value in costs if _is_told(value)]
    if not found:
        return None
    more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"{'; '.join(found[:_MOST])}{more}: counts as unknown"


def _is_told(value: JsonValue) -> bool:
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) or (isinstance(value, str) and value.strip().lower() not in _GAPS)


def _shown(value: JsonValue) -> str:
    text = dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
