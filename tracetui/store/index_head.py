"""Whether the head of a file promises records that the index can decode."""

from __future__ import annotations

from typing import Any

import orjson

from tracetui.reading.pieces_otlp import FIRST

_SPAN = b'{"traceId":"'
_SPANS = b',"spans":[' + _SPAN
_MOST_LOOKED_AT = 50
_ENOUGH = 0.9


def is_regular_otlp(head: bytes) -> bool:
    """Lines of compact OTLP spans, trace id first, typed attributes; a few other lines do not matter."""
    if not head.startswith(FIRST) or _SPANS not in head or head.count(b"\r") > head.count(b"\r\n"):
        return False
    lines = [line for line in head.split(b"\n") if line.strip()]
    regular = sum(line.startswith(FIRST) for line in lines)
    spans = head[head.index(_SPANS) + len(_SPANS) - len(_SPAN) :].split(b"\n", 1)[0].split(b"," + _SPAN)
    first = _decoded(spans[0] if len(spans) > 1 else spans[0].partition(b"]}]")[0])
    return regular >= _ENOUGH * len(lines) and (first is None or _is_typed(first))


def is_regular_plain(head: bytes) -> bool:
    """Lines of plain spans; a few other lines do not matter."""
    lines = [line for line in head.split(b"\n")[:-1] if line.strip()][:_MOST_LOOKED_AT]
    regular = sum(_is_plain(_decoded(line)) for line in lines)
    return bool(lines) and regular >= _ENOUGH * len(lines)


def _decoded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _is_typed(span: Any) -> bool:
    attributes = span.get("attributes", []) if isinstance(span, dict) else None
    return isinstance(attributes, list) and all(
        isinstance(item, dict) and isinstance(item.get("key"), str) and isinstance(item.get("value"), dict)
        for item in attributes
    )


def _is_plain(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and all(isinstance(line.get(key), str) for key in ("trace_id", "span_id"))
        and line.get("record", "span") == "span"
    )
