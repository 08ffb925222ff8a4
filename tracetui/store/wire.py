"""Exact values of a result as JSON carries them between processes, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

LONG = "$long"
_TAGS = "$"


def wired(value: Any, most_characters: int) -> Any:
    """A value that JSON carries and `python_value` restores; a longer one becomes `{"$long": its length}`."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else base64.b64encode(value).decode("ascii")
        return text if len(text) <= most_characters else {LONG: len(text)}
    nested = _nested(value)
    length = len(json.dumps(nested))
    return nested if length <= most_characters else {LONG: length}


def _nested(value: Any) -> Any:
    """A list or object; how deep it goes is bounded by the levels of a kept type."""
    if isinstance(value, list):
        return [_nested(item) for item in value]
    if isinstance(value, dict):
        if any(not isinstance(key, str) or key.startswith(_TAGS) for key in value):
            return {"$object": [[key, _nested(item)] for key, item in value.items()]}
        return {key: _nested(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    return value


def python_value(kind: str) -> Callable[[Any], Any]:
    """What makes the Python value of a column of this type from what `wire_rows` sent."""
    if kind.startswith("DECIMAL") and kind.endswith(")"):
        return _optional(Decimal)
    if kind in {"HUGEINT", "UHUGEINT", "BIGNUM"}:
        return _optional(int)
    if kind == "BLOB":
        return _optional(base64.b64decode)
    return unwired if _is_nested(kind) else _same


def from_text(kind: str, text: str) -> Any:
    """The Python value of a long one, from the text that `store.cells` gives of it."""
    if kind == "BLOB":
        return bytes.fromhex(text)
    return json.loads(text) if _is_nested(kind) else text


def is_long(value: object) -> bool:
    """Whether `wired` left the value out for its length."""
    return isinstance(value, dict) and LONG in value


def unwired(value: Any) -> Any:
    """A nested value as Python has it."""
    if isinstance(value, list):
        return [unwired(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, inner),) = value.items()
        if tag == "$decimal":
            return Decimal(inner)
        if tag == "$bytes":
            return base64.b64decode(inner)
        if tag == "$object":
            return {key: unwired(item) for key, item in inner}
    return {key: unwired(item) for key, item in value.items()}


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))


def _optional(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else make(value)


def _same(value: Any) -> Any:
    return value
