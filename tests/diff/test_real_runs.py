"""Good and failed runs of the same tasks of a real benchmark."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

import tracetui
from tracetui.analysis.diff.align import align
from tracetui.analysis.diff.divergence import first_divergence
from tracetui.analysis.diff.runs import rows_of
from tracetui.analysis.diff.side_effects import diff_deeds, has_side_effects
from tracetui.model import Status

_TASK = re.compile(r"task (\d+) trial")


@pytest.fixture(scope="module")
def airline(real_traces: Path) -> Path:
    found = next((real_traces / "tau_bench").rglob("*gpt-4o-airline.json"), None)
    if found is None:
        pytest.skip("no airline runs of τ-bench among the real exports")
    return found


def test_side_effects_tell_failed_runs_from_good_ones_and_every_pair_parts(airline: Path) -> None:
    with tracetui.open(airline) as db:
        tasks = defaultdict(list)
        for run in db.runs():
            match = _TASK.search(run.name)
            assert match is not None
            tasks[match[1]].append(run)
        differ: dict[bool, list[bool]] = {True: [], False: []}
        parted = []
        for runs in tasks.values():
            if not any(run.status is Status.OK for run in runs):
                continue
            deeds = {r.run_id: [d for d in db.deeds(r.run_id) if has_side_effects(d.name)] for r in runs}
            compared = {run.run_id: db.compared_run(run.run_id) for run in runs}
            for one, other in combinations(runs, 2):
                good = [run.status is Status.OK for run in (one, other)]
                if not any(good):
                    continue
                effects = diff_deeds(deeds[one.run_id], deeds[other.run_id])
                differ[all(good)].append(bool(effects.only_a or effects.only_b))
                if not all(good):
                    alignment = align(compared[one.run_id], compared[other.run_id])
                    parted.append(first_divergence(alignment, rows_of(alignment)) is not None)
    assert (len(differ[False]), len(differ[True]), len(parted)) == (88, 82, 88)
    assert all(parted)
    assert sum(differ[False]) >= 80
    assert sum(differ[True]) <= 1
