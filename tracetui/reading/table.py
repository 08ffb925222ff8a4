"""Read CSV and TSV: a header row, then each row as a record, an object of text by column.

Memory stays at the size of the largest row; every row keeps its exact place and text.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence

from tracetui.model import Record, Severity
from tracetui.reading.decoding import fast_record
from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import IssueLog
from tracetui.reading.limits import Limits
from tracetui.reading.sliding import Sliding
from tracetui.reading.table_row import Row, RowCutter
from tracetui.reading.table_shape import stated_separator

_NULL = "\\N"
_MOST_RESTARTS = 100
"""Each row with a quote that is never closed costs a walk to the end; after so many, cells end with their line."""
_LINES_AHEAD = 50


class TableReader:
    """Records of one table. `columns` is known once the first record was asked for.

    An empty cell without quotes and `\\N` are null, `""` is empty text. A row of another width than the header is
    kept and reported; cells without a name get one.
    """

    def __init__(self, stream: ByteStream, log: IssueLog, limits: Limits, separator: bytes) -> None:
        self._buffer = Sliding(stream)
        self._log = log
        self._limits = limits
        self._separator = separator.decode()
        self._cutter = RowCutter(separator)
        self._blank = 0
        self._restarts = 0
        self._is_ragged = False
        self.columns: Sequence[str] = ()

    def records(self) -> Iterator[Record]:
        """All rows below the header, in order."""
        self._skip_preamble()
        if not self._read_header():
            return
        buffer = self._buffer
        while self._has_more():
            end = buffer.octets.find(b"\n", buffer.at)
            raw = buffer.octets[buffer.at : end] if end >= 0 else b'"'
            if b'"' in raw:
                yield from self._quoted_row()
            elif len(raw) > self._limits.line_bytes:
                self._pass_line(
                    "line_too_long", f"a line is longer than the limit of {self._limits.line_bytes:,}"
                )
            else:
                yield from self._plain_row(raw.removesuffix(b"\r"))
                buffer.at = end + 1
        if self._blank:
            self._log.add(
                "blank_lines", f"{self._blank:,} blank line{'s' if self._blank > 1 else ''}", Severity.INFO
            )

    def _has_more(self) -> bool:
        while not self._buffer.ahead and not self._buffer.ended:
            self._buffer.more()
        return self._buffer.ahead > 0

    # --- the header -------------------------------------------------------------------------------------------

    def _skip_preamble(self) -> None:
        buffer = self._buffer
        buffer.more()
        if buffer.octets.startswith(codecs.BOM_UTF8):
            buffer.at = len(codecs.BOM_UTF8)
            self._log.add("bom", "a byte order mark was left out", Severity.INFO, line=1, byte_offset=0)
        buffer.at += stated_separator(buffer.octets[buffer.at :])[1]

    def _read_header(self) -> bool:
        row = self._cut()
        while row is not None and row.end == self._buffer.at and self._buffer.ahead:
            self._buffer.at = row.after
            row = self._cut()
        if row is None:
            self._log.add("no_header", "the header row does not end", Severity.ERROR, line=1, byte_offset=0)
            return False
        if len(row.cells) > self._limits.columns:
            message = f"{len(row.cells):,} columns are more than the limit of {self._limits.columns:,}"
            self._log.add("too_many_columns", message, Severity.ERROR, line=1, byte_offset=0)
            return False
        self.columns = self._named([(cell or b"").decode("utf-8", "replace") for cell in row.cells])
        self._buffer.at = row.after
        return True

    def _named(self, names: list[str]) -> list[str]:
        distinct: dict[str, None] = {}
        for place, found in enumerate(names, 1):
            name = free = found.strip() or f"column_{place}"
            number = 0
            while free in distinct:
                number += 1
                free = f"{name}_{number}"
            distinct[free] = None
            if number:
                message = f"a column name occurs twice, the later one is called {free}"
                self._log.add("duplicate_column", message, line=1, byte_offset=0)
        return list(distinct)

    # --- rows -------------------------------------------------------------------------------------------------

    def _plain_row(self, raw: bytes) -> Iterator[Record]:
        """A row without quotes."""
        if not raw:
            self._blank += 1
            return
        text = self._decoded(raw)
        cells: list[str | None] = [cell or None for cell in text.split(self._separator)]
        yield from self._record(cells, raw)

    def _quoted_row(self) -> Iterator[Record]:
        buffer = self._buffer
        row = self._cut()
        if row is None:
            self._pass_unclosed()
            return
        raw = buffer.octets[buffer.at : row.end]
        if row.is_odd and b"\n" in raw:
            self._pass_line("bad_row", "a quote is closed in the middle of a cell")
            return
        if not raw:
            self._blank += 1
        else:
            if row.is_odd:
                self._report("odd_quotes", "text follows a closing quote; the cell is kept as it stands")
            cells = [None if cell is None else self._decoded(cell) for cell in row.cells]
            yield from self._record(cells, raw)
        buffer.at = row.after

    def _cut(self) -> Row | None:
        """The row at the position of the buffer; None where a quote is not closed within the limit."""
        buffer = self._buffer
        while (row := self._cutter.cut(buffer.octets, buffer.at, final=buffer.ended)) is None:
            if buffer.ended or buffer.ahead > self._limits.line_bytes:
                return None
            if self._restarts >= _MOST_RESTARTS and b"\n" in buffer.octets[buffer.at :]:
                return None
            buffer.more()
        return row

    def _record(self, cells: list[str | None], raw: bytes) -> Iterator[Record]:
        columns = self.columns
        if len(cells) != len(columns):
            if cells == [None] or not raw.strip():
                self._blank += 1
                return
            if self._is_torn(cells, raw):
                message = f"cut off: {len(cells):,} of {len(columns):,} cells ({len(raw):,} bytes left out)"
                self._report("torn_tail", message, Severity.DATA_LOSS, raw)
                return
            self._is_ragged = True
            self._report("row_width", f"{len(cells):,} cells in a table of {len(columns):,} columns")
        elif cells == columns:
            self._report("repeated_header", "the header row comes again and is left out", Severity.INFO)
            return
        if _NULL in cells:
            cells = [None if cell == _NULL else cell for cell in cells]
        value: dict[str, str | None] = dict(zip(columns, cells, strict=False))
        value.update(
            {f"column_{place}": cells[place - 1] for place in range(len(columns) + 1, len(cells) + 1)}
        )
        yield fast_record(value, self._buffer.line(), self._buffer.offset, raw)

    def _is_torn(self, cells: list[str | None], raw: bytes) -> bool:
        """Whether a short row is the last one, without a line end, in a table whose rows are all as wide as it."""
        buffer = self._buffer
        is_last = buffer.ended and buffer.at + len(raw) == len(buffer.octets)
        return is_last and len(cells) < len(self.columns) and not self._is_ragged

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self._report("bad_utf8", "bytes that are not UTF-8 were replaced by U+FFFD")
            return raw.decode("utf-8", "replace")

    def _report(
        self, code: str, message: str, severity: Severity = Severity.WARNING, lost: bytes | None = None
    ) -> None:
        """Report an issue of the row at hand; `lost` is the row where it is left out."""
        line, offset = self._buffer.line(), self._buffer.offset
        skipped = int(lost is not None)
        self._log.add(code, message, severity, line=line, byte_offset=offset, skipped=skipped, raw=lost)

    # --- rows that cannot be read -------------------------------------------------------------------------------

    def _pass_unclosed(self) -> None:
        """A quote that is never closed: go on with the next line that is a row, or lose the rest."""
        buffer = self._buffer
        self._restarts += 1
        if buffer.ahead > self._limits.line_bytes and b"\n" not in buffer.octets[buffer.at :]:
            self._pass_line(
                "line_too_long", f"a line is longer than the limit of {self._limits.line_bytes:,}"
            )
        elif buffer.ahead > self._limits.line_bytes or not buffer.ended or self._row_follows():
            self._pass_line("bad_row", "a quote is not closed")
        else:
            message = f"cut off: a quote is not closed ({buffer.ahead:,} bytes left out)"
            self._report("torn_tail", message, Severity.DATA_LOSS, buffer.octets[buffer.at :])
            buffer.at = len(buffer.octets)

    def _row_follows(self) -> bool:
        """Whether one of the next lines is a row as wide as the table."""
        octets, at = self._buffer.octets, self._buffer.at
        for _ in range(_LINES_AHEAD):
            at = octets.find(b"\n", at) + 1
            if not at:
                return False
            end = octets.find(b"\n", at)
            line = octets[at : end if end >= 0 else len(octets)]
            row = self._cutter.cut(line, 0, final=True)
            if row is not None and not row.is_odd and len(row.cells) == len(self.columns):
                return True
        return False

    def _pass_line(self, code: str, message: str) -> None:
        """Leave out what stands up to the next line end."""
        buffer = self._buffer
        line, _, _ = buffer.octets[buffer.at :].partition(b"\n")
        self._report(code, f"{message}; the line is left out", Severity.DATA_LOSS, line)
        while (end := buffer.octets.find(b"\n", buffer.at)) < 0 and not buffer.ended:
            buffer.at = len(buffer.octets)
            buffer.more()
        buffer.at = end + 1 if end >= 0 else len(buffer.octets)
