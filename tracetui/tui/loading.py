"""Following a load: what is known so far, and the thread that reads its updates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from tracetui.errors import NotLoadedError, TracetuiError

if TYPE_CHECKING:
    from tracetui.analysis.diff.consensus import Consensus
    from tracetui.analysis.diff.steps import StepDiff
    from tracetui.analysis.diff.volatile import Volatile
    from tracetui.analysis.times import RunTimes, Stretch, WaitAfter
    from tracetui.api import Update
    from tracetui.api.contexts import ContextUse
    from tracetui.api.db import ResultWindow
    from tracetui.api.diffs import Comparing, Reading, RunDiff
    from tracetui.api.memory import RunMemory
    from tracetui.model import ImportIssue
    from tracetui.pricing.tables import StepCost
    from tracetui.read_model import Progress, Run, Source, SpanDetail, Tree
    from tracetui.workers.queries import QuerySession

_PROGRESS_INTERVAL_NS = 80_000_000


class Traces(Protocol):
    """What the screens ask of a TraceDB; see there."""

    def sources(self) -> list[Source]: ...

    def has_records(self) -> bool: ...

    def name_list(self, name: str, ids: Sequence[str]) -> None: ...

    def issues(self, source: str | None = None, limit: int | None = None) -> list[ImportIssue]: ...

    def issue_counts(self) -> dict[str, int]: ...

    def runs(
        self,
        text: str = "",
        sort: str = "triage",
        descending: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Run]: ...

    def run_count(self, text: str = "") -> int: ...

    def run(self, run_id: str | None = None) -> Run: ...

    def tree(self, run_id: str) -> Tree: ...

    def detail(self, run_id: str, position: int) -> SpanDetail: ...

    def step_position(self, run_id: str, step: int) -> int: ...

    def span_position(
        self, span_id: str, *, trace_id: str | None = None, run_id: str | None = None
    ) -> tuple[str, int] | None: ...

    def search(self, run_id: str, text: str) -> list[int]: ...

    def step_cost(self, run_id: str, position: int) -> StepCost: ...

    def context_use(self, run_id: str, position: int) -> ContextUse | None: ...

    def memory(self, run_id: str) -> RunMemory: ...

    def run_times(self, run_id: str) -> RunTimes | None: ...

    def wait_after(self, run_id: str) -> WaitAfter | None: ...

    def critical_path(self, run_id: str) -> list[Stretch]: ...

    def reprice(self, files: Sequence[Path] = ()) -> None: ...

    def keep_money(self) -> None: ...

    def run_diff(
        self,
        run_id: str,
        other_run_id: str,
        how: Comparing | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        told: Callable[[RunDiff | Reading], None] | None = None,
    ) -> RunDiff: ...

    def run_against(self, run_id: str, good: Sequence[str], how: Comparing | None = None) -> Consensus: ...

    def good_runs(self, run_id: str, same: str) -> list[str]: ...

    def step_diff(
        self,
        run_id: str,
        position: int,
        before: tuple[str, int] | None = None,
        rule: Volatile | None = None,
    ) -> tuple[SpanDetail, SpanDetail, StepDiff]: ...

    def matching(self, run_id: str, filter_text: str) -> list[int]: ...

    def filter_advice(self, filter_text: str) -> str: ...

    def runs_query(self, filter_text: str = "", sort: str = "triage", descending: bool = False) -> str: ...

    def spans_query(self, run_id: str, filter_text: str = "", *other_ids: str) -> str: ...

    def open_queries(self, *, is_unsafe: bool = False, keeps_spare: bool = False) -> QuerySession: ...

    def read(self, query: str, parameters: Sequence[Any] = ()) -> ResultWindow: ...

    def price_rows(self) -> list[Any] | None: ...

    def close(self) -> None: ...


class Opening(Protocol):
    """A load that was begun: `updates()` blocks between updates and ends when all is loaded or cancelled."""

    def updates(self) -> Iterator[Update]: ...

    def cancel(self) -> None: ...


@runtime_checkable
class Stoppable(Opening, Protocol):
    """A load that may also end early with what was read by then."""

    def stop(self) -> None: ...


Begin: TypeAlias = Callable[[], Opening]


class Load(NamedTuple):
    """What is known about the load. `db` is there once screens can ask; `is_complete` once all payloads are in.

    `first_runs` are shown until then, `first_total` is how many there are in all. `elapsed_ns` is the time since the start up to the latest progress.
    `is_stopping`: what was read before somebody stopped the load is being put together. `pricings` counts how often prices were looked up for `db`; `price_error` says why they were not.
    """

    progress: Progress | None = None
    elapsed_ns: int = 0
    first_runs: tuple[Run, ...] = ()
    first_total: int | None = None
    db: Traces | None = None
    pricings: int = 0
    is_complete: bool = False
    is_stopping: bool = False
    is_cancelled: bool = False
    error: TracetuiError | None = None
    price_error: TracetuiError | None = None

    @property
    def is_priced(self) -> bool:
        """Whether `db` tells computed costs too."""
        return self.pricings > 0

    @property
    def is_running(self) -> bool:
        """Whether more is still to come."""
        return not (self.is_complete or self.is_cancelled or self.error)


class Loader:
    """Begins a load in its thread and hands each new state to `changed` (called in that thread)."""

    def __init__(
        self, begin: Begin, changed: Callable[[Load], None], price_files: Sequence[Path] = ()
    ) -> None:
        self.load = Load()
        self._begin = begin
        self._changed = changed
        self._price_files = price_files
        self._opening: Opening | None = None
        self._is_cancelled = False
        self._began_ns = 0
        self._shown_ns = 0

    def run(self) -> None:
        """Read updates to the end; an error becomes part of the state, so this never raises."""
        self._began_ns = time.monotonic_ns()
        try:
            self._opening = self._begin()
            if self._is_cancelled:
                self._opening.cancel()
            for update in self._opening.updates():
                self._take(update)
            self._finish()
        except TracetuiError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  # the edge of a thread: the interface shows the fault and lives on
            from tracetui.tui.crash import internal_error

            self._fail(internal_error(error))

    def stop(self) -> None:
        """Stop loading and keep what was read by then; asked a second time, at once."""
        if isinstance(self._opening, Stoppable) and not self._is_cancelled:
            self._is_cancelled = True
            self._opening.stop()
        else:
            self.cancel()

    def cancel(self) -> None:
        """Stop loading at once; what is open by then stays."""
        self._is_cancelled = True
        if self._opening is not None:
            self._opening.cancel()

    def _take(self, update: Update) -> None:
        from tracetui.api import FirstRuns, Opened
        from tracetui.read_model import Progress

        now_ns = time.monotonic_ns()
        self.load = self.load._replace(is_stopping=self._is_cancelled)
        if isinstance(update, Progress):
            self.load = self.load._replace(progress=update, elapsed_ns=now_ns - self._began_ns)
            if now_ns - self._shown_ns < _PROGRESS_INTERVAL_NS:
                return
        elif isinstance(update, FirstRuns):
            self.load = self.load._replace(first_runs=update.runs, first_total=update.total)
        elif isinstance(update, Opened):
            self.load = self.load._replace(db=update.db)
            self._changed(self.load)
            self._price(update.db)
        else:
            self.load = self.load._replace(db=update.db, is_complete=True)
        self._shown_ns = now_ns
        self._changed(self.load)

    def _price(self, db: Traces) -> None:
        """Have the database tell computed costs too. It is on the screen by then: looking prices up may take a
        second."""
        try:
            db.reprice(self._price_files)
            self.load = self.load._replace(pricings=self.load.pricings + 1)
        except NotLoadedError:
            return  # an index alone holds no usage; the next stage does
        except TracetuiError as error:
            self.load = self.load._replace(price_error=error)

    def price_again(self) -> None:
        """Read the price files once more and price what is loaded by them; for after the load."""
        db = self.load.db
        if db is not None:
            self.load = self.load._replace(price_error=None)
            self._changed(self.load)
            self._price(db)
            self._tell_prices()

    def _tell_prices(self) -> None:
        self._changed(self.load)
        if self.load.db is not None and self.load.is_complete and self.load.is_priced:
            self.load.db.keep_money()  # what is on the screen by now was asked without it

    def _finish(self) -> None:
        if self._is_cancelled:
            self.load = self.load._replace(is_cancelled=True)
        self._tell_prices()

    def _fail(self, error: TracetuiError) -> None:
        if self._is_cancelled:
            self.load = self.load._replace(is_cancelled=True)
        else:
            self.load = self.load._replace(error=error)
        self._changed(self.load)
