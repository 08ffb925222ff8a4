"""Ready questions about money, answered in a window; enter on a line that names a step opens it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tracetui.api import TraceDB
from tracetui.pricing.tables import CostScope
from tracetui.render.safe import safe
from tracetui.render.text import UNKNOWN, count, duration, fine_money, percent
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.cost_query import why_empty
from tracetui.tui.dialogs import Window
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.grid_columns import Cell, Column

LATENCY = "latency"
QUESTIONS = {
    "s": ("expensive-steps", "Dearest steps", "the model calls that cost most"),
    "c": ("cache-hits", "Cache hits", "where the least was read from a cache"),
    "w": ("waste", "Waste", "money for failed runs and calls, and for asking twice"),
    "l": (LATENCY, "Latency", "how long steps take, first tokens, output speed"),
}
"""Letter, name of the question, title, what it tells."""

_MOST_ROWS = 500
_WIDE_CELLS = 100
_NARROW_TEXT_CELLS, _WIDE_TEXT_CELLS = 18, 30
_LATENCY_COLUMNS = (
    "name", "n", "p50_ns", "p90_ns", "p99_ns", "max_ns", "self_ns", "ttft_n", "ttft_p50_ns", "output_tokens_per_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of the columns and the rows, `_MOST_ROWS` at most; why there are none."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    why_empty: str

    def place(self, row: int) -> tuple[str, str] | None:
        """Run and span of a row, where it names them."""
        if "run_id" not in self.columns or "span_id" not in self.columns:
            return None
        values = dict(zip(self.columns, self.rows[row], strict=True))
        return str(values["run_id"]), str(values["span_id"])


def answer_of(db: TraceDB, name: str, scope: CostScope) -> Answer:
    """Ask the question about the runs of a scope."""
    reason = why_empty(db, name, scope)
    if name == LATENCY:
        steps = db.latencies("step", scope)[:_MOST_ROWS]
        rows = [[getattr(step, column) for column in _LATENCY_COLUMNS] for step in steps]
        return Answer(_LATENCY_COLUMNS, rows, reason)
    result = db.cost_question(name, scope)
    return Answer(tuple(result.columns), result.rows(0, _MOST_ROWS), reason)


class _Rows:
    """Values as text, money as money."""

    def __init__(self, answer: Answer, most_cells: int) -> None:
        self._answer = answer
        self.columns = tuple(
            _column(name, (row[at] for row in answer.rows), most_cells)
            for at, name in enumerate(answer.columns)
        )

    @property
    def row_count(self) -> int:
        """Rows at hand."""
        return len(self._answer.rows)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        names = self._answer.columns
        return [
            [_cell(name, value) for name, value in zip(names, row, strict=True)]
            for row in self._answer.rows[start:stop]
        ]


def _column(name: str, values: Iterable[object], most_cells: int) -> Column:
    """Numbers stand to the right."""
    is_number = any(isinstance(value, int | float | Decimal) for value in values)
    title = name.removesuffix("_ns").replace("_", " ")
    return Column(name, title, "right" if is_number else "left", max_width=most_cells)


def _cell(name: str, value: object) -> Cell:
    if value is None:
        return UNKNOWN, "muted"
    if isinstance(value, int) and name.endswith("_ns"):
        return duration(value), ""
    if isinstance(value, float) and name == "hit_rate":
        return percent(value, 1), ""
    if isinstance(value, Decimal):
        return fine_money(value), "strong"
    if isinstance(value, int):
        return count(value), ""
    return str(value), ""


class AnswerGrid(Grid):
    """The table of the window."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class AnswerScreen(Window["tuple[str, str] | None"]):
    """The answer to a question; the result is run and span of the line that was entered."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Close")]

    def __init__(self, title: str, command: str, answer: Answer, ascii_only: bool) -> None:
        super().__init__()
        self._title, self._command, self._answer = title, command, answer
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="window answer") as window:
            window.border_title = Content(self._title)
            window.border_subtitle = Content(safe(self._command, 70))
            if not self._answer.rows:
                yield Static(Content(f"None: {self._answer.why_empty}."))
            yield AnswerGrid(ascii_only=self._ascii_only)

    def on_mount(self) -> None:
        grid = self.query_one(AnswerGrid)
        is_narrow = self.app.size.width < _WIDE_CELLS
        grid.show(_Rows(self._answer, _NARROW_TEXT_CELLS if is_narrow else _WIDE_TEXT_CELLS))
        grid.focus()

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        place = self._answer.place(event.row)
        if place is not None:
            self.dismiss(place)
