"""What the Run view leaves out of its tree: all but errors, or all that a filter does not pass."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.errors import TracetuiError
from tracetui.tui.prompt import Purpose
from tracetui.tui.run_filter import Narrowed, narrowed
from tracetui.tui.run_opening import OpenedRun
from tracetui.tui.tree_jumps import Picture, only_errors
from tracetui.tui.views.run_jumps import RunJumps


class RunNarrowing(RunJumps):
    """A filter, or errors only, and the tree as it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._hits: Sequence[int] = ()

    def _mark_memory(self) -> None:
        raise NotImplementedError

    def action_errors_only(self) -> None:
        """Show the failed spans and what stands above them, or all again."""
        if self.picture is None or self.opened is None:
            return
        tree = self.opened.tree
        if self.picture.positions is not None and not self._filter:
            self._show_picture(Picture(tree))
        elif not self._errors:
            self.say("This run has no error.")
        else:
            self._filter = ""
            self.work.start("narrowed", lambda: only_errors(tree), self._show_picture)

    def action_filter(self) -> None:
        """Show the spans that pass a filter and what stands above them."""
        if self.opened is not None:
            self.prompt.open(Purpose.FILTER, self._filter, "kind:tool latency:>2s status:error, or a word")

    def filter_by(self, text: str) -> None:
        db, opened = self.db, self.opened
        if db is None or opened is None or text == self._filter:
            return
        before, self._filter = self._filter, text

        def failed(error: TracetuiError) -> None:
            self._filter = before
            self.show_filter_error(error, text)

        self.work.start("narrowed", lambda: narrowed(db, opened, text), self._show_narrowed, failed)

    def _narrow_again(self, opened: OpenedRun, is_narrowed: bool) -> None:
        """Filter, or errors only, over the tree that came in the place of another."""
        text, self._filter = self._filter, ""
        if text:
            self.filter_by(text)
        elif is_narrowed:
            self.work.start("narrowed", lambda: only_errors(opened.tree), self._show_picture)

    def _show_narrowed(self, found: Narrowed) -> None:
        self.note_filter(found.words, found.count, self._filter)
        self._show_picture(found.picture)

    def _show_picture(self, picture: Picture) -> None:
        position = self.position
        self.picture = picture
        self._tree.show(picture.tree, picture.nearest(position))
        self._tree.set_hits(picture.all_shown(self._hits))
        self._mark_memory()
        self._show_note()
