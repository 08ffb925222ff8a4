"""Parquet: exact values, partitions, and damage that costs only what it touches."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.reading.opening import read_all, read_bytes
from tests.reading.test_bundles import zipped
from tracetui.reading.inputs import Limits, ParquetSource
from tracetui.reading.lenient import loads
from tracetui.reading.parquet_values import iso_text


def written(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, sink, **options)
    return sink.getvalue()


NS = 1_767_323_045_123_456_789
SPANS = {"context.span_id": [f"{number:016x}" for number in range(1_000)], "n": list(range(1_000))}


def test_values_are_exact(tmp_path: Path) -> None:
    struct = pa.struct([("at", pa.timestamp("ns", "UTC")), ("note", pa.string()), ("score", pa.float64())])
    columns = {
        "attributes.llm.model_name": pa.array(["gpt-4o", None]),
        "at_ns": pa.array([NS, None], pa.timestamp("ns", "Europe/Vienna")),
        "at_us": pa.array([NS // 1_000, None], pa.timestamp("us")),
        "at_ms": pa.array([-1, None], pa.timestamp("ms")),
        "on": pa.array([dt.date(2026, 1, 2), None]),
        "clock": pa.array([3_600_000_000_001, None], pa.time64("ns")),
        "took": pa.array([5, None], pa.duration("us")),
        "cost": pa.array([Decimal("0.000000000000000123"), None], pa.decimal128(38, 18)),
        "large": pa.array([2**64 - 1, None], pa.uint64()),
        "score": pa.array([float("nan"), float("inf")]),
        "text bytes": pa.array([b"caf\xc3\xa9", None], pa.binary()),
        "bytes": pa.array([b"\xff\x00", None], pa.binary()),
        "usage": pa.array([[("input", 179), ("output", 35)], None], pa.map_(pa.string(), pa.int64())),
        "by number": pa.array([[(1, "a")], None], pa.map_(pa.int32(), pa.string())),
        "events": pa.array([[{"at": NS, "note": "x", "score": float("nan")}, None], None], pa.list_(struct)),
        "kind": pa.array(["LLM", None]).dictionary_encode(),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(range(16)), None], pa.binary(16))),
        "nothing": pa.array([None, None], pa.null()),
    }
    opened = read_bytes(tmp_path, written(columns))
    assert opened.only.container == "parquet"
    assert opened.only.path is None
    assert opened.issues == []
    first, second = opened.values
    assert first == {
        "attributes.llm.model_name": "gpt-4o",
        "at_ns": "2026-01-02T03:04:05.123456789Z",
        "at_us": "2026-01-02T03:04:05.123456000Z",
        "at_ms": "1969-12-31T23:59:59.999000000Z",
        "on": "2026-01-02",
        "clock": "01:00:00.000000001",
        "took": 5_000,
        "cost": Decimal("0.000000000000000123"),
        "large": 2**64 - 1,
        "score": None,
        "text bytes": "café",
        "bytes": b"\xff\x00",
        "usage": {"input": 179, "output": 35},
        "by number": {"1": "a"},
        "events": [{"at": "2026-01-02T03:04:05.123456789Z", "note": "x", "score": None}, None],
        "kind": "LLM",
        "uuid": "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "nothing": None,
    }
    assert second == dict.fromkeys(columns)
    records = opened.records[opened.only.name]
    assert [record.origin.line for record in records] == [1, 2]
    raw = records[0].origin.raw
    assert raw is not None
    assert b'"cost":1.23E-16,' in raw
    assert json.loads(raw)["usage"] == loads(raw)[0]["usage"]  # type: ignore[call-overload, index]  # an object


def test_times_outside_the_calendar_stay_numbers() -> None:
    assert iso_text(2**63 - 1) == "2262-04-11T23:47:16.854775807Z"
    assert iso_text(10**30) == str(10**30)
    assert iso_text(-(10**30)) == str(-(10**30))


def test_the_head_gives_columns_and_first_rows(tmp_path: Path) -> None:
    source = read_bytes(tmp_path, written(SPANS)).only
    values, columns = source.head(3)
    assert columns == ["context.span_id", "n"]
    assert [value["n"] for value in values] == [0, 1, 2]  # type: ignore[index, call-overload]  # rows
    assert isinstance(source, ParquetSource)
    assert source.open().columns == ("context.span_id", "n")


def test_partition_folders_become_columns(tmp_path: Path) -> None:
    for month in ("01", "__HIVE_DEFAULT_PARTITION__"):
        folder = tmp_path / "runs" / "year=2026" / f"month={month}" / "n=9"
        folder.mkdir(parents=True)
        (folder / "part-0.parquet").write_bytes(written({"n": [1, 2]}))
    opened = read_all(tmp_path / "runs")
    assert opened.values == [
        {"n": 1, "year": "2026", "month": "01"},
        {"n": 2, "year": "2026", "month": "01"},
        {"n": 1, "year": "2026", "month": None},
        {"n": 2, "year": "2026", "month": None},
    ]
    assert opened.sources.popitem()[1].head()[1] == ["n", "year", "month"]


def test_parquet_in_a_bundle_and_by_pipe(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, zipped([("day=1/a.parquet", written(SPANS))]))
    assert len(opened.values) == 1_000
    assert opened.values[0]["day"] == "1"
    assert len(read_all("-", stdin=written(SPANS)).values) == 1_000


def test_columns_of_one_name_are_all_kept(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", "A"])
    opened = read_bytes(tmp_path, written(table))
    assert opened.values == [{"a": 1, "a_1": 2, "A": 3}]
    assert opened.codes == ["duplicate_column"]


def test_bad_utf8_is_mended_column_by_column(tmp_path: Path) -> None:
    offsets, octets = pa.py_buffer(b"\0\0\0\0\3\0\0\0\5\0\0\0"), pa.py_buffer(b"a\xff\xfebc")
    bad = pa.Array.from_buffers(pa.string(), 2, [None, offsets, octets])
    nested = pa.StructArray.from_arrays([bad], names=["s"])
    opened = read_bytes(tmp_path, written({"bad": bad, "nested": nested, "good": pa.array(["x", "é"])}))
    assert opened.values == [
        {"bad": "a\ufffd\ufffd", "nested": {"s": "a\ufffd\ufffd"}, "good": "x"},
        {"bad": "bc", "nested": {"s": "bc"}, "good": "é"},
    ]
    assert opened.codes == ["bad_utf8", "bad_utf8"]


def test_a_damaged_row_group_costs_its_rows_only(tmp_path: Path) -> None:
    content = bytearray(written(SPANS, row_group_size=100, compression="none", use_dictionary=False))
    where = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(3).column(0).data_page_offset
    content[where : where + 20] = b"\xff" * 20
    opened = read_bytes(tmp_path, bytes(content))
    assert (opened.codes, opened.skipped) == (["bad_row_group"], 100)
    assert [value["n"] for value in opened.values] == [*range(300), *range(400, 1_000)]
    lines = [record.origin.line for record in opened.records[opened.only.name]]
    assert lines == [*range(1, 301), *range(401, 1_001)]


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda content: content[:-1], "truncated_parquet"),
        (lambda content: content[: len(content) // 2], "truncated_parquet"),
        (lambda _: b"PAR1", "truncated_parquet"),
        (lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1", "bad_parquet"),
        (lambda content: content[:-60] + b"\xff" * 40 + content[-20:], "bad_parquet"),
        (lambda content: content[:-4] + b"PARE", "encrypted"),
    ],
    ids=["one byte short", "half", "magic alone", "footer length", "footer", "encrypted"],
)
def test_a_damaged_footer_refuses_the_file(damage: Any, code: str, tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, damage(written(SPANS)))
    assert (opened.codes, opened.sources) == ([code], {})


def test_limits_of_parquet(tmp_path: Path) -> None:
    wide = written({f"c{number}": [1] for number in range(60)})
    assert read_bytes(tmp_path, wide, limits=Limits(columns=50)).codes == ["too_many_columns"]
    bomb = written({"text": ["x" * 100_000] * 1_000}, row_group_size=100)
    opened = read_bytes(tmp_path, bomb, limits=Limits(parquet_floor_bytes=2_000_000))
    assert opened.codes[-1] == "unpacks_too_far"
    assert opened.skipped + len(opened.values) == 1_000


def test_empty_tables(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, written({"a": pa.array([], pa.int64())})).values == []
    assert read_bytes(tmp_path, written(pa.table({"a": [1, 2]}).select([]))).values == []
