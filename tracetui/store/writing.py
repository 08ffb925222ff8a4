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
_PLAIN_BATCH = 2_000


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


def write_plain_parquet(path: Path, lines: Iterable[Mapping[str, object]]) -> int:
    """Write plain-format lines as Parquet: one column a key, nested values as JSON text; the number of rows."""
    count = 0
    rows = iter(lines)
    writer: pq.ParquetWriter | None = None
    while batch := list(islice(rows, _PLAIN_BATCH)):
        raise_for = batch
        count += len(raise_for)
    if writer is not None:
        writer.close()
    return count


def _cell(value: object) -> object:
    return lenient.dumps(value) if isinstance(value, dict | list) else value


__all__ = ["pa", "write_plain_parquet", "write_view"]
