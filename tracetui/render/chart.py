"""Amounts over time as columns of cells."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII = " ........#"


def columns(amounts: Sequence[Decimal], height: int, ascii_only: bool = False) -> list[str]:
    """One line of text for each row of cells from the top down, one cell an amount; the highest fills all rows.

    An amount above nothing is always seen.
    """
    most = max(amounts, default=Decimal(0))
    signs = _ASCII if ascii_only else _EIGHTHS
    eighths = [_eighths(amount, most, height) for amount in amounts]
    return [
        "".join(signs[max(0, min(8, filled - 8 * row))] for filled in eighths)
        for row in reversed(range(height))
    ]


def _eighths(amount: Decimal, most: Decimal, height: int) -> int:
    if amount <= 0 or most <= 0:
        return 0
    return max(1, round(amount * 8 * height / most))


def gathered(amounts: Sequence[Decimal], most_columns: int) -> tuple[list[Decimal], int]:
    """The amounts in at most so many columns, and how many of them one column adds up."""
    size = max(1, -(-len(amounts) // max(most_columns, 1)))
    return [sum(amounts[start : start + size], Decimal(0)) for start in range(0, len(amounts), size)], size
