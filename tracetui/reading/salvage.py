"""Take the complete spans out of OTLP text that breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.structure import value_end

_MARK = re.compile(
    rb'"(?P<name>resource|scope|instrumentationLibrary|instrumentation_library)"\s*:\s*(?=\{)'
    rb'|(?P<span>\{\s*"trace_?[iI]d"\s*:)'
)
_SPAN_TIMES = ("startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time")
_MOST_OPEN_ENDS = 50  # each costs a walk to the end of the text
_OTLP = re.compile(rb'"(?:resource_?|scope_?|instrumentation_?[lL]ibrary_?)[sS]pans"')


def salvage_spans(raw: bytes) -> tuple[JsonValue, int] | None:
    """The complete spans of a torn OTLP record, as one OTLP record, and how many; None when there are none.

    A span counts when it begins with its trace id and has a start time. Resource and scope are kept where they
    stand whole before their spans.
    """
    if not _OTLP.search(raw):
        return None
    groups: list[dict[str, Any]] = []
    found = 0
    resource: JsonValue = None
    scope: JsonValue = None
    for name, value in _marked_objects(raw):
        if name == "resource":
            resource, scope = value, None
            groups.append(_group(resource, scope))
        elif name is not None:
            scope = value
            groups.append(_group(resource, scope))
        elif isinstance(value, dict) and any(key in value for key in _SPAN_TIMES):
            if not groups:
                groups.append(_group(None, None))
            groups[-1]["scopeSpans"][0]["spans"].append(value)
            found += 1
    kept = [group for group in groups if group["scopeSpans"][0]["spans"]]
    return ({"resourceSpans": kept}, found) if found else None


def _group(resource: JsonValue, scope: JsonValue) -> dict[str, Any]:
    spans: dict[str, Any] = {"spans": []} if scope is None else {"scope": scope, "spans": []}
    return {"scopeSpans": [spans]} if resource is None else {"resource": resource, "scopeSpans": [spans]}


def _marked_objects(raw: bytes) -> Iterator[tuple[str | None, JsonValue]]:
    position, open_ended = 0, 0
    while open_ended < _MOST_OPEN_ENDS and (match := _MARK.search(raw, position)):
        start = match.start("span") if match["span"] else match.end()
        end = value_end(raw, start)
        position = match.end()
        if end is None:
            open_ended += 1
            continue
        try:
            value, _ = loads(raw[start:end])
        except NotJson:
            continue
        position = end
        yield (match["name"].decode() if match["name"] else None), value
