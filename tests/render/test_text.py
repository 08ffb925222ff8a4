"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tracetui.render import text

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("duration_ns", "shown"),
    [
        (None, "–"),
        (0, "0 ms"),
        (850, "850 ns"),
        (12_345, "12 µs"),
        (800_000, "0.8 ms"),
        (99_949_999, "99.9 ms"),
        (99_960_000, "100 ms"),
        (999_499_999, "999 ms"),
        (999_600_000, "1.0 s"),
        (41_300_000_000, "41.3 s"),
        (59_949_999_999, "59.9 s"),
        (59_960_000_000, "1 m 00 s"),
        (125 * SECOND, "2 m 05 s"),
        (3_599_700_000_000, "1 h 00 m"),
        (3_725 * SECOND, "1 h 02 m"),
        (100 * 3600 * SECOND, "4 d 04 h"),
        (-800_000, "−0.8 ms"),
    ],
)
def test_durations(duration_ns: int | None, shown: str) -> None:
    assert text.duration(duration_ns) == shown


def test_duration_in_a_column() -> None:
    assert [text.duration_cell(value) for value in (None, 125 * SECOND, 9 * SECOND)] == ["", "2m05s", "9.0s"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(None, "–"), (0, "0"), (950, "950"), (999, "999"), (1000, "1.0k"), (18_234, "18.2k"), (999_600, "1.0M")],
)
def test_short_counts(number: int | None, shown: str) -> None:
    assert text.short_count(number) == shown


@pytest.mark.parametrize(
    ("cost_usd", "shown"),
    [
        (None, "–"),
        (Decimal(0), "$0"),
        (Decimal("0.0004"), "<$0.001"),
        (Decimal("0.124"), "$0.124"),
        (Decimal("12.345"), "$12.34"),
        (Decimal("1234.5"), "$1,234"),
        (Decimal("NaN"), "–"),
        (Decimal("-0.5"), "−$0.500"),
    ],
)
def test_money(cost_usd: Decimal | None, shown: str) -> None:
    assert text.money(cost_usd) == shown


def test_small_sums_are_told_apart_where_they_are_compared() -> None:
    amounts = ("0.0039", "0.00034", "-0.00034", "0.000009", "0.0000001", "0.124", "0")
    shown = ["$0.0039", "$0.00034", "−$0.00034", "$0.0000090", "<$0.000001", "$0.124", "$0"]
    assert [text.fine_money(Decimal(amount)) for amount in amounts] == shown
    assert text.least_fine_money(Decimal("0.0000001"), True) == "> $0"
    assert text.least_fine_money(Decimal("0.0004"), True) == "≥ $0.00040"


def test_a_lower_bound_is_rounded_down() -> None:
    bounds = ["0.1238", "0.12389", "0.009999", "12.349", "1999.9"]
    shown = ["≥ $0.123", "≥ $0.123", "≥ $0.0099", "≥ $12.34", "≥ $1,999"]
    assert [text.least_fine_money(Decimal(amount), True) for amount in bounds] == shown
    assert text.money_with_coverage(Decimal("0.00042"), 2, 0) == "$0.00042"


def test_money_says_what_it_leaves_out() -> None:
    assert text.money_with_coverage(Decimal("0.124"), 13, 1) == "≥ $0.124 · 1 of 14 calls unpriced"
    assert text.money_with_coverage(Decimal("0.124"), 14, 0) == "$0.124"
    assert text.money_with_coverage(None, 0, 1) == "cost unknown"
    assert text.money_with_coverage(None, 0, 0) == ""


def test_sizes_and_rates() -> None:
    assert [text.size(value) for value in (None, 0, 999, 1_200, 12_000_000)] == [
        "–",
        "0 B",
        "999 B",
        "1.2 kB",
        "12 MB",
    ]
    assert text.rate(24_600, 2 * SECOND) == "12.3k/s"
    assert text.byte_rate(90_000_000, 2 * SECOND) == "45 MB/s"
    assert text.rate(5, 0) == text.byte_rate(5, 0) == "–"
    assert [text.percent(*pair) for pair in ((45, 100), (1, 1000), (0, 5), (1, 0))] == [
        "45 %",
        "<1 %",
        "0 %",
        "–",
    ]


def test_moments_are_utc_and_never_fail() -> None:
    at_ns = 1_795_356_202_123_456_789
    assert text.date_time(at_ns) == "2026-11-22 14:03:22"
    assert text.time_of_day(at_ns) == "14:03:22.123"
    assert text.timestamp(at_ns) == "2026-11-22T14:03:22.123456789Z"
    assert text.date_time(None) == "–"
    assert text.date_time(10**30) == f"{10**30} ns"
    assert text.timestamp(-1) == "1969-12-31T23:59:59.999999999Z"
