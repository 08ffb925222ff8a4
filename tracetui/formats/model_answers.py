"""Answers of model APIs as they came over the wire: chat completions, responses, messages, alone or beside what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.chat_log import content_id
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import integer_value, payload_text
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import first, first_text
from tracetui.formats.messages import read_messages
from tracetui.formats.model_answers_blocks import Blocks, is_block_event
from tracetui.formats.model_answers_chunks import Chunks, is_chunk
from tracetui.formats.service_tier import told_tier
from tracetui.formats.times import s_to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    JsonValue,
    Merged,
    Message,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)
from tracetui.pricing.rows import BATCH
from tracetui.words import CANCELLED

_REQUESTS = ("request", "request_body", "req")
_RESPONSES = ("response", "response_body", "res")
_ASKED = ("messages", "input", "contents", "prompt")
_SYSTEM = ("system", "instructions")
_NO_PARAMETERS = frozenset((*_ASKED, *_SYSTEM, "tools", "model", "metadata", "stream"))
_CANCELED = "canceled"
_RESULTS_WITHOUT = ("errored", "expired", _CANCELED)
_LAST_EVENTS = frozenset(("response.completed", "response.failed", "response.incomplete"))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An answer, and around it what was asked, what held both, the HTTP status, and the tier, where these are told."""

    answer: Mapping[str, Any]
    request: Mapping[str, Any] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    http_status: int | None = None
    tier: str | None = None


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Recognise answers by their `object` or `type`, pieces of a stream by `response.…`; other formats go first."""
    values = [
        item for value in head.values[:6] for item in (value[:3] if isinstance(value, list) else [value])
    ]
    if not values or head.columns:
        return None
    if all(is_chunk(value) for value in values):
        return Match(60, "pieces of streamed chat completions", "chunks")
    if all(is_block_event(value) or _is_ping(value) for value in values) and not _is_ping(values[0]):
        return Match(60, "events of a streamed message (`message_start`, `content_block_delta`)", "stream")
    if all(_is_event(value) for value in values):
        return Match(60, "events of a streamed response (`response.…`)", "stream")
    if all(_exchange(value) is not None for value in values):
        return Match(45, "answers of a model's API")
    return None


def _is_event(value: JsonValue) -> bool:
    word = value.get("type") if isinstance(value, dict) else None
    return isinstance(word, str) and word.startswith("response.")


def _is_ping(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.get("type") == "ping"


def _exchange(value: JsonValue) -> _Exchange | None:
    """The answer in a value: alone, beside its request, or a line of a batch's output."""
    if not isinstance(value, dict):
        return None
    if _is_answer(value):
        return _Exchange(value)
    if "custom_id" in value and (found := _without_body(value)) is not None:
        return found
    request, response = first(value, _REQUESTS), first(value, _RESPONSES)
    if not isinstance(response, dict):
        return None
    is_batch = "custom_id" in value and isinstance(response.get("body"), dict)
    body = response["body"] if is_batch or _is_body(response) else response
    if not is_batch and not (isinstance(request, dict) and _is_answer(body)):
        return None
    asked = request if isinstance(request, dict) else {}
    asked = asked["body"] if _is_body(asked) else asked
    status = integer_value(first(response, ("status_code", "status")))
    around = {k: v for k, v in value.items() if v is not request and v is not response}
    return _Exchange(body, asked, around, status, BATCH if is_batch else None)


def _without_body(value: Mapping[str, Any]) -> _Exchange | None:
    """A line of a batch with a result of Anthropic's, or with none of OpenAI's: a message, or why there is none."""
    result, error = value.get("result"), value.get("error")
    if "response" in value and value["response"] is None and isinstance(error, dict):
        return _Exchange({}, around=value, tier=BATCH)
    if not isinstance(result, dict) or result.get("type") not in (*_RESULTS_WITHOUT, "succeeded"):
        return None
    around = {k: v for k, v in value.items() if v is not result}
    answer = result if result["type"] in _RESULTS_WITHOUT else result.get("message")
    if not isinstance(answer, dict) or not (answer is result or _is_answer(answer)):
        return None
    return _Exchange(answer, around=around, tier=BATCH)


def _is_body(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("body"), dict) and not _is_answer(value)


def _is_answer(value: Mapping[str, Any]) -> bool:
    kind = value.get("object")
    return (
        (kind in ("chat.completion", "text_completion") and isinstance(value.get("choices"), list))
        or (kind == "response" and isinstance(value.get("output"), list))
        or (
            value.get("type") == "message"
            and "stop_reason" in value
            and isinstance(value.get("content"), list)
        )
    )


# --- reading ---------------------------------------------------------------------------------------------------


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A model call, and a run, for each answer; the events or pieces of a stream are one."""
    streams = _Streams()
    for record in records:
        if isinstance(record.value, list) and record.value:
            for item in record.value:
                yield from _value(item, element_origin(record.origin, item), streams)
        else:
            yield from _value(record.value, record.origin, streams)
    yield from streams.events.rest()
    for answer, origin in (*streams.chunks.answers(), *streams.blocks.answers()):
        yield _span(_Exchange(answer), origin)


def _value(value: JsonValue, origin: Origin, streams: _Streams) -> Iterator[Entry]:
    found = _exchange(value)
    if isinstance(value, dict) and is_chunk(value):
        yield from streams.chunks.add(value, origin)
    elif isinstance(value, dict) and streams.blocks.takes(value):
        yield from streams.blocks.add(value, origin)
    elif isinstance(value, dict) and _is_event(value):
        yield from streams.events.add(value, origin)
    elif found is None:
        yield Skipped(origin, "unknown_shape", "no answer of a model", Severity.WARNING)
    else:
        yield _span(found, origin)


@dataclass(slots=True)
class _Stream:
    """The events of one streamed response after another."""

    origin: Origin | None = None
    begun: dict[str, Any] = field(default_factory=dict)
    items: list[Any] = field(default_factory=list)

    def add(self, event: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        """The call that ends with this event, or what it adds to the one that goes on."""
        whole = event["response"] if isinstance(event.get("response"), dict) else {}
        if event["type"] == "response.created":
            yield from self.rest()
        if self.origin is None:
            self.origin, self.begun = origin, whole or {"id": content_id(event)}
        if event["type"] in _LAST_EVENTS and whole:
            yield _span(_Exchange(self._whole(whole)), origin)
            self.origin, self.begun, self.items = None, {}, []
            return
        if event["type"] == "response.output_item.done":
            self.items.append(event.get("item"))
        own = _own_id(self.begun)
        yield Merged(origin, own, own)

    def rest(self) -> Iterator[Entry]:
        """The response that never ended."""
        if self.origin is not None:
            span = _span(_Exchange(self._whole({})), self.origin)
            span.is_derived, span.status = True, Status.UNFINISHED
            yield span
        self.origin, self.begun, self.items = None, {}, []

    def _whole(self, last: dict[str, Any]) -> dict[str, Any]:
        found = {**self.begun, **last, "output": last.get("output") or self.items}
        return {**found, "id": self.begun.get("id", last.get("id"))}


@dataclass(slots=True)
class _Streams:
    """What came in pieces so far, by the API that sent it."""

    events: _Stream = field(default_factory=_Stream)
    chunks: Chunks = field(default_factory=Chunks)
    blocks: Blocks = field(default_factory=Blocks)


def _own_id(answer: Mapping[str, Any], around: Mapping[str, Any] | None = None) -> str:
    """The id of trace and span alike, since nothing tells what belongs together."""
    return (
        first_text(answer, ("id",))
        or first_text(around or {}, ("id", "custom_id"))
        or content_id(dict(answer))
    )


def _span(found: _Exchange, origin: Origin) -> Span:
    answer, request = found.answer, found.request
    own = _own_id(answer, found.around)
    span = Span(own, own, origin, kind=SpanKind.LLM)
    span.kind_original = first_text(answer, ("object", "type"))
    span.model, span.requested_model = first_text(answer, ("model",)), first_text(request, ("model",))
    span.name = " ".join(filter(None, ("chat", span.model or span.requested_model)))
    span.session_id = first_text(request, ("conversation",)) or first_text(answer, ("previous_response_id",))
    span.start_ns = s_to_ns(first(answer, ("created_at", "created")))
    span.end_ns = s_to_ns(answer.get("completed_at"))
    span.usage, span.service_tier = read_usage(answer.get("usage")), found.tier or told_tier(answer, request)
    _fill_asked(span, request or answer)
    _fill_answer(span, answer)
    _fill_status(span, found)
    span.attributes = {
        **found.around,
        "response": answer or None,
        **({"request": request} if request else {}),
    }
    return span


def _fill_asked(span: Span, asked: Mapping[str, Any]) -> None:
    """What was asked; a response repeats instructions and tools, but not the input."""
    system: tuple[Message, ...] = ()
    for key in _SYSTEM:
        system += read_messages(asked.get(key), "system")
    said = first(asked, _ASKED)
    span.input_messages = system + read_messages(said, "user")
    span.input = payload_text(said)
    span.tools_offered = read_tools(asked.get("tools"))
    if said is not None:
        span.parameters = {
            k: v for k, v in asked.items() if k not in _NO_PARAMETERS and v is not None
        } or None


def _fill_answer(span: Span, answer: Mapping[str, Any]) -> None:
    said = {key: value for key, value in answer.items() if key not in _SYSTEM}  # which a response repeats
    span.output_messages = read_messages(said, "assistant")
    texts = [part.content for message in span.output_messages for part in message.parts if part.content]
    span.output = texts[-1] if texts else None
    reasons = [message.finish_reason for message in span.output_messages if message.finish_reason]
    details = answer.get("incomplete_details")
    cut = first_text(details, ("reason",)) if isinstance(details, dict) else None
    span.finish_reasons = [cut] if cut else reasons


def _fill_status(span: Span, found: _Exchange) -> None:
    error = first(found.answer, ("error",)) or first(found.around, ("error",))
    error = error["error"] if isinstance(error, dict) and isinstance(error.get("error"), dict) else error
    word, result = found.answer.get("status"), first_text(found.answer, ("type",))
    if result == _CANCELED:
        span.status, span.error_type = Status.INTERRUPTED, CANCELLED
        return
    lacks = result if result in _RESULTS_WITHOUT else None
    failed = word == "failed" or bool(error) or (found.http_status or 200) >= 400 or lacks is not None
    span.status = Status.ERROR if failed else Status.UNFINISHED if word == "in_progress" else Status.OK
    if failed:
        told = error if isinstance(error, dict) else {"message": error}
        status = str(found.http_status) if found.http_status else None
        span.error_type = first_text(told, ("code", "type")) or status or lacks
        span.error_message = one_line(first_text(told, ("message",)))


FORMAT = Format(
    name="model_answers",
    title="Answers of model APIs",
    recognised_by="`object` chat.completion or response, Anthropic messages with `stop_reason`, streams of their APIs,"
    " lines of batches with `custom_id`",
    produced_by="logged answers of OpenAI's and Anthropic's APIs, alone or beside their request; outputs of batches",
    sniff=sniff,
    read=read,
)
