"""Read JSON that stands behind a prefix on each line, as loggers and containers write it: `2026-01-01 10:00:00 INFO {…}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tracetui.model import Record, Severity
from tracetui.reading.decoding import decode_bad_line
from tracetui.reading.jsonl import LineReader
from tracetui.reading.structure import value_end

_OBJECT = re.compile(rb'\{\s*["}]')
_LONGEST_BYTES = 300
_LEAST_LINES = 2
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?")
_TIME_KEY = "logged_at"


def object_behind(line: bytes) -> int | None:
    """Where the object of a line begins that stands behind a prefix; None where there is none.

    An object that ends before the line does is of the prefix, where another follows: `INFO ctx={} {…}`.
    """
    first = found = _OBJECT.search(line, 0, _LONGEST_BYTES)
    if found is None or not line.rstrip().endswith(b"}") or not line[: found.start()].strip():
        return None
    head = line[:_LONGEST_BYTES]
    while found is not None:
        end = value_end(head, found.start())
        if end is None or not line[end:].strip():
            return found.start()
        found = _OBJECT.search(line, end, _LONGEST_BYTES)
    return first.start() if first is not None else None


def are_prefixed(lines: Sequence[bytes]) -> bool:
    """Whether two in three of the lines, and two at least, are objects behind a prefix."""
    behind = sum(object_behind(line) is not None for line in lines)
    return behind >= _LEAST_LINES and behind * 3 >= len(lines) * 2


class PrefixedReader(LineReader):
    """Records of lines with a prefix each, which is left out but for its time: that is kept as `logged_at`.

    What has no object on it is skipped by an issue.
    """

    _told = False

    def _lines(self, lines: list[bytes], block: bytes) -> Iterator[Record]:
        del block  # no line is JSON as it stands
        return self._one_by_one(lines)

    def _odd_line(self, octets: bytes, *, torn: bool) -> Iterator[Record]:
        raw = octets.rstrip(b"\r")
        at = object_behind(raw)
        if at is None:
            yield from super()._odd_line(octets, torn=torn)
            return
        prefix = raw[:at]
        if not self._told:
            self._told = True
            shown = prefix.decode("utf-8", "replace").strip()
            message = f"JSON stands behind a prefix ({shown:.60}), of which only the time is kept"
            line, offset = self._line, self._offset
            self._log.add("prefixed_lines", message, Severity.INFO, line=line, byte_offset=offset)
        time = _TIME.search(prefix)
        for record in decode_bad_line(raw[at:], self._line, self._offset + at, self._log, torn=torn):
            if time is not None and isinstance(record.value, dict):
                record.value.setdefault(_TIME_KEY, time[0].decode().replace(",", "."))
            yield record
