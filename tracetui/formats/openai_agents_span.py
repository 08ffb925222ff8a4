"""`span_data` of the OpenAI Agents SDK: one reader for each of its types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.message_media import media_of
from tracetui.formats.message_parts import as_text, first, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.usage import first_usage, read_usage
from tracetui.model import JsonValue, Message, Part, PartType, Score, Span, SpanKind

_Data: TypeAlias = "dict[str, Any]"

KINDS: Mapping[str, SpanKind] = MappingProxyType(
    {
        "agent": SpanKind.AGENT,
        "generation": SpanKind.LLM,
        "response": SpanKind.LLM,
        "function": SpanKind.TOOL,
        "handoff": SpanKind.HANDOFF,
        "guardrail": SpanKind.GUARDRAIL,
        "custom": SpanKind.CHAIN,
        "task": SpanKind.CHAIN,
        "turn": SpanKind.CHAIN,
        "transcription": SpanKind.LLM,
        "speech": SpanKind.LLM,
        "speech_group": SpanKind.CHAIN,
        "mcp_tools": SpanKind.CHAIN,
    }
)
_OWN_COLUMNS = frozenset(("type", "name", "input", "output", "model", "model_config", "usage", "response"))


def fill_span_data(span: Span, found: JsonValue) -> None:
    """Fill name, kind, payload and model columns of a span whose ids and times are there already."""
    if not isinstance(found, dict):
        span.kind = SpanKind.UNKNOWN
        return
    inner = found.get("data")
    word = first_text(inner, ("sdk_span_type",)) if isinstance(inner, dict) else None
    span.kind_original = word or first_text(found, ("type",))
    span.kind = KINDS.get(span.kind_original or "", SpanKind.UNKNOWN)
    span.name = first_text(found, ("name",)) or span.kind_original
    rest = {
        key: value for key, value in found.items() if key not in _OWN_COLUMNS and value not in (None, [], {})
    }
    span.attributes = rest or None
    reader = _READERS.get(span.kind_original or "")
    if reader is None:
        _payload(span, found)
    else:
        reader(span, found)


def _payload(span: Span, found: _Data) -> None:
    span.input, span.output = as_text(found.get("input")), as_text(found.get("output"))
    span.usage = read_usage(found.get("usage"))


def _agent(span: Span, found: _Data) -> None:
    _payload(span, found)
    span.agent = first_text(found, ("name",))
    span.tools_offered = read_tools(found.get("tools"))


def _model_call(span: Span, found: _Data) -> None:
    """A generation; or a response, which says little more than its id unless an exporter adds the response itself."""
    response = found["response"] if isinstance(found.get("response"), dict) else {}
    output = first(found, ("output",)) or response.get("output")
    span.input, span.output = as_text(found.get("input")), as_text(output)
    span.input_messages = read_messages(found.get("input"), "user")
    span.output_messages = read_messages(output, "assistant")
    span.finish_reasons = tuple(m.finish_reason for m in span.output_messages if m.finish_reason)
    span.usage = first_usage(found.get("usage"), response.get("usage"))
    span.tools_offered = read_tools(response.get("tools"))
    _model(span, found, first_text(response, ("model",)))


def _model(span: Span, found: _Data, answering: str | None = None) -> None:
    span.requested_model = first_text(found, ("model",))
    span.model = answering or span.requested_model
    config = found.get("model_config")
    if isinstance(config, dict):
        span.parameters = {key: value for key, value in config.items() if value is not None} or None


def _function(span: Span, found: _Data) -> None:
    _payload(span, found)
    span.tool_name = first_text(found, ("name",))


def _handoff(span: Span, found: _Data) -> None:
    span.agent, target = first_text(found, ("from_agent",)), first_text(found, ("to_agent",))
    span.name = f"handoff to {target}" if target else "handoff"


def _guardrail(span: Span, found: _Data) -> None:
    """The verdict counts once the guardrail has ended: a start record always says that nothing was triggered."""
    _payload(span, found)
    triggered = found.get("triggered")
    if span.end_ns is not None and isinstance(triggered, bool):
        verdict = Score(
            span.trace_id, span.span_id, span.name or "guardrail", passed=not triggered, kind="code"
        )
        span.scores = (verdict,)


def _custom(span: Span, found: _Data) -> None:
    data = _data_of(found)
    span.input, span.output = as_text(data.get("input")), as_text(data.get("output"))
    span.usage = read_usage(data.get("usage"))


def _data_of(found: _Data) -> _Data:
    return found["data"] if isinstance(found.get("data"), dict) else {}


def _task(span: Span, found: _Data) -> None:
    _custom(span, found)
    span.name = first_text(_data_of(found), ("name",)) or "task"


def _turn(span: Span, found: _Data) -> None:
    _custom(span, found)
    data = _data_of(found)
    span.agent = first_text(data, ("agent_name",))
    span.name = f"turn {as_text(data.get('turn')) or ''}".strip()


def _transcription(span: Span, found: _Data) -> None:
    span.input_messages = _sound("user", found.get("input"))
    span.input = _shown(span.input_messages) or as_text(found.get("input"))
    span.output = as_text(found.get("output"))
    span.output_messages = read_messages(found.get("output"), "assistant")
    _model(span, found)


def _speech(span: Span, found: _Data) -> None:
    span.input = as_text(found.get("input"))
    span.input_messages = read_messages(found.get("input"), "user")
    span.output_messages = _sound("assistant", found.get("output"))
    span.output = _shown(span.output_messages) or as_text(found.get("output"))
    first_ns = to_ns(found.get("first_content_at"))
    if first_ns is not None and span.start_ns is not None and first_ns >= span.start_ns:
        span.ttft_ns = first_ns - span.start_ns
    _model(span, found)


def _sound(role: str, value: JsonValue) -> tuple[Message, ...]:
    """Sound as `{data: base64, format}`, kept as its size alone."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), str):
        return ()
    if not value["data"]:
        return (Message(role, (Part(PartType.MEDIA, None, mime_type=_sound_mime(value)),)),)
    return (Message(role, (media_of(value["data"], _sound_mime(value)),)),)


def _sound_mime(value: _Data) -> str:
    return f"audio/{first_text(value, ('format',)) or '*'}"


def _shown(messages: tuple[Message, ...]) -> str | None:
    return messages[0].parts[0].content if messages else None


def _mcp_tools(span: Span, found: _Data) -> None:
    server = first_text(found, ("server",))
    span.name = f"tools of {server}" if server else "mcp_tools"
    span.output = as_text(found.get("result"))
    span.tools_offered = read_tools(found.get("result"))


_READERS: Mapping[str, Callable[[Span, _Data], None]] = MappingProxyType(
    {
        "agent": _agent,
        "generation": _model_call,
        "response": _model_call,
        "function": _function,
        "handoff": _handoff,
        "guardrail": _guardrail,
        "custom": _custom,
        "task": _task,
        "turn": _turn,
        "transcription": _transcription,
        "speech": _speech,
        "mcp_tools": _mcp_tools,
    }
)
