"""Which runs the Runs view shows and in which order; answers come in pages, counts and row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tracetui.tui.loading import Traces
from tracetui.tui.row_window import PAGE_ROWS
from tracetui.words import Status

if TYPE_CHECKING:
    from tracetui.read_model import Run

_SCAN_ROWS = 2_000

TRIAGE = "triage"


class RunQuery(NamedTuple):
    """A filter text and an order; `sort` is one of `TraceDB.runs`."""

    text: str = ""
    sort: str = TRIAGE
    is_descending: bool = False

    def with_text(self, text: str) -> RunQuery:
        """The same order, other runs."""
        return self._replace(text=text)

    def sorted_by(self, sort: str) -> RunQuery:
        """By this column; a second time the other way round."""
        if sort == self.sort:
            return self._replace(is_descending=not self.is_descending)
        return self._replace(sort=sort, is_descending=sort not in _ASCENDING_FIRST)


_ASCENDING_FIRST = frozenset({TRIAGE, "name", "agent", "status", "source", "session", "models", "error"})


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """How many runs match, how many there are, and the first page."""

    query: RunQuery
    count: int
    total: int
    first_page: list[Run]


def ask(db: Traces, query: RunQuery) -> RunAnswer:
    """Count and first page."""
    total = db.run_count()
    count = db.run_count(query.text) if query.text else total
    return RunAnswer(query, count, total, page_of(db, query, 0))


def page_of(db: Traces, query: RunQuery, page: int) -> list[Run]:
    """One page of runs."""
    return db.runs(query.text, query.sort, query.is_descending, PAGE_ROWS, page * PAGE_ROWS)


def rows_where(db: Traces, query: RunQuery, is_wanted: Callable[[Run], bool]) -> list[int]:
    """Row numbers of the runs that fit, looked for piece by piece so that memory stays small."""
    return [row for row, run in enumerate(_all(db, query)) if is_wanted(run)]


def rows_with_errors(db: Traces, query: RunQuery) -> tuple[list[int], list[int]]:
    """Row numbers of the runs that failed, and of those that survived errors."""
    failed: list[int] = []
    survived: list[int] = []
    for row, run in enumerate(_all(db, query)):
        if has_failed(run):
            failed.append(row)
        elif run.errors:
            survived.append(row)
    return failed, survived


def _all(db: Traces, query: RunQuery) -> Iterator[Run]:
    offset = 0
    while runs := db.runs(query.text, query.sort, query.is_descending, _SCAN_ROWS, offset):
        yield from runs
        offset += len(runs)
        if len(runs) < _SCAN_ROWS:
            return


def has_failed(run: Run) -> bool:
    """Whether the run ended in an error."""
    return run.status is Status.ERROR


def contains(text: str) -> Callable[[Run], bool]:
    """Whether a run's own words contain a text, upper and lower case alike: the same words the filter looks at."""
    wanted = text.casefold()

    def is_wanted(run: Run) -> bool:
        words = (
            run.run_id, run.name, run.agent, run.session_id, run.status.value, run.source, run.failed_name,
            run.error_type, run.error_message, *run.models,
        )  # fmt: skip
        return any(wanted in word.casefold() for word in words if word)

    return is_wanted
