"""What the spans of a tree cost, exactly and in little room."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

_PICOS = 10**12
_FINEST = Decimal(1).scaleb(-12)


@dataclass(frozen=True, slots=True)
class TreeCosts:
    """Costs in US dollars with 12 places, one entry a span that has one, in the order of the tree: 20 bytes each.

    `dollars[i]` and `picos[i]` (below 10**12) are the sum of all entries up to i, so that the sum of any range is told
    by two searches. `left_out` are the positions of calls without a price or with one for a part of their tokens.
    """

    positions: array[int] = field(default_factory=lambda: array("i"))
    dollars: array[int] = field(default_factory=lambda: array("q"))
    picos: array[int] = field(default_factory=lambda: array("q"))
    left_out: array[int] = field(default_factory=lambda: array("i"))

    @classmethod
    def of(cls, costs: Iterable[Decimal | None], left_out: Iterable[bool]) -> TreeCosts:
        """The costs of all spans of a tree, None for one without, and which of them are not all that was spent."""
        positions, dollars, picos, total = array("i"), array("q"), array("q"), 0
        for place, cost_usd in enumerate(costs):
            if cost_usd is not None:
                total += int(cost_usd / _FINEST)
                whole, rest = divmod(total, _PICOS)
                positions.append(place)
                dollars.append(whole)
                picos.append(rest)
        parts = array("i", (place for place, is_part in enumerate(left_out) if is_part))
        return cls(positions, dollars, picos, parts)

    @property
    def is_any(self) -> bool:
        """Whether any span cost something."""
        return any(self.dollars) or any(self.picos)

    def between(self, start: int, stop: int) -> Decimal | None:
        """What the spans from one position to before another cost together; None where none has a known cost."""
        first, last = bisect_left(self.positions, start), bisect_left(self.positions, stop)
        if first == last:
            return None
        return (self._up_to(last) - self._up_to(first)) * _FINEST

    def _up_to(self, entry: int) -> Decimal:
        return Decimal(self.dollars[entry - 1] * _PICOS + self.picos[entry - 1] if entry else 0)

    def is_least(self, start: int, stop: int) -> bool:
        """Whether something that the spans from one position to before another spent is not in their cost."""
        first = bisect_left(self.left_out, start)
        return first < len(self.left_out) and self.left_out[first] < stop

    def picked(self, kept: Sequence[int]) -> TreeCosts:
        """The costs of the spans at these positions, ascending, as those of a tree of their own."""
        return TreeCosts.of(
            (self.between(old, old + 1) for old in kept), (self.is_least(old, old + 1) for old in kept)
        )
