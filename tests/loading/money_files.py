"""Small files of calls and prices, for tests of money."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tracetui.api import TraceDB

TRACE = "0af7651916cd43dd8448eb211c80319c"


def plain_file(path: Path, *spans: dict[str, Any]) -> Path:
    """Spans in the plain format, a second apart, in the trace unless they name another."""
    start = 1_790_000_000_000_000_000
    lines = [
        {"trace_id": TRACE, "span_id": str(number), "name": f"span {number}", "kind": "LLM", "status": "ok",
         "start": start + number * 10**9, "end": start + (number + 1) * 10**9, **span}
        for number, span in enumerate(spans)
    ]  # fmt: skip
    path.write_text("".join(f"{json.dumps({'tracetui': 1, **line})}\n" for line in lines), encoding="utf-8")
    return path


def otlp_file(path: Path, attributes: dict[str, Any]) -> Path:
    """One model call in OTLP with these attributes."""
    given = [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
    span = {"traceId": TRACE, "spanId": f"{1:016x}", "name": "chat", "startTimeUnixNano": "1790000000000000000",
            "endTimeUnixNano": "1790000001000000000", "attributes": given}  # fmt: skip
    line = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": [span]}]}]}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    return path


def price_file(path: Path, text: str) -> Path:
    """A price file with that text."""
    path.write_text(text, encoding="utf-8")
    return path


def one(db: TraceDB, query: str) -> tuple[Any, ...]:
    """The first row of an answer."""
    return tuple(db.read(query).rows(0, 1)[0])
