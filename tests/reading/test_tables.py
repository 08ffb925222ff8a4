"""CSV and TSV: what is taken for a table, and which records its rows become, each with its exact place."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.opening import Opened, check_places, read_all, read_bytes
from tracetui.reading.inputs import Limits

Rows = list[dict[str, Any]]

TABLES: dict[str, tuple[bytes, str, Rows]] = {
    "commas": (b"id,name\n1,a\n2,b\n", "csv", [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]),
    "semicolons": (b"id;name\n1;a,b\n", "csv", [{"id": "1", "name": "a,b"}]),
    "tabs": (b"id\tname\r\n1\ta b\r\n", "tsv", [{"id": "1", "name": "a b"}]),
    "no line end": (b"id,name\n1,a", "csv", [{"id": "1", "name": "a"}]),
    "a line break": (b'id,name\n1,"a\nb"\n2,c\n', "csv", [{"id": "1", "name": "a\nb"}, {"id": "2", "name": "c"}]),
    "doubled quotes": (b'id,name\r\n1,"{""a"": 1}"\r\n', "csv", [{"id": "1", "name": '{"a": 1}'}]),
    "escaped quotes": (b'id,name\n1,"{\\"a\\": \\"x, y\\"}"\n', "csv", [{"id": "1", "name": '{"a": "x, y"}'}]),
    "null and empty": (b'id,a,b\n1,,""\n2,\\N,0\n', "csv", [{"id": "1", "a": None, "b": ""}, {"id": "2", "a": None, "b": "0"}]),
    "byte order mark": (b"\xef\xbb\xbfid,name\n1,a\n", "csv", [{"id": "1", "name": "a"}]),
    "stated separator": (b"sep=;\r\nid;name\r\n1;a\r\n", "csv", [{"id": "1", "name": "a"}]),
    "an index": (b",name\n0,a\n", "csv", [{"column_1": "0", "name": "a"}]),
    "special names": (b'@timestamp,"timestamp [UTC]",a.b\n1,2,3\n', "csv", [{"@timestamp": "1", "timestamp [UTC]": "2", "a.b": "3"}]),
    "header alone": (b"id,name,input\n", "csv", []),
    "blank lines": (b"id,name\n\n1,a\n\n", "csv", [{"id": "1", "name": "a"}]),
    "a header again": (b"id,name\n1,a\nid,name\n2,b\n", "csv", [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_a_table(tmp_path: Path, case: str) -> None:
    content, container, rows = TABLES[case]
    opened = read_bytes(tmp_path, content)
    assert (opened.only.container, opened.values, opened.skipped) == (container, rows, 0)
    check_places(content, opened.records[opened.only.name])


@pytest.mark.parametrize(
    "content",
    [b"Hello, world\nthis is, text\n", b"2024-01-01 12:00:00,123 INFO a\n2024-01-01 12:00:01,5 INFO b\n",
     b"<a,b>\n<c,d>\n", b"name\na\nb\n", b"a,b\n1,2,3\n4\n5,6,7\n", b"id,name\n"],
)  # fmt: skip
def test_no_table(tmp_path: Path, content: bytes) -> None:
    opened = read_bytes(tmp_path, content)
    assert (opened.codes, opened.sources) == (["not_json"], {})
    assert opened.issues[0].message == "text that is neither JSON nor CSV"


def test_columns_are_told(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"id,name,name\n" + b"1,2,3\n" * 50)
    opened = read_all(path)
    values, columns = opened.only.head()
    assert columns == ["id", "name", "name_1"]
    assert (len(values), len(opened.values)) == (20, 50)
    assert opened.codes == ["duplicate_column"]


def codes_and_ids(opened: Opened) -> tuple[list[tuple[str, int | None, int]], list[str]]:
    return [(i.code, i.line, i.skipped) for i in opened.issues], [value["id"] for value in opened.values]


BAD: dict[str, tuple[bytes, list[tuple[str, int, int]], list[str]]] = {
    "too wide": (b"id,a\n1,2\n2,3,4\n3,4\n3,5\n3,5\n", [("row_width", 3, 0)], ["1", "2", "3", "3", "3"]),
    "too narrow": (b"id,a\n1,2\n2\n3,4\n3,5\n3,5\n", [("row_width", 3, 0)], ["1", "2", "3", "3", "3"]),
    "text after a quote": (b'id,a\n1,"b" c\n2,3\n', [("odd_quotes", 2, 0)], ["1", "2"]),
    "a stray quote": (b'id,a\n1,"b\n2,3\n3,4\n', [("bad_row", 2, 1)], ["2", "3"]),
    "stray quotes": (b'id,a\n1,"b\n2,3\n3,"c" d\n4,5\n', [("bad_row", 2, 1), ("odd_quotes", 4, 0)], ["2", "3", "4"]),
    "cut off": (b'id,a\n1,b\n2,"c\nd', [("torn_tail", 3, 1)], ["1"]),
    "cut off between cells": (b"id,a,b\n1,b,c\n2,c", [("torn_tail", 3, 1)], ["1"]),
    "without a last line end": (b"id,a\n1,2\n2\n3,4\n3,5\n3,5\n3", [("row_width", 3, 0), ("row_width", 7, 0)], ["1", "2", "3", "3", "3", "3"]),
    "not UTF-8": (b"id,a\n1,\xff\n", [("bad_utf8", 2, 0)], ["1"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_rows_are_reported_with_their_line(tmp_path: Path, case: str) -> None:
    content, issues, ids = BAD[case]
    assert codes_and_ids(read_bytes(tmp_path, content)) == (issues, ids)


def test_cells_without_a_column_are_kept(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b"id,a\n1,2\n1,2\n1,2\n1,2\n1,2,x,y\n")
    assert opened.values[-1] == {"id": "1", "a": "2", "column_3": "x", "column_4": "y"}


def test_compressed_bundled_and_utf16(tmp_path: Path) -> None:
    content = "id,näme\n1,ä\n".encode()
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(content))
    (tmp_path / "t.csv.zst").write_bytes(pa.compress(content, codec="zstd", asbytes=True))
    (tmp_path / "t.txt").write_bytes(content.decode().encode("utf-16"))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as bundle:
        bundle.writestr("t.csv", content)
    opened = read_all(tmp_path)
    assert opened.values == [{"id": "1", "näme": "ä"}] * 4
    assert [source.container for source in opened.sources.values()] == ["csv.gz", "csv.zst", "csv", "csv"]


def test_limits(tmp_path: Path) -> None:
    limits = Limits(line_bytes=300_000, columns=3)
    wide = read_bytes(tmp_path, b"a,b,c,d\n1,2,3,4\n", limits=limits)
    assert (wide.codes, wide.values) == (["too_many_columns"], [])
    long = read_bytes(tmp_path, b"id,a\n1,b\n2," + b"x" * 2_000_000 + b"\n3,c\n", limits=limits)
    assert codes_and_ids(long) == ([("line_too_long", 3, 1)], ["1", "3"])
    open_quote = read_bytes(tmp_path, b'id,a\n1,b\n2,"' + b"x" * 2_000_000 + b"\n3,c\n", limits=limits)
    assert codes_and_ids(open_quote) == ([("line_too_long", 3, 1)], ["1", "3"])


def test_many_stray_quotes_take_no_time_that_grows_with_their_square(tmp_path: Path) -> None:
    content = b"id,a\n1,b\n" + b'3,"d\n' * 60_001 + b"4,e\n"
    opened = read_bytes(tmp_path, content)
    assert opened.values[0] == {"id": "1", "a": "b"}
    assert opened.values[-1] == {"id": "4", "a": "e"}


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_the_standard_library_writes_is_read_back(
    tmp_path_factory: Any, rows: Any, separator: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "first", "second"])
    writer.writerows(rows)
    content = text.getvalue().encode()
    opened = read_bytes(tmp_path_factory.mktemp("table"), content)
    assert [list(value.values()) for value in opened.values] == [
        [None if cell == "\\N" else cell for cell in row] for row in rows
    ]
    check_places(content, opened.records[opened.only.name])
