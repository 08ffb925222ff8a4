"""Charts of a result as lines of text: bars, a line over time, a histogram, points; and the same as SVG."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from rich.cells import cell_len, set_cell_size

from tracetui.errors import InputError, TakenError, UsageError
from tracetui.render.safe import safe

KINDS = ("bar", "line", "histogram", "scatter")
MAX_POINTS = 20_000
MAX_BARS = 60
_LABEL_CELLS = 28
_TICKS = 5
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|BIGNUM)")
_ID = re.compile(r"(.*_)?id", re.IGNORECASE)
_FOUR_DIGITS, _MANY_DIGITS, _TOO_MANY = 1e3, 1e6, 1e15
_TOO_LITTLE, _FEW = 1e-9, 1e-4
_TIME = re.compile(r"DATE|TIMESTAMP.*")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_REMOTE_FONTS = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Rows(Protocol):
    """What a chart asks of a result."""

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def types(self) -> Sequence[str]: ...

    @property
    def row_count(self) -> int: ...

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Any]]: ...


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: a kind of `KINDS`, and indexes of the columns along and up; `x` is None in a histogram, `y` where
    rows are counted."""

    kind: str
    x: int | None
    y: int | None

    def turned(self) -> Chart:
        """The next kind."""
        return replace(self, kind=KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)])


def chosen(result: Rows, kind: str | None = None) -> Chart:
    """The chart that fits a result, or the one of that kind; raises UsageError where none does."""
    numbers = [at for at, name in enumerate(result.types) if _NUMBER.fullmatch(name)]
    times = [at for at, name in enumerate(result.types) if _TIME.fullmatch(name)]
    others = [at for at in range(len(result.types)) if at not in numbers and at not in times]
    words = sorted(
        others, key=lambda at: _ID.fullmatch(result.columns[at]) is not None
    )  # ids tell people least
    if kind is None:
        kind = _kind(bool(numbers), len(numbers) > 1, bool(times), bool(words))
    if kind in {"line", "histogram", "scatter"} and not numbers:
        raise UsageError(f"a {kind} needs a column of numbers")
    if kind == "histogram":
        return Chart(kind, None, numbers[0])
    if kind == "bar":
        return Chart(
            kind, (words or times or numbers)[0], numbers[0] if numbers and (words or times) else None
        )
    along = times[0] if times else numbers[0]
    if not times and len(numbers) < 2:
        raise UsageError(f"a {kind} needs a column of times, or a second one of numbers")
    return Chart(kind, along, next((at for at in numbers if at != along), along))


def _kind(has_number: bool, has_two: bool, has_time: bool, has_words: bool) -> str:
    if has_time and has_number:
        return "line"
    if has_words or not has_number:
        return "bar"
    return "scatter" if has_two else "histogram"


def title_of(chart: Chart, result: Rows) -> str:
    """What the chart shows, in words."""
    up = "rows" if chart.y is None else safe(result.columns[chart.y], 40)
    cut = f" (the first {MAX_POINTS:,} rows)" if result.row_count > MAX_POINTS else ""
    if chart.x is None:
        return f"{chart.kind} of {up}{cut}"
    return f"{up} by {safe(result.columns[chart.x], 40)}{cut}"


def chart_lines(chart: Chart, result: Rows, width: int, height: int) -> list[str]:
    """The chart as lines of safe text, at most `width` cells and `height` lines; raises UsageError where there is
    nothing to draw. Blocks while rows are read."""
    rows = result.rows(0, min(result.row_count, MAX_POINTS))
    if not rows:
        raise UsageError("there are no rows to draw")
    if chart.kind == "bar":
        return _bars(_bar_values(chart, rows), width, height)
    ys = [_number(row[chart.y or 0]) for row in rows]
    if chart.kind == "histogram":
        return _drawn(None, [y for y in ys if y is not None], chart.kind, width, height, is_time=False)
    at = chart.x or 0
    is_time = _TIME.fullmatch(result.types[at]) is not None
    xs = [_moment(row[at]) if is_time else _number(row[at]) for row in rows]
    pairs = sorted((x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None)
    return _drawn([x for x, _ in pairs], [y for _, y in pairs], chart.kind, width, height, is_time=is_time)


def _bar_values(chart: Chart, rows: Sequence[Sequence[Any]]) -> list[tuple[str, float | None]]:
    """Names and numbers; None where the number is unknown or none that can be drawn."""
    at = chart.x or 0
    if chart.y is None:
        return [
            (name, float(count)) for name, count in Counter(_label(row[at]) for row in rows).most_common()
        ]
    return [(_label(row[at]), _number(row[chart.y])) for row in rows]


def _label(value: Any) -> str:
    return "–" if value is None else safe(str(value), 200)


def _bars(values: list[tuple[str, float | None]], width: int, height: int) -> list[str]:
    room = min(height, MAX_BARS)
    shown = values if len(values) <= room else values[: room - 1]
    label = min(_LABEL_CELLS, max(cell_len(name) for name, _ in shown))
    figures = ["–" if value is None else _figure(value) for _, value in shown]
    figure = max(map(len, figures))
    cells = max(width - label - figure - 3, 4)
    most = max((abs(value) for _, value in shown if value), default=0.0)
    lines = [
        f"{_fitted(name, label)} {number:>{figure}} {_bar(abs(value) / most if value else 0.0, cells)}"
        for (name, value), number in zip(shown, figures, strict=True)
    ]
    return lines if len(shown) == len(values) else [*lines, f"… and {len(values) - len(shown):,} more"]


def _figure(value: float) -> str:
    """Six digits, or all those of what is longer before its point; small ones written out, as money is."""
    if _MANY_DIGITS <= abs(value) < _TOO_MANY:
        return f"{value:,.0f}"
    if _TOO_LITTLE <= abs(value) < _FEW:
        return f"{value:.12f}".rstrip("0")
    return f"{value:,.6g}"


def _fitted(text: str, cells: int) -> str:
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"


def _bar(share: float, cells: int) -> str:
    eighths = round(share * cells * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].rstrip()


def _drawn(
    xs: list[float] | None, ys: list[float], kind: str, width: int, height: int, *, is_time: bool
) -> list[str]:
    if not ys:
        raise UsageError("there is no number to draw")
    import plotext  # type: ignore[import-untyped]  # has no types

    figure: Any = plotext.figure
    figure.clear()
    figure.plot_size(max(width, 20), max(height, 6))
    along = ys if xs is None else xs
    ticks = _ticks(along)
    words = [_time_words(tick, ticks[-1] - ticks[0]) if is_time else _tick_words(tick) for tick in ticks]
    figure.ruler("x").ticks(ticks, words)
    if xs is None:
        signal = figure.hist(ys, bins=max(5, min(60, round(math.sqrt(len(ys))))))
    else:
        signal = figure.signal(xs, ys, marker="braille")
        signal.lines(kind == "line")
        figure.ruler("y").ticks(_ticks(ys), [_tick_words(tick) for tick in _ticks(ys)])
    figure.draw(signal)
    text = _STYLE.sub("", figure.build().string())
    return [safe(line.rstrip(), 2 * width) for line in text.splitlines()][:height]


def _ticks(values: Sequence[float]) -> list[float]:
    """Places of an axis, from the least value to the most."""
    least, most = min(values), max(values)
    return [least + (most - least) * part / (_TICKS - 1) for part in range(_TICKS)]


def _tick_words(value: float) -> str:
    return f"{value:,.0f}" if _FOUR_DIGITS <= abs(value) < _TOO_MANY else f"{value:,.4g}"


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _moment(value: Any) -> float | None:
    """Seconds since 1970 of a moment as the result tells it: ISO 8601, up to nanoseconds."""
    try:
        text = re.sub(r"(\.\d{6})\d+", r"\1", str(value))
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return None


def _time_words(at_s: float, span_s: float) -> str:
    pattern = "%Y-%m-%d" if span_s > 3 * 86_400 else "%m-%d %H:%M" if span_s > 7_200 else "%H:%M:%S"
    return datetime.fromtimestamp(at_s, UTC).strftime(pattern)


def svg_of(title: str, lines: Sequence[str]) -> str:
    """The lines as an SVG picture that asks nothing of the network: Rich's has its fonts fetched."""
    import io

    from rich.console import Console
    from rich.text import Text

    width = max(20, *(cell_len(line) for line in lines))
    console = Console(record=True, width=width, file=io.StringIO(), legacy_windows=False)
    for line in lines:
        console.print(Text(line, no_wrap=True))
    style, ending, picture = console.export_svg(title=title).partition("</style>")
    return f"{_REMOTE_FONTS.sub('', style)}{ending}{picture}"


def write_chart(target: Path, title: str, lines: Sequence[str], *, may_replace: bool = False) -> None:
    """Write a picture as SVG or text, as the name says; raises TakenError where the file exists and may not be
    replaced, UsageError where it is named otherwise."""
    endings = {".svg": lambda: svg_of(title, lines), ".txt": lambda: "\n".join([title, *lines, ""])}
    make = endings.get(target.suffix.lower())
    if make is None:
        raise UsageError(f"a chart is not written as {target.name}", "It ends in .svg or .txt.")
    try:
        if may_replace:
            temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}")
            temporary.write_text(make(), encoding="utf-8")
            os.replace(temporary, target)
            return
        with target.open("x", encoding="utf-8") as file:
            file.write(make())
    except FileExistsError:
        raise TakenError(f"{target} exists", "Choose another name; --overwrite replaces it.") from None
    except OSError as error:
        raise InputError(f"{target} could not be written: {error.strerror or error}") from None
