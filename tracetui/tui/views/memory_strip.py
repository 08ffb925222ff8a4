"""The whole run as a strip: keys down, points across, so that one sees where something happened; or how full the
context window was, call by call, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import set_cell_size
from textual.content import Content

from tracetui.api.memory import ContextChange, Point, Touch
from tracetui.model import StateOp
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.tui.widgets.fit import fit

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
) -> Iterator[Content]:  # fmt: skip
    """A line a key, those that changed most, in their order; the selected one is always there, the rest are counted."""
    known = [place for place in wanted if place in strip.touched]
    rows = height if len(known) <= height else height - 1
    most = sorted(known, key=lambda place: (place != selected, -len(strip.touched[place])))[: max(rows, 1)]
    cells = max(width - _LABEL_CELLS - 1, 1)
    for place in (place for place in known if place in most):
        style = "$text-accent" if place == selected else "$foreground-muted"
        label = _label(safe(place[2] if place[0] == "state" else f"{place[0]}: {place[2]}"))
        drawn = _cells(strip.touched[place], len(strip.seqs), cells, at, is_ascii=is_ascii)
        yield Content.assemble((label, style), " ", *drawn)
    if len(known) > len(most):
        yield Content.assemble((f"{len(known) - len(most):,} more keys", "$foreground-muted"))


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
    gap = " " * (_MOST_GAP if columns * (_MOST_GAP + 1) <= cells else 0)
    drawn = [_cell(count, column in gone, is_ascii=is_ascii) for column, count in enumerate(counts)]
    sign, style = drawn[cursor]
    yield from _runs(drawn[:cursor], gap)
    yield sign, f"{style} reverse"
    yield gap, ""
    yield from _runs(drawn[cursor + 1 :], gap)


def _cell(count: int, is_gone: bool, *, is_ascii: bool) -> tuple[str, str]:
    sign = _GONE if is_gone else _SEVERAL if count > 1 else _ONE if count else _NOTHING
    style = "$text-error" if is_gone else "$text-warning" if count else "$border"
    return _ASCII[sign] if is_ascii else sign, style


def _runs(cells: Sequence[tuple[str, str]], gap: str) -> Iterator[tuple[str, str]]:
    """Cells of one style in one piece: a screen draws as fast as there are few."""
    for style, run in groupby(cells, key=lambda cell: cell[1]):
        yield "".join(sign + gap for sign, _ in run), style


def window_lines(
    changes: Sequence[ContextChange], step: int, width: int, *, is_ascii: bool
) -> Iterator[Content]:
    """Two lines: tokens of the window at each step, and letters for what was done to it."""
    steps = sorted({change.step for change in changes})
    if not steps:
        return
    columns = min(max(width - _LABEL_CELLS - 1, 1), len(steps))
    tokens, letters = [0] * columns, [" "] * columns
    order = {each: number * columns // len(steps) for number, each in enumerate(steps)}
    for change in changes:
        column = order[change.step]
        tokens[column] = max(tokens[column], change.window_tokens or 0)
        letters[column] = _LETTERS.get(change.change, letters[column])
    most = max(tokens)
    limit = max((change.window_limit or 0 for change in changes), default=0)
    levels = _ASCII_LEVELS if is_ascii else _LEVELS
    top = max(most, 1)
    bars = "".join(levels[-(-held * (len(levels) - 1) // top)] for held in tokens)
    cursor = order.get(max((each for each in steps if each <= step), default=steps[0]), 0)
    told = f"window ≤{text.short_count(most)}" + (f" of {text.short_count(limit)}" if limit else "")
    label = _label(told.replace("≤", "<") if is_ascii else told)
    if most:
        yield Content.assemble((label, "$foreground-muted"), " ", *_with_cursor(bars, cursor, "$text-accent"))
    marks = "".join(letters)
    if marks.strip():
        named = (_label("changed"), "$foreground-muted")
        yield Content.assemble(named, " ", *_with_cursor(marks, cursor, "$text-warning"))


def _label(words: str) -> str:
    return set_cell_size(fit(words, _LABEL_CELLS), _LABEL_CELLS)


def _with_cursor(cells: str, cursor: int, style: str) -> Iterator[tuple[str, str]]:
    yield cells[:cursor], style
    yield cells[cursor : cursor + 1], f"{style} reverse"
    yield cells[cursor + 1 :], style
