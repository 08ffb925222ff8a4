"""Points in time as integer nanoseconds since 1970 in UTC, from every way exports write them.

All functions answer None for what is no time: absent, empty, zero, negative, of the wrong type, or outside the years
1970 to 2262 that an int64 of nanoseconds holds. An integer never passes through a float.
"""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal

from tracetui.model import LATEST_NS, JsonValue

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MAGNITUDES = ((10**11, NS_PER_S), (10**14, NS_PER_MS), (10**17, NS_PER_US))
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?"
    r"\s*(?:(Z|UTC)|([+-])(\d\d):?(\d\d)?(?::?\d\d)?)?\s*",
    re.ASCII | re.IGNORECASE,
)


def to_ns(value: JsonValue) -> int | None:
    """Nanoseconds of a number whose unit its size tells, of ISO 8601 text, `[seconds, nanos]` or `{seconds, nanos}`.

    Below 1e11 a number is seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
    Text without an offset is UTC.
    """
    if isinstance(value, str):
        return _number_text_to_ns(value, None) if _NUMBER.fullmatch(value.strip()) else iso_to_ns(value)
    if isinstance(value, list):
        return pair_to_ns(value)
    if isinstance(value, dict):
        return pair_to_ns([value.get("seconds", 0), value.get("nanos", 0)])
    return _number_to_ns(value, None)


def ns_to_ns(value: JsonValue) -> int | None:
    """A time given in nanoseconds, as integer, text of digits, or float (which has lost its last digits already)."""
    if type(value) is str:
        return _in_range(int(value)) if value.isdecimal() and len(value) < 20 else _unit_to_ns(value, 1)
    return _number_to_ns(value, 1)


def us_to_ns(value: JsonValue) -> int | None:
    """A time given in microseconds."""
    return _unit_to_ns(value, NS_PER_US)


def ms_to_ns(value: JsonValue) -> int | None:
    """A time given in milliseconds."""
    return _unit_to_ns(value, NS_PER_MS)


def s_to_ns(value: JsonValue) -> int | None:
    """A time given in seconds, with or without fraction."""
    return _unit_to_ns(value, NS_PER_S)


def pair_to_ns(value: JsonValue) -> int | None:
    """JavaScript's `[seconds, nanos]`."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    seconds, nanos = (_integer(part) for part in value)
    if seconds is None or nanos is None or not 0 <= nanos < NS_PER_S:
        return None
    return _in_range(seconds * NS_PER_S + nanos)


def iso_to_ns(value: JsonValue) -> int | None:
    """ISO 8601 text with `T` or space, any number of fraction digits (beyond nine cut), `Z`, an offset or none."""
    found = _ISO.fullmatch(value) if isinstance(value, str) and len(value) < 80 else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, east_h, east_m = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 24 or m > 59 or s > 60:
        return None
    offset_s = (int(east_h) * 3600 + int(east_m or 0) * 60) * (-1 if sign == "-" else 1) if sign else 0
    nanos = int((fraction or "0")[:9].ljust(9, "0"))
    return _in_range((days * 86_400 + h * 3600 + m * 60 + s - offset_s) * NS_PER_S + nanos)


def _unit_to_ns(value: JsonValue, unit: int) -> int | None:
    return _number_text_to_ns(value, unit) if isinstance(value, str) else _number_to_ns(value, unit)


def _number_text_to_ns(text: str, unit: int | None) -> int | None:
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return _decimal_to_ns(Decimal(stripped), unit)


def _number_to_ns(value: JsonValue, unit: int | None) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _in_range(value * (unit or _unit_of(value)))
    if isinstance(value, float) and math.isfinite(value):
        exact = Decimal(value) if value >= 2**53 else Decimal(repr(value))
        return _decimal_to_ns(exact, unit)
    return None


def _decimal_to_ns(number: Decimal, unit: int | None) -> int | None:
    if not 0 < number < LATEST_NS:
        return None
    return _in_range(int(number * (unit or _unit_of(number))))


def _unit_of(number: int | Decimal) -> int:
    return next((unit for below, unit in _MAGNITUDES if number < below), 1)


def _integer(value: JsonValue) -> int | None:
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) < 20 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _in_range(ns: int) -> int | None:
    return ns if 0 < ns <= LATEST_NS else None
