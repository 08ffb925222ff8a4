"""Points in time and ids in every notation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.formats import ids
from tracetui.formats.times import (
    iso_to_ns,
    ms_to_ns,
    ns_to_ns,
    pair_to_ns,
    s_to_ns,
    to_ns,
    us_to_ns,
)
from tracetui.model import LATEST_NS

SECOND = 1_700_000_000
NS = SECOND * 10**9


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SECOND, NS),
        (SECOND * 1_000 + 7, NS + 7_000_000),
        (SECOND * 10**6 + 7, NS + 7_000),
        (NS + 7, NS + 7),
        (1_700_000_000.123456, NS + 123_456_000),
        ("1700000000", NS),
        ("1700000000.5", NS + 500_000_000),
        (str(NS + 123), NS + 123),
        ([SECOND, 9], NS + 9),
        ({"seconds": str(SECOND), "nanos": 9}, NS + 9),
        ("2023-11-14T22:13:20Z", NS),
        ("2023-11-14 22:13:20", NS),
        ("2023-11-14T22:13:20.123456789Z", NS + 123_456_789),
        ("2023-11-14T22:13:20.1234567+00:00", NS + 123_456_700),
        ("2023-11-14T22:13:20.1234567891234Z", NS + 123_456_789),
        ("2023-11-15T00:13:20+02:00", NS),
        ("2023-11-14T17:13:20-0500", NS),
        ("2023-11-14 22:13:20.5 UTC", NS + 500_000_000),
        ("1970-01-02", 86_400 * 10**9),
    ],
)
def test_times_of_unknown_unit(value: Any, expected: int) -> None:
    assert to_ns(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "soon", 0, -5, True, [], [1], {}, 10**30, float("nan"), float("inf"), "9" * 25),
        *("2300-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2023-13-01", "2023-02-30T00:00:00Z"),
        "2023-11-14T22:61:00Z",
    ],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert to_ns(value) is None


def test_integers_never_pass_through_a_float() -> None:
    odd = 1_700_000_000_123_456_789
    assert ns_to_ns(odd) == ns_to_ns(str(odd)) == odd
    assert us_to_ns(odd // 1_000) == odd // 1_000 * 1_000
    assert ms_to_ns(SECOND * 1_000 + 1) == NS + 1_000_000
    assert s_to_ns("1700000000.000000001") == NS + 1
    assert pair_to_ns([SECOND, 10**9]) is None


@settings(deadline=None)
@given(st.datetimes())
def test_iso_agrees_with_the_standard_library(moment: datetime) -> None:
    since = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
    assert iso_to_ns(moment.isoformat()) == (ns if 0 < ns <= LATEST_NS else None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5B8EFFF798038103D269B633813FC60C", "5b8efff798038103d269b633813fc60c"),
        ("0x5b8efff798038103d269b633813fc60c", "5b8efff798038103d269b633813fc60c"),
        ("W47/95gDgQPSabYzgT/GDA==", "5b8efff798038103d269b633813fc60c"),
        ("run-7", "run-7"),
        ("Ab", "Ab"),
        ("0" * 32, None),
        ("0x" + "0" * 32, None),
        ("", None),
        (None, None),
        (["a"], None),
        (42, "42"),
    ],
)
def test_trace_ids(value: Any, expected: str | None) -> None:
    assert ids.trace_id(value) == expected


def test_base64_is_taken_only_where_certain() -> None:
    assert ids.span_id("7uGbfsPBsXQ=") == "eee19b7ec3c1b174"
    assert ids.span_id("7uGbfsPBsXR=") == "7uGbfsPBsXR="  # encoding back gives another text
    assert ids.span_id("7uGbfsPBsXQ") == "7uGbfsPBsXQ"
