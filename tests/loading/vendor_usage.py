"""Files with calls of known size as each vendor writes them, for tests that load them all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.loading.usage_objects import (
    CALLS,
    Call,
    Calls,
    Values,
    anthropic,
    bedrock,
    gemini,
    genai,
    langchain,
    openai_chat,
    openai_responses,
    openinference,
    vercel,
)

START_S = 1_790_000_000


def trace_of(name: str) -> str:
    """A trace id for each file: traces that two files share would be one."""
    return name.encode().hex()[:32].rjust(32, "a")


def span_id(number: int) -> str:
    """An id in OpenTelemetry's form; 0 is the root."""
    return f"{number + 1:016x}"


def iso(number: int) -> str:
    """The start of a call, in ISO 8601."""
    return f"2026-09-21T14:13:{20 + number:02d}Z"


def lines(values: Sequence[Any]) -> str:
    """Values as JSON lines."""
    return "".join(f"{json.dumps(value)}\n" for value in values)


# --- files -------------------------------------------------------------------------------------------------------


def otlp(
    attributes: Callable[[Call], Values], model_key: str, llm: Values, root: Values
) -> Callable[[Calls], str]:
    """OTLP in lines; the root repeats what its calls report."""

    def write(calls: Calls) -> str:
        spans = [_otlp_span(trace_of(model_key), 0, None, {**root, **attributes(_whole(calls))})]
        for number, call in enumerate(calls, 1):
            spans.append(
                _otlp_span(
                    trace_of(model_key),
                    number,
                    span_id(0),
                    {**llm, model_key: call.model, **attributes(call)},
                )
            )
        return lines([{"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}])

    return write


def _whole(calls: Calls) -> Call:
    sums = {name: sum(getattr(call, name) for call in calls) for name in ("uncached", "read", "write", "text", "reasoning")}  # fmt: skip
    return Call("all", **sums)


def _otlp_span(trace: str, number: int, parent: str | None, attributes: Mapping[str, Any]) -> Values:
    typed = [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
    start = (START_S + number) * 10**9
    return {
        "traceId": trace, "spanId": span_id(number), "parentSpanId": parent or "", "name": f"span {number}",
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9), "attributes": typed,
    }  # fmt: skip


def langsmith(calls: Calls) -> str:
    """Runs of a project; the root carries the sums that the server rolls up."""
    whole = _whole(calls)
    root = {"id": "r0", "run_type": "chain", "prompt_tokens": whole.given, "completion_tokens": whole.out, "total_tokens": whole.total}  # fmt: skip
    rows = [root] + [
        {"id": f"r{n}", "parent_run_id": "r0", "run_type": "llm", "extra": {"metadata": {"ls_model_name": call.model}},
         "outputs": {"generations": [[{"text": "", "message": {"kwargs": {"usage_metadata": langchain(call)}}}]]},
         "prompt_tokens": call.given, "completion_tokens": call.out, "total_tokens": call.total}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    common = {"trace_id": "r0", "name": "x", "inputs": {}, "start_time": iso(0), "end_time": iso(1), "status": "success"}  # fmt: skip
    return lines([{**common, **row} for row in rows])


def phoenix(calls: Calls) -> str:
    """Spans of Phoenix's client."""
    rows: list[Values] = [{"number": 0, "span_kind": "AGENT", "attributes": openinference(_whole(calls))}]
    rows += [
        {"number": n, "span_kind": "LLM", "parent_id": span_id(0), "attributes": {**openinference(call), "llm.model_name": call.model}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    return lines([
        {"id": str(n := row.pop("number")), "name": "x", "context": {"trace_id": trace_of("phoenix"), "span_id": span_id(n)},
         "parent_id": None, "start_time": iso(n), "end_time": iso(n + 1), "status_code": "OK", "status_message": "",
         "events": [], **row}
        for row in rows
    ])  # fmt: skip


def phoenix_parquet(calls: Calls) -> bytes:
    """The table of spans that Phoenix's client saves: a column for each attribute, numbers as DOUBLE."""
    told: list[Values] = [{"span_kind": "AGENT", "parent_id": None, **openinference(_whole(calls))}]
    told += [
        {"span_kind": "LLM", "parent_id": span_id(0), **openinference(call), "llm.model_name": call.model}
        for call in calls
    ]
    rows = [
        {"context.span_id": span_id(n), "context.trace_id": trace_of("table"), "name": "x", "status_code": "OK", "status_message": "",
         "start_time": iso(n), "end_time": iso(n + 1), "span_kind": row.pop("span_kind"), "parent_id": row.pop("parent_id"),
         **{f"attributes.{key}": float(item) if isinstance(item, int) else item for key, item in row.items()}}
        for n, row in enumerate(told)
    ]  # fmt: skip
    out = BytesIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), out)
    return out.getvalue()


def openai_agents(calls: Calls) -> str:
    """A trace and its spans; the span of the task repeats the usage of its generations."""
    spans: list[Values] = [
        {"object": "trace", "id": "trace_f", "workflow_name": "x", "group_id": None, "metadata": None},
        {"id": "span_0", "parent_id": None, "span_data": {"type": "custom", "name": "task", "data": {"usage": openai_responses(_whole(calls))}}},
    ]  # fmt: skip
    spans += [
        {"id": f"span_{n}", "parent_id": "span_0",
         "span_data": {"type": "generation", "input": [], "output": [], "model": call.model, "usage": openai_responses(call)}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    common = {
        "object": "trace.span",
        "trace_id": "trace_f",
        "started_at": iso(0),
        "ended_at": iso(1),
        "error": None,
    }
    return lines([spans[0], *({**common, **span} for span in spans[1:])])


def mlflow(calls: Calls) -> str:
    """A trace of MLflow 3; attributes are JSON texts."""

    def span(number: int, kind: str, attributes: Values) -> Values:
        start = (START_S + number) * 10**9
        told = {"mlflow.spanType": kind, "mlflow.traceRequestId": "tr-f", **attributes}
        return {
            "trace_id": "nQt4Ai5nnL/8TK7q2x2v7g==", "span_id": f"Y56ty1fNd{number}4=", "name": "x",
            "parent_span_id": "Y56ty1fNd04=" if number else None, "start_time_unix_nano": start,
            "end_time_unix_nano": start + 10**9, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""},
            "attributes": {key: json.dumps(value) for key, value in told.items()},
        }  # fmt: skip

    def usage(call: Call) -> Values:
        return {
            "input_tokens": call.given, "output_tokens": call.out, "total_tokens": call.total,
            "cache_read_input_tokens": call.read, "cache_creation_input_tokens": call.write,
        }  # fmt: skip

    spans = [span(0, "AGENT", {})] + [
        span(n, "CHAT_MODEL", {"mlflow.chat.tokenUsage": usage(call), "mlflow.llm.model": call.model})
        for n, call in enumerate(calls, 1)
    ]
    info = {"trace_id": "tr-f", "request_time": iso(0), "state": "OK", "trace_metadata": {"mlflow.trace.tokenUsage": json.dumps(usage(_whole(calls)))}, "tags": {}}  # fmt: skip
    return json.dumps({"traces": [{"info": info, "data": {"spans": spans}}]})


def weave(calls: Calls) -> str:
    """Calls of Weave: the usage of a parent is the sum of those below."""
    whole = {call.model: {"requests": 2, **openai_chat(_whole([c for c in calls if c.model == call.model]))} for call in calls}  # fmt: skip
    rows: list[Values] = [{"id": "c0", "parent_id": None, "summary": {"usage": whole}}]
    rows += [
        {"id": f"c{n}", "parent_id": "c0", "op_name": "weave:///a/b/op/openai.chat.completions.create:x",
         "inputs": {"model": call.model, "messages": []}, "output": {"model": call.model},
         "summary": {"usage": {call.model: {"requests": 1, **openai_chat(call)}}}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    common: Values = {"project_id": "a/b", "op_name": "weave:///a/b/op/agent:x", "trace_id": "t", "inputs": {}, "output": None, "started_at": iso(0), "ended_at": iso(1), "exception": None, "attributes": {}}  # fmt: skip
    return lines([{**common, **row} for row in rows])


def braintrust(calls: Calls) -> str:
    """Rows of Braintrust's logs."""
    rows = [{"id": "b0", "span_id": "b0", "span_parents": [], "span_attributes": {"name": "agent", "type": "task"}, "metrics": {"start": START_S, "end": START_S + 9}}]  # fmt: skip
    rows += [
        {"id": f"b{n}", "span_id": f"b{n}", "span_parents": ["b0"], "span_attributes": {"name": "Chat Completion", "type": "llm"},
         "metadata": {"model": call.model},
         "metrics": {"start": START_S + n, "end": START_S + n + 1, "tokens": call.total, "prompt_tokens": call.given,
            "completion_tokens": call.out, "prompt_cached_tokens": call.read, "prompt_cache_creation_tokens": call.write,
            "completion_reasoning_tokens": call.reasoning}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    return lines(
        [{"root_span_id": "b0", "project_id": "p", "log_id": "g", "created": iso(0), **row} for row in rows]
    )


def logfire(calls: Calls) -> str:
    """Rows of Logfire's query API; the agent's span repeats the usage of its calls."""

    def row(number: int, attributes: Values) -> Values:
        return {
            "trace_id": trace_of("logfire"), "span_id": span_id(number), "parent_span_id": span_id(0) if number else None, "kind": "span",
            "span_name": "x", "message": "x", "start_timestamp": iso(number), "end_timestamp": iso(number + 1),
            "duration": 1.0, "level": 9, "is_exception": False, "otel_scope_name": "pydantic-ai", "otel_status_code": "UNSET",
            "service_name": "s", "attributes": attributes,
        }  # fmt: skip

    rows = [row(0, {"gen_ai.operation.name": "invoke_agent", **genai(_whole(calls))})]
    chat = {"gen_ai.operation.name": "chat"}
    rows += [row(n, {**chat, "gen_ai.request.model": c.model, **genai(c)}) for n, c in enumerate(calls, 1)]
    return lines(rows)


def opik(calls: Calls) -> str:
    """A trace of Opik with its spans: details of the provider are flattened under `original_usage`."""

    def usage(call: Call) -> Values:
        return {
            "prompt_tokens": call.given, "completion_tokens": call.out, "total_tokens": call.total,
            "original_usage.prompt_tokens": call.given,
            "original_usage.prompt_tokens_details.cached_tokens": call.read,
            "original_usage.completion_tokens_details.reasoning_tokens": call.reasoning,
        }  # fmt: skip

    spans = [
        {"id": f"o{n}", "trace_id": "o", "parent_span_id": None, "name": "chat", "type": "llm", "model": call.model, "usage": usage(call),
         "start_time": iso(n), "end_time": iso(n + 1), "input": {}, "output": {}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    trace = {"id": "o", "name": "x", "start_time": iso(0), "end_time": iso(9), "input": {}, "output": {}, "usage": usage(_whole(calls))}  # fmt: skip
    return json.dumps({"trace": trace, "spans": spans})


def langfuse(calls: Calls) -> str:
    """A trace of Langfuse: buckets beside each other."""

    def usage(call: Call) -> Values:
        return {
            "input": call.uncached, "input_cached_tokens": call.read, "input_cache_creation": call.write,
            "output": call.text, "output_reasoning_tokens": call.reasoning, "total": call.total,
        }  # fmt: skip

    observations = [
        {"id": f"f{n}", "traceId": "f", "type": "GENERATION", "name": "chat", "model": call.model, "startTime": iso(n),
         "endTime": iso(n + 1), "parentObservationId": None, "usageDetails": usage(call), "level": "DEFAULT"}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    return json.dumps(
        {"id": "f", "name": "x", "timestamp": iso(0), "observations": observations, "scores": []}
    )


def inspect(calls: Calls) -> str:
    """A log of Inspect: cached tokens beside the input, a total of all, and the sums of the sample."""

    def usage(call: Call) -> Values:
        return {
            "input_tokens": call.uncached, "output_tokens": call.out, "total_tokens": call.total,
            "input_tokens_cache_read": call.read, "input_tokens_cache_write": call.write,
            "reasoning_tokens": call.reasoning,
        }  # fmt: skip

    def message(text: str) -> Values:
        return {"role": "assistant", "content": text}

    events = [
        {"event": "model", "uuid": f"e{n}", "span_id": "s", "timestamp": iso(n), "completed": iso(n + 1), "model": call.model,
         "input": [], "tools": [], "tool_choice": "none", "config": {},
         "output": {"model": call.model, "choices": [{"message": message("x"), "stop_reason": "stop"}], "usage": usage(call)}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    sample = {
        "id": 1, "epoch": 1, "input": "x", "target": "y", "messages": [], "events": events, "scores": {}, "uuid": "u",
        "model_usage": {"fixture": usage(_whole(calls))}, "started_at": iso(0), "completed_at": iso(9),
    }  # fmt: skip
    about = {"task": "t", "model": "fixture", "created": iso(0), "run_id": "r", "eval_id": "e", "task_id": "i", "dataset": {}, "config": {}}  # fmt: skip
    stats = {"model_usage": {"fixture": usage(_whole(calls))}}
    return json.dumps({"version": 2, "status": "success", "eval": about, "plan": {}, "stats": stats, "samples": [sample]})  # fmt: skip


def claude_code(calls: Calls) -> str:
    """A session of Claude Code."""
    rows: list[Values] = [
        {"type": "user", "uuid": "u0", "parentUuid": None, "message": {"role": "user", "content": "Go"}}
    ]
    rows += [
        {"type": "assistant", "uuid": f"u{n}", "parentUuid": f"u{n - 1}", "requestId": f"q{n}",
         "message": {"id": f"m{n}", "type": "message", "role": "assistant", "model": call.model, "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "So"}], "usage": anthropic(call)}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    common = {"sessionId": "9f1c9a52-7d64-4b0e-9a77-51c2e8d0f4a1", "version": "2.1.14", "isSidechain": False, "userType": "external", "cwd": "/srv"}  # fmt: skip
    return lines([{**common, "timestamp": iso(n), **row} for n, row in enumerate(rows)])


def codex_rollout(calls: Calls) -> str:
    """A rollout of Codex: each count comes with the sum so far."""
    rows: list[tuple[str, Values]] = [
        ("session_meta", {"id": "01970000-9999-7000-8000-00000000ffff", "cwd": "/srv", "originator": "x", "cli_version": "0.123.0", "model_provider": "o"}),
        ("event_msg", {"type": "user_message", "message": "Go"}),
    ]  # fmt: skip
    for n, call in enumerate(calls, 1):
        rows += [
            ("turn_context", {"turn_id": f"t{n}", "cwd": "/srv", "model": call.model}),
            ("response_item", {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "So"}]}),
            ("event_msg", {"type": "token_count", "info": {
                "total_token_usage": _codex(_whole(calls[:n])), "last_token_usage": _codex(call)}}),
        ]  # fmt: skip
    return lines(
        [{"timestamp": iso(n), "type": kind, "payload": payload} for n, (kind, payload) in enumerate(rows)]
    )


def _codex(call: Call) -> Values:
    return {
        "input_tokens": call.given, "cached_input_tokens": call.read, "output_tokens": call.out,
        "reasoning_output_tokens": call.reasoning, "total_tokens": call.total,
    }  # fmt: skip


def gemini_cli(calls: Calls) -> str:
    """A session of Gemini CLI."""
    rows: list[Values] = [{"id": "m0", "type": "user", "content": "Go"}]
    rows += [
        {"id": f"m{n}", "type": "gemini", "content": "So", "thoughts": [], "model": call.model,
         "tokens": {"input": call.given, "output": call.text, "cached": call.read, "thoughts": call.reasoning, "tool": 0, "total": call.total}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    messages = [{**row, "timestamp": iso(n)} for n, row in enumerate(rows)]
    return json.dumps({"sessionId": "9d0f6c1e-41a4-4f39-8a43-0c8fd52f1b90", "projectHash": "9", "startTime": iso(0), "lastUpdated": iso(9), "messages": messages})  # fmt: skip


def google_adk(calls: Calls) -> str:
    """Events of a session of the Agent Development Kit."""
    rows = [{"id": "e0", "author": "user", "content": {"role": "user", "parts": [{"text": "Go"}]}}] + [
        {"id": f"e{n}", "author": "agent", "content": {"role": "model", "parts": [{"text": "So"}]}, "modelVersion": call.model,
         "finishReason": "STOP", "usageMetadata": gemini(call)}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    events = [{"invocationId": "i", "timestamp": START_S + n, "actions": {"stateDelta": {}}, **row} for n, row in enumerate(rows)]  # fmt: skip
    return json.dumps({"id": "adk-f", "appName": "a", "userId": "u", "state": {}, "events": events, "lastUpdateTime": START_S + 9})  # fmt: skip


def pydantic_ai(calls: Calls) -> str:
    """Messages of Pydantic AI."""
    asked = {"kind": "request", "timestamp": iso(0), "parts": [{"part_kind": "user-prompt", "content": "Go", "timestamp": iso(0)}]}  # fmt: skip
    answers = [
        {"kind": "response", "timestamp": iso(n), "model_name": call.model, "parts": [{"part_kind": "text", "content": "So"}],
         "usage": {"input_tokens": call.given, "cache_read_tokens": call.read, "cache_write_tokens": call.write,
            "output_tokens": call.out, "details": {"reasoning_tokens": call.reasoning}}}
        for n, call in enumerate(calls, 1)
    ]  # fmt: skip
    return json.dumps([message for answer in answers for message in (asked, answer)])


def chat(usage: Callable[[Call], Values]) -> Callable[[Calls], str]:
    """Messages with the usage of each answer."""

    def write(calls: Calls) -> str:
        return lines([
            message
            for call in calls
            for message in (
                {"role": "user", "content": f"{call.name} by {usage.__name__}"},
                {"role": "assistant", "content": "So", "model": call.model, "usage": usage(call)},
            )
        ])  # fmt: skip

    return write


AGENT = {"openinference.span.kind": "AGENT"}
LLM = {"openinference.span.kind": "LLM"}
FILES: Mapping[str, tuple[str, Callable[[Calls], str | bytes]]] = {
    "otlp_genai.jsonl": ("otlp", otlp(genai, "gen_ai.request.model", {"gen_ai.operation.name": "chat"}, {"gen_ai.operation.name": "invoke_agent"})),
    "otlp_openinference.jsonl": ("otlp", otlp(openinference, "llm.model_name", LLM, AGENT)),
    "otlp_vercel.jsonl": ("otlp", otlp(vercel, "ai.model.id", {"ai.operationId": "ai.generateText.doGenerate"}, {"ai.operationId": "ai.generateText"})),
    "langsmith.jsonl": ("langsmith", langsmith), "phoenix.jsonl": ("phoenix", phoenix), "phoenix.parquet": ("phoenix", phoenix_parquet),
    "openai_agents.jsonl": ("openai_agents", openai_agents), "mlflow.json": ("mlflow", mlflow),
    "weave.jsonl": ("weave", weave), "braintrust.jsonl": ("braintrust", braintrust),
    "logfire.jsonl": ("logfire", logfire), "opik.json": ("opik", opik), "langfuse.json": ("langfuse", langfuse),
    "inspect.json": ("inspect_ai", inspect), "claude_code.jsonl": ("claude_code", claude_code),
    "codex.jsonl": ("codex_rollout", codex_rollout), "gemini_cli.json": ("gemini_cli", gemini_cli),
    "google_adk.json": ("google_adk", google_adk), "pydantic_ai.json": ("pydantic_ai", pydantic_ai),
    "chat_openai.jsonl": ("chat_messages", chat(openai_chat)),
    "chat_anthropic.jsonl": ("chat_messages", chat(anthropic)),
    "chat_bedrock.jsonl": ("chat_messages", chat(bedrock)),
}  # fmt: skip
"""File name: the format that reads it, and what writes it."""

KNOW_NO_WRITES = frozenset(
    ("otlp_vercel.jsonl", "opik.json", "codex.jsonl", "gemini_cli.json", "google_adk.json")
)
KNOW_NO_REASONING = frozenset(("mlflow.json", "chat_bedrock.jsonl"))


def calls_of(name: str) -> tuple[Call, ...]:
    """The calls that a file can tell whole."""
    return tuple(
        call
        for call in CALLS
        if not (call.write and name in KNOW_NO_WRITES) and not (call.reasoning and name in KNOW_NO_REASONING)
    )
