"""Comparisons of steps and runs, also of two databases."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from tracetui.analysis.diff.align import Alignment, align
from tracetui.analysis.diff.both_recorded import both_recorded
from tracetui.analysis.diff.compared import ComparedRun
from tracetui.analysis.diff.consensus import Consensus, against_many
from tracetui.analysis.diff.divergence import Cause, Divergence, first_divergence
from tracetui.analysis.diff.only_reading import only_reads
from tracetui.analysis.diff.origin import Origin, origin_of, went_on
from tracetui.analysis.diff.row_texts import RowTexts, places_told, settings_told
from tracetui.analysis.diff.runs import Level, Row, rows_of
from tracetui.analysis.diff.settings import Recorded, SettingsText, recorded_by_both
from tracetui.analysis.diff.side_effects import (
    NO_DEEDS,
    Deed,
    DeedsDiff,
    diff_deeds,
    has_side_effects,
    is_note,
)
from tracetui.analysis.diff.steps import ModelCallDiff, StepDiff, diff_steps
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile
from tracetui.errors import InterruptedByUser, QueryError, UsageError
from tracetui.model import Status
from tracetui.read_model import Run, SpanDetail

if TYPE_CHECKING:
    from tracetui.api.db import TraceDB

    _Runs: TypeAlias = "tuple[tuple[TraceDB, Run], tuple[TraceDB, Run]]"


@dataclass(frozen=True, slots=True)
class Comparing:
    """How runs are compared: what is left out of values, an SQL expression over the view `spans` that says which spans
    are the same (NULL: by name and input), and tools that do or do not have side effects whatever their names say."""

    rule: Volatile = BY_DEFAULT
    key: str | None = None
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    def acts(self, tool: str, _arguments: str = "") -> bool:
        """Whether calls of a tool are more than notes to oneself."""
        return tool in self.writes or not is_note(tool)

    def has_side_effects(self, tool: str, arguments: str = "") -> bool:
        """Whether a call of a tool of that name has side effects."""
        if tool not in self.writes and only_reads(tool, arguments):
            return False
        return has_side_effects(tool, self.writes, self.reads)


BY_CONTENT = Comparing()
BAD_ENDS = frozenset((Status.ERROR, Status.UNFINISHED, Status.INTERRUPTED))
"""How runs end that are no good ones."""


@dataclass(frozen=True, slots=True)
class RunDiff:
    """Two runs compared. `effects` are successful calls with side effects; `explained` is the difference of the model
    calls behind the first divergence, where there are such, `origin` what in their words began it; `texts` what steps were
    given and gave back."""

    a: Run
    b: Run
    alignment: Alignment
    rows: Sequence[Row]
    divergence: Divergence | None
    effects: DeedsDiff
    explained: StepDiff | None = field(default=None)
    origin: Origin | None = field(default=None)
    texts: RowTexts = field(default_factory=RowTexts)

    @property
    def left_out(self) -> list[str]:
        """Keys that stand in values of the runs and do not count."""
        return sorted(self.alignment.a.left_out | self.alignment.b.left_out)

    @property
    def ends_differ(self) -> bool:
        """Whether the runs have other statuses, one of which tells of a failure or an early end."""
        return self.a.status != self.b.status and not BAD_ENDS.isdisjoint((self.a.status, self.b.status))

    @property
    def a_alone_failed(self) -> bool:
        """Whether A failed or ended early and B did not."""
        return self.a.status in BAD_ENDS and self.b.status not in BAD_ENDS

    def rows_with(self, a: Container[int], b: Container[int]) -> list[int]:
        """Rows whose step is among these positions of A or those of B, ascending."""
        return [at for at, row in enumerate(self.rows) if row.a in a or row.b in b]

    def differs_at(self, level: Level) -> bool:
        """Whether anything differs at the level or one that matters more."""
        has_other_effects = bool(self.effects.only_a or self.effects.only_b)
        has_other_end = self.ends_differ and level >= Level.ENVIRONMENT
        return has_other_effects or has_other_end or any(row.differs_at(level) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of two runs is: which of them (`A`, `B`), and how many of its spans."""

    side: str
    done: int
    total: int


def diff_runs(
    db: TraceDB,
    run_id: str,
    other_db: TraceDB,
    other_run_id: str,
    how: Comparing = BY_CONTENT,
    is_cancelled: Callable[[], bool] = lambda: False,
    told: Callable[[RunDiff | Reading], None] | None = None,
) -> RunDiff:
    """Two runs, each of a database; raises UsageError for a run that is not there.

    Once cancelled, nothing further is aligned; raises InterruptedByUser where nothing was by then. `told` is given how
    far the runs are read, then what is aligned so far, a few times a second.
    """
    a, b = db.run(run_id), other_db.run(other_run_id)
    runs = ((db, a), (other_db, b))

    def tell(keyed: Alignment) -> None:
        if told is not None:
            found = replace(keyed, a=first, b=second)
            told(RunDiff(a, b, found, rows_of(found, how.writes, how.reads), None, NO_DEEDS))

    first, second = keyed = _read(runs, how.rule, None, is_cancelled, told)
    recorded = None if a.format == b.format else recorded_by_both(first.settings, second.settings)
    if recorded is not None:
        first, second = keyed = _without(first, recorded), _without(second, recorded)
    if how.key is not None:
        keyed = _read(runs, how.rule, how.key, is_cancelled, told)
    alignment = replace(align(*keyed, is_cancelled, tell), a=first, b=second)
    rows = rows_of(alignment, how.writes, how.reads)
    divergence, explained, origin = _explained(
        alignment, first_divergence(alignment, rows), runs, how.rule, recorded
    )
    ours, theirs = (each.deeds(run.run_id, how.rule, how.has_side_effects) for each, run in runs)
    texts = _texts(alignment, rows, divergence, runs, how.rule, recorded)
    return RunDiff(a, b, alignment, rows, divergence, diff_deeds(ours, theirs), explained, origin, texts)


def _read(
    runs: _Runs,
    rule: Volatile,
    key: str | None,
    is_cancelled: Callable[[], bool],
    told: Callable[[RunDiff | Reading], None] | None,
) -> tuple[ComparedRun, ComparedRun]:
    def read(db: TraceDB, run: Run, side: str) -> ComparedRun:
        def progress(done: int) -> None:
            if is_cancelled():
                raise InterruptedByUser("Stopped while the runs were read.")
            if told is not None:
                told(Reading(side, done, run.spans))

        return db.compared_run(run.run_id, rule, key, progress)

    return read(*runs[0], "A"), read(*runs[1], "B")


def _texts(
    alignment: Alignment,
    rows: Sequence[Row],
    divergence: Divergence | None,
    runs: _Runs,
    rule: Volatile,
    recorded: Recorded | None,
) -> RowTexts:
    """What steps were given and gave back, and settings, where they are told."""
    places = places_told(alignment, rows, divergence)
    told_a, told_b = (db.step_texts(run.run_id, at, rule) for (db, run), at in zip(runs, places, strict=True))
    return RowTexts(told_a, told_b, rule, *_told_settings(alignment, rows, runs, recorded))


def _without(run: ComparedRun, recorded: Recorded) -> ComparedRun:
    """The run without settings that the other's format does not record."""
    kept = {told: recorded.of(told) for told in set(run.settings)}
    return replace(run, settings=[kept[told] for told in run.settings])


def _told_settings(
    alignment: Alignment,
    rows: Sequence[Row],
    runs: _Runs,
    recorded: Recorded | None,
) -> Iterator[dict[int, SettingsText]]:
    """Texts of the settings of both runs where they are told to differ."""
    for (db, run), positions in zip(runs, settings_told(alignment, rows), strict=True):
        found = db.told_settings(run.run_id, positions)
        yield found if recorded is None else {at: recorded.of_text(told) for at, told in found.items()}


def _explained(
    alignment: Alignment,
    divergence: Divergence | None,
    runs: _Runs,
    rule: Volatile,
    recorded: Recorded | None,
) -> tuple[Divergence | None, StepDiff | None, Origin | None]:
    """The divergence with the cause that its deciding calls tell, their difference, and what in their words began it."""
    if divergence is None or divergence.calls is None:
        return divergence, None, None
    places = tuple(zip(runs, divergence.calls, strict=True))
    a, b = (db.detail(run.run_id, at) for (db, run), at in places)
    if recorded is not None:
        a, b = recorded.of_call(a), recorded.of_call(b)
    explained = diff_steps(a, b, rule, is_same_conversation=False)
    if divergence.cause is Cause.END and isinstance(explained, ModelCallDiff):
        is_a_over = divergence.parting is not None and divergence.parting.actions[0] is None
        origin = went_on(explained, rule, is_a_over=is_a_over)
        return replace(divergence, cause=Cause.USER if origin else Cause.END), explained, origin
    if divergence.cause is not Cause.CONTEXT or not isinstance(explained, ModelCallDiff):
        return divergence, explained, None
    ours, theirs = divergence.calls
    is_other = alignment.a.settings[ours] != alignment.b.settings[theirs]
    lost = {db.lost_messages(run.run_id, at) for (db, run), at in places}
    if is_other or len(lost) == 2:  # what both lost is no difference between them
        return divergence, explained, None
    origin = origin_of(explained, rule)
    if origin is not None:
        divergence = replace(divergence, cause=origin.cause, context_row=None)
    return divergence, explained, origin


def diff_against_many(
    db: TraceDB,
    run_id: str,
    good: Sequence[str],
    how: Comparing = BY_CONTENT,
    level: Level = Level.ACTIONS,
) -> Consensus:
    """Calls of the good runs that the run lacks and the reverse, at SIDE_EFFECTS of such calls alone; raises UsageError
    where no good run is given."""
    if not good:
        raise UsageError("there is no run to compare with")
    own, others = db.run(run_id), list(dict.fromkeys(_once(db.run(each)) for each in good))
    if _once(own) in others:
        raise UsageError("the run itself is among the good ones")

    def deeds(found: str) -> list[Deed]:
        if level is not Level.SIDE_EFFECTS:
            return db.deeds(found, how.rule, how.acts)
        return db.deeds(found, how.rule, how.has_side_effects)

    found = {each: deeds(each) for each in others}
    return against_many(deeds(own.run_id), found, how.has_side_effects)


def _once(run: Run) -> str:
    """The id under which a run counts that stands in several exports."""
    return run.duplicate_of or run.run_id


def diff_step_pair(
    db: TraceDB,
    run_id: str,
    position: int,
    before: tuple[str, int] | None = None,
    rule: Volatile = BY_DEFAULT,
) -> tuple[SpanDetail, SpanDetail, StepDiff]:
    """A span against another (run and position), else the step before of its kind: both and their difference.

    Raises UsageError where there is none before.
    """
    other = before or db.previous_step(run_id, position)
    if other is None:
        raise UsageError(
            "there is no step of the same kind before this one", "Name two steps to compare them."
        )
    a, b = db.detail(*other), db.detail(run_id, position)
    is_same = before is None or before[0] == run_id
    compared = (a, b) if is_same else _told_by_both(db, a, b, rule)
    return a, b, _with_cost(db, b, diff_steps(*compared, rule, is_same_conversation=is_same))


def _told_by_both(db: TraceDB, a: SpanDetail, b: SpanDetail, rule: Volatile) -> tuple[SpanDetail, SpanDetail]:
    """The steps without what only the format of one of them records."""
    if db.run(a.run_id).format == db.run(b.run_id).format:
        return a, b
    settings = (db.compared_run(each.run_id, rule).settings for each in (a, b))
    return both_recorded(a, b, recorded_by_both(*settings))


def _with_cost(db: TraceDB, b: SpanDetail, diff: StepDiff) -> StepDiff:
    """What the broken cache prefix of a model call cost, too."""
    if not isinstance(diff, ModelCallDiff) or not diff.cache.tokens_again:
        return diff
    saving = db.cache_saving(b.run_id, b.position)
    cost_usd = None if saving is None else saving * diff.cache.tokens_again
    return replace(diff, cache=replace(diff.cache, cost_usd=cost_usd))


def keys_by_position(db: TraceDB, run_id: str, expression: str | None) -> Mapping[int, str]:
    """What a custom comparison key says of the spans of a run; raises QueryError for SQL that fails or is
    cut short by a limit."""
    if expression is None:
        return {}
    if not expression.strip():
        raise UsageError("the comparison key is empty")
    query = f"SELECT position, CAST(({expression}) AS VARCHAR) AS same FROM spans WHERE run_id = ?"  # noqa: S608  # typed by the user, checked as any query
    try:
        result = db.sql(query, [run_id])
        result.wait()
    except QueryError as error:
        why = error.message.splitlines()[0]
        raise QueryError(
            f"the comparison key `{expression}` is no expression over the view spans: {why}"
        ) from error
    if result.limit:
        raise QueryError(f"the comparison key does not reach every span: {result.limit}")
    return {int(at): str(key) for at, key in result.rows(0, result.row_count) if key is not None}
