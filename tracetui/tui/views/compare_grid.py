"""The rows of the Compare view in a grid: equal stretches fold, jumps open what hides their goal."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from tracetui.analysis.diff.runs import Level
from tracetui.render.signs import Signs, signs
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.views.compare_rows import CompareRows, Comparison, Fold, Line, first_row, lines_of
from tracetui.tui.widgets.grid import Grid

_EDGE_CELLS = 3


class CompareGrid(Grid):
    """Shows a comparison down to a level; its folds have the keys of the tree."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST, Scope.TREE)

    def __init__(self, ascii_only: bool = False) -> None:
        super().__init__(fixed_columns=2, ascii_only=ascii_only)
        self._marks: Signs = signs(ascii_only)
        self._found: Comparison | None = None
        self._lines: list[Line] = []
        self._opened: set[int] = set()
        self._only: Sequence[int] | None = None
        self._width = 0
        self._differing: Sequence[int] = ()
        self.level = Level.STATE

    @property
    def line(self) -> Line | None:
        """The row or fold under the cursor."""
        return self._lines[self.cursor] if 0 <= self.cursor < len(self._lines) else None

    @property
    def row(self) -> int:
        """The row under the cursor, the first of a fold; 0 while there is none."""
        line = self.line
        return 0 if line is None else first_row(line)

    def show_comparison(self, found: Comparison, row: int) -> None:
        """Show all rows of a comparison with the cursor on one; what was open stays open."""
        self._found, self._only = found, None
        self._lay_out(row)

    def begin(self) -> None:
        """Forget folds and filter: other runs are compared."""
        self._opened, self._only = set(), None

    def show_level(self, level: Level) -> None:
        """Fold what differs at less than this level alone."""
        row, self.level = self.row, level
        self._opened.clear()
        self._lay_out(row)

    def show_only(self, rows: Sequence[int] | None) -> None:
        """Fold all but these rows, the cursor going to the nearest of them; None for all."""
        row = self.row
        if rows != self._only:
            self._opened.clear()
        self._only = rows
        if rows:
            row = rows[min(bisect_left(rows, row), len(rows) - 1)]
        self._lay_out(row)

    def passing(self, rows: Iterable[int]) -> list[int]:
        """Those of the rows that are not left out."""
        only = None if self._only is None else frozenset(self._only)
        return [row for row in rows if only is None or row in only]

    def differing(self) -> Sequence[int]:
        """Rows that differ down to the level on show and are not left out."""
        return self._differing

    def go_next(self, rows: Sequence[int], direction: int) -> None:
        """To the next of some sorted rows, round the end."""
        here = self.row
        if direction > 0:
            self.go_to(next((row for row in rows if row > here), rows[0]))
        else:
            self.go_to(next((row for row in reversed(rows) if row < here), rows[-1]))

    def go_to(self, row: int) -> None:
        """Put the cursor on a row, opening the stretch that hides it."""
        at = self._line_of(row)
        line = self._lines[at] if at < len(self._lines) else None
        if isinstance(line, Fold) and line.start < row:
            self._opened.add(line.start)
            self._lay_out(row)
        else:
            self.cursor = at

    def resized(self) -> None:
        """Two columns or one, by the room there is."""
        super().resized()
        if self.size.width != self._width:
            self._lay_out(self.row)

    def _lay_out(self, row: int) -> None:
        if self._found is None:
            return
        self._width = self.size.width
        self._differing = self.passing(row for row, own in enumerate(self._found.weight) if own <= self.level)
        self._lines = lines_of(self._found, self.level, self._opened, self._only)
        width = max(self._width - _EDGE_CELLS, 20)
        source = CompareRows(self._found, self._lines, self.level, width, self._marks)
        self.show(source, self._line_of(row))

    def _line_of(self, row: int) -> int:
        """The line that shows a row, or hides it."""
        low, high = 0, len(self._lines)
        while low < high:
            middle = (low + high) // 2
            if first_row(self._lines[middle]) <= row:
                low = middle + 1
            else:
                high = middle
        return max(low - 1, 0)

    # --- folds

    def action_fold_open(self) -> None:
        """Open the stretch."""
        line = self.line
        if isinstance(line, Fold):
            self._opened.add(line.start)
            self._lay_out(line.start)

    def action_fold_close(self) -> None:
        """Fold the stretch that the cursor is in again."""
        start = max((at for at in self._opened if at <= self.row), default=None)
        if start is not None and not isinstance(self.line, Fold):
            self._opened.discard(start)
            self._lay_out(start)

    def action_fold_toggle(self) -> None:
        """Open or close the stretch."""
        if isinstance(self.line, Fold):
            self.action_fold_open()
        else:
            self.action_fold_close()

    def action_fold_open_all(self) -> None:
        """Open all stretches."""
        self._opened |= {line.start for line in self._lines if isinstance(line, Fold)}
        self._lay_out(self.row)

    def action_fold_close_all(self) -> None:
        """Fold all stretches."""
        self._opened.clear()
        self._lay_out(self.row)
