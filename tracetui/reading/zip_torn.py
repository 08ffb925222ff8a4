"""Members of a zip that lost its directory, because it was cut off: found one after the other by their own headers."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from tracetui.reading.random_access import RandomBytes

_HEADER = struct.Struct("<4s2xHH4xIIIHH")
_MAGIC = b"PK\x03\x04"
_SIZES_FOLLOW = 0x8
_SIZES_IN_EXTRA = 0xFFFFFFFF
_UTF8 = 0x800


def members_by_header(octets: RandomBytes, most: int) -> Iterator[zipfile.ZipInfo]:
    """At most that many members from the start, the last of which may break off; ends where a size is not told."""
    place = 0
    for _ in range(most):
        header = octets.read_at(place, _HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            return
        _, flags, method, checksum, packed, size, name_bytes, extra_bytes = _HEADER.unpack(header)
        name = octets.read_at(place + _HEADER.size, name_bytes)
        if flags & _SIZES_FOLLOW or _SIZES_IN_EXTRA in (packed, size) or len(name) < name_bytes:
            return
        member = zipfile.ZipInfo(name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"))
        member.header_offset, member.compress_type, member.flag_bits = place, method, flags
        member.CRC, member.compress_size, member.file_size = checksum, packed, size
        yield member
        place += _HEADER.size + name_bytes + extra_bytes + packed
