"""The Memory view: what a run remembered at each point, what changed, who wrote it, and what the model could see."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tracetui.api import TraceDB
from tracetui.api.memory import ContextChange
from tracetui.render.json_lines import plain_lines
from tracetui.render.memory import no_messages, nothing_in_tab, nothing_told, tells_state
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.detail.copies import Copy
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.load_lines import nothing_open_line
from tracetui.tui.loading import Load
from tracetui.tui.prompt import Purpose
from tracetui.tui.sql.tokens import text_literal
from tracetui.tui.tab_strip import Tab, TabStrip
from tracetui.tui.view import RunTarget, View
from tracetui.tui.views.memory_rows import (
    CONTEXT_COLUMNS,
    KEY_COLUMNS,
    POINT_COLUMNS,
    Entry,
    Rows,
    context_cells,
    entry_cells,
    point_cells,
)
from tracetui.tui.views.memory_run import (
    Base,
    Opened,
    call_sections,
    entries_at,
    is_long_term,
    key_sections,
    memory_copies,
    open_memory,
    where_words,
)
from tracetui.tui.views.memory_strip import StripPane, key_lines, point_at, points_of, step_at, window_lines
from tracetui.tui.widgets.document import HEADER, Section
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.text_view import TextView

_TABS = ("State", "Context window", "Long-term and files")
_STATE, _CONTEXT, _LONG_TERM = range(3)
_STRIP_LINES = 9
REST_SECONDS = 0.06
"""How long the cursor rests before the value and history of a key are fetched."""


class PointGrid(Grid):
    """Steps and moments of change, with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class KeyGrid(Grid):
    """Keys of the state or changes of the window, with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class ValuePane(TextView):
    """One key or call whole, with the keys of lists and of folds."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)


class MemoryView(View):
    """Points of the run at the left; what was remembered there at the right, and below it one key whole."""

    NAME = "memory"
    SCOPES = (Scope.MEMORY, Scope.LIST, Scope.TREE)
    CSS_PATH = "memory.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MEMORY, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.opened: Opened | None = None
        self.entries: Sequence[Entry] = ()
        self._wanted: object = None
        self._key: tuple[str, str, str] | None = None
        self._marked: Base | None = None
        self._tab = _STATE
        self._until: Sequence[ContextChange] = ()
        self._rest: Timer | None = None
        self._query = ""
        self._hits: list[int] = []

    def body(self) -> ComposeResult:
        yield Static(id="summary")
        yield StripPane()
        yield TabStrip()
        with Horizontal(id="panes"):
            yield PointGrid(ascii_only=self.host.ascii_only)
            with Vertical(id="right"):
                yield KeyGrid(fixed_columns=2, ascii_only=self.host.ascii_only)
                with Vertical(id="value"):  # its border would slow the pane down
                    yield ValuePane(ascii_only=self.host.ascii_only)

    @property
    def points(self) -> PointGrid:
        """The points of the run."""
        return self.query_one(PointGrid)

    @property
    def keys(self) -> KeyGrid:
        """What was remembered."""
        return self.query_one(KeyGrid)

    # --- opening

    def show_load(self, load: Load) -> None:
        if load.db is None:
            self.query_one("#summary", Static).update(Content(nothing_open_line(load)))
        else:
            self.show_target()

    def on_screen_resume(self) -> None:
        self.show_target()

    def show_target(self) -> None:
        """Show the memory of the run that the Run view shows."""
        db, target = self.db, self.host.target
        wanted = (db, self.host.load.is_complete, target.run_id if target else None)
        if isinstance(db, TraceDB) and wanted != self._wanted:
            self._wanted = wanted
            if self.opened is None:
                self.query_one("#summary", Static).update("Reading what the run remembers…")
            self.work.start("memory", lambda: open_memory(db, target), self._show)

    def _show(self, opened: Opened) -> None:
        self.opened, self._key = opened, None
        if self.host.target is None:  # the other views stay with this run, whatever comes first later
            self.host.target = RunTarget(opened.run.run_id)
            self._wanted = (self.db, self.host.load.is_complete, opened.run.run_id)
        self.query_one(ViewBar).note = opened.run.source
        has_state = any(not is_long_term(store) for store in opened.stores)
        has_long_term = any(is_long_term(store) for store in opened.stores)
        self.query_one(TabStrip).tabs = (
            Tab(_TABS[_STATE], has_state),
            Tab(_TABS[_CONTEXT], bool(opened.context)),
            Tab(_TABS[_LONG_TERM], has_long_term),
        )
        end = max(len(opened.points) - 1, 0)
        last = max((at for at, point in enumerate(opened.points) if point.changes), default=end)
        places = ((each.position, each.strength) for each in opened.findings)
        wrong = frozenset(at for at, strength in places if at is not None and strength != "weak")
        self.points.show(Rows(POINT_COLUMNS, opened.points, partial(point_cells, wrong=wrong)), last)
        if self._marked is None:
            self._tab = (
                _STATE if has_state else _LONG_TERM if has_long_term or not opened.context else _CONTEXT
            )
        self._turn_to(self._tab)

    # --- one point

    def on_grid_moved(self, event: Grid.Moved) -> None:
        event.stop()
        if event.grid is self.points:
            self._ask()
        elif self._tab == _CONTEXT:
            self._show_call(event.row)
        elif event.row < len(self.entries) and self.entries[event.row].place != self._key:
            self._key = self.entries[event.row].place
            self._rest_on_key()

    def on_grid_entered(self, event: Grid.Entered) -> None:
        """A point opens its step in Run; a key gives the focus to its value."""
        event.stop()
        opened = self.opened
        if opened is None:
            return
        if event.grid is self.points:
            point = opened.points[event.row]
            self.host.open_run(RunTarget(opened.run.run_id, step=point.step or None))
        else:
            self.query_one(TextView).focus()

    def on_document_view_entered(self, event: TextView.Entered) -> None:
        """The head of a comparison of calls opens the call that is compared with in Run."""
        event.stop()
        opened = self.opened
        if opened is not None and self._tab == _CONTEXT and event.line == HEADER and event.section.key:
            run = opened.run if self._marked is None else self._marked.run
            self.host.open_run(RunTarget(run.run_id, event.section.key))

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self._turn_to(event.index)

    def action_memory_tab(self) -> None:
        """The next of the three tabs."""
        self._turn_to((self._tab + 1) % len(_TABS))

    def _turn_to(self, tab: int) -> None:
        self._tab = self.query_one(TabStrip).active = tab
        # what was asked for the other tab must not come up in this one
        self.work.cancel("point")
        self.work.cancel("key")
        self._ask()

    @property
    def at(self) -> int:
        """The chosen point."""
        return max(self.points.cursor, 0)

    def _ask(self) -> None:
        opened = self.opened
        if opened is None:
            return
        if self._tab == _CONTEXT or not opened.points:
            self._say_where(opened)
            self._show_context(opened)
            return
        before = opened.points[self.at - 1].seq if self.at else 0
        now, base = opened.points[self.at].seq, self._marked
        self.work.start("point", lambda: entries_at(opened, before, now, base), self._show_point)

    def _say_where(self, opened: Opened) -> None:
        words = where_words(opened, self.at, self._marked, max(self.size.width - 2, 20))
        self.query_one("#summary", Static).update(Content(words), layout=False)

    @property
    def _strip_cells(self) -> int:
        return self.size.width - 2

    def _draw_strip(self, opened: Opened) -> None:
        """Keys down and points across, or the window of each call; it takes little room where there is little."""
        width, height = self._strip_cells, max(3, min(_STRIP_LINES, self.size.height // 6))
        if self._tab == _CONTEXT or not opened.points:
            step = opened.points[self.at].step if opened.points else 0
            lines = list(window_lines(opened.context, step, width, is_ascii=self.host.ascii_only))
        else:
            own = [entry.place for entry in self.entries]
            wanted = [
                place
                for place in dict.fromkeys([*own, *opened.strip.touched])
                if is_long_term(place[0]) == (self._tab == _LONG_TERM)
            ]
            drawn = key_lines(
                opened.strip, wanted, self._key, self.at, width, height, is_ascii=self.host.ascii_only
            )
            lines = list(drawn)
        self.query_one(StripPane).show(lines)

    def on_resize(self, event: events.Resize) -> None:
        """Lines of their own width are drawn anew."""
        del event
        if self.opened is not None:
            self._say_where(self.opened)
            self._draw_strip(self.opened)

    def _show_point(self, found: list[Entry]) -> None:
        if self.opened is not None:
            self._say_where(self.opened)
        wants_long_term = self._tab == _LONG_TERM
        entries = [entry for entry in found if is_long_term(entry.place[0]) == wants_long_term]
        self.entries = entries
        touched = next((row for row, entry in enumerate(entries) if entry.mark), 0)
        row = next((row for row, entry in enumerate(entries) if entry.place == self._key), touched)
        self.keys.show(Rows(KEY_COLUMNS, entries, entry_cells), row)
        if entries:
            self._key = entries[row].place
        self._rest_on_key()

    def _rest_on_key(self) -> None:
        """The strip at once; the value and history of a key once the cursor rests, as they take longer."""
        if self.opened is not None:
            self._draw_strip(self.opened)
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self._show_key)

    def _show_context(self, opened: Opened) -> None:
        self._draw_strip(opened)
        step = opened.points[self.at].step if opened.points else 0
        until = self._until = [change for change in opened.context if change.step <= step]
        self.entries = ()
        self.keys.show(Rows(CONTEXT_COLUMNS, until, context_cells), max(len(until) - 1, 0))
        note = "" if opened.context else no_messages(opened.run.format)
        self.query_one(TextView).show_lines(plain_lines(note))
        self._show_call(len(until) - 1)

    def _show_call(self, row: int) -> None:
        """The messages that entered and left at the call of a line."""
        db, opened = self.db, self.opened
        if isinstance(db, TraceDB) and opened is not None and 0 <= row < len(self._until):
            call, base, rule = self._until[row], self._marked, self.host.rule
            self.work.start("key", lambda: call_sections(db, opened, call, base, rule), self._show_sections)

    # --- one key

    def _show_key(self) -> None:
        self._rest = None
        opened, key = self.opened, self._key
        if self._tab == _CONTEXT:
            return
        if opened is None or key is None or not self.entries:
            note = "" if opened is None else self._why_empty(opened)
            self.query_one(TextView).show_lines(plain_lines(note))
            return
        entry = next((entry for entry in self.entries if entry.place == key), self.entries[0])
        before, now = opened.points[self.at - 1].seq if self.at else 0, opened.points[self.at].seq
        base = self._marked
        there = (base.memory, base.point.seq) if base is not None else (opened.memory, before)
        position = opened.points[self.at].position
        self.work.start("key", lambda: key_sections(opened, entry, there, now, position), self._show_sections)

    def _why_empty(self, opened: Opened) -> str:
        wants_long_term = self._tab == _LONG_TERM
        if not opened.stores or not (wants_long_term or tells_state(opened.stores)):
            return nothing_told(opened.run.format)
        return nothing_in_tab(
            wants_long_term, any(is_long_term(each) == wants_long_term for each in opened.stores)
        )

    def _show_sections(self, sections: list[Section]) -> None:
        self.query_one(TextView).show_sections(sections)

    # --- walking

    def action_next_change(self, direction: int = 1) -> None:
        """To the next point that changed the selected key."""
        opened, key = self.opened, self._key
        if opened is None or key is None:
            self.action_next_any(direction)
            return
        self._go_to(points_of(opened.strip, key), direction, "This key changes no further that way.")

    def action_next_any(self, direction: int = 1) -> None:
        """To the next point that changed anything."""
        if self.opened is not None:
            self._go_to(set(self.opened.changing), direction, "Nothing changes that way.")

    def on_strip_pane_clicked(self, event: StripPane.Clicked) -> None:
        """A click on the strip goes to the point that is drawn there."""
        event.stop()
        opened, width = self.opened, self._strip_cells
        if opened is None or not opened.points:
            return
        if self._tab == _CONTEXT:
            step = step_at(event.cell, opened.context, width)
            at = next((at for at, point in enumerate(opened.points) if point.step == step), None)
        else:
            at = point_at(event.cell, len(opened.points), width)
        if at is not None:
            self.points.move_to(at)

    def _go_to(self, places: set[int], direction: int, otherwise: str) -> None:
        ahead = sorted(at for at in places if (at - self.at) * direction > 0)
        if not ahead:
            self.say(otherwise)
            return
        self.points.move_to(ahead[0] if direction > 0 else ahead[-1])

    def action_memory_mark(self) -> None:
        """Compare with this point from now on, also in other runs; again, with the point before."""
        if self.opened is not None and self.opened.points:
            base = Base(self.opened.run, self.opened.memory, self.opened.points[self.at])
            self._marked = base if self._marked is None else None
            self._ask()

    def action_other_pane(self) -> None:
        """Points, keys, value."""
        panes = (self.points, self.keys, self.query_one(TextView))
        has = next((number for number, pane in enumerate(panes) if pane.has_focus), -1)
        panes[(has + 1) % len(panes)].focus()

    def rest_focus(self) -> None:
        self.points.focus()

    def sql(self) -> str:
        opened = self.opened
        if opened is None:
            return ""
        run, step = text_literal(opened.run.run_id), opened.points[self.at].step if opened.points else 0
        if self._tab == _CONTEXT:
            return f"FROM context_changes\nWHERE run_id = {run}\nORDER BY step"
        return f"FROM state_at({run}, {step})"

    def action_yank(self) -> None:
        """Choose what to copy of the key or the call."""
        opened = self.opened
        if opened is None:
            return
        point = opened.points[self.at] if opened.points else None
        entry = next((entry for entry in self.entries if entry.place == self._key), None)
        paths = self.host.paths
        self.work.start("copy", lambda: memory_copies(opened, entry, point, paths), self._choose_copy)

    def _choose_copy(self, copies: list[Copy]) -> None:
        choices = [Choice(copy.key, copy.title, copy.text) for copy in copies]
        self.app.push_screen(Menu("Copy", choices), lambda letter: self._copy(copies, letter))

    def _copy(self, copies: Sequence[Copy], letter: str | None) -> None:
        for copy in copies:
            if copy.key == letter:
                self.host.copy_text(copy.text, copy.title)

    # --- search in keys and values

    def action_search(self) -> None:
        """Search keys, values and writers at this point."""
        self.prompt.open(Purpose.SEARCH, self._query, "key, value, writer")

    def search_for(self, text: str) -> None:
        self._query, wanted = text, text.casefold()
        self._hits = [
            row
            for row, entry in enumerate(self.entries)
            if text and any(wanted in cell.casefold() for cell, _ in entry_cells(entry))
        ]
        if self.prompt.is_open:
            self.prompt.note(f"{len(self._hits):,} hits")
        if self._hits and self.keys.cursor not in self._hits:
            self.keys.move_to(self._hits[0])

    def action_search_next(self) -> None:
        """To the next hit."""
        self._jump(1)

    def action_search_previous(self) -> None:
        """To the hit before."""
        self._jump(-1)

    def _jump(self, direction: int) -> None:
        ahead = [row for row in self._hits if (row - self.keys.cursor) * direction > 0]
        if ahead:
            self.keys.move_to(ahead[0] if direction > 0 else ahead[-1])
        else:
            self.say("No key further that way contains that.")
