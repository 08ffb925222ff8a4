"""Turn one piece of JSON text into a record, reporting repairs, and what to do with a piece that is not JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracetui.model import JsonValue, Origin, Record, Severity
from tracetui.reading.faults import IssueLog
from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.salvage import salvage_spans
from tracetui.reading.structure import value_end

_REPAIRS = {
    "bom": (Severity.INFO, "a byte order mark was left out"),
    "bad_utf8": (Severity.WARNING, "bytes that are not UTF-8 were replaced by U+FFFD"),
    "nan": (Severity.INFO, "NaN or Infinity was read as null"),
    "lone_surrogate": (Severity.WARNING, "half a surrogate pair was replaced by U+FFFD"),
    "big_int": (Severity.INFO, "an integer beyond 64 bits was kept exactly"),
    "big_number": (Severity.WARNING, "a number too large to hold was kept as text"),
    "control_char": (Severity.INFO, "a raw control character stands in a string"),
}
_AFTER_VALUE = b" \t\r\n,"


# Setting the slots directly takes half the time of the initialisers of frozen classes, and a large file makes millions.
_new = object.__new__
_ORIGIN: Any = Origin  # the type checker does not let slots be reached through the class
_RECORD: Any = Record
_set_line, _set_offset = _ORIGIN.line.__set__, _ORIGIN.byte_offset.__set__
_set_length, _set_raw = _ORIGIN.byte_length.__set__, _ORIGIN.raw.__set__
_set_value, _set_origin = _RECORD.value.__set__, _RECORD.origin.__set__


def fast_record(value: JsonValue, line: int, byte_offset: int, raw: bytes) -> Record:
    """The same as `Record(value, Origin(line, byte_offset, len(raw), raw))`, in half the time."""
    origin = _new(Origin)
    _set_line(origin, line)
    _set_offset(origin, byte_offset)
    _set_length(origin, len(raw))
    _set_raw(origin, raw)
    record = _new(Record)
    _set_value(record, value)
    _set_origin(record, origin)
    return record


def decode(raw: bytes, line: int, byte_offset: int, log: IssueLog) -> Record:
    """The record of one JSON text, its repairs reported. Raises NotJson."""
    value, repairs = loads(raw)
    for repair in repairs:
        severity, message = _REPAIRS[repair]
        log.add(repair, message, severity, line=line, byte_offset=byte_offset)
    return Record(value, Origin(line, byte_offset, len(raw), raw))


def decode_bad_line(
    raw: bytes, line: int, byte_offset: int, log: IssueLog, *, torn: bool
) -> Iterator[Record]:
    """What can be had of a line that did not decode: its several values, its whole spans, or an issue that skips it.

    `torn` says that the line is the last one and has no line end.
    """
    try:
        yield decode(raw, line, byte_offset, log)
        return
    except NotJson as error:
        fault = error
    values = [] if fault.is_too_deep else _several_values(raw, line, byte_offset, log)
    if values:
        log.add(
            "several_values",
            f"{len(values)} values on one line",
            Severity.INFO,
            line=line,
            byte_offset=byte_offset,
        )
        yield from values
        return
    yield from report_bad(raw, fault, line, byte_offset, log, torn=torn)


def report_bad(
    raw: bytes, fault: NotJson, line: int, byte_offset: int, log: IssueLog, *, torn: bool
) -> Iterator[Record]:
    """Report a text that is not JSON; yield its whole spans as one record where it is torn OTLP."""
    deep = fault.is_too_deep
    code = "too_deep" if deep else "torn_tail" if torn else "bad_json"
    place = byte_offset + fault.position
    what = "cut off: " if code == "torn_tail" else ""
    salvaged = None if deep else salvage_spans(raw)
    if salvaged is None:
        message = f"{what}{fault.reason} at byte {place:,} ({_size(raw)} left out)"
        log.add(code, message, Severity.DATA_LOSS, line=line, byte_offset=byte_offset, skipped=1, raw=raw)
        return
    message = f"{what}{fault.reason} at byte {place:,}; {salvaged.spans:,} whole spans were salvaged, the rest is lost"
    log.add(code, message, Severity.DATA_LOSS, line=line, byte_offset=byte_offset, skipped=salvaged.lost)
    yield Record(salvaged.value, Origin(line, byte_offset, len(raw), raw))


def _several_values(raw: bytes, line: int, byte_offset: int, log: IssueLog) -> list[Record]:
    records: list[Record] = []
    start = len(raw) - len(raw.lstrip())
    while start < len(raw):
        end = value_end(raw, start) if raw[start] in b"{[" else None
        if end is None:
            return []
        try:
            records.append(decode(raw[start:end], line, byte_offset + start, log))
        except NotJson:
            return []
        start = end + len(raw[end:]) - len(raw[end:].lstrip(_AFTER_VALUE))
    return records


def _size(raw: bytes) -> str:
    return f"{len(raw):,} bytes"
