"""Messages and tools of single frameworks: Vercel AI SDK, Google ADK, Pydantic AI, MLflow, LangWatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import (
    Attributes,
    number_value,
    parsed,
    parsed_list,
    parsed_object,
    payload_text,
    text_value,
)
from tracetui.formats.genai import event_messages
from tracetui.formats.messages import read_messages
from tracetui.model import Message, Score, Span, SpanKind


def read_vercel(span: Span, attributes: Attributes) -> None:
    """`ai.prompt.messages` or `ai.prompt`, `ai.response.*`, `ai.prompt.tools`."""
    prompt = attributes.get("ai.prompt.messages") or attributes.get("ai.prompt")
    if prompt and not span.input_messages:
        span.input_messages = _vercel_prompt(parsed(prompt))
    if not span.output_messages:
        span.output_messages = _vercel_answer(attributes)
    if "ai.prompt.tools" in attributes and not span.tools_offered:
        span.tools_offered = read_tools(attributes["ai.prompt.tools"])


def _vercel_prompt(prompt: Any) -> tuple[Message, ...]:
    """Messages, or `{system, prompt}` or `{system, messages}`."""
    if isinstance(prompt, dict) and isinstance(prompt.get("prompt"), str):
        return read_messages(prompt.get("system"), "system") + read_messages(prompt["prompt"], "user")
    return read_messages(prompt, "user")


def _vercel_answer(attributes: Attributes) -> tuple[Message, ...]:
    text = attributes.get("ai.response.text") or attributes.get("ai.response.object")
    answer = {
        "role": "assistant",
        "content": text if isinstance(text, str) else None,
        "tool_calls": parsed_list(attributes.get("ai.response.toolCalls")),
        "reasoning_content": attributes.get("ai.response.reasoning"),
        "finish_reason": attributes.get("ai.response.finishReason"),
    }
    said = any(answer[key] for key in ("content", "tool_calls", "reasoning_content"))
    return read_messages(answer, "assistant") if said else ()


def read_mlflow(span: Span, attributes: Attributes) -> None:
    """`mlflow.spanInputs` and `mlflow.spanOutputs` of a model call, `mlflow.chat.tools`."""
    if span.kind is SpanKind.LLM:
        if not span.input_messages:
            span.input_messages = read_messages(parsed(attributes.get("mlflow.spanInputs")), "user")
        if not span.output_messages:
            span.output_messages = read_messages(parsed(attributes.get("mlflow.spanOutputs")), "assistant")
    if "mlflow.chat.tools" in attributes and not span.tools_offered:
        span.tools_offered = read_tools(attributes["mlflow.chat.tools"])


def read_langwatch(span: Span, attributes: Attributes) -> None:
    """`langwatch.input` and `langwatch.output` (`{type, value}`), contexts, `langwatch.params`; who asked stands in
    `metadata`, evaluations in events."""
    about = parsed_object(attributes.get("metadata")) or {}
    span.session_id = span.session_id or text_value(about.get("thread_id"))
    span.user_id = span.user_id or text_value(about.get("user_id"))
    span.scores = (*span.scores, *_langwatch_scores(span))
    given, answered = (_langwatch_value(attributes.get(f"langwatch.{side}")) for side in ("input", "output"))
    span.input = span.input or payload_text(given)
    span.output = span.output or payload_text(answered)
    if span.kind is SpanKind.RETRIEVER and span.output is None:
        keys = ("langwatch.contexts", "langwatch.rag.contexts", "langwatch.rag_contexts")
        found = next((attributes[key] for key in keys if attributes.get(key)), None)
        span.output = payload_text(_langwatch_value(found))
    if span.kind is SpanKind.LLM:
        span.input_messages = span.input_messages or read_messages(given, "user")
        span.output_messages = span.output_messages or read_messages(answered, "assistant")
    if span.parameters is None:
        params = _langwatch_value(attributes.get("langwatch.params"))
        span.parameters = params if isinstance(params, dict) and params else None


def _langwatch_scores(span: Span) -> Iterator[Score]:
    """The verdicts in events `langwatch.evaluation.custom`."""
    for event in span.events:
        told = parsed_object(event.attributes.get("json_encoded_event")) or {}
        name = text_value(told.get("name"))
        if event.name != "langwatch.evaluation.custom" or name is None:
            continue
        passed = told.get("passed")
        yield Score(
            span.trace_id, span.span_id, name, number_value(told.get("score")), text_value(told.get("label")),
            passed if isinstance(passed, bool) else None, None, None, text_value(told.get("details")), event.at_ns,
        )  # fmt: skip


def _langwatch_value(value: Any) -> Any:
    """The value inside LangWatch's envelope."""
    found = parsed(value)
    return found["value"] if isinstance(found, dict) and found.keys() == {"type", "value"} else found


def read_adk(span: Span, attributes: Attributes) -> None:
    """`gcp.vertex.agent.llm_request` and `llm_response`; an empty object says that there was none."""
    request = parsed_object(attributes.get("gcp.vertex.agent.llm_request")) or {}
    config = request.get("config") if isinstance(request.get("config"), dict) else {}
    if not span.input_messages:
        system = read_messages((config or {}).get("system_instruction"), "system")
        span.input_messages = system + read_messages(request.get("contents"), "user")
    response = parsed_object(attributes.get("gcp.vertex.agent.llm_response")) or {}
    if response.get("content") and not span.output_messages:
        answer = {"finish_reason": response.get("finish_reason"), "content": response["content"]}
        span.output_messages = read_messages(answer, "assistant")
    if not span.tools_offered:
        span.tools_offered = read_tools((config or {}).get("tools"))


def read_pydantic(span: Span, attributes: Attributes) -> None:
    """`pydantic_ai.all_messages`, the older JSON lists of events, and `model_request_parameters`."""
    if not span.input_messages and not span.output_messages:
        whole = read_messages(parsed(attributes.get("pydantic_ai.all_messages")), "user")
        whole = whole or _listed_events(attributes.get("all_messages_events"))
        whole = whole or _listed_events(attributes.get("events"))
        cut = len(whole) - 1 if whole and whole[-1].role == "assistant" else len(whole)
        span.input_messages, span.output_messages = whole[:cut], whole[cut:]
    if "model_request_parameters" in attributes and not span.tools_offered:
        span.tools_offered = read_tools(attributes["model_request_parameters"])


def _listed_events(value: Any) -> tuple[Message, ...]:
    found: list[Message] = []
    for item in parsed_list(value) or []:
        name = item.get("event.name") if isinstance(item, dict) else None
        if isinstance(name, str):
            given, answered = event_messages(name, item)
            found.extend((*given, *answered))
    return tuple(found)
