"""TraceDB: questions to a database of loaded traces, answered with model objects."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tracetui.api.compared import ComparedRuns
from tracetui.errors import InputError, UsageError
from tracetui.model import ImportIssue, Score, Span, TraceFacts
from tracetui.read_model import Run, Source, SpanDetail, Tree

if TYPE_CHECKING:
    from tracetui.analysis.diff.compared import ComparedRun
    from tracetui.analysis.diff.consensus import Consensus
    from tracetui.analysis.diff.steps import StepDiff
    from tracetui.analysis.diff.volatile import Volatile
    from tracetui.analysis.times import RunTimes, Stretch, WaitAfter
    from tracetui.api.contexts import ContextUse
    from tracetui.api.diffs import Comparing, Reading, RunDiff
    from tracetui.api.memory import RunMemory
    from tracetui.pricing.lookup import WhatIf
    from tracetui.pricing.price_file import PriceFile
    from tracetui.pricing.rows import PriceRow
    from tracetui.pricing.tables import CostScope, CostTable, LatencyRow, PriceGap, RoleRow, StepCost
    from tracetui.store.query_limits import QueryLimits
    from tracetui.workers.queries import QueryResult, QuerySession
    from tracetui.workers.query_process import QueryProcess


class ResultWindow(Protocol):
    """Rows of a query, fetched by window: never the whole result in memory."""

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def types(self) -> Sequence[str]: ...

    @property
    def row_count(self) -> int: ...

    def rows(self, start: int, stop: int) -> Sequence[Sequence[Any]]: ...


class TraceDB(ComparedRuns):
    """Loaded traces. All methods block; all may be called from any thread. Ids are those of the views.

    Raises UsageError for a run, step or sort that does not exist, QueryError for SQL that fails and NotLoadedError for
    what needs more than the stage that is loaded.
    """

    def sources(self) -> list[Source]:
        """Every source, in the order opened."""
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.sources(cursor)

    def has_records(self) -> bool:
        """Whether anything of the sources could be loaded."""
        return any(source.loaded or source.merged for source in self.sources())

    def issues(self, source: str | None = None, limit: int | None = None) -> list[ImportIssue]:
        """Import issues, the gravest first, then by source and place."""
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.issues(cursor, source, limit)

    def issue_counts(self) -> dict[str, int]:
        """How many issues of each severity."""
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.issue_counts(cursor)

    def runs(
        self, filter_text: str = "", sort: str = "triage", descending: bool = False, limit: int | None = None,
        offset: int = 0,
    ) -> list[Run]:  # fmt: skip
        """Runs that pass a filter such as `status:error tool:search cost:>0.1` (see docs/filter.md).

        A bare word is looked for in id, name, agent, session, status, source, error and models (any case).
        Sorted by a column of `reads.RUN_SORTS`; `triage` puts failed runs first, then unfinished and interrupted
        ones, the latest first among equals.
        """
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.runs(cursor, filter_text, sort, descending, limit, offset)

    def run_count(self, filter_text: str = "") -> int:
        """How many runs pass the filter."""
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.run_count(cursor, filter_text)

    def run(self, run_id: str | None = None) -> Run:
        """The run with this id, a unique prefix of it or `beginning…end`; without one the only run, else the first in triage order."""
        from tracetui.store import reads

        if run_id == "":
            raise UsageError("the id of the run is empty", "`tracetui runs PATH` lists the runs.")
        with self._cursor() as cursor:
            if run_id is None:
                found = reads.runs(cursor, "", "triage", False, 1, 0)
                if not found:
                    raise InputError("there are no runs in what was loaded")
                return found[0]
            found = reads.find_runs(cursor, run_id, 6)
        if len(found) == 1:
            return found[0]
        ids = ", ".join(run.run_id for run in found[:5])
        if found:
            raise UsageError(f"{run_id} names several runs", f"They are: {ids}.")
        raise UsageError(f"there is no run {run_id}", "`tracetui runs PATH` lists them.")

    def tree(self, run_id: str) -> Tree:
        """The run's spans in depth-first order, as columns."""
        from tracetui.store import reads

        if self.stage == "index":
            return self._whole(run_id).tree(self._whole_id(run_id))
        with self._cursor() as cursor:
            return reads.tree(cursor, run_id)

    def detail(self, run_id: str, position: int) -> SpanDetail:
        """Everything about the span at that position of the run's tree."""
        from tracetui.store.details import span_detail

        if self.stage != "full":
            return self._whole(run_id).detail(self._whole_id(run_id), position)
        with self._cursor() as cursor:
            return span_detail(cursor, run_id, position)

    def step_position(self, run_id: str, step: int) -> int:
        """Position in the tree of step number `step`."""
        from tracetui.store import reads

        if self.stage == "index":
            return self._whole(run_id).step_position(self._whole_id(run_id), step)
        with self._cursor() as cursor:
            return reads.step_position(cursor, run_id, step)

    def span_position(
        self, span_id: str, *, trace_id: str | None = None, run_id: str | None = None
    ) -> tuple[str, int] | None:
        """Run and position of the first span with that id, of that trace or run where named; None where unknown."""
        from tracetui.store import reads

        with self._cursor() as cursor:
            return reads.span_position(cursor, span_id, trace_id, run_id)

    def matching(self, run_id: str, filter_text: str) -> list[int]:
        """Positions of the spans of a run that pass a filter such as `kind:tool latency:>2s`."""
        from tracetui.store import reads

        if self.stage != "full":
            return self._whole(run_id).matching(self._whole_id(run_id), filter_text)
        with self._cursor() as cursor:
            return reads.matching(cursor, run_id, filter_text)

    def filter_advice(self, filter_text: str) -> str:
        """Of a filter that nothing passes: `did you mean attr.…?` where it names an attribute, metadata or a score that
        there is not, and a near one that there is; else empty."""
        from tracetui.store.filter_advice import advice

        with self._cursor() as cursor:
            return advice(cursor, filter_text)

    def runs_query(
        self, filter_text: str = "", sort: str = "triage", descending: bool = False, limit: int | None = None
    ) -> str:
        """The SQL that `runs` stands for, over the public views, with the filter's values in their places."""
        from tracetui.store import behind

        return behind.runs_query(filter_text, sort, descending, limit)

    def spans_query(self, run_id: str, filter_text: str = "", *other_ids: str) -> str:
        """The SQL of the steps of a run, or of several, or with a filter of what `matching` finds in them."""
        from tracetui.store import behind

        return behind.spans_query((run_id, *other_ids), filter_text)

    def costs_query(self, by: Sequence[str] = ("model",), scope: CostScope | None = None) -> str:
        """The SQL that `costs` stands for, with the filter's values in their places."""
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs

        return costs.table_query(by, scope or EVERYTHING)

    def search(self, run_id: str, text: str) -> list[int]:
        """Positions of the spans whose name, error, input, output, messages, attributes or events contain `text`
        (any case), ascending."""
        from tracetui.store import reads

        if self.stage != "full":
            return self._whole(run_id).search(self._whole_id(run_id), text)
        with self._cursor() as cursor:
            return reads.search(cursor, run_id, text)

    def reprice(self, files: Sequence[Path] = ()) -> None:
        """Price the calls of known models, from now on in every answer, without loading again.

        Prices come from the files (the first that knows a model), the user's own price file, then genai-prices. Costs
        that the sources report stay. Raises UsageError for a price file that cannot be read.
        """
        from tracetui.api.money import files_read

        read = files_read(files)
        self._prices, self._price_files = self._prices_for(read, None), read
        for other in self._whole_runs.values():
            other._prices = self._prices

    def _prices_for(self, files: Sequence[PriceFile], what_if: WhatIf | None) -> list[PriceRow]:
        from tracetui.api.money import prices_for
        from tracetui.store import pricing

        with self._cursor() as cursor:
            groups = pricing.groups(cursor)
        return prices_for(groups, files, what_if)

    def costs(
        self, by: Sequence[str] = ("model",), scope: CostScope | None = None, what_if: WhatIf | None = None
    ) -> CostTable:
        """Money and tokens by up to any number of dimensions of `DIMENSIONS`, the dearest first.

        `what_if` asks what the same tokens had cost elsewhere, which `computed_cost_usd` then tells; prices come from
        the files given to `reprice` and from those published. Raises UsageError for a dimension or rule there is not
        or a model that nobody has a price for, FilterError for a filter that is none.
        """
        from tracetui.api.money import files_read
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs
        from tracetui.store.query import reading

        asked = scope or EVERYTHING
        if what_if is not None:
            # files as they were read for the prices in use, so that both sides are of one list
            files = files_read(()) if self._price_files is None else self._price_files
            prices = self._prices_for(files, what_if)
            with reading(self._connection, prices, self._lists) as cursor:
                return costs.cost_table(cursor, by, asked)
        if asked.run_id is None:
            self.keep_money()
        with self._cursor() as cursor:
            return costs.cost_table(cursor, by, asked)

    def usage_roles(self, scope: CostScope | None = None) -> tuple[RoleRow, ...]:
        """What spans report by the role of their figures: calls, and those that repeat what stands below them."""
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs

        with self._cursor() as cursor:
            return costs.roles(cursor, scope or EVERYTHING)

    def price_gaps(self, scope: CostScope | None = None) -> tuple[PriceGap, ...]:
        """Prices that lack a token bucket in use, for want of which calls stay unpriced."""
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs

        with self._cursor() as cursor:
            return costs.price_gaps(cursor, scope or EVERYTHING)

    def dearest_step(self, name: str) -> tuple[str, str] | None:
        """Run and span of the step of that name that cost most; None where there is none."""
        from tracetui.store import costs

        with self._cursor() as cursor:
            return costs.dearest_step(cursor, name)

    def step_cost(self, run_id: str, position: int) -> StepCost:
        """What a span cost, bucket by bucket, what everything below it cost, and how long it took."""
        from tracetui.store import costs

        if self.stage == "index":
            return self._whole(run_id).step_cost(self._whole_id(run_id), position)
        with self._cursor() as cursor:
            return costs.step_cost(cursor, run_id, position)

    def context_use(self, run_id: str, position: int) -> ContextUse | None:
        """What fills a model call's window, and where it differs from the call before; None without messages."""
        from tracetui.api.contexts import context_use

        return context_use(self, run_id, position)

    def memory_calls(self, run_id: str) -> frozenset[str]:
        """Ids of the tool calls of a run that read or wrote the agent's memory."""
        from tracetui.store import costs

        if self.stage != "full":
            return self._whole(run_id).memory_calls(self._whole_id(run_id))
        with self._cursor() as cursor:
            return costs.memory_calls(cursor, run_id)

    def cost_question(self, name: str, scope: CostScope | None = None) -> ResultWindow:
        """The answer to a ready question about the runs of a scope: `expensive-steps`, `cache-hits` or `waste`."""
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs

        with self._cursor() as cursor:
            asked = costs.question(cursor, name, scope or EVERYTHING)
        return self.read(*asked)

    def latencies(self, by: str = "step", scope: CostScope | None = None) -> tuple[LatencyRow, ...]:
        """How long steps take by `step` (name), `model` or `agent`: percentiles with their n, time to the first token,
        output speed; those that took most of the time first."""
        from tracetui.pricing.tables import EVERYTHING
        from tracetui.store import costs

        with self._cursor() as cursor:
            return costs.latencies(cursor, by, scope or EVERYTHING)

    def run_times(self, run_id: str) -> RunTimes | None:
        """What the time of a run went to, each moment counted once; None where no span has times."""
        from tracetui.analysis import times
        from tracetui.store import costs

        if self.stage != "full":
            return self._whole(run_id).run_times(self._whole_id(run_id))
        with self._cursor() as cursor:
            failed_once = costs.failed_once(cursor, run_id)
        return times.run_times(self.tree(run_id), failed_once)

    def critical_path(self, run_id: str) -> list[Stretch]:
        """The chain of spans that made the run last as long as it did, in the order of time."""
        from tracetui.analysis import times

        return times.critical_path(self.tree(run_id))

    def wait_after(self, run_id: str) -> WaitAfter | None:
        """How long a run that paused for a human stood still until the next of its session; None for other runs."""
        from tracetui.store import costs

        with self._cursor() as cursor:
            return costs.wait_after(cursor, run_id)

    def write_prices(self, path: Path) -> None:
        """Write the prices in use into a copy of the database, so that its views hold the same costs."""
        from tracetui.store import pricing

        if self._prices is not None:  # else those that it holds are in use
            pricing.write(path, self._prices)

    def compared_run(
        self, run_id: str, rule: Volatile | None = None, key: str | None = None,
        told: Callable[[int], None] | None = None,
    ) -> ComparedRun:  # fmt: skip
        """The run as `tracetui.analysis.diff` compares it: fingerprints instead of texts.

        `rule` says what is left out of values, `key` is an SQL expression over the view `spans` that says which spans
        are the same. `told` is given the number of spans read so far, time and again; what it raises ends the reading.
        """
        from tracetui.analysis.diff.volatile import BY_DEFAULT
        from tracetui.api.diffs import keys_by_position
        from tracetui.store.compared import compared_run

        if self.stage != "full":
            return self._whole(run_id).compared_run(self._whole_id(run_id), rule, key, told)

        def read() -> ComparedRun:
            keys = keys_by_position(self, run_id, key)
            with self._cursor() as cursor:
                return compared_run(cursor, run_id, rule or BY_DEFAULT, keys, told)

        return self._kept_run(run_id, rule or BY_DEFAULT, key, read)

    def memory(self, run_id: str) -> RunMemory:
        """What the run's memory held, when, and who wrote it."""
        if self.stage != "full":
            return self._whole(run_id).memory(self._whole_id(run_id))
        return self._memory_of(run_id)

    def run_diff(
        self, run_id: str, other_run_id: str, how: Comparing | None = None,
        is_cancelled: Callable[[], bool] | None = None, told: Callable[[RunDiff | Reading], None] | None = None,
    ) -> RunDiff:  # fmt: skip
        """Two runs compared; `tracetui.api.diffs.diff_runs` compares runs of two databases.

        Once cancelled, nothing further is aligned; raises InterruptedByUser where nothing was by then. `told` is given
        how far the runs are read, then what is aligned so far, a few times a second.
        """
        from tracetui.api.diffs import BY_CONTENT, diff_runs

        return diff_runs(
            self, run_id, self, other_run_id, how or BY_CONTENT, is_cancelled or (lambda: False), told
        )

    def run_against(self, run_id: str, good: Sequence[str], how: Comparing | None = None) -> Consensus:
        """Calls that all or some of several good runs made and this run did not, and the reverse."""
        from tracetui.api.diffs import BY_CONTENT, diff_against_many

        return diff_against_many(self, run_id, good, how or BY_CONTENT)

    def step_diff(
        self, run_id: str, position: int, before: tuple[str, int] | None = None, rule: Volatile | None = None
    ) -> tuple[SpanDetail, SpanDetail, StepDiff]:
        """A span against another (run, position), else the step before of its kind; UsageError where there is none."""
        from tracetui.analysis.diff.volatile import BY_DEFAULT
        from tracetui.api.diffs import diff_step_pair

        return diff_step_pair(self, run_id, position, before, rule or BY_DEFAULT)

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> QueryResult:
        """Rows of one read-only statement over the public views, run in a process of its own, without access to
        files; Ctrl+C ends it at once."""
        with self._loading:
            if self._session is None:
                self._session = self.open_queries()
        return self._session.run(query, parameters, self.price_rows())

    def open_queries(
        self, limits: QueryLimits | None = None, *, is_unsafe: bool = False, keeps_spare: bool = False,
        process: QueryProcess | None = None,
    ) -> QuerySession:  # fmt: skip
        """Begin to ask what a person types: statements that can be cancelled, results that can be kept and written
        to files. Ends with this database.

        `is_unsafe` lets statements reach files and change settings. `keeps_spare` has a second process ready for when
        the first has to be killed; `process` is one that was started ahead.
        """
        from tracetui.store.query_limits import QueryLimits
        from tracetui.workers.queries import QuerySession
        from tracetui.workers.query_process import Sandbox

        folder = Path(tempfile.mkdtemp(prefix="queries-", dir=self._folder))
        sandbox = Sandbox(self.path, folder, limits or QueryLimits(), is_unsafe)
        session = QuerySession(sandbox, keeps_spare=keeps_spare, process=process)
        self._sessions.append(session)
        return session

    def price_rows(self) -> list[Any] | None:
        """The prices in use, for a `QuerySession`."""
        if self._prices is None:
            return None
        return [{name: _plain(value) for name, value in row.flat().items()} for row in self._prices]

    def read(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> ResultWindow:
        """Rows of a statement that is the program's own, in this process."""
        from tracetui.store.query import run

        return run(self._connection, query, parameters, self._prices, self._lists)

    def stored_spans(self) -> Iterator[Span]:
        """Every span as it was loaded, in the order loaded, with all that belongs to it."""
        from tracetui.store.spans import stored_spans

        with self._cursor() as cursor:
            yield from stored_spans(cursor)

    def stored_trace_facts(self) -> Iterator[TraceFacts]:
        """What records said about whole traces."""
        from tracetui.store.spans import stored_trace_facts

        with self._cursor() as cursor:
            yield from stored_trace_facts(cursor)

    def stored_trace_scores(self) -> Iterator[Score]:
        """Scores that belong to no loaded span."""
        from tracetui.store.spans import stored_trace_scores

        with self._cursor() as cursor:
            yield from stored_trace_scores(cursor)

    def write_view(self, name: str, path: Path) -> int:
        """Write a public view as a Parquet file; the number of rows."""
        from tracetui.store.writing import write_view

        with self._cursor() as cursor:
            return write_view(cursor, name, path)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
