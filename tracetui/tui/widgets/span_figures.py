"""What a row of the span tree says: figures of one span, of a subtree, or of equal siblings shown as one."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

from tracetui.model import SpanKind, Status
from tracetui.read_model import NO_TIME, Tree
from tracetui.render.safe import safe
from tracetui.tui.widgets.timeline import OVER
from tracetui.tui.widgets.tree_rows import TreeRows

MAX_LABEL_CHARS = 300
MAX_DRAWN_MEMBERS = 2_000

_PAST = (Status.OK, Status.ERROR)
_WORST_FIRST = (Status.ERROR, Status.INTERRUPTED, Status.UNFINISHED)


Amount = TypeVar("Amount", int, Decimal)


class Sum(NamedTuple, Generic[Amount]):
    """An amount, whether it was added up over descendants or equal siblings, and whether some of it is not known so
    that it is a lower bound; None is unknown."""

    amount: Amount | None
    is_total: bool = False
    is_least: bool = False


class MemoryRows(NamedTuple):
    """Positions of spans that changed the memory of the run, and of those at which it looks wrong, in order."""

    changed: Sequence[int] = ()
    wrong: Sequence[int] = ()

    def word(self, start: int, stop: int) -> str:
        """`wrong`, `changed` or nothing, for the spans from one position to before another."""
        if bisect_left(self.wrong, stop) > bisect_left(self.wrong, start):
            return "wrong"
        return "changed" if bisect_left(self.changed, stop) > bisect_left(self.changed, start) else ""


class RowHead(NamedTuple):
    """What the left part of a row says; a tuple, since painted parts are kept by it.

    `errors_inside` counts failed spans that the row hides. `memory` is `changed` or `wrong` where the row, or
    what it hides, did that to the memory of the run.
    """

    label: str
    kind: SpanKind
    status: Status
    depth: int
    is_closed: bool
    can_fold: bool
    repeat: int
    is_grouped: bool
    is_synthetic: bool
    errors_inside: int
    memory: str = ""


class RowFigures(NamedTuple):
    """One row, ready for painting; a tuple, since one is made for each row that comes into view."""

    head: RowHead
    step: int
    is_slow: bool
    intervals: Sequence[tuple[int, int]]
    duration_ns: int | None
    tokens: Sum[int]
    cost_usd: Sum[Decimal]


class Figures:
    """Figures of the rows of one tree.

    `tokens` and `costs` of the tree count each call once, at its own span, and what a span reports beyond those below
    it there, so that the sum over a subtree is the subtree's total.
    """

    def __init__(self, rows: TreeRows) -> None:
        self.rows = rows
        self.tree: Tree = rows.tree
        self.has_tokens = any_positive(self.tree.tokens)
        self.has_cost = self.tree.costs.is_any
        self.last_step = max(self.tree.step, default=0)
        self._token_sums = running_sums(self.tree.tokens) if self.has_tokens else None
        statuses = enumerate(self.tree.status)
        self._errors = [position for position, status in statuses if status is Status.ERROR]
        self._labels: dict[int, str] = {}
        self.memory = MemoryRows()

    def of(self, position: int) -> RowFigures:
        """The row that stands at a position."""
        if self.rows.is_grouped(position):
            return self._of_group(position, list(self.rows.members(position)))
        tree, status = self.tree, self.tree.status[position]
        return RowFigures(
            head=self._head(position, status, self.rows.repeat(position), status is Status.ERROR),
            step=tree.step[position],
            is_slow=position in tree.slow,
            intervals=((tree.start_ns[position], self._drawn_end(position)),),
            duration_ns=tree.lasted_ns(position),
            tokens=self._tokens(position, is_group=False),
            cost_usd=self._cost(position, is_group=False),
        )

    def _of_group(self, head: int, members: list[int]) -> RowFigures:
        tree = self.tree
        statuses = [tree.status[member] for member in members]
        worst = next((status for status in _WORST_FIRST if status in statuses), statuses[0])
        return RowFigures(
            head=self._head(head, worst, len(members), statuses.count(Status.ERROR)),
            step=tree.step[head],
            is_slow=not tree.slow.isdisjoint(members),
            intervals=self._intervals(members),
            duration_ns=self._duration_ns(members),
            tokens=self._tokens(head, is_group=True),
            cost_usd=self._cost(head, is_group=True),
        )

    def _head(self, position: int, status: Status, repeat: int, own_errors: int) -> RowHead:
        tree, rows = self.tree, self.rows
        is_closed = rows.is_closed(position)
        return RowHead(
            label=self._label(tree.label[position]),
            kind=tree.kind[position],
            status=status,
            depth=tree.depth[position],
            is_closed=is_closed,
            can_fold=is_closed or rows.has_children(position),
            repeat=repeat,
            is_grouped=rows.is_grouped(position),
            is_synthetic=position in tree.synthetic,
            errors_inside=self._errors_below(position) - own_errors if is_closed else 0,
            memory=self.memory.word(position, rows.stop(position) if is_closed else position + 1),
        )

    def _label(self, label: int) -> str:
        text = self._labels.get(label)
        if text is None:
            text = self._labels[label] = safe(self.tree.labels[label], MAX_LABEL_CHARS)
        return text

    def _errors_below(self, position: int) -> int:
        return bisect_left(self._errors, self.rows.stop(position)) - bisect_left(self._errors, position)

    def _intervals(self, members: list[int]) -> list[tuple[int, int]]:
        starts_ns = self.tree.start_ns
        members = members[:: 1 + len(members) // MAX_DRAWN_MEMBERS]
        return [(starts_ns[member], self._drawn_end(member)) for member in members]

    def _drawn_end(self, position: int) -> int:
        """The end of a span for its bar: who has an outcome runs no more."""
        end_ns = self.tree.end_ns[position]
        return OVER if end_ns == NO_TIME and self.tree.status[position] in _PAST else end_ns

    def _duration_ns(self, members: list[int]) -> int | None:
        lasted_ns = map(self.tree.lasted_ns, members)
        known = [took_ns for took_ns in lasted_ns if took_ns is not None]
        return sum(known) if known else None

    def _tokens(self, position: int, is_group: bool) -> Sum[int]:
        if self._token_sums is None:
            return Sum(None)
        total = self._token_sums[self.rows.stop(position)] - self._token_sums[position]
        return Sum(total, is_group or total != self.tree.tokens[position]) if total > 0 else Sum(None)

    def _cost(self, position: int, is_group: bool) -> Sum[Decimal]:
        """What the subtree cost, with whether calls, or tokens, without a price are left out of it."""
        stop, costs = self.rows.stop(position), self.tree.costs
        total = costs.between(position, stop) if self.has_cost else None
        if total is None:
            return Sum(None)
        is_total = is_group or total != costs.between(position, position + 1)
        return Sum(total, is_total, costs.is_least(position, stop))


def any_positive(column: array[int]) -> bool:
    """Whether a column holds a known amount."""
    return len(column) > 0 and max(column) > 0


def running_sums(column: array[int]) -> array[int]:
    """Sums of the known amounts before each position, one entry more than the column."""
    amounts = column if min(column) >= 0 else (max(0, amount) for amount in column)
    return array("q", accumulate(amounts, initial=0))
