"""What a row of the span tree says: figures of one span, of a subtree, or of equal siblings shown as one."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from tracetui.model import NO_TIME, SpanKind, Status, Tree
from tracetui.render.safe import safe
from tracetui.tui.widgets.tree_rows import TreeRows

MAX_LABEL_CHARS = 300
MAX_DRAWN_MEMBERS = 2_000

_WORST_FIRST = (Status.ERROR, Status.INTERRUPTED, Status.UNFINISHED)


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount and whether it was added up over descendants or equal siblings; None is unknown."""

    amount: int | None
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class RowFigures:
    """One row, ready for painting. `errors_inside` counts failed spans that the row hides."""

    label: str
    kind: SpanKind
    status: Status
    depth: int
    step: int
    is_closed: bool
    can_fold: bool
    repeat: int
    is_grouped: bool
    is_slow: bool
    is_synthetic: bool
    errors_inside: int
    intervals: Sequence[tuple[int, int]]
    duration_ns: int | None
    tokens: Sum
    cost_microusd: Sum


class Figures:
    """Figures of the rows of one tree.

    `tokens` and `cost_microusd` of the tree count each call once, at its own span, and hold 0 or less where a
    span has none, so that the sum over a subtree is the subtree's total.
    """

    def __init__(self, rows: TreeRows) -> None:
        self.rows = rows
        self.tree: Tree = rows.tree
        self.has_tokens = any_positive(self.tree.tokens)
        self.has_cost = any_positive(self.tree.cost_microusd)
        self._token_sums = running_sums(self.tree.tokens) if self.has_tokens else None
        self._cost_sums = running_sums(self.tree.cost_microusd) if self.has_cost else None
        statuses = enumerate(self.tree.status)
        self._errors = [position for position, status in statuses if status is Status.ERROR]

    def of(self, position: int) -> RowFigures:
        """The row that stands at a position."""
        tree, rows = self.tree, self.rows
        is_grouped = rows.is_grouped(position)
        is_closed = rows.is_closed(position)
        members = list(rows.members(position)) if is_grouped else [position]
        return RowFigures(
            label=safe(tree.labels[tree.label[position]], MAX_LABEL_CHARS),
            kind=tree.kind[position],
            status=self._status(members),
            depth=tree.depth[position],
            step=tree.step[position],
            is_closed=is_closed,
            can_fold=is_closed or rows.has_children(position),
            repeat=len(members) if is_grouped else rows.repeat(position),
            is_grouped=is_grouped,
            is_slow=any(member in tree.slow for member in members),
            is_synthetic=position in tree.synthetic,
            errors_inside=self._errors_inside(position, members) if is_closed else 0,
            intervals=self._intervals(members),
            duration_ns=self._duration_ns(members),
            tokens=self._sum(tree.tokens, self._token_sums, position, is_grouped),
            cost_microusd=self._sum(tree.cost_microusd, self._cost_sums, position, is_grouped),
        )

    def _status(self, members: list[int]) -> Status:
        found = {self.tree.status[member] for member in members}
        return next((status for status in _WORST_FIRST if status in found), self.tree.status[members[0]])

    def _errors_inside(self, position: int, members: list[int]) -> int:
        stop = self.rows.stop(position)
        errors = bisect_left(self._errors, stop) - bisect_left(self._errors, position)
        return errors - sum(self.tree.status[member] is Status.ERROR for member in members)

    def _intervals(self, members: list[int]) -> list[tuple[int, int]]:
        starts_ns, ends_ns = self.tree.start_ns, self.tree.end_ns
        members = members[:: 1 + len(members) // MAX_DRAWN_MEMBERS]
        return [(starts_ns[member], ends_ns[member]) for member in members]

    def _duration_ns(self, members: list[int]) -> int | None:
        starts_ns, ends_ns = self.tree.start_ns, self.tree.end_ns
        known = [
            ends_ns[member] - starts_ns[member]
            for member in members
            if NO_TIME not in (starts_ns[member], ends_ns[member])
        ]
        return sum(known) if known else None

    def _sum(self, own: array[int], sums: array[int] | None, position: int, is_grouped: bool) -> Sum:
        if sums is None:
            return Sum(None)
        if own[position] > 0 and not is_grouped:
            return Sum(own[position])
        total = sums[self.rows.stop(position)] - sums[position]
        return Sum(total, is_total=True) if total > 0 else Sum(None)


def any_positive(column: array[int]) -> bool:
    """Whether a column holds a known amount."""
    return len(column) > 0 and max(column) > 0


def running_sums(column: array[int]) -> array[int]:
    """Sums of the known amounts before each position, one entry more than the column."""
    amounts = column if min(column) >= 0 else (max(0, amount) for amount in column)
    return array("q", accumulate(amounts, initial=0))
