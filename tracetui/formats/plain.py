"""tracetui's own span format: one object a span, as JSON lines or as columns of a Parquet file.

For people who write their own exporter, and what `tracetui export` writes: nothing that `Span` holds is lost.
`docs/formats/plain.md` specifies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracetui.formats.contract import Format, Head, Match
from tracetui.formats.plain_fields import UNKNOWN_SEMANTICS, Fields
from tracetui.formats.plain_read import (
    COUNTED,
    OBJECTS,
    TEXT_LISTS,
    TEXTS,
    facts_of_plain,
    score_of_plain,
    span_of_plain,
)
from tracetui.model import (
    Entry,
    Event,
    ImportIssue,
    JsonValue,
    Link,
    Message,
    Origin,
    Record,
    Score,
    Severity,
    Skipped,
    Span,
    StateChange,
    TraceFacts,
    Usage,
)
from tracetui.reading.lenient import dumps

VERSION = 1
_MINIMAL = frozenset(("trace_id", "span_id", "name", "start"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RECORDS = ("span", "trace", "score")


COLUMNS: Mapping[str, bool] = {
    "tracetui": True, "record": False, "trace_id": False, "span_id": False,
    **dict.fromkeys(TEXTS, False),
    "kind": False, "status": False, "start": False, "end": False,
    **dict.fromkeys(OBJECTS, False), **dict.fromkeys(TEXT_LISTS, False),
    "ttft_ns": True, "took_ns": True, "web_searches": True, "usage": False, "input_messages": False, "output_messages": False, "tools": False,
    "events": False, "links": False, "scores": False, "value": False, "label": False, "passed": False,
    "author": False, "comment": False, "at": False, "state_changes": False,
}  # fmt: skip
"""Columns of the format as Parquet, in order, and whether their values are integers; nested ones are JSON text."""


# --- writing ---------------------------------------------------------------------------------------------------


def span_to_plain(span: Span) -> dict[str, JsonValue]:
    """A span as one line of the plain format; unknown fields are left out, all others are kept exactly."""
    line: dict[str, JsonValue] = {"tracetui": VERSION, "trace_id": span.trace_id, "span_id": span.span_id}
    line.update({key: value for key in TEXTS if (value := getattr(span, key)) is not None})
    line.update({key: str(value) for key in ("kind", "status") if (value := getattr(span, key)) is not None})
    line.update(_times(start=span.start_ns, end=span.end_ns))
    line.update({key: dict(value) for key in OBJECTS if (value := getattr(span, key)) is not None})
    line.update({key: list(value) for key in TEXT_LISTS if (value := getattr(span, key))})
    line.update({key: value for key in COUNTED if (value := getattr(span, key)) is not None})
    if span.usage is not None:
        line["usage"] = _usage(span.usage)
    lists = {
        "input_messages": [_message(message) for message in span.input_messages],
        "output_messages": [_message(message) for message in span.output_messages],
        "tools": [_known(tool) for tool in span.tools_offered],
        "events": [_event(event) for event in span.events],
        "links": [_link(link) for link in span.links],
        "scores": [_score(score, span.trace_id, span.span_id) for score in span.scores],
        "state_changes": [_state_change(change) for change in span.state_changes],
    }
    line.update({key: value for key, value in lists.items() if value})
    return line


def _state_change(change: StateChange) -> dict[str, JsonValue]:
    known = {key: value for key, value in _known(change).items() if key != "at_ns"}
    return {**known, "op": str(change.op), "fidelity": str(change.fidelity), **_times(at=change.at_ns)}


def trace_to_plain(facts: TraceFacts) -> dict[str, JsonValue]:
    """Facts of a trace as a line of the plain format."""
    known = {key: value for key, value in _known(facts).items() if key not in ("origin", "tags")}
    metadata = {} if facts.metadata is None else {"metadata": dict(facts.metadata)}
    tags = {"tags": list(facts.tags)} if facts.tags else {}
    return {"tracetui": VERSION, "record": "trace", **known, **metadata, **tags}


def score_to_plain(score: Score) -> dict[str, JsonValue]:
    """A score that stands for itself as a line of the plain format."""
    return {
        "tracetui": VERSION,
        "record": "score",
        "trace_id": score.trace_id,
        **_score(score, score.trace_id, None),
    }


def iso_text(ns: int) -> str | int:
    """Nanoseconds since 1970 as ISO 8601 in UTC with nine digits; the number itself outside the years 1 to 9999."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return ns
    return f"{moment.isoformat()[:19]}.{fraction:09d}Z"


def _times(**times_ns: int | None) -> dict[str, JsonValue]:
    return {key: iso_text(ns) for key, ns in times_ns.items() if ns is not None}


def _known(item: Any) -> dict[str, JsonValue]:
    """The fields of a flat dataclass that are known."""
    return {f.name: value for f in fields(item) if (value := getattr(item, f.name)) is not None}


def _usage(usage: Usage) -> dict[str, JsonValue]:
    known = {key: value for key, value in _known(usage).items() if key not in ("cost_usd", "unread")}
    if any(
        (
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.cache_write_5m_tokens,
            usage.cache_write_1h_tokens,
        )
    ):
        known.setdefault("semantics", UNKNOWN_SEMANTICS)
    return known if usage.cost_usd is None else {**known, "cost_usd": f"{usage.cost_usd:f}"}


def _message(message: Message) -> dict[str, JsonValue]:
    parts = [{**_known(part), "type": str(part.type)} for part in message.parts]
    return {**{key: value for key, value in _known(message).items() if key != "parts"}, "parts": parts}


def _event(event: Event) -> dict[str, JsonValue]:
    return {"name": event.name, **_times(at=event.at_ns), **_attributes(event.attributes)}


def _link(link: Link) -> dict[str, JsonValue]:
    span_id = {} if link.span_id is None else {"span_id": link.span_id}
    return {"trace_id": link.trace_id, **span_id, **_attributes(link.attributes)}


def _attributes(attributes: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {"attributes": dict(attributes)} if attributes else {}


def _score(score: Score, trace_id: str, span_id: str | None) -> dict[str, JsonValue]:
    """A score without the ids that the line around it says already."""
    known = {
        key: v for key, v in _known(score).items() if key not in ("at_ns", "origin", "trace_id", "span_id")
    }
    if score.trace_id != trace_id:
        known["trace_id"] = score.trace_id
    if score.span_id != span_id:
        known["span_id"] = score.span_id
    return {**known, **_times(at=score.at_ns)}


# --- reading ---------------------------------------------------------------------------------------------------


def sniff(head: Head) -> Match | None:
    """Recognise the format by its `tracetui` key, or by the least a line needs."""
    keys = [frozenset(item) for value in head.values for item in _elements(value) if isinstance(item, dict)]
    keys.append(frozenset(head.columns))
    if any("tracetui" in found and "trace_id" in found for found in keys):
        return Match(99, "the key tracetui", str(VERSION))
    if any(found >= _MINIMAL for found in keys):
        return Match(55, "the keys trace_id, span_id, name and start", str(VERSION))
    return None


def _elements(value: JsonValue) -> Sequence[JsonValue]:
    return value[:3] if isinstance(value, list) else [value]


def read(records: Iterable[Record], _source: str) -> Iterator[Entry]:
    """A span, facts of a trace or a score for each line; fields of a wrong type are import issues of their line."""
    newer = False
    for record in records:
        for value, origin in _lines(record):
            if not newer and isinstance(value, dict) and _is_newer(value.get("tracetui")):
                newer = True
                message = f"written for version {value['tracetui']} of the format; this program knows version {VERSION}"
                yield ImportIssue("newer_version", message, line=origin.line, byte_offset=origin.byte_offset)
            yield from _read_line(value, origin)


def _lines(record: Record) -> Iterator[tuple[JsonValue, Origin]]:
    if isinstance(record.value, list) and record.value:
        for item in record.value:
            yield item, replace(record.origin, raw=dumps(item).encode("utf-8", "replace"))
    else:
        yield record.value, record.origin


def _is_newer(version: JsonValue) -> bool:
    return type(version) is int and version > VERSION


def _read_line(value: JsonValue, origin: Origin) -> Iterator[Entry]:
    if not isinstance(value, dict):
        yield Skipped(origin, "unknown_shape", "a line that is no object", Severity.WARNING)
        return
    line = Fields(value)
    entry = _entry(line, origin)
    trace, own = (entry.trace_id, entry.span_id) if isinstance(entry, Span) else (None, None)
    for problem in line.problems:
        yield ImportIssue(
            "bad_field",
            problem,
            line=origin.line,
            byte_offset=origin.byte_offset,
            span_id=own,
            trace_id=trace,
        )
    yield entry


def _entry(line: Fields, origin: Origin) -> Span | TraceFacts | Score | Skipped:
    record = line.text("record") or "span"
    trace_id, span_id = line.word("trace_id"), line.word("span_id")
    if record not in _RECORDS:
        reason = f"record {record[:40]!r} is none of {', '.join(_RECORDS)}"
        return Skipped(origin, "unknown_shape", reason, Severity.WARNING)
    # a score finds its span by the span's id alone
    needed = {"span": trace_id and span_id, "trace": trace_id, "score": trace_id or span_id}
    if not needed[record]:
        ids = {"trace_id": trace_id, "span_id": span_id} if record == "span" else {"trace_id": trace_id}
        missing = " and ".join(name for name, value in ids.items() if not value)
        return Skipped(origin, "missing_id", f"a {record} line without {missing}", Severity.DATA_LOSS)
    if record == "trace":
        return facts_of_plain(line, trace_id or "", origin)
    if record == "score":
        return score_of_plain(line, trace_id or "", origin)
    return span_of_plain(line, trace_id or "", span_id or "", origin)


FORMAT = Format(
    name="plain",
    title="tracetui plain spans",
    recognised_by="the key tracetui, or lines with trace_id, span_id, name and start",
    produced_by="`tracetui export`, and exporters written by hand",
    sniff=sniff,
    read=read,
    global_ids=False,
)
