"""How much of an input is accepted before it is refused with an issue."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that protect the machine from large or hostile input; all can be raised.

    `ratio` bounds decompressed over compressed bytes, once more than `ratio_floor_bytes` came out.
    `total_bytes` bounds what all compressed and bundled sources of one opening may unpack to.
    """

    line_bytes: int = 64 * MIB
    document_bytes: int = 1024 * MIB
    columns: int = 4_096
    members: int = 10_000
    files: int = 10_000
    ratio: int = 200
    ratio_floor_bytes: int = 64 * MIB
    total_bytes: int = 20 * GB
    parquet_floor_bytes: int = 2 * GB
    parquet_footer_bytes: int = 64 * MIB
    central_directory_bytes: int = 16 * MIB
    issues_per_code: int = 100
