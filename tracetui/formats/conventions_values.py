"""Values of attributes as columns take them; `conventions` says the rules in words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, dumps, loads
from tracetui.sql.conventions import NUMBER_PATTERN

Attributes = Mapping[str, Any]

_INT64 = 2**63
_INTEGER_TEXT = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER_TEXT = re.compile(NUMBER_PATTERN, re.ASCII)
_MAX_COST = 999_999
_COST_STEP = Decimal("0.000000000001")


def text_value(value: JsonValue) -> str | None:
    """A non-empty string, or an integer of 64 bits in decimal."""
    if type(value) is str:
        return value or None
    return str(value) if type(value) is int and -_INT64 <= value < _INT64 else None


def first_text_value(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    """The text value of the first key that has one."""
    for key in keys:
        if key in attributes:
            text = text_value(attributes[key])
            if text is not None:
                return text
    return None


def integer_value(value: JsonValue) -> int | None:
    """An integer of 64 bits given as integer, whole float or text of digits."""
    if type(value) is int:
        return value if -_INT64 <= value < _INT64 else None
    if type(value) is float:
        return int(value) if value.is_integer() and -_INT64 <= value < _INT64 else None
    if type(value) is str and _INTEGER_TEXT.fullmatch(value):
        return int(value)
    return None


MAX_TOKENS = 2**53
"""A count beyond this is no count of tokens."""


def token_count(value: JsonValue) -> int | None:
    """A number of tokens: an integer, not negative, given as integer, whole float or text of digits."""
    number = integer_value(value)
    return number if number is not None and 0 <= number < MAX_TOKENS else None


def number_value(value: JsonValue) -> float | None:
    """A finite number given as number or text."""
    if type(value) is int and abs(value) < _INT64:
        return float(value)
    if type(value) is float:
        return value if math.isfinite(value) else None
    return float(value) if type(value) is str and _NUMBER_TEXT.fullmatch(value) else None


def cost_value(value: JsonValue | Decimal) -> Decimal | None:
    """An amount of US dollars, rounded half even to 12 decimals; one that is less than they hold is the least of them."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, str) and not _NUMBER_TEXT.fullmatch(value):
        return None
    try:
        cost = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        rounded = cost.quantize(_COST_STEP) if abs(cost) <= _MAX_COST else None
        return _COST_STEP.copy_sign(cost) if cost and rounded == 0 else rounded
    except InvalidOperation:
        return None


def parsed(value: JsonValue) -> JsonValue:
    """What JSON text in a string stands for; the value itself where it is no string or no JSON object or array."""
    if type(value) is not str:
        return value
    start = value.lstrip()[:1]
    if start not in ("{", "["):
        return value
    try:
        return loads(value)[0]
    except NotJson:
        return value


def parsed_object(value: JsonValue) -> dict[str, Any] | None:
    """An object given as such or as JSON text."""
    found = parsed(value)
    return found if isinstance(found, dict) else None


def parsed_list(value: JsonValue) -> list[Any] | None:
    """A list given as such or as JSON text."""
    found = parsed(value)
    return found if isinstance(found, list) else None


def payload_text(value: JsonValue) -> str | None:
    """Text exactly as found; JSON text of anything that is no string; None for null."""
    if value is None or isinstance(value, str):
        return value
    return dumps(value)


def unquoted(value: JsonValue) -> JsonValue:
    """A JSON string in a string (`"\\"x\\""`) as the string it stands for."""
    if type(value) is str and len(value) > 1 and value[0] == value[-1] == '"':
        try:
            inner = loads(value)[0]
        except NotJson:
            return value
        return inner if isinstance(inner, str) else value
    return value


def text_list(value: JsonValue) -> tuple[str, ...]:
    """Texts of a list, of JSON text of a list, or of one text."""
    found = parsed(value)
    items = found if isinstance(found, list) else [found]
    return tuple(item for item in items if isinstance(item, str) and item)
