"""Compare good and failed runs of the same tasks: `python -m benchmarks.airline FILE`.

FILE holds trials of τ-bench tasks. Prints, for every good/failed pair of a task, how far into the run the first
difference of each level stands, of which kind the first divergence is, and in how many pairs the side effects differ.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from statistics import quantiles

import tracetui
from tracetui.analysis.diff.runs import Level
from tracetui.api import TraceDB
from tracetui.api.diffs import RunDiff
from tracetui.model import SpanKind, Status
from tracetui.read_model import Run

_TASK = re.compile(r"task (\d+) trial")


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description="Good and failed runs of the same tasks compared")
    parser.add_argument("file", type=Path)
    with tracetui.open(parser.parse_args().file) as db:
        tasks = by_task(db.runs())
        mixed = [runs for runs in tasks.values() if any(run.status is Status.OK for run in runs)]
        for name, wanted in (
            ("good and failed", {False, True}),
            ("good and good", {True}),
            ("failed and failed", {False}),
        ):
            found = list(diffs(db, tasks.values() if wanted == {False} else mixed, wanted))
            other = sum(1 for diff in found if diff.effects.only_a or diff.effects.only_b)
            print(f"{name:20}{len(found):5} pairs   side effects differ in {other}")
            if len(wanted) == 2:
                print_shares(found)


def by_task(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs of each task."""
    tasks = defaultdict(list)
    for run in runs:
        match = _TASK.search(run.name)
        if match is not None:
            tasks[match[1]].append(run)
    return tasks


def diffs(db: TraceDB, tasks: Iterable[Sequence[Run]], good: set[bool]) -> Iterator[RunDiff]:
    """Comparisons of all pairs of a task in which exactly so much went well; the good run is A."""
    for runs in tasks:
        for one, other in combinations(sorted(runs, key=lambda run: run.status is not Status.OK), 2):
            if {run.status is Status.OK for run in (one, other)} == good:
                yield db.run_diff(one.run_id, other.run_id)


def print_shares(found: Sequence[RunDiff]) -> None:
    """Where differences first stand, as quartiles of the share of steps before them; and kinds of divergences."""
    for level in (Level.WORDING, Level.ACTIONS, Level.SIDE_EFFECTS):
        shares = [share for diff in found if (share := _share(diff, level)) is not None]
        quartiles = "  ".join(f"{share:.2f}" for share in quantiles(shares, n=4))
        print(f"  first {level.name.lower():14}in {len(shares):3} pairs, quartiles {quartiles}")
    causes = Counter(str(diff.divergence.cause) for diff in found if diff.divergence is not None)
    print(f"  causes: {', '.join(f'{name} {count}' for name, count in causes.most_common())}")
    kinds = Counter(_kind(diff) for diff in found if diff.divergence is not None)
    print(
        f"  first tool call that differs: {', '.join(f'{name} {count}' for name, count in kinds.most_common())}"
    )


def _share(diff: RunDiff, level: Level) -> float | None:
    """The part of the failed run's steps that stand before its first difference of a level; containers do not count."""
    run = diff.alignment.b
    before = 0
    for row in diff.rows:
        is_step = row.b is not None and run.step[row.b] > 0
        if level in row.levels and (is_step or row.b is None):
            return before / max(sum(1 for step in run.step if step), 1)
        before += is_step
    return None


def _kind(diff: RunDiff) -> str:
    assert diff.divergence is not None
    row = diff.rows[diff.divergence.row]
    if Level.ENVIRONMENT in row.levels:
        return "other result"
    if row.a is not None and row.b is not None:
        return "other arguments"
    if _has_another(diff):
        return "another tool"
    return "extra in the failed run" if row.a is None else "missing in the failed run"


def _has_another(diff: RunDiff) -> bool:
    """Whether the run without the step at the divergence calls something of its own before both do the same again."""
    assert diff.divergence is not None
    is_lone_a = diff.rows[diff.divergence.row].b is None
    for row in diff.rows[diff.divergence.row + 1 :]:
        run, place = (diff.alignment.a, row.a) if row.b is None else (diff.alignment.b, row.b)
        if place is None or run.kind[place] is not SpanKind.TOOL:
            continue
        if row.a is not None and row.b is not None:
            return False
        if (row.b is None) != is_lone_a:
            return True
    return False


if __name__ == "__main__":
    main()
