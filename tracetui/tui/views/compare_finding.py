"""What is looked for in the Compare view: rows that pass a filter, and jumps among rows that contain a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracetui.errors import TracetuiError
from tracetui.render.safe import safe
from tracetui.tui.loading import Traces
from tracetui.tui.prompt import Purpose
from tracetui.tui.tree_jumps import rank_of
from tracetui.tui.view import View
from tracetui.tui.views.compare_grid import CompareGrid
from tracetui.tui.views.compare_pane import ComparePane
from tracetui.tui.views.compare_rows import Comparison, row_text


class CompareFinding(View):
    """What filter and search need of the view that has them, and both."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Comparison | None = None
        self.filter_text = ""
        self.query_text = ""
        self._passing: Sequence[int] = ()
        self._hits: Sequence[int] = ()

    @property
    def grid(self) -> CompareGrid:
        """The rows."""
        return self.query_one(CompareGrid)

    @property
    def pane(self) -> ComparePane:
        """The text beside them."""
        return self.query_one(ComparePane)

    def _show_note(self) -> None:
        raise NotImplementedError

    def forget_finds(self) -> None:
        """Other runs are compared."""
        self.filter_text, self.query_text = "", ""
        self._passing, self._hits = (), ()

    def find_again(self) -> None:
        """The rows are others now: look for the same among them."""
        if self.filter_text:
            text = self.filter_text
            self._filter(text, lambda error: self.show_filter_error(error, text))
        if self.query_text:
            self.search_for(self.query_text)

    def find_words(self) -> list[str]:
        """What the line below the rows says of search and filter."""
        words = []
        if self.query_text:
            words.append(f"“{safe(self.query_text, 40)}” {rank_of(self._hits, self.grid.row)} hits  n N")
        if self.filter_text:
            words.append(f"filter “{safe(self.filter_text, 40)}” {self._count()}  esc clears")
        return words

    def _count(self) -> str:
        total = 0 if self.found is None else len(self.found.diff.rows)
        return f"{len(self._passing):,} of {total:,} rows"

    # --- filter

    def action_filter(self) -> None:
        """Show the rows of which a step passes a filter, the others folded."""
        if self.found is not None:
            hint = "kind:tool latency:>2s status:error, or a word"
            self.prompt.open(Purpose.FILTER, self.filter_text, hint)

    def filter_by(self, text: str) -> None:
        if text == self.filter_text:
            return
        before, self.filter_text = self.filter_text, text

        def failed(error: TracetuiError) -> None:
            self.filter_text = before
            self.show_filter_error(error, text)

        self._filter(text, failed)

    def _filter(self, text: str, failed: Callable[[TracetuiError], None]) -> None:
        db, found = self.db, self.found
        if not text.strip():
            self.work.cancel("filter")
            self._show_passing(None)
        elif db is not None and found is not None:
            self.work.start("filter", lambda: passing_rows(db, found, text), self._show_passing, failed)

    def _show_passing(self, rows: list[int] | None) -> None:
        self._passing = rows or ()
        self.grid.show_only(rows)
        if rows is not None:
            self.note_filter(self._count(), len(rows), self.filter_text)
        self._show_note()

    # --- search

    def action_search(self) -> None:
        """Jump among rows that contain a text."""
        self.prompt.open(Purpose.SEARCH, self.query_text, "step, name, level, moved, retried…")

    def search_for(self, text: str) -> None:
        self.query_text = text
        found, marks, wanted = self.found, self.signs, text.casefold()
        if found is None or not text:
            self.work.cancel("search")
            self._show_hits(())
            return
        diff = found.diff
        self.work.start(
            "search",
            lambda: [
                at for at, row in enumerate(diff.rows) if wanted in row_text(diff, row, marks).casefold()
            ],
            self._show_hits,
        )

    def _show_hits(self, rows: Sequence[int]) -> None:
        self._hits = rows
        if self.prompt.is_open and self.prompt.purpose is Purpose.SEARCH:
            self.prompt.note(f"{len(rows):,} hits")
        if rows and self.grid.row not in rows:
            self.grid.go_next(rows, 1)
        self._show_note()

    def action_search_next(self) -> None:
        """To the next hit."""
        self._jump_to_hit(1)

    def action_search_previous(self) -> None:
        """To the hit before."""
        self._jump_to_hit(-1)

    def _jump_to_hit(self, direction: int) -> None:
        if not self.query_text:
            self.action_search()
        elif self.pane.has_text_focus:
            self.pane.text.go_to_hit(direction < 0)
        elif self._hits:
            self.grid.go_next(self._hits, direction)


def passing_rows(db: Traces, found: Comparison, text: str) -> list[int]:
    """Rows of which the step of either run passes a filter; raises FilterError. Blocks."""
    a, b = (frozenset(db.matching(run.run_id, text)) for run in (found.diff.a, found.diff.b))
    return found.diff.rows_with(a, b)
