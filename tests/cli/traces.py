"""Small OTLP files made for a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOSTILE = "a[red]b[/nosuch]\x1b[31mc\x1b]8;;http://x\x07d\x1b]52;c;eA==\x07e\x9b2Jf\u202eg\u200bh\u2028i\x00j\x7fk\U000e0041l"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def otlp_file(path: Path, spans: list[dict[str, Any]]) -> Path:
    """Write one line of OTLP/JSON with these spans."""
    line = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    return path


def span(number: int, name: str, parent: int | None = None, attributes: Mapping[str, str] | None = None,
         error: str | None = None, trace_id: str = TRACE_ID) -> dict[str, Any]:  # fmt: skip
    """One OTLP span that lasts a second; `error` gives it that message as its failed status."""
    made: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": f"{number:016x}",
        "parentSpanId": "" if parent is None else f"{parent:016x}",
        "name": name,
        "startTimeUnixNano": str(1_760_000_000_000_000_000 + number * 1_000_000_000),
        "endTimeUnixNano": str(1_760_000_001_000_000_000 + number * 1_000_000_000),
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in (attributes or {}).items()],
    }
    if error is not None:
        made["status"] = {"code": 2, "message": error}
    return made


def hostile_file(path: Path) -> Path:
    """A run whose every text holds escape sequences, markup, bidirectional and invisible characters."""
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": HOSTILE,
        "gen_ai.tool.call.arguments": json.dumps({HOSTILE: HOSTILE}),
        "gen_ai.tool.call.result": HOSTILE,
        HOSTILE: HOSTILE,
    }
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": HOSTILE,
        "gen_ai.input.messages": json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": HOSTILE}]}]
        ),
    }
    return otlp_file(
        path,
        [
            span(
                1, HOSTILE, attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": HOSTILE}
            ),
            span(2, HOSTILE, parent=1, attributes=call),
            span(3, HOSTILE, parent=1, attributes=tool, error=HOSTILE),
        ],
    )
