"""Fail when a sample is too large or names a machine."""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import zstandard

from fixed_world import ROOT

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
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as bundle:
            yield from (bundle.read(name).decode("utf-8", "replace") for name in bundle.namelist())
    elif path.suffix == ".gz":
        yield gzip.decompress(data).decode()
    elif path.suffix == ".zst":
        yield zstandard.ZstdDecompressor().decompress(data).decode()
    else:
        yield data.decode()


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
