"""How full the context window of a model call is, and what the provider's cache could keep of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracetui.errors import UsageError

if TYPE_CHECKING:
    from tracetui.analysis.context import Context
    from tracetui.analysis.diff.steps import PromptCache
    from tracetui.api.db import TraceDB


@dataclass(frozen=True, slots=True)
class ContextUse:
    """`window_tokens` is None where neither the source nor a price list tells the limit. `cache` compares the prompt with that of
    the call before, which is step `previous_step`; None for the first call."""

    context: Context
    window_tokens: int | None
    cache: PromptCache | None
    previous_step: int | None


def context_use(db: TraceDB, run_id: str, position: int) -> ContextUse | None:
    """The context of the call at a position; None for a span whose messages are not recorded."""
    from tracetui.analysis.context import context_of, told_window
    from tracetui.api.money import context_window

    detail = db.detail(run_id, position)
    context = context_of(detail, db.memory_calls(run_id))
    if context is None:
        return None
    cache, step = _against_previous(db, run_id, position)
    limit = told_window(detail) or context_window(detail.provider, detail.model)
    return ContextUse(context, limit, cache, step)


def _against_previous(db: TraceDB, run_id: str, position: int) -> tuple[PromptCache | None, int | None]:
    from tracetui.analysis.diff.steps import ModelCallDiff

    try:
        before, _, diff = db.step_diff(run_id, position)
    except UsageError:
        return None, None
    return (diff.cache, before.step) if isinstance(diff, ModelCallDiff) else (None, None)
