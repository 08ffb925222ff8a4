"""Shaped by hand: one short run each as AgentOps, Logfire and Opik export it; nobody ran a model."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parent.parent
START = datetime(2026, 4, 8, 7, 30, 0, tzinfo=UTC)
Row = dict[str, Any]

ASKED = [{"role": "user", "content": "Is the ferry to Orsa running today?"}]
CALL = {
    "id": "call_f1",
    "type": "function",
    "function": {"name": "ferry_status", "arguments": '{"line": "Orsa"}'},
}
REFUSED = "ConnectionError: timetable server refused the connection"
ANSWER = "I could not reach the timetable. Please ask at the pier."


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def agentops() -> Row:
    trace = "7d1f0c2b9a8e4f6db5c3a1e0f2d4c6b8"

    def span(
        own: str, parent: str, name: str, kind: str, begin: float, end: float, attributes: Row, **more: Any
    ) -> Row:
        return {
            "freeplan_truncated": False, "span_id": own, "parent_span_id": parent, "span_name": name,
            "span_kind": "Internal", "span_type": kind, "service_name": "agentops", "start_time": at(begin),
            "end_time": at(end), "duration": round((end - begin) * 1e9), "status_code": "OK", "status_message": "",
            "attributes": {}, "resource_attributes": {"service": {"name": "agentops"}},
            "span_attributes": {"agentops": {"span": {"kind": kind}}, **attributes}, **more,
        }  # fmt: skip

    first = {"gen_ai": {"request": {"model": "gpt-4o-mini"}, "prompt": ASKED, "usage": {"prompt_tokens": 41, "completion_tokens": 17},
                        "completion": [{"role": "assistant", "content": "", "finish_reason": "tool_calls", "tool_calls": [
                            {"id": "call_f1", "name": "ferry_status", "arguments": '{"line": "Orsa"}'}]}]}}  # fmt: skip
    told = [*ASKED, {"role": "tool", "content": REFUSED, "tool_call_id": "call_f1"}]
    second = {"gen_ai": {"request": {"model": "gpt-4o-mini"}, "prompt": told, "usage": {"prompt_tokens": 79, "completion_tokens": 15},
                         "completion": [{"role": "assistant", "content": ANSWER, "finish_reason": "stop"}]}}  # fmt: skip
    failed = {
        "agentops": {
            "span": {"kind": "tool"},
            "entity": {"name": "ferry_status", "input": '{"line": "Orsa"}'},
        }
    }
    spans = [
        span("1a00000000000001", "", "ferry_helper.session", "session", 0, 4.2, {}),
        span("1a00000000000002", "1a00000000000001", "ferry_helper.agent", "agent", 0.01, 4.1, {"agentops": {"span": {"kind": "agent"}, "entity": {"name": "ferry_helper"}}}),
        span("1a00000000000003", "1a00000000000002", "openai.chat.completion", "llm", 0.1, 1.2, first, metrics={"total_cost": "0.000016350"}),
        span("1a00000000000004", "1a00000000000002", "ferry_status.tool", "tool", 1.2, 2.7, failed, status_code="ERROR", status_message=REFUSED),
        span("1a00000000000005", "1a00000000000002", "openai.chat.completion", "llm", 2.7, 4.0, second, metrics={"total_cost": "0.000020850"}),
    ]  # fmt: skip
    info = {"freeplan_truncated": False, "trace_id": trace, "root_service_name": "agentops",
            "root_span_name": "ferry_helper.session", "start_time": at(0), "end_time": at(4.2), "duration": 4_200_000_000,
            "span_count": 5, "error_count": 1, "tags": ["ferry"], "total_cost": 0.0000372}  # fmt: skip
    return {"trace": info, "spans": spans}


def logfire() -> list[Row]:
    trace = "0196133e4c7b8a9f0e1d2c3b4a596877"

    def row(
        own: str, parent: str | None, name: str, begin: float, end: float, attributes: Row, **more: Any
    ) -> Row:
        return {
            "created_at": at(end), "start_timestamp": at(begin), "end_timestamp": at(end), "duration": round(end - begin, 6),
            "trace_id": trace, "span_id": own, "parent_span_id": parent, "kind": "span", "level": 9, "span_name": name,
            "message": name, "is_exception": False, "exception_type": None, "exception_message": None,
            "exception_stacktrace": None, "tags": [], "otel_scope_name": "pydantic-ai", "otel_status_code": "UNSET",
            "otel_status_message": None, "otel_events": [], "otel_links": [], "service_name": "ferry-desk",
            "deployment_environment": "production", "attributes": attributes, **more,
        }  # fmt: skip

    def chat(usage: tuple[int, int], given: list[Row], said: Row) -> Row:
        return {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.usage.input_tokens": usage[0], "gen_ai.usage.output_tokens": usage[1],
                "gen_ai.input.messages": given, "gen_ai.output.messages": [said]}  # fmt: skip

    asked = {"role": "user", "parts": [{"type": "text", "content": ASKED[0]["content"]}]}
    called = {"role": "assistant", "finish_reason": "tool_call", "parts": [
        {"type": "tool_call", "id": "call_f1", "name": "ferry_status", "arguments": {"line": "Orsa"}}]}  # fmt: skip
    refused = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_f1", "result": REFUSED}]}
    answered = {"role": "assistant", "finish_reason": "stop", "parts": [{"type": "text", "content": ANSWER}]}
    stack = f'Traceback (most recent call last):\n  File "app/ferry.py", line 12, in ferry_status\n{REFUSED}'
    return [
        row("2b00000000000001", None, "invoke_agent ferry_helper", 0, 4.2,
            {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "ferry_helper", "final_result": ANSWER}),
        row("2b00000000000002", "2b00000000000001", "chat gpt-4o-mini", 0.1, 1.2, chat((41, 17), [asked], called)),
        row("2b00000000000003", "2b00000000000001", "execute_tool ferry_status", 1.2, 2.7,
            {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ferry_status", "gen_ai.tool.call.id": "call_f1",
             "gen_ai.tool.call.arguments": '{"line": "Orsa"}'},
            level=17, is_exception=True, exception_type="ConnectionError", exception_message=REFUSED.partition(": ")[2],
            exception_stacktrace=stack, otel_status_code="ERROR", otel_status_message=REFUSED),
        row("2b00000000000004", "2b00000000000001", "timetable {line} unreachable", 2.71, 2.71, {"line": "Orsa"},
            kind="log", level=13, message="timetable Orsa unreachable"),
        row("2b00000000000005", "2b00000000000001", "chat gpt-4o-mini", 2.72, 4.0, chat((79, 15), [asked, called, refused], answered)),
    ]  # fmt: skip


OPIK_TRACE = "01961340-1111-7aaa-8bbb-000000000001"


def opik_span(
    number: int, name: str, kind: str, begin: float, end: float, parent: int | None = None, **more: Any
) -> Row:
    own = f"01961340-1111-7aaa-8bbb-00000000001{number}"
    above = None if parent is None else f"01961340-1111-7aaa-8bbb-00000000001{parent}"
    return {"id": own, "trace_id": OPIK_TRACE, "parent_span_id": above, "name": name, "type": kind, "start_time": at(begin),
            "end_time": at(end), "duration": (end - begin) * 1000, "input": None, "output": None, "metadata": None,
            "model": None, "provider": None, "tags": None, "usage": None, "error_info": None,
            "feedback_scores": None, "total_estimated_cost": None, **more}  # fmt: skip


def opik() -> Row:
    model = {"model": "gpt-4o-mini", "provider": "openai"}
    said = {
        "choices": [
            {
                "finish_reason": "tool_calls",
                "message": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            }
        ]
    }
    told = [
        *ASKED,
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_f1", "content": REFUSED},
    ]
    answer = {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}]}
    error = {"exception_type": "ConnectionError", "message": REFUSED.partition(": ")[2],
             "traceback": f"Traceback (most recent call last):\n  File \"app/ferry.py\", line 12, in ferry_status\n{REFUSED}"}  # fmt: skip
    spans = [
        opik_span(1, "ferry_helper", "general", 0.01, 4.1, input={"question": ASKED[0]["content"]}, output={"answer": ANSWER}),
        opik_span(2, "chat_completion_create", "llm", 0.1, 1.2, 1, input={"messages": ASKED}, output=said, **model,
             usage={"prompt_tokens": 41, "completion_tokens": 17, "total_tokens": 58}, total_estimated_cost=0.00001635),
        opik_span(3, "ferry_status", "tool", 1.2, 2.7, 1, input={"line": "Orsa"}, error_info=error),
        opik_span(4, "chat_completion_create", "llm", 2.7, 4.0, 1, input={"messages": told}, output=answer, **model,
             usage={"prompt_tokens": 79, "completion_tokens": 15, "total_tokens": 94}, total_estimated_cost=0.00002085),
    ]  # fmt: skip
    score = {
        "name": "helpful",
        "category_name": None,
        "value": 0.0,
        "reason": "No answer.",
        "source": "ui",
        "created_by": "mira",
    }
    info = {"id": OPIK_TRACE, "project_id": "01961340-0000-7aaa-8bbb-000000000000", "name": "ferry question", "start_time": at(0), "end_time": at(4.2),
            "duration": 4200.0, "input": {"question": ASKED[0]["content"]}, "output": {"answer": ANSWER}, "metadata": {"pier": 3},
            "tags": ["ferry"], "thread_id": "desk-77", "error_info": None, "usage": {"prompt_tokens": 120, "completion_tokens": 32, "total_tokens": 152},
            "total_estimated_cost": 0.0000372, "feedback_scores": [score], "span_count": 4, "llm_span_count": 2}  # fmt: skip
    return {"trace": info, "spans": spans}


def write(folder: str, name: str, text: str) -> None:
    path = SAMPLES / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    write("agentops", "ferry_trace.json", json.dumps(agentops(), indent=2) + "\n")
    write("logfire", "ferry_rows.jsonl", "".join(json.dumps(row) + "\n" for row in logfire()))
    write("opik", "ferry_trace.json", json.dumps(opik(), indent=2) + "\n")


if __name__ == "__main__":
    main()
