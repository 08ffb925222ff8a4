"""Members of a tar, compressed or not, streamed in order: never extracted, names are labels only."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from typing import IO, cast

from tracetui.model import ImportIssue, Severity
from tracetui.reading.content import Content
from tracetui.reading.decompress import ByteStream
from tracetui.reading.faults import StreamFault
from tracetui.reading.limits import MIB, Limits
from tracetui.reading.random_access import ReadAt, Window

_KEPT_BYTES = 8 * MIB
_CHUNK_BYTES = MIB
_LARGEST_HEADER_BYTES = 16 * MIB
_UNREADABLE = (tarfile.TarError, OSError, ValueError, OverflowError, RecursionError, EOFError)


class Rewound:
    """A forward-only stream as content readable at any offset; going far back reads it anew from the start.

    The last few MB stay at hand, so that looking into a member before reading it costs nothing.
    """

    def __init__(self, open_stream: Callable[[], ByteStream]) -> None:
        self._open = open_stream
        self._stream = open_stream()
        self._kept = bytearray()
        self._start = 0

    def read_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`; none past the end. Raises StreamFault and OSError."""
        if offset < self._start:
            self._stream, self._kept, self._start = self._open(), bytearray(), 0
        while self._start + len(self._kept) < offset + size:
            octets = self._stream.read(_CHUNK_BYTES)
            if not octets:
                break
            self._kept += octets
            self._forget(offset)
        begin = offset - self._start
        return bytes(self._kept[begin : begin + size])

    def _forget(self, offset: int) -> None:
        spare = min(len(self._kept) - _KEPT_BYTES, offset - self._start)
        if spare >= _CHUNK_BYTES:
            del self._kept[:spare]
            self._start += spare


class _HeaderFile:
    """The file object that tarfile reads headers from; refuses what only a hostile header would ask for."""

    def __init__(self, content: ReadAt) -> None:
        self._content = content
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or offset < 0:
            raise tarfile.ReadError("a header points outside the archive")
        self._position = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_HEADER_BYTES:
            raise tarfile.ReadError("a header claims an absurd size")
        octets = self._content.read_at(self._position, size)
        self._position += len(octets)
        return octets


def tar_members(name: str, content: ReadAt, limits: Limits) -> Iterator[Content | ImportIssue]:
    """Each regular member as content called `name!member`, and an issue for each that is not.

    Members of a compressed tar are cheapest to read in order.
    """
    labels: dict[str, int] = {}
    count = 0
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", _HeaderFile(content)), mode="r:") as archive:
            last_offset = -1
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # tarfile would keep all headers
                count += 1
                if member.offset <= last_offset or count > limits.members:
                    yield _stopped(name, count, limits)
                    return
                last_offset = member.offset
                labels[member.name] = labels.get(member.name, 0) + 1
                if not member.isdir():
                    yield _member(name, content, member, labels[member.name])
    except StreamFault as fault:
        yield ImportIssue(fault.code, fault.message, Severity.DATA_LOSS, source=name)
    except _UNREADABLE as error:
        message = f"the tar cannot be read beyond its member {count:,}: {error}"
        yield ImportIssue(
            "bad_tar", message, Severity.ERROR if not count else Severity.DATA_LOSS, source=name
        )


def _stopped(name: str, count: int, limits: Limits) -> ImportIssue:
    if count > limits.members:
        message = f"the bundle has more than {limits.members:,} members; the rest was not read"
        return ImportIssue("too_many_members", message, Severity.DATA_LOSS, source=name)
    return ImportIssue("bad_tar", "the tar's headers run in a circle", Severity.DATA_LOSS, source=name)


def _member(name: str, content: ReadAt, member: tarfile.TarInfo, occurrence: int) -> Content | ImportIssue:
    label = f"{name}!{member.name}" + (f" ({occurrence})" if occurrence > 1 else "")
    if not member.isreg() or member.issparse():
        what = "a link" if member.issym() or member.islnk() else "not a regular file"
        code = "symlink" if member.issym() or member.islnk() else "special_file"
        return ImportIssue(code, f"{what}: not read", Severity.INFO, source=label)
    start, size = member.offset_data, member.size
    if size < 0:
        return ImportIssue("bad_tar", "the member states a negative size", Severity.ERROR, source=label)
    return Content(label, size, lambda: Window(content, start, size, exact=True), in_bundle=True)
