"""The window that draws a result: the kind that fits first, then any other, along and up any column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tracetui.api.result_files import refuse_source
from tracetui.errors import TakenError, TracetuiError, UsageError
from tracetui.render.charts import KINDS, Chart, chart_lines, chosen, title_of, write_chart
from tracetui.render.safe import safe
from tracetui.tui.dialogs import Window
from tracetui.tui.sql.exporting import ask_to_replace
from tracetui.tui.sql.windows import Blank, ParameterForm
from tracetui.tui.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracetui.workers.queries import QueryResult

_EDGE_CELLS = 6


class ChartScreen(Window[None]):
    """Draws in a thread; a wrong choice is explained and the last picture stays."""

    CSS_PATH = "../dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c", "dismiss", "Close"),
        Binding("tab,k", "kind", "Next kind"),
        Binding("x", "column('x')", "Next column along"),
        Binding("y", "column('y')", "Next column up"),
        Binding("s", "save", "Save as text or SVG"),
    ]

    def __init__(self, result: QueryResult, paths: Sequence[str] = ()) -> None:
        """`paths` are what is read: no picture goes there."""
        super().__init__()
        self._result = result
        self._paths = tuple(paths)
        self.chart = chosen(result)
        self.lines: Sequence[str] = ()
        self.work = Work(self, self._say)

    def compose(self) -> ComposeResult:
        with Vertical(classes="window chart") as window:
            window.border_subtitle = "tab kind · x y columns · s saves · esc closes"
            yield Static(id="picture")

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw, self.chart)

    def on_resize(self) -> None:
        self._draw(self.chart)

    def _draw(self, chart: Chart) -> None:
        width, height = self.query_one("#picture", Static).size
        result = self._result
        if width > _EDGE_CELLS:
            self.work.start(
                "draw",
                lambda: chart_lines(chart, result, width, height),
                lambda lines: self._show(chart, lines),
            )

    def _show(self, chart: Chart, lines: Sequence[str]) -> None:
        self.chart, self.lines = chart, lines
        title = safe(title_of(chart, self._result), 120)
        self.query_one(".window").border_title = Content(f"{chart.kind} · {title}")
        self.query_one("#picture", Static).update(Content("\n".join(lines)))

    def action_kind(self) -> None:
        """Draw the next kind that fits."""
        wanted = self.chart
        for _ in KINDS:
            wanted = wanted.turned()
            try:
                self._draw(chosen(self._result, wanted.kind))
            except UsageError:
                continue
            return

    def action_column(self, side: str) -> None:
        """Draw the next column along or up."""
        count = len(self._result.columns)
        chart = self.chart
        if side == "x" and chart.x is not None:
            self._draw(replace(chart, x=(chart.x + 1) % count))
        elif side == "y":
            self._draw(replace(chart, y=0 if chart.y is None else (chart.y + 1) % count))

    def action_save(self) -> None:
        """Ask for a file and write the picture."""
        form = ParameterForm(
            "Save the chart", "A name that ends in .svg, or .txt", [Blank("file", "chart.svg", sign="")]
        )
        self.app.push_screen(form, self._save)

    def _save(self, given: Mapping[str, str] | None) -> None:
        if given is not None and given["file"].strip():
            self._write(Path(given["file"].strip()).expanduser(), list(self.lines))

    def _write(self, target: Path, lines: list[str], may_replace: bool = False) -> None:
        title = title_of(self.chart, self._result)

        def write() -> None:
            refuse_source(target, self._paths)
            write_chart(target, title, lines, may_replace=may_replace)

        def failed(error: TracetuiError) -> None:
            if isinstance(error, TakenError):
                ask_to_replace(self, target, lambda: self._write(target, lines, may_replace=True))
            else:
                self._say(error)

        written = safe(f"Written to {target}", 300)
        self.work.start("save", write, lambda _: self.app.notify(written, markup=False), failed)

    def _say(self, error: TracetuiError) -> None:
        words = f"{error.message}\n{error.hint}" if error.hint else error.message
        self.app.notify(
            "\n".join(safe(line, 300) for line in words.split("\n")), severity="warning", markup=False
        )
