"""The Runs view: one line a run, failed ones first; where a person decides what to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tracetui.errors import TracetuiError
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.load_lines import issues_line, nothing_lines, progress_lines, short_progress
from tracetui.tui.loading import Load, Traces
from tracetui.tui.prompt import Purpose
from tracetui.tui.row_window import RowWindow
from tracetui.tui.run_query import (
    TRIAGE,
    RunAnswer,
    RunQuery,
    ask,
    contains,
    page_of,
    rows_where,
    rows_with_errors,
)
from tracetui.tui.view import CompareTarget, RunTarget, View
from tracetui.tui.views.run_columns import RunColumn, cells, fitting, grid_columns, suited
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.grid_columns import Cell, Column

if TYPE_CHECKING:
    from tracetui.read_model import Run, Source
    from tracetui.tui.detail.copies import Copy

_Found = TypeVar("_Found")
_LOOKED_AT = 300
"""Of this many rows the columns depend on what they hold."""
_SORT_NAMES = {TRIAGE: "failed first"}


class RunGrid(Grid):
    """The grid with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class RunRows:
    """What the grid asks for, answered from the pages at hand."""

    def __init__(
        self, window: RowWindow[Run], columns: Sequence[RunColumn], signs: Signs, marked: Sequence[str]
    ) -> None:
        self._window = window
        self._marked = marked
        self._chosen = tuple(columns)
        self._signs = signs
        self.columns: Sequence[Column] = grid_columns(columns)

    @property
    def row_count(self) -> int:
        """How many runs match."""
        return self._window.count

    def rows(self, start: int, stop: int) -> list[list[Cell]] | None:
        """Cells of these rows; None while they are being fetched."""
        runs = self._window.rows(start, stop)
        return None if runs is None else [self._cells(run) for run in runs]

    def _cells(self, run: Run) -> list[Cell]:
        """A marked run has its letter before its name: A, B, …"""
        row = cells(run, self._chosen, self._signs)
        if run.run_id in self._marked:
            letter = ascii_uppercase[self._marked.index(run.run_id) % len(ascii_uppercase)]
            at = next(index for index, column in enumerate(self._chosen) if column.title == "name")
            row[at] = (f"[{letter}] {row[at][0]}", "accent")
        return row


class RunsView(View):
    """Shows the runs that are known; while loading, the first of them."""

    NAME = "runs"
    SCOPES = (Scope.RUNS, Scope.LIST)
    CSS_PATH = "runs.tcss"
    DEFAULT_CLASSES = "-empty"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUNS, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.query_now = RunQuery()
        self._window: RowWindow[Run] = RowWindow(0)
        self._columns: list[RunColumn] = []
        self._total = 0
        self._asked: tuple[Traces, bool, int] | None = None
        self._issues = ""
        self._search = ""
        self._hits: Sequence[int] = ()
        self._marked: list[str] = []

    def body(self) -> ComposeResult:
        yield Static(id="summary")
        yield RunGrid(fixed_columns=2, ascii_only=self.host.ascii_only)
        yield Static(id="nothing")

    @property
    def grid(self) -> RunGrid:
        """The table."""
        return self.query_one(RunGrid)

    @property
    def run_now(self) -> Run | None:
        """The run under the cursor, once it is known."""
        return self._window.row(self.grid.cursor) if self._window.count and self.grid.cursor >= 0 else None

    # --- loading

    def show_load(self, load: Load) -> None:
        self.query_one(ViewBar).note = ", ".join(self.host.paths)
        if load.db is None:
            self._show_first_runs(load)
        else:
            state = (load.db, load.is_complete, load.pricings)
            if state != self._asked:
                self._asked = state
                self._ask()
            self._ask_issues(load.db)
        self._show_summary()

    def _show_first_runs(self, load: Load) -> None:
        runs = load.first_runs
        self._window = RowWindow(len(runs))
        self._window.fill(runs)
        self._total = len(runs) if load.first_total is None else load.first_total
        self._show_rows(keep_cursor=True)

    def _ask(
        self, then: Callable[[], None] | None = None, failed: Callable[[TracetuiError], None] | None = None
    ) -> None:
        db, query = self.db, self.query_now
        if db is None:
            return

        def done(answer: RunAnswer) -> None:
            self._show_answer(db, answer)
            if then is not None:
                then()

        self.work.start("runs", lambda: ask(db, query), done, failed)

    def _show_answer(self, db: Traces, answer: RunAnswer) -> None:
        self._window = RowWindow(answer.count, lambda page: self._want(db, answer.query, page))
        self._window.put(0, answer.first_page)
        self._total = answer.total
        self._show_rows(keep_cursor=True)
        self._show_summary()
        self.note_filter(f"{answer.count:,} of {answer.total:,}", answer.count, answer.query.text)

    def _want(self, db: Traces, query: RunQuery, page: int) -> None:
        window = self._window

        def done(runs: list[Run]) -> None:
            window.put(page, runs)
            if window is self._window:
                self.grid.source_changed()

        self.work.start(f"page {page}", lambda: page_of(db, query, page), done)

    def _ask_issues(self, db: Traces) -> None:
        def done(found: tuple[list[Source], dict[str, int]]) -> None:
            self._issues = issues_line(*found)
            self._show_summary()

        self.work.start("issues", lambda: (db.sources(), db.issue_counts()), done)

    # --- showing

    def _show_rows(self, keep_cursor: bool = False) -> None:
        grid = self.grid
        cursor = max(grid.cursor, 0) if keep_cursor else 0
        self._columns = self._fitting(self.size.width)
        grid.show(RunRows(self._window, self._columns, self.signs, self._marked), cursor)
        query = self.query_now
        grid.set_sort(None if query.sort == TRIAGE else query.sort, query.is_descending)
        self._show_nothing()

    def _fitting(self, width: int) -> list[RunColumn]:
        """The columns for what is at hand."""
        runs = [run for _, run in self._window.rows_in_memory()[:_LOOKED_AT]]
        return fitting(_room(width), suited(runs, self.signs))

    def _show_nothing(self) -> None:
        load = self.host.load
        is_empty = self._window.count == 0
        self.set_class(is_empty, "-empty")
        if not is_empty:
            return
        if load.is_running and load.db is None:
            lines = progress_lines(load)
        elif self.work.is_busy("runs"):
            lines = ["Listing the runs…"]
        else:
            lines = nothing_lines(load, self.query_now.text, self._total == 0)
        self.query_one("#nothing", Static).update(Content("\n".join(lines)))

    def _show_summary(self) -> None:
        load, query = self.host.load, self.query_now
        if not self._total and self.work.is_busy("runs"):
            words = ["listing the runs…"]
        elif query.text:
            words = [f"{self._window.count:,} of {self._total:,} runs"]
        else:
            so_far = " so far" if load.is_running and load.db is None else ""
            words = [f"{self._total:,} run{'' if self._total == 1 else 's'}{so_far}"]
        if query.text:
            words.append(f"filter “{safe(query.text, 40)}”  esc clears")
        words.append(f"by {_SORT_NAMES.get(query.sort, query.sort)}{' ↓' if query.is_descending else ''}")
        if self._marked:
            words.append(f"{len(self._marked)} marked: D on another compares")
        if self._search:
            from tracetui.tui.tree_jumps import rank_of

            words.append(f"“{safe(self._search, 40)}” {rank_of(self._hits, self.grid.cursor)}  n N")
        if load.is_running:
            words = [*words[:1], short_progress(load)] if load.db is None else [*words, "loading payloads…"]
        elif load.is_cancelled:
            then = "this is what was read by then" if load.db else "these runs were seen but cannot be opened"
            words.append(f"loading was stopped: {then}")
        if load.error is not None and self._total:
            words.append(f"stopped: {safe(load.error.message, 100)}")
        line = Content(" · ".join(words)).stylize("$foreground-muted")
        if self._issues:
            line = Content.assemble(line, " · ", (self._issues, "$text-warning"))
        self.query_one("#summary", Static).update(line.truncate(max(self.size.width - 2, 10), ellipsis=True))
        self._show_nothing()

    def on_resize(self, event: events.Resize) -> None:
        if [column.title for column in self._fitting(event.size.width)] != [
            column.title for column in self._columns
        ]:
            self._show_rows(keep_cursor=True)

    def rest_focus(self) -> None:
        self.grid.focus()

    def sql(self) -> str:
        query = self.query_now
        return "" if self.db is None else self.db.runs_query(query.text, query.sort, query.is_descending)

    def go_back(self) -> bool:
        if self._search:
            self.search_for("")
        elif self.query_now.text:
            self.filter_by("")
        else:
            return False
        return True

    # --- keys and clicks

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        run = self.run_now
        if run is not None:
            self.host.open_run(RunTarget(run.run_id))

    def on_grid_moved(self, event: Grid.Moved) -> None:
        event.stop()
        if self._search:
            self._show_summary()

    def on_grid_header_clicked(self, event: Grid.HeaderClicked) -> None:
        event.stop()
        self._sort(self.query_now.sorted_by(event.column))

    def _sort(self, query: RunQuery) -> None:
        self.query_now = query
        self._hits = ()
        self._ask(self._sorted)

    def _sorted(self) -> None:
        """The order is another: from its top."""
        if self._window.count:
            self.grid.cursor = 0
        self.search_for(self._search)

    def action_sort_column(self, direction: int) -> None:
        """Sort by the next column to the right or left, triage order coming between the last and the first."""
        orders = [TRIAGE, *(column.sort for column in self._columns)]
        now = orders.index(self.query_now.sort) if self.query_now.sort in orders else 0
        self._sort(RunQuery(self.query_now.text).sorted_by(orders[(now + direction) % len(orders)]))

    def action_sort_reverse(self) -> None:
        """The other way round."""
        if self.query_now.sort != TRIAGE:
            self._sort(self.query_now.sorted_by(self.query_now.sort))
        else:
            self.say("Failed runs stay first in this order; > sorts by a column.")

    def action_sort_triage(self) -> None:
        """Failed first again."""
        self._sort(RunQuery(self.query_now.text))

    def action_filter(self) -> None:
        """Show only runs that pass a filter."""
        self.prompt.open(
            Purpose.FILTER, self.query_now.text, "status:error tool:search cost:>0.1 latency:>2s, or a word"
        )

    def filter_by(self, text: str) -> None:
        if text == self.query_now.text:
            return
        before, self.query_now = self.query_now, self.query_now.with_text(text)
        self._hits = ()

        def failed(error: TracetuiError) -> None:
            self.query_now = before
            self.show_filter_error(error, text)

        self._ask(failed=failed)

    def action_search(self) -> None:
        """Jump among runs that contain a text."""
        self.prompt.open(Purpose.SEARCH, self._search, "id, name, agent, error, model, source…")

    def search_for(self, text: str) -> None:
        self._search = text
        if not text:
            self.work.cancel("search")
            self._hits = ()
            self._show_summary()
            return
        self._find("search", lambda db, query: rows_where(db, query, contains(text)), self._show_hits)

    def _find(
        self, group: str, find: Callable[[Traces, RunQuery], _Found], done: Callable[[_Found], None]
    ) -> None:
        db, query = self.db, self.query_now
        if db is not None:
            self.work.start(group, lambda: find(db, query), done)

    def _show_hits(self, hits: list[int]) -> None:
        self._hits = hits
        if self.prompt.is_open:
            self.prompt.note(f"{len(hits):,} hits")
        if hits and self.grid.cursor not in hits:
            self._go(hits, backwards=False)
        self._show_summary()

    def _go(self, rows: Sequence[int], backwards: bool) -> None:
        """To the next of some sorted rows, round the end."""
        cursor = self.grid.cursor
        if backwards:
            before = [row for row in rows if row < cursor]
            self.grid.cursor = before[-1] if before else rows[-1]
        else:
            self.grid.cursor = next((row for row in rows if row > cursor), rows[0])

    def _jump(self, rows: Sequence[int], nothing: str, backwards: bool) -> None:
        if rows:
            self._go(rows, backwards)
        else:
            self.say(nothing)

    def action_search_next(self) -> None:
        """To the next hit."""
        self._jump_to_hit(backwards=False)

    def action_search_previous(self) -> None:
        """To the hit before."""
        self._jump_to_hit(backwards=True)

    def _jump_to_hit(self, backwards: bool) -> None:
        if not self._search:
            self.action_search()
        else:
            self._jump(self._hits, f"No run contains “{self._search}”.", backwards)

    def action_next_error(self) -> None:
        """To the next failed run; where none failed, to the next that survived errors."""
        self._jump_to_error(backwards=False)

    def action_previous_error(self) -> None:
        """To the failed run before; where none failed, to the one before that survived errors."""
        self._jump_to_error(backwards=True)

    def _jump_to_error(self, backwards: bool) -> None:
        self._find("errors", rows_with_errors, lambda found: self._show_error_rows(*found, backwards))

    def _show_error_rows(self, failed: list[int], survived: list[int], backwards: bool) -> None:
        if survived and not failed:
            self.say("No run failed; this one went on after an error.")
        self._jump(failed or survived, "No run failed, and none had an error.", backwards)

    def action_mark(self) -> None:
        """Mark the run, or take its mark away; with two marks or more, compare the last with those before."""
        run = self.run_now
        if run is None:
            return
        if run.run_id in self._marked:
            self._marked.remove(run.run_id)
        else:
            self._marked.append(run.run_id)
            if len(self._marked) > 1:
                *good, last = self._marked
                several = tuple(good) if len(good) > 1 else ()
                self.host.open_compared(CompareTarget(good[0], last, several))
        self._show_rows(keep_cursor=True)
        self._show_summary()

    def action_yank(self) -> None:
        """Choose what to copy of the run."""
        from tracetui.tui.detail.copies import run_copies
        from tracetui.tui.dialogs import Choice, Menu

        run = self.run_now
        if run is not None:
            copies = run_copies(run, self.host.paths)
            choices = [Choice(copy.key, copy.title, copy.text) for copy in copies]
            self.app.push_screen(Menu("Copy", choices), lambda key: self._copy(copies, key))

    def _copy(self, copies: Sequence[Copy], key: str | None) -> None:
        for copy in copies:
            if copy.key == key:
                self.host.copy_text(copy.text, copy.title)


def _room(width: int) -> int:
    """Cells for columns: beside them stand the cursor sign, the sign for more columns and the scrollbar."""
    return max(width - 3, 20)
