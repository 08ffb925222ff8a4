"""The window that shows what the columns of a source without a format mean, and lets them be corrected."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tracetui.api.mapping import FIELDS, UNIT_FIELDS, UNITS, MappedSource, SourceMap, preview
from tracetui.model import Span
from tracetui.render.safe import safe
from tracetui.tui.dialogs import Choice, Menu

_NOTHING = ""
_BY_SIZE = "by their size"
_NAME_CHARS = 30
_PREVIEW_ROWS = 4


class MappingScreen(ModalScreen[SourceMap | None]):
    """Fields with the columns they are read from; the result is the corrected mapping, to be saved, or None."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close"),
        Binding("s", "save", "Save and load again"),
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]

    def __init__(self, found: MappedSource) -> None:
        super().__init__()
        self.known = found.known
        self._found = found

    def compose(self) -> ComposeResult:
        with Vertical(classes="window mapping") as window:
            window.border_title = Content(f"Columns of {safe(self._found.source, 60)} · {self._found.origin}")
            window.border_subtitle = "enter changes · s saves and loads again · esc closes"
            yield OptionList(*(Option(self._line(field), id=field) for field in FIELDS), markup=False)
            yield Static(self._preview(), id="preview")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def action_cursor_down(self) -> None:
        """To the next field."""
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        """To the field before."""
        self.query_one(OptionList).action_cursor_up()

    def action_save(self) -> None:
        """Take the mapping as it is shown."""
        self.dismiss(self.known)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        field = event.option.id
        if field is not None:
            entry = self.known.of(field)
            choices = [
                Choice(_NOTHING, "nothing"),
                *(Choice(c, safe(c, _NAME_CHARS)) for c in self._columns()),
            ]
            window = Menu(f"Where {field} stands", choices, entry.column if entry else _NOTHING)
            self.app.push_screen(window, lambda column: self._column_chosen(field, column))

    def _columns(self) -> list[str]:
        paths = [entry.column for entry in self._found.known.fields]
        return list(dict.fromkeys([*self.known.columns, *paths]))

    def _column_chosen(self, field: str, column: str | None) -> None:
        if column is None:
            return
        if column == _NOTHING or field not in UNIT_FIELDS:
            self._take(field, column or None, None)
            return
        units = [
            Choice(_BY_SIZE, _BY_SIZE),
            *(Choice(unit, unit) for unit in UNITS if field != "duration" or unit != "iso"),
        ]
        window = Menu(f"Unit of {field}", units, _BY_SIZE)
        self.app.push_screen(
            window, lambda unit: self._take(field, column, None if unit == _BY_SIZE else unit)
        )

    def _take(self, field: str, column: str | None, unit: str | None) -> None:
        self.known = self.known.with_field(field, column, unit)
        options = self.query_one(OptionList)
        for name in FIELDS:
            options.replace_option_prompt(name, self._line(name))
        self.query_one("#preview", Static).update(self._preview())

    def _line(self, field: str) -> Content:
        entry = self.known.of(field)
        if entry is None:
            return Content.assemble((f"{field:<14}", ""), (f"  –  {FIELDS[field]}", "$foreground-muted"))
        unit = f" in {entry.unit}" if entry.unit else ""
        column = f"  {safe(entry.column, _NAME_CHARS)}{unit}"
        told = f"  {entry.confidence} %: {safe(entry.why, 80)}"
        return Content.assemble((f"{field:<14}", "bold $accent"), column, (told, "$foreground-muted"))

    def _preview(self) -> Content:
        rows = preview(self.known, self._found.rows[:_PREVIEW_ROWS])
        return Content("\n").join([Content("the first rows as they would be loaded:"), *map(_row, rows)])


def _row(span: Span) -> Content:
    lasted = None if span.start_ns is None or span.end_ns is None else (span.end_ns - span.start_ns) / 1e6
    texts = (
        span.name,
        span.kind,
        span.status,
        None if lasted is None else f"{lasted:g} ms",
        span.input,
        span.output,
    )
    cells = (f"{safe(' '.join(str(text).split()), 22) if text is not None else '–':<22}" for text in texts)
    return Content(" ".join(cells))
