"""The result of a statement: a line about it, its rows while they come, and what may be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tracetui.errors import TracetuiError, UsageError
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.sql import derived
from tracetui.tui.sql.rows import Arrangement, ResultRows
from tracetui.tui.sql.status import running_line, status_line
from tracetui.tui.widgets.column_grid import ColumnGrid
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.work import Work

if TYPE_CHECKING:
    from tracetui.workers.queries import QueryResult

_TICK_S = 0.1


class ResultGrid(ColumnGrid):
    """The grid with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


@dataclass(slots=True)
class Shown:
    """A result on show, what it is (empty for that of the statement itself), and where the cursor was."""

    rows: ResultRows
    title: str = ""
    row: int = 0
    column: int = 0
    sort: tuple[str, bool] | None = None


class ResultPane(Vertical):
    """Shows the latest result; those that were made from it lie on top of it, `go_back` takes them off."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RESULT)

    class Ended(Message):
        """A statement has all its rows, or failed."""

        def __init__(self, result: QueryResult | None, error: TracetuiError | None, is_derived: bool) -> None:
            super().__init__()
            self.result, self.error, self.is_derived = result, error, is_derived

    class Entered(Message):
        """The user goes into a row; `row` counts from 0, `column` is an index of the result."""

        def __init__(self, result: QueryResult, row: int, column: int) -> None:
            super().__init__()
            self.result, self.row, self.column = result, row, column

    class Wanted(Message):
        """Something else is asked for: view, copy, chart, keep, filter."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, marks: Signs, ascii_only: bool) -> None:
        super().__init__()
        self._signs = marks
        self._ascii_only = ascii_only
        self.work = Work(self, self._say_problem)
        self.stack: list[Shown] = []
        self.running: QueryResult | None = None
        self._is_asking = False
        self._stops = 0
        self._timer: Timer | None = None
        self._needle = ""
        self._hits: list[int] = []

    def compose(self) -> ComposeResult:
        yield Static(id="result-line")
        yield ResultGrid(ascii_only=self._ascii_only)

    @property
    def grid(self) -> ResultGrid:
        """The rows."""
        return self.query_one(ResultGrid)

    @property
    def top(self) -> Shown | None:
        """What is on show."""
        return self.stack[-1] if self.stack else None

    @property
    def result(self) -> QueryResult | None:
        """The result on show."""
        return self.stack[-1].rows.result if self.stack else None

    @property
    def is_busy(self) -> bool:
        """Whether a statement runs."""
        return self._is_asking

    # --- running a statement

    def ask(self, start: Callable[[], QueryResult], title: str = "", *, is_derived: bool = False,
            sort: tuple[str, bool] | None = None) -> None:  # fmt: skip
        """Run what `start` begins (in a thread) and show it; what runs is stopped."""
        self.cancel()
        self.work.cancel("end")
        self._is_asking = True
        stops = self._stops
        self._timer = self._timer or self.set_interval(_TICK_S, self._tick)
        self.work.start(
            "query",
            lambda: self._begin(start, stops),
            lambda begun: self._show_begun(*begun, title, is_derived, sort),
            lambda error: self._failed(error, is_derived),
        )

    def cancel(self) -> bool:
        """Stop the statement that runs; False where none does."""
        self._stops += 1
        running = self.running
        if running is not None and running.is_running:
            self.work.start("cancel", running.cancel, lambda _: None)
        return self._is_asking

    def _begin(
        self, start: Callable[[], QueryResult], stops: int
    ) -> tuple[QueryResult, list[list[str | None]]]:
        """In a thread: begin, and bring the first rows."""
        result = start()
        self.running = result
        if stops != self._stops:
            result.cancel()
        result.wait_for_columns()
        return result, ResultRows(result, lambda _: None).fetched(0)

    def _show_begun(
        self, result: QueryResult, first: list[list[str | None]], title: str, is_derived: bool,
        sort: tuple[str, bool] | None,
    ) -> None:  # fmt: skip
        rows = ResultRows(result, lambda page: self._want(rows, page))
        rows.window.put(0, first)
        if not is_derived:
            self._drop_all()
        elif sort and self.top is not None and self.top.sort:
            self._close(self.stack.pop())
        self._remember()
        self.stack.append(Shown(rows, title, column=self._column_for(rows, sort), sort=sort))
        self._show_top()
        self.work.start("end", result.wait, lambda _: self._show_end(result, is_derived),
                        lambda error: self._failed(error, is_derived))  # fmt: skip

    def _column_for(self, rows: ResultRows, sort: tuple[str, bool] | None) -> int:
        before = self.top
        if sort is None or before is None or rows.result.columns != before.rows.result.columns:
            return 0
        rows.arrange(before.rows.arrangement)
        return self.grid.column

    def _want(self, rows: ResultRows, page: int) -> None:
        def done(found: list[list[str | None]]) -> None:
            rows.window.put(page, found)
            if self.top is not None and self.top.rows is rows:
                self.grid.source_changed()

        self.work.start(f"page {page}", lambda: rows.fetched(page), done)

    def _show_end(self, result: QueryResult, is_derived: bool) -> None:
        self._tick()
        self._end_ticking()
        if self._needle and self.result is result:
            self.find(self._needle)
        self.post_message(self.Ended(result, None, is_derived))

    def _failed(self, error: TracetuiError, is_derived: bool) -> None:
        self._end_ticking()
        self.post_message(self.Ended(None, error, is_derived))

    def _end_ticking(self) -> None:
        self._is_asking = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.show_line()

    def _tick(self) -> None:
        top = self.top
        if top is not None and top.rows.result.row_count > top.rows.window.count:
            top.rows.window.grow(top.rows.result.row_count)
            self.grid.source_changed()
        self.show_line()

    # --- showing

    def _show_top(self) -> None:
        top = self.stack[-1]
        self._needle, self._hits = "", []
        self.grid.show_columns(top.rows, top.row, top.column, top.rows.arrangement.frozen)
        self.grid.set_sort(*(top.sort or (None, False)))
        self.set_class(True, "-has-result")
        self.show_line()

    def show_line(self) -> None:
        """Say what is on show, or how far the statement that runs has got."""
        room = max(self.size.width - 2, 10)
        if self._is_asking:
            line = running_line(
                self.running if self.running and self.running.is_running else None, self._signs
            )
        elif self.top is not None:
            line = status_line(
                self.top.rows, self.top.title, len(self.stack), self.grid.column, self._found()
            )
        else:
            line = Content("")
        self.query_one("#result-line", Static).update(line.truncate(room, ellipsis=True))

    def _found(self) -> str:
        if not self._needle:
            return ""
        row = self.grid.cursor
        rank = f"{self._hits.index(row) + 1} of " if row in self._hits else ""
        return f"“{safe(self._needle, 30)}” {rank}{len(self._hits):,} hits  n N"

    def _remember(self) -> None:
        if self.top is not None:
            self.top.row, self.top.column = max(self.grid.cursor, 0), self.grid.column

    def _drop_all(self) -> None:
        while self.stack:
            self._close(self.stack.pop())

    def _close(self, shown: Shown) -> None:
        self.work.start(f"close {shown.rows.result.number}", shown.rows.result.close, lambda _: None)

    def go_back(self) -> bool:
        """End a search, or take off the result that was made from another; False where there is none."""
        if self._needle:
            self.find("")
            return True
        if len(self.stack) < 2:
            return False
        self._close(self.stack.pop())
        self._show_top()
        return True

    def on_column_grid_column_moved(self, event: ColumnGrid.ColumnMoved) -> None:
        event.stop()
        self.show_line()

    def on_grid_moved(self, event: Grid.Moved) -> None:
        event.stop()
        if self._needle:
            self.show_line()

    def on_grid_header_clicked(self, event: Grid.HeaderClicked) -> None:
        """The grid has chosen the column by now."""
        event.stop()
        self.action_sort_column()

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        if self.result is not None:
            self.post_message(self.Entered(self.result, event.row, self.column))

    def _say_problem(self, error: TracetuiError) -> None:
        self.post_message(self.Ended(None, error, True))

    # --- columns

    @property
    def column(self) -> int:
        """Index in the result of the column that the cursor is in."""
        top = self.top
        return top.rows.arrangement.order[self.grid.column] if top is not None else 0

    @property
    def columns_in_view(self) -> tuple[int, ...]:
        """Indexes in the result of the columns that are not hidden, from left to right."""
        return self.top.rows.arrangement.order if self.top is not None else ()

    def _arrange(self, arrangement: Arrangement, column: int) -> None:
        if self.top is not None:
            self.top.rows.arrange(arrangement)
            top_row = self.grid.top
            self.grid.show_columns(self.top.rows, max(self.grid.cursor, 0), column, arrangement.frozen)
            self.grid.scroll_to_line(top_row)
            self.grid.set_sort(*(self._sort_shown()))
            self.show_line()

    def _sort_shown(self) -> tuple[str | None, bool]:
        return self.top.sort if self.top is not None and self.top.sort else (None, False)

    def action_column(self, direction: int) -> None:
        """To the column beside this one."""
        if direction < 0:
            self.grid.action_scroll_columns_left()
        else:
            self.grid.action_scroll_columns_right()

    def action_hide_column(self) -> None:
        """Hide the column."""
        if self.top is not None:
            self._arrange(self.top.rows.arrangement.without(self.grid.column), self.grid.column)

    def action_show_columns(self) -> None:
        """Show every column again, as the statement has them."""
        if self.top is not None:
            self._arrange(Arrangement(tuple(range(len(self.top.rows.result.columns)))), self.column)

    def action_freeze_column(self) -> None:
        """Keep the column in view at the left, or let it go."""
        if self.top is not None:
            changed = self.top.rows.arrangement.with_frozen(self.grid.column)
            self._arrange(changed, changed.order.index(self.column))

    def action_widen(self, direction: int) -> None:
        """Make the column wider or narrower."""
        if self.top is not None:
            at = self.grid.column
            self._arrange(self.top.rows.arrangement.widened(at, self.grid.width_of(at), direction), at)

    # --- asking more of the result

    def _derive(self, query: str, title: str, values: Mapping[str, Any] | None = None,
                sort: tuple[str, bool] | None = None, of: QueryResult | None = None) -> None:  # fmt: skip
        result = of or self.result
        if self._is_asking:
            self._say_problem(UsageError(*derived.STILL_COMING))
        elif result is not None:
            self.ask(lambda: result.ask(query, values or ()), title, is_derived=True, sort=sort)

    def action_sort_column(self) -> None:
        """Sort by the column: upwards, downwards, then as the statement had it."""
        top = self.top
        if top is None:
            return
        key, name = str(self.column), top.rows.result.columns[self.column]
        now = top.sort if top.sort is not None and top.sort[0] == key else None
        if now is not None and now[1]:
            self._remember()
            column = self.grid.column
            self._close(self.stack.pop())
            self.stack[-1].column = column
            self._show_top()
            return
        below = self.stack[-2] if top.sort is not None else top
        row_count = below.rows.result.row_count
        query = derived.sorted_query(name, is_descending=now is not None, row_count=row_count)
        self._derive(query, below.title, sort=(key, now is not None), of=below.rows.result)

    def action_frequency(self) -> None:
        """Count the values of the column."""
        if self.result is not None:
            name = self.result.columns[self.column]
            self._derive(derived.frequency_query(name), f"values of {name}")

    def action_describe(self) -> None:
        """Describe every column: least, most, distinct, empty."""
        self._derive(derived.DESCRIBE, "columns described")

    def action_want(self, what: str) -> None:
        """Ask the view for what it does with a result."""
        if self.result is not None:
            self.post_message(self.Wanted(what))

    # --- find

    def find(self, text: str) -> None:
        """Mark the rows that hold a text in a column in view, once all are there; the empty text ends that."""
        self._needle, self._hits = text, []
        result, top = self.result, self.top
        if not text or result is None or top is None or result.is_running:
            self.work.cancel("find")
            self.show_line()
            return
        names = [result.columns[index] for index in top.rows.arrangement.order]
        self.work.start("find", partial(derived.rows_with, result, names, text), self._show_hits)

    def _show_hits(self, hits: list[int]) -> None:
        self._hits = hits
        self.post_message(self.Wanted("hits"))
        self.find_next(backwards=False, is_first=True)

    @property
    def hits(self) -> int:
        """How many rows hold what is searched."""
        return len(self._hits)

    def find_next(self, backwards: bool, is_first: bool = False) -> None:
        """To the next row that holds it, round the end."""
        cursor = self.grid.cursor
        if self._hits and not (is_first and cursor in self._hits):
            before = [row for row in self._hits if row < cursor]
            after = [row for row in self._hits if row > cursor]
            self.grid.cursor = (before or self._hits)[-1] if backwards else (after or self._hits)[0]
        self.show_line()
