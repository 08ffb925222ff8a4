"""Which answer of a model asked for a step: those that one answer asked for run side by side, in no order."""

from __future__ import annotations

from tracetui.analysis.diff.compared import CONTAINERS, ComparedRun
from tracetui.model import SpanKind


def answers_before(run: ComparedRun) -> list[int]:
    """For each span the place of the last model call before it below the same span, be that in others that only hold;
    -1 for none."""
    last: list[int] = []
    open_spans: list[int] = []
    found = []
    for place, depth in enumerate(run.depth):
        del open_spans[depth:], last[depth + 1 :]
        if len(last) == depth:
            last.append(-1)
        found.append(last[depth])
        open_spans.append(place)
        if run.kind[place] is SpanKind.LLM:
            last[depth] = place
            _tell_levels_above(run, place, open_spans, last)
    return found


def _tell_levels_above(run: ComparedRun, call: int, open_spans: list[int], last: list[int]) -> None:
    """What stands behind the spans that hold a call stands behind the call."""
    for depth in range(len(open_spans) - 2, -1, -1):
        if run.kind[open_spans[depth]] not in CONTAINERS:
            break
        last[depth] = call
