"""Take the complete spans out of OTLP text that breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.structure import value_end

_MARK = re.compile(
    rb'"(?P<name>resource|scope|instrumentationLibrary|instrumentation_library)"\s*:\s*(?=\{)'
    rb'|(?P<span>\{\s*"trace_?[iI]d"\s*:)'
)
_SPAN_TIMES = ("startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time")
_SPAN, _OPEN_ENDED = "span", "span without end"
_MOST_OPEN_ENDS = 50  # each costs a walk to the end of the text
_OTLP = re.compile(rb'"(?:resource_?|scope_?|instrumentation_?[lL]ibrary_?)[sS]pans"')


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The complete spans of a torn OTLP record as one OTLP record, how many they are, and how many are not whole."""

    value: JsonValue
    spans: int
    lost: int


def salvage_spans(raw: bytes) -> Salvaged | None:
    """The complete spans of a torn OTLP record; None when there are none.

    A span counts when it begins with its trace id and has a start time. Resource and scope are kept where they
    stand whole before their spans.
    """
    if not _OTLP.search(raw):
        return None
    groups: list[dict[str, Any]] = []
    found = broken = 0
    is_torn = False
    resource: JsonValue = None
    scope: JsonValue = None
    for name, value in _marked_objects(raw):
        if value is None:
            is_torn |= name == _OPEN_ENDED
            broken += name != _OPEN_ENDED
        elif name == "resource":
            resource, scope = value, None
            groups.append(_group(resource, scope))
        elif name != _SPAN:
            scope = value
            groups.append(_group(resource, scope))
        elif isinstance(value, dict) and any(key in value for key in _SPAN_TIMES):
            if not groups:
                groups.append(_group(None, None))
            groups[-1]["scopeSpans"][0]["spans"].append(value)
            found += 1
    kept = [group for group in groups if group["scopeSpans"][0]["spans"]]
    return Salvaged({"resourceSpans": kept}, found, broken + is_torn) if found else None


def _group(resource: JsonValue, scope: JsonValue) -> dict[str, Any]:
    spans: dict[str, Any] = {"spans": []} if scope is None else {"scope": scope, "spans": []}
    return {"scopeSpans": [spans]} if resource is None else {"resource": resource, "scopeSpans": [spans]}


def _marked_objects(raw: bytes) -> Iterator[tuple[str, JsonValue]]:
    """Names and values of resources, scopes and spans; None for a span that is not whole."""
    position, open_ended = 0, 0
    while open_ended < _MOST_OPEN_ENDS and (match := _MARK.search(raw, position)):
        start = match.start("span") if match["span"] else match.end()
        end = value_end(raw, start)
        position = match.end()
        if end is None:
            open_ended += 1
            if match["span"]:
                yield _OPEN_ENDED, None
            continue
        try:
            value, _ = loads(raw[start:end])
        except NotJson:
            if match["span"]:
                yield _SPAN, None
            continue
        position = end
        yield match["name"].decode() if match["name"] else _SPAN, value
