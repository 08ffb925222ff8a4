"""Errors that end a run of the OpenAI Agents SDK, passed on to the spans around the one that reports them.

The SDK notes an error where it arises, say on the turn whose guardrail tripped, and leaves agent and task without one,
although the exception ends them too. An error of a tool is not fatal and stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tracetui.model import Span, Status

Key: TypeAlias = "tuple[str, str]"
"""Trace id and span id."""

_MODEL_CALLS = frozenset(("generation", "response"))
_AROUND = frozenset(("turn", "agent", "task"))


class Failures:
    """Follows the spans of a source in the order of its records.

    The SDK writes a span once its parts are written. Where others have sorted them, a turn, agent or task stands before
    its parts: that it failed is then told by a span of its own, once all is read.
    """

    def __init__(self) -> None:
        self._errors: dict[Key, tuple[str | None, str | None]] = {}  # by the parent that they end
        self._begun: set[Key] = set()  # parents of which a part was read
        self._early: dict[Key, Span] = {}

    def pass_on(self, span: Span) -> None:
        """Give an ended turn, agent or task the error of a part read before it, and remember its own for its parent.

        A model call that succeeds after one that failed, under the same parent, was the retry and takes the failure back.
        """
        own = (span.trace_id, span.span_id)
        around = None if span.parent_id is None else (span.trace_id, span.parent_id)
        if around is not None and around not in self._early:
            self._begun.add(around)
        if span.end_ns is None or span.kind_original not in _MODEL_CALLS | _AROUND:
            return
        if span.kind_original in _AROUND:
            self._inherit(span, own)
        if around is None:
            return
        if span.status is Status.ERROR:
            self._errors[around] = (span.error_type, span.error_message)
        elif span.kind_original in _MODEL_CALLS:
            self._errors.pop(around, None)

    def _inherit(self, span: Span, own: Key) -> None:
        inherited = self._errors.pop(own, None)
        if own not in self._begun and span.status is Status.OK:
            self._early[own] = Span(*own, span.origin, is_derived=True, parent_id=span.parent_id)
        self._begun.discard(own)
        if span.status is Status.OK and inherited is not None:
            span.status = Status.ERROR
            span.error_type, span.error_message = inherited

    def ends(self) -> Iterator[Span]:
        """Those that stood before the parts that ended them, the innermost first: status and error alone."""
        for own, span in reversed(self._early.items()):
            error = self._errors.pop(own, None)
            if error is None:
                continue
            span.status = Status.ERROR
            span.error_type, span.error_message = error
            if span.parent_id is not None:
                self._errors[span.trace_id, span.parent_id] = error
            yield span
