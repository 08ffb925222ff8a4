"""Rows of the Compare view: aligned steps side by side, what is the same folded."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tracetui.analysis.diff.align import Mark
from tracetui.analysis.diff.compared import ComparedRun
from tracetui.analysis.diff.runs import Level, Row
from tracetui.analysis.diff.volatile import Volatile
from tracetui.api.diffs import RunDiff
from tracetui.model import Status
from tracetui.render import text
from tracetui.render.row_changes import argument_words, given_words
from tracetui.render.run_diff import row_sign, row_words
from tracetui.render.signs import Signs
from tracetui.tui.views.compare_header import Header, header_of
from tracetui.tui.views.compare_pages import summary_sections
from tracetui.tui.widgets.document import Section
from tracetui.tui.widgets.grid_columns import GAP_CELLS, Cell, Column

_ALWAYS = 0
_NEVER = 99
_LEAST_FOLDED = 2
_SIDE_BY_SIDE_CELLS = 96
_FIGURE_CELLS = 8
_WORDS_CELLS = 22
_INDENT_LEVELS = 12


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows `start … end-1` of a comparison in one line; a filter has left them out, or they do not differ."""

    start: int
    end: int
    is_left_out: bool = False


Line: TypeAlias = "int | Fold"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared, made for the screen in a thread: `weight` is the gravest level of each row, 0 where the row
    is shown in any case, 99 where nothing differs; `header` and `summary` are what stands above and beside the rows;
    `rule` says what did not count, `figures` which of time, tokens and cost are known of any row."""

    diff: RunDiff
    weight: Sequence[int]
    header: Header
    summary: Sequence[Section]
    rule: Volatile
    is_whole: bool
    figures: tuple[bool, bool, bool]

    def first(self) -> int:
        """The row where the runs part, else the first."""
        return self.diff.divergence.row if self.diff.divergence is not None else 0


def prepared(diff: RunDiff, rule: Volatile, is_whole: bool = True) -> Comparison:
    """A comparison by a rule with the weights of its rows; for a thread."""
    weight = [_weight(row) for row in diff.rows]
    figures = (
        any(row.duration_ns for row in diff.rows),
        any(row.tokens for row in diff.rows),
        any(row.cost_usd for row in diff.rows),
    )
    header, summary = header_of(diff, is_whole), summary_sections(diff, rule)
    return Comparison(diff, weight, header, summary, rule, is_whole, figures)


def same_row(before: Comparison, row: int, after: Comparison) -> int:
    """Where the step of a row stands in another comparison of the same runs."""
    if not before.diff.rows:
        return after.first()
    step = before.diff.rows[row]
    found = (
        at
        for at, each in enumerate(after.diff.rows)
        if (each.b == step.b if step.b is not None else each.a == step.a)
    )
    return next(found, after.first())


def _weight(row: Row) -> int:
    if row.mark not in {Mark.PAIRED, Mark.RECUT, Mark.WAITING}:
        return _ALWAYS
    return min(row.levels, default=_NEVER)


def lines_of(
    found: Comparison, level: Level, opened: Container[int], only: Sequence[int] | None = None
) -> list[Line]:
    """The rows that differ at a level or one that matters more, with `only` these rows, the others folded but for
    stretches whose first row is in `opened`."""
    if only is not None:
        return _only_lines(len(found.diff.rows), opened, only)
    lines: list[Line] = []
    start = 0
    weight = [*found.weight, _ALWAYS]
    for row, own in enumerate(weight):
        if own > level:
            continue
        if row - start >= _LEAST_FOLDED and start not in opened:
            lines.append(Fold(start, row))
        else:
            lines.extend(range(start, row))
        if row < len(found.weight):
            lines.append(row)
        start = row + 1
    return lines


def _only_lines(count: int, opened: Container[int], only: Sequence[int]) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for row in (*only, count):
        if row > start:
            lines.extend(range(start, row) if start in opened else [Fold(start, row, is_left_out=True)])
        if row < count:
            lines.append(row)
        start = row + 1
    return lines


def first_row(line: Line) -> int:
    """The first row in a line."""
    return line.start if isinstance(line, Fold) else line


def step_text(run: ComparedRun, place: int, signs: Signs) -> str:
    """A span by its depth, step, kind, name and failure."""
    indent = "  " * min(run.depth[place], _INDENT_LEVELS)
    step = f"{run.step[place]} " if run.step[place] else ""
    failed = f" {signs.status[Status.ERROR]}" if run.status[place] is Status.ERROR else ""
    return f"{indent}{step}{signs.kind[run.kind[place]]} {run.name_of(place)}{failed}"


def row_text(diff: RunDiff, row: Row, signs: Signs) -> str:
    """All that a filter or a search looks at."""
    sides = ((diff.alignment.a, row.a), (diff.alignment.b, row.b))
    steps = [step_text(run, place, signs) for run, place in sides if place is not None]
    given = (given_words(text) for text in diff.texts.given(row))
    return " ".join((*steps, row_words(diff, row, Level.COST), *given))


class CompareRows:
    """What the grid asks for: one line a row or fold; side by side where the screen is wide enough."""

    def __init__(
        self, found: Comparison, lines: Sequence[Line], level: Level, width: int, signs: Signs
    ) -> None:
        self._diff, self._lines, self._level, self._signs = found.diff, lines, level, signs
        self._is_wide = width >= _SIDE_BY_SIDE_CELLS
        self._figures = found.figures
        self.columns: Sequence[Column] = _columns(width, self._is_wide, found.figures)

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these lines."""
        return [self._cells(line) for line in self._lines[start:stop]]

    def _cells(self, line: Line) -> list[Cell]:
        if isinstance(line, Fold):
            return self._fold_cells(line)
        row = self._diff.rows[line]
        sign, style = row_sign(row, self._signs), _style(row)
        words = row_words(self._diff, row, self._level)
        figures = [cell for cell, is_known in zip(_figures(row), self._figures, strict=True) if is_known]
        return [(sign, style), *self._steps(row, style), (words, style), *figures]

    def _steps(self, row: Row, style: str) -> list[Cell]:
        a, b = self._diff.alignment.a, self._diff.alignment.b
        ours = step_text(a, row.a, self._signs) if row.a is not None else ""
        theirs = step_text(b, row.b, self._signs) if row.b is not None else ""
        if not self._is_wide:
            return [(f"{theirs or ours}  {argument_words(self._diff, row)}".rstrip(), style)]
        given = (given_words(text) for text in self._diff.texts.given(row))
        return [
            (f"{step}  {words}".rstrip(), style) for step, words in zip((ours, theirs), given, strict=True)
        ]

    def _fold_cells(self, fold: Fold) -> list[Cell]:
        row = self._diff.rows[fold.start]
        rows = self._diff.rows[fold.start : fold.end]
        nearly = sum(1 for each in rows if each.levels)
        words = f"{len(rows) - nearly:,} the same" if len(rows) > nearly else ""
        words += f"{', ' if words else ''}{nearly:,} nearly" if nearly else ""
        if any(each.mark is Mark.WAITING for each in rows):
            words = f"{len(rows):,} not aligned yet"
        if fold.is_left_out:
            words = f"{len(rows):,} other{'' if len(rows) == 1 else 's'}"
        place, run = (row.b, self._diff.alignment.b) if row.b is not None else (row.a, self._diff.alignment.a)
        indent = "  " * min(run.depth[place or 0], _INDENT_LEVELS)
        told: Cell = (f"{indent}{words}", "muted")
        steps = [told, told] if self._is_wide else [told]
        return [(self._signs.closed, "muted"), *steps, *[("", "")] * (1 + sum(self._figures))]


def _style(row: Row) -> str:
    if row.mark is Mark.LONE:
        return "success" if row.a is None else "error"
    if row.mark in {Mark.PAIRED, Mark.RECUT}:
        return "warning" if row.levels else "muted"
    return "muted" if row.mark is Mark.WAITING else "accent"


def _figures(row: Row) -> list[Cell]:
    return [
        (_more(row.duration_ns, text.duration_cell(abs(row.duration_ns or 0))), "muted"),
        (_more(row.tokens, text.short_count(abs(row.tokens or 0))), "muted"),
        (_more(row.cost_usd, text.money(abs(row.cost_usd or Decimal(0)))), "muted"),
    ]


def _more(number: int | Decimal | None, shown: str) -> str:
    return "" if not number else f"{'+' if number > 0 else '−'}{shown}"


def _columns(width: int, is_wide: bool, known: Sequence[bool]) -> list[Column]:
    titles = (("duration", "Δ time"), ("tokens", "Δ tok"), ("cost", "Δ cost"))
    figures = [
        Column(key, title, "right", max_width=_FIGURE_CELLS)
        for (key, title), is_known in zip(titles, known, strict=True)
        if is_known
    ]
    used = 4 + len(figures) * (_FIGURE_CELLS - 1 + GAP_CELLS) + _WORDS_CELLS + GAP_CELLS
    room = max(width - used, 24)
    sides = (("a", "A"), ("b", "B")) if is_wide else (("step", "step"),)
    each = max(room // len(sides) - GAP_CELLS, 16)
    steps = [Column(key, title, min_width=each, max_width=each) for key, title in sides]
    return [Column("mark", ""), *steps, Column("differs", "what differs", max_width=_WORDS_CELLS), *figures]
