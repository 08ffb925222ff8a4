"""W&B Weave calls: JSON, JSON lines and CSV of the trace table's export, answers of `calls/stream_query`.

A call is `id, trace_id, parent_id, op_name ("weave:///entity/project/op/name:hash"), display_name, started_at,
ended_at, inputs, output, exception, attributes, summary {usage {model: {…}}, weave {status, costs, feedback}}`.
The usage of a call includes that of the calls below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracetui.formats import ids
from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.conventions_flat import unfolded
from tracetui.formats.conventions_values import text_value
from tracetui.formats.elements import element_origin
from tracetui.formats.weave_call import fill
from tracetui.model import Entry, ImportIssue, JsonValue, Origin, Record, Severity, Skipped, Span

_PAGES = ("calls", "data")
_FLAT = ("inputs.", "summary.", "output.", "attributes.")


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A span for each call."""
    for record in records:
        calls = _page(record.value)
        if calls is None:
            yield from _call_entries(record.value, record.origin)
            continue
        if not calls:
            yield Skipped(record.origin, "empty_batch", "the page holds no calls")
        for raw in calls:
            yield from _call_entries(raw, element_origin(record.origin, raw))


def _page(value: JsonValue) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or "op_name" in value:
        return None
    return next((value[key] for key in _PAGES if isinstance(value.get(key), list)), None)


def _call_entries(raw: JsonValue, origin: Origin) -> Iterator[Entry]:
    if not isinstance(raw, dict):
        yield Skipped(origin, "not_an_object", "a call that is no object", Severity.DATA_LOSS)
        return
    if any(key.startswith(_FLAT) for key in raw):
        nested = unfolded(raw)
        raw = nested if isinstance(nested, dict) else raw
    if "op_name" not in raw:
        yield Skipped(origin, "unknown_shape", "no call: it has no op_name", Severity.WARNING)
        return
    own, trace_id = ids.span_id(raw.get("id")), ids.trace_id(raw.get("trace_id"))
    if own is None or trace_id is None:
        missing = "id" if own is None else "trace id"
        yield Skipped(origin, "missing_id", f"a call without {missing}", Severity.DATA_LOSS)
        return
    span = Span(trace_id, own, origin, parent_id=ids.span_id(raw.get("parent_id")))
    fill(span, raw)
    yield span
    for what, ns in (("started_at", span.start_ns), ("ended_at", span.end_ns)):
        if ns is None and raw.get(what) not in (None, ""):
            message = f"{what} is no time that can be read"
            yield ImportIssue("bad_time", message, Severity.WARNING, origin.line, origin.byte_offset, own)


# --- recognising -----------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Calls with `op_name` and `trace_id`."""
    if head.columns:
        return _of_call(dict.fromkeys(head.columns))
    matches = (_of_value(value) for value in head.values)
    return max((match for match in matches if match), key=lambda match: match.confidence, default=None)


def _of_value(value: JsonValue) -> Match | None:
    calls = _page(value)
    call = calls[0] if calls else value
    return _of_call(call) if isinstance(call, dict) else None


def _of_call(call: dict[str, Any]) -> Match | None:
    if "op_name" not in call or "trace_id" not in call:
        return None
    name = text_value(call.get("op_name")) or ""
    if name.startswith("weave:///"):
        return Match(97, "`op_name` with an address `weave:///…`")
    dated = "started_at" in call or any(str(key).startswith(_FLAT) for key in call)
    return Match(90, "`op_name`, `trace_id` and `started_at` of Weave's calls") if dated else None


FORMAT = Format(
    name="weave",
    title="W&B Weave calls",
    recognised_by="objects with `op_name`, `trace_id` and `started_at`",
    produced_by="Weave: Traces, Export (JSON, JSON lines, CSV); `client.get_calls()`; `calls/stream_query`",
    sniff=sniff,
    read=read,
)
