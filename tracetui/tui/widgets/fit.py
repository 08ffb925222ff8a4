"""Text cut to a width, with a sign where it is cut."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def fit(text: str, cells: int) -> str:
    """A text in at most so many cells, with `…` where it is cut."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…"


def fit_middle(text: str, cells: int) -> str:
    """A text in at most so many cells, its middle replaced by `…` where it is longer: names differ in their ends."""
    if cell_len(text) <= cells:
        return text
    end = max(cells - 1, 0) // 2
    start = set_cell_size(text, max(cells - 1 - end, 0)).rstrip()
    tail = text[-end:] if end else ""
    while cell_len(tail) > end:
        tail = tail[1:]
    return f"{start}…{tail.lstrip()}"
