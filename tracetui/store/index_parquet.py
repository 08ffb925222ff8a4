"""Rows of a Parquet file on their way into the index: its hot columns only, row group by row group, each validated."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as pq
from pyarrow import types

from tracetui.reading.pieces import Piece
from tracetui.store.index_stream import Guarded, IsStopped, Progress

_BATCH_ROWS = 8_192
_MOST_COLUMNS = 4_096
_FLOOR_BYTES = 2 << 30
_RATIO = 200
_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


class CannotIndex(ValueError):  # noqa: N818 - reads as what happened
    """The file is not what the index expects; the full reader takes it whole. Nothing of it is in the database."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file under the name it has in SQL, with the type it has there."""

    sql_name: str
    kind: pa.DataType
    ns_per_unit: int = 0
    """Of a point in time, which arrives as a number; 0 for everything else."""


@dataclass(frozen=True, slots=True)
class Table:
    """An open Parquet file and its columns by name."""

    file: pq.ParquetFile
    columns: dict[str, Column]
    size_bytes: int


def open_table(path: str) -> Table:
    """Open a file. Raises CannotIndex where it is damaged or its columns have no names of their own."""
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
        schema = file.schema_arrow
        leaves = file.metadata.num_columns
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CannotIndex(str(error)) from None
    if leaves > _MOST_COLUMNS or len(set(schema.names)) < len(schema.names):
        raise CannotIndex("too many columns, or several of one name")
    columns = {field.name: _column(f"c{at}", field.type) for at, field in enumerate(schema)}
    return Table(file, columns, os.path.getsize(path))


def _column(name: str, kind: pa.DataType) -> Column:
    plain: pa.DataType = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
    if isinstance(plain, pa.TimestampType):
        return Column(name, pa.int64(), _NS[plain.unit])
    return Column(name, plain)


class RowStream(Guarded):
    """The wanted columns of all rows, to be read once; `line` is the row number, `byte_offset` the row's index."""

    def __init__(
        self, table: Table, wanted: Sequence[str], first_key: int, progress: Progress,
        is_stopped: IsStopped = lambda: False,
    ) -> None:  # fmt: skip
        super().__init__(first_key)
        self._table = table
        self._wanted = [name for name in table.columns if name in set(wanted)]
        self._progress = progress
        self._is_stopped = is_stopped
        self._schema = self.schema()
        self._row_numbers = pa.array(range(_BATCH_ROWS), pa.int64())
        self._rows = 0
        self._file_bytes = table.size_bytes

    def schema(self) -> pa.Schema:
        """Keys and places, then the columns under their SQL names."""
        fields: list[pa.Field[Any]] = [
            pa.field(name, pa.int64()) for name in ("row_key", "line", "byte_offset", "byte_length")
        ]
        kinds = [self._table.columns[name] for name in self._wanted]
        return pa.schema([*fields, *(pa.field(column.sql_name, column.kind) for column in kinds)])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of some ten thousand rows."""
        file, decoded_bytes = self._table.file, 0
        count = file.metadata.num_rows
        try:
            for batch in file.iter_batches(_BATCH_ROWS, columns=self._wanted):
                decoded_bytes += batch.nbytes
                if decoded_bytes > max(_FLOOR_BYTES, _RATIO * self._file_bytes):
                    raise CannotIndex("it unpacks to more than its size allows")
                batch.validate(full=True)
                yield self._batch(batch)
                self._progress(self._file_bytes * self._rows // max(count, 1), self._rows)
                if self._rows < count and self._is_stopped():
                    self.stopped_before = Piece(self._rows, count - self._rows, self._rows + 1)
                    return
        except (pa.ArrowException, OSError) as error:
            raise CannotIndex(str(error)) from None

    def _batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows, first = batch.num_rows, self._rows
        numbers = self._row_numbers.slice(0, rows)
        arrays: list[pa.Array[Any]] = [
            compute.add(numbers, start) for start in (self.next_key, first + 1, first)
        ]
        arrays.append(pa.nulls(rows, pa.int64()))
        arrays += [_cast(batch.column(name), self._table.columns[name].kind) for name in self._wanted]
        self._rows += rows
        self.next_key += rows
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _cast(values: pa.Array[Any], kind: pa.DataType) -> pa.Array[Any]:
    return values if values.type == kind else values.cast(kind)


# --- expressions over columns ----------------------------------------------------------------------------------


def is_text(kind: pa.DataType) -> bool:
    """Whether the column holds text."""
    return bool(types.is_string(kind) or types.is_large_string(kind))


def number_text(column: Column) -> str:
    """Text of the column's number or text; NULL for what is neither, NaN and infinities."""
    if is_text(column.kind):
        return column.sql_name
    if types.is_floating(column.kind):
        text = f"regexp_replace({column.sql_name}::VARCHAR, '[.]0$', '')"
        return f"CASE WHEN isfinite({column.sql_name}) THEN {text} END"
    if types.is_integer(column.kind) or types.is_decimal(column.kind):
        return f"{column.sql_name}::VARCHAR"
    return "NULL::VARCHAR"


def text_value(column: Column) -> str:
    """Text of a text or integer column, NULL for all else and for empty text."""
    if is_text(column.kind):
        return f"nullif({column.sql_name}, '')"
    return f"{column.sql_name}::VARCHAR" if types.is_integer(column.kind) else "NULL::VARCHAR"


def integer_value(column: Column) -> str:
    """Integer of an integer or text column, or of a float without fraction."""
    name = column.sql_name
    if is_text(column.kind):
        return f"index_integer({name})"
    if types.is_floating(column.kind):
        return f"CASE WHEN isfinite({name}) AND {name} = floor({name}) THEN try_cast({name} AS BIGINT) END"
    return f"try_cast({name} AS BIGINT)" if types.is_integer(column.kind) else "NULL::BIGINT"


def is_there(column: Column) -> str:
    """Whether the row has a value; NaN is none."""
    if types.is_floating(column.kind):
        return f"coalesce(isfinite({column.sql_name}), false)"
    return f"{column.sql_name} IS NOT NULL"


def time_ns(column: Column) -> str:
    """Nanoseconds of a timestamp column or of text."""
    if column.ns_per_unit:
        return f"index_positive(try_cast({column.sql_name}::HUGEINT * {column.ns_per_unit} AS BIGINT))"
    if is_text(column.kind):
        return f"index_time({column.sql_name})"
    raise CannotIndex(f"times of type {column.kind}")
