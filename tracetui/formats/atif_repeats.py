"""Steps that report the tokens of other steps again: an agent's span beside the model calls that it made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from tracetui.model import ImportIssue, Severity, Span, SpanKind

_SLACK_NS = 1_000_000
_Figures = tuple[int, int]


def put_below_repeats(spans: Sequence[Span], root: Span) -> Iterator[ImportIssue]:
    """Stand model calls below the step that sums them up, so that their tokens count once; a warning if any does.

    Such a step lasts as long as calls of the same model together with all that is between them, and has exactly their
    tokens, given and answered.
    """
    timed = sorted((span for span in spans if _figures(span) != (0, 0)), key=_begin)
    begins = [_begin(span) for span in timed]
    repeats, below = 0, set[str]()
    for outer in sorted(timed, key=lambda span: _end(span) - _begin(span)):
        first, last = bisect_left(begins, _begin(outer) - _SLACK_NS), bisect_right(begins, _end(outer))
        inside = [span for span in timed[first:last] if span.span_id not in below and _is_within(span, outer)]
        if inside and _sum(inside) == _figures(outer):
            repeats += 1
            below.update(span.span_id for span in inside)
            for span in inside:
                span.parent_id = outer.span_id
    if repeats:
        told = "a step reports" if repeats == 1 else f"{repeats} steps report"
        yield ImportIssue(
            "usage_repeated",
            f"{told} the tokens of other steps again, and so does final_metrics: these stand below them"
            " and count once",
            Severity.WARNING,
            span_id=root.span_id,
            trace_id=root.trace_id,
        )


def _is_within(span: Span, outer: Span) -> bool:
    return span is not outer and span.model == outer.model and _end(span) <= _end(outer) + _SLACK_NS


def _figures(span: Span) -> _Figures:
    """Tokens given and answered; none where no such step could be compared."""
    if span.kind is not SpanKind.LLM or span.usage is None or None in (span.start_ns, span.end_ns):
        return 0, 0
    return span.usage.input_tokens or 0, span.usage.output_tokens or 0


def _sum(spans: Sequence[Span]) -> _Figures:
    figures = [_figures(span) for span in spans]
    return sum(given for given, _ in figures), sum(answered for _, answered in figures)


def _begin(span: Span) -> int:
    return span.start_ns or 0


def _end(span: Span) -> int:
    return span.end_ns or 0
