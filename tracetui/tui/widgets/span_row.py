"""One row of the span tree as segments, in columns that fit the width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tracetui.model import SpanKind, Status
from tracetui.render.signs import Signs
from tracetui.render.text import duration_cell, money, short_count
from tracetui.tui.widgets.span_figures import RowFigures, Sum
from tracetui.tui.widgets.timeline import Scale, bar

MIN_LABEL_CELLS = 24
MIN_BAR_CELLS = 8
MAX_BAR_CELLS = 64
INDENT_CELLS = 2

_STEP, _DURATION, _TOKENS, _COST = 5, 8, 8, 9

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


def plan_columns(width: int, has_times: bool, has_tokens: bool, has_cost: bool) -> Columns:
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
    step = take(_STEP, width >= 90)
    bar_cells = (
        min(MAX_BAR_CELLS, left * 3 // 5) if has_times and width >= 50 and left >= MIN_BAR_CELLS + 1 else 0
    )
    bar_cells = bar_cells if bar_cells >= MIN_BAR_CELLS else 0
    label = width - duration - cost - tokens - step - bar_cells
    return Columns(max(0, label), step, bar_cells, duration, tokens, cost)


@dataclass(frozen=True, slots=True)
class RowPainter:
    """Paints rows of one tree; `style` gives the style of component classes, the row's own ones first."""

    signs: Signs
    scale: Scale | None
    columns: Columns
    style: Callable[..., Style]

    def paint(self, row: RowFigures, is_cursor: bool, is_hit: bool) -> Iterator[Segment]:
        """Segments of one row, as wide as the columns together."""
        over = ("span-tree--cursor",) if is_cursor else ()
        columns = self.columns
        yield from self._label(row, over, is_cursor, is_hit)
        if columns.step:
            yield self._right(str(row.step) if row.step else "", columns.step, "muted", over)
        if columns.bar:
            yield from self._bar(row, over)
        if columns.duration:
            sign = self.signs.slow if row.is_slow else ""
            text = sign + duration_cell(row.duration_ns)
            yield self._right(text, columns.duration, "slow" if row.is_slow else "duration", over)
        if columns.tokens:
            yield self._amount(row.tokens, short_count, columns.tokens, "tokens", over)
        if columns.cost:
            yield self._amount(row.cost_microusd, _microusd, columns.cost, "cost", over)

    def _segment(self, text: str, part: str, over: tuple[str, ...]) -> Segment:
        return Segment(text, self.style(f"span-tree--{part}", *over))

    def _right(self, text: str, cells: int, part: str, over: tuple[str, ...]) -> Segment:
        return self._segment(" " * (cells - cell_len(text)) + text, part, over)

    def _amount(
        self, amount: Sum, shown: Callable[[int], str], cells: int, part: str, over: tuple[str, ...]
    ) -> Segment:
        text = "" if amount.amount is None else shown(amount.amount)
        return self._right((self.signs.total if amount.is_total else "") + text, cells, part, over)

    def _label(
        self, row: RowFigures, over: tuple[str, ...], is_cursor: bool, is_hit: bool
    ) -> Iterator[Segment]:
        gutter = self.signs.cursor if is_cursor else self.signs.hit if is_hit else " "
        fold = (self.signs.closed if row.is_closed else self.signs.opened) if row.can_fold else " "
        head = [
            (gutter, "fold"),
            (self.indent(row.depth), "guide"),
            (fold + " ", "fold"),
            (self.signs.kind[row.kind] + " ", _KIND_PARTS.get(row.kind, "other")),
        ]
        tail = list(self._notes(row))
        taken = sum(cell_len(text) for text, _ in head) + sum(cell_len(text) for text, _ in tail)
        room = max(0, self.columns.label - taken - 1)
        part = "error" if row.status is Status.ERROR else "synthetic" if row.is_synthetic else "label"
        label = fit(row.label, max(1, room))
        over = ("span-tree--hit", *over) if is_hit else over
        yield from self._cut([*head, (label, part), *tail], self.columns.label, over)

    def _cut(self, pieces: Iterable[tuple[str, str]], cells: int, over: tuple[str, ...]) -> Iterator[Segment]:
        for text, part in pieces:
            width = cell_len(text)
            if width > cells:
                text, width = set_cell_size(text, cells), cells
            if width:
                yield self._segment(text, part, over)
            cells -= width
        if cells > 0:
            yield self._segment(" " * cells, "label", over)

    def _notes(self, row: RowFigures) -> Iterator[tuple[str, str]]:
        """What follows the name and is never cut: repeats, status, failures inside a fold."""
        if row.repeat > 1:
            shown = (
                f" ×{row.repeat:,} {self.signs.repeat}"
                if row.is_grouped
                else f" {self.signs.repeat}{row.repeat:,}"
            )
            yield shown, "repeat"
        if part := _STATUS_PARTS.get(row.status):
            yield f" {self.signs.status[row.status]}", part
        if row.errors_inside:
            yield f" ({row.errors_inside:,}{self.signs.status[Status.ERROR]})", "error"
        if row.is_synthetic:
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

    def _bar(self, row: RowFigures, over: tuple[str, ...]) -> Iterator[Segment]:
        if self.scale is None:
            return
        yield self._segment(" ", "label", over)
        part = "bar-error" if row.status is Status.ERROR else f"bar-{_KIND_PARTS.get(row.kind, 'other')}"
        style = self.style(*over, f"span-tree--{part}")
        for text, is_reverse in bar(row.intervals, self.scale, self.columns.bar - 1, self.signs):
            yield Segment(text, style + Style(reverse=True) if is_reverse else style)


def fit(text: str, cells: int) -> str:
    """A text in at most so many cells, with `…` where it is cut."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…"


def _microusd(amount: int) -> str:
    return money(Decimal(amount).scaleb(-6))
