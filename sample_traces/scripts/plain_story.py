"""Write `plain/`: a story in tracetui's own format, by hand, as an exporter of one's own would write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from fixed_world import ROOT

BEGAN = datetime(2026, 4, 21, 9, 30, tzinfo=UTC)
TRACE = "invoice-check-0421"
SYSTEM = "You check invoices against orders. Use the tools; answer with the difference in EUR."
QUESTION = "Does invoice INV-3071 match what we ordered?"
CALL = {"invoice": "INV-3071"}


def at(seconds: float) -> str:
    """A moment of the story, in ISO 8601."""
    return f"{(BEGAN + timedelta(seconds=seconds)).isoformat(timespec='milliseconds')[:23]}Z"


def span(span_id: str, name: str, kind: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    """One span line; `more` are its further fields."""
    line = {"tracetui": 1, "trace_id": TRACE, "span_id": span_id, "name": name, "kind": kind}
    return {**line, "start": at(start), "end": at(end), "status": "ok", **more}


def text(role: str, content: str) -> dict[str, Any]:
    """A message of one text part."""
    return {"role": role, "parts": [{"type": "text", "content": content}]}


def asks(call_id: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """An answer of the model that asks for a tool."""
    part = {"type": "tool_call", "tool_call_id": call_id, "tool_name": tool, "content": json.dumps(arguments)}
    return {"role": "assistant", "finish_reason": "tool_calls", "parts": [part]}


def answers(call_id: str, tool: str, content: str, is_error: bool = False) -> dict[str, Any]:
    """The result of a tool as the model gets it."""
    part = {"type": "tool_result", "tool_call_id": call_id, "tool_name": tool, "content": content}
    return {"role": "tool", "parts": [{**part, "is_error": True} if is_error else part]}


def model_call(span_id: str, start: float, end: float, given: list[dict[str, Any]], answer: dict[str, Any],
               usage: dict[str, Any], **more: Any) -> dict[str, Any]:  # fmt: skip
    """A model call with its messages and usage."""
    return span(
        span_id, "chat", "LLM", start, end, parent_id="1", agent="invoice-checker", provider="openai",
        requested_model="gpt-4o-mini", model="gpt-4o-mini-2024-07-18", parameters={"temperature": 0}, usage=usage,
        finish_reasons=[answer["finish_reason"]], input_messages=given, output_messages=[answer], **more,
    )  # fmt: skip


def tool(span_id: str, call_id: str, start: float, end: float, name: str, arguments: dict[str, Any],
         **more: Any) -> dict[str, Any]:  # fmt: skip
    """One execution of a tool."""
    return span(
        span_id, name, "TOOL", start, end, parent_id="1", agent="invoice-checker", tool_name=name,
        tool_call_id=call_id, input=json.dumps(arguments), **more,
    )  # fmt: skip


def story() -> list[dict[str, Any]]:
    """An invoice is read at the second try; then the order system does not answer and the run fails."""
    offered = [
        {"name": name, "description": what, "schema": json.dumps({"type": "object", "properties": {key: {"type": "string"}}, "required": [key]})}
        for name, what, key in (("read_invoice", "Lines of an invoice", "invoice"), ("read_order", "Lines of an order", "order"))
    ]  # fmt: skip
    lines = json.dumps({"order": "PO-118", "lines": [{"sku": "MUG-7", "pieces": 40, "eur": "212.00"}]})
    busy = "ServiceBusy: the archive answered 503"
    first = [text("system", SYSTEM), text("user", QUESTION)]
    ask_1 = asks("call_1", "read_invoice", CALL)
    ask_2 = asks("call_2", "read_invoice", CALL)
    ask_3 = asks("call_3", "read_order", {"order": "PO-118"})
    second = [*first, ask_1, answers("call_1", "read_invoice", busy, is_error=True)]
    third = [*second, ask_2, answers("call_2", "read_invoice", lines)]
    gone = "order system closed the connection"
    raised = {"exception.type": "ConnectionError", "exception.message": gone,
              "exception.stacktrace": f'Traceback (most recent call last):\n  File "orders.py", line 31, in read_order\nConnectionError: {gone}'}  # fmt: skip
    return [
        {"tracetui": 1, "record": "trace", "trace_id": TRACE, "name": "check invoice", "session_id": "desk-4",
         "user_id": "u-19", "metadata": {"customer": "Potter & Sons"}, "tags": ["nightly", "sample"]},
        # a start line alone, merged with its end line at the bottom
        {"tracetui": 1, "trace_id": TRACE, "span_id": "1", "name": "invoice-checker", "kind": "AGENT",
         "agent": "invoice-checker", "start": at(0), "input": QUESTION},
        model_call("2", 0.05, 1.4, first, ask_1, {"input_tokens": 118, "output_tokens": 19, "cost_usd": "0.0000291"},
                   ttft_ns=410_000_000, tools=offered),
        tool("3", "call_1", 1.42, 2.02, "read_invoice", CALL, status="error", error_type="ServiceBusy",
             error_message="the archive answered 503", http_status=503,
             events=[{"name": "exception", "at": at(2.01), "attributes": {
                 "exception.type": "ServiceBusy", "exception.message": "the archive answered 503"}}]),
        model_call("4", 2.05, 2.9, second, ask_2, {"input_tokens": 161, "output_tokens": 19, "cache_read_tokens": 112,
                                                   "cost_usd": "0.0000272"}, tools=offered),
        tool("5", "call_2", 2.92, 3.3, "read_invoice", CALL, output=lines,
             events=[{"name": "retry", "at": at(2.93), "attributes": {"attempt": 2}}]),
        model_call("6", 3.33, 4.6, third, ask_3, {"input_tokens": 233, "output_tokens": 17, "reasoning_tokens": 0,
                                                  "cost_usd": "0.0000452"}, tools=offered),
        tool("7", "call_3", 4.62, 9.62, "read_order", {"order": "PO-118"}, status="error",
             error_type="ConnectionError", error_message=gone,
             events=[{"name": "exception", "at": at(9.61), "attributes": raised}],
             links=[{"trace_id": "orders-7718", "span_id": "a1", "attributes": {"service": "orders"}}]),
        span("1", "invoice-checker", "AGENT", 0, 9.7, agent="invoice-checker", status="error",
             error_type="ConnectionError", error_message=gone, version="0.8.2", environment="staging",
             resource={"service.name": "invoice-checker", "host.name": "desk"}, attributes={"queue": "invoices"},
             scores=[{"name": "within 10 s", "passed": True, "kind": "code"}]),
        {"tracetui": 1, "record": "score", "trace_id": TRACE, "span_id": "1", "name": "solved", "value": 0,
         "label": "no", "passed": False, "kind": "human", "author": "ana", "comment": "the order was never read",
         "at": "2026-04-21T11:02:00Z"},
    ]  # fmt: skip


if __name__ == "__main__":
    target = ROOT / "plain" / "invoice_check.jsonl"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(f"{json.dumps(line)}\n" for line in story()), encoding="utf-8")
