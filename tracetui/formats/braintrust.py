"""Braintrust rows: JSON lines of `bt sync pull`, answers of the API (`{"events": […]}`, `{"data": […]}`), UI JSON, CSV.

A row is `id, span_id, root_span_id, span_parents, span_attributes {name, type}, input, output, metadata, metrics
{start, end, prompt_tokens, …}, scores, error`. A row with `_is_merge` adds to the row of the same id. The UI's JSON
lacks the ids of spans: each of its rows stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tracetui.formats import ids
from tracetui.formats.braintrust_row import SpanId, fill
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_values import parsed_list, text_value
from tracetui.formats.elements import element_origin
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped, Span

_TAKEN_OUT = re.compile(r"<[^<>]*>")
_PAGES = ("events", "data", "rows")
_STRIPPED = frozenset(
    {"name", "input", "output", "metadata", "metrics", "type", "error", "scores", "tags", "expected"}
)
_TELLING = frozenset({"span_attributes", "metrics", "scores", "expected", "_is_merge", "root_span_id"})
_SAID = frozenset({"name", "input", "output"})
_LOGS = frozenset({"log_id", "experiment_id", "_xact_id"})
_ALONE = (
    "{}; perhaps this comes from Braintrust's UI, which"
    " leaves the ids out of its JSON: `bt sync pull` and the API export them"
)


@dataclass(slots=True)
class _Known:
    """What earlier rows of the source said that later ones build on."""

    source: str
    mark: str  # stands for the source in ids that hold within it alone
    spans: dict[str, SpanId] = field(default_factory=dict)
    metadata: dict[SpanId, dict[str, Any]] = field(default_factory=dict)
    failed: set[SpanId] = field(default_factory=set)
    rows: int = 0
    alone: int = 0


def read(records: Iterable[Record], source: str) -> Iterator[Entry]:
    """A span for each row; rows that add to others merge with them."""
    known = _Known(source, f"{crc32(source.encode('utf-8', 'replace')):08x}")
    for record in records:
        rows = _page(record.value)
        if rows is None:
            yield _row_entry(record.value, record.origin, known)
            continue
        if not rows:
            yield Skipped(record.origin, "empty_batch", "the page holds no rows")
        for raw in rows:
            yield _row_entry(raw, element_origin(record.origin, raw), known)
    if known.alone:
        carry = "a row carries no span ids and stands alone here, without its tree"
        if known.alone > 1:
            carry = f"{known.alone:,} rows carry no span ids and stand alone here, without their tree"
        yield ImportIssue("vendor_truncated", _ALONE.format(carry), Severity.DATA_LOSS, source=source)


def _page(value: JsonValue) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or "span_id" in value:
        return None
    return next((value[key] for key in _PAGES if isinstance(value.get(key), list)), None)


def _row_entry(raw: JsonValue, origin: Origin, known: _Known) -> Entry:
    known.rows += 1
    if not isinstance(raw, dict):
        return Skipped(origin, "not_an_object", "a row that is no object", Severity.DATA_LOSS)
    key = _key(raw, known)
    if key is None and not _may_stand_alone(raw):
        return Skipped(origin, "unknown_shape", "a row that is none of Braintrust's", Severity.WARNING)
    if key is None:
        return Skipped(origin, "missing_id", "a row that adds to one that is not there", Severity.DATA_LOSS)
    parents = parsed_list(raw.get("span_parents")) or []
    span = Span(*key, origin, parent_id=ids.span_id(parents[0]) if parents else None)
    metadata = fill(span, raw, known.metadata.get(key, {}), was_failed=key in known.failed)
    if "_is_merge" in raw:
        known.metadata[key] = metadata
        if span.error_message is not None or span.error_type is not None:
            known.failed.add(key)
    return span


def _key(raw: dict[str, Any], known: _Known) -> SpanId | None:
    row_id = text_value(raw.get("id"))
    own, root = ids.span_id(raw.get("span_id")), ids.trace_id(raw.get("root_span_id"))
    if own is not None:
        trace = root or own
        # an id that was taken out stands for another one in each file
        key = (f"{trace}#{known.mark}" if _TAKEN_OUT.fullmatch(trace) else trace, own)
        if row_id is not None and "_is_merge" in raw:
            known.spans[row_id] = key
        return key
    if row_id is not None and row_id in known.spans:
        return known.spans[row_id]
    if raw.get("_is_merge") is True or not _may_stand_alone(raw):
        return None
    known.alone += 1
    alone = row_id or f"row-{known.rows}#{known.mark}"
    return (alone, alone)


def _may_stand_alone(raw: dict[str, Any]) -> bool:
    return bool(raw.keys() & _TELLING or (raw.keys() & _SAID and raw.keys() <= _STRIPPED | {"id", "created"}))


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Rows with `span_id`, `root_span_id` and `span_attributes`; less surely, rows that lack them."""
    if head.columns:
        return _of_row(dict.fromkeys(head.columns))
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    page = _page(value)
    row = page[0] if page else value
    return _of_row(row) if isinstance(row, dict) else None


def _of_row(row: dict[str, Any]) -> Match | None:
    if "span_id" in row and "root_span_id" in row:
        if "span_attributes" in row or "_is_merge" in row or "span_parents" in row:
            return Match(
                95, "rows with `span_id`, `root_span_id` and `span_attributes`, as Braintrust has them"
            )
        return None
    if "_is_merge" in row and "id" in row:
        return Match(85, "rows with `_is_merge`, as Braintrust's SDK sends them")
    if "id" in row and "span_attributes" in row and ("metrics" in row or "scores" in row):
        return Match(
            85,
            "rows with `span_attributes` and `metrics`, without ids of spans, as JSON of Braintrust's UI is",
        )
    if "id" in row and _LOGS & row.keys() and {"project_id", "metrics"} <= row.keys():
        return Match(
            75, "rows with `project_id`, `log_id` and `metrics`, without spans, as Braintrust's UI has them"
        )
    if row.keys() <= _STRIPPED and {"name", "metadata"} <= row.keys() and row.keys() & {"metrics", "input"}:
        return Match(
            35, "rows with `name`, `metadata` and `metrics` or `input` alone, as Braintrust logs them"
        )
    return None


FORMAT = Format(
    name="braintrust",
    title="Braintrust rows",
    recognised_by="rows with `span_id`, `root_span_id` and `span_attributes`, alone or in `events`",
    produced_by="`bt sync pull`, the API's fetch and BTQL, a log's JSON and CSV in the UI, the SDK's own requests",
    sniff=sniff,
    read=read,
)
