"""The Run view: the tree of one run with its waterfall, one line of verdict, and the detail of the step chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tracetui.api import TraceDB
from tracetui.api.memory import MemoryMarks
from tracetui.errors import TracetuiError
from tracetui.read_model import SpanDetail
from tracetui.render.memory import MEMORY_NOT_READ, memory_note
from tracetui.render.safe import safe
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.detail.copies import Copy, step_copies
from tracetui.tui.detail.later import later_tabs
from tracetui.tui.detail.pages import DIFF
from tracetui.tui.detail_pane import DetailPane, Shown, prepare
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.load_lines import no_run_line
from tracetui.tui.loading import Load
from tracetui.tui.prompt import Purpose
from tracetui.tui.run_filter import tree_notes
from tracetui.tui.run_opening import Known, OpenedRun, find_again, open_run, place_in
from tracetui.tui.tree_jumps import Picture, rank_of
from tracetui.tui.view import RunTarget
from tracetui.tui.views.run_layout import Arrangement, arrange, verdict_lines
from tracetui.tui.views.run_narrowing import RunNarrowing
from tracetui.tui.widgets.span_figures import MemoryRows
from tracetui.tui.widgets.span_tree import SpanTree

REST_SECONDS = 0.06
"""How long the cursor rests before the step's detail is fetched."""

_PATIENCE_S = 0.15
"""How long the former run stays while the next one is read."""


class RunTree(SpanTree):
    """The span tree with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)


class RunView(RunNarrowing):
    """Shows `host.target`; without one, says how to choose a run."""

    NAME = "run"
    SCOPES = (Scope.RUN, Scope.TREE, Scope.LIST)
    CSS_PATH = "run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUN, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.arrangement = Arrangement()
        self._wanted: RunTarget | None = None
        self._rest: Timer | None = None
        self._detail: SpanDetail | None = None
        self._query = ""
        self._known = Known()
        self._diff_mark: tuple[str, int] | None = None
        self._memory_note = ""
        self._memory = MemoryMarks()
        self._diff_with: dict[int, tuple[str, int]] = {}

    def body(self) -> ComposeResult:
        yield Static(id="verdict")
        yield Static(id="nothing")
        with Container(id="panes"):
            with Vertical(id="tree-side"):
                yield RunTree(ascii_only=self.host.ascii_only)
                yield Static(id="tree-note")
            yield DetailPane(self.host.ascii_only)

    def on_screen_resume(self) -> None:
        """Another view may have chosen another run meanwhile."""
        self.show_target()

    # --- opening a run

    def show_load(self, load: Load) -> None:
        if self.opened is None:
            self.show_target()
            self._say_what_is_missing(load)
        else:
            self._catch_up(load, self.opened.run.run_id)

    def _catch_up(self, load: Load, run_id: str) -> None:
        """Read the run on show again if more is known of it than when it was read."""
        known, db = Known.of(load), load.db
        if db is not None and known != self._known:
            self._known = known
            self.work.start("run again", lambda: open_run(db, RunTarget(run_id)), self._renew_run)

    def show_target(self) -> None:
        """Show the run that the host asks for, if it is not on show."""
        target, db = self.host.target, self.db
        if db is None or (target is not None and target == self._wanted):
            return
        self._wanted = target
        opened = self.opened
        if target and opened and opened.run.run_id == target.run_id and not target.filter_text:
            self.work.start("place", lambda: place_in(db, opened.run, opened.tree, target), self._go_to)
        else:
            known = Known.of(self.host.load)
            self.work.start(
                "run",
                lambda: open_run(db, target),
                lambda read: self._show_run(read, known),
                lambda error: self._cannot_open(error, known),
            )
            self.set_timer(_PATIENCE_S, self._say_opening)

    def _say_opening(self) -> None:
        """Reading takes its time: what is on the screen is not taken for the run that was asked for."""
        if self.work.is_busy("run") and self.opened is not None:
            self.opened = self.picture = None
            self.remove_class("-has-run")
            self.query_one(ViewBar).note = ""
            self._say_what_is_missing(self.host.load)

    def _cannot_open(self, error: TracetuiError, known: Known) -> None:
        self._wanted = None
        if known != Known.of(self.host.load):
            self.show_target()
            return
        if self.opened is None:
            self._say_what_is_missing(self.host.load)
        if self.host.target is not None:
            self.show_error(error)

    def _show_run(self, opened: OpenedRun, known: Known) -> None:
        self.opened, self._known = opened, known
        self.picture = Picture(opened.tree)
        wanted = self.host.target or RunTarget(opened.run.run_id)
        self._wanted = self.host.target = RunTarget(wanted.run_id, wanted.span_id, wanted.step)
        self._hits, self._same, self._query, self._filter, self._detail = (), (), "", "", None
        self._marks.clear()
        self._diff_with.clear()
        self.query_one(ViewBar).note = opened.run.source
        self.add_class("-has-run")
        self._memory_note, self._memory = "", MemoryMarks()
        self._show_verdict()
        self._look_at_memory(opened.run.run_id)
        self._tree.show(opened.tree, opened.position)
        self._arrange()
        self._tree.focus()
        self._pane.clear()
        self.show_step()
        self._show_note()
        self.filter_by(wanted.filter_text)
        self._catch_up(self.host.load, opened.run.run_id)

    def _renew_run(self, opened: OpenedRun) -> None:
        """More of the run has been loaded: say so everywhere, the cursor staying on its span."""
        before = self.opened
        if before is None or before.run.run_id != opened.run.run_id:
            return
        self.opened = opened
        self._show_verdict()
        if opened.tree != before.tree:
            self._same = ()
            place = self.position
            found = find_again(before.tree, opened.tree, place)
            self._marks = {find_again(before.tree, opened.tree, mark) for mark in self._marks}
            self._diff_with.clear()
            if self._diff_mark is not None and self._diff_mark[0] == opened.run.run_id:
                marked = find_again(before.tree, opened.tree, self._diff_mark[1])
                self._diff_mark = (opened.run.run_id, marked)
            is_narrowed = self.picture is not None and self.picture.positions is not None
            self.picture = Picture(opened.tree)
            self._tree.show(opened.tree, found)
            self._mark_memory()
            self._narrow_again(opened, is_narrowed)
            self.search_for(self._query)
        self._look_at_memory(opened.run.run_id)
        self.show_step()

    def _look_at_memory(self, run_id: str) -> None:
        """The tree marks what changed the memory, and the verdict says where it looks wrong, once that is known."""
        db = self.db
        if isinstance(db, TraceDB) and (db.stage == "full" or self.host.load.is_complete):
            self.work.start("memory", lambda: db.memory(run_id).marks(), self._note_memory, self._no_memory)

    def _note_memory(self, marks: MemoryMarks) -> None:
        self._memory_note, self._memory = memory_note(marks.findings), marks
        self._show_verdict()
        self._mark_memory()

    def _no_memory(self, error: TracetuiError) -> None:
        self._memory_note = f"{MEMORY_NOT_READ}: {safe(error.message, 80)}"
        self._show_verdict()

    def _mark_memory(self) -> None:
        if self.picture is not None:
            changed, wrong = map(self.picture.all_shown, (self._memory.changed, self._memory.wrong))
            self._tree.set_memory(MemoryRows(changed, wrong))

    def _show_verdict(self) -> None:
        if self.opened is None:
            return
        run, times, is_low = self.opened.run, self.opened.times, self.arrangement.is_low
        shown = verdict_lines(run, times, self.signs, self.size.width - 2, self._memory_note, is_low)
        self.query_one("#verdict", Static).update(Content("\n").join(shown))

    def _say_what_is_missing(self, load: Load) -> None:
        words = "Reading the run…" if self.work.is_busy("run") else no_run_line(load)
        self.query_one("#nothing", Static).update(Content(words))

    # --- the cursor and the detail

    @property
    def _tree(self) -> RunTree:
        return self.query_one(RunTree)

    @property
    def _pane(self) -> DetailPane:
        return self.query_one(DetailPane)

    @property
    def position(self) -> int:
        """The chosen span's position in the whole run, 0 while there is none."""
        return self.picture.whole(self._tree.cursor) if self.picture and self._tree.cursor >= 0 else 0

    def on_span_tree_moved(self, event: SpanTree.Moved) -> None:
        event.stop()
        self._show_note()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self.show_step)

    def on_span_tree_entered(self, event: SpanTree.Entered) -> None:
        event.stop()
        self.arrangement = self.arrangement.with_detail()
        self._arrange()
        self._pane.focus_text()

    def show_step(self) -> None:
        """Fetch the chosen step and show it."""
        self._rest = None
        db, opened = self.db, self.opened
        if db is None or opened is None:
            return
        run_id, position, marks, tab = opened.run.run_id, self.position, self.signs, self._pane.tab
        other, rule = self._diff_with.get(position), self.host.rule

        def prepared() -> Shown:
            detail = db.detail(run_id, position)
            return prepare(detail, marks, tab, later_tabs(db, detail, other, rule))

        self.work.start("detail", prepared, self._show_detail, self._no_detail)

    def _show_detail(self, shown: Shown) -> None:
        self._detail = shown.detail
        self._pane.show(shown)

    def _no_detail(self, error: TracetuiError) -> None:
        self._detail = None
        self._pane.show_problem(error)

    def on_detail_pane_jump(self, event: DetailPane.Jump) -> None:
        """A line of the detail leads to another step."""
        event.stop()
        db, span_id = self.db, event.span_id
        here = self.opened.run.run_id if self.opened is not None else None
        if db is not None:
            self.work.start(
                "jump",
                lambda: db.span_position(span_id, run_id=here) or db.span_position(span_id),
                lambda place: self._jump_to(span_id, place),
            )

    def _jump_to(self, span_id: str, place: tuple[str, int] | None) -> None:
        if place is None:
            self.say(f"Span {span_id} is not in what was loaded.")
        else:
            self.host.open_run(RunTarget(place[0], span_id))

    def _go_to(self, position: int) -> None:
        if self.picture is None:
            return
        if self.picture.shown(position) is None and self.opened is not None:
            self._show_picture(Picture(self.opened.tree))
        self._tree.reveal(self.picture.nearest(position))
        self._tree.focus()

    # --- diffs

    def action_diff(self) -> None:
        """The chosen step against the one before of its kind."""
        self._diff_with.pop(self.position, None)
        self._show_diff()

    def action_diff_mark(self) -> None:
        """Mark the chosen step; where another is marked, diff with that one."""
        if self.opened is None:
            return
        here = (self.opened.run.run_id, self.position)
        marked, self._diff_mark = self._diff_mark, None
        if marked is None:
            self._diff_mark = here
        elif marked != here:
            self._diff_with[self.position] = marked
            self._show_diff()
        self._show_note()

    def _show_diff(self) -> None:
        self.arrangement = self.arrangement.with_detail()
        self._arrange()
        self._pane.tab = DIFF
        self.show_step()

    # --- search

    def action_search(self) -> None:
        """Search names, errors, messages, input, output and attributes of the run."""
        if self.opened is not None:
            self.prompt.open(
                Purpose.SEARCH, self._query, "names, errors, messages, input, output, attributes"
            )

    def search_for(self, text: str) -> None:
        self._query = text
        db, opened = self.db, self.opened
        if not text or db is None or opened is None:
            self.work.cancel("search")
            self._show_hits(())
            return
        run_id = opened.run.run_id
        self.prompt.note("searching…")
        self.work.start("search", lambda: db.search(run_id, text), self._show_hits)

    def _show_hits(self, hits: Sequence[int]) -> None:
        self._hits = hits
        if self.picture is None:
            return
        shown = self.picture.all_shown(hits)
        self._tree.set_hits(shown)
        if shown and self._tree.cursor not in shown:
            self._tree.go_to_next(shown)
        self._show_note()
        self._pane.find(self._query)

    def action_search_next(self) -> None:
        """To the next hit."""
        self._jump_to_hit(backwards=False)

    def action_search_previous(self) -> None:
        """To the hit before."""
        self._jump_to_hit(backwards=True)

    def _jump_to_hit(self, backwards: bool) -> None:
        if not self._query:
            self.action_search()
        elif self._pane.has_text_focus:
            self._pane.next_hit(backwards)
        else:
            self._jump(self._hits, f"hit for “{self._query}”", backwards)

    def _show_note(self) -> None:
        """The line below the tree: hits, bookmarks and filter, only while there is something to say."""
        rank = rank_of(self._hits, self.position)
        if self._query:
            self.prompt.note(f"{rank} hits")
        is_narrowed = self.picture is not None and self.picture.positions is not None
        mark = rank_of(sorted(self._marks), self.position) if self._marks else ""
        words = tree_notes(self._query, rank, self._filter, is_narrowed, mark, self._diff_mark is not None)
        note = self.query_one("#tree-note", Static)
        note.update(Content("   ".join(words)))
        note.display = bool(words)

    # --- panes

    def on_resize(self, event: events.Resize) -> None:
        self.arrangement = self.arrangement.fitted(event.size.width, event.size.height)
        self._arrange()
        self._show_verdict()

    def _arrange(self) -> None:
        arrange(self, self.query_one("#panes"), self.query_one("#tree-side"), self._pane, self.arrangement)

    def action_other_pane(self) -> None:
        """Between tree and detail."""
        if self._pane.has_text_focus:
            self.rest_focus()
        else:
            self.on_span_tree_entered(SpanTree.Entered(self._tree, self._tree.cursor))

    def action_pane_size(self, direction: int) -> None:
        """Give the focused pane more or less room."""
        towards_tree = direction if not self._pane.has_text_focus else -direction
        self.arrangement = self.arrangement.resized(towards_tree)
        self._arrange()

    def action_detail_tab(self, direction: int) -> None:
        """Next or previous tab."""
        self.arrangement = self.arrangement.with_detail()
        self._arrange()
        self._pane.turn(direction)

    def action_wrap(self) -> None:
        """Wrap long lines of the detail, or let them run on."""
        self._pane.toggle_wrap()

    def rest_focus(self) -> None:
        self.arrangement = self.arrangement.with_tree()
        self._arrange()
        self._tree.focus()

    def sql(self) -> str:
        if self.db is None or self.opened is None:
            return ""
        return self.db.spans_query(self.opened.run.run_id, self._filter)

    def go_back(self) -> bool:
        if self._pane.has_text_focus:
            self.rest_focus()
        elif self._query:
            self.search_for("")
        elif (
            self.opened is not None and self.picture is not None and (self._filter or self.picture.positions)
        ):
            self._filter = ""
            self._show_picture(Picture(self.opened.tree))
        else:
            return False
        return True

    # --- copy

    def action_yank(self) -> None:
        """Choose what to copy of the step."""
        if self._detail is None or self.opened is None:
            self.say("The step is still loading.")
            return
        copies = step_copies(self._detail, self.opened.tree, self.host.paths, self._pane.value())
        choices = [Choice(copy.key, copy.title, copy.text) for copy in copies]
        self.app.push_screen(Menu("Copy", choices), lambda key: self._copy(copies, key))

    def _copy(self, copies: Sequence[Copy], key: str | None) -> None:
        for copy in copies:
            if copy.key == key:
                self.host.copy_text(copy.text, copy.title)
