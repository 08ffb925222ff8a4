"""What spans let one conclude of the agent's memory where their source keeps no record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """One span of a run; `attributes`, `metadata`, `input` and `output` are JSON text or any other."""

    span_key: int
    parent_key: int | None
    name: str
    agent: str | None
    start_ns: int | None
    end_ns: int | None
    attributes: Mapping[str, Any]
    metadata: Mapping[str, Any]
    input: str | None
    output: str | None


def json_of(text: str | None) -> JsonValue:
    """The value of a JSON text; None for any other."""
    try:
        return None if text is None else loads(text)[0]
    except NotJson:
        return None


def object_of(value: JsonValue) -> dict[str, Any] | None:
    """An object, or the text of one; None for anything else."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        value = json_of(value)
    return value if isinstance(value, dict) else None
