"""Langfuse: downloaded traces, table exports, blob storage exports, pages of the API, scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format
from tracetui.formats.conventions_values import payload_text
from tracetui.formats.elements import element_origin
from tracetui.formats.langfuse_fields import (
    fields_of,
    is_observation,
    is_score,
    is_trace,
    text_of,
)
from tracetui.formats.langfuse_observation import Clock, fill_first_token, read_observation
from tracetui.formats.langfuse_scores import score_of, trace_facts
from tracetui.formats.langfuse_sniff import sniff
from tracetui.formats.langfuse_usage import usage_of
from tracetui.formats.message_parts import MAX_DEPTH
from tracetui.formats.times import to_ns
from tracetui.model import (
    Entry,
    ImportIssue,
    JsonValue,
    Origin,
    Record,
    Severity,
    Skipped,
    Span,
    SpanKind,
    Status,
)

NO_PAYLOAD_FROM = 350
"""Observations from which on Langfuse's download of a trace leaves out what they hold."""
MOST_OBSERVATIONS = 20_000
"""Observations of a trace that Langfuse loads at most."""

_LIST_KEYS = ("data", "observations", "traces", "scores", "rows")


# --- reading ---------------------------------------------------------------------------------------------------


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """Spans of observations, facts and scores of traces; what is none of these is skipped with a reason."""
    reader = _Reader()
    for record in records:
        yield from reader.value(record.value, record.origin, 0)
    yield from reader.end()


@dataclass(slots=True)
class _Reader:
    """One source; rows of a trace table wait for its end, when it is known whether observations came with them."""

    clock: Clock = field(default_factory=Clock)
    rows_without_payload: int = 0
    rows: int = 0

    def value(self, value: JsonValue, origin: Origin, depth: int) -> Iterator[Entry]:
        if isinstance(value, list) and value and depth < MAX_DEPTH:
            for item in value:
                yield from self.value(item, element_origin(origin, item), depth + 1)
        elif not isinstance(value, dict):
            yield Skipped(origin, "unknown_shape", "no Langfuse object", Severity.WARNING)
        elif isinstance(value.get("trace"), dict):
            yield from self._download(value, origin)
        elif isinstance(value.get("observations"), list) and not _is_only_ids(value["observations"]):
            inner = {key: item for key, item in value.items() if key != "observations"}
            yield from self._download({**value, "trace": inner}, origin)
        else:
            yield from self._object(value, origin, depth)

    def _object(self, value: dict[str, Any], origin: Origin, depth: int) -> Iterator[Entry]:
        fields = fields_of(value)
        if is_observation(fields):
            yield from self._row(value, fields, origin)
        elif is_score(fields):
            yield score_of(fields, origin)
        elif is_trace(fields):
            yield from self._trace_row(value, fields, origin)
        elif (lists := _lists(value)) and depth < MAX_DEPTH:
            for key, items in lists:
                yield from self._page(key, items, origin, depth)
            if "id" in value and isinstance(value.get("traces"), list):
                yield _session_without_observations(origin)
        else:
            yield _unknown(value, fields, origin)

    def _page(self, key: str, items: list[Any], origin: Origin, depth: int) -> Iterator[Entry]:
        if not items:
            yield Skipped(origin, "empty_batch", f"the list {key} is empty")
        for item in items:
            yield from self.value(item, element_origin(origin, item), depth + 1)

    # --- rows on their own --------------------------------------------------------------------------------------

    def _row(self, value: dict[str, Any], fields: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        span = read_observation(fields, origin, self.clock)
        if span is None:
            yield Skipped(origin, "missing_id", "an observation without id or trace", Severity.DATA_LOSS)
            return
        fill_first_token(span, fields, self.clock)
        self.rows += 1
        self.rows_without_payload += "input" not in value and "output" not in value
        yield span

    def _trace_row(self, value: dict[str, Any], fields: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        """A trace without its observations: facts of a run, or the run itself where a table was exported."""
        trace_id = ids.trace_id(fields.get("id"))
        if trace_id is None:
            yield _unknown(value, fields, origin)
        elif "latency" in fields and not isinstance(value.get("observations"), list):
            yield _span_of_trace(fields, trace_id, origin, self.clock)
            message = "a table of traces holds no observations: the run shows its total only; export the trace itself"
            yield ImportIssue(
                "vendor_truncated", message, Severity.WARNING, origin.line, origin.byte_offset, trace_id
            )
        else:
            yield trace_facts(fields, trace_id, origin)

    def end(self) -> Iterator[Entry]:
        """What can only be said of the source as a whole."""
        if self.rows and self.rows_without_payload == self.rows:
            message = (
                "the observations have no columns `input` and `output`: export them with the field group `io`"
            )
            yield ImportIssue("vendor_truncated", message, Severity.WARNING)

    # --- a trace with its observations --------------------------------------------------------------------------

    def _download(self, value: dict[str, Any], origin: Origin) -> Iterator[Entry]:
        trace = {key: item for key, item in value["trace"].items() if key != "observations"}
        fields = fields_of(trace)
        trace_id = ids.trace_id(fields.get("id"))
        spans, others = self._observations(_observations(value), origin, trace_id)
        roots = [span for span in spans if span.parent_id is None]
        if len(roots) == 1:
            roots[0].input = roots[0].input or payload_text(fields.get("input"))
            roots[0].output = roots[0].output or payload_text(fields.get("output"))
        if trace_id is not None:
            yield trace_facts(fields, trace_id, element_origin(origin, trace))
        elif not spans or trace.keys() - _LIST_KEYS:
            yield Skipped(origin, "missing_id", "a trace without id", Severity.WARNING)
        yield from spans
        yield from others
        yield from _scores(value, origin, trace_id)
        yield from _what_is_missing(spans, fields, origin)

    def _observations(
        self, items: list[Any], origin: Origin, trace_id: str | None
    ) -> tuple[list[Span], list[Entry]]:
        spans: list[Span] = []
        others: list[Entry] = []
        read: list[dict[str, Any]] = []
        for item in items:
            inner = element_origin(origin, item)
            fields = fields_of(item) if isinstance(item, dict) else {}
            span = read_observation(fields, inner, self.clock, trace_id)
            if span is None:
                reason = "an observation without id or trace"
                others.append(Skipped(inner, "missing_id", reason, Severity.DATA_LOSS))
                continue
            spans.append(span)
            read.append(fields)
        for span, fields in zip(spans, read, strict=True):
            fill_first_token(span, fields, self.clock)
        return spans, others


def _observations(value: dict[str, Any]) -> list[Any]:
    """All observations; those inside the trace repeat the others, so only ids that are not there yet count."""
    outer = value.get("observations")
    nested = value["trace"].get("observations")
    found = outer if isinstance(outer, list) else []
    known = {item.get("id") for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)}
    more = nested if isinstance(nested, list) else []
    return [*found, *(item for item in more if isinstance(item, dict) and item.get("id") not in known)]


def _scores(value: dict[str, Any], origin: Origin, trace_id: str | None) -> Iterator[Entry]:
    seen: set[str] = set()
    for holder in (value, value["trace"]):
        items = holder.get("scores")
        for item in items if isinstance(items, list) else ():
            own = item.get("id") if isinstance(item, dict) else None
            if isinstance(own, str) and own in seen:
                continue
            seen.update([own] if isinstance(own, str) else [])
            fields = fields_of(item) if isinstance(item, dict) else {}
            inner = element_origin(origin, item)
            if "name" in fields:
                yield score_of(fields, inner, trace_id)
            else:
                yield Skipped(inner, "unknown_shape", "a score without a name", Severity.WARNING)


def _what_is_missing(spans: list[Span], trace: dict[str, Any], origin: Origin) -> Iterator[ImportIssue]:
    count = len(spans)
    place = (origin.line, origin.byte_offset, next((s.span_id for s in spans if s.parent_id is None), None))
    if count >= NO_PAYLOAD_FROM and not any(span.input or span.output for span in _inner(spans, trace)):
        message = (
            f"none of {count:,} observations has input or output: Langfuse leaves them out of downloads from"
            f" {NO_PAYLOAD_FROM} observations on; export the observations table, or ask the API for them"
        )
        yield ImportIssue("vendor_truncated", message, Severity.DATA_LOSS, *place)
    if count >= MOST_OBSERVATIONS:
        message = (
            f"{count:,} observations: Langfuse loads {MOST_OBSERVATIONS:,} of a trace at most, there may be more;"
            " export the observations table or use blob storage"
        )
        yield ImportIssue("vendor_truncated", message, Severity.WARNING, *place)


def _inner(spans: list[Span], trace: dict[str, Any]) -> list[Span]:
    """Spans but for a root that got its input and output from the trace."""
    return [s for s in spans if s.parent_id is not None or ("input" not in trace and "output" not in trace)]


def _lists(value: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    return [(key, value[key]) for key in _LIST_KEYS if isinstance(value.get(key), list)]


def _is_only_ids(items: list[Any]) -> bool:
    """Lists of traces name their observations by id alone."""
    return all(isinstance(item, str) for item in items)


def _span_of_trace(fields: dict[str, Any], trace_id: str, origin: Origin, clock: Clock) -> Span:
    """The run that a row of the table of traces stands for, without anything inside."""
    facts = trace_facts(fields, trace_id, origin)
    span = Span(trace_id, trace_id, origin)
    span.name, span.kind, span.kind_original = facts.name or "trace", SpanKind.CHAIN, "trace"
    span.start_ns = to_ns(fields.get("timestamp"))
    lasted_ns = clock.ns(fields.get("latency"))
    if span.start_ns is not None and lasted_ns is not None:
        span.end_ns = span.start_ns + lasted_ns
    level = str(fields.get("level") or "").upper()
    failed = level == "ERROR" or text_of(fields, "error_count") not in (None, "0")
    span.status = Status.ERROR if failed else Status.UNSET
    span.input, span.output = payload_text(fields.get("input")), payload_text(fields.get("output"))
    span.session_id, span.user_id, span.tags = facts.session_id, facts.user_id, facts.tags
    span.metadata = facts.metadata
    span.environment, span.version = text_of(fields, "environment"), text_of(fields, "version")
    span.usage = usage_of(fields, is_model_call=False)
    return span


def _session_without_observations(origin: Origin) -> ImportIssue:
    message = "the download of a session holds no observations; download its traces one by one, or export the observations"
    return ImportIssue("vendor_truncated", message, Severity.DATA_LOSS, origin.line, origin.byte_offset)


def _unknown(value: dict[str, Any], fields: dict[str, Any], origin: Origin) -> Skipped:
    if "start_time" in fields or "parent_observation_id" in fields:
        return Skipped(origin, "missing_id", "an observation without id or trace", Severity.DATA_LOSS)
    keys = ", ".join(sorted(value)[:6]) or "none"
    return Skipped(
        origin, "unknown_shape", f"no observation, trace or score; its keys: {keys}", Severity.WARNING
    )


FORMAT = Format(
    name="langfuse",
    title="Langfuse exports",
    recognised_by="`observations` with `trace`; rows with `parentObservationId`; scores with `dataType`; the same in snake case",
    produced_by="Langfuse: Download JSON, table export (CSV, JSON, JSONL), blob storage (Parquet, CSV, JSON), public API",
    sniff=sniff,
    read=read,
)
