"""Decoding and encoding of JSON as it is found."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.reading.lenient import NotJson, dumps, loads
from tracetui.reading.nesting import MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "value", "repairs"),
    [
        (b'{"a":[1,2.5,null,true,"x"]}', {"a": [1, 2.5, None, True, "x"]}, ()),
        (b"null", None, ()),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}, ("bom",)),
        (b'{"a":"\xff\xfe"}', {"a": "\ufffd\ufffd"}, ("bad_utf8",)),
        (b'{"a":NaN,"b":[-Infinity,Infinity]}', {"a": None, "b": [None, None]}, ("nan",)),
        (b'"\\ud83d!"', "\ufffd!", ("lone_surrogate",)),
        (b'"\\ud83d\\ude00 \\\\ud83d"', "\U0001f600 \\ud83d", ()),
        (b'"\\ude00\\ud83d\\ude00"', "\ufffd\U0001f600", ("lone_surrogate",)),
        (b"[18446744073709551617]", [2**64 + 1], ("big_int",)),
        (b"-9223372036854775809", -(2**63) - 1, ("big_int",)),
        (b"[18446744073709551615,-9223372036854775808]", [2**64 - 1, -(2**63)], ()),
        (b'{"t":"1700000000000000000000000"}', {"t": "1700000000000000000000000"}, ()),
        (b"[0.12345678901234567890123]", [0.12345678901234567890123], ()),
        pytest.param(b"9" * 5000, "9" * 5000, ("big_number",), id="5,000 digits"),
        (b"[1e400]", ["1e400"], ("big_number",)),
        (b'"a\tb"', "a\tb", ("control_char",)),
        (b'{"k":1,"k":2}', {"k": 2}, ()),
        (b'\xef\xbb\xbf["\xff",NaN]', ["\ufffd", None], ("bom", "bad_utf8", "nan")),
    ],
)
def test_every_repair_is_made_and_named(text: bytes, value: object, repairs: tuple[str, ...]) -> None:
    assert loads(text) == (value, repairs)


def test_text_and_views_are_accepted() -> None:
    assert loads('{"é":1}') == ({"é": 1}, ())
    assert loads('"\ud800x"') == ("\ufffdx", ("lone_surrogate",))
    assert loads(memoryview(b"[1]")) == ([1], ())
    assert loads(bytearray(b"[99999999999999999999]")) == ([99999999999999999999], ("big_int",))


@pytest.mark.parametrize(
    ("text", "position"),
    [(b'{"a":1', 6), (b"", 0), (b'{"\xc3\xa9":x}', 6), (b'\xef\xbb\xbf{"a":x}', 8), (b"[1] 2", 4)],
)
def test_a_refusal_tells_the_byte(text: bytes, position: int) -> None:
    with pytest.raises(NotJson) as caught:
        loads(text)
    assert caught.value.position == position
    assert caught.value.reason


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 600, 1_025, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"]}":1,"[":[', "]}")])
def test_nesting_beyond_the_limit_is_refused(depth: int, opening: str, closing: str) -> None:
    with pytest.raises(NotJson, match="nested deeper than 512"):
        loads((opening * depth + "1" + closing * depth).encode())


def test_nesting_up_to_the_limit_is_read_and_written() -> None:
    text = "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH
    value, repairs = loads(text)
    assert repairs == ()
    assert dumps(value) == text


def test_brackets_in_strings_do_not_count_as_nesting() -> None:
    value = {"code": "[{" * 2_000, "list": [[[{}]]] * 1_000}
    assert loads(json.dumps(value)) == (value, ())


def test_what_json_has_no_word_for_is_written() -> None:
    value = {
        "decimal": Decimal("12345678901234567890.123456789012345678"),
        "not a number": Decimal("NaN"),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        "on": date(2026, 1, 2),
        "clock": time(3, 4, 5, tzinfo=UTC),
        "took": timedelta(seconds=1, milliseconds=500),
        "bytes": b"\x00\xff",
        "float": math.nan,
        "big": 2**70,
        "longer": 10**5_000,
        3: ("tuple", frozenset([1])),
        "surrogate": "\ud800",
    }
    decoded, _ = loads(dumps(value))
    assert isinstance(decoded, dict)
    assert '"decimal":12345678901234567890.123456789012345678,' in dumps(value)
    assert decoded["at"] == "2026-01-02T03:04:05.678901+00:00"
    assert (decoded["on"], decoded["clock"], decoded["took"]) == ("2026-01-02", "03:04:05+00:00", 1.5)
    assert (decoded["bytes"], decoded["float"], decoded["not a number"]) == ("AP8=", None, None)
    assert (decoded["big"], decoded["longer"]) == (2**70, "1" + "0" * 5_000)
    assert (decoded["3"], decoded["surrogate"]) == (["tuple", [1]], "\ufffd")


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(codec="utf-8")), children),
)


@given(JSON_VALUES)
def test_what_is_written_reads_back(value: Any) -> None:
    assert loads(dumps(value))[0] == value


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(octets: bytes) -> None:
    try:
        value, _ = loads(octets)
    except NotJson:
        return
    loads(dumps(value))


@given(st.text(alphabet='{}[]",:\\u0d89abcNnaIfity-+.eE \n', max_size=60))
def test_near_json_is_decoded_or_refused(text: str) -> None:
    try:
        value, _ = loads(text)
    except NotJson:
        return
    loads(dumps(value))
