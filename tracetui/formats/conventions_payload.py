"""Everything of a span's attributes beyond its scalar columns: input and output, messages, parameters, metadata.

Input and output are taken as text exactly as found. Only readers whose family of attributes (the first segment of a
name) is there at all are asked, so that plain spans cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracetui.formats.conventions_values import (
    Attributes,
    parsed,
    parsed_object,
    payload_text,
    text_list,
    unquoted,
)
from tracetui.formats.conventions_vendors import (
    read_adk,
    read_langwatch,
    read_mlflow,
    read_pydantic,
    read_vercel,
)
from tracetui.formats.genai import read_genai
from tracetui.formats.openinference import read_annotations, read_documents, read_embeddings, read_llm
from tracetui.formats.traceloop import read_traceloop
from tracetui.model import Span

INPUT_KEYS = (
    "input.value",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "gen_ai.tool.call.arguments",
    "tool_arguments",
    "gcp.vertex.agent.tool_call_args",
    "ai.toolCall.args",
    "mlflow.spanInputs",
    "gen_ai.retrieval.query.text",
    "gen_ai.memory.query.text",
    "reranker.query",
    "ai.prompt",
    "ai.value",
    "tool.parameters",
    "langfuse.trace.input",
)
OUTPUT_KEYS = (
    "output.value",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "gen_ai.tool.call.result",
    "tool_response",
    "gcp.vertex.agent.tool_response",
    "ai.toolCall.result",
    "mlflow.spanOutputs",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.records",
    "final_result",
    "langfuse.trace.output",
)
_FINISH_KEYS = (
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "llm.finish_reason",
    "llm.response.finish_reason",
    "ai.response.finishReason",
    "gen_ai.response.stop_reason",
    "llm.response.stop_reason",
)
_TAG_KEYS = ("tag.tags", "langfuse.trace.tags", "langfuse.tags")
_PARAMETER_OBJECTS = (
    "llm.invocation_parameters",
    "embedding.invocation_parameters",
    "langfuse.observation.model.parameters",
)
_PARAMETER_PREFIXES = ("gen_ai.request.", "ai.settings.", "llm.request.")
_NO_PARAMETERS = (
    "gen_ai.request.model",
    "llm.request.type",
    "llm.request.model_name",
    "llm.request.functions.",
)
_METADATA_PREFIXES = (
    "langfuse.observation.metadata.",
    "langfuse.trace.metadata.",
    "traceloop.association.properties.",
    "ai.telemetry.metadata.",
    "metadata.",
)

Reader = Callable[[Span, Attributes], None]


def fill_payload(span: Span, attributes: Attributes) -> None:
    """Fill the payload fields; the scalar columns are filled already."""
    families = {key.partition(".")[0] for key in attributes}
    for wanted, reader in _READERS:
        if not wanted.isdisjoint(families):
            reader(span, attributes)


def _fill_texts(span: Span, attributes: Attributes) -> None:
    span.input = _first_payload(attributes, INPUT_KEYS)
    span.output = _first_payload(attributes, OUTPUT_KEYS)


def _first_payload(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    """The first text that is not empty; an empty one, where nothing else is recorded, says so itself."""
    found: str | None = None
    for key in keys:
        if key in attributes:
            found = payload_text(attributes[key]) or found or ("" if attributes[key] == "" else None)
            if found:
                break
    return found


def _fill_lists(span: Span, attributes: Attributes) -> None:
    span.finish_reasons = _first_list(attributes, _FINISH_KEYS)
    span.tags = _first_list(attributes, _TAG_KEYS)


def _first_list(attributes: Attributes, keys: tuple[str, ...]) -> tuple[str, ...]:
    return next((found for key in keys if key in attributes and (found := text_list(attributes[key]))), ())


def _fill_parameters(span: Span, attributes: Attributes) -> None:
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        if key.startswith(_PARAMETER_PREFIXES) and not key.startswith(_NO_PARAMETERS):
            found[key.split(".", 2)[2]] = value
    for key in _PARAMETER_OBJECTS:
        found |= parsed_object(attributes.get(key)) or {}
    span.parameters = found or None


def _fill_metadata(span: Span, attributes: Attributes) -> None:
    found: dict[str, Any] = dict(parsed_object(attributes.get("metadata")) or {})
    for key, value in attributes.items():
        if key.startswith(_METADATA_PREFIXES):
            prefix = next(prefix for prefix in _METADATA_PREFIXES if key.startswith(prefix))
            found[key[len(prefix) :]] = parsed(unquoted(value))
    span.metadata = found or None


def fill_finish_from_messages(span: Span, _attributes: Attributes | None = None) -> None:
    """Why the model stopped, as its answers say, where no attribute does."""
    if not span.finish_reasons:
        reasons = (message.finish_reason for message in span.output_messages)
        span.finish_reasons = tuple(reason for reason in reasons if reason)


def _families(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXTS = _families(" ".join((*INPUT_KEYS, *OUTPUT_KEYS)))
_READERS: tuple[tuple[frozenset[str], Reader], ...] = (
    (frozenset(key.partition(".")[0] for key in _TEXTS), _fill_texts),
    (_families("gen_ai llm ai tag langfuse"), _fill_lists),
    (_families("gen_ai llm ai embedding langfuse"), _fill_parameters),
    (_families("metadata langfuse traceloop ai"), _fill_metadata),
    (_families("gen_ai"), read_genai),
    (_families("llm"), read_llm),
    (_families("llm"), read_traceloop),
    (_families("retrieval reranker"), read_documents),
    (_families("embedding"), read_embeddings),
    (_families("annotations evaluations trace session"), read_annotations),
    (_families("ai"), read_vercel),
    (_families("mlflow"), read_mlflow),
    (_families("langwatch"), read_langwatch),
    (_families("gcp"), read_adk),
    (_families("pydantic_ai all_messages_events events model_request_parameters"), read_pydantic),
    (_families("gen_ai llm ai mlflow"), fill_finish_from_messages),
)
"""Families of attributes and who reads them, in order: the first to fill a field wins."""
