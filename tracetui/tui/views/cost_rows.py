"""Rows of the Cost view: figures by one dimension, or a pivot of two."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.pricing.tables import CostRow, CostTable
from tracetui.render import costs
from tracetui.render.signs import signs
from tracetui.render.text import (
    UNKNOWN,
    count,
    duration_cell,
    fine_money,
    least_fine_money,
    short_count,
)
from tracetui.tui.widgets.grid_columns import Cell, Column

_KEY_CELLS = 26
_FIGURES = (
    Column("cost", "cost", "right"), Column("share", "share", "right"), Column("bar", "", min_width=costs.BAR_CELLS),
    Column("calls", "calls", "right"), Column("unpriced", "unpriced", "right"), Column("p50", "p50", "right"),
    Column("p95", "p95", "right"), Column("n", "n", "right"), Column("input", "input", "right"),
    Column("cached", "cached", "right"), Column("output", "output", "right"), Column("reported", "reported", "right"),
    Column("computed", "computed", "right"),
)  # fmt: skip
_BUCKET_FIGURES = (
    Column("cost", "cost", "right"), Column("share", "share", "right"), Column("bar", "", min_width=costs.BAR_CELLS),
    Column("tokens", "tokens", "right"), Column("calls", "calls", "right"), Column("unpriced", "unpriced", "right"),
    Column("computed", "computed", "right"),
)  # fmt: skip


class CostRows:
    """A table by one dimension, with shares and bars; by bucket with the tokens of each."""

    def __init__(self, table: CostTable, ascii_only: bool) -> None:
        self._table, self._whole = table, costs.whole_of(table)
        self._signs = signs(ascii_only)
        self._figures = _BUCKET_FIGURES if table.by == ("bucket",) else _FIGURES
        self.columns: Sequence[Column] = (Column("key", table.by[0], max_width=_KEY_CELLS), *self._figures)

    @property
    def row_count(self) -> int:
        """Lines of the table."""
        return len(self._table.rows)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        return [self._cells(row) for row in self._table.rows[start:stop]]

    def _cells(self, row: CostRow) -> list[Cell]:
        whole = self._whole
        cells: dict[str, Cell] = {
            "cost": (least_fine_money(row.cost_usd, row.is_least), "strong"),
            "share": (costs.share(row.cost_usd, whole), ""),
            "bar": (costs.bar(row.cost_usd, whole, self._signs), "accent"),
            "calls": (count(row.calls), ""),
            "unpriced": (count(row.unpriced_calls) if row.unpriced_calls else "", "warning"),
            "p50": (duration_cell(row.p50_ns), ""),
            "p95": (duration_cell(row.p95_ns), ""),
            "n": (count(row.timed_calls) if row.timed_calls else "", "muted"),
            "tokens": (count(row.total_tokens), ""),
            "input": (short_count(row.input_tokens), ""),
            "cached": (short_count(row.cache_read_tokens), ""),
            "output": (short_count(row.output_tokens), ""),
            "reported": (fine_money(row.reported_cost_usd), "muted"),
            "computed": (costs.computed_text(row), "muted"),
        }
        return [key_cell(row.keys[0]), *(cells[column.key] for column in self._figures)]


class PivotRows:
    """The first dimension down, the second across, money in the cells, the sums first."""

    def __init__(self, table: CostTable) -> None:
        down = costs.lines_by_key(table, 0)
        self.keys = tuple(down)
        self._across = tuple(costs.lines_by_key(table, 1))
        self._cells = {row.keys[:2]: row for row in table.rows}
        self._sums = {key: costs.sum_text(lines) for key, lines in down.items()}
        self.columns: Sequence[Column] = (
            Column("key", f"{table.by[0]} \\ {table.by[1]}", max_width=_KEY_CELLS),
            Column("sum", "sum", "right"),
            *(Column(str(at), costs.word(key), "right", max_width=18) for at, key in enumerate(self._across)),
        )

    @property
    def row_count(self) -> int:
        """Values of the first dimension."""
        return len(self.keys)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        return [
            [
                key_cell(key),
                (self._sums[key], "strong"),
                *(self._cell(self._cells.get((key, other))) for other in self._across),
            ]
            for key in self.keys[start:stop]
        ]

    def _cell(self, row: CostRow | None) -> Cell:
        return ("", "") if row is None else (least_fine_money(row.cost_usd, row.is_least), "")


def key_cell(key: str | None) -> Cell:
    """The value of a dimension; the sign for unknown is dimmed."""
    return (UNKNOWN, "muted") if key is None else (key, "")
