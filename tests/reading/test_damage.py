"""Any damage to any kind of file is reported, never raised, and never loses count of lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.opening import check_places, read_bytes
from tests.reading.test_bundles import tarred, zipped
from tests.reading.test_inputs import zstd
from tests.reading.test_parquet import SPANS, written
from tests.reading.test_salvage import DOCUMENT
from tracetui.reading.inputs import Limits

ROWS: list[dict[str, Any]] = [
    {"id": number, "text": "é" * 5, "list": [1.5, None, {"x": "y"}]} for number in range(30)
]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)
MEMBERS = [("a.jsonl", LINES), ("b.json", json.dumps(ROWS).encode()), ("c.jsonl.gz", gzip.compress(LINES))]
WHOLE = {
    "lines": LINES,
    "list": json.dumps(ROWS).encode(),
    "pretty": json.dumps(ROWS, indent=1).encode(),
    "put together": b"".join(json.dumps(row).encode() for row in ROWS),
    "otlp": json.dumps(DOCUMENT).encode(),
    "utf-16": json.dumps(ROWS, indent=1).encode("utf-16"),
    "gz": gzip.compress(LINES, mtime=0),
    "zst": zstd(LINES),
    "zip": zipped(MEMBERS),
    "tar": tarred(MEMBERS),
    "tar.gz": tarred(MEMBERS, lambda content: gzip.compress(content, mtime=0)),
    "parquet": written(pa.table(SPANS).slice(0, 40), row_group_size=10),
}
LIMITS = Limits(ratio_floor_bytes=10_000_000, parquet_floor_bytes=50_000_000, total_bytes=100_000_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=0, max_size=4)), max_size=3
)


@pytest.mark.parametrize("kind", WHOLE)
@given(keep=st.floats(0, 1), changes=CHANGES)
@settings(max_examples=60, deadline=None)
def test_no_damage_raises(kind: str, keep: float, changes: list[tuple[float, bytes]], folder: Path) -> None:
    content = WHOLE[kind]
    for where, replacement in changes:
        at = int(where * len(content))
        content = content[:at] + replacement + content[at + len(replacement) :]
    content = content[: round(keep * len(content))]
    opened = read_bytes(folder, content, limits=LIMITS)
    assert opened.sources or opened.issues
    for issue in opened.issues:
        assert issue.code
        assert issue.message
        assert issue.source.startswith(str(folder))
    for name, source in opened.sources.items():
        if source.container == "jsonl" and source.path:
            kept = {record.origin.line for record in opened.records[name]}
            assert len([line for line in content.split(b"\n") if line.strip()]) == len(kept) + opened.skipped
        if source.path:
            check_places(content, opened.records[name])
