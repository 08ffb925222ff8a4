"""OTLP lines as exporters write them, for tests of the index."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import orjson

_NUMBERS = count(1)
TRACE_ID = "5b8efff798038103d269b633813fc60c"


def attribute(key: str, value: object) -> dict[str, Any]:
    """A typed attribute."""
    if isinstance(value, bool):
        return {"key": key, "value": {"boolValue": value}}
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    if isinstance(value, float):
        return {"key": key, "value": {"doubleValue": value}}
    if isinstance(value, list):
        return {
            "key": key,
            "value": {"arrayValue": {"values": [{"stringValue": str(item)} for item in value]}},
        }
    return {"key": key, "value": {"stringValue": value}}


def span(attributes: Mapping[str, object] | None = None, **fields: Any) -> dict[str, Any]:
    """A span with an id of its own; `fields` replace or add to it."""
    number = next(_NUMBERS)
    return {
        "traceId": TRACE_ID,
        "spanId": f"{number:016x}",
        "parentSpanId": "",
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": f"{1_760_000_000_000_000_000 + number}",
        "endTimeUnixNano": f"{1_760_000_001_000_000_000 + number}",
        "attributes": [attribute(key, value) for key, value in (attributes or {}).items()],
        "status": {},
        **fields,
    }


def scope(*spans: dict[str, Any], name: str = "lib", **fields: Any) -> dict[str, Any]:
    """Spans of one scope."""
    return {"scope": {"name": name}, "spans": list(spans), **fields}


def resource(
    *scopes: dict[str, Any], attributes: Mapping[str, object] | None = None, **fields: Any
) -> dict[str, Any]:
    """Scopes of one resource."""
    said = [attribute(key, value) for key, value in (attributes or {}).items()]
    return {"resource": {"attributes": said} if said else {}, "scopeSpans": list(scopes), **fields}


def line(*resources: dict[str, Any]) -> bytes:
    """One line of a file."""
    return orjson.dumps({"resourceSpans": list(resources)}) + b"\n"


def line_of(*spans: dict[str, Any]) -> bytes:
    """One line with one resource and scope."""
    return line(resource(scope(*spans)))
