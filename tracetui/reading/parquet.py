"""Read Parquet row group by row group: every batch validated, damaged groups and columns reported, the rest loaded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tracetui.model import Origin, Record, Severity
from tracetui.reading.faults import IssueLog, StreamFault
from tracetui.reading.lenient import dumps
from tracetui.reading.limits import MIB, Limits
from tracetui.reading.parquet_values import column_values
from tracetui.reading.random_access import RandomBytes, as_file

_BATCH_BYTES = 8 * MIB
_MOST_ROWS = 4_096
_FOOTER_TAIL_BYTES = 8
_DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError, TypeError)

Partitions = Sequence[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class ParquetContent:
    """An open Parquet file whose footer passed the limits; `columns` are the names of its rows, partitions last."""

    file: pq.ParquetFile
    names: tuple[str, ...]
    columns: tuple[str, ...]
    renamed: tuple[str, ...]
    partitions: tuple[tuple[str, str | None], ...]
    size_bytes: int


def open_parquet(octets: RandomBytes, partitions: Partitions, limits: Limits) -> ParquetContent:
    """Open and check the footer. Raises StreamFault with the reason why the file is refused."""
    _check_footer(octets, limits)
    try:
        file = pq.ParquetFile(as_file(octets), page_checksum_verification=True)
        names = file.schema_arrow.names
        leaves = file.metadata.num_columns
    except _DAMAGE as error:
        raise StreamFault("bad_parquet", f"the Parquet footer cannot be read: {first_line(error)}") from None
    if max(leaves, len(names)) > limits.columns:
        raise StreamFault(
            "too_many_columns", f"{leaves:,} columns are more than the limit of {limits.columns:,}"
        )
    distinct, renamed = _distinct(names)
    added = tuple((name, value) for name, value in partitions if name not in distinct)
    columns = (*distinct, *(name for name, _ in added))
    return ParquetContent(file, tuple(distinct), columns, tuple(renamed), added, octets.size)


def _check_footer(octets: RandomBytes, limits: Limits) -> None:
    tail = octets.read_at(max(octets.size - _FOOTER_TAIL_BYTES, 0), _FOOTER_TAIL_BYTES)
    if tail[4:] == b"PARE":
        raise StreamFault("encrypted", "encrypted Parquet; decrypt it first")
    if tail[4:] != b"PAR1" or octets.size < 12:
        raise StreamFault("truncated_parquet", "cut off: the Parquet footer at the end is missing")
    footer_bytes = int.from_bytes(tail[:4], "little")
    if footer_bytes > min(limits.parquet_footer_bytes, octets.size):
        raise StreamFault("bad_parquet", f"the Parquet footer claims {footer_bytes:,} bytes")


def _distinct(names: Sequence[str]) -> tuple[list[str], list[str]]:
    distinct: dict[str, None] = {}
    renamed: list[str] = []
    for name in names:
        free, number = name, 0
        while free in distinct:
            number += 1
            free = f"{name}_{number}"
        distinct[free] = None
        if number:
            renamed.append(free)
    return list(distinct), renamed


def first_line(error: BaseException) -> str:
    """The first line of an error's message, at most 200 characters."""
    lines = str(error).splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


class RowReader:
    """Rows of one Parquet file as records: the line is the row number, the raw record its JSON text.

    `progress` gets the part of the rows that was read, 0 to 1.
    """

    def __init__(
        self, content: ParquetContent, log: IssueLog, limits: Limits, progress: Callable[[float], None]
    ) -> None:
        self._content = content
        self._log = log
        self._limits = limits
        self._progress = progress
        self._rows = 0
        self._decoded_bytes = 0

    def records(self, most_rows: int = _MOST_ROWS) -> Iterator[Record]:
        """All rows in order, at most `most_rows` decoded at once."""
        for name in self._content.renamed:
            self._log.add("duplicate_column", f"a column name occurs twice, the later one is called {name}")
        metadata = self._content.file.metadata
        for group in range(metadata.num_row_groups):
            rows = max(metadata.row_group(group).num_rows, 0)
            if self._over_budget():
                self._stop(metadata.num_rows - self._rows)
                return
            yield from self._group(group, rows, most_rows)

    def records_at(self, numbers: Collection[int]) -> Iterator[Record]:
        """The rows with these numbers, from 1; only row groups that hold one of them are decoded."""
        metadata = self._content.file.metadata
        wanted = sorted(numbers)
        first = 0
        for group in range(metadata.num_row_groups):
            stop = first + max(metadata.row_group(group).num_rows, 0)
            inside = wanted[bisect_right(wanted, first) : bisect_right(wanted, stop)]
            if inside:
                yield from self._rows_of(group, first, inside)
            first = stop

    def _rows_of(self, group: int, first: int, wanted: Sequence[int]) -> Iterator[Record]:
        size = self._batch_rows(group, _MOST_ROWS)
        for batch in self._content.file.iter_batches(size, row_groups=[group]):
            stop = first + batch.num_rows
            for number in wanted[bisect_right(wanted, first) : bisect_right(wanted, stop)]:
                self._rows = number - 1
                yield from self._batch(batch.slice(number - 1 - first, 1))
            if stop >= wanted[-1]:
                return
            first = stop

    def _over_budget(self) -> bool:
        limits = self._limits
        return self._decoded_bytes > max(limits.parquet_floor_bytes, limits.ratio * self._content.size_bytes)

    def _stop(self, rows_left: int) -> None:
        message = (
            f"decodes to more than {self._limits.ratio} times its size; {rows_left:,} rows were not read"
        )
        self._log.add(
            "unpacks_too_far", message, Severity.DATA_LOSS, line=self._rows + 1, skipped=max(rows_left, 0)
        )

    def _group(self, group: int, rows: int, most_rows: int) -> Iterator[Record]:
        before = self._rows
        try:
            for batch in self._content.file.iter_batches(
                self._batch_rows(group, most_rows), row_groups=[group]
            ):
                yield from self._batch(batch)
                if self._over_budget():
                    break
            reason = "" if self._rows - before >= rows else "it ends early"
        except _DAMAGE as error:
            reason = first_line(error)
        lost = before + rows - self._rows
        if reason and lost > 0:
            message = f"{lost:,} rows of row group {group + 1} were not read: {reason}"
            self._log.add("bad_row_group", message, Severity.DATA_LOSS, line=self._rows + 1, skipped=lost)
            self._rows = before + rows

    def _batch_rows(self, group: int, most_rows: int) -> int:
        stated = self._content.file.metadata.row_group(group)
        row_bytes = max(stated.total_byte_size, 1) // max(stated.num_rows, 1) + 1
        return int(min(max(_BATCH_BYTES // row_bytes, 1), most_rows))

    def _batch(self, batch: pa.RecordBatch) -> Iterator[Record]:
        with suppress(*_DAMAGE):
            self._decoded_bytes += batch.nbytes
        content = self._content
        columns = [self._column(batch, index, name) for index, name in enumerate(content.names)]
        columns += [[value] * batch.num_rows for _, value in content.partitions]
        for row in zip(*columns, strict=True) if columns else [()] * batch.num_rows:
            value = dict(zip(content.columns, row, strict=True))
            raw = dumps(value).encode()
            self._rows += 1
            yield Record(value, Origin(self._rows, self._rows - 1, len(raw), raw))
        self._progress(min(self._rows / max(content.file.metadata.num_rows, 1), 1.0))

    def _column(self, batch: pa.RecordBatch, index: int, name: str) -> list[Any]:
        line = self._rows + 1
        try:
            values, mended = column_values(batch.column(index))
        except _DAMAGE as error:
            message = f"column {name} of {batch.num_rows:,} rows cannot be read: {first_line(error)}"
            self._log.add("bad_column", message, Severity.DATA_LOSS, line=line)
            return [None] * batch.num_rows
        if mended:
            message = f"column {name} holds bytes that are not UTF-8, replaced by U+FFFD"
            self._log.add("bad_utf8", message, Severity.WARNING, line=line)
        return values
