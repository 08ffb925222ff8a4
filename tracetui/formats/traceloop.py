"""OpenLLMetry (Traceloop) attributes beyond those it shares with OpenTelemetry GenAI: older prompts and functions."""

from __future__ import annotations

from tracetui.formats.conventions_flat import nested_list
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import Attributes
from tracetui.formats.genai import opened
from tracetui.formats.messages import read_messages
from tracetui.model import Message, Span


def read_traceloop(span: Span, attributes: Attributes) -> None:
    """Messages of `llm.prompts.N.*` and `llm.completions.N.*`, tools of `llm.request.functions.N.*`."""
    span.input_messages = span.input_messages or _messages(attributes, "llm.prompts", "user")
    span.output_messages = span.output_messages or _messages(attributes, "llm.completions", "assistant")
    if not span.tools_offered:
        span.tools_offered = read_tools(nested_list(attributes, "llm.request.functions"))


def _messages(attributes: Attributes, prefix: str, role: str) -> tuple[Message, ...]:
    items = [item for item in nested_list(attributes, prefix) if isinstance(item, dict) and "content" in item]
    return tuple(message for item in items for message in read_messages(opened(item), role))
