"""Good and failed runs of the same tasks of a real benchmark."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

import tracetui
from tracetui.analysis.diff.side_effects import diff_deeds, has_side_effects
from tracetui.model import Status

_TASK = re.compile(r"task (\d+) trial")


@pytest.fixture(scope="module")
def airline(real_traces: Path) -> Path:
    found = next((real_traces / "tau_bench").rglob("*gpt-4o-airline.json"), None)
    if found is None:
        pytest.skip("no airline runs of τ-bench among the real exports")
    return found


def test_side_effects_tell_failed_runs_from_good_ones_and_every_pair_parts_for_a_reason(
    airline: Path,
) -> None:
    with tracetui.open(airline) as db:
        tasks = defaultdict(list)
        for run in db.runs():
            match = _TASK.search(run.name)
            assert match is not None
            tasks[match[1]].append(run)
        differ: dict[bool, list[bool]] = {True: [], False: []}
        causes: Counter[str] = Counter()
        for runs in tasks.values():
            if not any(run.status is Status.OK for run in runs):
                continue
            deeds = {r.run_id: [d for d in db.deeds(r.run_id) if has_side_effects(d.name)] for r in runs}
            for one, other in combinations(runs, 2):
                good = [run.status is Status.OK for run in (one, other)]
                if not any(good):
                    continue
                effects = diff_deeds(deeds[one.run_id], deeds[other.run_id])
                differ[all(good)].append(bool(effects.only_a or effects.only_b))
                if not all(good) and len(differ[False]) % 4 == 1:  # the others take their time
                    found = db.run_diff(one.run_id, other.run_id).divergence
                    assert found is not None
                    assert found.is_same_turn
                    causes[found.cause] += 1
    assert (len(differ[False]), len(differ[True])) == (88, 82)
    # the simulated user mostly only words the same request otherwise; in a quarter of all pairs it says something else
    assert causes["user"] + causes["decision"] == causes.total() == 22
    assert 2 <= causes["user"] <= 7
    assert sum(differ[False]) >= 80
    assert sum(differ[True]) <= 1
