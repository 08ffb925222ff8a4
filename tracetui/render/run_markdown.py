"""A comparison of two runs as Markdown for a pull request: the card, then tables, which no text of a trace can leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.analysis.diff.align import Mark
from tracetui.analysis.diff.runs import LEVEL_NAMES, Level
from tracetui.api.diffs import RunDiff
from tracetui.read_model import Run
from tracetui.render.markdown_writing import code, table
from tracetui.render.row_changes import change_words
from tracetui.render.run_card import divergence_lines, place_text
from tracetui.render.run_diff import (
    deed_text,
    deltas,
    effect_lines,
    figure_words,
    left_out_lines,
    row_sign,
    row_words,
    times_words,
)

_MOST_ROWS = 200
_MOST_DEEDS = 50


def run_diff_markdown(diff: RunDiff, level: Level, only: Sequence[int] | None = None) -> Iterator[str]:
    """Both runs, the first divergence, side effects, and the steps that differ at the level; with `only` those rows."""
    yield "### Runs compared"
    yield ""
    yield from table(
        ("", "run", "name", "status", "figures"), [_run_cells("A", diff.a), _run_cells("B", diff.b)]
    )
    yield ""
    yield from (f"    {line}" for line in divergence_lines(diff))
    yield ""
    yield from _effects(diff)
    yield from _steps(diff, level, only)
    yield from (f"\n{code(line)}" for line in left_out_lines(diff.left_out))


def _run_cells(side: str, run: Run) -> list[str]:
    return [
        side,
        code(run.run_id),
        code(run.name or ""),
        str(run.status),
        code(" · ".join(figure_words(run))),
    ]


def _effects(diff: RunDiff) -> Iterator[str]:
    yield next(effect_lines(diff))
    yield ""
    effects = diff.effects
    rows = [
        (f"only in {side}", code(deed_text(deed)), times_words(effects, deed))
        for side, deeds in (("A", effects.only_a), ("B", effects.only_b))
        for deed in deeds[:_MOST_DEEDS]
    ]
    if rows:
        yield from table(("side effect", "call", "how often"), rows)
        yield ""
    more = sum(max(len(deeds) - _MOST_DEEDS, 0) for deeds in (effects.only_a, effects.only_b))
    if more:
        yield f"{more:,} further side effects are not listed."
        yield ""


def _steps(diff: RunDiff, level: Level, only: Sequence[int] | None) -> Iterator[str]:
    wanted = range(len(diff.rows)) if only is None else only
    listed = [
        diff.rows[at]
        for at in wanted
        if diff.rows[at].differs_at(level) or diff.rows[at].mark not in {Mark.PAIRED, Mark.RECUT, Mark.LONE}
    ]
    if not listed:
        yield f"No step differs down to {LEVEL_NAMES[level]}."
        return
    rows = []
    for row in listed[:_MOST_ROWS]:
        ours = "" if row.a is None else code(place_text(diff, "a", row.a))
        theirs = "" if row.b is None else code(place_text(diff, "b", row.b))
        about = row_words(diff, row, level)
        rows.append(
            (row_sign(row), ours, theirs, about, code(change_words(diff, row)), code(", ".join(deltas(row))))
        )
    yield from table(("", "A", "B", "differs", "what", "B − A"), rows)
    if len(listed) > _MOST_ROWS:
        yield ""
        yield f"{len(listed) - _MOST_ROWS:,} further rows that differ are not listed."
    if len(diff.rows) > len(listed):
        yield ""
        others = len(diff.rows) - len(listed)
        words = (
            "1 other row is the same or differs"
            if others == 1
            else f"{others:,} other rows are the same or differ"
        )
        yield f"{words} below {LEVEL_NAMES[level]}."
