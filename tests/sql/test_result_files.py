"""Results written to files are whole and exact, and never take the place of another unasked."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.sql.sessions import all_rows, session
from tracetui.api.result_files import export_result
from tracetui.errors import InterruptedByUser, QueryError, UsageError
from tracetui.workers.queries import QueryResult

QUERY = """
    SELECT range AS n, 'a,"b"' || chr(10) || '|ü' AS text, NULL AS nothing, 1/0 AS endless, 0.10::DECIMAL(4, 2) AS tenth,
        make_timestamp_ns(1234567890123456789) AS moment, DATE '2026-02-03' AS day, sum(1::BIGINT) OVER () AS whole,
        [1, 2] AS list, '{"a": [1, null]}'::JSON AS json, true AS yes, '\\xFF'::BLOB AS bytes
    FROM range(60_000)"""


@pytest.fixture(scope="module")
def result() -> Iterator[QueryResult]:
    with session() as opened:
        yield opened.run(QUERY)


def test_parquet_and_arrow_hold_types(result: QueryResult, tmp_path: Path) -> None:
    assert export_result(result, tmp_path / "out.parquet") == 60_000
    assert export_result(result, tmp_path / "out.arrow") == 60_000
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    with pa.OSFile(str(tmp_path / "out.arrow"), "rb") as source:
        assert pa.ipc.open_file(source).read_all().equals(kept)
    assert [str(kept.schema.field(name).type) for name in ("n", "moment", "day", "whole", "tenth", "list", "bytes")] == [
        "int64", "timestamp[ns]", "date32[day]", "decimal128(38, 0)", "decimal128(4, 2)", "list<element: int32>", "binary",
    ]  # fmt: skip
    assert kept["n"].to_pylist() == list(range(60_000))
    assert kept["moment"].cast(pa.int64())[7].as_py() == 1_234_567_890_123_456_789


def test_whole_numbers_too_long_for_parquet_are_refused_and_moments_are_utc(
    result: QueryResult, tmp_path: Path
) -> None:
    run = result._session.run
    long = run("SELECT 1 AS a, ('1' || repeat('0', 38))::HUGEINT AS n")
    for name in ("long.parquet", "long.arrow"):
        with pytest.raises(QueryError, match="more than 38 digits"):
            export_result(long, tmp_path / name)
    with pytest.raises(QueryError, match="not kept inside of lists"):
        run("SELECT [('1' || repeat('0', 38))::HUGEINT] AS n")
    export_result(long, tmp_path / "long.csv")
    assert (tmp_path / "long.csv").read_text(encoding="utf-8") == f"a,n\n1,1{'0' * 38}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["long.csv"]
    moment = run("SELECT TIMESTAMPTZ '2026-01-01 12:00:00+02' AS at")
    export_result(moment, tmp_path / "at.parquet")
    kept = pyarrow.parquet.read_table(tmp_path / "at.parquet")
    assert str(kept.schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert kept["at"].cast(pa.int64())[0].as_py() == 1_767_261_600_000_000
    assert all_rows(moment) == [("2026-01-01 10:00:00+00",)]


def test_text_files_hold_every_value(result: QueryResult, tmp_path: Path) -> None:
    told: list[int] = []
    assert export_result(result, tmp_path / "out.csv", told=told.append) == 60_000
    assert told == sorted(told)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["n"]) for row in rows] == list(range(60_000))
    assert rows[5] == {
        "n": "5", "text": 'a,"b"\n|ü', "nothing": "", "endless": "inf", "tenth": "0.10",
        "moment": "2009-02-13T23:31:30.123456789Z", "day": "2026-02-03", "whole": "60000", "list": "[1, 2]",
        "json": '{"a": [1, null]}', "yes": "true", "bytes": "ff",
    }  # fmt: skip


def test_json_lines_and_arrays_agree(result: QueryResult, tmp_path: Path) -> None:
    few = result._session.run(f"FROM ({QUERY}) LIMIT 3")
    for name in ("out.jsonl", "out.json"):
        assert export_result(few, tmp_path / name) == 3
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == lines
    assert lines[2] == {
        "n": 2, "text": 'a,"b"\n|ü', "nothing": None, "endless": "Infinity", "tenth": 0.1,
        "moment": "2009-02-13T23:31:30.123456789Z", "day": "2026-02-03", "whole": 3, "list": [1, 2],
        "json": {"a": [1, None]}, "yes": True, "bytes": "ff",
    } | {"whole": lines[0]["whole"]}  # fmt: skip
    empty = result._session.run("SELECT 1 AS n WHERE false")
    export_result(empty, tmp_path / "empty.json")
    assert json.loads((tmp_path / "empty.json").read_text(encoding="utf-8")) == []
    export_result(empty, tmp_path / "empty.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "empty.parquet").column_names == ["n"]


def test_small_decimals_keep_their_digits(result: QueryResult, tmp_path: Path) -> None:
    few = result._session.run("SELECT 0.000000000012::DECIMAL(24, 12) AS usd")
    assert few.cells(0, 1) == [["0.000000000012"]]
    export_result(few, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "usd\n0.000000000012\n"


def test_markdown_is_a_table(result: QueryResult, tmp_path: Path) -> None:
    few = result._session.run("SELECT 'a|b' || chr(10) || 'c' AS text, 1 AS n")
    export_result(few, tmp_path / "out.md")
    assert (tmp_path / "out.md").read_text(
        encoding="utf-8"
    ) == "| text | n |\n| --- | --- |\n| a\\|b<br>c | 1 |\n"


def test_no_file_is_replaced_unasked_and_nothing_is_left_beside_it(
    result: QueryResult, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine", encoding="utf-8")
    few = result._session.run("SELECT 1 AS n")
    with pytest.raises(UsageError, match="exists"):
        export_result(few, out)
    assert out.read_text(encoding="utf-8") == "mine"
    export_result(few, out, may_replace=True)
    assert out.read_text(encoding="utf-8") == "n\n1\n"
    for bad in ("out.xlsx", "absent/out.csv"):
        with pytest.raises(UsageError):
            export_result(few, tmp_path / bad)
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_writing_is_cancelled_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with session() as asked:
        many = asked.run("SELECT range AS n, 'x' || range AS text FROM range(1500000)")

        def stop(_: int) -> None:
            many.cancel_export()

        with pytest.raises(InterruptedByUser):
            export_result(many, tmp_path / name, told=stop)
        assert list(tmp_path.iterdir()) == []
        assert not many.cancel_export()
        assert all_rows(asked.run("SELECT 1")) == [(1,)]
