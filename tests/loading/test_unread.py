"""What could not be read stays reachable among the raw records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loading.dumps import load
from tracetui.reading.faults import KEPT_BYTES

SPAN = json.dumps({"tracetui": 1, "trace_id": "t", "span_id": "1", "name": "n", "start": 1773138000})
TORN = '{"tracetui": 1, "trace_id": "t", "spa'
DEEP = '{"a": ' + "[" * 600 + "]" * 600 + "}"
SKIPPED = "SELECT line, byte_offset, record FROM raw_records WHERE outcome = 'skipped' ORDER BY byte_offset"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{SPAN}\n{{oops\n{SPAN}\n{TORN}", [(2, len(SPAN) + 1, "{oops"), (4, 2 * len(SPAN) + 8, TORN)]),
        (f"{SPAN}\n{DEEP}\n", [(2, len(SPAN) + 1, DEEP)]),
        (f"{json.dumps(json.loads(SPAN), indent=1)}\nstopped\n", [(8, 90, "stopped")]),
        ('trace_id,span_id,name,start\nt,1,n,2026-03-10\nt,2,"n', [(3, 45, 't,2,"n')]),
    ],
    ids=["lines", "too deep", "between documents", "CSV"],
)
def test_every_record_read_has_a_raw_record(text: str, kept: list[tuple[Any, ...]], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    with load(path) as db:
        (source,) = db.sources()
        assert db.read("SELECT count(*) FROM raw_records").rows(0, 1) == [(source.records,)]
        assert list(db.read(SKIPPED).rows(0, 9)) == kept


def test_of_long_bytes_the_beginning_is_kept_with_a_sign(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{SPAN}\n{{{'x' * (KEPT_BYTES + 4)}\n", encoding="utf-8")
    with load(path) as db:
        ((text, length),) = db.read(
            "SELECT record, byte_length FROM raw_records WHERE outcome = 'skipped'"
        ).rows(0, 9)
        assert (text, length) == ("{" + "x" * (KEPT_BYTES - 1) + " … (+5 bytes)", KEPT_BYTES + 5)


def test_records_of_a_file_that_no_format_knows_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(SPAN, encoding="utf-8")
    (tmp_path / "settings.json").write_text('{"colour": "red"}', encoding="utf-8")
    with load(tmp_path) as db:
        assert db.read(SKIPPED).rows(0, 9) == [(1, 0, '{"colour": "red"}')]
