"""The Import view: what each source was taken for, whether its records add up, and every import issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tracetui.api import TraceDB
from tracetui.api.mapping import GENERIC, MappedSource, SourceMap, mapped_source, save
from tracetui.model import ImportIssue, Severity
from tracetui.read_model import Source
from tracetui.render.accounts import account, folded, is_folded, is_of, sources_account
from tracetui.render.issue_rows import IssueRow, Kind, issue_rows, kind_of
from tracetui.render.safe import safe
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.chrome import ViewBar
from tracetui.tui.dialogs import Choice, Menu
from tracetui.tui.load_lines import short_progress, stopped_line
from tracetui.tui.loading import Load, Traces
from tracetui.tui.prompt import Purpose
from tracetui.tui.sql.tokens import text_literal
from tracetui.tui.tree_jumps import rank_of
from tracetui.tui.view import LOW_ROWS, RunTarget, View
from tracetui.tui.views.import_rows import (
    ISSUE_COLUMNS,
    SOURCE_COLUMNS,
    ListRows,
    common_folder,
    format_words,
    issue_cells,
    issue_place,
    source_cells,
)
from tracetui.tui.widgets.grid import Grid

_WRAP_SLACK_CELLS = 8
"""What wrapping at words may leave empty on a line."""

MAX_ISSUES = 20_000
"""So many import issues are held for the screen; a note says when there are more."""


NO_FILES = "There is no file to read in what was named."

T = TypeVar("T")


class SourceGrid(Grid):
    """Sources, with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class IssueGrid(Grid):
    """Import issues, with the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the view shows; `lines` are the sources, many members of a bundle as one."""

    sources: list[Source]
    lines: list[Source]
    issues: list[ImportIssue]
    issue_count: int


def report_of(db: Traces) -> Report:
    """Ask for sources and issues."""
    counts = db.issue_counts()
    sources = db.sources()
    return Report(sources, folded(sources), db.issues(limit=MAX_ISSUES), sum(counts.values()))


class ImportsView(View):
    """Sources above, their issues below; enter on an issue that names a span opens it in Run."""

    NAME = "imports"
    SCOPES = (Scope.IMPORTS, Scope.LIST)
    CSS_PATH = "imports.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.IMPORTS, Scope.SEARCH)

    def __init__(self) -> None:
        super().__init__()
        self.report: Report | None = None
        self._rows: list[IssueRow] = []
        self._unfolded: set[Kind] = set()
        self._query = ""
        self._hits: list[int] = []

    def body(self) -> ComposeResult:
        yield Static(id="summary")
        yield SourceGrid(fixed_columns=1, ascii_only=self.host.ascii_only)
        yield Static(id="source-line")
        yield Static(id="issue-head")
        yield IssueGrid(ascii_only=self.host.ascii_only)
        yield Static(id="issue-line")

    @property
    def sources(self) -> SourceGrid:
        """The upper table."""
        return self.query_one(SourceGrid)

    @property
    def issues(self) -> IssueGrid:
        """The lower table."""
        return self.query_one(IssueGrid)

    def show_load(self, load: Load) -> None:
        self.query_one(ViewBar).note = ", ".join(self.host.paths)
        db = load.db
        if db is not None:
            if self.report is None:
                self.query_one("#summary", Static).update("Reading what came of the sources…")
            self.work.start("report", lambda: report_of(db), self._show_report)
        else:
            self._say_state(load)

    def _say_state(self, load: Load) -> None:
        if load.is_running:
            text = short_progress(load)
        elif load.error is not None:
            text = f"Nothing was loaded: {safe(load.error.message, 400)}  {safe(load.error.hint, 400)}"
        else:
            text = stopped_line(load)
        self.query_one("#summary", Static).update(Content(text))

    def _show_report(self, report: Report) -> None:
        self.report = report
        sources = ListRows(SOURCE_COLUMNS, report.lines, source_cells, common_folder(report.lines))
        self.sources.show(sources, max(self.sources.cursor, 0))
        self._show_issues(report)
        self.issues.set_class(not report.issues, "-empty")
        found = sources_account(report.sources) if report.sources else NO_FILES
        self.query_one("#summary", Static).update(Content(found))
        self._show_lines()

    def _show_issues(self, report: Report) -> None:
        self._rows = issue_rows(report.issues, self._unfolded)
        rows = ListRows(ISSUE_COLUMNS, self._rows, issue_cells, common_folder(report.sources))
        self.issues.show(rows, max(self.issues.cursor, 0))

    def _show_lines(self) -> None:
        report = self.report
        if report is None:
            return
        source, issue = self._chosen(report.lines, self.sources), self._chosen(self._rows, self.issues)
        width = max(self.size.width - 2 - _WRAP_SLACK_CELLS, 10)
        if source is not None:
            why = f" · {safe(source.why_detected, 200)}" if source.why_detected else ""
            line = f"{account([source])} · {format_words(source)}{why}"
            self.query_one("#source-line", Static).update(
                Content(f"{safe(source.source)} · {line}").truncate(2 * width, ellipsis=True)
            )
        head = f"{report.issue_count:,} import issue{'' if report.issue_count == 1 else 's'}"
        if report.issue_count > len(report.issues):
            head += f" · the gravest {len(report.issues):,} are listed; tracetui import lists all"
        if self._query:
            head += f" · “{safe(self._query, 40)}” {rank_of(self._hits, self.issues.cursor)} hits  n N"
        self.query_one("#issue-head", Static).update(Content(head))
        self.query_one("#issue-line", Static).update(
            Content(_issue_words(issue)).truncate(3 * width, ellipsis=True)
        )

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < LOW_ROWS, "-low")
        self._show_lines()

    @staticmethod
    def _chosen(items: Sequence[T], grid: Grid) -> T | None:
        return items[grid.cursor] if 0 <= grid.cursor < len(items) else None

    def on_grid_moved(self, event: Grid.Moved) -> None:
        event.stop()
        self._show_lines()

    def on_grid_entered(self, event: Grid.Entered) -> None:
        event.stop()
        report, db = self.report, self.db
        if report is None or db is None:
            return
        if event.grid is self.sources:
            self._go_to_issue_of(report.lines[event.row])
            return
        row = self._rows[event.row]
        if row.count > 1:
            self._unfolded ^= {kind_of(row.issue)}
            self._show_issues(report)
            self.search_for(self._query)
            return
        span_id, trace_id = row.issue.span_id, row.issue.trace_id
        if span_id is None:
            self.say("This import issue belongs to no span.")
        else:
            self.work.start(
                "span",
                lambda: db.span_position(span_id, trace_id=trace_id),
                lambda place: self._open(span_id, place),
            )

    def _open(self, span_id: str, place: tuple[str, int] | None) -> None:
        if place is None:
            self.say(f"Span {span_id} was not loaded.", is_problem=True)
        else:
            self.host.open_run(RunTarget(place[0], span_id))

    def _go_to_issue_of(self, source: Source) -> None:
        row = next((at for at, row in enumerate(self._rows) if is_of(row.issue.source, source)), None)
        if row is None:
            self.say("This source was loaded without issues.")
        else:
            self.issues.cursor = row
            self.issues.focus()

    def action_other_pane(self) -> None:
        """Between sources and issues."""
        (self.sources if self.issues.has_focus else self.issues).focus()

    def action_next_error(self) -> None:
        """To the next issue that is more than a remark."""
        self._jump(self._grave(), "No import issue is more than a remark.", backwards=False)

    def action_previous_error(self) -> None:
        """To the issue before that is more than a remark."""
        self._jump(self._grave(), "No import issue is more than a remark.", backwards=True)

    def _grave(self) -> list[int]:
        return [at for at, row in enumerate(self._rows) if row.issue.severity is not Severity.INFO]

    def _jump(self, rows: Sequence[int], nothing: str, backwards: bool) -> None:
        if not rows:
            self.say(nothing)
            return
        cursor = self.issues.cursor
        if backwards:
            row = next((row for row in reversed(rows) if row < cursor), rows[-1])
        else:
            row = next((row for row in rows if row > cursor), rows[0])
        self.issues.cursor = row
        self.issues.focus()

    def action_search(self) -> None:
        """Search the import issues."""
        self.prompt.open(Purpose.SEARCH, self._query, "code, reason, source, span")

    def search_for(self, text: str) -> None:
        self._query = text
        wanted = text.casefold()
        issues = self.report.issues if self.report is not None and text else []
        kinds = {kind_of(issue) for issue in issues if _holds(issue, wanted)}
        self._hits = [
            at
            for at, row in enumerate(self._rows)
            if (kind_of(row.issue) in kinds if row.count > 1 else text and _holds(row.issue, wanted))
        ]
        if self._hits and self.issues.cursor not in self._hits:
            self.issues.cursor = self._hits[0]
        if self.prompt.is_open:
            self.prompt.note(f"{len(self._hits):,} hits")
        self._show_lines()

    def action_search_next(self) -> None:
        """To the next hit."""
        self._jump(self._hits, "No import issue contains that.", backwards=False)

    def action_search_previous(self) -> None:
        """To the hit before."""
        self._jump(self._hits, "No import issue contains that.", backwards=True)

    def rest_focus(self) -> None:
        self.sources.focus()

    def sql(self) -> str:
        report = self.report
        source = self._chosen(report.lines, self.sources) if report is not None else None
        if source is None:
            return ""
        if self.sources.has_focus and source.issues:
            name = text_literal(f"{source.source}!") if is_folded(source) else text_literal(source.source)
            is_one = f"starts_with(source, {name})" if is_folded(source) else f"source = {name}"
            return f"FROM import_issues\nWHERE {is_one}"
        return "FROM import_issues"

    def go_back(self) -> bool:
        if self._query:
            self.search_for("")
        elif self.issues.has_focus:
            self.sources.focus()
        else:
            return False
        return True

    def action_mapping(self) -> None:
        """Show what the columns of the source mean, where no format says it."""
        report, db = self.report, self.db
        source = self._chosen(report.lines, self.sources) if report is not None else None
        if source is None or not isinstance(db, TraceDB):
            return
        if source.format != GENERIC:
            self.say(
                f"This source was read as {source.format or 'nothing'}, which needs no mapping of columns."
            )
            return
        self.work.start("mapping", lambda: mapped_source(db, source.source), self._show_mapping)

    def _show_mapping(self, found: MappedSource) -> None:
        from tracetui.tui.mapping_screen import MappingScreen

        self.app.push_screen(MappingScreen(found), self._save_mapping)

    def _save_mapping(self, known: SourceMap | None) -> None:
        if known is not None:
            self.work.start("save mapping", lambda: save(known), lambda _: self.host.load_again())

    def action_yank(self) -> None:
        """Choose what to copy of the row."""
        report = self.report
        if report is None:
            return
        grid = self.issues if self.issues.has_focus else self.sources
        if grid is self.issues:
            row = self._chosen(self._rows, grid)
            values = _values(row.issue if row is not None else None)
        else:
            values = _values(self._chosen(report.lines, grid))
        choices = [Choice(key, title, text) for key, title, text in values]
        if choices:
            self.app.push_screen(Menu("Copy", choices), lambda key: self._copy(values, key))

    def _copy(self, values: Sequence[tuple[str, str, str]], key: str | None) -> None:
        for letter, title, text in values:
            if letter == key:
                self.host.copy_text(text, title)


def _values(item: Source | ImportIssue | None) -> list[tuple[str, str, str]]:
    if isinstance(item, Source):
        return [("s", "source", item.source), ("a", "account", account([item]))]
    if isinstance(item, ImportIssue):
        values = [("v", "reason", item.message), ("s", "source", item.source), ("c", "code", item.code)]
        return [*values, ("i", "span id", item.span_id)] if item.span_id else values
    return []


def _holds(issue: ImportIssue, wanted: str) -> bool:
    return wanted in f"{issue.code} {issue.message} {issue.source} {issue.span_id or ''}".casefold()


def _issue_words(row: IssueRow | None) -> str:
    if row is None:
        return "Everything was loaded whole."
    issue = row.issue
    if row.count > 1:
        return (
            f"{row.count:,} of {safe(issue.source)}: {safe(issue.message)}   enter lists them or hides them"
        )
    place = f"{issue_place(issue)} of " if issue_place(issue) else ""
    go = "   enter opens the span" if issue.span_id else ""
    return f"{place}{safe(issue.source)}: {safe(issue.message)}{go}"
