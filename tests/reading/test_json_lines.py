"""JSON Lines: every line is a record, blank, or skipped with an issue, and the bytes add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.opening import check_places, read_all, read_bytes
from tracetui.model import Severity
from tracetui.reading.inputs import Limits

GOOD = [b'{"id":%d,"text":"caf\xc3\xa9"}' % number for number in range(6)]


def with_line(line: bytes, *, ending: bytes = b"\n") -> bytes:
    """Six good lines with one of another kind in the middle."""
    return ending.join([*GOOD[:3], line, *GOOD[3:]]) + ending


# Content, codes of issues, records, lines skipped.
FAULTS: dict[str, tuple[bytes, set[str], int, int]] = {
    "plain": (b"\n".join(GOOD) + b"\n", set(), 6, 0),
    "no end of line at the end": (b"\n".join(GOOD), set(), 6, 0),
    "torn tail": (b"\n".join(GOOD) + b'\n{"id":6,"te', {"torn_tail"}, 6, 1),
    "torn in the middle": (with_line(b'{"id":3,"te'), {"bad_json"}, 6, 1),
    "bad UTF-8": (with_line(b'{"a":"\xff"}'), {"bad_utf8"}, 7, 0),
    "overlong UTF-8": (with_line(b'{"a":"\xc0\xaf"}'), {"bad_utf8"}, 7, 0),
    "NaN": (with_line(b'{"a":NaN,"b":-Infinity}'), {"nan"}, 7, 0),
    "byte order mark": (b"\xef\xbb\xbf" + b"\n".join(GOOD), {"bom"}, 6, 0),
    "CRLF": (b"\r\n".join(GOOD) + b"\r\n", set(), 6, 0),
    "mixed line ends": (b"\r\n".join(GOOD) + b"\n" + b"\n".join(GOOD), set(), 12, 0),
    "blank lines": (with_line(b"\n \t\n\r"), {"blank_lines"}, 6, 0),
    "5,000 digits": (with_line(b'{"a":' + b"9" * 5000 + b"}"), {"big_number"}, 7, 0),
    "beyond 64 bits": (with_line(b'{"a":18446744073709551617}'), {"big_int"}, 7, 0),
    "nesting 600": (with_line(b"[" * 600 + b"]" * 600), {"too_deep"}, 6, 1),
    "nesting 100,000": (with_line(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), {"too_deep"}, 6, 1),
    "null": (with_line(b"null"), set(), 7, 0),
    "zero bytes": (b"\n".join(GOOD) + b"\n" + b"\0" * 4096, {"zeros"}, 6, 1),
    "lone surrogate": (with_line(b'{"a":"\\ud83d"}'), {"lone_surrogate"}, 7, 0),
    "escaped zero": (with_line(b'{"a":"\\u0000"}'), set(), 7, 0),
    "raw control character": (with_line(b'{"a":"x\x07y"}'), {"control_char"}, 7, 0),
    "junk": (with_line(b"\x00\x01\xfe junk {"), {"bad_json"}, 6, 1),
    "a log line": (with_line(b"[2026-01-01] INFO started"), {"bad_json"}, 6, 1),
    "garbage first": (b"Starting up\n" + b"\n".join(GOOD), {"bad_json"}, 6, 1),
    "trailing comma": (with_line(b'{"a":1,}'), {"bad_json"}, 6, 1),
    "duplicate keys": (with_line(b'{"a":1,"a":2}'), set(), 7, 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_line_is_accounted_for(fault: str, tmp_path: Path) -> None:
    content, codes, records, skipped = FAULTS[fault]
    opened = read_bytes(tmp_path, content)
    assert opened.only.container == "jsonl"
    assert set(opened.codes) == codes
    assert (len(opened.values), opened.skipped) == (records, skipped)
    (found,) = opened.records.values()
    check_places(content, found)
    lines = content.split(b"\n")
    assert len([line for line in lines if line.strip()]) == records + skipped
    lost = [issue for issue in opened.issues if issue.skipped]
    lost_bytes = sum(len(lines[issue.line - 1].rstrip(b"\r")) for issue in lost if issue.line)
    kept_bytes = sum(record.origin.byte_length for record in found)
    white = content.count(b"\n") + content.count(b"\r")
    blank_bytes = sum(len(line.rstrip(b"\r")) for line in lines if not line.strip())
    assert kept_bytes + lost_bytes + blank_bytes + white == len(content)
    for issue in opened.issues:
        assert issue.source == opened.only.name
        assert issue.message


def test_a_bad_line_is_told_with_its_place_and_reason(tmp_path: Path) -> None:
    (issue,) = read_bytes(tmp_path, b'{"a":1}\n{"b":2}\n{"c":x}\n{"d":3}\n').issues
    assert (issue.code, issue.severity, issue.line, issue.byte_offset) == (
        "bad_json",
        Severity.DATA_LOSS,
        3,
        16,
    )
    assert "at byte 21" in issue.message


def test_two_values_on_a_line_are_two_records(tmp_path: Path) -> None:
    content = b'{"a":1}\n{"a":2}{"a":3}\n{"a":4}\n'
    opened = read_bytes(tmp_path, content)
    assert [value["a"] for value in opened.values] == [1, 2, 3, 4]
    assert opened.codes == ["several_values"]
    check_places(content, opened.records[opened.only.name])


def test_carriage_returns_alone_end_lines_too(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b"\r".join([*GOOD, b"bad", b""]))
    assert opened.only.container == "jsonl"
    assert (len(opened.values), opened.skipped) == (6, 1)
    assert [record.origin.line for record in opened.records[opened.only.name]] == [1, 2, 3, 4, 5, 6]


def test_lists_on_lines_stay_lists(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, b"[1,2]\n[3]\n")
    assert opened.values == [[1, 2], [3]]


@pytest.mark.parametrize("length", [70_000, 300_000, 2_000_000])
def test_a_line_beyond_the_limit_is_passed_over(length: int, tmp_path: Path) -> None:
    long_line = b'{"text":"' + b"x" * length + b'"}'
    content = with_line(long_line)
    opened = read_bytes(tmp_path, content, limits=Limits(line_bytes=60_000))
    assert opened.codes == ["line_too_long"]
    assert opened.skipped == 1
    assert [value["id"] for value in opened.values] == [0, 1, 2, 3, 4, 5]
    check_places(content, opened.records[opened.only.name])
    at_the_end = read_bytes(tmp_path, b"\n".join([*GOOD, long_line]), limits=Limits(line_bytes=60_000))
    assert (at_the_end.codes, len(at_the_end.values)) == (["line_too_long"], 6)


def test_a_20_mb_line_is_read(tmp_path: Path) -> None:
    opened = read_bytes(tmp_path, with_line(b'{"text":"' + b"x" * 20_000_000 + b'"}'))
    assert len(opened.values) == 7
    assert not opened.issues


def test_many_bad_lines_are_summed_up_and_none_is_lost_count_of(tmp_path: Path) -> None:
    content = b"".join(b'{"a":%d}\n{"b":\n{"c":NaN}\n' % number for number in range(500))
    opened = read_bytes(tmp_path, content)
    assert len(opened.values) == 1_000
    assert opened.skipped == 500
    assert opened.codes.count("bad_json") == opened.codes.count("nan") == 101
    assert any("400 more of the same, the first at line 302" in issue.message for issue in opened.issues)


def test_numbers_and_lines_across_reads_keep_their_place(tmp_path: Path) -> None:
    # Long enough for many reads, so that lines and long numbers are cut anywhere.
    lines = [
        b'{"n":%d,"t":%d}' % (2**64 + number, 1_700_000_000_000_000_000 + number) for number in range(20_000)
    ]
    content = b"\n".join(lines)
    opened = read_bytes(tmp_path, content)
    assert [value["n"] for value in opened.values] == [2**64 + number for number in range(20_000)]
    check_places(content, opened.records[opened.only.name][::997])


@given(
    st.lists(
        st.sampled_from([*GOOD, b"", b"  ", b"{bad", b'"x', b"NaN", b"99999999999999999999"]), max_size=40
    )
)
def test_lines_in_any_order_add_up(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    content = b"\n".join([GOOD[0], GOOD[1], *lines])
    opened = read_bytes(tmp_path_factory.mktemp("lines"), content)
    kept = len([line for line in content.split(b"\n") if line.strip()])
    assert kept == len(opened.values) + opened.skipped
    check_places(content, opened.records[opened.only.name])


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(b'{"a":%d}\n' % number for number in range(100)))
    source = read_all(path).only
    again = [record.value for record in source.records(lambda _: None, lambda _: None)]
    assert again == [json.loads(line) for line in path.read_text().splitlines()]
    assert source.path == path
