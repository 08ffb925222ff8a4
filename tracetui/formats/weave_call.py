"""One call of Weave as the fields of a span."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tracetui.formats.conventions_status import settle
from tracetui.formats.conventions_tools import read_tools
from tracetui.formats.conventions_values import (
    number_value,
    parsed,
    parsed_list,
    parsed_object,
    payload_text,
    text_value,
)
from tracetui.formats.messages import read_messages
from tracetui.formats.times import to_ns
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage, with_cost
from tracetui.model import TOKEN_FIELDS, Score, Span, SpanKind, Status, Usage
from tracetui.reading.lenient import dumps

_KIND_WORDS = {
    "llm": SpanKind.LLM,
    "agent": SpanKind.AGENT,
    "tool": SpanKind.TOOL,
    "search": SpanKind.RETRIEVER,
    "retriever": SpanKind.RETRIEVER,
    "embedding": SpanKind.EMBEDDING,
    "guardrail": SpanKind.GUARDRAIL,
    "scorer": SpanKind.EVALUATOR,
    "evaluation": SpanKind.CHAIN,
}
_MODEL_CALLS = (
    *("openai.chat.completions", "openai.responses", "openai.completions", "openai.beta.chat.completions"),
    *("anthropic.messages", "anthropic.asyncmessages", "litellm.completion", "litellm.acompletion"),
    *("google.genai.models", "google.generativeai", "mistralai.chat", "groq.chat", "cohere.chat", "bedrock"),
    *("langchain.llm", "langchain_core.language_models", "vertexai"),
)
_ADDED = TOKEN_FIELDS
_STATES = {
    "success": Status.OK,
    "descendant_error": Status.OK,
    "running": Status.UNFINISHED,
    "error": Status.ERROR,
}
_OWN_FIELDS = frozenset(
    [
        "id",
        "trace_id",
        "parent_id",
        "op_name",
        "display_name",
        "started_at",
        "ended_at",
        "inputs",
        "output",
        "exception",
        "attributes",
    ]
)


def fill(span: Span, raw: dict[str, Any]) -> None:
    """Fill a span from its call."""
    inputs, output = parsed(raw.get("inputs")), parsed(raw.get("output"))
    extra, summary = (parsed_object(raw.get(key)) or {} for key in ("attributes", "summary"))
    op = op_name(raw.get("op_name"))
    span.name = text_value(raw.get("display_name")) or op
    span.start_ns, span.end_ns = to_ns(raw.get("started_at")), to_ns(raw.get("ended_at"))
    span.kind, span.kind_original = _kind(op or "", extra, inputs)
    span.session_id, span.user_id = text_value(raw.get("thread_id")), text_value(raw.get("wb_user_id"))
    span.input, span.output = payload_text(raw.get("inputs")), payload_text(raw.get("output"))
    if span.kind is SpanKind.TOOL:
        span.tool_name = op
    if span.kind is SpanKind.AGENT:
        span.agent = span.name
    if span.kind is SpanKind.LLM:
        _fill_model_call(span, inputs, output)
    _fill_usage(span, summary)
    rest = {key: value for key, value in raw.items() if key not in _OWN_FIELDS and value is not None}
    attributes = {**{f"weave.{key}": value for key, value in rest.items()}, **extra}
    _fill_status(span, raw, summary, attributes)
    span.attributes = attributes or None
    span.scores = list(_feedback(span, summary))


def op_name(value: Any) -> str | None:
    """The name of an operation without its address and hash."""
    text = text_value(value)
    if text is None or not text.startswith("weave:///"):
        return text
    return text.rpartition("/")[2].partition(":")[0] or text


def _kind(op: str, extra: dict[str, Any], inputs: Any) -> tuple[SpanKind, str | None]:
    held = extra.get("weave")
    said = text_value(held.get("kind")) if isinstance(held, dict) else None
    said = said or text_value(extra.get("kind"))
    if said is not None and said.lower() in _KIND_WORDS:
        return _KIND_WORDS[said.lower()], said
    lowered = op.lower()
    asked = (
        isinstance(inputs, dict)
        and "model" in inputs
        and any(key in inputs for key in ("messages", "contents"))
    )
    if asked or lowered.startswith(_MODEL_CALLS):
        return SpanKind.LLM, said
    if lowered.endswith((".score", "_scorer", ".scorer")):
        return SpanKind.EVALUATOR, said
    return SpanKind.CHAIN, said


def _fill_model_call(span: Span, inputs: Any, output: Any) -> None:
    given = inputs if isinstance(inputs, dict) else {}
    span.requested_model = text_value(given.get("model"))
    answered = text_value(output.get("model")) if isinstance(output, dict) else None
    span.model = answered or span.requested_model
    span.input_messages = read_messages({key: item for key, item in given.items() if key != "self"}, "user")
    span.output_messages = read_messages(output, "assistant")
    span.tools_offered = read_tools(given.get("tools"))
    span.finish_reasons = tuple(
        message.finish_reason for message in span.output_messages if message.finish_reason
    )


def _fill_usage(span: Span, summary: dict[str, Any]) -> None:
    by_model = parsed_object(summary.get("usage")) or {}
    weave = parsed_object(summary.get("weave")) or {}
    costs = parsed_object(weave.get("costs")) or {}
    found = [usage for item in by_model.values() if (usage := read_usage(item)) is not None]
    figures = Figures()
    cost = _total_cost(costs, figures)
    sums: dict[str, Any] = {name: _sum(getattr(usage, name) for usage in found) for name in _ADDED}
    odd = "; ".join(usage.unread for usage in found if usage.unread is not None) or None
    told = Usage(**sums, raw=dumps({"usage": by_model, "costs": costs}), unread=odd) if found else None
    span.usage = with_cost(told, cost, figures, {"usage": by_model, "costs": costs})
    if span.model is None and len(by_model) == 1 and span.kind is SpanKind.LLM:
        span.model = next(iter(by_model))


def _sum(numbers: Iterator[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _total_cost(costs: dict[str, Any], figures: Figures) -> Decimal | None:
    """What models cost together; None as well where a part of that cannot be read."""
    amounts = [
        amount
        for item in costs.values()
        if isinstance(item, dict)
        for key in ("prompt_tokens_total_cost", "completion_tokens_total_cost")
        if (amount := figures.dollars(item, (key,))) is not None
    ]
    return sum(amounts, Decimal(0)) if amounts and figures.unread is None else None


def _fill_status(
    span: Span, raw: dict[str, Any], summary: dict[str, Any], attributes: dict[str, Any]
) -> None:
    weave = parsed_object(summary.get("weave")) or {}
    error = raw.get("exception")
    state = _STATES.get(str(weave.get("status")).lower())
    if error not in (None, ""):
        settle(span, Status.ERROR, error if isinstance(error, str) else dumps(error), attributes)
    elif state is Status.ERROR:
        settle(span, Status.ERROR, None, attributes)
    else:
        span.status = state or (Status.UNFINISHED if span.end_ns is None else Status.OK)


def _feedback(span: Span, summary: dict[str, Any]) -> Iterator[Score]:
    """Reactions, notes, and verdicts of scorers."""
    weave = parsed_object(summary.get("weave")) or {}
    for item in parsed_list(weave.get("feedback")) or []:
        if not isinstance(item, dict):
            continue
        kind, payload = text_value(item.get("feedback_type")) or "feedback", item.get("payload")
        held = payload if isinstance(payload, dict) else {"value": payload}
        value = next((held[key] for key in ("emoji", "note", "output", "value") if key in held), None)
        name = (
            kind.removeprefix("wandb.")
            .removeprefix("runnable.")
            .removeprefix("annotation.")
            .removesuffix(".1")
        )
        yield Score(
            span.trace_id,
            span.span_id,
            name,
            value=number_value(value),
            label=None if name == "note" or number_value(value) is not None else payload_text(value),
            passed=value if isinstance(value, bool) else None,
            kind="model" if "runnable" in kind else "human",
            author=text_value(item.get("creator")) or text_value(item.get("wb_user_id")),
            comment=text_value(held.get("note")),
            at_ns=to_ns(item.get("created_at")),
        )
