"""What kind of content the first bytes announce, whatever the name says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracetui.model import Severity
from tracetui.reading.decompress import GZIP_MAGIC, ZSTD_MAGIC

HEAD_BYTES = 8_192

_ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_READ = {
    b"PAR1": "parquet",
    GZIP_MAGIC: "gz",
    ZSTD_MAGIC: "zst",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08PK": "zip",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Content that is not read, with the code, the reason in words, and how much that matters."""

    code: str
    message: str
    severity: Severity = Severity.ERROR


_REFUSED = {
    b"PARE": Refusal("encrypted", "encrypted Parquet; decrypt it first"),
    b"SQLite format 3\0": Refusal(
        "sqlite", "an SQLite database; export its tables as JSON Lines or Parquet", Severity.WARNING
    ),
    b"ARROW1": Refusal("arrow", "an Arrow file; write it as Parquet", Severity.WARNING),
    b"FEA1": Refusal("arrow", "a Feather file; write it as Parquet", Severity.WARNING),
    b"BZh": Refusal("compression", "bzip2 is not read; use gzip or zstd", Severity.WARNING),
    b"\xfd7zXZ\0": Refusal("compression", "xz is not read; use gzip or zstd", Severity.WARNING),
    b"7z\xbc\xaf\x27\x1c": Refusal("compression", "7z is not read; use zip or tar.gz", Severity.WARNING),
    b"Rar!\x1a\x07": Refusal("compression", "rar is not read; use zip or tar.gz", Severity.WARNING),
}
_DUCKDB = Refusal(
    "duckdb",
    "a DuckDB database; one that tracetui kept opens by its own name, export others as Parquet",
    Severity.WARNING,
)
_BINARY = Refusal("binary", "binary content of no known kind", Severity.INFO)
_PROTOBUF = Refusal("protobuf", "OTLP in protobuf; have the Collector's file exporter write `format: json`")
_ZEROS = Refusal("zeros", "nothing but zero bytes", Severity.ERROR)


def identify(head: bytes) -> str | Refusal:
    """`parquet`, `gz`, `zst`, `framed` (length-prefixed messages), `zip`, `tar`, `text`, or why it is refused.

    `head` is the first HEAD_BYTES of the content, fewer only if there are no more.
    """
    for magic, kind in _READ.items():
        if head.startswith(magic):
            return kind
    for magic, refusal in _REFUSED.items():
        if head.startswith(magic):
            return refusal
    if head[257:262] == b"ustar":
        return "tar"
    if head[8:12] == b"DUCK":
        return _DUCKDB
    if _ZSTD_SKIPPABLE.match(head):
        return "zst"
    return _framed(head) or _text(head)


def _framed(head: bytes) -> str | Refusal | None:
    length = int.from_bytes(head[:4], "big")
    if len(head) < 9 or head[0] > 0x0F or not length > 4:
        return None
    if head[4:].startswith(ZSTD_MAGIC):
        return "framed"
    if head[4:5] == b"{" and head[:1] == b"\0":
        return "framed"
    return _PROTOBUF if head[4] == 0x0A and head[0] == 0 and b"\0" in head[1:4] else None


def _text(head: bytes) -> str | Refusal:
    if not head.strip(b"\0"):
        return _ZEROS
    if utf16_codec(head) is not None:
        return "text"
    # Zero bytes happen in logs cut by a crash; what begins like JSON is read and the bad lines are reported.
    looks_like_json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return _BINARY if b"\0" in head and not looks_like_json else "text"


def utf16_codec(head: bytes) -> str | None:
    """The codec of UTF-16 and UTF-32 text, by its byte order mark or by where the zeros of ASCII stand."""
    marks = {
        b"\xff\xfe\0\0": "utf-32",
        b"\0\0\xfe\xff": "utf-32",
        b"\xff\xfe": "utf-16",
        b"\xfe\xff": "utf-16",
    }
    for mark, codec in marks.items():
        if head.startswith(mark):
            return codec
    if len(head) >= 4 and head[0] and not head[1] and head[2] and not head[3]:
        return "utf-16-le"
    if len(head) >= 4 and not head[0] and head[1] and not head[2] and head[3]:
        return "utf-16-be"
    return None
