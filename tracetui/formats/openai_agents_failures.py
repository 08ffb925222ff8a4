"""Errors that end a run of the OpenAI Agents SDK, passed on to the spans around the one that reports them.

The SDK notes an error where it arises, say on the turn whose guardrail tripped, and leaves agent and task without one,
although the exception ends them too. An error of a tool is not fatal and stays where it is.
"""

from __future__ import annotations

from typing import TypeAlias

from tracetui.model import Span, Status

Failures: TypeAlias = "dict[tuple[str, str], tuple[str | None, str | None]]"
"""Error type and message by the trace and span id of the parent that they end."""

_MODEL_CALLS = frozenset(("generation", "response"))
_AROUND = frozenset(("turn", "agent", "task"))


def pass_error_on(span: Span, failures: Failures) -> None:
    """Give an ended turn, agent or task the error of a part read before it, and remember its own for its parent.

    A model call that succeeds after one that failed, under the same parent, was the retry and takes the failure back.
    """
    if span.end_ns is None or span.kind_original not in _MODEL_CALLS | _AROUND:
        return
    inherited = failures.pop((span.trace_id, span.span_id), None)
    if span.status is Status.OK and inherited is not None and span.kind_original in _AROUND:
        span.status = Status.ERROR
        span.error_type, span.error_message = inherited
    if span.parent_id is None:
        return
    around = (span.trace_id, span.parent_id)
    if span.status is Status.ERROR:
        failures[around] = (span.error_type, span.error_message)
    elif span.kind_original in _MODEL_CALLS:
        failures.pop(around, None)
