"""The SQL view: an editor, the result below it, and ways from there to the other views."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tracetui.errors import InterruptedByUser, NotLoadedError, TracetuiError
from tracetui.render.json_lines import text_lines
from tracetui.render.lines import Lines
from tracetui.render.safe import safe_lines
from tracetui.sql.questions import Question, typed_value
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import KeyBar, ViewBar
from tracetui.tui.detail.copies import Copy
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.load_lines import nothing_open_line, short_progress
from tracetui.tui.loading import Load
from tracetui.tui.prompt import Purpose
from tracetui.tui.sql.asking import Asking
from tracetui.tui.sql.catalog import frequent_values
from tracetui.tui.sql.copying import copies
from tracetui.tui.sql.editor import SqlEditor
from tracetui.tui.sql.exporting import Exporting
from tracetui.tui.sql.history import remember, save_query
from tracetui.tui.sql.links import leads_to_run, narrowing, target_of
from tracetui.tui.sql.palettes import HistoryProvider, QuestionProvider
from tracetui.tui.sql.popup import Popup
from tracetui.tui.sql.proposals import Proposals
from tracetui.tui.sql.result_pane import ResultPane
from tracetui.tui.sql.schema import SchemaBrowser
from tracetui.tui.sql.tokens import parameters, statements
from tracetui.tui.sql.windows import Blank, ParameterForm, ValueScreen
from tracetui.tui.view import RunTarget, View
from tracetui.tui.widgets.text_view import DocumentView

if TYPE_CHECKING:
    from tracetui.workers.attaching import Attached
    from tracetui.workers.queries import QueryResult


_UNSAFE = "--unsafe-sql: statements here may read and write files and change settings"
_RESULT_FIRST = (Scope.RESULT, Scope.SQL, Scope.LIST)


class SqlView(View):
    """Runs what is typed in the query worker and shows the rows; enter on a row opens what it tells of in Run."""

    NAME = "sql"
    SCOPES = (Scope.SQL, Scope.RESULT, Scope.LIST)
    CSS_PATH = "sql.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SQL, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self._asking = Asking()
        self._values: dict[str, str] = {}
        self._latest: tuple[str, Mapping[str, Any]] = ("", {})
        self._waiting: tuple[str, Mapping[str, Any]] | None = None
        self._following: tuple[str, ...] = ()
        self._waits_for_payloads = False
        self._lacks_payloads = False

    def body(self) -> ComposeResult:
        with Horizontal(id="sql-panes"):
            with Vertical(id="sql-main"):
                if self.host.is_sql_unsafe:
                    yield Static(Content(_UNSAFE), id="sql-unsafe")
                yield SqlEditor()
                yield Static(id="sql-note")
                yield ResultPane(self.signs, self.host.ascii_only)
            yield SchemaBrowser(ascii_only=self.host.ascii_only)
        yield Popup()

    def on_mount(self) -> None:
        self._asking = Asking(is_unsafe=self.host.is_sql_unsafe)
        self.proposals = Proposals(self.editor, self.query_one(Popup), self.work, self._asking)
        self.exporting = Exporting(self, self.work, self._sources, self._note, self._show_problem)
        super().on_mount()
        self.take_question()
        self.editor.focus()

    def on_screen_resume(self) -> None:
        """Another view may have a query for this one."""
        self.take_question()

    @property
    def editor(self) -> SqlEditor:
        """Where statements are typed."""
        return self.query_one(SqlEditor)

    @property
    def pane(self) -> ResultPane:
        """Where rows are shown."""
        return self.query_one(ResultPane)

    def show_load(self, load: Load) -> None:
        self.query_one(ViewBar).note = ", ".join(self.host.paths)
        db = load.db
        if db is not None:
            self.work.start("session", lambda: self._asking.session(db), lambda _: None)
            self.proposals.read(db, lambda _: self._show_schema())
            if self._waiting is not None and (load.is_complete or not self._waits_for_payloads):
                self._run(*self._waiting)
        if self._waiting is not None and self._waits_for_payloads:
            self._say_how_far(load)

    def take_question(self) -> None:
        """Put the query that another view asked for into the editor and run it."""
        question, self.host.question = self.host.question, ""
        if isinstance(question, Question):
            self.choose_question(question)
        elif question:
            self.editor.add_statement(question)
            self.editor.focus()
            self.action_run()

    # --- typing

    def on_sql_editor_typed(self, event: SqlEditor.Typed) -> None:
        """Propose what may stand at the cursor."""
        event.stop()
        if self.editor.has_focus:
            self.proposals.show()

    def on_sql_editor_proposed(self, event: SqlEditor.Proposed) -> None:
        """A key that is for the proposals."""
        event.stop()
        self.proposals.take_key(event.key)

    def on_descendant_focus(self) -> None:
        """The bar of keys tells those of the pane that has the focus first."""
        is_result = self.pane.grid.has_focus
        self.query_one(KeyBar).show_scopes(_RESULT_FIRST if is_result else self.SCOPES)

    def on_descendant_blur(self) -> None:
        """Proposals belong to the editor."""
        self.proposals.close()

    def action_complete(self) -> None:
        """Propose what may stand at the cursor, whatever is typed."""
        self.proposals.show(is_wanted=True)

    def action_format(self) -> None:
        """Lay the statement out anew."""
        from tracetui.tui.sql.formatting import formatted

        text = self.editor.statement
        self.work.start("format", lambda: formatted(text), self.editor.replace_statement)

    def action_schema(self) -> None:
        """Show the schema, or put it away."""
        browser = self.query_one(SchemaBrowser)
        browser.toggle_class("-open")
        (browser if browser.has_class("-open") else self.editor).focus()

    def _show_schema(self) -> None:
        self.query_one(SchemaBrowser).show_catalog(self.proposals.known)

    def on_document_view_entered(self, event: DocumentView.Entered) -> None:
        """Enter on a column of the schema shows its values."""
        event.stop()
        column, db = self.query_one(SchemaBrowser).column_of(event.section, event.line), self.db
        if column is None or db is None:
            return

        def done(found: list[tuple[str, int]]) -> None:
            values = " · ".join(f"{value} ({count:,})" for value, count in found[:12])
            self._note(f"{column[0]}.{column[1]}: {values or 'no value'}{' …' if len(found) > 12 else ''}")

        asked = self._asking.of(column[0], db)
        self.work.start("column", lambda: frequent_values(asked, *column), done, self._show_problem)

    # --- running

    def action_run(self) -> None:
        """Run the selection, or the statement that the cursor stands in, once all keys typed before this one are in
        the editor: they wait there, while this key is the view's."""
        self.editor.call_later(self._run_chosen)

    def _run_chosen(self) -> None:
        chosen = [piece.text for piece in statements(self.editor.chosen)]
        if not chosen:
            self._note(
                "Type a statement first, or choose one: f3 lists ready questions, f8 what was run before."
            )
        else:
            self.run_statement(*chosen)

    def run_statement(self, text: str, *following: str) -> None:
        """Run a statement, asking for its parameters first, then those that follow: the results before the last are
        kept."""
        names = parameters(text)
        if not names:
            self._run(text, {}, following)
            return
        blanks = [Blank(name, self._values.get(name, "")) for name in names]
        form = ParameterForm("Parameters", "", blanks)

        def given(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self._values |= values
                self._run(text, {name: typed_value(value) for name, value in values.items()}, following)

        self.app.push_screen(form, given)

    def _run(self, text: str, values: Mapping[str, Any], following: tuple[str, ...] = ()) -> None:
        db, self._following = self.db, following
        if db is None:
            self._waiting = (text, values)
            load = self.host.load
            words = (
                "It runs as soon as the traces are loaded." if load.is_running else nothing_open_line(load)
            )
            self._note(words)
            return
        self._waiting, self._waits_for_payloads, self._lacks_payloads = None, False, False
        self._latest = (text, values)
        self._note("")
        self.proposals.end()
        self.work.start("remember", lambda: remember(text), lambda _: None)
        self.pane.ask(lambda: self._asking.start(db, text, values))

    def on_result_pane_ended(self, event: ResultPane.Ended) -> None:
        event.stop()
        if isinstance(event.error, NotLoadedError) and not event.is_derived:
            self._want_payloads()
        elif event.error is not None:
            self._show_problem(event.error)
        elif event.is_derived:
            self._note("")  # it told of what was done before
        elif self._following and event.result is not None:
            self.work.start("keep", event.result.keep, self._go_on)

    def _go_on(self, kept: str) -> None:
        """Run what follows, if that is still wanted; what was answered goes by its name from now on."""
        self._kept(kept)
        if self._following and not self.pane.is_busy:
            self.run_statement(*self._following)

    def _want_payloads(self) -> None:
        """A statement that needs payloads waits for them, where they are still to come."""
        self._lacks_payloads = True
        if self.host.load.is_running:
            self._waiting, self._waits_for_payloads = self._latest, True
            self._say_how_far(self.host.load)
            return
        paths = " ".join(self.host.paths)
        way = "f7 reads them all, then it runs" if self.host.can_load_full else f"tracetui --full {paths}"
        self._note(f"It needs payloads, which of sources this large are read on demand: {way}", True)

    def _say_how_far(self, load: Load) -> None:
        if load.is_running:
            words = "It needs payloads, which are being read: it runs as soon as they are there."
            self._note(f"{words}  {short_progress(load)}")
        else:
            self._waiting = None
            self._note("It needs payloads, and these were not read to the end.", True)

    def action_load_payloads(self) -> None:
        """Read all payloads; a statement that lacked them runs once they are there."""
        if not self.host.can_load_full:
            still = "Payloads are still being read." if self.host.load.is_running else "No payloads are left."
            self.say(still)
            return
        if self._lacks_payloads:
            self._waiting, self._waits_for_payloads = self._latest, True
        self.host.load_full()

    def _show_problem(self, error: TracetuiError) -> None:
        if isinstance(error, InterruptedByUser):
            self._note("Cancelled.")
        else:
            self._note(f"{error.message}\n{error.hint}" if error.hint else error.message, is_problem=True)

    def _note(self, text: str, is_problem: bool = False) -> None:
        note = self.query_one("#sql-note", Static)
        note.update(Content("\n".join(safe_lines(text)[:12])))
        note.set_class(is_problem, "-problem")
        note.display = bool(text)

    def cancel(self) -> bool:
        if self.pane.cancel() or self.exporting.cancel():
            return True
        if self.editor.has_focus and self.editor.selected_text:
            self.host.copy_text(self.editor.selected_text, "the selection")
            return True
        return False

    def action_explain(self) -> None:
        """Show how the statement is answered, and what takes the time."""
        self.editor.call_later(self._explain_chosen)

    def _explain_chosen(self) -> None:
        text = self.editor.chosen
        if text:
            self.run_statement(f"EXPLAIN ANALYZE {text}")

    # --- choosing statements

    def action_questions(self) -> None:
        """Choose a ready question or a saved query."""
        self.app.push_screen(
            CommandPalette([QuestionProvider], placeholder="Ready questions and saved queries…")
        )

    def action_history(self) -> None:
        """Choose a statement that was run before."""
        self.app.push_screen(CommandPalette([HistoryProvider], placeholder="Statements run before…"))

    def choose_statement(self, text: str) -> None:
        """Put a statement into the editor."""
        self.editor.add_statement(text)
        self.editor.focus()

    def choose_question(self, chosen: Question) -> None:
        """Put a question into the editor, ask for its parameters and run it."""
        self.choose_statement(chosen.text)
        if not chosen.parameters:
            self.run_statement(chosen.text)
            return
        blanks = [
            Blank(each.name, self._values.get(each.name, each.default or ""), f"{each.type}  {each.about}")
            for each in chosen.parameters
        ]

        def given(values: Mapping[str, str] | None) -> None:
            if values is not None:
                self._values |= values
                self._run(chosen.text, {name: value or None for name, value in values.items()})

        self.app.push_screen(ParameterForm(chosen.title, chosen.about, blanks), given)

    def action_save_query(self) -> None:
        """Save the statement under a name."""
        if self.editor.chosen:
            self.prompt.open(Purpose.SAVE, hint="a name; the file goes to the folder of saved queries")

    def action_export(self) -> None:
        """Write the result to a file."""
        if self.pane.result is None:
            self._note("There is no result to export yet.")
        else:
            self.prompt.open(Purpose.EXPORT, hint="name.csv, .parquet, .jsonl, .json, .md or .arrow")

    def take(self, purpose: Purpose, text: str) -> None:
        if not text.strip():
            return
        if purpose is Purpose.SAVE:
            query = self.editor.chosen
            self.work.start(
                "save", lambda: save_query(text, query), lambda path: self.say(f"Saved as {path}.")
            )
        elif purpose is Purpose.EXPORT:
            result = self.pane.result
            if result is not None:
                self.exporting.begin(result, Path(text.strip()).expanduser())

    def _sources(self) -> tuple[str, ...]:
        return (*self.host.paths, *self._asking.attached)

    def attach(self, path: str) -> None:
        db = self.db
        if db is not None:
            self._note(f"Reading {path} …")
            self.work.start(
                "attach", lambda: self._asking.attach(db, path), self._attached, self._show_problem
            )

    def _attached(self, found: Attached) -> None:
        words = [f"Attached, as a copy: {', '.join(found.tables) or 'nothing'}"]
        if found.renamed:
            words.append(f"Of one name in the file: {', '.join(found.renamed)}")
        if found.left_out:
            words.append(f"Left out, since that file alone does not answer them: {', '.join(found.left_out)}")
        self._note("\n".join(words))
        self._show_schema()

    def _kept(self, name: str) -> None:
        self._note(f"Kept: FROM {name} reads it.")
        self._show_schema()

    # --- from a result

    def on_result_pane_entered(self, event: ResultPane.Entered) -> None:
        event.stop()
        db = self.db
        if db is not None and leads_to_run(event.result):
            self.work.start(
                "target", lambda: target_of(db, event.result, event.row, event.column), self.host.open_run
            )
        else:
            self._show_value(event.result, event.row, event.column)

    def on_result_pane_wanted(self, event: ResultPane.Wanted) -> None:
        event.stop()
        result, row = self.pane.result, self.pane.grid.cursor
        if event.what == "hits":
            self.prompt.note(f"{self.pane.hits:,} hits")
        elif result is None:
            return
        elif row < 0 and event.what != "keep":
            self._note("This result has no rows.")
        elif event.what == "cell":
            self._show_value(result, row, self.pane.column)
        elif event.what == "chart":
            from tracetui.tui.sql.chart_window import ChartScreen

            self.app.push_screen(ChartScreen(result, self._sources()))
        elif event.what == "copy":
            column, shown = self.pane.column, self.pane.columns_in_view
            self.work.start("copy", lambda: copies(result, row, column, shown), self._choose_copy)
        elif event.what == "keep":
            self.work.start("keep", result.keep, self._kept)
        elif event.what == "filter" and self.db is not None:
            db = self.db
            self.work.start("filter", lambda: narrowing(db, result), self._narrow)

    def _narrow(self, found: RunTarget | str) -> None:
        if isinstance(found, RunTarget):
            self.host.open_run(found)
        else:
            self.host.filter_runs(found)

    def _show_value(self, result: QueryResult, row: int, column: int) -> None:
        title = f"{result.columns[column]}  {result.types[column]}  row {row + 1:,}"

        def laid_out() -> tuple[str | None, Lines]:
            text = result.cell(row, column)
            return text, text_lines("NULL" if text is None else text)

        def shown(found: tuple[str | None, Lines]) -> None:
            text, lines = found
            window = ValueScreen(title, lines, ascii_only=self.host.ascii_only)
            self.app.push_screen(window, lambda is_copy: self._copy_value(text) if is_copy else None)

        self.work.start("value", laid_out, shown)

    def _copy_value(self, text: str | None) -> None:
        self.host.copy_text(text or "", "the value")

    def _choose_copy(self, found: list[Copy]) -> None:
        choices = [Choice(copy.key, copy.title, copy.text) for copy in found]

        def chosen(key: str | None) -> None:
            for copy in found:
                if copy.key == key:
                    self.host.copy_text(copy.text, copy.title)

        self.app.push_screen(Menu("Copy", choices), chosen)

    # --- panes and search

    def action_other_pane(self) -> None:
        """Between editor and result."""
        if self.editor.has_focus and self.pane.result is not None:
            self.pane.grid.focus()
        else:
            self.editor.focus()

    def rest_focus(self) -> None:
        (self.pane.grid if self.pane.result is not None else self.editor).focus()

    def go_back(self) -> bool:
        if not self.pane.grid.has_focus and self.pane.result is not None:
            self.pane.grid.focus()
            return True
        return self.pane.go_back()

    def action_search(self) -> None:
        """Find a text in the rows."""
        if self.pane.result is not None:
            self.prompt.open(Purpose.SEARCH, "", "a text in any column of the result")

    def search_for(self, text: str) -> None:
        self.pane.find(text)

    def action_search_next(self) -> None:
        """To the next row that holds it."""
        self.pane.find_next(backwards=False)

    def action_search_previous(self) -> None:
        """To the row before that holds it."""
        self.pane.find_next(backwards=True)

    def sql(self) -> str:
        """`;` goes to the editor."""
        self.editor.focus()
        return ""
