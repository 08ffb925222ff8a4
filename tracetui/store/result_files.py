"""A kept result written as a file that other programs read."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

from tracetui.errors import QueryError
from tracetui.store.cells import exact_columns, value_text
from tracetui.store.column_types import WIDEST_IN_FILES
from tracetui.store.formulas import guarded
from tracetui.store.kept_results import typed_reader
from tracetui.store.spool import BATCH_ROWS, KeptRows, reopened

Told = Callable[[int], None]
"""Called with the number of rows written so far."""

_MOMENTS = frozenset(("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"))
_GROUP_ROWS = 122_880
_ODD_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def write_result(
    connection: duckdb.DuckDBPyConnection, path: Path, target: Path, kind: str, told: Told,
    guards_formulas: bool = False,
) -> int:  # fmt: skip
    """Write the result whose spool is at `path` to `target`, an existing empty file; the number of rows.

    `kind` is one of csv, json, jsonl, md, parquet and arrow; `guards_formulas` is for CSV. Raises OSError where the
    disk does not take it, QueryError where the kind of file has no type for what a column holds.
    """
    if kind in {"parquet", "arrow"}:
        cursor = connection.cursor()
        try:
            count = _write_typed(typed_reader(cursor, path), target, kind, told)
        except (duckdb.ConversionException, OSError) as error:
            if WIDEST_IN_FILES not in str(error):
                raise
            raise QueryError(
                f"whole numbers of more than 38 digits do not go into a .{kind} file",
                "column::VARCHAR makes them text; .csv and .jsonl hold them as they are.",
            ) from None
        finally:
            cursor.close()
    else:
        write = (
            partial(_write_csv, guard=guarded) if guards_formulas and kind == "csv" else _TEXT_WRITERS[kind]
        )
        count = _write_text(path, target, write, told)
    _sync(target)
    return count


def _write_typed(reader: pa.RecordBatchReader, target: Path, kind: str, told: Told) -> int:
    import pyarrow.parquet

    count = 0
    with pa.OSFile(str(target), "wb") as sink:
        writer: Any = (
            pyarrow.parquet.ParquetWriter(sink, reader.schema, compression="zstd")
            if kind == "parquet"
            else pa.ipc.new_file(sink, reader.schema)
        )
        with writer:
            for table in _groups(reader):
                writer.write_table(table)
                count += table.num_rows
                told(count)
    return count


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The batches in pieces large enough for a row group."""
    gathered: list[pa.RecordBatch] = []
    for batch in reader:
        gathered.append(batch)
        if len(gathered) * BATCH_ROWS >= _GROUP_ROWS:
            yield pa.Table.from_batches(gathered)
            gathered = []
    if gathered:
        yield pa.Table.from_batches(gathered)


def _write_text(
    path: Path, target: Path, write: Callable[[IO[str], list[str], Iterator[list[Any]]], None], told: Told
) -> int:
    rows, count = reopened(path)
    names = [column.name for column in rows.columns]
    try:
        with target.open("w", encoding="utf-8", newline="") as stream:
            write(stream, names, _exact_rows(rows, count, told))
    finally:
        rows.close()
    return count


def _exact_rows(rows: KeptRows, count: int, told: Told) -> Iterator[list[Any]]:
    """Values with moments as ISO 8601 in UTC and JSON as what it holds."""
    makers = [_exact(column.type) for column in rows.columns]
    done = 0
    for batch in rows.slices(0, count):
        columns = exact_columns(batch)
        made = [[make(value) for value in column] for make, column in zip(makers, columns, strict=True)]
        for row in zip(*made, strict=True):
            yield list(row)
        done += batch.num_rows
        told(done)


def _exact(kind: str) -> Callable[[Any], Any]:
    if kind in _MOMENTS:
        return lambda text: None if text is None else f"{text.replace(' ', 'T')}Z"
    if kind == "JSON":
        return lambda text: None if text is None else JsonText(text)
    if kind in {"HUGEINT", "UHUGEINT", "BIGNUM"}:
        return lambda text: None if text is None else int(text)
    return lambda value: value


class JsonText(str):
    """Text that is JSON already."""

    __slots__ = ()


def _write_csv(
    stream: IO[str], names: list[str], rows: Iterator[list[Any]], guard: Callable[[str], str] = str
) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([guard(name) for name in names])
    writer.writerows([guard(value_text(value) or "") for value in row] for row in rows)


def _write_lines(stream: IO[str], names: list[str], rows: Iterator[list[Any]]) -> None:
    stream.writelines(f"{line}\n" for line in _objects(names, rows))


def _write_array(stream: IO[str], names: list[str], rows: Iterator[list[Any]]) -> None:
    before = "[\n"
    for line in _objects(names, rows):
        stream.write(before + line)
        before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def _write_markdown(stream: IO[str], names: list[str], rows: Iterator[list[Any]]) -> None:
    stream.write(f"{_markdown_row(names)}{_markdown_row(['---'] * len(names))}")
    for row in rows:
        stream.write(_markdown_row([value_text(value) or "" for value in row]))


def _markdown_row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


_TEXT_WRITERS = {"csv": _write_csv, "jsonl": _write_lines, "json": _write_array, "md": _write_markdown}


def _objects(names: list[str], rows: Iterator[list[Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(
            {name: _json(value) for name, value in zip(names, row, strict=True)}, ensure_ascii=False
        )


def _json(value: Any) -> Any:
    """A value that JSON has: numbers that it lacks become text, bytes hexadecimal digits."""
    if isinstance(value, JsonText):
        try:
            return _json(json.loads(value))
        except (ValueError, RecursionError):
            return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _ODD_NUMBERS[str(value)]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return value


def _sync(target: Path) -> None:
    with target.open("rb") as written:
        os.fsync(written.fileno())
