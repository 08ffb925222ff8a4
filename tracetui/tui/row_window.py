"""A long list of rows of which only the pages near the view are in memory; pages are fetched when first needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_ROWS = 256
"""A multiple of the grid's blocks, so that a block never needs two pages."""

MAX_PAGES = 16


class RowWindow(Generic[T]):
    """Rows 0 to `count` - 1. `want(page)` is called once for each page that is needed and not there; the answer
    comes back by `put`."""

    def __init__(self, count: int, want: Callable[[int], None] = lambda _: None) -> None:
        self.count = count
        self._want = want
        self._pages: OrderedDict[int, Sequence[T]] = OrderedDict()
        self._wanted: set[int] = set()

    def row(self, index: int) -> T | None:
        """The row, or None while its page is on the way."""
        page, offset = divmod(index, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is not None:
            self._pages.move_to_end(page)
            return rows[offset] if offset < len(rows) else None
        if page not in self._wanted:
            self._wanted.add(page)
            self._want(page)
        return None

    def rows(self, start: int, stop: int) -> list[T] | None:
        """Rows `start … stop-1`, or None while any of them is on the way."""
        found = [self.row(index) for index in range(start, min(stop, self.count))]
        return None if None in found else [row for row in found if row is not None]

    def put(self, page: int, rows: Sequence[T]) -> None:
        """Take the rows of a page; the pages used longest ago give way."""
        self._wanted.discard(page)
        self._pages[page] = rows
        while len(self._pages) > MAX_PAGES:
            self._pages.popitem(last=False)

    def fill(self, rows: Sequence[T]) -> None:
        """Take all rows at once."""
        for page in range((len(rows) + PAGE_ROWS - 1) // PAGE_ROWS):
            self.put(page, rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS])

    def grow(self, count: int) -> None:
        """There are more rows by now; a page that was not full is fetched again."""
        if self.count % PAGE_ROWS and count > self.count:
            self._pages.pop(self.count // PAGE_ROWS, None)
        self.count = count

    def rows_in_memory(self) -> list[tuple[int, T]]:
        """Rows at hand with their index, in order."""
        return [
            (page * PAGE_ROWS + offset, row)
            for page in sorted(self._pages)
            for offset, row in enumerate(self._pages[page])
        ]
