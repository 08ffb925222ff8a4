"""Take what is whole out of JSON text that breaks off: complete OTLP spans, and documents cut inside their list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tracetui.model import JsonValue
from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.nesting import MAX_DEPTH
from tracetui.reading.structure import value_end

_MARK = re.compile(
    rb'"(?P<name>resource|scope|instrumentationLibrary|instrumentation_library)"\s*:\s*(?=\{)'
    rb'|(?P<span>\{\s*"trace_?[iI]d"\s*:)'
)
_SPAN_TIMES = ("startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time")
_STRING_OR_BRACKET = re.compile(rb'"(?>[^"\\]*+(?:\\.[^"\\]*+)*)"|[\[\]{}]', re.DOTALL)
_DEEPEST_LIST = 3
_LIST_OF_RECORDS = re.compile(rb'"(?:spans|rows)"\s*:\s*\Z')
_BEFORE_LIST_BYTES = 40
_MOST_OPEN_ENDS = 50  # each costs a walk to the end of the text
_CLOSING = {ord("{"): b"}", ord("["): b"]"}


def salvage_spans(raw: bytes) -> tuple[JsonValue, int] | None:
    """The complete spans of a torn OTLP record, as one OTLP record, and how many; None when there are none.

    A span counts when it begins with its trace id and has a start time. Resource and scope are kept where they
    stand whole before their spans.
    """
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


def close_torn(raw: bytes) -> tuple[JsonValue, int] | None:
    """A torn document with its brackets closed after the last whole element of its outermost list.

    Returns the value and the number of bytes of `raw` that went into it; None when no list near the top has a whole
    object. Only lists within the first 3 levels count, and those of spans and rows a level below, so that no half record
    passes for a whole one; what begins with an element that nests too deeply is left out.
    """
    open_brackets: list[int] = []
    deepest = _DEEPEST_LIST
    whole_until: dict[int, int] = {}
    for match in _STRING_OR_BRACKET.finditer(raw):
        sign = raw[match.start()]
        if sign in b"[{":
            open_brackets.append(sign)
            if len(open_brackets) > MAX_DEPTH:
                break
            if len(open_brackets) == _DEEPEST_LIST + 1:
                before = raw[max(0, match.start() - _BEFORE_LIST_BYTES) : match.start()]
                deepest = _DEEPEST_LIST + bool(_LIST_OF_RECORDS.search(before))
        elif sign in b"]}":
            if not open_brackets or _CLOSING[open_brackets.pop()][0] != sign:
                return None
            whole_until = {depth: end for depth, end in whole_until.items() if depth <= len(open_brackets)}
            if 0 < len(open_brackets) <= deepest and open_brackets[-1] == ord("["):
                whole_until[len(open_brackets)] = match.end()
    return _closed(raw, open_brackets, whole_until)


def _closed(
    raw: bytes, open_brackets: list[int], whole_until: dict[int, int]
) -> tuple[JsonValue, int] | None:
    if not whole_until:
        return None
    depth = min(whole_until)
    end = whole_until[depth]
    closing = b"".join(_CLOSING[sign] for sign in reversed(open_brackets[:depth]))
    try:
        value, _ = loads(raw[:end] + closing)
    except NotJson:
        return None
    return value, end
