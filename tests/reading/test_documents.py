"""Documents: lists element by element, one document, and documents put together, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.opening import check_places, read_bytes
from tracetui.reading.inputs import Limits

ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "text": 'a "quote", a {bracket] and \\ a \n line',
        "deep": {"list": [[], {}, [{"x": None}]]},
    }
    for number in range(50)
]


def pretty(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


SHAPES: dict[str, tuple[bytes, str, list[Any]]] = {
    "list": (json.dumps(ROWS).encode(), "json array", ROWS),
    "pretty list": (pretty(ROWS), "json array", ROWS),
    "list, one element a line": (
        b"[\n" + b",\n".join(json.dumps(row).encode() for row in ROWS) + b"\n]\n",
        "json array",
        ROWS,
    ),
    "list with CRLF": (pretty(ROWS).replace(b"\n", b"\r\n"), "json array", ROWS),
    "list with a byte order mark": (b"\xef\xbb\xbf" + pretty(ROWS), "json array", ROWS),
    "list of scalars": (b'[1, "a,b]", null, [2], -1.5e3]', "json array", [1, "a,b]", None, [2], -1500.0]),
    "list that ends with a comma": (b'[{"a":1},]', "json array", [{"a": 1}]),
    "empty list": (b"[]", "json array", []),
    "document": (json.dumps({"data": ROWS}).encode(), "json", [{"data": ROWS}]),
    "pretty document": (pretty({"data": ROWS}), "json", [{"data": ROWS}]),
    "null": (b"null", "json", [None]),
    "put together": (b"".join(json.dumps(row).encode() for row in ROWS), "concatenated json", ROWS),
    "pretty, put together": (b"".join(pretty(row) for row in ROWS), "concatenated json", ROWS),
    "pretty, on lines": (b"\n".join(pretty(row) for row in ROWS), "concatenated json", ROWS),
    "lists put together": (pretty(ROWS) + b"\n" + pretty(ROWS), "concatenated json", ROWS + ROWS),
    "sequence on lines": (
        b"".join(b"\x1e" + json.dumps(row).encode() + b"\n" for row in ROWS),
        "concatenated json",
        ROWS,
    ),
    "sequence with record separators": (
        b"".join(b"\x1e" + pretty(row) + b"\n" for row in ROWS),
        "concatenated json",
        ROWS,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_recognised_and_read(shape: str, tmp_path: Path) -> None:
    content, container, values = SHAPES[shape]
    opened = read_bytes(tmp_path, content)
    assert opened.values == values
    assert opened.only.container == container
    assert set(opened.codes) <= {"bom"}
    check_places(content, opened.records[opened.only.name])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("shape", ["pretty list", "pretty document", "pretty, on lines"])
def test_utf_16_is_read(codec: str, shape: str, tmp_path: Path) -> None:
    content, container, values = SHAPES[shape]
    opened = read_bytes(tmp_path, content.decode().encode(codec))
    if codec == "utf-32":
        assert opened.values == values
    assert (opened.only.container, opened.values) == (container, values)
    assert opened.only.path is None


def test_a_large_list_is_read_piece_by_piece(tmp_path: Path) -> None:
    rows = [{"id": number, "text": "x" * (number % 3_000)} for number in range(3_000)]
    content = pretty(rows)
    opened = read_bytes(tmp_path, content)
    assert opened.values == rows
    check_places(content, opened.records[opened.only.name][::50])


def test_a_torn_list_keeps_its_whole_elements(tmp_path: Path) -> None:
    content = pretty(ROWS)[:2_000]
    opened = read_bytes(tmp_path, content)
    assert opened.values == ROWS[: len(opened.values)]
    assert len(opened.values) > 5
    assert opened.codes == ["torn_tail", "torn_list"]
    assert opened.skipped == 1


def test_a_torn_document_is_closed_after_its_last_whole_element(tmp_path: Path) -> None:
    content = pretty({"source": "x", "data": ROWS})[:2_000]
    (value,) = (opened := read_bytes(tmp_path, content)).values
    assert value["source"] == "x"
    assert value["data"] == ROWS[: len(value["data"])]
    assert len(value["data"]) > 5
    assert opened.codes == ["torn_tail"]


def test_a_torn_document_without_a_list_is_left_out(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b'{"a": {"b": 1}, "c"')
    assert (opened.values, opened.codes, opened.skipped) == ([], ["torn_tail"], 1)


def test_reading_goes_on_after_a_torn_document(tmp_path: Path) -> None:
    torn = pretty(ROWS[1])[:-20]
    content = b"\n".join([pretty(ROWS[0]), torn, pretty(ROWS[2]), pretty(ROWS[3])])
    opened = read_bytes(tmp_path, content)
    assert opened.values == [ROWS[0], ROWS[2], ROWS[3]]
    assert (opened.codes, opened.skipped) == (["bad_json"], 1)


def test_a_bad_element_of_a_list_is_left_out(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b'[{"a":1},{"a":,},{"a":NaN}, oops, {"a":4}]')
    assert opened.values == [{"a": 1}, {"a": None}, {"a": 4}]
    assert opened.codes == ["bad_json", "nan", "garbage"]
    assert opened.skipped == 2


def test_text_between_documents_is_reported(tmp_path: Path) -> None:
    content = b"\n".join([b"INFO starting", pretty(ROWS[0]), b"INFO done", b"data: " + pretty(ROWS[1])])
    opened = read_bytes(tmp_path, content)
    assert opened.values == ROWS[:2]
    assert opened.codes == ["garbage"] * 3


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 600 + b"]" * 600], ids=["lists", "objects", "closed"]
)
def test_deep_documents_are_refused(text: bytes, tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, text)
    assert set(opened.codes) <= {"too_deep", "torn_tail", "torn_list"}
    assert opened.skipped >= 1


def test_a_value_beyond_the_limit_is_passed_over(tmp_path: Path) -> None:
    rows = [{"id": 0}, {"id": 1, "parts": [{"text": "x" * 1_000}] * 4_000}, {"id": 2}]
    for content in (json.dumps(rows).encode(), pretty(rows)):
        opened = read_bytes(tmp_path, content, limits=Limits(line_bytes=500_000))
        assert [value["id"] for value in opened.values] == [0, 2]
        assert opened.codes == ["value_too_large"]


def test_one_string_beyond_the_limit_ends_the_reading(tmp_path: Path) -> None:
    content = json.dumps([{"id": 0}, {"id": 1, "text": "x" * 3_000_000}, {"id": 2}]).encode()
    opened = read_bytes(tmp_path, content, limits=Limits(line_bytes=500_000))
    assert [value["id"] for value in opened.values] == [0]
    assert opened.codes == ["value_too_large", "torn_list"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "not_json"),
        (b"\0" * 5_000, "zeros"),
        (b"Dear all, thank you.\n", "not_json"),
        (b"# Title\n\nSome [link](x) text.\n", "not_json"),
        (b"[section]\nkey = 1\n", "not_json"),
        (b'def body():\n    return (\n        {"a": 1}\n        | other,\n    )\n', "not_json"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        (b"SQLite format 3\0" + b"\0" * 100, "sqlite"),
        (b"\0" * 8 + b"DUCK" + b"\0" * 100, "duckdb"),
        (b"ARROW1\0\0", "arrow"),
        (b"PARE" + b"x" * 100 + b"PARE", "encrypted"),
        (b"BZh91AY&SY", "compression"),
        (b"\0\0\x01\x10\x0a\x8d\x02\x0a\x10service", "protobuf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_trace_is_refused_with_a_reason(content: bytes, code: str, tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, content)
    assert (opened.codes, opened.records) == ([code], {})


JSON_OBJECTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(st.text() | st.integers(-9, 9), lambda inner: st.lists(inner, max_size=3)),
    max_size=4,
)


@given(
    st.lists(JSON_OBJECTS, min_size=1, max_size=8),
    st.sampled_from(["", "\n", " ", "\r\n"]),
    st.sampled_from([None, 1]),
)
def test_any_objects_put_together_come_apart(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]], between: str, indent: int | None
) -> None:
    texts = [json.dumps(value, indent=indent, ensure_ascii=False) for value in values]
    content = between.join(texts).encode("utf-8")
    opened = read_bytes(tmp_path_factory.mktemp("documents"), content)
    assert opened.values == values
    assert opened.skipped == 0
