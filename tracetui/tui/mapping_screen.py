"""The window that shows what the columns of a source without a format mean, and lets them be corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tracetui.api.mapping import (
    FIELDS,
    GIVEN,
    STEP_FIELDS,
    UNIT_FIELDS,
    UNITS,
    FieldMap,
    MappedSource,
    SourceMap,
    preview,
    preview_steps,
    with_steps,
)
from tracetui.model import Span
from tracetui.render.safe import safe
from tracetui.tui.dialogs import Choice, Menu, Window

_NOTHING = ""
_BY_SIZE = "by their size"
_NAME_CHARS = 30
_LINES_A_ROW = 5
"""One line in so many of the screen shows a row of the preview."""

_AROUND = 6
"""Columns of the window that are border, padding and scrollbar."""

_PREVIEW_HEAD = ("name", "kind", "status", "time", "input", "output")
_PREVIEW_CELLS = (14, 8, 6, 9)
_NARROWEST_TEXT = 10
_OF_STEPS = "steps."
"""Stands before a field of the steps inside a row."""


class MappingScreen(Window[SourceMap | None]):
    """Fields with the columns they are read from; the result is the corrected mapping, to be saved, or None."""

    HOLDS_INPUT = True
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
            name = PurePath(self._found.source).name
            window.border_title = Content(f"Columns of {safe(name, 60)} · {self._found.origin}")
            window.border_subtitle = "enter changes · s saves and loads again · esc closes"
            yield OptionList(*self._options(), markup=False)
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
            entry = self._mapping(field).of(_bare(field))
            choices = [
                Choice(_NOTHING, "nothing"),
                *(Choice(c, safe(c, _NAME_CHARS)) for c in self._columns(field)),
            ]
            window = Menu(f"Where {_words(field)} stands", choices, entry.column if entry else _NOTHING)
            self.app.push_screen(window, lambda column: self._column_chosen(field, column))

    def _mapping(self, field: str) -> SourceMap:
        """The mapping that a field belongs to: of the rows, or of the steps inside them."""
        return (self.known.inner or SourceMap()) if field.startswith(_OF_STEPS) else self.known

    def _at_first(self, field: str) -> FieldMap | None:
        """What a field was read from when the window opened: its place in the list stays."""
        known = self._found.known
        held = (known.inner or SourceMap()) if field.startswith(_OF_STEPS) else known
        return held.of(_bare(field))

    def _columns(self, field: str) -> list[str]:
        found = self._found.known
        if field.startswith(_OF_STEPS):
            found = found.inner or SourceMap()
        paths = [entry.column for entry in found.fields]
        return list(dict.fromkeys([*self._mapping(field).columns, *paths]))

    def _column_chosen(self, field: str, column: str | None) -> None:
        if column is None:
            return
        if column == _NOTHING or _bare(field) not in UNIT_FIELDS:
            self._take(field, column or None, None)
            return
        units = [
            Choice(_BY_SIZE, _BY_SIZE),
            *(Choice(unit, unit) for unit in UNITS if _bare(field) != "duration" or unit != "iso"),
        ]
        window = Menu(f"Unit of {_words(field)}", units, _BY_SIZE)
        self.app.push_screen(
            window, lambda unit: self._take(field, column, None if unit == _BY_SIZE else unit)
        )

    def _take(self, field: str, column: str | None, unit: str | None) -> None:
        changed = self._mapping(field).with_field(_bare(field), column, unit)
        if field.startswith(_OF_STEPS):
            self.known = replace(self.known, inner=changed)
        else:
            other_steps = None if field == "steps" else changed.inner
            self.known = with_steps(replace(changed, inner=other_steps), self._found.rows)
        options = self.query_one(OptionList)
        at = options.highlighted
        options.set_options(self._options())
        options.highlighted = at
        self.query_one("#preview", Static).update(self._preview())

    def _options(self) -> list[Option]:
        below = STEP_FIELDS if self.known.inner is not None else ()
        named = [*FIELDS, *(f"{_OF_STEPS}{field}" for field in below)]
        fields = sorted(named, key=lambda field: self._at_first(field) is None)
        return [Option(self._line(field), id=field) for field in fields]

    def _line(self, field: str) -> Content:
        entry, name = self._mapping(field).of(_bare(field)), f"{field:<19}"
        if entry is None:
            return Content.assemble((name, ""), (f"  –  {FIELDS[_bare(field)]}", "$foreground 75%"))
        unit = f" in {entry.unit}" if entry.unit else ""
        column = f"  {safe(entry.column, _NAME_CHARS)}{unit}"
        told = (
            "  as you said" if entry.confidence == GIVEN else f"  {entry.confidence} %: {safe(entry.why, 80)}"
        )
        return Content.assemble((name, "bold $accent"), column, (told, "$foreground 75%"))

    def on_resize(self) -> None:
        """Show as much of the rows as there is room for."""
        self.query_one("#preview", Static).update(self._preview())

    def _preview(self) -> Content:
        size = self.app.size
        count, widths = max(size.height // _LINES_A_ROW, 2), _widths(size.width * 96 // 100 - _AROUND)
        has_steps = self.known.inner is not None
        rows = preview(self.known, self._found.rows)[: count // 2 if has_steps else count]
        head = Content.styled(_in_cells(_PREVIEW_HEAD, widths), "$foreground-muted")
        lines = [
            Content("the first rows as they would be loaded:"),
            head,
            *(_row(row, widths) for row in rows),
        ]
        if has_steps:
            steps = preview_steps(self.known, self._found.rows)[: count - count // 2]
            lines += [Content("the first steps inside them:"), *(_row(step, widths) for step in steps)]
        return Content("\n").join(lines)


def _widths(room: int) -> Sequence[int]:
    """Columns for each cell of the preview: what was given and answered share what the others leave."""
    left = room - sum(_PREVIEW_CELLS) - len(_PREVIEW_CELLS) - 1
    text = max(left // 2, _NARROWEST_TEXT)
    return (*_PREVIEW_CELLS, text, text)


def _bare(field: str) -> str:
    return field.removeprefix(_OF_STEPS)


def _words(field: str) -> str:
    return f"{_bare(field)} of a step" if field.startswith(_OF_STEPS) else field


def _row(span: Span, widths: Sequence[int]) -> Content:
    lasted = None if span.took_ns is None else span.took_ns / 1e6
    if span.start_ns is not None and span.end_ns is not None:
        lasted = (span.end_ns - span.start_ns) / 1e6
    texts = (
        span.name,
        span.kind,
        span.status,
        None if lasted is None else f"{lasted:g} ms",
        span.input,
        span.output,
    )
    shown = ["–" if text is None else " ".join(str(text).split()) for text in texts]
    return Content(_in_cells(shown, widths))


def _in_cells(texts: Sequence[str], widths: Sequence[int]) -> str:
    shown = [safe(text, max(widths)) for text in texts]
    cut = (
        text if len(text) <= width else f"{text[: width - 1]}…"
        for text, width in zip(shown, widths, strict=True)
    )
    return " ".join(f"{text:<{width}}" for text, width in zip(cut, widths, strict=True)).rstrip()
