"""MLflow traces: trace JSON (`info` and `data`), `traces.json` artifacts, pages, and rows of `search_traces`.

A trace is `{"info": {trace_id, request_time, state, trace_metadata, tags, assessments}, "data": {"spans": […]}}`; an
artifact holds `{"spans"}` alone; a row of a data frame holds the trace as JSON text in `trace`. Values of attributes
are JSON texts. Spans of MLflow 2 have `context {trace_id, span_id}`, `start_time` and `status_code`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_values import parsed, parsed_list, parsed_object
from tracetui.formats.elements import element_origin
from tracetui.formats.mlflow_info import info_entries, overview, own_trace_id
from tracetui.formats.mlflow_span import span_entry
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped

_ROW = ("request_id", "trace_id")
_INFO_MARKS = frozenset(
    {"trace_location", "trace_metadata", "request_metadata", "execution_duration_ms", "execution_time_ms"}
)
_MARK = "mlflow."


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Entries of each trace: facts, spans and scores; traces exported without spans become an overview."""
    for record in records:
        value = record.value
        page = value.get("traces") if isinstance(value, dict) else None
        if not isinstance(page, list):
            yield from _trace_entries(value, record.origin)
            continue
        if not page:
            yield Skipped(record.origin, "empty_batch", "the page holds no traces")
        for element in page:
            yield from _trace_entries(element, element_origin(record.origin, element))


def _trace_entries(value: JsonValue, origin: Origin) -> Iterator[Entry]:
    value = parsed(value)
    if not isinstance(value, dict):
        yield Skipped(origin, "not_an_object", "a trace that is no object", Severity.DATA_LOSS)
        return
    if _is_span(value):
        yield from span_entry(value, origin, None)
        return
    info, spans = _parts(value)
    trace_id = own_trace_id(info, spans or [])
    if info:
        yield from info_entries(info, trace_id, origin)
    if spans:
        for raw in spans:
            yield from span_entry(parsed(raw), element_origin(origin, raw), trace_id)
    elif info and trace_id is not None:
        span = overview(info, trace_id, origin)
        yield span
        message = "the export holds no spans of this trace; get it whole with `mlflow traces get --trace-id`"
        yield ImportIssue(
            "vendor_truncated",
            message,
            Severity.DATA_LOSS,
            origin.line,
            origin.byte_offset,
            span.span_id,
            trace_id=trace_id,
        )
    elif spans == []:
        yield Skipped(origin, "empty_batch", "the trace holds no spans")
    elif not info:
        yield Skipped(origin, "unknown_shape", "neither an MLflow trace nor a span", Severity.WARNING)


def _parts(value: dict[str, Any]) -> tuple[dict[str, Any], list[Any] | None]:
    """What is said of the trace as a whole, and its spans; None where the export has no place for them."""
    whole = parsed_object(value.get("trace"))
    if whole is not None:
        info, spans = _parts({key: item for key, item in whole.items() if key != "trace"})
        return {**_row_info(value), **info}, spans
    if "info" in value or "data" in value:
        data = parsed_object(value.get("data")) or {}
        return parsed_object(value.get("info")) or {}, parsed_list(data.get("spans"))
    info = _row_info(value) if _INFO_MARKS & value.keys() or any(key in value for key in _ROW) else {}
    return info, parsed_list(value.get("spans"))


def _row_info(row: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in row.items() if key not in ("trace", "spans") and item is not None}


def _is_span(value: dict[str, Any]) -> bool:
    return "attributes" in value and ("span_id" in value or isinstance(value.get("context"), dict))


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """A trace with `info` and `data`, spans whose attributes are `mlflow.…`, or a data frame's columns."""
    columns = set(head.columns)
    if "trace" in columns and columns & {"trace_metadata", "request_metadata"}:
        return Match(92, "columns `trace` and `trace_metadata`, as `search_traces` gives them")
    matches = (_of_value(parsed(value), 0) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue, depth: int) -> Match | None:
    if not isinstance(value, dict) or depth > 2:
        return None
    page = value.get("traces")
    if isinstance(page, list) and page:
        return _of_value(page[0], depth + 1)
    return _of_trace(value) or _of_spans(value) or _of_row(value, depth)


def _of_trace(value: dict[str, Any]) -> Match | None:
    info = parsed_object(value.get("info"))
    if info is None:
        return _of_info(value)
    has_spans = "spans" in (parsed_object(value.get("data")) or {})
    if _INFO_MARKS & info.keys():
        where = "`info` and `data.spans`" if has_spans else "`info` without spans"
        return Match(96 if has_spans else 88, f"{where} of an MLflow trace", _version(info))
    return None


def _of_info(value: dict[str, Any]) -> Match | None:
    if len(_INFO_MARKS & value.keys()) >= 2 and any(key in value for key in _ROW):
        return Match(85, "`trace_metadata` and its siblings, as MLflow lists traces", _version(value))
    return None


def _version(info: dict[str, Any]) -> str:
    return "2" if "request_metadata" in info or "timestamp_ms" in info else "3"


def _of_spans(value: dict[str, Any]) -> Match | None:
    spans = parsed_list(value.get("spans"))
    span = parsed_object(spans[0]) if spans else value
    attributes = parsed_object((span or {}).get("attributes"))
    if span is None or not attributes or not any(key.startswith(_MARK) for key in attributes):
        return None
    if "context" not in span and "span_id" not in span:
        return None
    # An export of OpenTelemetry's own shape that merely passed through MLflow is for its own reader.
    if isinstance(span.get("attributes"), list) or "spanId" in span or "resource" in span:
        return None
    return Match(97, "spans with attributes `mlflow.…`", "2" if "context" in span else "3")


def _of_row(value: dict[str, Any], depth: int) -> Match | None:
    if "trace" not in value or not any(key in value for key in _ROW):
        return None
    inner = _of_value(parsed(value["trace"]), depth + 1)
    return Match(92, "rows with the trace as JSON text in `trace`", inner.version) if inner else None


FORMAT = Format(
    name="mlflow",
    title="MLflow traces",
    recognised_by="`info` and `data.spans`, spans with `mlflow.…` attributes, or rows with the trace under `trace`",
    produced_by="`mlflow traces get`, `mlflow traces search --output json`, `traces.json`, `Trace.to_json()`, `search_traces()`",
    sniff=sniff,
    read=read,
)
