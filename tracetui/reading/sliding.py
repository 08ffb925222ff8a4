"""A buffer that slides over a stream: grows at the end, drops what was passed, knows offset and line of its position."""

from __future__ import annotations

from tracetui.reading.decompress import ByteStream

_FIRST_READ_BYTES = 64 * 1024
_READ_BYTES = 1024 * 1024


class Sliding:
    """`octets` holds what was read and not dropped, `at` is the position in it, `ended` says that all was read."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.octets = b""
        self.at = 0
        self.ended = False
        self._base = 0
        self._line = 1
        self._counted = 0

    @property
    def offset(self) -> int:
        """Offset of the position in the stream."""
        return self._base + self.at

    @property
    def ahead(self) -> int:
        """Bytes held from the position on."""
        return len(self.octets) - self.at

    def line(self) -> int:
        """1-based line of the position; must not be asked for an earlier one later."""
        self._line += self.octets.count(b"\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def more(self) -> int:
        """Read on, unless ended, dropping what stands before the position; the number of bytes dropped.

        Reads grow with what is held, so that a large value costs few copies.
        """
        if self.ended:
            return 0
        size = max(self.ahead, _READ_BYTES) if self.octets else _FIRST_READ_BYTES
        octets = self._stream.read(size)
        self.ended = not octets
        self.line()
        dropped = self.at
        self.octets = self.octets[dropped:] + octets
        self._base += dropped
        self.at = self._counted = 0
        return dropped
