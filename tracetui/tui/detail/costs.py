"""The Cost tab: what the step cost and how long it took, then what fills its context window."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import SpanDetail
from tracetui.render.json_lines import plain_lines
from tracetui.render.step_cost import context_lines, cost_lines
from tracetui.tui.loading import Traces
from tracetui.tui.widgets.document import Section


def cost_sections(db: Traces, detail: SpanDetail) -> list[Section]:
    """The same lines as `tracetui show --step` prints; for a thread."""
    sections = [_section("cost and time", cost_lines(db.step_cost(detail.run_id, detail.position)))]
    use = db.context_use(detail.run_id, detail.position)
    return sections if use is None else [*sections, _section("context window", context_lines(use))]


def _section(title: str, lines: Sequence[str]) -> Section:
    shown = plain_lines("\n".join(lines))
    return Section("", title, lines=lambda: shown)
