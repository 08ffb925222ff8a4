"""Decompressing streams with a budget: gzip of any number of members, zstd of any number of frames, raw deflate."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Protocol

from tracetui.reading.faults import StreamFault
from tracetui.reading.limits import Limits

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_INPUT_BYTES = 256 * 1024
_PIECE_BYTES = 16 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class ByteStream(Protocol):
    """Forward-only bytes: `read` gives at most `size` bytes, and none at the end. May raise StreamFault or OSError."""

    def read(self, size: int, /) -> bytes: ...


class CountedStream(ByteStream, Protocol):
    """A stream that knows how many bytes of its input were taken."""

    @property
    def consumed(self) -> int: ...


@dataclass(slots=True)
class Budget:
    """What all compressed and bundled sources of one opening may still unpack to, in bytes."""

    limits: Limits
    spent_bytes: int = 0

    def spend(self, size_bytes: int) -> None:
        """Take from the budget. Raises StreamFault when it is used up."""
        self.spent_bytes += size_bytes
        if self.spent_bytes > self.limits.total_bytes:
            raise StreamFault(
                "unpacked_too_large",
                f"compressed and bundled sources unpack to more than {self.limits.total_bytes:,} bytes together",
            )


@dataclass(slots=True)
class Unpacked:
    """How many bytes of one compressed source were ever unpacked; reading them again costs no budget."""

    size_bytes: int = 0


class Budgeted:
    """A decompressed stream that stops at the ratio and total limits."""

    def __init__(self, inner: ByteStream, source: CountedStream, budget: Budget, unpacked: Unpacked) -> None:
        self._inner = inner
        self._source = source
        self._budget = budget
        self._unpacked = unpacked
        self._produced = 0

    @property
    def consumed(self) -> int:
        """Compressed bytes taken so far."""
        return self._source.consumed

    def read(self, size: int, /) -> bytes:
        octets = self._inner.read(size)
        self._produced += len(octets)
        self._budget.spend(max(self._produced - self._unpacked.size_bytes, 0))
        self._unpacked.size_bytes = max(self._produced, self._unpacked.size_bytes)
        limits = self._budget.limits
        if self._produced > max(limits.ratio_floor_bytes, limits.ratio * self._source.consumed):
            raise StreamFault(
                "unpacks_too_far",
                f"unpacks to more than {limits.ratio} times its size "
                f"({self._produced:,} bytes from {self._source.consumed:,})",
            )
        return octets


class Inflater:
    """Gzip (`gzip=True`, any number of members, zero padding allowed) or one raw deflate stream."""

    def __init__(self, source: ByteStream, *, gzip: bool) -> None:
        self._source = source
        self._gzip = gzip
        self._member = self._new_member()
        self._waiting = b""

    def _new_member(self) -> zlib._Decompress:
        return zlib.decompressobj(_GZIP_WINDOW if self._gzip else -zlib.MAX_WBITS)

    def read(self, size: int, /) -> bytes:
        while True:
            if self._member.eof and not self._next_member():
                return b""
            if not self._waiting:
                self._waiting = self._source.read(_INPUT_BYTES)
            if not self._waiting:
                return self._last(size)
            try:
                octets = self._member.decompress(self._waiting, size)
            except zlib.error as error:
                raise StreamFault("damaged_compression", f"compressed data is damaged: {error}") from None
            self._waiting = self._member.unconsumed_tail or self._member.unused_data
            if octets:
                return octets

    def _last(self, size: int) -> bytes:
        octets = self._member.decompress(b"", size)
        if not octets and not self._member.eof:
            raise StreamFault("truncated_compression", "compressed data ends before its end mark")
        return octets

    def _next_member(self) -> bool:
        if not self._gzip:
            return False
        while not self._waiting.lstrip(b"\0"):
            self._waiting = self._source.read(_INPUT_BYTES)
            if not self._waiting:
                return False
        self._waiting = self._waiting.lstrip(b"\0")
        if len(self._waiting) == 1:
            self._waiting += self._source.read(_INPUT_BYTES)
        if not self._waiting.startswith(GZIP_MAGIC):
            raise StreamFault("damaged_compression", "bytes that are not gzip follow the compressed data")
        self._member = self._new_member()
        return True


class _Readable(io.RawIOBase):
    """Makes a ByteStream a file object for pyarrow."""

    def __init__(self, source: ByteStream) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._source.read(size if size >= 0 else _INPUT_BYTES)


class ZstdReader:
    """Zstandard of any number of frames, skippable ones too."""

    def __init__(self, source: ByteStream) -> None:
        import pyarrow

        self._stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(_Readable(source), mode="r"), "zstd")

        self._fault: StreamFault | None = None

    def read(self, size: int, /) -> bytes:
        if self._fault:
            raise self._fault
        # Small pieces, because a piece with damage in it is lost whole.
        pieces: list[bytes] = []
        try:
            while size > 0 and (octets := bytes(self._stream.read(min(size, _PIECE_BYTES)))):
                pieces.append(octets)
                size -= len(octets)
        except OSError as error:
            code = "truncated_compression" if "runcated" in str(error) else "damaged_compression"
            self._fault = StreamFault(code, f"compressed data is damaged: {error}")
            if not pieces:
                raise self._fault from None
        return b"".join(pieces)


class Framed:
    """Messages of a Collector's `file` exporter with compression: each a 4-byte big-endian length, then zstd of JSON.

    Comes out as one message a line.
    """

    def __init__(self, source: ByteStream, limit_bytes: int) -> None:
        self._source = source
        self._limit_bytes = limit_bytes
        self._message: ByteStream | None = None

    def read(self, size: int, /) -> bytes:
        while True:
            if self._message is None and not self._next_message():
                return b""
            octets = self._message.read(size) if self._message else b""
            if octets:
                return octets
            self._message = None
            return b"\n"

    def _next_message(self) -> bool:
        header = read_exactly(self._source, 4)
        if not header:
            return False
        length = int.from_bytes(header, "big")
        if len(header) < 4 or length > self._limit_bytes:
            raise StreamFault("damaged_frame", f"a message claims a length of {length:,} bytes")
        octets = read_exactly(self._source, length)
        if len(octets) < length:
            raise StreamFault("truncated_compression", "the last message is cut off")
        self._message = (
            ZstdReader(io.BytesIO(octets)) if octets.startswith(ZSTD_MAGIC) else io.BytesIO(octets)
        )
        return True


def read_exactly(source: ByteStream, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    pieces: list[bytes] = []
    while size > 0 and (octets := source.read(min(size, _INPUT_BYTES))):
        pieces.append(octets)
        size -= len(octets)
    return b"".join(pieces)
