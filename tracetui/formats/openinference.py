"""OpenInference attributes: flattened messages, tools, documents, annotations."""

from __future__ import annotations

from typing import Any

from tracetui.formats.conventions_flat import nested_list
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import Attributes, number_value, parsed, text_value
from tracetui.formats.messages import read_messages
from tracetui.model import Message, Score, Span
from tracetui.reading.lenient import dumps

_ANNOTATIONS = (
    ("annotations", "annotation", True),
    ("evaluations", "evaluation", True),
    ("trace.annotations", "annotation", False),
    ("trace.evaluations", "evaluation", False),
    ("session.annotations", "annotation", False),
    ("session.evaluations", "evaluation", False),
)
"""Attribute, the name around each element, and whether it speaks of the span (else of the whole trace)."""

ANNOTATORS = {"HUMAN": "human", "LLM": "model", "CODE": "code"}


def read_llm(span: Span, attributes: Attributes) -> None:
    """Messages and tools from `llm.*` attributes."""
    span.input_messages = span.input_messages or _messages(attributes, "llm.input_messages", "user")
    span.output_messages = span.output_messages or _messages(attributes, "llm.output_messages", "assistant")
    span.input_messages = span.input_messages or _texts(attributes, "llm.prompts", "prompt", "user")
    span.output_messages = span.output_messages or _texts(
        attributes, "llm.choices", "completion", "assistant"
    )
    if not span.tools_offered:
        tools = [_tool(item) for item in nested_list(attributes, "llm.tools")]
        span.tools_offered = read_tools(tools)


def read_documents(span: Span, attributes: Attributes) -> None:
    """Documents of a retriever or reranker as JSON text, where input and output say nothing themselves."""
    if span.output is None:
        span.output = _documents(attributes, "retrieval.documents") or _documents(
            attributes, "reranker.output_documents"
        )
    if span.input is None:
        span.input = _documents(attributes, "reranker.input_documents")


def read_embeddings(span: Span, attributes: Attributes) -> None:
    """The texts that were embedded, where no input says so: one as it stands, several as a JSON list."""
    if span.input is not None:
        return
    items = nested_list(attributes, "embedding.embeddings")
    bare = [item.get("embedding", item) for item in items if isinstance(item, dict)]
    texts = [text for item in bare if isinstance(item, dict) and (text := text_value(item.get("text")))]
    if texts:
        span.input = texts[0] if len(texts) == 1 else dumps(texts)


def read_annotations(span: Span, attributes: Attributes) -> None:
    """Scores from `annotations`, `evaluations` and their twins for the whole trace."""
    found = [
        score
        for prefix, wrapper, of_span in _ANNOTATIONS
        for item in nested_list(attributes, prefix)
        for score in annotation(span, item, wrapper, of_span=of_span)
    ]
    if found:
        span.scores = [*span.scores, *found]


def annotation(span: Span, item: Any, wrapper: str, *, of_span: bool) -> list[Score]:
    """The score of one annotation, bare or inside an object named `wrapper`; none where it has no name."""
    inner = item.get(wrapper) if isinstance(item, dict) else None
    body = inner if isinstance(inner, dict) else item
    if not isinstance(body, dict):
        return []
    said = body.get("result")
    result = {**body, **said} if isinstance(said, dict) else body
    name = text_value(body.get("name"))
    if name is None:
        return []
    author = text_value(body.get("annotator_kind"))
    score = Score(
        span.trace_id,
        span.span_id if of_span else None,
        name,
        value=number_value(result.get("score")),
        label=text_value(result.get("label")),
        kind=ANNOTATORS.get(author.upper(), author.lower()) if author else None,
        author=text_value(body.get("user_id")) or text_value(body.get("identifier")),
        comment=text_value(result.get("explanation")),
    )
    return [score]


def _messages(attributes: Attributes, prefix: str, role: str) -> tuple[Message, ...]:
    items = nested_list(attributes, prefix)
    return tuple(message for item in items for message in read_messages(_opened(item), role))


def _opened(item: Any) -> Any:
    """The message inside its wrapper; contents by index go under the name that the shared reader knows."""
    message = item.get("message", item) if isinstance(item, dict) else item
    if not isinstance(message, dict):
        return message
    opened = {**message}
    if isinstance(message.get("content"), dict) and "" in message["content"]:
        opened["content"] = message["content"][""]
    name = message.get("function_call_name")
    if name:
        opened["function_call"] = {"name": name, "arguments": message.get("function_call_arguments_json")}
    return opened


def _texts(attributes: Attributes, prefix: str, wrapper: str, role: str) -> tuple[Message, ...]:
    """Plain prompts and completions: `llm.prompts.0.prompt.text`, or a list of texts."""
    found: list[Message] = []
    for item in nested_list(attributes, prefix):
        inner = item.get(wrapper) if isinstance(item, dict) else item
        text = inner.get("text") if isinstance(inner, dict) else inner
        found.extend(read_messages(text, role) if isinstance(text, str) else ())
    return tuple(found)


def _tool(item: Any) -> Any:
    tool = item.get("tool", item) if isinstance(item, dict) else item
    return parsed(tool.get("json_schema", tool)) if isinstance(tool, dict) else tool


def _documents(attributes: Attributes, prefix: str) -> str | None:
    documents = nested_list(attributes, prefix)
    bare = [item.get("document", item) if isinstance(item, dict) else item for item in documents]
    return dumps(bare) if bare else None
