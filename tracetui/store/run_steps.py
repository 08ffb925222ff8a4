"""At which step of a run something happened that is no step itself."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

import duckdb

_PLACES = """
    SELECT p.span_key, coalesce(p.step, 0), p.subtree_end, s.start_ns
    FROM store.places AS p JOIN store.spans AS s USING (span_key) WHERE p.run_key = ? ORDER BY p.position"""


class RunSteps:
    """The steps of one run by span and by time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, run_key: int) -> None:
        rows = connection.execute(_PLACES, [run_key]).fetchall()
        self._position: dict[int, int] = {row[0]: at for at, row in enumerate(rows)}
        self._step: list[int] = [row[1] for row in rows]
        self._end: list[int] = [row[2] for row in rows]
        timed = sorted((row[3], row[1]) for row in rows if row[1] and row[3] is not None)
        self._started_ns: list[int] = [start for start, _ in timed]
        self._latest: list[int] = list(accumulate((step for _, step in timed), max))
        self._before: list[int] = list(accumulate(self._step, max))
        self._found: dict[int, int] = {}

    @property
    def first_ns(self) -> int | None:
        """When the first step began."""
        return self._started_ns[0] if self._started_ns else None

    def position(self, span_key: int) -> int:
        """Where the span stands in the tree."""
        return self._position[span_key]

    def at(self, span_key: int, at_ns: int | None) -> int:
        """The span's own step, else the last one that had begun before that time, else the last within or before
        the span; 0 before the first."""
        at = self._position.get(span_key)
        if at is None:
            return 0
        if self._step[at]:
            return self._step[at]
        if at_ns is not None and self._started_ns:
            begun = bisect_left(self._started_ns, at_ns)
            return self._latest[begun - 1] if begun else 0
        if at not in self._found:
            self._found[at] = max(self._step[at : self._end[at]], default=0) or self._before[at]
        return self._found[at]
