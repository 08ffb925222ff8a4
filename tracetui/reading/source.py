"""One source: a file or a bundle's member, recognised by its content, that gives its records one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tracetui.model import ImportIssue, JsonValue, Record, Severity
from tracetui.reading.content import Content, random_access
from tracetui.reading.documents import DocumentReader
from tracetui.reading.faults import IssueLog, Report, StreamFault
from tracetui.reading.jsonl import LineReader
from tracetui.reading.limits import Limits
from tracetui.reading.prefixed import PrefixedReader
from tracetui.reading.table import TableReader
from tracetui.reading.text_shape import PREFIXED, TABLES, TextShape
from tracetui.reading.text_stream import Guarded, Transcoded

if TYPE_CHECKING:
    from tracetui.reading.parquet import ParquetContent

ReportProgress = Callable[[int], None]
_HEAD_COUNT = 20
_HEAD_BYTES = 256 * 1024


class SourceFile(ABC):
    """A source that is ready to be read, as often as wanted.

    `name` is the path as the user gave it, or `bundle!member`. `path` is there where the byte offsets of the records
    are those of a plain file, `file` wherever the source is a plain file. `container` says how the records are packed, such as "jsonl", "json array.gz", "csv"
    or "parquet". `size_bytes` is what progress counts up to: the size of the input, compressed if it is.
    """

    def __init__(self, content: Content, container: str, limits: Limits) -> None:
        self.name = content.name
        self.path: Path | None = None
        self.file = content.path
        self.container = f"{container}.{content.compression}" if content.compression else container
        self.size_bytes = content.size_bytes
        self._content = content
        self._limits = limits

    @abstractmethod
    def head(self, count: int = _HEAD_COUNT) -> tuple[list[JsonValue], list[str]]:
        """The first decoded values and, for Parquet and CSV, the column names; records() still gives all."""

    def records(self, issue: Report, progress: ReportProgress) -> Iterator[Record]:
        """All records in order; what cannot be read goes to `issue`, bytes of the input read so far to `progress`.

        Never raises for what the source holds.
        """
        log = IssueLog(issue, self.name, self._limits.issues_per_code)
        yield from self._records(log, progress)
        log.close()
        progress(self.size_bytes)

    @abstractmethod
    def _records(self, log: IssueLog, progress: ReportProgress) -> Iterator[Record]: ...


class TextSource(SourceFile):
    """JSON in any of its containers, or a table."""

    def __init__(self, content: Content, shape: TextShape, codec: str | None, limits: Limits) -> None:
        super().__init__(content, shape.container, limits)
        self.path = None if codec else content.path
        self._shape = shape
        self._codec = codec
        self._kept: tuple[list[Record], list[ImportIssue]] | None = None
        self._columns: Sequence[str] = ()

    def head(self, count: int = _HEAD_COUNT) -> tuple[list[JsonValue], list[str]]:
        issues: list[ImportIssue] = []
        log = IssueLog(issues.append, self.name, self._limits.issues_per_code)
        records, complete = _first(self._records(log, _ignore), count)
        if complete:
            # All of it: no need to decode it again.
            log.close()
            self._kept = records, issues
        return [record.value for record in records[:count]], list(self._columns)

    def records(self, issue: Report, progress: ReportProgress) -> Iterator[Record]:
        if self._kept is None:
            yield from super().records(issue, progress)
            return
        (records, issues), self._kept = self._kept, None
        for known in issues:
            issue(known)
        yield from records
        progress(self.size_bytes)

    def _records(self, log: IssueLog, progress: ReportProgress) -> Iterator[Record]:
        try:
            stream = self._content.open()
        except (StreamFault, OSError) as error:
            log.add("unreadable", f"cannot be opened any more: {error}", Severity.ERROR)
            return
        text = Transcoded(stream, self._codec) if self._codec else stream
        guarded = Guarded(text, log, lambda: progress(stream.consumed))
        if self._shape.container == "jsonl":
            yield from LineReader(guarded, log, self._limits, self._shape.separator).records()
        elif self._shape.container == PREFIXED:
            yield from PrefixedReader(guarded, log, self._limits).records()
        elif self._shape.container in TABLES:
            table = TableReader(guarded, log, self._limits, self._shape.separator)
            for record in table.records():
                self._columns = table.columns
                yield record
            self._columns = table.columns
        else:
            yield from DocumentReader(guarded, log, self._limits).records()


class ParquetSource(SourceFile):
    """Rows of one Parquet file, with the partition values of its path."""

    def __init__(self, content: Content, limits: Limits) -> None:
        """Check its footer. Raises StreamFault and OSError where it cannot be read."""
        super().__init__(content, "parquet", limits)
        # Not kept open: a folder may hold more parts than a process may hold files.
        self._columns = self.open().columns
        self._kept: ParquetContent | None = None

    def open(self) -> ParquetContent:
        """The file, opened anew, to read some columns only. Raises StreamFault and OSError."""
        return _opened(self._content, self._limits)

    def rows(self, numbers: Collection[int], issue: Report) -> Iterator[Record]:
        """The rows with these numbers (from 1), in order. Raises StreamFault and OSError."""
        from tracetui.reading.parquet import RowReader

        log = IssueLog(issue, self.name, self._limits.issues_per_code)
        yield from RowReader(self.open(), log, self._limits, _ignore).records_at(numbers)
        log.close()

    def head(self, count: int = _HEAD_COUNT) -> tuple[list[JsonValue], list[str]]:
        from tracetui.reading.parquet import RowReader

        log = IssueLog(_ignore, self.name, 0)
        try:
            self._kept = self.open()
        except (StreamFault, OSError):
            return [], list(self._columns)
        rows = RowReader(self._kept, log, self._limits, _ignore).records(max(count, 1))
        return [row.value for row in islice(rows, count)], list(self._columns)

    def _records(self, log: IssueLog, progress: ReportProgress) -> Iterator[Record]:
        from tracetui.reading.parquet import RowReader

        opened, self._kept = self._kept, None
        try:
            opened = opened or self.open()
        except (StreamFault, OSError) as error:
            log.add("unreadable", f"cannot be opened any more: {error}", Severity.ERROR)
            return
        reader = RowReader(opened, log, self._limits, lambda part: progress(int(part * self.size_bytes)))
        yield from reader.records()


def _opened(content: Content, limits: Limits) -> ParquetContent:
    from tracetui.reading.parquet import open_parquet

    octets = random_access(content, limits)
    if octets is None:
        raise StreamFault("unpacked_too_large", f"unpacks to more than {limits.total_bytes:,} bytes")
    return open_parquet(octets, content.partitions, limits)


def _first(records: Iterator[Record], count: int) -> tuple[list[Record], bool]:
    """At most `count` + 1 records, fewer where they are large, and whether these are all."""
    first: list[Record] = []
    size_bytes = 0
    for record in records:
        first.append(record)
        size_bytes += record.origin.byte_length
        if len(first) > count or size_bytes > _HEAD_BYTES:
            return first, next(records, None) is None
    return first, True


def _ignore(_: object) -> None:
    """Takes what nobody asked for."""
