"""One Langfuse object whatever door it came out of: API, table export, blob storage as text or Parquet.

Keys are `snake_case` here; empty text is nothing; what is JSON text, or ClickHouse's own writing of maps and lists, is
decoded.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from tracetui.formats.conventions_values import parsed
from tracetui.model import JsonValue

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PAYLOAD = frozenset(("input", "output", "expected_output"))
_OTHER_NAMES = {
    "type_": "type",
    "provided_model_name": "model",
    "internal_model": "internal_model_id",
    "model_id": "internal_model_id",
    "total_price": "total_cost",
    "prompt": "prompt_name",
}
_MOST_LITERAL_BYTES = 1 << 20

OBSERVATION_TYPES = frozenset(
    ("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL")
)  # fmt: skip
_TRACE_MARKS = frozenset(
    (
        "user_id",
        "session_id",
        "public",
        "bookmarked",
        "release",
        "tags",
        "environment",
        "html_path",
        "latency",
    )
)
_SCORE_MARKS = frozenset(("data_type", "string_value", "observation_id", "source", "config_id"))


def snake(key: str) -> str:
    """`parentObservationId` as `parent_observation_id`; `Start Time` and `start-time` likewise."""
    return _HUMP.sub("_", key.strip()).replace(" ", "_").replace("-", "_").lower()


def fields_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something, by their name in snake case; input and output as found."""
    fields: dict[str, Any] = {}
    for key, value in found.items():
        name = snake(str(key))
        name = _OTHER_NAMES.get(name, name)
        if value is None or value == "" or (name in fields and name != snake(str(key))):
            continue
        fields[name] = value if name in _PAYLOAD else decoded(value)
    return fields


def decoded(value: JsonValue) -> JsonValue:
    """JSON text, or ClickHouse's `{'a':1}`, as what it stands for; anything else as it is."""
    whole = parsed(value)
    if not isinstance(whole, str) or whole[:2] not in ("{'", "['") or len(whole) > _MOST_LITERAL_BYTES:
        return whole
    try:
        literal = ast.literal_eval(whole)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return whole
    return literal if isinstance(literal, (dict, list)) else whole


def is_observation(fields: Mapping[str, Any]) -> bool:
    """Whether the fields are those of an observation: its type, or a parent, with a trace and a time."""
    word = fields.get("type")
    typed = isinstance(word, str) and word.upper() in OBSERVATION_TYPES
    return "trace_id" in fields and "start_time" in fields and (typed or "parent_observation_id" in fields)


def is_score(fields: Mapping[str, Any]) -> bool:
    """Whether the fields are those of a score."""
    has_value = "value" in fields or "string_value" in fields
    about = any(key in fields for key in ("trace_id", "session_id", "dataset_run_id", "observation_id"))
    return "name" in fields and has_value and about and bool(_SCORE_MARKS & fields.keys())


def is_trace(fields: Mapping[str, Any]) -> bool:
    """Whether the fields are those of a trace, with or without its observations."""
    marks = len(_TRACE_MARKS & fields.keys())
    return "id" in fields and "timestamp" in fields and "trace_id" not in fields and marks > 0


def text_of(fields: Mapping[str, Any], key: str) -> str | None:
    """Text of a field; numbers in decimal."""
    value = fields.get(key)
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def dict_of(value: Any) -> dict[str, Any]:
    """An object, decoded; empty where there is none."""
    found = decoded(value)
    return found if isinstance(found, dict) else {}
