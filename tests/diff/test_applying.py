"""Applying the rows of a comparison to the first run gives the second, whatever was done to it; and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mutated_runs import MUTATIONS, pair
from tracetui.analysis.diff.align import Alignment, Mark, align
from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.analysis.diff.runs import Level, Row, rows_of
from tracetui.analysis.diff.settings import Settings
from tracetui.model import SpanKind, Status

STANDS_ELSEWHERE = frozenset((Mark.REPARENTED, Mark.RECUT, Mark.LONE, Mark.RETRIED, Mark.WRAPPER))


@dataclass(frozen=True)
class Step:
    """A span by what it is and did, its figures, and the place above it (-1 for none)."""

    kind: SpanKind
    operation: str
    given: int
    returned: int
    settings: Settings
    has_failed: bool
    duration_ns: int | None
    above: int


def steps_of(run: ComparedRun) -> list[Step]:
    """All spans of a run."""
    above: list[int] = []
    found = []
    for at, depth in enumerate(run.depth):
        del above[depth:]
        parent = above[-1] if above else -1
        above.append(at)
        kind = SpanKind.CHAIN if run.kind[at] in CONTAINERS else run.kind[at]
        found.append(
            Step(
                kind,
                run.operation[at],
                run.given[at],
                run.returned[at],
                run.settings[at],
                run.status[at] is Status.ERROR,
                run.duration_ns[at],
                parent,
            )
        )
    return found


def applied(a: Sequence[Step], rows: Sequence[Row], b: Sequence[Step], wrappers: set[int]) -> list[Step]:
    """The second run made of the first: of `b` only what the rows say is added or differs is looked at, and levels
    that only it has."""
    partner = {row.a: row.b for row in rows if row.a is not None and row.b is not None}
    made = []
    for row in rows:
        if row.b is None:
            continue
        there = b[row.b]
        if row.a is None:
            made.append(there)
            continue
        here = a[row.a]
        stays = row.mark not in STANDS_ELSEWHERE and there.above not in wrappers
        above = partner.get(here.above, there.above) if stays else there.above
        is_timed = here.duration_ns is not None and row.duration_ns is not None
        duration_ns = (here.duration_ns or 0) + (row.duration_ns or 0) if is_timed else there.duration_ns
        own = there if row.levels else here
        made.append(
            Step(
                own.kind,
                own.operation,
                own.given,
                own.returned,
                own.settings,
                own.has_failed,
                duration_ns,
                above,
            )
        )
    return made


def wrappers_of(marks: Sequence[Mark]) -> set[int]:
    return {at for at, mark in enumerate(marks) if mark is Mark.WRAPPER}


def check(found: Alignment) -> None:
    """Apply the comparison there and back."""
    for each in (found, found.mirrored()):
        a, b, rows = steps_of(each.a), steps_of(each.b), rows_of(each)
        assert applied(a, rows, b, wrappers_of(each.b_mark)) == b
        in_order = [row for row in rows if row.mark is Mark.PAIRED and row.b is not None]
        in_order.sort(key=lambda row: (b[row.b or 0].above, row.b or 0))
        for _, siblings in groupby(in_order, key=lambda row: b[row.b or 0].above):
            assert all((x.a or 0) < (y.a or 0) for x, y in pairwise(siblings))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10_000), st.integers(5, 60))
def test_the_rows_make_the_second_run_of_the_first(mutation: str, seed: int, spans: int) -> None:
    made = pair(mutation, spans, seed)
    check(align(made.a, made.b))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10_000), st.integers(5, 60))
def test_rows_of_the_reverse_are_the_mirror(mutation: str, seed: int, spans: int) -> None:
    made = pair(mutation, spans, seed)
    there, back = rows_of(align(made.a, made.b)), rows_of(align(made.b, made.a))
    mirrored = {(row.b, row.a, row.mark, row.levels, _negative(row.duration_ns)) for row in back}
    assert {(row.a, row.b, row.mark, row.levels, row.duration_ns) for row in there} == mirrored


@given(st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_a_run_does_not_differ_from_itself(mutation: str, seed: int) -> None:
    run = pair(mutation, 40, seed).b
    rows = rows_of(align(run, run))
    assert not any(row.levels or row.mark is not Mark.PAIRED or row.duration_ns for row in rows)
    assert not any(row.differs_at(Level.COST) for row in rows)


def _negative(number: int | None) -> int | None:
    return None if number is None else -number
