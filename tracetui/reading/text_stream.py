"""The text reader's view of a stream: what was looked at comes again, UTF-16 becomes UTF-8, a fault becomes an end."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from tracetui.model import Severity
from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import IssueLog, StreamFault


class Peekable:
    """A stream whose first bytes can be looked at before they are read."""

    def __init__(self, inner: ByteStream) -> None:
        self._inner = inner
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes without consuming them, fewer only at the end."""
        pieces = [self._ahead]
        missing = size - len(self._ahead)
        while missing > 0 and (octets := self._inner.read(missing)):
            pieces.append(octets)
            missing -= len(octets)
        self._ahead = b"".join(pieces)
        return self._ahead[:size]

    def read(self, size: int, /) -> bytes:
        if not self._ahead:
            return self._inner.read(size)
        octets, self._ahead = self._ahead[:size], self._ahead[size:]
        return octets


class Guarded:
    """A stream that never raises: what goes wrong is reported once and ends it. Tells progress after every read."""

    def __init__(self, inner: ByteStream, log: IssueLog, progress: Callable[[], None]) -> None:
        self._inner = inner
        self._log = log
        self._progress = progress
        self.broken = False

    def read(self, size: int, /) -> bytes:
        if self.broken:
            return b""
        try:
            octets = self._inner.read(size)
        except StreamFault as fault:
            return self._end(fault.code, fault.message)
        except OSError as error:
            return self._end("unreadable", f"reading failed: {error.strerror or error}")
        self._progress()
        return octets

    def _end(self, code: str, message: str) -> bytes:
        self.broken = True
        self._log.add(code, f"{message}; what came before is read", Severity.DATA_LOSS)
        return b""


class Transcoded:
    """UTF-16 or UTF-32 as UTF-8; undecodable units become U+FFFD."""

    def __init__(self, inner: ByteStream, codec: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        self._ended = False

    def read(self, size: int, /) -> bytes:
        text = ""
        while not text and not self._ended:
            octets = self._inner.read(max(size // 2, 4))
            self._ended = not octets
            text = self._decoder.decode(octets, final=self._ended)
        return text.encode("utf-8", "replace")
