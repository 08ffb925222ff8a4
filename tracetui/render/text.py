"""Numbers as people read them: durations, tokens, money, times, sizes, rates.

Unknown (None) is always `–`, never 0. Times are shown in UTC. Nothing here reads the clock or the locale.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

UNKNOWN = "–"

_MICROSECOND, _MILLISECOND, _SECOND = 1_000, 1_000_000, 1_000_000_000
_UNITS = ("", "k", "M", "G", "T", "P")


def duration(duration_ns: int | None, unknown: str = UNKNOWN) -> str:
    """A duration for prose: `850 ns`, `12 µs`, `0.8 ms`, `41.3 s`, `2 m 05 s`, `1 h 02 m`, `3 d 04 h`."""
    if duration_ns is None:
        return unknown
    if duration_ns < 0:
        return f"−{duration(-duration_ns)}"
    return _short_duration(duration_ns) if duration_ns < 59_950_000_000 else _long_duration(duration_ns)


def _short_duration(duration_ns: int) -> str:
    if duration_ns == 0:
        return "0 ms"
    if duration_ns < _MICROSECOND:
        return f"{duration_ns} ns"
    if duration_ns < 100 * _MICROSECOND:
        return f"{duration_ns // _MICROSECOND} µs"
    if duration_ns < 99_950_000:
        return f"{duration_ns / _MILLISECOND:.1f} ms"
    if duration_ns < 999_500_000:
        return f"{duration_ns / _MILLISECOND:.0f} ms"
    return f"{duration_ns / _SECOND:.1f} s"


def _long_duration(duration_ns: int) -> str:
    seconds = (duration_ns + _SECOND // 2) // _SECOND
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} m {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} m"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours:02d} h"


def duration_cell(duration_ns: int | None) -> str:
    """A duration for a narrow column: as `duration` without spaces (`41.3s`, `2m05s`), empty when unknown."""
    return duration(duration_ns, unknown="").replace(" ", "")


def count(number: int | None, unknown: str = UNKNOWN) -> str:
    """A whole number with separators: `12,345`."""
    return unknown if number is None else f"{number:,}"


def short_count(number: float | None, unknown: str = UNKNOWN) -> str:
    """A number in at most five characters: `950`, `18.2k`, `1.3M`."""
    if number is None:
        return unknown
    if number < 0:
        return f"−{short_count(-number)}"
    if number < 999.5:
        return f"{number:.0f}"
    scaled, unit = float(number), 0
    while scaled >= 999.5 and unit < len(_UNITS) - 1:
        scaled, unit = scaled / 1000, unit + 1
    return f"{scaled:.1f}{_UNITS[unit]}" if scaled < 99.95 else f"{scaled:.0f}{_UNITS[unit]}"


def tokens(number: int | None) -> str:
    """Tokens for prose: `18.2k tok`, `– tok` when unknown."""
    return f"{short_count(number)} tok"


_CENT_USD, _FINEST_USD = Decimal("0.01"), Decimal("0.000001")


def money(cost_usd: Decimal | None, unknown: str = UNKNOWN, rounding: str = ROUND_HALF_EVEN) -> str:
    """US dollars: `$0`, `<$0.001`, `$0.124`, `$12.34`, `$1,234`; a value that is no number is unknown."""
    if cost_usd is None or not cost_usd.is_finite():
        return unknown
    if cost_usd < 0:
        return f"−{money(-cost_usd, rounding=_of_negative(rounding))}"
    if cost_usd == 0:
        return "$0"
    if cost_usd < Decimal("0.001"):
        return "<$0.001"
    digits = 3 if cost_usd < 1 else 2 if cost_usd < 1000 else 0
    return f"${_rounded(cost_usd, digits, rounding):,f}"


def fine_money(cost_usd: Decimal | None, unknown: str = UNKNOWN, rounding: str = ROUND_HALF_EVEN) -> str:
    """US dollars where small sums are compared: two digits that tell something of less than a cent, `$0.00034`."""
    if cost_usd is None or not cost_usd.is_finite() or not 0 < abs(cost_usd) < _CENT_USD:
        return money(cost_usd, unknown, rounding)
    if cost_usd < 0:
        return f"−{fine_money(-cost_usd, rounding=_of_negative(rounding))}"
    if cost_usd < _FINEST_USD:
        return f"<${_FINEST_USD:f}"
    return f"${_rounded(cost_usd, 1 - cost_usd.adjusted(), rounding):f}"


def _of_negative(rounding: str) -> str:
    """How the amount of a negative sum is rounded, so that the sum itself is rounded down where it is to be."""
    return ROUND_CEILING if rounding == ROUND_FLOOR else rounding


def _rounded(amount: Decimal, digits: int, rounding: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), rounding)


def least_fine_money(cost_usd: Decimal | None, is_least: bool, unknown: str = UNKNOWN) -> str:
    """A sum of costs in one cell: `≥ $0.124` where it is a lower bound, as calls or tokens without a price are left out;
    `≥ $0.00034` of less than a cent."""
    if not is_least or cost_usd is None:
        return fine_money(cost_usd, unknown)
    return _least(fine_money(cost_usd, rounding=ROUND_FLOOR))


def _least(amount: str) -> str:
    """A sum as a lower bound: rounded down, since more than all is no bound."""
    return "> $0" if amount.startswith("<") else f"≥ {amount}"


def money_with_coverage(
    cost_usd: Decimal | None,
    priced_calls: int | None,
    unpriced_calls: int | None,
    computed_calls: int | None = None,
    partly_priced_calls: int | None = None,
    unsized_calls: int | None = None,
) -> str:
    """A sum of costs that says what it leaves out and what is computed: `≥ $0.124 computed · 1 of 14 calls unpriced`,
    `≥ $0.124 computed · 2 of 14 calls priced in part` where tokens have no price.

    `cost unknown` when no call has a price, and why where all that is told is a sum of unsized calls; empty when there are
    no calls, or none counted yet, and no cost.
    """
    computed = _computed(priced_calls, computed_calls) if cost_usd is not None else ""
    if cost_usd is None:
        why = " · only the sum of calls priced by their size is told" if unsized_calls else ""
        return f"cost unknown{why}" if unpriced_calls else ""
    unpriced, partly = unpriced_calls or 0, partly_priced_calls or 0
    if not unpriced and not partly:
        return fine_money(cost_usd) + computed
    total = (priced_calls or 0) + unpriced
    missing = f" of {total:,} call{'' if total == 1 else 's'} "
    missing = f"{unpriced:,}{missing}unpriced" if unpriced else f"{partly:,}{missing}priced in part"
    also = f", {partly:,} in part" if unpriced and partly else ""
    return f"{least_fine_money(cost_usd, True)}{computed} · {missing}{also}"


def _computed(priced_calls: int | None, computed_calls: int | None) -> str:
    if not computed_calls:
        return ""
    return " computed" if computed_calls == priced_calls else f" ({computed_calls:,} computed)"


def size(size_bytes: int | None) -> str:
    """Bytes in decimal units: `999 B`, `1.2 kB`, `12 MB`."""
    if size_bytes is None:
        return UNKNOWN
    if size_bytes < 1000:
        return f"{size_bytes} B"
    scaled, unit = float(size_bytes), 0
    while scaled >= 999.5 and unit < len(_UNITS) - 1:
        scaled, unit = scaled / 1000, unit + 1
    return f"{scaled:.1f} {_UNITS[unit]}B" if scaled < 9.95 else f"{scaled:.0f} {_UNITS[unit]}B"


def rate(amount: float, elapsed_ns: int) -> str:
    """An amount a second: `12.3k/s`; unknown when no time has passed."""
    return f"{short_count(amount * _SECOND / elapsed_ns)}/s" if elapsed_ns > 0 else UNKNOWN


def byte_rate(size_bytes: int, elapsed_ns: int) -> str:
    """Bytes a second: `45 MB/s`; unknown when no time has passed."""
    return f"{size(size_bytes * _SECOND // elapsed_ns)}/s" if elapsed_ns > 0 else UNKNOWN


def percent(part: float, whole: float) -> str:
    """A share: `45 %`, `<1 %`; unknown when the whole is nothing."""
    if not whole:
        return UNKNOWN
    share = 100 * part / whole
    return "<1 %" if 0 < share < 1 else f"{share:.0f} %"


def date_time(at_ns: int | None) -> str:
    """A moment to the second in UTC: `2026-11-22 14:03:22`."""
    moment = _moment(at_ns)
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else _no_moment(at_ns)


def time_of_day(at_ns: int | None) -> str:
    """The time of day to the millisecond in UTC: `14:03:22.123`."""
    moment = _moment(at_ns)
    if moment is None or at_ns is None:
        return _no_moment(at_ns)
    return f"{moment:%H:%M:%S}.{at_ns % _SECOND // _MILLISECOND:03d}"


def timestamp(at_ns: int | None) -> str:
    """A moment in full, to the nanosecond in UTC: `2026-11-22T14:03:22.123456789Z`."""
    moment = _moment(at_ns)
    if moment is None or at_ns is None:
        return _no_moment(at_ns)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ns % _SECOND:09d}Z"


def _moment(at_ns: int | None) -> datetime | None:
    if at_ns is None:
        return None
    try:
        return datetime.fromtimestamp(at_ns // _SECOND, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _no_moment(at_ns: int | None) -> str:
    return UNKNOWN if at_ns is None else f"{at_ns} ns"


def short_path(path: str, characters: int) -> str:
    """The end of a path, which tells files apart, in so many characters; its last name is whole while it fits."""
    if len(path) <= characters:
        return path
    kept = path[-characters + 1 :]
    at = max(kept.find("/"), kept.find("\\"))
    return f"…{kept[at:] if at >= 0 else kept}"
