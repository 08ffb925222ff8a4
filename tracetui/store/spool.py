"""The rows of one result on disk: written as the query yields them, read by window while that still goes on."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from tracetui.store.column_types import KeptColumn

BATCH_ROWS = 2_048
_INDEX_SUFFIX = ".json"


class Spool:
    """An Arrow file that grows by batches. One thread appends, any other reads what is there by then."""

    def __init__(self, path: Path, columns: list[KeptColumn], schema: pa.Schema) -> None:
        """Begin a new file at `path`."""
        self.columns = columns
        self._path = path
        self._schema = schema
        self._starts: list[int] = []
        self._offsets: list[int] = []
        self._sink = pa.OSFile(str(path), "wb")
        self._writer: Any = pa.ipc.new_file(self._sink, schema)
        # the header is written with the first batch: an empty one, so that the place of the next is known
        self._writer.write_batch(
            pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
        )
        self.row_count = 0

    @property
    def size_bytes(self) -> int:
        """How much is on disk."""
        return int(self._sink.tell())

    def append(self, batch: pa.RecordBatch) -> None:
        """Write the next rows."""
        self._offsets.append(self._sink.tell())
        self._starts.append(self.row_count)
        self._writer.write_batch(batch)
        self.row_count += batch.num_rows  # last: a reader believes it

    def finish(self) -> None:
        """End the file, so that another process can read it by `KeptRows`."""
        self._writer.close()
        self._sink.close()
        index = {
            "columns": [asdict(column) for column in self.columns],
            "starts": self._starts,
            "offsets": self._offsets,
            "row_count": self.row_count,
        }
        _index_path(self._path).write_text(json.dumps(index), encoding="utf-8")

    def abandon(self) -> None:
        """Close and remove a file that came to nothing."""
        self._writer.close()
        self._sink.close()
        remove(self._path)

    def reader(self) -> KeptRows:
        """Whoever reads by window."""
        return KeptRows(self._path, self.columns, self._schema, self._starts, self._offsets)


class KeptRows:
    """Reads rows of a spool by their place, a batch at a time: its memory does not grow with the result."""

    def __init__(
        self, path: Path, columns: list[KeptColumn], schema: pa.Schema, starts: list[int], offsets: list[int]
    ) -> None:
        self.columns = columns
        self._schema = schema
        self._starts = starts
        self._offsets = offsets
        self._file = pa.OSFile(str(path), "rb")
        self._latest: tuple[int, pa.RecordBatch] | None = None

    def slices(self, start: int, stop: int) -> Iterator[pa.RecordBatch]:
        """Rows from `start` up to but not including `stop`, in pieces of at most one batch."""
        while start < stop:
            number = bisect_right(self._starts, start) - 1
            batch = self._batch(number)
            first = start - self._starts[number]
            piece = batch.slice(first, min(batch.num_rows - first, stop - start))
            if not piece.num_rows:
                return
            yield piece
            start += piece.num_rows

    def close(self) -> None:
        """Release the file."""
        self._latest = None
        self._file.close()

    def _batch(self, number: int) -> pa.RecordBatch:
        if self._latest is None or self._latest[0] != number:
            self._file.seek(self._offsets[number])
            message = pa.ipc.read_message(self._file)
            self._latest = (number, pa.ipc.read_record_batch(message, self._schema))
        return self._latest[1]


def reopened(path: Path) -> tuple[KeptRows, int]:
    """A finished spool and how many rows it has; raises OSError where it was never finished."""
    index = json.loads(_index_path(path).read_text(encoding="utf-8"))
    columns = [KeptColumn(**column) for column in index["columns"]]
    with pa.OSFile(str(path), "rb") as source:
        schema = pa.ipc.open_file(source).schema
    return KeptRows(path, columns, schema, index["starts"], index["offsets"]), index["row_count"]


def remove(path: Path) -> None:
    """Take the files of a spool away."""
    path.unlink(missing_ok=True)
    _index_path(path).unlink(missing_ok=True)


def _index_path(path: Path) -> Path:
    return path.with_name(path.name + _INDEX_SUFFIX)
