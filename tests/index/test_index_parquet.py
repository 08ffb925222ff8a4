"""Parquet of Phoenix and of the plain format: the same columns as the full reader gives to the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import generate
from tests.index.compare import Indexed, hot, indexed, read_rows
from tests.index.parquet_rows import read_parquet
from tracetui.formats import phoenix, plain
from tracetui.formats.contract import Format
from tracetui.store.index import CannotIndex, can_index
from tracetui.store.index_attributes import hot_keys

FORMATS: Mapping[str, Format] = {"phoenix": phoenix.FORMAT, "plain": plain.FORMAT}
IDS: dict[str, list[Any]] = {
    "context.trace_id": ["5b8efff798038103d269b633813fc60c"] * 2,
    "context.span_id": ["eee19b7ec3c1b174", "eee19b7ec3c1b175"],
    "name": ["chat", None],
}
EVENTS = [
    [{"name": "exception", "attributes": {"exception.type": "ValueError", "exception.message": "a\nb"}}],
    [],
]


def same(path: Path, format_name: str, folder: Path) -> Indexed:
    """Index a file, and assert that the rows that it indexed are those of the format."""
    found = indexed(path, format_name, "parquet", folder)
    rest = frozenset(piece.line for piece in found.outcome.rest)
    assert hot(found.rows) == hot(read_rows(FORMATS[format_name], read_parquet(path)), rest)
    assert found.outcome.records == found.outcome.spans + len(found.outcome.rest)
    return found


def written(folder: Path, columns: Mapping[str, object]) -> Path:
    path = folder / "spans.parquet"
    pq.write_table(pa.table(dict(columns)), path)
    return path


def test_generated_spans(tmp_path: Path) -> None:
    path = tmp_path / "spans.parquet"
    generate.write(path, "phoenix", "light", 3_000)
    found = same(path, "phoenix", tmp_path)
    assert (found.outcome.spans, found.outcome.rest) == (3_000, ())
    assert [row["line"] for row in found.rows] == list(range(1, 3_001))


def test_samples(samples: Path, tmp_path: Path) -> None:
    paths = sorted(samples.glob("phoenix/*.parquet"))
    assert paths
    assert sum(same(path, "phoenix", tmp_path).outcome.spans for path in paths) > 0


@pytest.mark.parametrize(
    "values",
    [["7", "x"], ["", '"LLM"'], [7, None], [7.0, float("nan")], [1.5, 1e300], [True, False], [["a"], []],
     [float("inf"), 0.25]],
)  # fmt: skip
def test_every_attribute_with_every_kind_of_column(values: Sequence[Any], tmp_path: Path) -> None:
    """A row for each attribute and value in which no other attribute has one, and rows in which all have it."""
    rows = 2 * len(hot_keys()) + 2
    columns: dict[str, object] = {
        "context.trace_id": [IDS["context.trace_id"][0]] * rows,
        "context.span_id": [f"{row + 1:016x}" for row in range(rows)],
        "span_kind": ["TOOL", None] * (rows // 2),
    }
    for at, key in enumerate(hot_keys()):
        cells: list[Any] = [None] * rows
        cells[2 * at : 2 * at + 2] = cells[-2:] = values
        columns[f"attributes.{key}"] = pa.array(cells)
    outcome = same(written(tmp_path, columns), "phoenix", tmp_path).outcome
    assert outcome.records == rows
    assert outcome.spans > rows // 2


def test_times_statuses_and_events(tmp_path: Path) -> None:
    for unit in ("s", "ms", "us", "ns"):
        times = pa.array([1_760_000_000, None], pa.int64()).cast(pa.timestamp("s", "UTC"))
        columns = {
            "start_time": times.cast(pa.timestamp(unit, "UTC")),
            "end_time": ["2025-10-09T08:53:25.5Z", "2025-10-09T08:53:25+00:00"],
            "status_code": ["ERROR", "UNSET"],
            "status_message": ["", "ignored"],
            "events": EVENTS,
        }
        assert same(written(tmp_path, {**IDS, **columns}), "phoenix", tmp_path).outcome.rest == ()


def test_rows_with_odd_ids_are_left_to_the_full_reader(tmp_path: Path) -> None:
    found = same(
        written(tmp_path, {**IDS, "context.span_id": ["x", "eee19b7ec3c1b175"]}), "phoenix", tmp_path
    )
    (piece,) = found.outcome.rest
    assert (piece.line, piece.byte_offset, piece.byte_length) == (1, 0, 1)


def test_plain_rows(tmp_path: Path) -> None:
    columns = {
        "trace_id": ["t", "t", "t"],
        "span_id": ["a", "b", "c"],
        "kind": ["LLM", "odd", None],
        "start": ["2026-03-12T09:00:00.000000001Z", None, "yesterday"],
        "end": pa.array([1, 2, 3], pa.timestamp("ns")),
        "usage": ['{"input_tokens": 5}', None, None],
        "ttft_ns": [1, None, 2],
    }
    columns["end"] = pa.array([1_760_000_000_000_000_000, None, 5], pa.timestamp("ns"))
    found = same(written(tmp_path, columns), "plain", tmp_path)
    assert [piece.line for piece in found.outcome.rest] == [3]


@pytest.mark.parametrize(
    "odd",
    [
        {"attributes": [{"llm": {"model_name": "m"}}, None]},
        {"attributes.llm": [{"model_name": "m"}, None]},
        {"events": ["[]", "[]"]},
        {"name": [1, 2]},
        {"start_time": [1.5, 2.5]},
    ],
)
def test_columns_that_the_index_does_not_know_are_refused_and_leave_nothing(
    odd: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(CannotIndex):
        indexed(written(tmp_path, {**IDS, **odd}), "phoenix", "parquet", tmp_path)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "spans.parquet"
    generate.write(path, "phoenix", "light", 500)
    octets = bytearray(path.read_bytes())
    for damage in (octets[:-9], octets[:200] + bytes(2_000) + octets[2_200:], b"PAR1"):
        path.write_bytes(damage)
        with pytest.raises(CannotIndex):
            indexed(path, "phoenix", "parquet", tmp_path)


def test_parquet_heads() -> None:
    assert can_index(b"PAR1....", "phoenix")
    assert not can_index(b"PAR1....", "otlp")
