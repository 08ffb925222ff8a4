"""A trace whose every text tries to act on the terminal, on markup or on the reader's eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACTIONS = (
    "[red]x[/red][/INST][/nosuch][link=http://evil]l[@click=app.quit]Q[/]"
    "\x1b[777mR\x1b[777J\x1b[?1049;777l\x1b[6n\x1b[201~\x1b[777;1H"
    "\x1b]0;PWNED\x07\x1b]8;;http://evil.example\x1b\\L\x1b]8;;\x1b\\\x1b]52;c;UFdORUQ=\x07\x1bP+q544e\x1b\\\x1b_G\x1b\\"
    "\x9b777;1H\x9d0;PWNED\x9c\x90q\x9c\x00\x07\x08\x0e\x0c\x7f\r"
    "\u202eRTL\u202c\u2066i\u2069\u200b\u2060\ufeff\u00ad\U000e0041\U000e0042\u2028\u2029\x85"
    "e" + "\u0301" * 50 + "\ud800"
)
START_S = 1_790_000_000


def hostile_file(folder: Path) -> Path:
    """Write the trace under a hostile name too; the path of it."""
    path = folder / ("run" + ACTIONS[:60].replace("/", "") + "\x1b]0;PWNED\x07\x9b777;1H\u202e.jsonl")
    path.write_bytes(b"".join(line.encode("utf-8", "surrogatepass") + b"\n" for line in _lines()))
    return path


def _lines() -> Iterator[str]:
    for record in (*_spans(), *_traces()):
        # Half of them escaped, half of them raw, as producers do both.
        yield json.dumps(record, ensure_ascii=record.get("span_id", "").endswith("1"))
    yield '{"tracetui": 1, "torn": "' + ACTIONS.replace("\n", "")
    yield json.dumps({"tracetui": 1, ACTIONS: ACTIONS})


def _traces() -> Iterator[dict[str, Any]]:
    yield {"tracetui": 1, "record": "trace", "trace_id": _id("t"), "name": ACTIONS, "session_id": ACTIONS,
           "user_id": ACTIONS, "tags": [ACTIONS], "metadata": {ACTIONS: ACTIONS}}  # fmt: skip
    yield {"tracetui": 1, "record": "score", "trace_id": _id("t"), "name": ACTIONS, "label": ACTIONS,
           "author": ACTIONS, "comment": ACTIONS, "value": 1}  # fmt: skip


def _spans() -> Iterator[dict[str, Any]]:
    for run in ("t", "u"):
        yield _span(run, "1", None, "AGENT", status="error")
        yield _span(run, "2", "1", "LLM", status="ok", **_call())
        yield _span(run, "3", "1", "TOOL", status="error", tool_name=ACTIONS, tool_call_id=_id("call"))
        yield _span(run, "4", "1", ACTIONS, status="ok")
        yield _span(run, "5", "9", "CHAIN", status=ACTIONS)


def _id(name: str) -> str:
    return f"{name}{ACTIONS}"


def _span(run: str, number: str, parent: str | None, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "tracetui": 1, "trace_id": _id(run), "span_id": f"{ACTIONS}{number}",
        "parent_id": None if parent is None else f"{ACTIONS}{parent}", "name": ACTIONS, "kind": kind,
        "kind_original": ACTIONS, "start": START_S + int(number), "end": START_S + 20, "agent": ACTIONS,
        "error_type": ACTIONS, "error_message": f"{ACTIONS}\n{ACTIONS}", "session_id": ACTIONS,
        "environment": ACTIONS, "version": ACTIONS, "input": json.dumps({ACTIONS: [ACTIONS]}),
        "output": f"# {ACTIONS}\n```\n{ACTIONS}\n```\n- {ACTIONS}", "attributes": {ACTIONS: ACTIONS, "n": [ACTIONS]},
        "resource": {ACTIONS: ACTIONS}, "scope": {"name": ACTIONS}, "metadata": {ACTIONS: ACTIONS}, "tags": [ACTIONS],
        "links": [{"trace_id": ACTIONS, "span_id": ACTIONS, "attributes": {ACTIONS: ACTIONS}}],
        "scores": [{"name": ACTIONS, "label": ACTIONS, "author": ACTIONS, "comment": ACTIONS, "value": 0.5}],
        "events": [
            {"name": ACTIONS, "at": START_S + 2, "attributes": {ACTIONS: ACTIONS}},
            {"name": "exception", "at": START_S + 3, "attributes": {
                "exception.type": ACTIONS, "exception.message": ACTIONS, "exception.stacktrace": f"{ACTIONS}\n  {ACTIONS}",
                ACTIONS: ACTIONS}},
        ],
        ACTIONS: ACTIONS, **more,
    }  # fmt: skip


def _call() -> dict[str, Any]:
    parts = [
        {"type": "text", "content": f"{ACTIONS}\n{ACTIONS}"},
        {"type": "thinking", "content": ACTIONS},
        {"type": "tool_call", "content": json.dumps({ACTIONS: ACTIONS}), "tool_call_id": _id("call"), "tool_name": ACTIONS},
        {"type": "tool_result", "content": ACTIONS, "tool_call_id": _id("call"), "tool_name": ACTIONS},
        {"type": "media", "content": "data:image/png;bytes=12", "mime_type": ACTIONS, "size_bytes": 12},
        {"type": ACTIONS, "content": ACTIONS},
    ]  # fmt: skip
    message = {"role": ACTIONS, "name": ACTIONS, "parts": parts, "finish_reason": ACTIONS}
    return {
        "model": ACTIONS, "requested_model": ACTIONS, "provider": ACTIONS, "finish_reasons": [ACTIONS],
        "parameters": {ACTIONS: ACTIONS}, "usage": {"input_tokens": 3, "raw": ACTIONS},
        "input_messages": [message, {**message, "role": "user"}], "output_messages": [{**message, "role": "assistant"}],
        "tools": [{"name": ACTIONS, "description": ACTIONS, "schema": ACTIONS}],
    }  # fmt: skip
