"""Read JSON documents piece by piece: the elements of a list, or values one after another with anything between them.

Memory stays at the size of the largest value; every value keeps its exact place in the source.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from tracetui.model import Origin, Record, Severity
from tracetui.reading.decoding import decode, report_bad
from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import IssueLog
from tracetui.reading.lenient import NotJson
from tracetui.reading.limits import Limits
from tracetui.reading.salvage import salvage_spans
from tracetui.reading.sliding import Sliding
from tracetui.reading.structure import Walk
from tracetui.reading.torn import Closed, close_torn

_BETWEEN = re.compile(rb"[\s,\x1e]*")
_SCALAR = re.compile(rb'"(?>[^"\\\n]*+(?:\\.[^"\\\n]*+)*)"|[^\s,\[\]{}"\x1e]++', re.DOTALL)
_TEXT_LINE = re.compile(rb"[^\n{]++|.", re.DOTALL)
_TEXT_IN_LIST = re.compile(rb"[^\s,\[\]{}]++|.", re.DOTALL)
_MOST_RESTARTS = 100
"""Each restart after a value without end costs another walk to the end of the source."""


class DocumentReader:
    """Records of a JSON list (one for each element), of one document, or of documents put together."""

    def __init__(self, stream: ByteStream, log: IssueLog, limits: Limits) -> None:
        self._buffer = Sliding(stream)
        self._log = log
        self._limits = limits
        self._in_list = False
        self._is_first = False
        self._restarts = 0

    def records(self) -> Iterator[Record]:
        """All records in the order of the source."""
        self._skip_byte_order_mark()
        while self._find_next():
            buffer = self._buffer
            sign = buffer.octets[buffer.at : buffer.at + 1]
            if sign == (b"]" if self._in_list else b"["):
                self._in_list = self._is_first = not self._in_list
                buffer.at += 1
                continue
            yield from self._container() if sign in (b"{", b"[") else self._scalar()
            self._is_first = False
        if self._in_list:
            message = "the list is not closed: the source is cut off"
            self._log.add("torn_list", message, Severity.DATA_LOSS, byte_offset=self._buffer.offset)

    def _skip_byte_order_mark(self) -> None:
        self._buffer.more()
        if self._buffer.octets.startswith(codecs.BOM_UTF8):
            self._buffer.at = len(codecs.BOM_UTF8)
            self._log.add("bom", "a byte order mark was left out", Severity.INFO, line=1, byte_offset=0)

    def _find_next(self) -> bool:
        """Move to the next byte that is neither white space nor a comma; False at the end."""
        buffer = self._buffer
        while True:
            match = _BETWEEN.match(buffer.octets, buffer.at)
            buffer.at = match.end() if match else buffer.at
            if buffer.ahead:
                return True
            if buffer.ended:
                return False
            buffer.more()

    @property
    def _limit_bytes(self) -> int:
        return self._limits.line_bytes if self._in_list else self._limits.document_bytes

    # --- objects and lists ------------------------------------------------------------------------------------

    def _container(self) -> Iterator[Record]:
        buffer = self._buffer
        walk = Walk(buffer.at)
        while (end := walk.end(buffer.octets, final=buffer.ended)) is None:
            if buffer.ended:
                yield from self._unfinished()
                return
            if buffer.ahead > self._limit_bytes:
                self._pass_too_large(walk)
                return
            walk.shift(buffer.more())
        raw = buffer.octets[buffer.at : end]
        if len(raw) > self._limit_bytes:
            self._refuse_too_large(len(raw), buffer.line(), buffer.offset)
        else:
            yield from self._decoded(raw)
        buffer.at = end

    def _decoded(self, raw: bytes) -> Iterator[Record]:
        line, offset = self._buffer.line(), self._buffer.offset
        try:
            yield decode(raw, line, offset, self._log)
        except NotJson as error:
            closed = None if self._in_list else _closed_before(raw, error)
            if closed is None:
                yield from report_bad(raw, error, line, offset, self._log, torn=False)
            elif error.is_too_deep:
                yield self._shortened(raw, closed, "too_deep", f"{error.reason}: ")
            else:
                place = f"{error.reason} at byte {offset + error.position:,}: "
                yield self._shortened(raw, closed, "bad_json", place)

    def _shortened(self, raw: bytes, closed: Closed, code: str, what: str) -> Record:
        """The record of a document that was closed before its end, with an issue where the loss begins."""
        line, offset = self._buffer.line(), self._buffer.offset
        message = f"{what}closed after {closed.kept:,} of {len(raw):,} bytes, the rest is lost"
        self._log.add(
            code, message, Severity.DATA_LOSS, line=line + raw.count(b"\n", 0, closed.kept),
            byte_offset=offset + closed.kept, skipped=max(closed.lost, int(code == "bad_json")))  # fmt: skip
        return Record(closed.value, Origin(line, offset, len(raw), raw))

    def _unfinished(self) -> Iterator[Record]:
        """A value that does not end: go on at the next one that begins as it did, or take what is whole in it."""
        buffer = self._buffer
        line, offset = buffer.line(), buffer.offset
        restart = self._next_alike()
        if restart is not None:
            raw = buffer.octets[buffer.at : restart]
            buffer.at = restart
            error = NotJson("the value is not closed before the next one begins", len(raw))
            yield from report_bad(raw, error, line, offset, self._log, torn=False)
            return
        raw = buffer.octets[buffer.at :]
        is_whole_source = not self._in_list or self._is_first
        closed = (
            close_torn(raw, named_only=self._in_list) if is_whole_source and not salvage_spans(raw) else None
        )
        if closed is None:
            error = NotJson("the value is not closed", len(raw))
            yield from report_bad(raw, error, line, offset, self._log, torn=True)
        else:
            yield self._shortened(raw, closed, "torn_tail", "cut off: ")
        buffer.at = len(buffer.octets)

    def _next_alike(self) -> int | None:
        """Where the next value begins on a line of its own with the same indentation, to restart there."""
        octets, at = self._buffer.octets, self._buffer.at
        indent = octets[octets.rfind(b"\n", 0, at) + 1 : at]
        if indent.strip(b" \t") or self._restarts >= _MOST_RESTARTS:
            return None
        alike = b"\n" + indent + octets[at : at + 1]
        found = octets.find(alike, at + 1)
        if found < 0:
            return None
        self._restarts += 1
        return found + len(alike) - 1

    def _pass_too_large(self, walk: Walk) -> None:
        """Go to the end of a value beyond the limit without keeping it."""
        buffer = self._buffer
        line, start = buffer.line(), buffer.offset
        while (end := walk.end(buffer.octets, final=buffer.ended)) is None and not buffer.ended:
            buffer.at = walk.position
            if buffer.ahead > self._limit_bytes:
                # One string larger than the limit: nothing tells where it ends.
                buffer.at, buffer.ended = len(buffer.octets), True
                break
            walk.shift(buffer.more())
        buffer.at = len(buffer.octets) if end is None else end
        self._refuse_too_large(buffer.offset - start, line, start)

    def _refuse_too_large(self, size_bytes: int, line: int, offset: int) -> None:
        message = f"a value of at least {size_bytes:,} bytes passes the limit of {self._limit_bytes:,}"
        self._log.add(
            "value_too_large", message, Severity.DATA_LOSS, line=line, byte_offset=offset, skipped=1
        )

    # --- everything else ----------------------------------------------------------------------------------------

    def _scalar(self) -> Iterator[Record]:
        buffer = self._buffer
        while (match := _SCALAR.match(buffer.octets, buffer.at)) is None or match.end() == len(buffer.octets):
            if buffer.ended or buffer.ahead > self._limit_bytes or b"\n" in buffer.octets[buffer.at :]:
                break
            buffer.more()
        if match is None:
            self._pass_garbage()
            return
        raw = match.group()
        try:
            yield decode(raw, buffer.line(), buffer.offset, self._log)
        except NotJson:
            self._pass_garbage()
            return
        buffer.at = match.end()

    def _pass_garbage(self) -> None:
        buffer = self._buffer
        pattern = _TEXT_IN_LIST if self._in_list else _TEXT_LINE
        line, offset = buffer.line(), buffer.offset
        match = pattern.match(buffer.octets, buffer.at)
        assert match is not None
        buffer.at = match.end()
        raw = match.group()
        message, lost = f"{len(raw):,} bytes that are not JSON", Severity.DATA_LOSS
        self._log.add("garbage", message, lost, line=line, byte_offset=offset, skipped=1, raw=raw)


def _closed_before(raw: bytes, error: NotJson) -> Closed | None:
    """What is whole in a document before the place where decoding stopped."""
    if error.is_too_deep:
        return close_torn(raw)
    return None if salvage_spans(raw) else close_torn(raw[: error.position])
