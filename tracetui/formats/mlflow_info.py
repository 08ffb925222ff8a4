"""What MLflow says of a trace as a whole: its facts, its assessments, and an overview where spans are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.conventions_status import one_line
from tracetui.formats.conventions_values import (
    number_value,
    parsed_list,
    parsed_object,
    payload_text,
    text_value,
)
from tracetui.formats.elements import element_origin
from tracetui.formats.otel_fields import first_of
from tracetui.formats.times import NS_PER_MS, to_ns
from tracetui.formats.usage import read_usage
from tracetui.model import Entry, Origin, Score, Severity, Skipped, Span, SpanKind, Status, TraceFacts

_STATES = {
    "OK": Status.OK,
    "ERROR": Status.ERROR,
    "IN_PROGRESS": Status.UNFINISHED,
}
_AUTHORS = {"HUMAN": "human", "LLM_JUDGE": "model", "AI_JUDGE": "model", "CODE": "code"}
_LONGEST_DURATION_MS = 10**12


def bare_trace_id(value: Any) -> str | None:
    """A trace id without MLflow's prefix where OpenTelemetry's id stands behind it."""
    found = ids.trace_id(value)
    if found is None:
        return None
    if found.startswith("tr-"):
        return ids.trace_id(found[3:])
    # trace:/<catalog.schema>/<id>: traces that are kept in Unity Catalog
    return ids.trace_id(found.rpartition("/")[2]) if found.startswith("trace:/") else found


def own_trace_id(info: dict[str, Any], spans: list[Any]) -> str | None:
    """The id of the trace: what its info says, else what its first span says."""
    named = bare_trace_id(first_of(info, ("trace_id", "request_id")))
    return named or next((found for raw in spans if (found := span_trace_id(raw)) is not None), None)


def span_trace_id(raw: Any) -> str | None:
    """The trace id that a span carries itself."""
    raw = parsed_object(raw) or {}
    context = raw.get("context")
    given = context.get("trace_id") if isinstance(context, dict) else raw.get("trace_id")
    return bare_trace_id(given)


def info_entries(info: dict[str, Any], trace_id: str | None, origin: Origin) -> Iterator[Entry]:
    """Facts of the trace and its assessments as scores."""
    if trace_id is None:
        yield Skipped(origin, "missing_id", "a trace without id", Severity.DATA_LOSS)
        return
    metadata, tags = _metadata(info), _tags(info)
    # an evaluation run names each of its traces the same; the name of a root span is no better
    yield TraceFacts(
        trace_id,
        element_origin(origin, info),
        name=text_value(tags.get("mlflow.traceName")),
        session_id=text_value(metadata.get("mlflow.trace.session")),
        user_id=text_value(metadata.get("mlflow.trace.user")),
        metadata={**metadata, **tags} or None,
    )
    for item in parsed_list(info.get("assessments")) or []:
        yield _score(item, trace_id, element_origin(origin, item))


def overview(info: dict[str, Any], trace_id: str, origin: Origin) -> Span:
    """One span for the whole trace, for an export that left the spans out."""
    span = Span(trace_id, f"{trace_id}:trace", element_origin(origin, info), is_derived=True)
    metadata, tags = _metadata(info), _tags(info)
    span.name = text_value(tags.get("mlflow.traceName"))
    span.kind = SpanKind.CHAIN
    span.start_ns = to_ns(first_of(info, ("request_time", "timestamp_ms", "timestamp")))
    lasted_ms = _duration_ms(info)
    if span.start_ns is not None and lasted_ms is not None:
        span.end_ns = span.start_ns + int(lasted_ms * NS_PER_MS)
    span.status = _STATES.get(str(first_of(info, ("state", "status"))).upper(), Status.UNSET)
    span.input = payload_text(first_of(info, ("request", "request_preview"))) or _preview(metadata, "Inputs")
    span.output = payload_text(first_of(info, ("response", "response_preview"))) or _preview(
        metadata, "Outputs"
    )
    span.usage = read_usage(parsed_object(metadata.get("mlflow.trace.tokenUsage")))
    if span.status is Status.ERROR:
        span.error_message = one_line(text_value(info.get("response_preview")))
    return span


def _preview(metadata: dict[str, Any], side: str) -> str | None:
    return text_value(metadata.get(f"mlflow.trace{side}"))


def _duration_ms(info: dict[str, Any]) -> float | None:
    given = first_of(info, ("execution_duration_ms", "execution_time_ms", "execution_duration"))
    if isinstance(given, str) and given.endswith("s"):
        seconds = number_value(given[:-1])  # the protobuf way: "1.5s"
        given = None if seconds is None else seconds * 1000
    number = number_value(given)
    return number if number is not None and 0 <= number < _LONGEST_DURATION_MS else None


def _metadata(info: dict[str, Any]) -> dict[str, Any]:
    return _object(first_of(info, ("trace_metadata", "request_metadata")))


def _tags(info: dict[str, Any]) -> dict[str, Any]:
    return _object(info.get("tags"))


def _object(value: Any) -> dict[str, Any]:
    """An object, also as a list of `{key, value}` or of pairs, as maps come out of Parquet."""
    items = parsed_list(value)
    if items is None:
        return parsed_object(value) or {}
    found = {}
    for item in items:
        if isinstance(item, dict) and "key" in item:
            found[str(item["key"])] = item.get("value")
        elif isinstance(item, list) and len(item) == 2:
            found[str(item[0])] = item[1]
    return found


def _score(item: Any, trace_id: str, origin: Origin) -> Entry:
    """An assessment: feedback (a verdict) or an expectation (the right answer)."""
    item = parsed_object(item) or {}
    name = text_value(first_of(item, ("assessment_name", "name")))
    if name is None:
        return Skipped(origin, "unknown_shape", "an assessment without name", Severity.WARNING)
    source = parsed_object(item.get("source")) or {}
    kind = text_value(source.get("source_type")) or ""
    value, comment = _verdict(item), text_value(item.get("rationale"))
    return Score(
        trace_id,
        ids.span_id(item.get("span_id")),
        name,
        value=None if isinstance(value, str) else number_value(value),
        label=value if isinstance(value, str) else _other_text(value),
        passed=value if isinstance(value, bool) else None,
        kind="expectation" if "expectation" in item else _AUTHORS.get(kind.upper(), kind.lower() or None),
        author=text_value(source.get("source_id")),
        comment=comment or _failure(item),
        at_ns=to_ns(first_of(item, ("create_time", "create_time_ms", "last_update_time"))),
        origin=origin,
    )


def _verdict(item: dict[str, Any]) -> Any:
    held = first_of(item, ("feedback", "expectation"))
    if not isinstance(held, dict):
        return held
    serialized = held.get("serialized_value")
    if isinstance(serialized, dict):
        return serialized.get("value")
    value = held.get("value")
    if isinstance(value, str) and value.lower() in ("yes", "no", "true", "false"):
        return value
    return value


def _other_text(value: Any) -> str | None:
    return payload_text(value) if isinstance(value, (dict, list)) else None


def _failure(item: dict[str, Any]) -> str | None:
    """Why a judge gave no verdict."""
    feedback = item.get("feedback")
    error = first_of(item, ("error",)) or (feedback.get("error") if isinstance(feedback, dict) else None)
    if not isinstance(error, dict):
        return text_value(error)
    return text_value(first_of(error, ("error_message", "message", "error_code")))
