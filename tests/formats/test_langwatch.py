"""LangWatch's attributes in OpenTelemetry spans."""

from __future__ import annotations

import json
from typing import Any

from tests.formats.otel_builders import batch, key_values, one_span, otlp_span
from tracetui.formats import otlp
from tracetui.model import Span, SpanKind


def span_with(attributes: dict[str, Any]) -> Span:
    return one_span(otlp.FORMAT, batch(otlp_span(attributes)))


def test_a_model_call() -> None:
    chat = {"type": "chat_messages", "value": [{"role": "user", "content": "hi"}]}
    span = span_with(
        {
            "langwatch.span.type": "llm",
            "langwatch.thread.id": "th",
            "langwatch.user.id": "u",
            "langwatch.input": json.dumps(chat),
            "langwatch.output": json.dumps({"type": "text", "value": "yo"}),
            "langwatch.params": json.dumps({"type": "json", "value": {"temperature": 0.5}}),
            "gen_ai.usage.input_tokens": 3,
        }
    )
    assert (span.kind, span.session_id, span.user_id) == (SpanKind.LLM, "th", "u")
    assert (span.input, span.output, span.parameters) == (
        '[{"role":"user","content":"hi"}]',
        "yo",
        {"temperature": 0.5},
    )
    assert [
        (message.role, message.parts[0].content) for message in (*span.input_messages, *span.output_messages)
    ] == [
        ("user", "hi"),
        ("assistant", "yo"),
    ]


def test_who_asked_and_evaluations_as_the_sdk_writes_them() -> None:
    verdict = {"name": "cautious", "passed": True, "score": 0.9, "details": "d"}
    heard: list[Any] = [verdict, "no verdict"]
    event: dict[str, Any] = {"name": "langwatch.evaluation.custom", "timeUnixNano": "5"}
    events = [{**event, "attributes": key_values({"json_encoded_event": json.dumps(item)})} for item in heard]
    about = {"langwatch.span.type": "span", "metadata": json.dumps({"thread_id": "th", "user_id": "u"})}
    span = one_span(otlp.FORMAT, batch({**otlp_span(about), "events": events}))
    assert (span.session_id, span.user_id) == ("th", "u")
    (score,) = span.scores
    assert (score.name, score.value, score.passed, score.comment, score.at_ns) == (
        "cautious",
        0.9,
        True,
        "d",
        5,
    )


def test_documents_of_a_retriever() -> None:
    found = json.dumps({"type": "json", "value": [{"document_id": "d", "content": "c"}]})
    span = span_with({"langwatch.span.type": "rag", "langwatch.contexts": found})
    assert (span.kind, span.output) == (SpanKind.RETRIEVER, '[{"document_id":"d","content":"c"}]')


def test_odd_values_are_kept_as_they_stand() -> None:
    span = span_with({"langwatch.span.type": "tool", "langwatch.input": "{", "langwatch.output": 5})
    assert (span.kind, span.input, span.output) == (SpanKind.TOOL, "{", "5")
