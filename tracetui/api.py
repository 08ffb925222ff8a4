"""The one typed door to loaded traces, for the screens, the command line and scripts alike.

    import tracetui
    with tracetui.open("run.jsonl") as db:
        for run in db.runs():
            print(run.run_id, run.status, run.error_message)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tracetui.model import ImportIssue, Run, Source, SpanDetail, Tree


class ResultWindow(Protocol):
    """Rows of a query, fetched by window: never the whole result in memory."""

    columns: Sequence[str]
    types: Sequence[str]

    @property
    def row_count(self) -> int: ...

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Any]]: ...


class TraceDBProtocol(Protocol):
    """TraceDB's methods; all block, all may be called from any thread (each call uses its own cursor)."""

    def sources(self) -> list[Source]:
        """Every source, in the order opened."""

    def issues(self, source: str | None = None, limit: int | None = None) -> list[ImportIssue]:
        """Import issues, worst first, then by source, line and offset."""

    def issue_counts(self) -> dict[str, int]:
        """How many issues of each severity."""

    def runs(self, text: str = "", sort: str = "triage", descending: bool = False, limit: int | None = None,
             offset: int = 0) -> list[Run]:  # fmt: skip
        """Runs whose id, name, agent, error or models contain `text`; sorted by a column of the `runs` view or
        `triage` (failed first, then unfinished and interrupted, then latest first)."""

    def run_count(self, text: str = "") -> int:
        """How many runs match."""

    def run(self, run_id: str | None = None) -> Run:
        """The run with this id or unique id prefix; without one the only run, else the first in triage order."""

    def tree(self, run_id: str) -> Tree:
        """The run's spans in depth-first order, as columns."""

    def detail(self, run_id: str, position: int) -> SpanDetail:
        """Everything about the span at that position of the run's tree."""

    def step_position(self, run_id: str, step: int) -> int:
        """Position in the tree of step number `step`."""

    def search(self, run_id: str, text: str) -> list[int]:
        """Positions of spans whose name, error, input, output, messages or attributes contain `text`
        (case-insensitive), ascending."""

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> ResultWindow:
        """Rows of one read-only statement over the public views."""

    def close(self) -> None:
        """Release the database and what was made for it."""
