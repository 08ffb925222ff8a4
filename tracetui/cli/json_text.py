"""JSON for stdout that a terminal can only display: everything that is not printable is written as `\\uXXXX`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from typing import Any

MAX_DEPTH = 200


def json_text(value: object, indent: int | None = None) -> str:
    """JSON text of dataclasses, mappings, sequences and scalars, with no unprintable character in it.

    Numbers that JSON lacks become the strings "NaN", "Infinity" and "-Infinity"; decimals become numbers, moments
    ISO 8601 text, bytes hexadecimal text.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_simpler, indent=indent)
    except (ValueError, TypeError):
        text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=indent)
    return harmless(text)


def json_array_lines(rows: Iterable[object]) -> Iterator[str]:
    """A JSON array with one element a line, made while the rows stream."""
    previous: str | None = None
    for row in rows:
        yield "[" if previous is None else f"{previous},"
        previous = json_text(row)
    if previous is not None:
        yield previous
    yield "[]" if previous is None else "]"


def harmless(text: str) -> str:
    """JSON text with every unprintable character but line breaks escaped; the value stays the same."""
    if text.replace("\n", "").isprintable():
        return text
    return text.translate({ord(c): _escape(c) for c in set(text) if c != "\n" and not c.isprintable()})


def embedded(text: str | None) -> object:
    """The value that a column of JSON text holds; the text itself where it cannot be read."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _simpler(value: object) -> object:
    """One level of what `json.dumps` does not know, converted to what it knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Iterable):
        return list(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return float(value) if hasattr(value, "__float__") else str(value)


def _plain(value: object, depth: int = 0) -> Any:
    """The whole value as what strict JSON allows; for values with odd numbers or keys."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _odd_number(value)
    if not isinstance(value, dict | list | tuple):
        return _plain(_simpler(value), depth)
    if depth > MAX_DEPTH:
        return json.dumps(value, default=str)
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    return [_plain(item, depth + 1) for item in value]


def _odd_number(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
