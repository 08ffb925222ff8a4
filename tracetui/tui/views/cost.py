"""The Cost view: what was paid and for what, over time, counted otherwise, and what it would have cost elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tracetui.api import TraceDB
from tracetui.errors import TracetuiError
from tracetui.pricing.lookup import WhatIf
from tracetui.pricing.tables import DIMENSIONS, ROLLUPS, CostTable
from tracetui.render import costs
from tracetui.render.safe import safe
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.cost_query import SLOTS, CostAnswer, CostQuery, ask, narrowed
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.load_lines import nothing_open_line
from tracetui.tui.loading import Load
from tracetui.tui.prompt import Purpose
from tracetui.tui.tree_jumps import rank_of
from tracetui.tui.view import LOW_ROWS, RunTarget, View
from tracetui.tui.views.cost_chart import chart_lines
from tracetui.tui.views.cost_rows import CostRows, PivotRows
from tracetui.tui.widgets.grid import Grid

_LETTERS = {
    "model": "m", "provider": "p", "tier": "i", "agent": "a", "tool": "t", "step": "s", "run": "r", "session": "c", "user": "u",
    "tag": "g", "environment": "e", "version": "v", "day": "d", "hour": "h", "minute": "n", "bucket": "b",
}  # fmt: skip
_NONE = "-"
_LOW_ROWS = 30
_MARGIN_CELLS = 2


class CostGrid(Grid):
    """The table with the keys of lists."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class CostView(View):
    """A table by one dimension or two, with the chart of the same money below."""

    NAME = "cost"
    SCOPES = (Scope.COST, Scope.LIST)
    CSS_PATH = "cost.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COST, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.query_now = CostQuery()
        self.answer: CostAnswer | None = None
        self._keys: Sequence[str | None] = ()
        self._search = ""
        self._hits: list[int] = []
        self._asked: object = None

    def body(self) -> ComposeResult:
        yield Static(id="summary")
        yield Static(id="how")
        yield CostGrid(fixed_columns=1, ascii_only=self.host.ascii_only)
        yield Static(id="chart")

    @property
    def grid(self) -> CostGrid:
        """The table."""
        return self.query_one(CostGrid)

    @property
    def traces(self) -> TraceDB | None:
        """The opened traces, where they can tell costs."""
        return self.db if isinstance(self.db, TraceDB) else None

    # --- asking

    def show_load(self, load: Load) -> None:
        self.query_one(ViewBar).note = ", ".join(self.host.paths)
        state = (load.db, load.is_complete, load.pricings)
        if load.db is None:
            self.query_one("#summary", Static).update(Content(nothing_open_line(load)))
        elif state != self._asked:
            self._asked = state
            self._ask()

    def _ask(self, failed: Callable[[TracetuiError], None] | None = None) -> None:
        db, query = self.traces, self.query_now
        if db is None:
            return
        if self.answer is None:
            self.query_one("#summary", Static).update("Adding up…")
        self.work.start("costs", lambda: ask(db, query), self._show_answer, failed)

    def _change(self, query: CostQuery) -> None:
        """Ask otherwise; where that cannot be answered all stays as it is."""
        before, self.query_now = self.query_now, query

        def failed(error: TracetuiError) -> None:
            self.query_now = before
            self.show_filter_error(error, query.scope.filter_text)

        self._ask(failed)

    # --- showing

    def _show_answer(self, answer: CostAnswer) -> None:
        is_same = self.answer is not None and self.answer.query.dimensions == answer.query.dimensions
        cursor = max(self.grid.cursor, 0) if is_same else 0
        self.answer = answer
        if answer.query.across is None:
            self._keys = tuple(row.keys[0] for row in answer.table.rows)
            self.grid.show(CostRows(answer.table, self.host.ascii_only), cursor)
        else:
            pivot = PivotRows(answer.table)
            self._keys = pivot.keys
            self.grid.show(pivot, cursor)
        self.search_for(self._search)
        self._show_lines()
        words = f"{answer.runs:,} of {answer.all_runs:,} runs · {answer.table.total.calls:,} calls"
        self.note_filter(words, answer.runs, answer.query.scope.filter_text)

    def _show_lines(self) -> None:
        answer = self.answer
        if answer is None:
            return
        width = max(self.size.width - _MARGIN_CELLS, 10)
        summary = Content(costs.coverage(answer.table.total, width)).truncate(width, ellipsis=True)
        self.query_one("#summary", Static).update(summary)
        first, *rest = self._how_lines(answer)
        lines = [Content(first).truncate(width, ellipsis=True), *map(Content, rest)]
        self.query_one("#how", Static).update(Content("\n").join(lines))
        height = 4 if self.size.height < _LOW_ROWS else 8
        bars = chart_lines(answer.timeline, width, height, self.host.ascii_only)
        self.query_one("#chart", Static).update(Content("\n".join(bars)))

    def _how_lines(self, answer: CostAnswer) -> list[str]:
        query = answer.query
        words = [f"by {' and '.join(query.dimensions)}"]
        if note := costs.share_note(answer.table):
            words.append(note)
        if query.scope.filter_text:
            words.append(f"filter “{safe(query.scope.filter_text, 60)}”  esc clears")
        if self._search:
            words.append(f"“{safe(self._search, 40)}” {rank_of(self._hits, self.grid.cursor)}  n N")
        if answer.why_empty:
            words.append(answer.why_empty)
        if not self.host.load.is_priced and self.host.load.price_error is None:
            words.append("looking up prices…")
        rule = query.scope.rollup
        total = answer.table.total
        told = (
            costs.gap_lines(answer.gaps)
            if rule is None
            else costs.rule_lines(rule, answer.ours, total, answer.roles)
        )
        # a low terminal has no room for all: remarks on prices go first
        return [" · ".join(words), *told, *costs.note_lines(total)]

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < LOW_ROWS, "-low")
        self._show_lines()

    # --- choosing

    def action_cost_by(self) -> None:
        """Choose what the money is told apart by."""
        choices = [Choice(_LETTERS[name], name) for name in DIMENSIONS]
        self.app.push_screen(Menu("By", choices, _LETTERS[self.query_now.by]), self._by_chosen)

    def _by_chosen(self, letter: str | None) -> None:
        name = _dimension(letter)
        if name is not None:
            across = None if self.query_now.across == name else self.query_now.across
            self._change(replace(self.query_now, by=name, across=across))

    def action_cost_pivot(self) -> None:
        """Choose a second dimension, across."""
        others = [name for name in DIMENSIONS if name != self.query_now.by]
        choices = [Choice(_NONE, "nothing"), *(Choice(_LETTERS[name], name) for name in others)]
        chosen = _LETTERS[self.query_now.across] if self.query_now.across else _NONE
        self.app.push_screen(Menu("Across", choices, chosen), self._across_chosen)

    def _across_chosen(self, letter: str | None) -> None:
        if letter is not None:
            self._change(replace(self.query_now, across=_dimension(letter)))

    def action_cost_rule(self) -> None:
        """Choose how figures are counted."""
        choices = [
            Choice(_NONE, "once", "each call once, and what spans tell beyond them"),
            *(Choice(rule[0], rule, costs.RULES[rule]) for rule in ROLLUPS),
        ]
        chosen = self.query_now.scope.rollup
        self.app.push_screen(Menu("Count", choices, chosen[0] if chosen else _NONE), self._rule_chosen)

    def _rule_chosen(self, letter: str | None) -> None:
        if letter is not None:
            rule = next((name for name in ROLLUPS if name[0] == letter), None)
            self._change(self.query_now.with_rule(rule))

    def action_cost_prices(self) -> None:
        """Read the price files again."""
        if self.host.price_again():
            self.say("The price files are read again.")
        else:
            self.say("Prices come with the load, which is still running.", is_problem=True)

    def action_cost_slot(self) -> None:
        """Days, hours or minutes in the chart."""
        line = self.answer.timeline if self.answer is not None else None
        if line is not None:
            later = SLOTS[(SLOTS.index(line.slot) + 1) % len(SLOTS)]
            self._change(replace(self.query_now, slot=later))

    def action_cost_question(self) -> None:
        """Choose a ready question."""
        from tracetui.tui.cost_questions import QUESTIONS

        choices = [Choice(key, title, about) for key, (_, title, about) in QUESTIONS.items()]
        self.app.push_screen(Menu("Questions", choices), self._question_chosen)

    def _question_chosen(self, letter: str | None) -> None:
        from tracetui.tui.cost_questions import QUESTIONS, Answer, AnswerScreen, answer_of

        db = self.traces
        if letter is None or db is None:
            return
        name, title, _ = QUESTIONS[letter]
        query = self.query_now

        def show(found: Answer) -> None:
            command = f"tracetui cost … {query.question_options(name)}"
            screen = AnswerScreen(title, command, found, self.host.ascii_only)
            self.app.push_screen(screen, lambda place: self._open_place(place))

        self.work.start("question", lambda: answer_of(db, name, query.scope), show)

    def _open_place(self, place: tuple[str, str] | None) -> None:
        if place is not None:
            self.host.open_run(RunTarget(place[0], place[1]))

    # --- what if

    def action_cost_what_if(self) -> None:
        """Ask what the same tokens had cost otherwise."""
        choices = [
            Choice("m", "model", "another model, by provider/model or its name alone"),
            Choice("c", "cache off", "every cached token at the price of a fresh one"),
            Choice("b", "batch", "in the batch tier, where the model has one"),
        ]
        self.app.push_screen(Menu("What if", choices), self._what_if_chosen)

    def _what_if_chosen(self, letter: str | None) -> None:
        if letter == "m":
            self.prompt.open(Purpose.MODEL, "", "gpt-4o-mini, anthropic/claude-sonnet-4-5 …")
        elif letter is not None:
            self._what_if(WhatIf(cache_off=letter == "c", batch=letter == "b"))

    def take(self, purpose: Purpose, text: str) -> None:
        if purpose is Purpose.MODEL and text.strip():
            self._what_if(WhatIf(model=text.strip()))

    def _what_if(self, asked: WhatIf) -> None:
        from tracetui.tui.cost_windows import WhatIfScreen

        db, query = self.traces, self.query_now
        if db is None:
            return
        scope, by = replace(query.scope, rollup=None), (query.by,)

        def show(both: tuple[CostTable, CostTable]) -> None:
            self.app.push_screen(WhatIfScreen(asked, *both, self.host.ascii_only))

        self.work.start("what if", lambda: (db.costs(by, scope), db.costs(by, scope, asked)), show)

    def sql(self) -> str:
        """The query behind the table; what if prices are left out of it."""
        query = self.query_now
        return "" if self.traces is None else self.traces.costs_query(query.dimensions, query.scope)

    # --- filter, search, going in

    def action_filter(self) -> None:
        """Count only runs that pass a filter."""
        hint = "status:error tool:search cost:>0.1 latency:>2s, or a word"
        self.prompt.open(Purpose.FILTER, self.query_now.scope.filter_text, hint)

    def filter_by(self, text: str) -> None:
        if text != self.query_now.scope.filter_text:
            self._change(self.query_now.with_filter(text))

    def action_search(self) -> None:
        """Jump among lines that contain a text."""
        self.prompt.open(Purpose.SEARCH, self._search, f"a {self.query_now.by}")

    def search_for(self, text: str) -> None:
        self._search = text
        wanted = text.casefold()
        self._hits = [at for at, key in enumerate(self._keys) if text and wanted in (key or "").casefold()]
        if self._hits and self.grid.cursor not in self._hits:
            self.grid.cursor = self._hits[0]
        if self.prompt.is_open and self.prompt.purpose is Purpose.SEARCH:
            self.prompt.note(f"{len(self._hits):,} hits")
        self._show_lines()

    def action_search_next(self) -> None:
        """To the next hit."""
        later = [at for at in self._hits if at > self.grid.cursor]
        self._go(later or self._hits)

    def action_search_previous(self) -> None:
        """To the hit before."""
        before = [at for at in self._hits if at < self.grid.cursor]
        self._go(list(reversed(before or self._hits)))

    def _go(self, rows: Sequence[int]) -> None:
        if rows:
            self.grid.cursor = rows[0]
            self._show_lines()
        else:
            self.say(f"No line contains “{self._search}”." if self._search else "/ searches the lines.")

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        db, query = self.traces, self.query_now
        if db is None or not 0 <= event.row < len(self._keys):
            return
        key = self._keys[event.row]
        if query.by == "run" and key is not None:
            self.host.open_run(RunTarget(key))
        elif query.by == "step" and key is not None:
            self.work.start("step", lambda: db.dearest_step(key), self._open_place)
        else:
            self._show_runs(narrowed(query.scope.filter_text, query.by, key))

    def _show_runs(self, filter_text: str | None) -> None:
        if filter_text is None:
            self.say("This line stands for no runs of its own; b tells the money apart otherwise.")
        else:
            self.host.filter_runs(filter_text)

    def rest_focus(self) -> None:
        self.grid.focus()

    def go_back(self) -> bool:
        if self._search:
            self.search_for("")
        elif self.query_now.scope.filter_text:
            self.filter_by("")
        elif self.query_now.scope.rollup is not None:
            self._change(self.query_now.with_rule(None))
        else:
            return False
        return True

    # --- copy

    def action_yank(self) -> None:
        """Choose what to copy of the line."""
        copies = self._copies()
        choices = [Choice(letter, title, text) for letter, title, text in copies if text]
        self.app.push_screen(Menu("Copy", choices), lambda letter: self._copy(copies, letter))

    def _copies(self) -> list[tuple[str, str, str]]:
        at, answer = self.grid.cursor, self.answer
        copies = [("c", "command", self.query_now.command(self.host.paths))]
        if answer is None or not 0 <= at < len(self._keys):
            return copies
        key = self._keys[at]
        paid = costs.sum_of(row for row in answer.table.rows if row.keys[0] == key)
        return [("v", "cost", "" if paid is None else str(paid)), ("k", "name", key or ""), *copies]

    def _copy(self, copies: Sequence[tuple[str, str, str]], letter: str | None) -> None:
        for own, title, text in copies:
            if own == letter:
                self.host.copy_text(text, title)


def _dimension(letter: str | None) -> str | None:
    return next((name for name, own in _LETTERS.items() if own == letter), None)
