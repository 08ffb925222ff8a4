"""One row of the span tree as segments, in columns that fit the width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tracetui.model import SpanKind, Status
from tracetui.render.signs import Signs
from tracetui.render.text import duration_cell, least_fine_money, short_count
from tracetui.tui.widgets.fit import fit
from tracetui.tui.widgets.span_figures import RowFigures, RowHead, Sum
from tracetui.tui.widgets.timeline import Scale, bar

MIN_LABEL_CELLS = 24
MIN_BAR_CELLS = 8
MAX_BAR_CELLS = 64
INDENT_CELLS = 2
MAX_KEPT = 2_000

_DURATION, _TOKENS, _COST = 8, 8, 11
_MIN_STEP = 5

PART_STYLES = frozenset(
    f"span-tree--{part}"
    for part in [
        "cursor",
        "hit",
        "guide",
        "fold",
        "label",
        "synthetic",
        "error",
        "interrupted",
        "unfinished",
        "repeat",
        "muted",
        "slow",
        "memory",
        "memory-wrong",
        "agent",
        "llm",
        "tool",
        "other",
        "bar-agent",
        "bar-llm",
        "bar-tool",
        "bar-other",
        "bar-error",
        "duration",
        "tokens",
        "cost",
    ]
)

_KIND_PARTS = {SpanKind.AGENT: "agent", SpanKind.CHAIN: "agent", SpanKind.LLM: "llm", SpanKind.TOOL: "tool"}
_REVERSE = Style(reverse=True)
_STATUS_PARTS = {Status.ERROR: "error", Status.INTERRUPTED: "interrupted", Status.UNFINISHED: "unfinished"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column of a row; 0 leaves it out."""

    label: int
    step: int
    bar: int
    duration: int
    tokens: int
    cost: int


def plan_columns(width: int, last_step: int, has_times: bool, has_tokens: bool, has_cost: bool) -> Columns:
    """Columns for a width: the label keeps 24 cells; bar, then tokens, then cost, then duration give way."""
    left = width - MIN_LABEL_CELLS

    def take(cells: int, is_wanted: bool) -> int:
        nonlocal left
        if not is_wanted or left < cells:
            return 0
        left -= cells
        return cells

    duration = take(_DURATION, has_times)
    cost = take(_COST, has_cost)
    tokens = take(_TOKENS, has_tokens and width >= 64)
    step = take(max(_MIN_STEP, len(str(last_step)) + 1), width >= 90)
    has_bar = has_times and width >= 50 and left > MIN_BAR_CELLS
    bar_cells = max(MIN_BAR_CELLS, min(MAX_BAR_CELLS, left * 3 // 5)) if has_bar else 0
    label = width - duration - cost - tokens - step - bar_cells
    return Columns(max(0, label), step, bar_cells, duration, tokens, cost)


class RowPainter:
    """Paints rows of one tree in one width; `style` gives the style of component classes, the row's own ones first.

    Heads and bars are kept: most rows of a large tree look like one that was painted before.
    """

    def __init__(
        self, signs: Signs, scale: Scale | None, columns: Columns, style: Callable[..., Style]
    ) -> None:
        self.signs = signs
        self.scale = scale
        self.columns = columns
        self._style = style
        self._styles: dict[tuple[str, bool], Style] = {}
        self._heads: dict[tuple[RowHead, bool, bool], tuple[Segment, ...]] = {}
        self._bars: dict[tuple[int, int, str, bool], tuple[Segment, ...]] = {}

    def paint(self, row: RowFigures, is_cursor: bool, is_hit: bool) -> list[Segment]:
        """Segments of one row, as wide as the columns together."""
        columns = self.columns
        segments = [*self._head(row.head, is_cursor, is_hit)]
        if columns.step:
            segments.append(self._right(str(row.step or ""), columns.step, "muted", is_cursor))
        if columns.bar:
            segments += self._bar(row, is_cursor)
        if columns.duration:
            text, part = duration_cell(row.duration_ns), "duration"
            if row.is_slow:
                text, part = self.signs.slow + text, "slow"
            segments.append(self._right(text, columns.duration, part, is_cursor))
        if columns.tokens:
            text = self._tokens(row.tokens)
            segments.append(self._right(text, columns.tokens, "tokens", is_cursor))
        if columns.cost:
            text = self._cost(row.cost_usd)
            segments.append(self._right(text, columns.cost, "cost", is_cursor))
        return segments

    def _part(self, part: str, is_cursor: bool) -> Style:
        style = self._styles.get((part, is_cursor))
        if style is None:
            over = ("span-tree--cursor",) if is_cursor else ()
            style = self._styles[part, is_cursor] = self._style(f"span-tree--{part}", *over)
        return style

    def _right(self, text: str, cells: int, part: str, is_cursor: bool) -> Segment:
        """Figures at the right of their column; each of their characters is one cell wide."""
        if len(text) > cells:
            text = fit(text, cells)
        return Segment(text.rjust(cells), self._part(part, is_cursor))

    def _tokens(self, tokens: Sum[int]) -> str:
        return self._total(tokens.is_total, short_count(tokens.amount, unknown=""))

    def _cost(self, cost: Sum[Decimal]) -> str:
        shown = least_fine_money(cost.amount, cost.is_least, unknown="")
        return self._total(cost.is_total, shown.replace(" ", ""))

    def _total(self, is_total: bool, shown: str) -> str:
        return f"{self.signs.total}{shown}" if is_total else shown

    def _head(self, head: RowHead, is_cursor: bool, is_hit: bool) -> tuple[Segment, ...]:
        key = (head, is_cursor, is_hit)
        segments = self._heads.get(key)
        if segments is None:
            if len(self._heads) > MAX_KEPT:
                self._heads.clear()
            painted = self._paint_head(head, is_cursor, is_hit)
            segments = self._heads[key] = tuple(Segment.simplify(painted))
        return segments

    def _paint_head(self, head: RowHead, is_cursor: bool, is_hit: bool) -> Iterator[Segment]:
        gutter = self.signs.cursor if is_cursor else self.signs.hit if is_hit else " "
        fold = (self.signs.closed if head.is_closed else self.signs.opened) if head.can_fold else " "
        start = [
            (gutter, "fold"),
            (self.indent(head.depth), "guide"),
            (fold + " ", "fold"),
            (self.signs.kind[head.kind] + " ", _KIND_PARTS.get(head.kind, "other")),
        ]
        tail = list(self._notes(head))
        taken = sum(cell_len(text) for text, _ in start) + sum(cell_len(text) for text, _ in tail)
        room = max(0, self.columns.label - taken - 1)
        part = "error" if head.status is Status.ERROR else "synthetic" if head.is_synthetic else "label"
        label = fit(head.label, max(1, room))
        over = ("span-tree--hit",) * is_hit + ("span-tree--cursor",) * is_cursor
        for text, name in _cut([*start, (label, part), *tail], self.columns.label):
            yield Segment(text, self._style(f"span-tree--{name}", *over))

    def _notes(self, head: RowHead) -> Iterator[tuple[str, str]]:
        """What follows the name and is never cut: repeats, status, failures inside a fold."""
        if head.repeat > 1:
            shown = (
                f" ×{head.repeat:,} {self.signs.repeat}"
                if head.is_grouped
                else f" {self.signs.repeat}{head.repeat:,}"
            )
            yield shown, "repeat"
        if part := _STATUS_PARTS.get(head.status):
            yield f" {self.signs.status[head.status]}", part
        if head.memory:
            is_wrong = head.memory == "wrong"
            yield f" {self.signs.memory}{'!' if is_wrong else ''}", "memory-wrong" if is_wrong else "memory"
        if head.errors_inside:
            yield f" ({head.errors_inside:,}{self.signs.status[Status.ERROR]})", "error"
        if head.is_synthetic and not head.label.startswith("("):  # `(missing parent)` says as much
            yield " (not in the file)", "muted"

    def indent(self, depth: int) -> str:
        """Two cells a level; past a third of the label's width the depth is written instead."""
        cells = depth * INDENT_CELLS
        most = max(INDENT_CELLS, self.columns.label // 3)
        if cells <= most:
            return " " * cells
        for text in (f"depth {depth:,} ", f"{depth:,} "):
            if len(text) <= most:
                return text.rjust(most)
        return f"{depth:,} "

    def indent_cells(self, depth: int) -> int:
        """Cells before the fold sign."""
        return 1 + len(self.indent(depth))

    def _bar(self, row: RowFigures, is_cursor: bool) -> Sequence[Segment]:
        if self.scale is None:
            return ()
        head, width = row.head, self.columns.bar - 1
        part = "bar-error" if head.status is Status.ERROR else f"bar-{_KIND_PARTS.get(head.kind, 'other')}"
        if len(row.intervals) > 1:
            return self._paint_bar(row.intervals, part, is_cursor)
        ((start_ns, end_ns),) = row.intervals
        key = (self.scale.eighth(start_ns, width), self.scale.eighth(end_ns, width), part, is_cursor)
        segments = self._bars.get(key)
        if segments is None:
            if len(self._bars) > MAX_KEPT:
                self._bars.clear()
            segments = self._bars[key] = self._paint_bar(row.intervals, part, is_cursor)
        return segments

    def _paint_bar(
        self, intervals: Sequence[tuple[int, int]], part: str, is_cursor: bool
    ) -> tuple[Segment, ...]:
        if self.scale is None:
            return ()
        over = ("span-tree--cursor",) if is_cursor else ()
        style = self._style(*over, f"span-tree--{part}")
        runs = bar(intervals, self.scale, self.columns.bar - 1, self.signs)
        drawn = [Segment(text, style + _REVERSE if is_reverse else style) for text, is_reverse in runs]
        return Segment(" ", self._part("label", is_cursor)), *drawn


def _cut(pieces: Iterable[tuple[str, str]], cells: int) -> Iterator[tuple[str, str]]:
    """Pieces that take exactly so many cells."""
    for text, part in pieces:
        width = cell_len(text)
        if width > cells:
            text, width = set_cell_size(text, cells), cells
        if width:
            yield text, part
        cells -= width
    if cells > 0:
        yield " " * cells, "label"
