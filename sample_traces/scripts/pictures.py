"""One tiny picture for prompts with an image."""

from __future__ import annotations

import base64
import struct
import zlib


def damaged_photo() -> str:
    """A 12x12 PNG (a brown square with a pale crack) as a data URL."""
    rows = b"".join(
        b"\x00" + b"".join(b"\xee\xe6\xd8" if x == (y * 2) % 12 else b"\x6b\x44\x23" for x in range(12))
        for y in range(12)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 12, 12, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()
