"""Fields of what Google's Agent Development Kit writes, whichever way their names are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracetui.model import JsonValue


def named(value: Mapping[str, Any], name: str) -> Any:
    """A field by its name in snake_case, or by the same in camelCase."""
    found = value.get(name)
    if found is not None:
        return found
    head, *rest = name.split("_")
    return value.get(head + "".join(word.capitalize() for word in rest))


def text_of(value: JsonValue) -> str | None:
    """A string that is not empty."""
    return value if isinstance(value, str) and value else None
