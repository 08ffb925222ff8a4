"""Messages and ticks of a τ²-bench simulation, told to a conversation.

The user is a model as well: where its messages carry usage or cost they are calls of their own, and it may call tools.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tracetui.formats.chat_log import ChatLog, text_of
from tracetui.formats.conventions_values import number_value
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import as_text, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_S, to_ns
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import JsonValue, Message, Origin, Part, PartType, Span, Status, Usage

_SILENT = 3


def tell_messages(
    chat: ChatLog,
    messages: list[Any],
    origin: Origin,
    models: tuple[str | None, str | None],
    policy: str | None,
) -> None:
    """A text simulation; `models` are the agent's and the user's."""
    if policy:
        chat.log.message(Message("system", (Part(PartType.TEXT, policy),)))
    for message in messages:
        place = element_origin(origin, message)
        if not isinstance(message, dict):
            chat.add(message, place)
            continue
        for number, single in enumerate(_singles(message)):
            _tell(chat, single, place if number == 0 else element_origin(origin, single), models)


def _singles(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message, or the answers of several tools that one message holds."""
    several = message.get("tool_messages")
    inner = [item for item in several if isinstance(item, dict)] if isinstance(several, list) else []
    return [_shaped(item) for item in inner or [message]]


def _shaped(message: dict[str, Any]) -> dict[str, Any]:
    if message.get("role") != "tool":
        return message
    return {**message, "tool_call_id": message.get("id"), "is_error": message.get("error") is True}


def _tell(
    chat: ChatLog, message: dict[str, Any], origin: Origin, models: tuple[str | None, str | None]
) -> None:
    usage = _usage(message)
    if message.get("role") == "user" and (usage or message.get("tool_calls")):
        span = _user_call(chat, message, origin)
        model = models[1]
    else:
        answered = chat.add(message, origin)
        if answered is None or message.get("role") != "assistant":
            return
        span, model = answered, models[0]
    span.usage, span.model = usage, span.model or model
    _took(span, number_value(message.get("generation_time_seconds")))


def _user_call(chat: ChatLog, message: dict[str, Any], origin: Origin) -> Span:
    at_ns = to_ns(message.get("timestamp"))
    found = read_messages(message)
    said = found[0] if found else Message("user", ())
    text = text_of(said)
    if text:
        chat.log.turn(text, at_ns)
    span = chat.log.call(None, origin, at_ns)
    span.input_messages = ()  # what the user was given is not in the log
    chat.log.extend_call(span, replace(said, name=None), at_ns)
    span.name, span.agent = "user simulator", "user"
    return span


def _usage(message: dict[str, Any]) -> Usage | None:
    usage, figures = read_usage(message.get("usage")), Figures()
    cost = figures.dollars(message, ("cost",))
    return with_cost(usage, cost if usage else cost or None, figures)


def _took(span: Span, seconds: float | None) -> None:
    if seconds and 0 < seconds < 10**7 and span.end_ns is not None:
        span.start_ns = span.end_ns - int(Decimal(repr(seconds)) * NS_PER_S)


def tell_ticks(chat: ChatLog, ticks: JsonValue, origin: Origin, model: str | None) -> None:
    """A voice simulation: what one side says over ticks on end is one message; short silences do not end it."""
    state = _Voice(chat, model)
    for tick in ticks if isinstance(ticks, list) else ():
        state.tick(tick, element_origin(origin, tick))
    state.close()


class _Voice:
    def __init__(self, chat: ChatLog, model: str | None) -> None:
        self._chat, self._model = chat, model
        self._call: Span | None = None
        self._said: list[str] = []
        self._silent = 0
        self._user_speaks = False

    def tick(self, tick: JsonValue, origin: Origin) -> None:
        if not isinstance(tick, dict):
            self._chat.add(tick, origin)
            return
        at_ns = to_ns(tick.get("timestamp"))
        speaks, text = _speech(tick.get("agent_chunk"))
        user_speaks, user_text = _speech(tick.get("user_chunk"))
        self._silent = 0 if speaks else self._silent + 1
        if self._call is not None and (self._silent > _SILENT):
            self.close()
        if user_speaks and not self._user_speaks:
            self._chat.log.turn(user_text or first_text(tick, ("user_transcript",)), at_ns)
        self._user_speaks = user_speaks
        is_new = self._call is None and speaks
        if is_new:
            self._call = self._chat.log.call(None, origin, at_ns)
            self._call.start_ns, self._call.model, self._call.name = at_ns, self._model, "agent speaks"
        if speaks and self._call is not None:
            self._call.end_ns = max(at_ns or 0, self._call.end_ns or 0) or None
            self._said += [text] if text else []
        if user_text:
            self._chat.log.message(Message("user", (Part(PartType.TEXT, user_text),)))
        if not is_new:
            self._chat.log.merge(origin, self._call.span_id if self._call else "")
        self._tools(tick, origin, at_ns)

    def _tools(self, tick: dict[str, Any], origin: Origin, at_ns: int | None) -> None:
        for key in ("agent_tool_calls", "user_tool_calls"):
            for call in _dicts(tick.get(key)):
                place = element_origin(origin, call)
                name, own = first_text(call, ("name",)), first_text(call, ("id",))
                span = self._chat.log.tool(name, as_text(call.get("arguments")), place, at_ns, own)
                span.agent = "user" if key.startswith("user") else None
        for key in ("agent_tool_results", "user_tool_results"):
            for result in _dicts(tick.get(key)):
                failed = result.get("error") is True
                part = Part(
                    PartType.TOOL_RESULT,
                    as_text(result.get("content")),
                    first_text(result, ("id",)),
                    is_error=failed,
                )
                self._chat.log.tool_result(part, element_origin(origin, result), at_ns)

    def close(self) -> None:
        if self._call is not None and self._said:
            self._chat.log.extend_call(
                self._call, Message("assistant", (Part(PartType.TEXT, "".join(self._said)),))
            )
        if self._call is not None:
            self._call.status = Status.OK
        self._call, self._said = None, []


def _speech(chunk: JsonValue) -> tuple[bool, str | None]:
    if not isinstance(chunk, dict):
        return False, None
    text = first_text(chunk, ("content", "audio_script_gold"))
    return chunk.get("contains_speech") is True or (chunk.get("contains_speech") is None and bool(text)), text


def _dicts(value: JsonValue) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
