"""Where the time of a run went, as lines and as an object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tracetui.analysis.times import RunTimes, Stretch
from tracetui.model import Run, Tree
from tracetui.render import text
from tracetui.render.safe import safe

_WORDS = {
    "model_ns": "model", "tool_ns": "tools", "human_ns": "waiting for a human", "retry_ns": "failed tries",
    "idle_ns": "idle and framework",
}  # fmt: skip
_SHOWN = 30


def time_lines(times: RunTimes | None, path: Sequence[Stretch], tree: Tree) -> Iterator[str]:
    """The share of each activity, then the spans that the run waited for, in the order of time."""
    if times is None:
        yield "no span of the run has times"
        return
    for name, word in _WORDS.items():
        spent = getattr(times, name)
        yield f"{word:<20} {text.duration(spent):>10}  {text.percent(spent, times.total_ns):>5}"
    yield f"{'all':<20} {text.duration(times.total_ns):>10}"
    if path:
        yield ""
        yield "the run waited for"
    for stretch in path[:_SHOWN]:
        step = f"#{tree.step[stretch.position]}" if tree.step[stretch.position] else ""
        label = safe(tree.labels[tree.label[stretch.position]])
        yield f"{text.duration(stretch.end_ns - stretch.start_ns):>10}  {step:<5} {label}"
    if len(path) > _SHOWN:
        yield f"… and {len(path) - _SHOWN:,} more stretches (--json gives all)"


def time_row(run: Run, times: RunTimes | None, path: Sequence[Stretch], tree: Tree) -> dict[str, Any]:
    """The same with all of the path."""
    return {
        "run_id": run.run_id,
        **{name: None if times is None else getattr(times, name) for name in _WORDS},
        "critical_path": [
            {"position": place.position, "step": tree.step[place.position] or None,
             "name": tree.labels[tree.label[place.position]], "start_ns": place.start_ns, "end_ns": place.end_ns}
            for place in path],
    }  # fmt: skip
