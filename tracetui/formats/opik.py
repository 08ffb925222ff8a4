"""Opik: exported traces with their spans, and rows of traces or spans as the API, the SDK and tables give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import (
    number_value,
    parsed,
    parsed_object,
    payload_text,
    text_list,
    text_value,
)
from tracetui.formats.elements import element_origin
from tracetui.formats.message_parts import MAX_DEPTH
from tracetui.formats.messages import read_messages
from tracetui.formats.times import NS_PER_MS, to_ns
from tracetui.formats.unread_usage import Figures
from tracetui.formats.usage import read_usage
from tracetui.model import (
    Entry,
    Event,
    JsonValue,
    Message,
    Origin,
    PartType,
    Record,
    Score,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
    Usage,
)
from tracetui.reading.lenient import dumps

_KINDS = {
    "llm": SpanKind.LLM,
    "tool": SpanKind.TOOL,
    "guardrail": SpanKind.GUARDRAIL,
    "general": SpanKind.CHAIN,
}
_SPAN_MARKS = frozenset(("parent_span_id", "type", "usage", "model", "provider", "error_info"))
_TRACE_MARKS = frozenset(("thread_id", "feedback_scores", "error_info", "total_estimated_cost", "span_count"))
_LISTS = ("content", "traces", "spans", "data")
_DETAILS = (
    ("cache_read_tokens", ("original_usage.cache_read_input_tokens", "original_usage.prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens")),
    ("cache_write_tokens", ("original_usage.cache_creation_input_tokens", "cache_creation_input_tokens")),
    ("reasoning_tokens", ("original_usage.completion_tokens_details.reasoning_tokens", "reasoning_tokens")),
)  # fmt: skip
_READ_INSIDE = "original_usage.prompt_tokens_details.cached_tokens"
_MAPPED = frozenset(
    (
        *("id", "trace_id", "parent_span_id", "name", "type", "start_time", "end_time", "input", "output"),
        *("metadata", "model", "provider", "tags", "usage", "error_info", "feedback_scores", "duration"),
        *("total_estimated_cost", "thread_id", "ttft", "environment"),
    )
)  # fmt: skip

Row = dict[str, Any]


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """`trace` with `spans` that have a type and `trace_id`, or rows of either; tables by their columns."""
    if head.columns:
        return _of_row(dict.fromkeys(head.columns, ""))
    matches = [match for value in head.values[:3] if (match := _of_value(value, 0)) is not None]
    return max(matches, key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue, depth: int) -> Match | None:
    if isinstance(value, list):
        return _of_value(value[0], depth + 1) if value and depth < 2 else None
    if not isinstance(value, dict):
        return None
    trace, spans = value.get("trace"), value.get("spans")
    if isinstance(trace, dict) and isinstance(spans, list):
        row = spans[0] if spans else None
        known = _of_row(row) if isinstance(row, dict) else _of_row(trace)
        return Match(93, "`trace` with `spans` in Opik's words", "export") if known else None
    content = value.get("content")
    if isinstance(content, list) and "total" in value and content:
        return _of_value(content[0], depth + 1) if depth == 0 else None
    return _of_row(value)


def _of_row(row: Mapping[str, Any]) -> Match | None:
    if "id" not in row or "start_time" not in row or "run_type" in row or "span_id" in row:
        return None
    if "trace_id" in row and len(_SPAN_MARKS & row.keys()) >= 3 and _is_span_type(row.get("type")):
        return Match(82, "spans with `parent_span_id`, `type` and `usage`", "spans")
    marks = _TRACE_MARKS & row.keys()
    if len(marks) >= 2 and ("project_id" in row or "feedback_scores" in row):
        return Match(78, f"traces with `{'`, `'.join(sorted(marks))}`", "traces")
    return None


def _is_span_type(word: Any) -> bool:
    return word in (None, "") or (isinstance(word, str) and word in _KINDS)


# --- reading ---------------------------------------------------------------------------------------------------


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A span for each trace and each span; a trace is the root of the spans that stand with it."""
    for record in records:
        yield from _value(record.value, record.origin, 0)


def _value(value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
    if isinstance(value, list) and value and depth < MAX_DEPTH:
        for item in value:
            yield from _value(item, element_origin(origin, item), depth + 1)
    elif not isinstance(value, dict):
        yield Skipped(origin, "unknown_shape", "no trace or span", Severity.WARNING)
    elif isinstance(value.get("trace"), dict):
        yield from _export(value, value["trace"], origin)
    elif "id" not in value and (lists := [key for key in _LISTS if isinstance(value.get(key), list)]):
        for key in lists:
            yield from _value(value[key], origin, depth + 1)
    else:
        yield _row(value, origin, None)


def _export(value: Row, trace: Row, origin: Origin) -> Iterator[Entry]:
    root = _row(trace, element_origin(origin, trace), None)
    yield root
    own = root.span_id if isinstance(root, Span) else None
    spans = value.get("spans")
    for item in spans if isinstance(spans, list) else ():
        inner = element_origin(origin, item)
        if isinstance(item, dict):
            yield _row(item, inner, own)
        else:
            yield Skipped(inner, "unknown_shape", "no span: not an object", Severity.WARNING)


def _row(found: Row, origin: Origin, root: str | None) -> Span | Skipped:
    row = {key: value for key, value in found.items() if value is not None and value != ""}
    own = ids.uuid_text(row.get("id"))
    if own is None:
        return Skipped(origin, "missing_id", "a trace or span without id", Severity.DATA_LOSS)
    trace = ids.uuid_text(row.get("trace_id"))
    is_span = trace is not None or root is not None
    if not is_span and row.keys().isdisjoint(("name", "start_time")):
        return Skipped(origin, "unknown_shape", "neither a trace nor a span", Severity.WARNING)
    span = Span(trace or root or own, own, origin)
    span.parent_id = ids.uuid_text(row.get("parent_span_id")) or (root if is_span else None)
    span.name = text_value(row.get("name")) or ("span" if is_span else "trace")
    word = text_value(row.get("type"))
    span.kind = _KINDS.get((word or "").lower(), SpanKind.UNKNOWN) if is_span else SpanKind.CHAIN
    span.kind_original = word or ("trace" if not is_span else None)
    _fill_times(span, row)
    _fill_context(span, row)
    _fill_outcome(span, row)
    _fill_payload(span, row)
    span.scores = _scores(span, row.get("feedback_scores"), of_span=is_span)
    return span


def _fill_times(span: Span, row: Row) -> None:
    span.start_ns, span.end_ns = to_ns(row.get("start_time")), to_ns(row.get("end_time"))
    lasted_ms = number_value(row.get("duration"))
    if span.end_ns is None and span.start_ns is not None and lasted_ms is not None and 0 <= lasted_ms < 1e12:
        span.end_ns = span.start_ns + round(lasted_ms * NS_PER_MS)
    ttft_ms = number_value(row.get("ttft"))
    if ttft_ms is not None and 0 < ttft_ms < 1e12:
        span.ttft_ns = round(ttft_ms * NS_PER_MS)


def _fill_context(span: Span, row: Row) -> None:
    metadata = parsed_object(row.get("metadata"))
    span.metadata = metadata or None
    span.tags = text_list(row.get("tags"))
    span.session_id = text_value(row.get("thread_id"))
    span.environment = text_value(row.get("environment"))
    span.model, span.provider = text_value(row.get("model")), text_value(row.get("provider"))
    if span.kind is SpanKind.TOOL:
        span.tool_name = span.name
    rest = {
        key: value for key, value in row.items() if key not in _MAPPED and value not in ([], {}, "[]", "{}")
    }
    span.attributes = rest or None


def _fill_outcome(span: Span, row: Row) -> None:
    error = parsed_object(row.get("error_info"))
    span.status = Status.OK if span.end_ns is not None else Status.UNFINISHED
    if error:
        span.status = Status.ERROR
        span.error_type = text_value(error.get("exception_type"))
        message, trace = text_value(error.get("message")), text_value(error.get("traceback"))
        span.error_message = one_line(message or trace)
        found = {
            "exception.type": span.error_type,
            "exception.message": message,
            "exception.stacktrace": trace,
        }
        known = {key: value for key, value in found.items() if value is not None}
        span.events = [Event("exception", span.end_ns or span.start_ns, known)]


def _fill_payload(span: Span, row: Row) -> None:
    span.input, span.output = payload_text(row.get("input")), payload_text(row.get("output"))
    if span.kind is SpanKind.LLM:
        span.input_messages = _messages(row.get("input"), "user")
        span.output_messages = _messages(row.get("output"), "assistant")
        reasons = (message.finish_reason for message in span.output_messages)
        span.finish_reasons = tuple(reason for reason in reasons if reason)
    span.usage = _usage(row)


def _messages(value: Any, role: str) -> tuple[Message, ...]:
    """Messages, none where nothing in the value is one."""
    messages = read_messages(parsed(value), role)
    known = any(part.type is not PartType.OTHER for message in messages for part in message.parts)
    return messages if known else ()


def _usage(row: Row) -> Usage | None:
    """Tokens as the provider counts them, in OpenAI's words; what Anthropic caches is added to the input."""
    raw, figures = parsed_object(row.get("usage")) or {}, Figures()
    counts = {
        key: n for key in raw if key.endswith("tokens") and (n := figures.tokens(raw, (key,))) is not None
    }
    usage = read_usage({key: counts[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens") if key in counts})  # fmt: skip
    cost = figures.dollars(row, ("total_estimated_cost",))
    if usage is None and not cost and figures.unread is None:
        return None
    details = {name: next((counts[key] for key in keys if key in counts), None) for name, keys in _DETAILS}
    tokens = usage or Usage()
    beside = (details["cache_read_tokens"] or 0) + (details["cache_write_tokens"] or 0)
    is_anthropic = "original_usage.input_tokens" in counts and tokens.input_tokens == counts["original_usage.input_tokens"]  # fmt: skip
    return Usage(
        input_tokens=(tokens.input_tokens or 0) + beside if is_anthropic else tokens.input_tokens,
        output_tokens=tokens.output_tokens,
        total_tokens=tokens.total_tokens if not (is_anthropic and beside) else None,
        cache_read_tokens=counts.get(_READ_INSIDE, details["cache_read_tokens"]),
        cache_write_tokens=details["cache_write_tokens"],
        reasoning_tokens=details["reasoning_tokens"],
        cost_usd=cost or None,
        raw=dumps(raw),
        unread=figures.unread,
    )


def _scores(span: Span, value: Any, *, of_span: bool) -> list[Score]:
    items = parsed(value)
    found = []
    for item in items if isinstance(items, list) else ():
        name = text_value(item.get("name")) if isinstance(item, dict) else None
        if name is None:
            continue
        source = (text_value(item.get("source")) or "").lower()
        found.append(
            Score(
                span.trace_id,
                span.span_id if of_span else None,
                name,
                value=number_value(item.get("value")),
                label=text_value(item.get("category_name")),
                kind={"ui": "human", "online_scoring": "model"}.get(source),
                author=text_value(item.get("created_by")),
                comment=text_value(item.get("reason")),
                at_ns=to_ns(item.get("created_at")),
            )
        )
    return found


FORMAT = Format(
    name="opik",
    title="Opik traces",
    recognised_by="`trace` with `spans` that have `parent_span_id` and `type`; rows with `feedback_scores`, `error_info`",
    produced_by="Opik: `opik export`, `search_traces` and `search_spans`, REST pages of traces and spans",
    sniff=sniff,
    read=read,
)
