"""The Compare view: two runs aligned step by step, where they part, and what differs at which level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tracetui.analysis.diff.runs import LEVEL_NAMES, Level, Row
from tracetui.api.diffs import Reading
from tracetui.errors import InterruptedByUser, TracetuiError
from tracetui.render.run_against import AgainstLine
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.loading import Load
from tracetui.tui.tree_jumps import rank_of
from tracetui.tui.view import CompareTarget, RunTarget
from tracetui.tui.views.compare_finding import CompareFinding
from tracetui.tui.views.compare_grid import CompareGrid
from tracetui.tui.views.compare_job import Job, reading_words
from tracetui.tui.views.compare_pages import GOOD, STEPS, compare_copies, row_of_step, target_row
from tracetui.tui.views.compare_pane import ComparePane
from tracetui.tui.views.compare_rows import Comparison, Fold, same_row
from tracetui.tui.views.run_layout import Arrangement, arrange
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.text_view import DocumentView

REST_SECONDS = 0.06
_EDGE_CELLS = 5
_WIDE_SHARE, _NARROW_SHARE = 3, 2
_LEVELS_SHOWN = (Level.STATE, Level.WORDING, Level.COST)
"""Down to which level differences are shown: wording and figures only when asked for."""
_SAME_CHOICES = (
    Choice("s", "same session"), Choice("t", "a tag in common"), Choice("n", "same name"),
    Choice("k", "same task id"), Choice("i", "same input"),
)  # fmt: skip
_SAME = {"s": "session", "t": "tag", "n": "name", "k": "task", "i": "input"}


class CompareView(CompareFinding):
    """Shows `host.compared`; without it the only two runs, or how to choose two."""

    NAME = "compare"
    SCOPES = (Scope.COMPARE, Scope.TREE, Scope.LIST)
    CSS_PATH = "compare.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMPARE, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.arrangement = Arrangement(share=_WIDE_SHARE)
        self._was_laid_out = False
        self._job: Job | None = None
        self._rest: Timer | None = None
        self._was_moved = False

    def body(self) -> ComposeResult:
        yield Static(id="header")
        yield Static(id="nothing")
        with Container(id="panes"):
            with Vertical(id="rows-side"):
                yield CompareGrid(self.host.ascii_only)
                yield Static(id="rows-note")
            yield ComparePane(self.host.ascii_only)

    @property
    def _target(self) -> CompareTarget | None:
        """What is on show or asked for."""
        return None if self._job is None else self._job.target

    def on_screen_resume(self) -> None:
        """Other runs may have been chosen meanwhile."""
        self.show_compared()

    def show_load(self, load: Load) -> None:
        del load
        self.show_compared()

    def show_step(self) -> None:
        self.show_compared()

    # --- comparing

    def show_compared(self) -> None:
        """Compare the runs that the host asks for, if they are not on show."""
        db, target = self.db, self.host.compared
        if db is None:
            self._say_nothing("Loading. Runs are compared as soon as they are known.")
        elif target is None:
            self._say_nothing(
                "Two runs are compared: mark them with D in Runs (1), the first as A, the second as B."
            )
            self.work.start("only two", lambda: db.runs(sort="started", limit=3), self._take_only_two)
        elif self._job != (job := Job(db, target, self.host.rule)):
            self._compare(job)

    def _take_only_two(self, runs: Sequence[object]) -> None:
        ids = [getattr(run, "run_id", "") for run in runs]
        if len(ids) == 2 and self.host.compared is None:
            self.host.compared = CompareTarget(ids[0], ids[1])
            self.show_compared()

    def _compare(self, job: Job) -> None:
        self._stop()
        is_new = self._job is None or job.target != self._job.target
        self._job = job
        if is_new:
            self.found, self._was_moved = None, False
            self.forget_finds()
            self.grid.begin()
            self.pane.begin()
            self._say_nothing("Reading both runs.  esc stops")

        def told(found: Comparison | Reading) -> None:
            self.call_later(self._show_so_far, job, found)

        self.work.start(
            "compare",
            lambda: job.run(told),
            lambda found: self._show_whole(job, found),
            self._cannot_compare,
        )
        good = job.target.good
        if good:
            self.work.start(
                "good runs",
                lambda: job.db.run_against(job.target.b, good, job.how),
                self.pane.show_consensus,
            )

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop.set()

    def _cannot_compare(self, error: TracetuiError) -> None:
        if isinstance(error, InterruptedByUser):
            self._say_nothing(f"{error.message}  R reads them again")
            return
        self._job = None
        self._say_nothing(error.message)
        self.show_error(error)

    def _show_so_far(self, job: Job, found: Comparison | Reading) -> None:
        if job is not self._job or job.stop.is_set():
            return
        if isinstance(found, Reading):
            self._say_nothing(reading_words(found))
        elif self.found is None or not self.found.is_whole:
            self._show(found)

    def _show_whole(self, job: Job, found: Comparison) -> None:
        if job.stop.is_set():
            self.say("Stopped: what was aligned by then is shown.  R aligns the rest")
        self._show(found)

    def action_again(self) -> None:
        """Compare the same runs again."""
        if self._job is not None:
            self._compare(replace(self._job, stop=Event()))

    def _show(self, found: Comparison) -> None:
        before = self.found
        is_first = before is None
        stays = before is not None and (self._was_moved or before.is_whole)
        row = same_row(before, self.grid.row, found) if before is not None and stays else found.first()
        self.found = found
        self.add_class("-has-runs")
        self.query_one(ViewBar).note = ", ".join(sorted({found.diff.a.source, found.diff.b.source}))
        self._show_header()
        self._arrange()
        self.grid.show_comparison(found, row)
        self._show_note()
        self.find_again()
        if self._job is not None:
            self.pane.show_comparison(self._job.db, found, row)
        if is_first and not self.prompt.is_open:
            self.grid.focus()

    def _say_nothing(self, words: str) -> None:
        if self.found is None:
            self.remove_class("-has-runs")
            self.query_one("#nothing", Static).update(Content(words))

    def _show_header(self) -> None:
        if self.found is None:
            return
        width = max(self.size.width - 2, 10)
        tone = "$text-warning" if self.found.diff.divergence is not None else "$text-success"
        *lines, card = [Content(line) for line in self.found.header.lines(width)]
        self.query_one("#header", Static).update(Content("\n").join([*lines, card.stylize(f"bold {tone}")]))

    # --- rows

    def on_grid_moved(self, event: Grid.Moved) -> None:
        event.stop()
        self._was_moved = True
        self._show_note()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self._rested)

    def _rested(self) -> None:
        self._rest = None
        self.pane.show_row(self.grid.row)

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        if isinstance(self.grid.line, Fold):
            self.grid.action_fold_open()
        else:
            self.action_diff()
            self.pane.text.focus()

    def action_more_levels(self) -> None:
        """Show wording too, then figures too, then neither."""
        at = _LEVELS_SHOWN.index(self.grid.level) + 1
        self.grid.show_level(_LEVELS_SHOWN[at % len(_LEVELS_SHOWN)])
        self._show_note()

    def _show_note(self) -> None:
        grid = self.grid
        rows = grid.differing()
        plural = "" if len(rows) == 1 else "s"
        told = f"{rank_of(rows, grid.row)} difference{plural} down to {LEVEL_NAMES[grid.level]}  c C  v more"
        words = [*self.find_words(), told]
        if self._target is not None and self._target.good:
            count = len(self._target.good)
            words.append(f"{count:,} good run{'' if count == 1 else 's'}  ]")
        note = Content("   ".join(words)).truncate(max(grid.size.width - 2, 10), ellipsis=True)
        self.query_one("#rows-note", Static).update(note)

    # --- jumps

    def action_difference(self, direction: int, name: str = "") -> None:
        """To the next difference of a level, or of any that is shown."""
        found = self.found
        if found is None:
            return
        level = Level[name] if name else None
        rows = (
            self.grid.differing()
            if level is None
            else self.grid.passing(index for index, row in enumerate(found.diff.rows) if level in row.levels)
        )
        if not rows:
            self.say(f"No difference{f' of {LEVEL_NAMES[level]}' if level else ''}.")
            return
        if level is not None and level > self.grid.level:
            self.grid.show_level(next(shown for shown in _LEVELS_SHOWN if shown >= level))
        self.grid.go_next(rows, direction)

    def action_first_divergence(self) -> None:
        """Back to where the runs part."""
        if self.found is not None:
            self.grid.go_to(self.found.first())

    # --- the pane

    def _row(self) -> Row | None:
        found = self.found
        return found.diff.rows[self.grid.row] if found is not None and found.diff.rows else None

    def action_diff(self) -> None:
        """What differs between the two steps of the row."""
        self._show_detail()
        self.pane.show_row(self.grid.row)
        self.pane.choose(STEPS)

    def action_tab(self, direction: int) -> None:
        """Next or previous tab."""
        self._show_detail()
        self.pane.turn(direction)

    def _show_detail(self) -> None:
        self.arrangement = self.arrangement.with_detail()
        self._arrange()

    def action_other_pane(self) -> None:
        """Between rows and text."""
        if self.pane.has_text_focus:
            self.rest_focus()
        else:
            self._show_detail()
            self.pane.text.focus()

    def action_pane_size(self, direction: int) -> None:
        """Give the focused pane more or less room."""
        self.arrangement = self.arrangement.resized(-direction if self.pane.has_text_focus else direction)
        self._arrange()

    def action_wrap(self) -> None:
        """Wrap long lines of the text, or let them run on."""
        self.pane.text.action_wrap()

    def on_resize(self, event: events.Resize) -> None:
        self.arrangement = self.arrangement.fitted(event.size.width, event.size.height)
        if not self._was_laid_out:
            # one over the other, the card needs as much room as the rows
            share = _WIDE_SHARE if self.arrangement.is_wide else _NARROW_SHARE
            self.arrangement = replace(self.arrangement, share=share)
            self._was_laid_out = True
        self._arrange()
        self._show_header()

    def _arrange(self) -> None:
        arrange(
            self,
            self.query_one("#panes"),
            self.query_one("#rows-side"),
            self.query_one("#pane"),
            self.arrangement,
        )

    def rest_focus(self) -> None:
        self.arrangement = self.arrangement.with_tree()
        self._arrange()
        self.grid.focus()

    def sql(self) -> str:
        """The steps of both runs or, with a filter, what it finds in them."""
        target, db = self._target, self.db
        return "" if target is None or db is None else db.spans_query(target.a, self.filter_text, target.b)

    def go_back(self) -> bool:
        if self.work.is_busy("compare") and self._job is not None and not self._job.stop.is_set():
            self._stop()
        elif self.pane.has_text_focus:
            self.rest_focus()
        elif self.query_text:
            self.search_for("")
        elif self.filter_text:
            self.filter_by("")
        else:
            return False
        return True

    # --- other runs, other views, copies

    def action_swap(self) -> None:
        """B becomes A."""
        if self._target is not None:
            self.host.compared = CompareTarget(self._target.b, self._target.a)
            self.show_compared()

    def action_good_runs(self) -> None:
        """Compare B, or A where that alone failed, with the runs that did not fail and share something with it."""
        found, target = self.found, self._target
        if target is None:
            return
        is_a = found is not None and found.diff.a_alone_failed
        served = CompareTarget(target.b, target.a) if is_a else target
        title = f"Compare {'A, which failed,' if is_a else 'B'} with good runs of"
        self.app.push_screen(Menu(title, _SAME_CHOICES), lambda key: self._choose_good(key, served))

    def _choose_good(self, key: str | None, target: CompareTarget) -> None:
        db = self.db
        if key is None or db is None:
            return
        same = _SAME[key]

        def done(good: list[str]) -> None:
            if not good:
                self.say(f"No run that did not fail shares the {same} with this one.")
                return
            first = target.a if target.a in good else good[0]
            self.host.compared = CompareTarget(first, target.b, tuple(good))
            self.show_compared()

        self.work.start("choose", lambda: db.good_runs(target.b, same), done)

    def action_open_step(self, side: str) -> None:
        """Show the row's step of one run in the Run view."""
        found, db, row = self.found, self.db, self._row()
        if found is None or db is None or row is None:
            return
        run, place = (found.diff.a, row.a) if side == "a" else (found.diff.b, row.b)
        if place is None:
            self.say(f"{side.upper()} has no such step.")
            return
        self.work.start(
            "open",
            lambda: db.detail(run.run_id, place).span_id,
            lambda span_id: self.host.open_run(RunTarget(run.run_id, span_id)),
        )

    def on_document_view_entered(self, event: DocumentView.Entered) -> None:
        """A line of the summary leads to the row of its step, the first line of the steps to that of A, a line of the
        good runs to the row of its step or, in a run that is not on show, to that step."""
        event.stop()
        if self.pane.tab == STEPS and event.section.key:
            self.action_open_step("a")
        elif self.pane.tab == GOOD:
            self._open_good(self.pane.line_of_good(event.line))
        elif self.found is not None:
            row = target_row(self.found.diff, event.section.key, event.line)
            if row is not None:
                self.rest_focus()
                self.grid.go_to(row)

    def _open_good(self, line: AgainstLine | None) -> None:
        if self.found is None or line is None or line.run_id is None or line.step is None:
            return
        row = row_of_step(self.found.diff, line.run_id, line.step)
        if row is None:
            self.host.open_run(RunTarget(line.run_id, step=line.step))
        else:
            self.rest_focus()
            self.grid.go_to(row)

    def action_yank(self) -> None:
        """Choose what to copy of the comparison."""
        found, target, row = self.found, self._target, self._row()
        if found is None or target is None:
            return
        steps = None
        if row is not None and row.a is not None and row.b is not None:
            a, b = found.diff.alignment.a.step[row.a], found.diff.alignment.b.step[row.b]
            steps = (a, b) if a and b else None
        copies = compare_copies(found.diff, target, self.host.paths, steps, self.grid.level, found.rule)
        choices = [Choice(copy.key, copy.title, copy.text) for copy in copies]

        def copy(key: str | None) -> None:
            for each in copies:
                if each.key == key:
                    self.host.copy_text(each.text, each.title)

        self.app.push_screen(Menu("Copy", choices), copy)
