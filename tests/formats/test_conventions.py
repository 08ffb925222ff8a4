"""Attributes to columns: kinds, scalar columns, usage, messages, tools, parameters of every convention."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.formats.otel_builders import START, batch, key_values, one_span, otlp_span
from tracetui.formats.otlp import FORMAT
from tracetui.formats.usage import is_known
from tracetui.model import Part, PartType, Score, Span, SpanKind, Status, ToolDefinition


def read(attributes: dict[str, Any], **fields: Any) -> Span:
    return one_span(FORMAT, batch(otlp_span(attributes, **fields)))


def texts(messages: Any) -> list[tuple[str, str | None]]:
    return [(message.role, message.parts[0].content) for message in messages]


@pytest.mark.parametrize(
    ("attributes", "name", "kind", "original"),
    [
        ({"gen_ai.operation.name": "chat"}, "x", SpanKind.LLM, "chat"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "x", SpanKind.CHAIN, "invoke_workflow"),
        ({"gen_ai.operation.name": "search_memory"}, "x", SpanKind.MEMORY, "search_memory"),
        ({"gen_ai.operation.name": "dance"}, "x", SpanKind.UNKNOWN, "dance"),
        ({"openinference.span.kind": "reranker"}, "x", SpanKind.RERANKER, "reranker"),
        (
            {"langfuse.observation.type": "generation", "openinference.span.kind": "TOOL"},
            "x",
            SpanKind.LLM,
            "generation",
        ),
        ({"openinference.span.kind": "TOOL", "gen_ai.operation.name": "chat"}, "x", SpanKind.TOOL, "TOOL"),
        ({"langfuse.observation.type": "span", "gen_ai.operation.name": "chat"}, "x", SpanKind.LLM, "span"),
        ({"langfuse.observation.type": "span"}, "x", SpanKind.CHAIN, "span"),
        ({"openinference.span.kind": "UNKNOWN"}, "x", SpanKind.UNKNOWN, "UNKNOWN"),
        ({"traceloop.span.kind": "workflow"}, "x", SpanKind.CHAIN, "workflow"),
        ({"llm.request.type": "embedding"}, "x", SpanKind.EMBEDDING, "embedding"),
        ({"mlflow.spanType": '"CHAT_MODEL"'}, "x", SpanKind.LLM, '"CHAT_MODEL"'),
        ({"ai.operationId": "ai.streamText.doStream"}, "x", SpanKind.LLM, "ai.streamText.doStream"),
        ({"ai.operationId": "ai.generateText"}, "x", SpanKind.AGENT, "ai.generateText"),
        ({"gen_ai.tool.name": "find"}, "running tool", SpanKind.TOOL, "INTERNAL"),
        ({"github.copilot.permission.kind": "shell"}, "permission", SpanKind.APPROVAL, "INTERNAL"),
        ({"gen_ai.request.model": "m"}, "call_llm", SpanKind.LLM, "INTERNAL"),
        ({"openinference.span.kind": "TOOL"}, "handoff to billing", SpanKind.HANDOFF, "TOOL"),
        ({}, "execute_event_loop_cycle", SpanKind.CHAIN, "INTERNAL"),
        ({"http.method": "GET"}, "GET /chat", SpanKind.UNKNOWN, "INTERNAL"),
    ],
)
def test_kinds(attributes: dict[str, Any], name: str, kind: SpanKind, original: str) -> None:
    span = read(attributes, name=name)
    assert (span.kind, span.kind_original) == (kind, original)


@pytest.mark.parametrize(
    ("column", "attributes", "expected"),
    [
        ("agent", {"gen_ai.agent.name": "a", "agent.name": "b"}, "a"),
        ("agent", {"traceloop.span.kind": "agent", "traceloop.entity.name": "planner"}, "planner"),
        ("agent", {"traceloop.span.kind": "task", "traceloop.entity.name": "planner"}, None),
        ("model", {"gen_ai.request.model": "m", "gen_ai.response.model": "m-2026"}, "m-2026"),
        ("requested_model", {"gen_ai.request.model": "m", "gen_ai.response.model": "m-2026"}, "m"),
        ("model", {"llm.model_name": "m"}, "m"),
        ("model", {"gen_ai.response.model": "", "gen_ai.request.model": "m"}, "m"),
        ("model", {"gen_ai.response.model": ["m"], "gen_ai.request.model": "n"}, "n"),
        ("provider", {"gen_ai.provider.name": "Anthropic"}, "anthropic"),
        ("provider", {"gen_ai.system": "strands-agents", "llm.system": "openai"}, "openai"),
        ("provider", {"gen_ai.system": "autogen"}, None),
        ("tool_name", {"tool.name": "t"}, "t"),
        ("tool_name", {"traceloop.span.kind": "tool", "traceloop.entity.name": "t"}, "t"),
        ("tool_call_id", {"ai.toolCall.id": "c"}, "c"),
        ("session_id", {"session.id": 42}, "42"),
        ("session_id", {"traceloop.association.properties.thread_id": "t1"}, "t1"),
        ("user_id", {"enduser.id": "u"}, "u"),
        ("environment", {"langfuse.environment": "dev"}, "dev"),
        ("version", {"gen_ai.agent.version": "3"}, "3"),
        ("ttft_ns", {"gen_ai.response.time_to_first_chunk": 0.25}, 250_000_000),
        ("ttft_ns", {"gen_ai.server.time_to_first_token": 2783}, 2_783_000_000),
        ("ttft_ns", {"ai.response.msToFirstChunk": 426.8535}, 426_853_500),
        ("ttft_ns", {"gen_ai.response.time_to_first_chunk": 0}, None),
        ("ttft_ns", {"langfuse.observation.completion_start_time": '"2023-11-14T22:13:21Z"'}, 1_000_000_000),
    ],
)
def test_scalar_columns(column: str, attributes: dict[str, Any], expected: Any) -> None:
    assert getattr(read(attributes), column) == expected


def test_the_resource_fills_environment_and_version() -> None:
    resource = {"deployment.environment.name": "prod", "service.version": "1.2"}
    span = one_span(FORMAT, batch(otlp_span({"langfuse.environment": "dev"}), resource=resource))
    assert (span.environment, span.version) == ("dev", "1.2")


@pytest.mark.parametrize(
    ("attributes", "column", "expected"),
    [
        ({"gen_ai.usage.input_tokens": 10, "gen_ai.usage.prompt_tokens": 10}, "input_tokens", 10),
        ({"gen_ai.usage.completion_tokens": 4}, "output_tokens", 4),
        ({"llm.token_count.prompt": 12.0}, "input_tokens", 12),
        ({"llm.token_count.prompt": "12"}, "input_tokens", 12),
        ({"llm.token_count.prompt": 12.5, "llm.usage.prompt_tokens": 3}, "input_tokens", 3),
        ({"gen_ai.usage.cache_creation.input_tokens": 9}, "cache_write_tokens", 9),
        ({"gen_ai.usage.cache_read_input_tokens": 0}, "cache_read_tokens", 0),
        ({"llm.token_count.completion_details.reasoning": 5}, "reasoning_tokens", 5),
        ({"llm.usage.total_tokens": 7}, "total_tokens", 7),
        ({"gen_ai.usage.audio.input_tokens": 8}, "input_audio_tokens", 8),
        ({"gen_ai.usage.image.input_tokens": 6}, "input_image_tokens", 6),
        ({"gen_ai.usage.audio.output_tokens": 2}, "output_audio_tokens", 2),
        ({"llm.cost.total": 0.0712653}, "cost_usd", Decimal("0.0712653")),
        ({"gen_ai.usage.cost": "1e-5"}, "cost_usd", Decimal("0.00001")),
        ({"langfuse.observation.cost_details": '{"total": 0.5}'}, "cost_usd", Decimal("0.5")),
    ],
)
def test_usage(attributes: dict[str, Any], column: str, expected: Any) -> None:
    usage = read(attributes).usage
    assert usage is not None
    assert getattr(usage, column) == expected
    assert json.loads(usage.raw or "") == attributes


def test_langfuse_buckets_are_disjoint_and_become_inclusive() -> None:
    details = {
        "input": 179,
        "input_cached_tokens": 20,
        "output": 35,
        "output_reasoning_tokens": 64,
        "total": 298,
    }
    usage = read({"langfuse.observation.usage_details": json.dumps(details)}).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (199, 99, 298)
    assert (usage.cache_read_tokens, usage.reasoning_tokens) == (20, 64)


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.aggregated_usage.input_tokens": 9},
        {"gen_ai.usage.input_tokens": "many"},
        {"gen_ai.usage.input_tokens": True},
        {"github.copilot.cost": 6},
        {"llm.cost.total": "NaN"},
        {"llm.cost.total": 1e300},
    ],
)
def test_what_is_no_usage_stays_unknown(attributes: dict[str, Any]) -> None:
    usage = read(attributes).usage
    assert usage is None or not is_known(usage)
    odd = {"many", True, 1e300} & set(attributes.values())
    assert (usage is not None and usage.unread is not None) is bool(odd)


# --- OpenTelemetry GenAI ---------------------------------------------------------------------------------------


def test_genai_messages_as_json_text() -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"ok": True}}]},
    ]
    answer = [
        {
            "role": "assistant",
            "finish_reason": "stop",
            "parts": [
                {"type": "reasoning", "content": "hmm"},
                {"type": "tool_call", "id": "c2", "name": "f", "arguments": {"q": 1}},
            ],
        }
    ]
    span = read(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be kind"}]),
            "gen_ai.input.messages": json.dumps(said),
            "gen_ai.output.messages": json.dumps(answer),
        }
    )
    assert texts(span.input_messages) == [("system", "be kind"), ("user", "hi"), ("tool", '{"ok":true}')]
    assert [part.type for part in span.output_messages[0].parts] == [PartType.THINKING, PartType.TOOL_CALL]
    assert span.output_messages[0].parts[1] == Part(PartType.TOOL_CALL, '{"q":1}', "c2", "f")
    assert span.finish_reasons == ("stop",)


def test_genai_messages_as_structured_values_read_the_same() -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]
    assert (
        read({"gen_ai.input.messages": said}).input_messages
        == read({"gen_ai.input.messages": json.dumps(said)}).input_messages
    )


def test_messages_cut_off_by_a_limit_are_kept_as_text() -> None:
    cut = '[{"role":"user","parts":[{"type":"te'
    assert texts(read({"gen_ai.input.messages": cut}).input_messages) == [("user", cut)]


def test_embedded_media_is_replaced_by_a_placeholder() -> None:
    blob = {"type": "blob", "mime_type": "image/png", "content": "iVBORw0KGgo="}
    span = read({"gen_ai.input.messages": [{"role": "user", "parts": [blob]}]})
    (part,) = span.input_messages[0].parts
    assert (part.type, part.content, part.size_bytes) == (PartType.MEDIA, "data:image/png;bytes=8", 8)


def test_span_events_of_the_older_convention() -> None:
    def event(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "timeUnixNano": str(START), "attributes": key_values(attributes)}

    events = [
        event("gen_ai.system.message", {"content": "be brief"}),
        event("gen_ai.user.message", {"content": json.dumps([{"text": "hi"}])}),
        event("gen_ai.tool.message", {"content": json.dumps([{"text": "4"}]), "id": "c1", "role": "tool"}),
        event("gen_ai.choice", {"message": json.dumps([{"text": "yo"}]), "finish_reason": "end_turn"}),
    ]
    span = read({"gen_ai.operation.name": "chat"}, events=events)
    assert texts(span.input_messages) == [("system", "be brief"), ("user", "hi"), ("tool", "4")]
    assert span.input_messages[2].parts[0].tool_call_id == "c1"
    assert texts(span.output_messages) == [("assistant", "yo")]
    assert span.output_messages[0].finish_reason == "end_turn"
    assert span.finish_reasons == ("end_turn",)
    assert len(span.events) == 4


def test_a_tool_span_takes_input_and_output_from_its_events() -> None:
    events = [
        {"name": "gen_ai.tool.message", "attributes": key_values({"content": '{"q":1}', "id": "c"})},
        {"name": "gen_ai.choice", "attributes": key_values({"message": "done", "id": "c"})},
    ]
    span = read({"gen_ai.operation.name": "execute_tool"}, events=events)
    assert (span.input, span.output) == ('{"q":1}', "done")


def test_indexed_prompts_in_numeric_order() -> None:
    attributes: dict[str, Any] = {}
    for n in (10, 9, 0):
        attributes[f"gen_ai.prompt.{n}.role"] = "user"
        attributes[f"gen_ai.prompt.{n}.content"] = f"m{n}"
    attributes |= {
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": '{"answer": 4}',
        "gen_ai.completion.0.finish_reason": "stop",
        "gen_ai.completion.0.tool_calls.0.id": "c1",
        "gen_ai.completion.0.tool_calls.0.name": "find",
        "gen_ai.completion.0.tool_calls.0.arguments": "{'city': 'Paris'}",
    }
    span = read(attributes)
    assert texts(span.input_messages) == [("user", "m0"), ("user", "m9"), ("user", "m10")]
    assert span.output_messages[0].parts == (
        Part(PartType.TEXT, '{"answer": 4}'),
        Part(PartType.TOOL_CALL, "{'city': 'Paris'}", "c1", "find"),
    )
    assert span.finish_reasons == ("stop",)


def test_tool_definitions_parameters_and_tool_payload() -> None:
    tools = [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}}]
    span = read(
        {
            "gen_ai.tool.definitions": json.dumps(tools),
            "gen_ai.request.model": "m",
            "gen_ai.request.temperature": 0.5,
            "gen_ai.response.finish_reasons": ["length"],
            "gen_ai.tool.call.arguments": '{"a": 1}',
            "gen_ai.tool.call.result": {"b": 2},
        }
    )
    assert span.tools_offered == (ToolDefinition("f", "d", '{"type":"object"}'),)
    assert (span.parameters, span.finish_reasons) == ({"temperature": 0.5}, ("length",))
    assert (span.input, span.output) == ('{"a": 1}', '{"b":2}')


def test_evaluations_become_scores() -> None:
    named = {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.value": 0.75}
    event = {"name": "gen_ai.evaluation.result", "timeUnixNano": str(START), "attributes": key_values(named)}
    span = read({}, events=[event])
    assert span.scores == [Score(span.trace_id, span.span_id, "tone", value=0.75, at_ns=START)]


# --- OpenInference ---------------------------------------------------------------------------------------------


def test_openinference_messages_tools_and_texts() -> None:
    at, call = "llm.input_messages.0.message", "llm.output_messages.0.message.tool_calls.0.tool_call"
    span = read(
        {
            "openinference.span.kind": "LLM",
            f"{at}.role": "user",
            f"{at}.contents.0.message_content.type": "text",
            f"{at}.contents.0.message_content.text": "look",
            f"{at}.contents.1.message_content.type": "image",
            f"{at}.contents.1.message_content.image.image.url": "data:image/png;base64,iVBORw0KGgo=",
            "llm.output_messages.0.message.role": "assistant",
            f"{call}.id": "c1",
            f"{call}.function.name": "zoom",
            f"{call}.function.arguments": '{"x": 2}',
            "llm.tools.0.tool.json_schema": '{"type":"function","function":{"name":"zoom","parameters":{}}}',
            "llm.invocation_parameters": '{"temperature": 0}',
            "llm.finish_reason": "tool_calls",
            "input.value": '{"messages": 1}',
            "output.value": "out",
            "metadata": '{"thread": "t"}',
            "tag.tags": ["a", "b"],
        }
    )
    (message,) = span.input_messages
    assert [(p.type, p.content) for p in message.parts] == [
        (PartType.TEXT, "look"),
        (PartType.MEDIA, "data:image/png;bytes=8"),
    ]
    assert span.output_messages[0].parts == (Part(PartType.TOOL_CALL, '{"x": 2}', "c1", "zoom"),)
    assert span.tools_offered == (ToolDefinition("zoom", None, "{}"),)
    assert (span.parameters, span.finish_reasons) == ({"temperature": 0}, ("tool_calls",))
    assert (span.input, span.output) == ('{"messages": 1}', "out")
    assert (span.metadata, span.tags) == ({"thread": "t"}, ("a", "b"))


def test_openinference_tool_result_and_ten_after_nine() -> None:
    attributes = {f"llm.input_messages.{n}.message.role": "user" for n in range(12)}
    attributes |= {f"llm.input_messages.{n}.message.content": str(n) for n in range(12)}
    attributes |= {
        "llm.input_messages.11.message.role": "tool",
        "llm.input_messages.11.message.tool_call_id": "c9",
    }
    span = read(attributes)
    assert [content for _, content in texts(span.input_messages)] == [str(n) for n in range(12)]
    last = span.input_messages[11].parts[0]
    assert (last.type, last.tool_call_id) == (PartType.TOOL_RESULT, "c9")


def test_retrieved_documents_are_the_output() -> None:
    document = "retrieval.documents.0.document"
    span = read(
        {"openinference.span.kind": "RETRIEVER", f"{document}.content": "text", f"{document}.score": 0.5}
    )
    assert json.loads(span.output or "") == [{"content": "text", "score": 0.5}]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"embedding.embeddings.0.embedding.text": "a b"}, "a b"),
        (
            {f"embedding.embeddings.{number}.embedding.text": f"t{number}" for number in (10, 9)},
            '["t9","t10"]',
        ),
        ({"embedding.embeddings.0.embedding.text": "a b", "input.value": "given"}, "given"),
        ({"embedding.embeddings.0.embedding.vector": [0.5]}, None),
    ],
)
def test_embedded_texts_are_the_input(attributes: dict[str, Any], expected: str | None) -> None:
    assert read({"openinference.span.kind": "EMBEDDING", **attributes}).input == expected


def test_openinference_annotations() -> None:
    at = "annotations.0.annotation"
    span = read(
        {f"{at}.name": "correct", f"{at}.label": "no", f"{at}.annotator_kind": "LLM", f"{at}.score": 0.0}
    )
    assert span.scores == [Score(span.trace_id, span.span_id, "correct", value=0.0, label="no", kind="model")]


# --- others ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "status"), [("error", Status.ERROR), ("success", Status.OK)])
def test_a_tool_that_says_so_has_failed(said: str, status: Status) -> None:
    span = read({"gen_ai.tool.name": "find", "gen_ai.tool.status": said}, status={"code": 1})
    assert span.status == status


def test_traceloop_entities_and_association_properties() -> None:
    span = read(
        {
            "traceloop.span.kind": "tool",
            "traceloop.entity.input": '{"args": [1]}',
            "traceloop.entity.output": '"x"',
            "traceloop.association.properties.session_id": "s",
            "traceloop.association.properties.plan": "gold",
        }
    )
    assert (span.kind, span.input, span.output) == (SpanKind.TOOL, '{"args": [1]}', '"x"')
    assert (span.session_id, span.metadata) == ("s", {"session_id": "s", "plan": "gold"})


def test_vercel_ai_sdk() -> None:
    calls = [{"toolCallId": "c1", "toolName": "f", "input": {"q": 1}}]
    span = read(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.prompt.messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": "hi"}]}]),
            "ai.response.text": "calling",
            "ai.response.toolCalls": json.dumps(calls),
            "ai.response.finishReason": "tool-calls",
            "ai.usage.promptTokens": 3,
        }
    )
    assert texts(span.input_messages) == [("user", "hi")]
    assert [part.type for part in span.output_messages[0].parts] == [PartType.TEXT, PartType.TOOL_CALL]
    assert span.output_messages[0].parts[1].tool_name == "f"
    assert (span.finish_reasons, span.usage and span.usage.input_tokens) == (("tool-calls",), 3)


def test_google_adk() -> None:
    request = {
        "config": {
            "system_instruction": "be exact",
            "tools": [{"function_declarations": [{"name": "calc"}]}],
        },
        "contents": [{"role": "user", "parts": [{"text": "2+2?"}]}],
    }
    response = {"content": {"role": "model", "parts": [{"text": "4"}]}, "finish_reason": "STOP"}
    span = read(
        {
            "gen_ai.system": "gcp.vertex.agent",
            "gen_ai.request.model": "g",
            "gcp.vertex.agent.llm_request": json.dumps(request),
            "gcp.vertex.agent.llm_response": json.dumps(response),
        }
    )
    assert (span.kind, span.provider) == (SpanKind.LLM, None)
    assert texts(span.input_messages) == [("system", "be exact"), ("user", "2+2?")]
    assert texts(span.output_messages) == [("assistant", "4")]
    assert [tool.name for tool in span.tools_offered] == ["calc"]


def test_pydantic_ai_whole_conversation() -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "hi"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": "yo"}]},
    ]
    span = read({"agent_name": "helper", "pydantic_ai.all_messages": json.dumps(said), "final_result": "yo"})
    assert (span.kind, span.agent, span.output) == (SpanKind.AGENT, "helper", "yo")
    assert (texts(span.input_messages), texts(span.output_messages)) == (
        [("user", "hi")],
        [("assistant", "yo")],
    )


def test_langfuse_sdk() -> None:
    span = read(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "m",
            "langfuse.observation.input": '{"a": 1}',
            "langfuse.observation.output": "done",
            "langfuse.observation.model.parameters": '{"temperature": 1}',
            "langfuse.observation.metadata.user": '"kim"',
            "langfuse.trace.tags": ["x"],
        }
    )
    assert (span.kind, span.model, span.input, span.output) == (SpanKind.LLM, "m", '{"a": 1}', "done")
    assert (span.parameters, span.metadata, span.tags) == ({"temperature": 1}, {"user": "kim"}, ("x",))
