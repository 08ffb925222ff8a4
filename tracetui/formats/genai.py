"""OpenTelemetry GenAI conventions, current and older: messages in attributes and in events, tools, evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracetui.formats.conventions_flat import nested_list
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import Attributes, number_value, parsed, payload_text, text_value
from tracetui.formats.message_parts import reader_of
from tracetui.formats.messages import read_messages
from tracetui.model import Event, JsonValue, Message, Score, Span, SpanKind

INPUT = "gen_ai.input.messages"
OUTPUT = "gen_ai.output.messages"
SYSTEM = "gen_ai.system_instructions"
TOOLS = "gen_ai.tool.definitions"
CHOICE = "gen_ai.choice"
DETAILS = "gen_ai.client.inference.operation.details"
_EVALUATION = "gen_ai.evaluation."
_OLDER = ("gen_ai.prompt", "gen_ai.completion")
_ROLES: Mapping[str, str] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.content.prompt": "user",
    "gen_ai.content.completion": "assistant",
    CHOICE: "assistant",
}
_OUTPUT_EVENTS = frozenset({CHOICE, "gen_ai.content.completion"})
_MESSAGE_EVENTS = frozenset(_ROLES) | {DETAILS}

Messages = tuple[Message, ...]


def read_genai(span: Span, attributes: Attributes) -> None:
    """Messages, tools offered and evaluations from `gen_ai.*` attributes."""
    given, answered = attribute_messages(attributes)
    span.input_messages = span.input_messages or given
    span.output_messages = span.output_messages or answered
    offered = attributes.get(TOOLS) or attributes.get("gen_ai.agent.tools")
    if offered and not span.tools_offered:
        span.tools_offered = read_tools(offered)
    if any(key.startswith(_EVALUATION) for key in attributes):
        span.scores = [*span.scores, *evaluation(span.trace_id, span.span_id, attributes, span.start_ns)]


def attribute_messages(attributes: Attributes) -> tuple[Messages, Messages]:
    """Input and output messages of a span's or a details event's attributes; system instructions come first."""
    system = _whole(attributes, SYSTEM, "system")
    given, answered = _whole(attributes, INPUT, "user"), _whole(attributes, OUTPUT, "assistant")
    if not (given and answered) and any(key.startswith(_OLDER) for key in attributes):
        given = given or _indexed(attributes, "gen_ai.prompt", "user")
        answered = answered or _indexed(attributes, "gen_ai.completion", "assistant")
    return system + given, answered


def _whole(attributes: Attributes, key: str, role: str) -> Messages:
    return read_messages(parsed(attributes[key]), role) if key in attributes else ()


def _indexed(attributes: Attributes, prefix: str, role: str) -> Messages:
    """Messages of `gen_ai.prompt.0.role` and so on, or of the prefix as one attribute."""
    if prefix in attributes and not isinstance(parsed(attributes[prefix]), list):
        return read_messages(parsed(attributes[prefix]), role)
    return tuple(
        message for item in nested_list(attributes, prefix) for message in read_messages(opened(item), role)
    )


def opened(item: Any) -> Any:
    """A message with its JSON texts opened: content that is a list of blocks, and tool calls."""
    if not isinstance(item, dict):
        return item
    return {**item, "content": blocks(item.get("content")), "tool_calls": parsed(item.get("tool_calls"))}


def blocks(content: JsonValue) -> JsonValue:
    """Content blocks of JSON text that is a list of them; every other text (a model may answer in JSON) stays text."""
    found = parsed(content)
    if isinstance(content, str) and isinstance(found, list) and found:
        known = all(isinstance(item, dict) and reader_of(item) is not None for item in found)
        return found if known else content
    return content


# --- events ----------------------------------------------------------------------------------------------------


def read_events(span: Span) -> None:
    """Messages, tool input and output, and evaluations that a span carries in its events."""
    given: list[Message] = []
    answered: list[Message] = []
    for event in span.events:
        if event.name in _MESSAGE_EVENTS:
            into, out = event_messages(event.name, dict(event.attributes))
            given.extend(into)
            answered.extend(out)
            if span.kind is SpanKind.TOOL:
                _tool_payload(span, event)
        elif event.name.startswith("gen_ai.evaluation"):
            found = evaluation(span.trace_id, span.span_id, event.attributes, event.at_ns)
            span.scores = [*span.scores, *found]
    span.input_messages = span.input_messages or tuple(given)
    span.output_messages = span.output_messages or tuple(answered)


def event_messages(name: str, body: JsonValue) -> tuple[Messages, Messages]:
    """Input and output messages of one message event; `body` is its attributes or a log record's body."""
    if name == DETAILS:
        return attribute_messages(body) if isinstance(body, dict) else ((), ())
    role = _ROLES.get(name)
    if role is None:
        return (), ()
    found = read_messages(_event_message(name, role, body), role)
    return ((), found) if name in _OUTPUT_EVENTS else (found, ())


def is_message_event(name: str) -> bool:
    """Whether an event of this name carries messages."""
    return name in _MESSAGE_EVENTS


def _event_message(name: str, role: str, body: JsonValue) -> Any:
    found = parsed(body)
    if not isinstance(found, dict):
        return {"role": role, "content": found}
    plain = found.get("gen_ai.prompt") or found.get("gen_ai.completion")
    if plain is not None:
        return parsed(plain)
    message = _choice(found) if name in _OUTPUT_EVENTS else found
    return {
        **message,
        "role": text_value(message.get("role")) or role,
        "content": blocks(message.get("content")),
        "tool_calls": parsed(message.get("tool_calls") or found.get("tool_calls")),
        "tool_call_id": found.get("tool_call_id") or (found.get("id") if role == "tool" else None),
        "finish_reason": message.get("finish_reason") or found.get("finish_reason"),
    }


def _choice(body: dict[str, Any]) -> dict[str, Any]:
    """The message of a choice: an object, JSON text of one, or text alone."""
    found = parsed(body.get("message"))
    if isinstance(found, dict) and ("content" in found or "tool_calls" in found or "role" in found):
        return found
    content = body.get("message") if body.get("message") is not None else body.get("content")
    return {"content": content, "role": body.get("role")}


def _tool_payload(span: Span, event: Event) -> None:
    """A tool span's events say what it got (`gen_ai.tool.message`) and gave back (`gen_ai.choice`)."""
    if event.name == "gen_ai.tool.message" and span.input is None:
        span.input = payload_text(event.attributes.get("content"))
    elif event.name == CHOICE and span.output is None:
        span.output = payload_text(event.attributes.get("message"))


def evaluation(trace_id: str, span_id: str | None, attributes: Attributes, at_ns: int | None) -> list[Score]:
    """The score of `gen_ai.evaluation.*` attributes; none where they name nothing."""
    name = text_value(attributes.get(_EVALUATION + "name"))
    if name is None:
        return []
    score = Score(
        trace_id,
        span_id,
        name,
        value=number_value(attributes.get(_EVALUATION + "score.value")),
        label=text_value(attributes.get(_EVALUATION + "score.label")),
        comment=text_value(attributes.get(_EVALUATION + "explanation")),
        at_ns=at_ns,
    )
    return [score]
