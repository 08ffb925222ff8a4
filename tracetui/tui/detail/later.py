"""The tabs that ask the database, each once it is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tracetui.analysis.diff.volatile import Volatile
from tracetui.read_model import SpanDetail
from tracetui.tui.detail.comparison import comparison
from tracetui.tui.detail.costs import cost_sections
from tracetui.tui.detail.memory import memory_sections
from tracetui.tui.detail.pages import COST, DIFF, STATE
from tracetui.tui.loading import Traces
from tracetui.tui.widgets.document import Section


def later_tabs(
    db: Traces, detail: SpanDetail, other: tuple[str, int] | None, rule: Volatile
) -> Mapping[int, Callable[[], list[Section]]]:
    """What makes each of these tabs, in a thread; `other` is the step to compare with, if one was chosen, `rule`
    says what does not count."""
    return {
        DIFF: partial(comparison, db, detail, other, rule),
        STATE: partial(memory_sections, db, detail),
        COST: partial(cost_sections, db, detail),
    }
