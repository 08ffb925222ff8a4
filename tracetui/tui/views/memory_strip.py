"""The whole run as a strip: keys down, points across, so that one sees where something happened; or how full the
context window was, call by call, and what was done to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, TypeAlias

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.message import Message

from tracetui.analysis.state.replay import FILES
from tracetui.api.memory import ContextChange, Point, Touch
from tracetui.model import StateOp
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.tui.widgets.fit import fit
from tracetui.tui.widgets.line_pane import LinePane

_LABEL_CELLS = 18
_MOST_GAP = 1
_LETTERS = {
    "compacted": "C", "truncated": "x", "cleared": "c", "edited": "e", "reordered": "o", "system_changed": "S",
    "tools_changed": "T",
}  # fmt: skip
_LEVELS, _ASCII_LEVELS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"
_ONE, _SEVERAL, _GONE, _NOTHING = "▪", "■", "✕", "·"
_ASCII = {_ONE: "o", _SEVERAL: "#", _GONE: "x", _NOTHING: "."}

Place = tuple[str, str, str]
Line: TypeAlias = "tuple[tuple[str, str], ...]"
"""Text and the component classes of `StripPane` that it is drawn in."""


class StripPane(LinePane, can_focus=False):
    """Shows these lines; a step along the run repaints those that differ."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "strip--muted", "strip--key", "strip--nothing", "strip--change", "strip--gone", "strip--cursor",
    }  # fmt: skip
    DEFAULT_CSS = """
    StripPane {
        & > .strip--muted { color: $foreground-muted; }
        & > .strip--key { color: $text-accent; }
        & > .strip--nothing { color: $border; }
        & > .strip--change { color: $text-warning; }
        & > .strip--gone { color: $text-error; }
        & > .strip--cursor { text-style: reverse; }
    }
    """

    class Clicked(Message):
        """A cell of the drawing was clicked, counted from the label on."""

        def __init__(self, cell: int) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()

    def on_click(self, event: events.Click) -> None:
        """A click on the drawing asks for what happened there."""
        cell = event.x - _LABEL_CELLS - 2
        if cell >= 0:
            self.post_message(self.Clicked(cell))

    def show(self, lines: Sequence[Line]) -> None:
        """Show these; no line, no pane."""
        before, self._lines = self._lines, lines
        if len(lines) != len(before):
            self.display = bool(lines)
            self.styles.height = len(lines)
            self.refresh()
        else:
            for y in range(len(lines)):
                if lines[y] != before[y]:
                    self.refresh_line(y)

    def extent(self) -> tuple[int, int, int]:
        """All lines are in view."""
        return 0, len(self._lines), len(self._lines)

    def line_key(self, y: int) -> Hashable:
        """A line looks like what it says."""
        return self._lines[y] if y < len(self._lines) else None

    def line_segments(self, y: int, width: int) -> Iterable[Segment]:
        """The line, one cell from the edge."""
        segments = [Segment(text, self.part(*style.split())) for text, style in self._lines[y]]
        return Segment.adjust_line_length([Segment(" ", self.base_style), *segments], width, self.base_style)

    def scroll_lines(self, lines: int) -> None:
        """There is nothing to scroll."""

    def scroll_to_line(self, first: int) -> None:
        """There is nothing to scroll."""


@dataclass(frozen=True, slots=True)
class Strip:
    """What the strip is drawn from: `seqs` holds the number of the last change by each point, `touched` where each key
    changed, as indexes of points, negative (and less one) where it was deleted."""

    seqs: Sequence[int]
    touched: Mapping[Place, Sequence[int]]


def strip_of(points: Sequence[Point], touches: Sequence[Touch]) -> Strip:
    """Puts each change to the first point that shows it."""
    seqs = [point.seq for point in points]
    touched: dict[Place, list[int]] = {}
    at = 0
    for touch in touches:
        while at < len(seqs) and seqs[at] < touch.seq:
            at += 1
        touched.setdefault(touch.place, []).append(-at - 1 if touch.op is StateOp.DELETE else at)
    return Strip(seqs, touched)


def points_of(strip: Strip, place: Place) -> set[int]:
    """The points that changed a key."""
    return {at if at >= 0 else -at - 1 for at in strip.touched.get(place, ())}


def key_lines(
    strip: Strip, wanted: Sequence[Place], selected: Place | None, at: int, width: int, height: int, *, is_ascii: bool
) -> Iterator[Line]:  # fmt: skip
    """A line a key, those that changed most, in their order; the selected one is always there, the rest are counted."""
    known = [place for place in wanted if place in strip.touched]
    rows = height if len(known) <= height else height - 1
    most = sorted(known, key=lambda place: (place != selected, -len(strip.touched[place])))[: max(rows, 1)]
    cells = _drawn_cells(width)
    for place in (place for place in known if place in most):
        style = "strip--key" if place == selected else "strip--muted"
        label = _label(_words(place))
        drawn = _cells(strip.touched[place], len(strip.seqs), cells, at, is_ascii=is_ascii)
        yield (label, style), (" ", ""), *drawn
    if len(known) > len(most):
        yield ((f"{len(known) - len(most):,} more keys", "strip--muted"),)


def _words(place: Place) -> str:
    store, _, key = place
    if store == FILES:
        return safe(text.short_path(key, _LABEL_CELLS))
    return safe(key if store == "state" else f"{store}: {key}")


def _cells(
    touched: Sequence[int], points: int, cells: int, at: int, *, is_ascii: bool
) -> Iterator[tuple[str, str]]:
    columns = min(cells, max(points, 1))
    counts, gone = [0] * columns, set()
    for mark in touched:
        column = (mark if mark >= 0 else -mark - 1) * columns // max(points, 1)
        counts[column] += 1
        if mark < 0:
            gone.add(column)
    cursor = at * columns // max(points, 1)
    gap = " " * _gap_cells(columns, cells)
    drawn = [_cell(count, column in gone, is_ascii=is_ascii) for column, count in enumerate(counts)]
    sign, style = drawn[cursor]
    yield from _runs(drawn[:cursor], gap)
    yield sign, f"{style} strip--cursor"
    yield gap, ""
    yield from _runs(drawn[cursor + 1 :], gap)


def _drawn_cells(width: int) -> int:
    return max(width - _LABEL_CELLS - 1, 1)


def _gap_cells(columns: int, cells: int) -> int:
    return _MOST_GAP if columns * (_MOST_GAP + 1) <= cells else 0


def point_at(cell: int, points: int, width: int) -> int | None:
    """The first of so many points that `key_lines` draws in a cell; None beside them."""
    cells = _drawn_cells(width)
    columns = min(cells, max(points, 1))
    return _first_in(cell // (_gap_cells(columns, cells) + 1), points, columns)


def step_at(cell: int, changes: Sequence[ContextChange], width: int) -> int | None:
    """The first step that `window_lines` draws in a cell; None beside them."""
    steps = sorted({change.step for change in changes})
    at = _first_in(cell, len(steps), min(_drawn_cells(width), len(steps)))
    return None if at is None else steps[at]


def _first_in(column: int, count: int, columns: int) -> int | None:
    """The first of `count` things that stands in a column where `thing * columns // count` is its column."""
    return -(-column * count // columns) if column < columns and count else None


def _cell(count: int, is_gone: bool, *, is_ascii: bool) -> tuple[str, str]:
    sign = _GONE if is_gone else _SEVERAL if count > 1 else _ONE if count else _NOTHING
    style = "strip--gone" if is_gone else "strip--change" if count else "strip--nothing"
    return _ASCII[sign] if is_ascii else sign, style


def _runs(cells: Sequence[tuple[str, str]], gap: str) -> Iterator[tuple[str, str]]:
    """Cells of one style in one piece: a screen draws as fast as there are few."""
    for style, run in groupby(cells, key=lambda cell: cell[1]):
        yield "".join(sign + gap for sign, _ in run), style


def window_lines(
    changes: Sequence[ContextChange], step: int, width: int, *, is_ascii: bool
) -> Iterator[Line]:
    """Two lines: tokens of the window at each step, and letters for what was done to it."""
    steps = sorted({change.step for change in changes})
    if not steps:
        return
    columns = min(_drawn_cells(width), len(steps))
    tokens, letters = [-1] * columns, [" "] * columns
    order = {each: number * columns // len(steps) for number, each in enumerate(steps)}
    for change in changes:
        column = order[change.step]
        tokens[column] = max(tokens[column], -1 if change.window_tokens is None else change.window_tokens)
        letters[column] = _LETTERS.get(change.change, letters[column])
    most = max(tokens)
    limit = max((change.window_limit or 0 for change in changes), default=0)
    levels = _ASCII_LEVELS if is_ascii else _LEVELS
    top = max(most, 1)
    unknown = "?" if most > 0 else " "
    bars = "".join(unknown if held < 0 else levels[-(-held * (len(levels) - 1) // top)] for held in tokens)
    cursor = order.get(max((each for each in steps if each <= step), default=steps[0]), 0)
    told = f"≤{text.short_count(max(most, 0))}" + (f" of {text.short_count(limit)}" if limit else " tokens")
    label = _label(told.replace("≤", "<") if is_ascii else told)
    if most > 0:
        yield (label, "strip--muted"), (" ", ""), *_with_cursor(bars, cursor, "strip--key")
    marks = "".join(letters)
    if marks.strip():
        yield (_label("changed"), "strip--muted"), (" ", ""), *_with_cursor(marks, cursor, "strip--change")


def _label(words: str) -> str:
    return set_cell_size(fit(words, _LABEL_CELLS), _LABEL_CELLS)


def _with_cursor(cells: str, cursor: int, style: str) -> Iterator[tuple[str, str]]:
    yield cells[:cursor], style
    yield cells[cursor : cursor + 1], f"{style} strip--cursor"
    yield cells[cursor + 1 :], style
