"""Two steps of two formats without what only one side records."""

from __future__ import annotations

from dataclasses import replace

from tracetui.analysis.diff.settings import Recorded
from tracetui.analysis.diff.steps import given_to, returned_by
from tracetui.model import SpanKind, Status
from tracetui.read_model import SpanDetail

_SIDES = ("input", "output")


def both_recorded(a: SpanDetail, b: SpanDetail, recorded: Recorded) -> tuple[SpanDetail, SpanDetail]:
    """Both steps with what both tell; `recorded` is what both runs tell of settings. Names of model calls are those of
    their formats and do not count."""
    a, b = recorded.of_call(a), recorded.of_call(b)
    sides = {side for side in _SIDES if _says(a, side) and _says(b, side)}
    has_error = all(each.error_type or each.error_message for each in (a, b))
    has_status = Status.UNSET not in (a.status, b.status)
    has_reasons = bool(a.finish_reasons and b.finish_reasons)
    are_calls = a.kind is SpanKind.LLM and b.kind is SpanKind.LLM
    given, returned = (None in (of(a), of(b)) for of in (given_to, returned_by))
    reduced = [
        replace(
            each,
            name="" if are_calls else each.name,
            agent=each.agent if a.agent and b.agent else None,
            provider=each.provider if a.provider and b.provider else None,
            status=each.status if has_status else Status.UNSET,
            error_type=each.error_type if has_error else None,
            error_message=each.error_message if has_error else None,
            finish_reasons=each.finish_reasons if has_reasons else (),
            messages=tuple(view for view in each.messages if view.side in sides or view.side not in _SIDES),
            input=None if given else given_to(each),
            output=None if returned else returned_by(each),
            tool_calls=(),
        )
        for each in (a, b)
    ]
    return reduced[0], reduced[1]


def _says(call: SpanDetail, side: str) -> bool:
    return any(view.side == side for view in call.messages)
