"""Read JSON Lines in bulk: blocks are split and decoded by C code, odd lines one by one."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from tracetui.model import Record, Severity
from tracetui.reading.decoding import decode_bad_line, fast_record
from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import IssueLog
from tracetui.reading.lenient import SHORTEST_TOO_DEEP, NotJson, check_depth, may_hold_long_number
from tracetui.reading.limits import Limits

_FIRST_READ_BYTES = 64 * 1024
_READ_BYTES = 256 * 1024  # fits the processor's cache, which the passes over a block live on


class LineReader:
    """Records of one JSON Lines stream, with exact line numbers and byte offsets.

    Every line becomes a record, is blank (counted), or is skipped by an issue. `separator` is a line feed or, in
    files of old systems, a carriage return.
    """

    def __init__(self, stream: ByteStream, log: IssueLog, limits: Limits, separator: bytes = b"\n") -> None:
        self._stream = stream
        self._log = log
        self._limits = limits
        self._separator = separator
        self._pushed_back = b""
        self._line = 1
        self._offset = 0
        self._blank = 0

    def records(self) -> Iterator[Record]:
        """All records in the order of the file."""
        begun: list[bytes] = []
        size = _FIRST_READ_BYTES
        while octets := self._read(size):
            size = _READ_BYTES
            lines = octets.split(self._separator)
            if len(lines) > 1:
                whole = b"".join([*begun, lines[0]])
                begun, lines[0] = [lines.pop()], whole
                yield from self._lines(lines, octets)
            else:
                begun.append(octets)
            if sum(map(len, begun)) > self._limits.line_bytes:
                self._pass_long_line(sum(map(len, begun)))
                begun = []
        yield from self._tail(b"".join(begun))
        if self._blank:
            self._log.add(
                "blank_lines", f"{self._blank:,} blank line{'s' if self._blank > 1 else ''}", Severity.INFO
            )

    def _read(self, size: int) -> bytes:
        octets, self._pushed_back = self._pushed_back, b""
        return octets or self._stream.read(size)

    def _pass_long_line(self, held_bytes: int) -> None:
        """Skip to the next separator without keeping what is passed."""
        length, after = held_bytes, b""
        while octets := self._stream.read(_READ_BYTES):
            part, found, after = octets.partition(self._separator)
            length += len(part)
            if found:
                break
        self._refuse_long_line(length)
        self._pushed_back = after

    def _refuse_long_line(self, length: int) -> None:
        message = f"a line of {length:,} bytes is longer than the limit of {self._limits.line_bytes:,}"
        self._log.add(
            "line_too_long", message, Severity.DATA_LOSS, line=self._line, byte_offset=self._offset, skipped=1
        )
        self._offset += length + 1
        self._line += 1

    def _lines(self, lines: list[bytes], block: bytes) -> Iterator[Record]:
        """Records of whole lines, read with `block`, but for the first one's beginning."""
        longest = max(map(len, lines))
        odd = (
            longest > self._limits.line_bytes or may_hold_long_number(block) or may_hold_long_number(lines[0])
        )
        if odd:
            return self._one_by_one(lines)
        return self._plain(lines, may_be_deep=longest >= SHORTEST_TOO_DEEP, returns=b"\r" in block)

    def _plain(self, lines: list[bytes], *, may_be_deep: bool, returns: bool) -> Iterator[Record]:
        loads, new_record, line, offset = orjson.loads, fast_record, self._line, self._offset
        for octets in lines:
            if not octets:  # asked first: a failed decoding costs a hundred times as much
                self._blank += 1
                line += 1
                offset += 1
                continue
            try:
                value = loads(octets)
                if may_be_deep:
                    check_depth(octets, value)
            except (orjson.JSONDecodeError, NotJson):
                self._line, self._offset = line, offset
                yield from self._odd_line(octets, torn=False)
            else:
                yield new_record(value, line, offset, octets.rstrip(b"\r") if returns else octets)
            line += 1
            offset += len(octets) + 1
        self._line, self._offset = line, offset

    def _one_by_one(self, lines: list[bytes]) -> Iterator[Record]:
        for octets in lines:
            if len(octets) > self._limits.line_bytes:
                self._refuse_long_line(len(octets))
                continue
            yield from self._odd_line(octets, torn=False)
            self._line += 1
            self._offset += len(octets) + 1

    def _odd_line(self, octets: bytes, *, torn: bool) -> Iterator[Record]:
        raw = octets.rstrip(b"\r")
        if not raw.strip():
            self._blank += 1
        elif not raw.strip(b"\0 \t"):
            message = f"{len(raw):,} zero bytes where a line should be"
            line, offset = self._line, self._offset
            self._log.add("zeros", message, Severity.DATA_LOSS, line=line, byte_offset=offset, skipped=1)
        else:
            yield from decode_bad_line(raw, self._line, self._offset, self._log, torn=torn)

    def _tail(self, octets: bytes) -> Iterator[Record]:
        if len(octets) > self._limits.line_bytes:
            self._refuse_long_line(len(octets))
        elif octets:
            yield from self._odd_line(octets, torn=True)
