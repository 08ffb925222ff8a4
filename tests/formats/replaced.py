"""A value with each of its fields replaced in turn by things of other types, for tests of hostile input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    float("inf"),
    "",
    "x",
    "[1]",
    '{"a":',
    [],
    [None],
    {},
    {"": [{}]},
)


def replaced_values(value: Any) -> Iterator[Any]:
    """Every copy of a value in which one field or element, at any depth, is something odd."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: odd} for odd in ODD)
            yield from ({**value, key: changed} for changed in replaced_values(item))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from ([*value[:at], odd, *value[at + 1 :]] for odd in ODD)
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in replaced_values(item))
