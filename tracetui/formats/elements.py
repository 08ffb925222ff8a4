"""Entries that are one element of a larger record."""

from __future__ import annotations

from dataclasses import replace

from tracetui.model import JsonValue, Origin
from tracetui.reading.lenient import dumps


def element_origin(origin: Origin, element: JsonValue) -> Origin:
    """The place of an element inside a larger record: it stands where that stands and keeps its own text."""
    return replace(origin, raw=dumps(element).encode("utf-8", "replace"))
