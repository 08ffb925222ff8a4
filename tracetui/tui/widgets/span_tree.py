"""The run tree with its waterfall in the same rows; a million spans cost no more than ten."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive

from tracetui.read_model import Tree
from tracetui.render.signs import signs
from tracetui.tui.widgets.row_pane import RowPane
from tracetui.tui.widgets.span_figures import Figures, MemoryRows
from tracetui.tui.widgets.span_row import PART_STYLES, Columns, RowPainter, plan_columns
from tracetui.tui.widgets.timeline import Scale, tree_scale
from tracetui.tui.widgets.tree_rows import TreeRows


class SpanTree(RowPane):
    """Shows a `Tree`. `cursor` is the position (index into the tree) of the chosen span, -1 while nothing is shown."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(PART_STYLES)
    DEFAULT_CSS = """
    SpanTree {
        & > .span-tree--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: bold;
        }
        &:focus > .span-tree--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
        }
        & > .span-tree--hit { text-style: underline; }
        & > .span-tree--guide { color: $text-muted; }
        & > .span-tree--fold { color: $text-muted; }
        & > .span-tree--synthetic { color: $text-muted; text-style: italic; }
        & > .span-tree--error { color: $text-error; }
        & > .span-tree--interrupted { color: $text-warning; }
        & > .span-tree--unfinished { color: $text-warning; }
        & > .span-tree--repeat { color: $text-accent; }
        & > .span-tree--muted { color: $text-muted; }
        & > .span-tree--slow { color: $text-warning; }
        & > .span-tree--memory { color: $text-accent; }
        & > .span-tree--memory-wrong { color: $text-error; text-style: bold; }
        & > .span-tree--tokens { color: $text-muted; }
        & > .span-tree--agent { color: $text-accent; }
        & > .span-tree--llm { color: $text-primary; }
        & > .span-tree--tool { color: $text-success; }
        & > .span-tree--other { color: $text-secondary; }
        & > .span-tree--bar-agent { color: $foreground-muted; }
        & > .span-tree--bar-llm { color: $primary; }
        & > .span-tree--bar-tool { color: $success; }
        & > .span-tree--bar-other { color: $secondary; }
        & > .span-tree--bar-error { color: $error; }
    }
    """

    cursor: reactive[int] = reactive(-1, repaint=False, init=False)

    class Moved(Message):
        """The cursor is on another span; sent once for keys that came quickly one after the other."""

        def __init__(self, span_tree: SpanTree, position: int) -> None:
            super().__init__()
            self.span_tree = span_tree
            self.position = position

        @property
        def control(self) -> SpanTree:
            """The tree that sent it."""
            return self.span_tree

    class Entered(Moved):
        """The user goes into a span (enter, double click)."""

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own keyword
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._signs = signs(ascii_only)
        self._rows: TreeRows | None = None
        self._figures: Figures | None = None
        self._scale: Scale | None = None
        self._hits: Sequence[int] = array("q")
        self._painter: RowPainter | None = None

    def show(self, tree: Tree, cursor: int = 0) -> None:
        """Show a tree with the cursor on a position, unfolded as far as that needs."""
        self._rows = TreeRows(tree)
        self._figures = Figures(self._rows)
        self._scale = tree_scale(tree)
        self._hits = array("q")
        self.top = self.cursor_row = 0
        self._restyle()
        self.set_reactive(SpanTree.cursor, -1)
        if len(tree):
            self.reveal(max(0, min(cursor, len(tree) - 1)))

    def clear(self) -> None:
        """Show nothing."""
        self._rows = self._figures = self._scale = None
        self.top = self.cursor_row = 0
        self.set_reactive(SpanTree.cursor, -1)
        self._restyle()

    @property
    def shown(self) -> Tree | None:
        """The tree on show."""
        return self._rows.tree if self._rows else None

    @property
    def rows(self) -> TreeRows | None:
        """Which spans are in rows."""
        return self._rows

    def reveal(self, position: int) -> None:
        """Put the cursor on a position, opening the folds that hide it."""
        if self._rows is None or not 0 <= position < len(self._rows.tree):
            return
        if self._rows.reveal(position):
            self.forget_strips()
        row = self._rows.row(position)
        before, self.cursor_row = self.cursor_row, row
        self.center()
        self.cursor_row = before
        self.move_to(row)

    def set_hits(self, positions: Sequence[int]) -> None:
        """Mark the spans that a search found; positions in ascending order."""
        self._hits = positions
        self.forget_strips()

    def set_memory(self, marks: MemoryRows) -> None:
        """Mark the spans that changed the memory of the run, and those at which it looks wrong."""
        if self._figures is not None:
            self._figures.memory = marks
            self.forget_strips()

    def go_to_next(self, positions: Sequence[int], backwards: bool = False) -> bool:
        """Reveal the next of some sorted positions after the cursor, round the end; False where there are none."""
        if not positions:
            return False
        if backwards:
            index = bisect_left(positions, self.cursor) - 1
        else:
            index = bisect_right(positions, self.cursor) % len(positions)
        self.reveal(positions[index])
        return True

    def fold_level(self, level: int) -> None:
        """Open spans above this depth (roots are 0), close the rest."""
        if self._rows is not None:
            self._rows.fold_level(level)
            self._folds_changed()

    def open_everything(self) -> None:
        """Open all folds."""
        if self._rows is not None:
            self._rows.open_everything()
            self._folds_changed()

    def close_everything(self) -> None:
        """Close all folds."""
        if self._rows is not None:
            self._rows.close_everything()
            self._folds_changed()

    def watch_cursor(self, position: int) -> None:
        """Setting `cursor` moves it."""
        if self._rows is not None and position >= 0 and position != self._rows.position(self.cursor_row):
            self.reveal(position)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row."""
        if self._rows is None or not len(self._rows):
            return
        super().move_to(row)
        position = self._rows.position(self.cursor_row)
        if position != self.cursor:
            self.cursor = position
            self.announce_move()

    def total_rows(self) -> int:
        """Rows with the present folds."""
        return len(self._rows) if self._rows is not None else 0

    def row_key(self, row: int) -> Hashable:
        """A row shows the span at its position."""
        return self._rows.position(row) if self._rows is not None else None

    def row_segments(self, row: int, width: int, is_cursor: bool) -> Iterable[Segment]:
        """Segments of the span in a row."""
        if self._rows is None or self._figures is None:
            return ()
        position = self._rows.position(row)
        found = bisect_left(self._hits, position)
        is_hit = found < len(self._hits) and self._hits[found] == position
        return self._painter_for(width).paint(self._figures.of(position), is_cursor, is_hit)

    def _painter_for(self, width: int) -> RowPainter:
        if self._painter is None:
            columns = self._columns(width)
            self._painter = RowPainter(self._signs, self._scale, columns, self.part)
        return self._painter

    def _columns(self, width: int) -> Columns:
        figures = self._figures
        if figures is None:
            return plan_columns(width, 0, has_times=False, has_tokens=False, has_cost=False)
        return plan_columns(
            width, figures.last_step, self._scale is not None, figures.has_tokens, figures.has_cost
        )

    def _restyle(self) -> None:
        self._painter = None
        self.forget_strips()

    def forget_styles(self) -> None:
        """The painter keeps styles too."""
        self._painter = None
        super().forget_styles()

    def resized(self) -> None:
        """Columns depend on the width."""
        self._painter = None
        super().resized()

    def post_moved(self) -> None:
        """Post `Moved`."""
        if self.cursor >= 0:
            self.post_message(self.Moved(self, self.cursor))

    def go_in(self) -> None:
        """Post `Entered`."""
        if self.cursor >= 0:
            self.post_message(self.Entered(self, self.cursor))

    def row_clicked(self, row: int, event: events.Click) -> None:
        """A click on the fold sign toggles the fold, as often as it is clicked; elsewhere a second one goes in."""
        if self._rows is None:
            return
        position = self._rows.position(row)
        sign = self._painter_for(max(0, self.size.width - 1)).indent_cells(self._rows.tree.depth[position])
        can_fold = self._rows.has_children(position) or self._rows.is_closed(position)
        if event.x in (sign, sign + 1) and can_fold:
            self.move_to(row)
            self.action_fold_toggle()
        else:
            super().row_clicked(row, event)

    def action_fold_open(self) -> None:
        """Open the fold, else go to the first child."""
        if self._rows is None or self.cursor < 0:
            return
        if self._rows.open(self.cursor):
            self._folds_changed()
        elif self._rows.has_children(self.cursor):
            self.move_to(self.cursor_row + 1)

    def action_fold_close(self) -> None:
        """Close the fold, else the group of equal siblings, else go to the parent."""
        if self._rows is None or self.cursor < 0:
            return
        if self._rows.close(self.cursor):
            self._folds_changed()
            return
        head = self._rows.head_of(self.cursor)
        if head is not None and head != self.cursor:
            self.reveal(head)
            self._rows.group(head)
            self._folds_changed()
        elif (parent := self._rows.parent(self.cursor)) is not None:
            self.reveal(parent)

    def action_fold_toggle(self) -> None:
        """Open or close the fold."""
        if self._rows is not None and self.cursor >= 0:
            _ = self._rows.open(self.cursor) or self._rows.close(self.cursor)
            self._folds_changed()

    def action_fold_open_all(self) -> None:
        """Open everything below."""
        if self._rows is not None and self.cursor >= 0:
            self._rows.open_all(self.cursor)
            self._folds_changed()

    def action_fold_close_all(self) -> None:
        """Close everything below."""
        if self._rows is not None and self.cursor >= 0:
            self._rows.close_all(self.cursor)
            self._folds_changed()

    def action_next_sibling(self) -> None:
        """To the next sibling."""
        if self._rows is not None and self.cursor >= 0:
            self._go_to(self._rows.next_sibling(self.cursor))

    def action_previous_sibling(self) -> None:
        """To the sibling before."""
        if self._rows is not None and self.cursor >= 0:
            before = self._rows.previous_sibling(self.cursor)
            self._go_to(None if before is None else self._rows.position(self._rows.row(before)))

    def _go_to(self, position: int | None) -> None:
        if position is not None:
            self.reveal(position)

    def _folds_changed(self) -> None:
        """Rows moved: the cursor stays on its span, or on the one that hides it now."""
        self._strips.clear()
        if self._rows is not None:
            offset = self.cursor_row - self.top
            row = self._rows.row(self.cursor)
            self.cursor_row = row
            self.top = max(0, min(row - offset, len(self._rows) - self.page_rows))
            self.refresh()
            self.move_to(row)
