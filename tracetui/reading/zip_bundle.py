"""Members of a zip, streamed by their place in it: never extracted, names are labels only."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tracetui.model import ImportIssue, Severity
from tracetui.reading.content import Content
from tracetui.reading.decompress import (
    Budget,
    Budgeted,
    ByteStream,
    CountedStream,
    Inflater,
    Unpacked,
    ZstdReader,
)
from tracetui.reading.faults import StreamFault
from tracetui.reading.random_access import RandomBytes, Window, as_file
from tracetui.reading.zip_torn import members_by_header

_STORED, _DEFLATED, _ZSTD = 0, 8, 93
_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<4s2xHH16xHH")
_END = struct.Struct("<4s8xII2x")
_END_BYTES = 22
_END_64 = struct.Struct("<4s36xQQ")
_LONGEST_COMMENT = 65_535
_UNREADABLE = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, RuntimeError)


class _Checked:
    """A member's content, held to the size and checksum that the directory states."""

    def __init__(self, inner: CountedStream, member: zipfile.ZipInfo) -> None:
        self._inner = inner
        self._member = member
        self._size = 0
        self._checksum = 0

    @property
    def consumed(self) -> int:
        return self._inner.consumed

    def read(self, size: int, /) -> bytes:
        octets = self._inner.read(size)
        self._size += len(octets)
        self._checksum = zlib.crc32(octets, self._checksum)
        if self._size > self._member.file_size or (not octets and self._size < self._member.file_size):
            raise StreamFault(
                "wrong_size", f"the zip states a size of {self._member.file_size:,} bytes, which is wrong"
            )
        if not octets and self._checksum != self._member.CRC:
            raise StreamFault("wrong_checksum", "the content does not match the zip's checksum")
        return octets


@dataclass(frozen=True, slots=True)
class _Bundle:
    name: str
    octets: RandomBytes
    budget: Budget


def zip_members(name: str, octets: RandomBytes, budget: Budget) -> Iterator[Content | ImportIssue]:
    """Each readable member as content called `name!member`, and an issue for each that is not."""
    bundle = _Bundle(name, octets, budget)
    limits = budget.limits
    try:
        if _directory_bytes(octets) > limits.central_directory_bytes:
            yield _too_many(bundle, "has a directory larger than allowed")
            return
        with zipfile.ZipFile(as_file(octets)) as archive:
            members = archive.infolist()
    except _UNREADABLE as error:
        members = list(members_by_header(octets, limits.members))
        yield _without_directory(bundle, error, len(members))
    if len(members) > limits.members:
        yield _too_many(bundle, f"has {len(members):,} members, more than the limit of {limits.members:,}")
        return
    overlapping = _overlapping(members)
    labels: dict[str, int] = {}
    for member in members:
        if not member.is_dir():
            labels[member.filename] = labels.get(member.filename, 0) + 1
            label = f"{name}!{_label(member.filename, labels[member.filename])}"
            yield _member(bundle, member, label, overlaps=member.header_offset in overlapping)


def _label(filename: str, occurrence: int) -> str:
    return filename if occurrence == 1 else f"{filename} ({occurrence})"


def _too_many(bundle: _Bundle, what: str) -> ImportIssue:
    return ImportIssue(
        "too_many_members", f"the bundle {what}; unpack it first", Severity.ERROR, source=bundle.name
    )


def _without_directory(bundle: _Bundle, error: Exception, found: int) -> ImportIssue:
    if not found:
        return ImportIssue("bad_zip", f"the zip cannot be read: {error}", Severity.ERROR, source=bundle.name)
    members = "1 member was" if found == 1 else f"{found:,} members were"
    message = f"cut off: the zip's directory is lost, {members} found by their own headers"
    return ImportIssue("torn_zip", message, Severity.DATA_LOSS, source=bundle.name)


def _directory_bytes(octets: RandomBytes) -> int:
    """Size of the central directory by the zip's own statement, without reading it; the larger of two statements."""
    start = max(octets.size - _LONGEST_COMMENT - _END_BYTES - 100, 0)
    tail = octets.read_at(start, octets.size - start)
    size = 0
    for magic, layout in ((b"PK\x05\x06", _END), (b"PK\x06\x06", _END_64)):
        place = tail.rfind(magic)
        if place >= 0 and len(tail) - place >= layout.size:
            stated = int(layout.unpack_from(tail, place)[1])
            size = max(size, 0 if stated == 0xFFFFFFFF else stated)
    return min(size, octets.size)


def _overlapping(members: list[zipfile.ZipInfo]) -> set[int]:
    """Header offsets of members whose bytes another member claims too."""
    found: set[int] = set()
    furthest, owner = -1, -1
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < furthest:
            found |= {owner, member.header_offset}
        end = member.header_offset + _LOCAL_HEADER.size + member.compress_size
        if end > furthest:
            furthest, owner = end, member.header_offset
    return found


def _member(bundle: _Bundle, member: zipfile.ZipInfo, label: str, *, overlaps: bool) -> Content | ImportIssue:
    refused = _refusal(member, overlaps=overlaps)
    if refused is not None:
        return ImportIssue(*refused, source=label)
    unpacked = Unpacked()

    def open_member() -> CountedStream:
        source = Window(bundle.octets, _start_of(bundle.octets, member), member.compress_size, exact=True)
        inner = (
            source
            if member.compress_type == _STORED
            else Budgeted(_unpack(member, source), source, bundle.budget, unpacked)
        )
        return _Checked(inner, member)

    return Content(label, member.compress_size, open_member, in_bundle=True)


def _refusal(member: zipfile.ZipInfo, *, overlaps: bool) -> tuple[str, str, Severity] | None:
    if stat.S_ISLNK(member.external_attr >> 16):
        return "symlink", "a symbolic link is not followed", Severity.INFO
    if member.flag_bits & _ENCRYPTED:
        return "encrypted", "the member is encrypted; decrypt it first", Severity.ERROR
    if overlaps:
        return "overlap", "the member claims bytes of another one", Severity.ERROR
    if member.compress_type not in (_STORED, _DEFLATED, _ZSTD):
        method = zipfile.compressor_names.get(member.compress_type, str(member.compress_type))  # type: ignore[attr-defined]  # absent from typeshed
        return "compression", f"zip compression {method} is not read; use deflate or zstd", Severity.ERROR
    return None


def _unpack(member: zipfile.ZipInfo, source: ByteStream) -> ByteStream:
    return ZstdReader(source) if member.compress_type == _ZSTD else Inflater(source, gzip=False)


def _start_of(octets: RandomBytes, member: zipfile.ZipInfo) -> int:
    """Where the member's data begins. Raises StreamFault."""
    header = octets.read_at(member.header_offset, _LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise StreamFault("bad_zip", "the member is not where the zip's directory says")
    _, flags, method, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if method != member.compress_type or flags & _ENCRYPTED:
        raise StreamFault("bad_zip", "the member's header contradicts the zip's directory")
    return member.header_offset + _LOCAL_HEADER.size + int(name_bytes) + int(extra_bytes)
