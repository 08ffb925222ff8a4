"""A long conversation of model calls whose context is compacted now and then."""

from __future__ import annotations

from tracetui.model import Message, Origin, Part, PartType, Span, SpanKind, Status

_START_NS = 1_790_000_000_000_000_000
_MOST_MESSAGES, _KEPT_MESSAGES = 400, 20


def conversation(calls: int) -> list[Span]:
    """An agent and its calls: each is given all before it; where that grows too long, a summary takes its place."""
    origin = Origin(None, 0, 0)
    root = Span(
        "talk", "root", origin, name="agent", kind=SpanKind.AGENT, status=Status.OK, start_ns=_START_NS
    )
    spans, context = [root], [_said("system", "You book trains.")]
    for number in range(1, calls + 1):
        if len(context) > _MOST_MESSAGES:
            summary = _said("user", f"Summary of what was said before call {number}.")
            context = [context[0], summary, *context[-_KEPT_MESSAGES:]]
        context.append(_said("user", f"Question {number}: which train is next?"))
        span = Span(
            "talk", f"{number:x}", origin, parent_id="root", name="chat", kind=SpanKind.LLM, status=Status.OK
        )
        span.start_ns = _START_NS + number * 1_000_000
        span.end_ns = span.start_ns + 900_000
        answer = _said("assistant", f"Answer {number}: the night train.")
        span.input_messages, span.output_messages = tuple(context), (answer,)
        context.append(answer)
        spans.append(span)
    return spans


def _said(role: str, text: str) -> Message:
    return Message(role, (Part(PartType.TEXT, text),))
