"""The Cost tab: what the step cost and how long it took, what fills its context window, where a run's time went."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.read_model import SpanDetail
from tracetui.render.json_lines import plain_lines
from tracetui.render.run_times import time_lines
from tracetui.render.step_cost import context_lines, cost_lines
from tracetui.tui.loading import Traces
from tracetui.tui.widgets.document import Section


def cost_sections(db: Traces, detail: SpanDetail) -> list[Section]:
    """The lines that `tracetui show --step` prints, of a run's root also those of `show --time`; for a thread."""
    sections = [_section("cost and time", cost_lines(db.step_cost(detail.run_id, detail.position)))]
    if detail.position == 0:
        sections.append(_section("where the time of the run went", _time_lines(db, detail.run_id)))
    use = db.context_use(detail.run_id, detail.position)
    return sections if use is None else [*sections, _section("context window", context_lines(use))]


def _time_lines(db: Traces, run_id: str) -> list[str]:
    times, path = db.run_times(run_id), db.critical_path(run_id)
    return list(time_lines(times, db.wait_after(run_id), path, db.tree(run_id)))


def _section(title: str, lines: Sequence[str]) -> Section:
    shown = plain_lines("\n".join(lines))
    return Section("", title, lines=lambda: shown)
