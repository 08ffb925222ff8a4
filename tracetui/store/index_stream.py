"""Pieces on their way into DuckDB: batches whose text column is the read buffer itself."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from tracetui.reading.pieces import CHUNK_BYTES, Chunk, Header, LineReader, Piece, Pieces
from tracetui.sql import conventions as tables

Progress = Callable[[int, int], None]
"""Is given the bytes done and the rows seen so far."""

IsStopped = Callable[[], bool]
"""Whether no more is to be read."""

Cut = Callable[[Chunk, int], Pieces]
"""Cuts a chunk into rows; is also given the number of its first line."""

_RESOURCE_COLUMNS = tuple(tables.RESOURCE_KEYS)
_FIELDS: list[pa.Field[Any]] = [
    pa.field("piece", pa.utf8()),
    pa.field("start", pa.int32()),
    pa.field("stop", pa.int32()),
    pa.field("chunk_offset", pa.int64()),
    pa.field("row_key", pa.int64()),
    pa.field("line", pa.int64()),
    pa.field("header_key", pa.int32()),
    *(pa.field(f"resource_{column}", pa.utf8()) for column in _RESOURCE_COLUMNS),
]
_SCHEMA = pa.schema(_FIELDS)
_MOST_REMEMBERED = 4_096
_LONGEST_TORN = 4 << 20


@dataclass(frozen=True, slots=True)
class SharedHeader:
    """A header that was seen first in this place, and the columns that its resource gives to spans."""

    key: int
    header: Header | None
    columns: tuple[str | None, ...]


_NO_HEADER = SharedHeader(0, None, (None,) * len(_RESOURCE_COLUMNS))


class Guarded:
    """A stream of batches that keeps what goes wrong in it: the libraries in between would replace it by their own.

    `next_key` is the first that no row has; `stopped_before` where it was told to stop and more would have followed.
    """

    def __init__(self, first_key: int) -> None:
        self.failure: BaseException | None = None
        self.next_key = first_key
        self.stopped_before: Piece | None = None

    def reader(self) -> pa.RecordBatchReader:
        """The rows as a stream that DuckDB can scan once."""
        return pa.RecordBatchReader.from_batches(self.schema(), self._guarded())

    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        raise NotImplementedError

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches, one after another."""
        raise NotImplementedError

    def _guarded(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.batches()
        except BaseException as failure:
            self.failure = failure
            raise


class PieceStream(Guarded):
    """The rows of a file, to be read once; afterwards `rest` and `headers` say what was seen.

    `only` are the parts that are read, with the keys of their first spans, where not all of it is.
    """

    def __init__(
        self, path: str, cut: Cut, first_key: int, progress: Progress, is_stopped: IsStopped,
        only: Sequence[tuple[Piece, int]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(first_key)
        self._path = path
        self._cut = cut
        self._progress = progress
        self._is_stopped = is_stopped
        self._only = only
        self._lines = 0
        self._done = (0, first_key)
        self._line_offsets = array("q")
        self._remembered: dict[tuple[bytes, bytes], SharedHeader] = {}
        self.rest: list[Piece] = []
        self.headers: list[SharedHeader] = []

    def parts(self, lines: Iterable[tuple[int, int]]) -> list[tuple[Piece, int]]:
        """Where lines stand whose numbers are given with the keys of their first spans; lines that follow one another are one part."""
        found: list[tuple[Piece, int]] = []
        for number, key in lines:
            line = self.line(number)
            before, first_key = found[-1] if found else (None, key)
            if before is not None and before.byte_offset + before.byte_length + 1 == line.byte_offset:
                length = before.byte_length + 1 + line.byte_length
                found[-1] = Piece(before.byte_offset, length, before.line), first_key
            else:
                found.append((line, key))
        return found

    def texts(self, parts: Iterable[tuple[Piece, int]]) -> Iterator[bytes]:
        """The text of parts of the file, whole lines at a time."""
        with open(self._path, "rb") as file:
            for part, _ in parts:
                for chunk in _reader_of(file.fileno(), part).chunks():
                    if isinstance(chunk, Chunk):
                        yield bytes(memoryview(chunk.buffer)[: chunk.size])
                    self._progress(*self._done)

    def again(self, parts: Sequence[tuple[Piece, int]]) -> PieceStream:
        """Parts of the file once more, with the same keys: these are in the order of the file, which tells what was said last.
        `headers` holds those of both streams; progress stays where it is, and nothing stops it."""
        stream = PieceStream(self._path, self._cut, self.next_key, self._progress, lambda: False, parts)
        stream.headers = list(self.headers)
        stream._done = self._done
        return stream

    def schema(self) -> pa.Schema:
        """Text of the piece, where it stands, and what its header says."""
        return _SCHEMA

    def line(self, number: int) -> Piece:
        """Where a line stands, for formats whose rows are not lines."""
        start, following = self._line_offsets[number - 1], self._line_offsets[number]
        return Piece(start, following - 1 - start, number)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A batch for each chunk of the file."""
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            if self._only is None:
                stop = size - _torn(descriptor, size)
                yield from self._part(descriptor, Piece(0, stop, 1))
                if self.stopped_before is not None:
                    self._line_offsets.append(self.stopped_before.byte_offset)
                    return
                if stop < size:
                    self._pass_over(Piece(stop, size - stop, 0))
                self._line_offsets.append(size if _ends_line(descriptor, size) else size + 1)
                return
            for part, key in self._only:
                self._lines, self.next_key = part.line - 1, key - 1  # a row without a span comes first
                yield from self._part(descriptor, part)
        finally:
            os.close(descriptor)

    def _part(self, descriptor: int, part: Piece) -> Iterator[pa.RecordBatch]:
        reader, stop = _reader_of(descriptor, part), part.byte_offset + part.byte_length
        for chunk in reader.chunks():
            if isinstance(chunk, Piece):
                self._pass_over(chunk)
                continue
            pieces = self._cut(chunk, self._lines + 1)
            yield self._batch(pieces)
            reached = min(chunk.byte_offset + chunk.size, stop)
            self._done = max(self._done, (reached, self.next_key))
            self._progress(*self._done)
            if reached < stop and self._is_stopped():
                self.stopped_before = Piece(reached, stop - reached, self._lines + 1)
                return

    def _pass_over(self, piece: Piece) -> None:
        self._lines += 1
        self._line_offsets.append(piece.byte_offset)
        self.rest.append(Piece(piece.byte_offset, piece.byte_length, self._lines))

    def _batch(self, pieces: Pieces) -> pa.RecordBatch:
        chunk, rows = pieces.chunk, len(pieces.lines)
        starts = pa.py_buffer(pieces.starts)
        self._lines += pieces.line_count
        self._line_offsets.extend(pieces.line_starts)
        self.rest.extend(pieces.rest)
        keys = array("q", range(self.next_key, self.next_key + rows))
        self.next_key += rows
        arrays: list[pa.Array[Any]] = [
            pa.Array.from_buffers(pa.utf8(), rows, [None, starts, pa.py_buffer(chunk.buffer)]),
            pa.Array.from_buffers(pa.int32(), rows, [None, starts]),
            pa.Array.from_buffers(pa.int32(), rows, [None, starts.slice(pieces.starts.itemsize)]),
            column_of(pa.int64(), array("q", (chunk.byte_offset,)) * rows),
            column_of(pa.int64(), keys),
            column_of(pa.int64(), pieces.lines),
            *self._header_columns(pieces),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)

    def _header_columns(self, pieces: Pieces) -> list[pa.Array[Any]]:
        runs: list[tuple[int, SharedHeader]] = []
        for rows, header in pieces.headers:  # rows between records take what stands before them
            runs.append((rows, self._shared(header) if header else runs[-1][1] if runs else _NO_HEADER))
        keys = array("i")
        for rows, shared in runs:
            keys.extend(array("i", (shared.key,)) * rows)
        values = [
            _repeated([(rows, shared.columns[at]) for rows, shared in runs])
            for at in range(len(_RESOURCE_COLUMNS))
        ]
        return [column_of(pa.int32(), keys), *values]

    def _shared(self, header: Header) -> SharedHeader:
        """The header seen first with the same text."""
        found = self._remembered.get((header.resource, header.scope))
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = SharedHeader(len(self.headers) + 1, header, _resource_columns(header.resource))
            self.headers.append(found)
            self._remembered[header.resource, header.scope] = found
        return found


def _reader_of(descriptor: int, part: Piece) -> LineReader:
    """Reads some lines, in a buffer no larger than they need."""
    stop = part.byte_offset + part.byte_length
    return LineReader(descriptor, part.byte_offset, stop, min(CHUNK_BYTES, max(part.byte_length, 1)))


def _torn(descriptor: int, size: int) -> int:
    """Length of a last line that has no end and is not JSON, or 0: an export that was cut off is no reason to start anew."""
    tail = os.pread(descriptor, _LONGEST_TORN, max(size - _LONGEST_TORN, 0))
    last = tail[tail.rfind(b"\n") + 1 :]
    if not last.strip() or len(last) == len(tail) < size:
        return 0
    try:
        orjson.loads(last)
    except orjson.JSONDecodeError:
        return len(last)
    return 0


def _ends_line(descriptor: int, size: int) -> bool:
    return size > 0 and os.pread(descriptor, 1, size - 1) == b"\n"


def column_of(kind: pa.DataType, values: array[int]) -> pa.Array[Any]:
    """An Arrow column over the memory of an array of integers."""
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _repeated(runs: Sequence[tuple[int, str | None]]) -> pa.Array[Any]:
    """A column of equal values in runs; neighbours with the same value are joined first."""
    joined: list[tuple[int, str | None]] = []
    for rows, value in runs:
        if joined and value == joined[-1][1]:
            joined[-1] = (joined[-1][0] + rows, joined[-1][1])
        else:
            joined.append((rows, value))
    parts = [pa.repeat(pa.scalar(value, pa.utf8()), rows) for rows, value in joined]
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _resource_columns(resource: bytes) -> tuple[str | None, ...]:
    """What a resource says for its spans, in the order of `RESOURCE_KEYS`."""
    attributes = orjson.loads(resource).get("attributes") or []
    values = {item.get("key"): item.get("value") or {} for item in attributes}
    return tuple(
        next((text for key in keys if (text := _text(values.get(key) or {}))), None)
        for keys in tables.RESOURCE_KEYS.values()
    )


def _text(value: dict[str, object]) -> str | None:
    """Text value of a typed attribute: a string or an integer."""
    text = value.get("stringValue") or value.get("intValue")
    return None if text is None else str(text)
