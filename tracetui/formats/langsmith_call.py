"""Model and tool calls among LangSmith runs: who was called, with what, and what came back."""

from __future__ import annotations

from typing import Any

from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.message_parts import first, first_text
from tracetui.formats.messages import read_messages
from tracetui.model import Span, SpanKind

_MODEL_KEYS = ("model", "model_name", "model_id", "deployment_name", "engine")
_ANSWER_KEYS = frozenset(("choices", "generations", "llm_output", "usage_metadata"))


def dict_of(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def fill_model_call(span: Span, run: dict[str, Any], extra: dict[str, Any], metadata: dict[str, Any]) -> None:
    """Model, provider, messages, finish reasons and tools offered of a model run."""
    inputs, outputs = dict_of(run.get("inputs")), dict_of(run.get("outputs"))
    if span.kind not in (SpanKind.LLM, SpanKind.EMBEDDING) and not (
        span.kind is None and _is_answer(outputs, metadata)
    ):
        return
    invocation = dict_of(extra.get("invocation_params"))
    named = first_text(metadata, ("ls_model_name",))
    asked = first_text(invocation, _MODEL_KEYS) or first_text(inputs, ("model",)) or named
    span.requested_model = asked
    span.model = _answering_model(outputs) or named or asked
    span.provider = first_text(metadata, ("ls_provider",))
    if span.kind is not SpanKind.EMBEDDING:
        span.input_messages = read_messages(run.get("inputs"), "user")
        span.output_messages = read_messages(run.get("outputs"), "assistant")
        span.finish_reasons = tuple(m.finish_reason for m in span.output_messages if m.finish_reason)
    offered = (
        first(invocation, ("tools", "functions"))
        or first(inputs, ("tools", "functions"))
        or metadata.get("tools")
    )
    span.tools_offered = read_tools(offered)


def _is_answer(outputs: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Whether an end record, which may not say its run type, is that of a model call."""
    return "ls_model_type" in metadata or not _ANSWER_KEYS.isdisjoint(outputs)


def _answering_model(outputs: dict[str, Any]) -> str | None:
    """The model that answered, as the response names it."""
    reported = dict_of(outputs.get("llm_output"))
    generations: Any = outputs.get("generations")
    while isinstance(generations, list) and generations:
        generations = generations[0]
    message = dict_of(dict_of(generations).get("message"))
    body = dict_of(message.get("kwargs")) or message
    answered = first_text(dict_of(body.get("response_metadata")), ("model_name", "model"))
    return answered or first_text(reported, ("model_name", "model")) or first_text(outputs, ("model",))


def fill_tool_call(span: Span, run: dict[str, Any], extra: dict[str, Any]) -> None:
    """Name and call id of a tool run."""
    if span.kind is not SpanKind.TOOL:
        return
    span.tool_name = span.name
    output = dict_of(dict_of(run.get("outputs")).get("output"))
    body = dict_of(output.get("kwargs")) or output
    span.tool_call_id = first_text(extra, ("tool_call_id",)) or first_text(body, ("tool_call_id",))
