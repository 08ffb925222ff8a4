"""Values of ClickHouse columns: names in two spellings, maps and arrays as such, as JSON text or as its own text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from tracetui.formats.conventions_flat import flattened
from tracetui.formats.conventions_values import parsed
from tracetui.model import JsonValue

_LONGEST_TEXT = 20_000_000


def unified(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row by names in lower case without dots and underscores, so that both spellings are one."""
    return {str(key).lower().replace("_", "").replace(".", ""): item for key, item in row.items()}


def object_of(value: JsonValue) -> dict[str, Any]:
    """A map as an object: also JSON text, ClickHouse's `{'key':'value'}`, and a list of pairs or `{key, value}`."""
    found = _opened(value)
    if isinstance(found, dict):
        return flattened({str(key): item for key, item in found.items()})
    pairs = {}
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict) and "key" in item:
            pairs[str(item["key"])] = item.get("value")
        elif isinstance(item, (list, tuple)) and len(item) == 2:
            pairs[str(item[0])] = item[1]
    return pairs


def items_of_column(value: JsonValue) -> list[Any]:
    """An array: also JSON text of one and ClickHouse's `['a','b']`."""
    found = _opened(value)
    return found if isinstance(found, list) else []


def _opened(value: JsonValue) -> Any:
    """What a text stands for; ClickHouse quotes with apostrophes and escapes as Python does."""
    found = parsed(value)
    if not isinstance(found, str) or found.strip()[:1] not in ("{", "[") or len(found) > _LONGEST_TEXT:
        return found
    try:
        return ast.literal_eval(found.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return found
