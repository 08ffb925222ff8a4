"""Fail when a sample is too large or names a machine."""

from __future__ import annotations

import gzip
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import zstandard
from fixed_world import ROOT

ZSTANDARD = 93
FILE_LIMIT, FOLDER_LIMIT = 200_000, 2_000_000
PLACES = re.compile(
    r"(?<![\w.])/(?:work|tmp|root|home|opt|usr|var|Users|private)/[\w.-]+|\b[A-Z]:\\\\|site-packages/\.\."
)


def samples() -> list[Path]:
    skip = {"scripts"}
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.relative_to(ROOT).parts[0] not in skip
    ]


def texts(path: Path) -> Iterator[str]:
    """What is written in a file, also inside Parquet and archives."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield str(table.schema.metadata) + str(table.to_pylist())
    elif path.suffix in (".zip", ".eval"):
        yield from (member.decode("utf-8", "replace") for member in members(path))
    elif path.suffix == ".gz":
        yield gzip.decompress(data).decode()
    elif path.suffix == ".zst":
        yield zstandard.ZstdDecompressor().decompress(data).decode()
    else:
        yield data.decode()


def members(path: Path) -> Iterator[bytes]:
    """What is inside a zip; Inspect packs with Zstandard, which Python's own module cannot unpack."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as bundle:
        for entry in bundle.infolist():
            if entry.compress_type != ZSTANDARD:
                yield bundle.read(entry)
                continue
            at = entry.header_offset
            name_length, extra_length = struct.unpack("<HH", data[at + 26 : at + 30])
            begin = at + 30 + name_length + extra_length
            packed = data[begin : begin + entry.compress_size]
            yield zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def main() -> None:
    faults = []
    total = 0
    for path in samples():
        name, size = path.relative_to(ROOT), path.stat().st_size
        total += size
        if size > FILE_LIMIT:
            faults.append(f"{name}: {size:,} bytes")
        faults += [f"{name}: {found}" for text in texts(path) for found in sorted(set(PLACES.findall(text)))]
    if total > FOLDER_LIMIT:
        faults.append(f"all samples: {total:,} bytes")
    print("\n".join(faults) or f"{total:,} bytes in all, nothing to complain about")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
