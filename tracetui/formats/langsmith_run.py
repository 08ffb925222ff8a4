"""One LangSmith run object, whole or as a start or end record of it, as a `Span`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_values import number_value
from tracetui.formats.ids import uuid_text
from tracetui.formats.langsmith_call import dict_of, fill_model_call, fill_tool_call
from tracetui.formats.langsmith_error import RunError, read_error
from tracetui.formats.langsmith_scores import feedback_stats
from tracetui.formats.langsmith_usage import run_usage
from tracetui.formats.message_parts import as_text, first, first_text
from tracetui.formats.times import NS_PER_MS, to_ns
from tracetui.model import Event, Origin, Span, SpanKind, Status
from tracetui.reading.lenient import NotJson, loads

KINDS: Mapping[str, SpanKind] = MappingProxyType(
    {
        "llm": SpanKind.LLM,
        "chain": SpanKind.CHAIN,
        "tool": SpanKind.TOOL,
        "retriever": SpanKind.RETRIEVER,
        "embedding": SpanKind.EMBEDDING,
        "prompt": SpanKind.PROMPT,
        "parser": SpanKind.CHAIN,
    }
)
_STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "success": Status.OK,
        "error": Status.ERROR,
        "pending": Status.UNFINISHED,
        "running": Status.UNFINISHED,
        "interrupted": Status.INTERRUPTED,
    }
)
_JSON_COLUMNS = (
    *("inputs", "outputs", "extra", "events", "tags", "feedback_stats", "serialized", "custom_metadata"),
    *(
        "token_usage",
        "costs",
        "prompt_token_details",
        "completion_token_details",
        "metadata",
        "parent_run_ids",
    ),
)
_MAPPED = frozenset(
    (
        *("id", "run_id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type", "status", "error"),
        *(
            "start_time",
            "end_time",
            "inputs",
            "outputs",
            "events",
            "tags",
            "extra",
            "custom_metadata",
            "metadata",
        ),
        *(
            "session_name",
            "session_id",
            "token_usage",
            "costs",
            "feedback_stats",
            "first_token_time",
            "thread_id",
        ),
        *("prompt_tokens", "completion_tokens", "total_tokens", "total_cost", "child_runs"),
    )
)
RUN_FIELDS = frozenset(("run_id", "run_type", "trace_id", "dotted_order", "parent_run_id", "name", "start_time", "end_time",
                        "inputs", "outputs", "error", "extra", "events", "status", "tags"))  # fmt: skip
"""A record without any of these is no run, whatever its id."""

_PREBUILT_NODES = frozenset(("tools", "tool", "model"))
_ORDER_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d*)", re.ASCII)
_NOT_PARAMETERS = frozenset(
    ("messages", "input", "prompt", "prompts", "tools", "functions", "system", "instructions")
)


def decoded(run: Mapping[str, Any]) -> dict[str, Any]:
    """The run with columns that bulk export writes as JSON text decoded; text that is no JSON stays."""
    return {key: _decoded(value) if key in _JSON_COLUMNS else value for key, value in run.items()}


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return loads(value)[0]
    except NotJson:
        return value


def read_run(found: Mapping[str, Any], origin: Origin) -> Span | None:
    """A span with what this record says and None for the rest, so that start and end records merge.

    None where the record names no run (neither `id`, `run_id` nor `dotted_order`) or says nothing of one.
    """
    run = decoded(found)
    order = _order(run.get("dotted_order"))
    own = uuid_text(run.get("id")) or uuid_text(run.get("run_id")) or (order[-1][1] if order else None)
    if own is None or run.keys().isdisjoint(RUN_FIELDS):
        return None
    span = Span(_trace_id(run, order, own), own, origin)
    span.parent_id = uuid_text(run.get("parent_run_id")) or (order[-2][1] if len(order) > 1 else None)
    _fill_times(span, run, order)
    extra = dict_of(run.get("extra"))
    metadata = (
        dict_of(extra.get("metadata")) or dict_of(run.get("custom_metadata")) or dict_of(run.get("metadata"))
    )
    _fill_identity(span, run, metadata)
    _fill_outcome(span, run)
    _fill_payload(span, found, run, extra)
    _fill_context(span, run, extra, metadata)
    fill_model_call(span, run, extra, metadata)
    fill_tool_call(span, run, extra)
    span.usage = run_usage(run, run.get("outputs"), metadata)
    span.scores = feedback_stats(span.trace_id, own, run.get("feedback_stats"))
    return span


def _order(value: Any) -> list[tuple[str, str]]:
    """`dotted_order` as (time, uuid) from the root down to the run itself."""
    if not isinstance(value, str) or not value:
        return []
    split = [segment.partition("Z") for segment in value.split(".")]
    return [(time, uuid_text(own) or own) for time, _, own in split if own]


def _trace_id(run: dict[str, Any], order: list[tuple[str, str]], own: str) -> str:
    return uuid_text(run.get("trace_id")) or (order[0][1] if order else own)


def _fill_times(span: Span, run: dict[str, Any], order: list[tuple[str, str]]) -> None:
    span.start_ns = to_ns(run.get("start_time"))
    if span.start_ns is None and order and order[-1][1] == span.span_id:
        span.start_ns = _order_time_ns(order[-1][0])
    span.end_ns = to_ns(run.get("end_time"))
    duration_ms = number_value(run.get("duration_ms"))
    if (
        span.end_ns is None
        and span.start_ns is not None
        and duration_ms is not None
        and 0 <= duration_ms < 1e13
    ):
        span.end_ns = span.start_ns + round(duration_ms * NS_PER_MS)
    first_token_ns = to_ns(run.get("first_token_time")) or _first_token_event_ns(run.get("events"))
    if first_token_ns is not None and span.start_ns is not None and first_token_ns >= span.start_ns:
        span.ttft_ns = first_token_ns - span.start_ns


def _order_time_ns(text: str) -> int | None:
    found = _ORDER_TIME.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction = found.groups()
    return to_ns(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{fraction or '0'}Z")


def _first_token_event_ns(events: Any) -> int | None:
    times = (
        to_ns(e.get("time")) for e in _list(events) if isinstance(e, dict) and e.get("name") == "new_token"
    )
    return next((at for at in times if at is not None), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _fill_identity(span: Span, run: dict[str, Any], metadata: dict[str, Any]) -> None:
    span.name = first_text(run, ("name",))
    span.kind_original = first_text(run, ("run_type",))
    if span.kind_original is not None:
        span.kind = KINDS.get(span.kind_original.lower(), SpanKind.UNKNOWN)
    named = first_text(metadata, ("lc_agent_name", "ls_agent_name", "agent_name"))
    if span.kind is SpanKind.CHAIN and (metadata.get("ls_agent_type") or (named and named == span.name)):
        span.kind = SpanKind.AGENT
    span.agent = named or _node_name(metadata.get("langgraph_node")) or _graph_name(span, metadata)


def _node_name(node: Any) -> str | None:
    """A LangGraph node stands for an agent, save for the nodes that LangGraph itself adds to every agent."""
    if not isinstance(node, str) or node.startswith("__") or node in _PREBUILT_NODES:
        return None
    return node or None


def _graph_name(span: Span, metadata: dict[str, Any]) -> str | None:
    """A whole graph is an agent by the name it was compiled with, if it was given one."""
    is_graph = metadata.get("ls_integration") == "langgraph" and "langgraph_node" not in metadata
    return span.name if is_graph and span.parent_id is None and span.name != "LangGraph" else None


# --- outcome ---------------------------------------------------------------------------------------------------


def _fill_outcome(span: Span, run: dict[str, Any]) -> None:
    text = as_text(run.get("error")) or None
    error = read_error(text) if text else None
    word = run.get("status")
    said = _STATUSES.get(word.lower()) if isinstance(word, str) else None
    span.status = _status(said, error, span.end_ns, run.get("outputs"))
    span.events = _events(run.get("events"))
    if error is not None:
        span.events = [*span.events, error.event(span.end_ns)]
        if span.status is not Status.OK:
            span.error_type, span.error_message = error.type, error.message


def _status(said: Status | None, error: RunError | None, end_ns: int | None, outputs: Any) -> Status | None:
    if error is not None:
        return error.status
    if isinstance(outputs, dict) and outputs.get("__interrupt__"):
        return Status.INTERRUPTED
    return said or (None if end_ns is None else Status.OK)


def _events(events: Any) -> Sequence[Event]:
    return [_event(item) for item in _list(events) if isinstance(item, dict)]


def _event(item: dict[str, Any]) -> Event:
    attributes = {key: value for key, value in item.items() if key not in ("name", "time", "kwargs")}
    attributes.update(dict_of(item.get("kwargs")))
    return Event(as_text(item.get("name")) or "event", to_ns(item.get("time")), attributes)


# --- payload and context ---------------------------------------------------------------------------------------


def _fill_payload(span: Span, found: Mapping[str, Any], run: dict[str, Any], extra: dict[str, Any]) -> None:
    span.input = as_text(found.get("inputs")) if run.get("inputs") not in ({}, "", "{}") else None
    span.output = as_text(found.get("outputs")) if run.get("outputs") not in ({}, "", "{}") else None
    rest = {key: value for key, value in run.items() if key not in _MAPPED and value not in (None, {}, [])}
    more = {
        key: value for key, value in extra.items() if key not in ("metadata", "runtime", "invocation_params")
    }
    span.attributes = {**rest, **({"extra": more} if more else {})} or None
    resource = {
        **dict_of(extra.get("runtime")),
        "project": run.get("session_name"),
        "project_id": run.get("session_id"),
    }
    span.resource = {key: value for key, value in resource.items() if value is not None} or None


def _fill_context(span: Span, run: dict[str, Any], extra: dict[str, Any], metadata: dict[str, Any]) -> None:
    thread = first(metadata, ("thread_id", "session_id", "conversation_id")) or run.get("thread_id")
    span.session_id = as_text(thread) or None
    span.user_id = as_text(first(metadata, ("user_id", "user", "ls_user_id"))) or None
    span.environment = first_text(metadata, ("environment", "env", "LANGSMITH_ENVIRONMENT"))
    span.version = first_text(metadata, ("revision_id", "version", "LANGSMITH_REVISION_ID"))
    span.metadata = metadata or None
    tags = run.get("tags")
    span.tags = tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    invocation = dict_of(extra.get("invocation_params")) or dict_of(metadata.get("ls_invocation_params"))
    request = invocation or _request(run)
    span.parameters = {k: v for k, v in request.items() if k not in _NOT_PARAMETERS and v is not None} or None


def _request(run: dict[str, Any]) -> dict[str, Any]:
    """The request itself, where a wrapped client logs it whole as the inputs of a model run."""
    inputs = dict_of(run.get("inputs"))
    return inputs if run.get("run_type") == "llm" and isinstance(inputs.get("model"), str) else {}
