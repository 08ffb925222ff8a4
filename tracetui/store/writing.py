"""Files written from the database, streamed through Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tracetui.errors import UsageError
from tracetui.reading import lenient
from tracetui.sql import view_names

_BATCH_ROWS = 50_000
_PLAIN_BATCH_ROWS = 2_000


def write_view(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> int:
    """Write a public view as a Parquet file; the number of rows."""
    if name not in view_names():
        raise UsageError(f"there is no view {name}")
    reader = connection.table(name).to_arrow_reader(_BATCH_ROWS)
    count = 0
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def write_plain_parquet(
    path: Path, columns: Mapping[str, bool], lines: Iterable[Mapping[str, object]]
) -> int:
    """Write lines of the plain format as Parquet, one column a key; the number of rows.

    `columns` says for each key whether its values are integers; the others become text, nested ones JSON text.
    """
    schema = pa.schema(
        [(name, pa.int64() if is_integer else pa.string()) for name, is_integer in columns.items()]
    )
    count = 0
    rows = iter(lines)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _PLAIN_BATCH_ROWS)):
            arrays = [
                pa.array([_cell(row.get(name), columns[name]) for row in batch], schema.field(name).type)
                for name in columns
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
            count += len(batch)
    return count


def _cell(value: object, is_integer: bool) -> object:
    if value is None or is_integer or isinstance(value, str):
        return value
    return lenient.dumps(value)
