"""Opening a run: what the Run view asks the database for, and where its cursor goes."""

from __future__ import annotations

from dataclasses import dataclass

from tracetui.analysis.times import extent
from tracetui.errors import UsageError
from tracetui.read_model import Run, Tree
from tracetui.tui.loading import Load, Traces
from tracetui.tui.tree_jumps import error_positions, slow_positions
from tracetui.tui.view import RunTarget


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run, its first and last time, its tree, where the cursor goes, and where errors and slow steps are."""

    run: Run
    times: tuple[int, int] | None
    tree: Tree
    position: int
    errors: list[int]
    slow: list[int]


@dataclass(frozen=True, slots=True)
class Known:
    """How much there is to read of a run at some moment of a load."""

    db: Traces | None = None
    is_complete: bool = False
    pricings: int = 0

    @classmethod
    def of(cls, load: Load) -> Known:
        """What is there to read now."""
        return cls(load.db, load.is_complete, load.pricings)


def open_run(db: Traces, target: RunTarget | None) -> OpenedRun:
    """The run asked for, else the first in triage order, and where to begin."""
    run = db.run(target.run_id if target else None)
    tree = db.tree(run.run_id)
    return OpenedRun(
        run, extent(tree), tree, place_in(db, run, tree, target), error_positions(tree), slow_positions(tree)
    )


def find_again(before: Tree, after: Tree, position: int) -> int:
    """Where a span of one tree stands in a later tree of the same run; near its place where it is not there."""
    key = before.span_key[position] if position < len(before) else -1
    if position < len(after) and after.span_key[position] == key:
        return position
    return after.span_key.index(key) if key in after.span_key else min(position, max(len(after) - 1, 0))


def place_in(db: Traces, run: Run, tree: Tree, target: RunTarget | None) -> int:
    """Where the cursor goes: to the span or step asked for, else to the failing step."""
    if target is not None and target.step is not None:
        return db.step_position(run.run_id, target.step)
    if target is not None and target.span_id is not None:
        place = db.span_position(target.span_id, run_id=run.run_id)
        if place is None:
            raise UsageError(f"span {target.span_id} is not in this run")
        return place[1]
    return tree.failed
