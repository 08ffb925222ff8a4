"""Figures and moments as people and spreadsheets write them: `1,25`, `23.11.2026 08:15`, `PT1.5S`, `350 ms`."""

from __future__ import annotations

import re

from tracetui.formats.conventions_values import number_value
from tracetui.formats.times import iso_to_ns, to_ns
from tracetui.model import JsonValue

_LONGEST_CHARS = 60
_COMMA = re.compile(r"\s*(?:(-?\d{1,15}),(\d{1,2}|\d{4,15})|(-?0),(\d{3}))\s*", re.ASCII)
_DAY_FIRST = re.compile(r"\s*(\d\d?)\.(\d\d?)\.(\d{4})(?:,?[ T]+(\d\d?)(:.*))?\s*", re.ASCII)
_ISO_DURATION = re.compile(
    r"P(?:(?P<d>\d{1,5})D)?(?:T(?:(?P<h>\d{1,7})H)?(?:(?P<m>\d{1,7})M)?(?:(?P<s>\d{1,9}(?:[.,]\d{1,9})?)S)?)?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?:(?P<h>\d{1,4}):)?(?P<m>\d\d?):(?P<s>\d\d(?:[.,]\d{1,9})?)", re.ASCII)
_WITH_UNIT = re.compile(r"(\d{1,15}(?:[.,]\d{1,9})?) ?(ns|us|µs|ms|s|sec|m|min|h)", re.ASCII)
_SECONDS = {
    "d": 86_400,
    "h": 3_600,
    "m": 60,
    "s": 1,
    "min": 60,
    "sec": 1,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
}


def number_in(value: JsonValue) -> float | None:
    """A finite number, also with a decimal comma; `1,234` could be either and is none."""
    found = _COMMA.fullmatch(value) if isinstance(value, str) and len(value) < _LONGEST_CHARS else None
    if found is None:
        return number_value(value)
    whole, fraction = found[1] or found[3], found[2] or found[4]
    return float(f"{whole}.{fraction}")


def moment_ns(value: JsonValue) -> int | None:
    """A time, as ns since 1970; also with the day first between points."""
    found = _DAY_FIRST.fullmatch(value) if isinstance(value, str) and len(value) < _LONGEST_CHARS else None
    if found is None:
        return to_ns(value)
    day, month, year, hour, rest = found.groups()
    clock = f" {int(hour):02}{rest}" if hour else ""
    return iso_to_ns(f"{year}-{int(month):02}-{int(day):02}{clock}")


def spelled_s(value: JsonValue) -> float | None:
    """The seconds of a length that names its units: ISO 8601, hours, minutes and seconds between colons, `1.5s`."""
    if not isinstance(value, str) or len(value) > _LONGEST_CHARS:
        return None
    text = value.strip()
    single = _WITH_UNIT.fullmatch(text)
    if single is not None:
        return float(single[1].replace(",", ".")) * _SECONDS[single[2]]
    found = _ISO_DURATION.fullmatch(text) or _CLOCK.fullmatch(text)
    parts = {} if found is None else {unit: part for unit, part in found.groupdict().items() if part}
    if not parts:
        return None
    return sum(float(part.replace(",", ".")) * _SECONDS[unit] for unit, part in parts.items())
