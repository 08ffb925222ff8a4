"""The small windows of the Cost view: what the same tokens had cost otherwise."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tracetui.pricing.lookup import WhatIf
from tracetui.pricing.tables import CostTable
from tracetui.render import costs
from tracetui.render.safe import safe
from tracetui.render.text import count, least_fine_money
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.dialogs import Window
from tracetui.tui.widgets.grid import Grid
from tracetui.tui.widgets.grid_columns import Cell, Column


def what_if_words(asked: WhatIf) -> str:
    """What is asked, in words of ours; the model's name is made safe."""
    if asked.model is not None:
        return f"What if all calls had gone to {safe(asked.model, 60)}"
    return "What if nothing had been cached" if asked.cache_off else "What if all had been sent as a batch"


class _Lines:
    """Each line's cost now and then."""

    def __init__(self, lines: list[costs.Compared], by: str) -> None:
        self._lines = lines
        self._has_listed = any(line.reported_cost_usd is not None for line in lines)
        listed = (Column("listed", "by price lists", "right"),) if self._has_listed else ()
        self.columns = (
            Column("key", by, max_width=34), Column("calls", "calls", "right"), Column("now", "now", "right"), *listed,
            Column("then", "then", "right"), Column("left", "not re-priced", "right"),
        )  # fmt: skip

    @property
    def row_count(self) -> int:
        """Lines of the table."""
        return len(self._lines)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        return [self._cells(line) for line in self._lines[start:stop]]

    def _cells(self, line: costs.Compared) -> list[Cell]:
        left = line.not_repriced_calls
        return [
            (costs.word(line.keys[0]), ""),
            (count(line.calls), "muted"),
            (least_fine_money(line.cost_usd, line.is_least), ""),
            *([(costs.listed_text(line), "muted")] if self._has_listed else []),
            (least_fine_money(line.what_if_cost_usd, line.is_what_if_least), "strong"),
            (count(left) if left else "", "warning"),
        ]


class WhatIfGrid(Grid):
    """The table of the window."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)


class WhatIfScreen(Window[None]):
    """Costs beside what they would have been, line by line, and the calls that have no price there."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Close")]

    def __init__(self, asked: WhatIf, now: CostTable, then: CostTable, ascii_only: bool) -> None:
        super().__init__()
        self._asked, self._now, self._then = asked, now, then
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content(what_if_words(self._asked))
            window.border_subtitle = "esc closes"
            told = costs.what_if_lines(self._now.total, self._then.total)
            yield Static(Content("\n".join(told)), id="what-if-total")
            yield WhatIfGrid(fixed_columns=1, ascii_only=self._ascii_only)

    def on_mount(self) -> None:
        grid = self.query_one(WhatIfGrid)
        grid.show(_Lines(costs.compared(self._now, self._then), self._now.by[0]))
        grid.focus()
