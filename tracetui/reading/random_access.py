"""Bytes that can be read at any offset without a shared position: files, and streams spooled into a nameless file."""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import StreamFault

_CHUNK_BYTES = 1024 * 1024


class ReadAt(Protocol):
    """Content that can be read at any offset: at most `size` bytes, none past the end."""

    def read_at(self, offset: int, size: int) -> bytes: ...


class RandomBytes:
    """An open file read by offset; closed when nothing refers to it any more. `size` is in bytes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        weakref.finalize(self, os.close, descriptor)

    def read_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; empty past the end. Raises OSError."""
        return os.pread(self._descriptor, size, offset)


class Window:
    """A forward reader over a part of some content that knows how far it came.

    With `exact`, content that ends before the part does is a StreamFault.
    """

    def __init__(self, content: ReadAt, start: int, size: int, *, exact: bool = False) -> None:
        self._content = content
        self._start = start
        self._end = start + size
        self._position = start
        self._exact = exact

    @property
    def consumed(self) -> int:
        """Bytes read so far."""
        return self._position - self._start

    def read(self, size: int) -> bytes:
        """At most `size` bytes, empty at the end."""
        size = min(size, self._end - self._position)
        if size <= 0:
            return b""
        octets = self._content.read_at(self._position, size)
        if not octets and self._exact:
            raise StreamFault(
                "truncated_archive", f"cut off {self._end - self._position:,} bytes before its end"
            )
        self._position += len(octets)
        return octets


class _View(io.RawIOBase):
    def __init__(self, content: RandomBytes) -> None:
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._content.size}[whence]
        if base + offset < 0:
            raise ValueError("seek before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants a generic buffer
        octets = self._content.read_at(self._position, len(buffer))
        buffer[: len(octets)] = octets
        self._position += len(octets)
        return len(octets)


def as_file(content: RandomBytes) -> BinaryIO:
    """A seekable file object over the content, for libraries that want one."""
    return cast("BinaryIO", io.BufferedReader(_View(content)))


def open_path(path: Path) -> RandomBytes:
    """Open a regular file. Raises OSError."""
    return RandomBytes(os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)))


def spool(stream: ByteStream, limit_bytes: int) -> RandomBytes | None:
    """Copy a stream into a file without a name, so that it can be read at any offset; None when it passes the limit."""
    written = 0
    with tempfile.TemporaryFile(buffering=0) as target:
        while octets := stream.read(_CHUNK_BYTES):
            written += len(octets)
            if written > limit_bytes:
                return None
            target.write(octets)
        return RandomBytes(os.dup(target.fileno()))
