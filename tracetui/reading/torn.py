"""Take what is whole out of one JSON document that breaks off: all up to its last whole record before the cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.nesting import too_deep_at
from tracetui.reading.structure import value_end

_STRING = rb'"(?>[^"\\]*+(?:\\.[^"\\]*+)*)"'
_WHOLE_STRINGS = re.compile(rb'(?>(?:[^"]++|' + _STRING + rb")*)", re.DOTALL)
_TOKEN = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
_KEY = re.compile(rb'"([A-Za-z_]{1,40})"\s*:\s*\Z')
_KEY_BYTES = 80
_ANY_LIST_WITHIN = 3  # brackets; deeper, only lists of these names hold records
_HOLDERS = frozenset((b"data", b"samples", b"simulations", b"subagent_trajectories", b"tables", b"traces"))
"""Lists whose elements hold lists of records in turn."""
_RECORDS = frozenset((
    b"events", b"generated_items", b"history", b"items", b"loglines", b"messages", b"model_responses",
    b"observations", b"rows", b"runs", b"spans", b"steps", b"traj", b"trajectory"))  # fmt: skip
_MOST_OPEN = 12  # brackets around records; each costs a walk to the end of the text
_CLOSING = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True, slots=True)
class Closed:
    """A document closed after `kept` of its bytes; `lost` is 1 where a record was begun after them, else 0."""

    value: JsonValue
    kept: int
    lost: int


@dataclass(slots=True)
class _Level:
    """A bracket that does not close: where what is whole in it ends, and where the value begins that is not."""

    sign: bytes
    whole_until: int
    torn_at: int | None = None
    is_records: bool = False
    is_holder: bool = False
    has_records: bool = False
    """For a list whether it has a whole element, for an object whether it has a whole list of records."""


def close_torn(raw: bytes, *, named_only: bool = False) -> Closed | None:
    """A torn document with its brackets closed after its last whole record.

    What stands beside the list of records and is whole is kept too. Records are the elements of a list of a known name,
    or, unless `named_only`, of any list within the first 3 brackets; half a record never passes for a whole one. None
    where the cut comes before any list of records.
    """
    text = raw[: too_deep_at(raw)]
    match = _WHOLE_STRINGS.match(text)
    assert match is not None
    text = text[: match.end()]  # a string that does not end may hold brackets
    levels = _levels(text, named_only=named_only)
    if not any(level.is_records or level.is_holder or level.has_records for level in levels):
        return None
    levels = _without_half_holder(levels)
    last = levels[-1]
    closing = b"".join(_CLOSING[level.sign] for level in reversed(levels))
    try:
        value, _ = loads(text[: last.whole_until] + closing)
    except NotJson:
        return None
    if isinstance(value, dict) and len(value) < 2 and not any(level.has_records for level in levels):
        return None
    return Closed(value, last.whole_until, int(last.sign == b"[" and last.torn_at is not None))


def _levels(text: bytes, *, named_only: bool) -> list[_Level]:
    """The brackets that are open at the end, from the outermost to the one that closes after the last whole record."""
    levels: list[_Level] = []
    at: int | None = 0
    while at is not None and len(levels) < _MOST_OPEN:
        level = _Level(text[at : at + 1], at + 1)
        if level.sign == b"[":
            name = _name_before(text, at)
            level.is_holder = name in _HOLDERS
            level.is_records = not level.is_holder and (
                name in _RECORDS or (not named_only and len(levels) < _ANY_LIST_WITHIN)
            )
            if not (level.is_holder or level.is_records) or (levels and levels[-1].sign == b"["):
                break
        elif levels and levels[-1].is_records:
            break
        _walk(text, level)
        levels.append(level)
        at = level.torn_at
    return levels


def _walk(text: bytes, level: _Level) -> None:
    """Pass over the whole values of a level, up to the one that does not end."""
    position = level.whole_until
    while match := _TOKEN.search(text, position):
        start, position = match.start(), match.end()
        sign = match.group()[:1]
        if sign == b",":
            level.whole_until = start
            level.has_records |= level.sign == b"["
        elif sign in (b"{", b"["):
            end = value_end(text, start)
            if end is None:
                level.torn_at = start
                return
            level.has_records |= level.sign == b"[" or (
                sign == b"[" and _name_before(text, start) in _RECORDS | _HOLDERS
            )
            level.whole_until = position = end
        elif sign != b'"':
            return


def _name_before(text: bytes, at: int) -> bytes | None:
    match = _KEY.search(text[max(0, at - _KEY_BYTES) : at])
    return match[1] if match else None


def _without_half_holder(levels: list[_Level]) -> list[_Level]:
    """Up to the list whose torn element has no whole record of its own yet."""
    for number, level in enumerate(levels[:-1]):
        if level.is_holder and not any(inner.has_records for inner in levels[number + 1 :]):
            return levels[: number + 1]
    return levels
