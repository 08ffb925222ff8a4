"""An index that is stopped: what was read of the file is there as if the file ended there, and it says where it went on."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import generate
from tests.index.compare import COLUMNS, Row, indexed


@pytest.mark.parametrize(
    ("format_name", "container"), [("otlp", "jsonl"), ("plain", "jsonl"), ("phoenix", "parquet")]
)
def test_what_was_read_by_then_is_there(format_name: str, container: str, tmp_path: Path) -> None:
    path = tmp_path / f"spans.{container}"
    generate.write(path, format_name, "light", 12_000)
    whole = indexed(path, format_name, container, tmp_path)
    found = indexed(path, format_name, container, tmp_path, is_stopped=lambda: True)
    spans = found.outcome.spans
    assert whole.outcome.stopped_before is None
    assert 0 < spans == len(found.rows) < 12_000
    assert found.outcome.next_span_key > found.rows[-1]["span_key"]
    assert [_told(row) for row in found.rows] == [_told(row) for row in whole.rows[:spans]]
    place, following = found.outcome.stopped_before, whole.rows[spans]
    assert place is not None
    assert place.line == following["line"] > found.rows[-1]["line"]
    if container == "parquet":
        assert (place.byte_offset, place.byte_length) == (spans, 12_000 - spans)
    else:
        octets = path.read_bytes()
        assert octets.count(b"\n", 0, place.byte_offset) == place.line - 1
        assert place.byte_offset + place.byte_length == len(octets)


def test_lines_that_the_index_cannot_take_are_told_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "otlp", "light", 12_000, defects=True)
    whole = indexed(path, "otlp", "jsonl", tmp_path).outcome
    found = indexed(path, "otlp", "jsonl", tmp_path, is_stopped=lambda: True).outcome
    assert found.stopped_before is not None
    end = found.stopped_before.byte_offset
    assert found.rest == tuple(piece for piece in whole.rest if piece.byte_offset < end)
    assert 0 < len(found.rest) < len(whole.rest)


def _told(row: Row) -> Row:
    return {name: row[name] for name in ("span_key", "line", "byte_offset", "byte_length", *COLUMNS)}
