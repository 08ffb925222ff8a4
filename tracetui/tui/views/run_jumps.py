"""The jumps of the Run view: from the chosen span to the next error, slow step, call of the same tool or bookmark."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.tui.run_opening import OpenedRun
from tracetui.tui.tree_jumps import Picture, same_operation
from tracetui.tui.view import View
from tracetui.tui.widgets.span_tree import SpanTree


class RunJumps(View):
    """What jumps need of the view that has them, and the jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: OpenedRun | None = None
        self.picture: Picture | None = None
        self._same: Sequence[int] = ()
        self._marks: set[int] = set()

    @property
    def position(self) -> int:
        """The chosen span's position in the whole run."""
        raise NotImplementedError

    @property
    def _tree(self) -> SpanTree:
        raise NotImplementedError

    def _go_to(self, position: int) -> None:
        raise NotImplementedError

    def _show_note(self) -> None:
        raise NotImplementedError

    def _jump(self, positions: Sequence[int], what: str, backwards: bool) -> None:
        if self.picture is None:
            return
        shown = self.picture.all_shown(positions)
        if not self._tree.go_to_next(shown, backwards):
            self.say(f"This run has no {what}.")

    def action_next_error(self) -> None:
        """To the next failed span."""
        self._jump(self._errors, "error", backwards=False)

    def action_previous_error(self) -> None:
        """To the failed span before."""
        self._jump(self._errors, "error", backwards=True)

    def action_next_slow(self) -> None:
        """To the next slow step."""
        self._jump(self._slow, "slow step", backwards=False)

    def action_previous_slow(self) -> None:
        """To the slow step before."""
        self._jump(self._slow, "slow step", backwards=True)

    def action_next_same(self) -> None:
        """To the next call of the same tool or operation."""
        self._jump_to_same(backwards=False)

    def action_previous_same(self) -> None:
        """To the call of the same tool or operation before."""
        self._jump_to_same(backwards=True)

    @property
    def _errors(self) -> Sequence[int]:
        return self.opened.errors if self.opened is not None else ()

    @property
    def _slow(self) -> Sequence[int]:
        return self.opened.slow if self.opened is not None else ()

    def _jump_to_same(self, backwards: bool) -> None:
        if self.opened is None:
            return
        if self.position not in self._same:
            self._same = same_operation(self.opened.tree, self.position)
        if len(self._same) == 1:
            self.say("This is the only call of its tool or operation.")
        else:
            self._jump(self._same, "such call", backwards)

    def action_failing_step(self) -> None:
        """Back to where the run failed."""
        if self.opened is not None:
            self._go_to(self.opened.tree.failed)

    def action_mark(self) -> None:
        """Set or remove a bookmark on the chosen span; bookmarks last as long as the run is open."""
        self._marks ^= {self.position}
        self._show_note()

    def action_next_mark(self) -> None:
        """To the next bookmark."""
        self._jump(sorted(self._marks), "bookmark: m sets one", backwards=False)
