"""Where the time of a run went, as lines for the screen and the command line alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.analysis.times import ACTIVITIES, SELDOM, RunTimes, Stretch, WaitAfter
from tracetui.read_model import Tree
from tracetui.render import text
from tracetui.render.safe import safe

_MOST_STRETCHES = 20
_SMALL_SHARE = 100


def time_lines(
    times: RunTimes | None, wait: WaitAfter | None, path: Sequence[Stretch], tree: Tree
) -> Iterator[str]:
    """The share of each activity, then the spans that the run waited for, in the order of time."""
    if times is None:
        yield "no span of the run has times"
    else:
        for name, word in ACTIVITIES.items():
            spent = getattr(times, name)
            if spent or name not in SELDOM:
                yield f"{word:<20} {text.duration(spent):>10}  {text.percent(spent, times.total_ns):>5}"
        yield f"{'all':<20} {text.duration(times.total_ns):>10}"
        if times.cut_calls:
            calls = f"{times.cut_calls:,} call{'' if times.cut_calls == 1 else 's'} without an end"
            yield f"{calls} may have gone on after the turn: how much of the idle time that took is not known"
    if wait is not None:
        yield _wait_line(wait)
    if path:
        ends = ", as far as ends are recorded" if times is not None and times.unknown_ns else ""
        waited_ns = sum(stretch.duration_ns for stretch in path)
        whole_ns = max(waited_ns, times.total_ns) if times is not None else waited_ns
        until = f", {text.duration(waited_ns)} of {text.duration(whole_ns)}" if waited_ns < whole_ns else ""
        yield from ["", f"the run waited for{until}{ends}", *_path_lines(path, tree, whole_ns)]


def _wait_line(wait: WaitAfter) -> str:
    if wait.resumed_by is None or wait.waited_ns is None:
        return "then it waits for a human; what came of that is not in these files"
    return f"then it waited {text.duration(wait.waited_ns)} for a human, until run {safe(wait.resumed_by)}"


def _path_lines(path: Sequence[Stretch], tree: Tree, whole: int) -> Iterator[str]:
    """The longest stretches in the order of time, with their share of the run, and how many shorter ones there are."""
    long = [stretch for stretch in path if stretch.duration_ns * _SMALL_SHARE >= whole] or path
    longest = sorted(long, key=lambda stretch: -stretch.duration_ns)[:_MOST_STRETCHES]
    for stretch in sorted(longest, key=lambda stretch: stretch.start_ns):
        place = stretch.position
        step = f"#{tree.step[place]}" if tree.step[place] else ""
        own = ", itself" if tree.end[place] > place + 1 else ""
        share = text.percent(stretch.duration_ns, whole)
        name = safe(tree.labels[tree.label[place]])
        yield f"{text.duration(stretch.duration_ns):>10}  {share:>5}  {step:<5} {name}{own}"
    if len(longest) < len(path):
        rest = sum(each.duration_ns for each in path) - sum(each.duration_ns for each in longest)
        yield f"{text.duration(rest):>10}  {text.percent(rest, whole):>5}  {len(path) - len(longest):,} shorter stretches"
