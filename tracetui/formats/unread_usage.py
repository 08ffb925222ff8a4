"""Figures that a source gives and that are none, in words for an import issue: never dropped without a word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_values import cost_value, token_count
from tracetui.model import JsonValue
from tracetui.reading.lenient import dumps

_LONGEST = 40
_MOST = 5
_GAPS = frozenset(("", "nan", "none", "null", "-", "–", "n/a", "na"))


class Figures:
    """Reads the figures of one usage, and remembers those that are given and are none."""

    def __init__(self) -> None:
        self._tokens: list[tuple[str, JsonValue]] = []
        self._costs: list[tuple[str, JsonValue]] = []

    def tokens(self, told: Mapping[str, Any], keys: Sequence[str]) -> int | None:
        """The first number of tokens among the values of the keys; where there is one, nothing is left unread."""
        found = next((count for key in keys if (count := token_count(told.get(key))) is not None), None)
        if found is None:
            self._tokens += [(key, told[key]) for key in keys if key in told]
        return found

    def dollars(self, told: Mapping[str, Any], keys: Sequence[str]) -> Decimal | None:
        """The first amount of US dollars among them, in the same way."""
        found = next((cost for key in keys if (cost := cost_value(told.get(key))) is not None), None)
        if found is None:
            self._costs += [(key, told[key]) for key in keys if key in told]
        return found

    @property
    def unread(self) -> str | None:
        """In words, what was given and could not be read; None where everything could."""
        return unread(self._tokens, self._costs)


def unread(tokens: Iterable[tuple[str, JsonValue]], costs: Iterable[tuple[str, JsonValue]]) -> str | None:
    """What names and values that could not be read say; None where none of them says anything.

    Nothing at all, empty text, words for a gap (NaN, n/a), and objects or lists, which some sources have under the same names,
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
