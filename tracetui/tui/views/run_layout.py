"""How verdict, tree and detail share the screen: side by side, one over the other, or one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from tracetui.model import Status
from tracetui.read_model import Run
from tracetui.render.safe import safe
from tracetui.render.signs import Signs
from tracetui.render.verdict import figures, notes, outcome

_NAME_CHARS, _LEAST_NAME_CHARS = 60, 12
_GAP_CELLS = 3
_BESIDE_NAME_CELLS = 2 + len("… (+1,000 chars)") + _GAP_CELLS
_VERDICT_TONES = {Status.ERROR: "$text-error", Status.OK: "$text-success"}

WIDE_CELLS = 116
LOW_ROWS = 18

_SHARES = (0, 25, 45, 65, 100)
"""Per cent of the room for the tree: only the detail, …, only the tree."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`share` indexes the shares above; `is_wide` puts the panes side by side; `is_low` has room for one only."""

    share: int = 2
    is_wide: bool = False
    is_low: bool = False

    @property
    def tree_percent(self) -> int:
        """Per cent of the room for the tree; on a low screen all or nothing."""
        percent = _SHARES[self.share]
        if self.is_low:
            return 0 if percent == 0 else 100
        return percent

    def fitted(self, width: int, height: int) -> Arrangement:
        """The same on a screen of this size."""
        return replace(self, is_wide=width >= WIDE_CELLS, is_low=height < LOW_ROWS and width < WIDE_CELLS)

    def resized(self, direction: int) -> Arrangement:
        """More room for the tree (1) or for the detail (-1)."""
        return replace(self, share=max(0, min(len(_SHARES) - 1, self.share + direction)))

    def with_detail(self) -> Arrangement:
        """The detail in view."""
        return (
            replace(self, share=0)
            if self.is_low
            else replace(self, share=2)
            if self.tree_percent == 100
            else self
        )

    def with_tree(self) -> Arrangement:
        """The tree in view."""
        return replace(self, share=2) if self.tree_percent == 0 else self


def verdict_lines(
    run: Run, times: tuple[int, int] | None, signs: Signs, width: int, note: str = "", is_low: bool = False
) -> list[Content]:
    """What became of the run, in one line or two of at most `width` cells, and one more where there is a note; `note`
    is another one. Where it `is_low`, the name gives way to what went wrong, in one line."""
    tone = _VERDICT_TONES.get(run.status, "$text-warning")
    took = Content(figures(run, times)).stylize("$foreground-muted")
    ended = Content(outcome(run)).stylize(tone)
    head = _head(run, signs, tone, _NAME_CHARS)
    if (
        head.cell_length + _GAP_CELLS + took.cell_length > width
    ):  # a name is elsewhere too, the figures are not
        head = _head(run, signs, tone, max(width - took.cell_length - _BESIDE_NAME_CELLS, _LEAST_NAME_CHARS))
    lines = fold_line([head, ended, took], width)
    if is_low and len(lines) > 1:
        sign = _sign(run, signs, tone)
        lines = [Content("   ").join([sign + ended, took]).truncate(width, ellipsis=True)]
    noted = " · ".join(words for words in (notes(run), note) if words)
    return (
        [*lines, Content(noted).stylize("$text-warning").truncate(width, ellipsis=True)] if noted else lines
    )


def _head(run: Run, signs: Signs, tone: str, most_characters: int) -> Content:
    name = safe(run.name or run.run_id, most_characters)
    return Content.assemble(_sign(run, signs, tone), (name, "bold"))


def _sign(run: Run, signs: Signs, tone: str) -> Content:
    return Content.assemble((f"{signs.status[run.status]} ", f"bold {tone}"))


def fold_line(parts: Sequence[Content], width: int) -> list[Content]:
    """Three parts in one line where they fit, else in two; what still does not fit ends in `…`."""
    head, ended, took = parts
    whole = Content("   ").join([head, ended, took])
    if whole.cell_length <= width:
        return [whole]
    splits = [(Content("   ").join([head, ended]), took), (Content("   ").join([head, took]), ended)]
    first, second = next((split for split in splits if split[0].cell_length <= width), splits[1])
    return [line.truncate(width, ellipsis=True) for line in (first, second)]


def arrange(
    screen: Screen[None], panes: Widget, tree: Widget, detail: Widget, arrangement: Arrangement
) -> None:
    """Put an arrangement into effect."""
    percent = arrangement.tree_percent
    screen.set_class(arrangement.is_wide, "-wide")
    tree.display, detail.display = percent > 0, percent < 100
    panes.styles.layout = "horizontal" if arrangement.is_wide else "vertical"
    for widget, share in ((tree, percent), (detail, 100 - percent)):
        widget.styles.width = f"{share}fr" if arrangement.is_wide and share else "100%"
        widget.styles.height = "100%" if arrangement.is_wide or not share else f"{share}fr"
