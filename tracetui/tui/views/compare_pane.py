"""The text beside the rows of the Compare view: summary, the two steps of a row, good runs."""

from __future__ import annotations

from tracetui.analysis.diff.consensus import Consensus
from tracetui.errors import TracetuiError
from tracetui.render.run_against import AgainstLine
from tracetui.tui.detail.comparison import comparison, lone_step
from tracetui.tui.loading import Traces
from tracetui.tui.tab_strip import Tab, TabStrip
from tracetui.tui.tabbed_text import TabbedText
from tracetui.tui.views.compare_pages import (
    GOOD,
    STEPS,
    SUMMARY,
    TITLES,
    consensus_sections,
    line_of_good,
)
from tracetui.tui.views.compare_rows import Comparison
from tracetui.tui.widgets.document import Section


class ComparePane(TabbedText):
    """Shows one of three tabs about a comparison and a row of it."""

    def __init__(self, ascii_only: bool = False) -> None:
        super().__init__(ascii_only, id="pane")
        self.tab = SUMMARY
        self._db: Traces | None = None
        self._found: Comparison | None = None
        self._consensus: Consensus | None = None
        self._row = 0

    def begin(self) -> None:
        """Other runs are compared."""
        self._found, self._consensus, self.tab = None, None, SUMMARY

    def show_comparison(self, db: Traces, found: Comparison, row: int) -> None:
        """Show what the tab says about a comparison."""
        self._db, self._found, self._row = db, found, row
        self.choose(self.tab)

    def show_row(self, row: int) -> None:
        """The cursor is on another row."""
        self._row = row
        if self.tab == STEPS:
            self.choose(STEPS)

    def show_consensus(self, consensus: Consensus) -> None:
        """Show how B stands to several good runs."""
        self._consensus = consensus
        self.choose(GOOD)

    def line_of_good(self, line: int) -> AgainstLine | None:
        """What a line of the good runs tells of."""
        found = self._found
        return None if found is None else line_of_good(found.diff, self._consensus, found.rule, line)

    def turn(self, direction: int) -> None:
        """To the next tab or the one before, round the end."""
        self.choose((self.tab + direction) % len(TITLES))

    def choose(self, index: int) -> None:
        """Show a tab."""
        self.tab = index
        strip = self.query_one(TabStrip)
        strip.tabs = tuple(
            Tab(title, at != GOOD or self._consensus is not None) for at, title in enumerate(TITLES)
        )
        strip.active = index
        self.work.cancel("steps")
        found = self._found
        if found is None:
            self.text.show_sections([])
        elif index == STEPS:
            self._show_steps(found)
        elif index == SUMMARY:
            self.text.show_sections(found.summary)
        else:
            self.text.show_sections(consensus_sections(found.diff, self._consensus, found.rule))

    def _show_steps(self, found: Comparison) -> None:
        db, diff = self._db, found.diff
        row = diff.rows[self._row] if self._row < len(diff.rows) else None
        if db is None or row is None:
            return
        self.text.show_sections([Section("", "comparing…", tone="muted")])
        if row.a is not None and row.b is not None:
            before, here = (diff.a.run_id, row.a), (diff.b.run_id, row.b)
            self.work.start(
                "steps", lambda: comparison(db, db.detail(*here), before, found.rule), self.text.show_sections
            )
            return
        side, run, place = ("A", diff.a, row.a) if row.a is not None else ("B", diff.b, row.b)
        if place is not None:
            self.work.start(
                "steps", lambda: lone_step(db.detail(run.run_id, place), side), self.text.show_sections
            )

    def show_problem(self, error: TracetuiError) -> None:
        """Say why the steps cannot be shown."""
        self.text.show_sections([Section("", error.message, subtitle=error.hint or "", tone="error")])
