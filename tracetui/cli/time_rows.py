"""Where the time of a run went, as an object for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracetui.analysis.times import ACTIVITIES, RunTimes, Stretch, WaitAfter
from tracetui.read_model import Run, Tree


def time_row(
    run: Run, times: RunTimes | None, wait: WaitAfter | None, path: Sequence[Stretch], tree: Tree
) -> dict[str, Any]:
    """Nanoseconds of each activity and all of the path; `waited_after_ns` is of a run that paused for a human."""
    return {
        "run_id": run.run_id,
        **{name: None if times is None else getattr(times, name) for name in ACTIVITIES},
        "cut_calls": None if times is None else times.cut_calls,
        "waited_after_ns": None if wait is None else wait.waited_ns,
        "resumed_by": None if wait is None else wait.resumed_by,
        "critical_path": [
            {"position": place.position, "step": tree.step[place.position] or None,
             "name": tree.labels[tree.label[place.position]], "start_ns": place.start_ns, "end_ns": place.end_ns}
            for place in path],
    }  # fmt: skip
