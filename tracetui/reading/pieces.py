"""Cutting big files of JSON lines into pieces for the index, without decoding them.

A chunk of the file is read into a reused buffer; a cutter finds where its records begin and leaves the text where it
is. `starts` has one entry a row and one more for the end, so that buffer and starts together are a column of text.
Rows whose line is 0 hold what stands between records.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

CHUNK_BYTES = 2 << 20
"""Fits into a processor's own cache, and holds enough light rows for DuckDB to work on at once."""
LONGEST_LINE_BYTES = 64 << 20
_NEWLINE = 0x0A


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records of a file: byte offset, length without the line end, and 1-based number of the line."""

    byte_offset: int
    byte_length: int
    line: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a group of spans shares: the text of its resource and of its scope, and where in the file they stand."""

    resource: bytes
    resource_offset: int
    scope: bytes
    scope_offset: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines of a file: `buffer[:size]` holds them from `byte_offset` on, each with its line end."""

    buffer: bytearray
    size: int
    byte_offset: int


@dataclass(slots=True)
class Pieces:
    """A chunk cut into rows: where each begins, its line, and runs of rows that share a header.

    `line_starts` says where in the file the lines begin, where rows are not lines themselves; `rest` are the records
    to be read another way.
    """

    chunk: Chunk
    starts: array[int] = field(default_factory=lambda: array("i"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    headers: list[tuple[int, Header | None]] = field(default_factory=list)
    line_count: int = 0
    line_starts: array[int] = field(default_factory=lambda: array("q"))
    rest: list[Piece] = field(default_factory=list)


class Pool:
    """Buffers that are used again as soon as nobody looks at them any more."""

    def __init__(self, most: int = 8) -> None:
        self._buffers: list[bytearray] = []
        self._most = most

    def take(self, size: int) -> bytearray:
        """A buffer of at least `size` bytes; its content is anything."""
        for buffer in self._buffers:
            if len(buffer) >= size and _is_free(buffer):
                return buffer
        fresh = bytearray(size)
        self._buffers = [buffer for buffer in self._buffers if not _is_free(buffer)][-self._most :]
        self._buffers.append(fresh)
        return fresh


def _is_free(buffer: bytearray) -> bool:
    """A bytearray cannot grow while somebody holds a view of it."""
    try:
        buffer.append(0)
    except BufferError:
        return False
    del buffer[-1:]
    return True


class LineReader:
    """Chunks of whole lines of a file, in order, of about `chunk_bytes`, read into buffers that are used again."""

    def __init__(self, descriptor: int, start: int, stop: int, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._descriptor = descriptor
        self._position = start
        self._stop = stop
        self._chunk_bytes = chunk_bytes
        self._pool = Pool()

    def chunks(self) -> Iterator[Chunk | Piece]:
        """Chunks, and a Piece (with line 0) for each line that is too long to be held."""
        while self._position < self._stop:
            chunk = self._read(self._chunk_bytes)
            if chunk is None:
                yield self._pass_over()
            else:
                self._position += chunk.size
                yield chunk

    def _read(self, wanted: int) -> Chunk | None:
        """The whole lines in the next `wanted` bytes, or in as many more as one line needs."""
        while True:
            buffer = self._pool.take(wanted + 1)
            got = _fill(self._descriptor, buffer, self._position, min(wanted, self._stop - self._position))
            at_end = self._position + got >= self._stop
            newline = buffer.rfind(b"\n", 0, got)
            if at_end and newline != got - 1:
                buffer[got] = _NEWLINE
                return Chunk(buffer, got + 1, self._position)
            if newline >= 0:
                return Chunk(buffer, newline + 1, self._position)
            if wanted > LONGEST_LINE_BYTES:
                return None
            wanted *= 2

    def _pass_over(self) -> Piece:
        """Skip one line without holding it."""
        first, buffer = self._position, self._pool.take(self._chunk_bytes + 1)
        while self._position < self._stop:
            got = _fill(
                self._descriptor, buffer, self._position, min(self._chunk_bytes, self._stop - self._position)
            )
            newline = buffer.find(b"\n", 0, got)
            if newline >= 0:
                self._position += newline + 1
                return Piece(first, self._position - 1 - first, 0)
            self._position += got
        return Piece(first, self._stop - first, 0)


def _fill(descriptor: int, buffer: bytearray, position: int, wanted: int) -> int:
    """Read `wanted` bytes at `position` to the front of `buffer`; fewer only where the file ends early."""
    got = 0
    with memoryview(buffer) as view:
        while got < wanted:
            count = os.preadv(descriptor, [view[got:wanted]], position + got)
            if count == 0:
                raise EOFError("the file became shorter while it was read")
            got += count
    return got


def cut_lines(chunk: Chunk, first_line: int) -> Pieces:
    """Each line a row; blank ones too."""
    pieces = Pieces(chunk)
    append, find, size = pieces.starts.append, chunk.buffer.find, chunk.size
    position = 0
    while position < size:
        append(position)
        position = find(b"\n", position, size) + 1
    pieces.line_count = len(pieces.starts)
    pieces.lines = array("q", range(first_line, first_line + pieces.line_count))
    pieces.headers.append((pieces.line_count, None))
    append(position)
    return pieces
