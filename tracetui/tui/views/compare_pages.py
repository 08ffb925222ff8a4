"""What stands beside the rows of the Compare view: the summary, the good runs, and what can be copied."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from tracetui.analysis.diff.consensus import Consensus
from tracetui.analysis.diff.runs import Level
from tracetui.api.diffs import RunDiff
from tracetui.model import Run
from tracetui.render.json_lines import plain_lines
from tracetui.render.run_diff import (
    consensus_lines,
    delta_words,
    divergence_lines,
    effect_lines,
    figure_words,
    markdown_lines,
    run_diff_lines,
    total_lines,
)
from tracetui.render.safe import safe
from tracetui.tui.detail.copies import Copy
from tracetui.tui.view import CompareTarget
from tracetui.tui.widgets.document import Section

_NAME_CHARS = 60
_ID_CHARS = 12
TITLES = ("Summary", "Steps", "Good runs")
SUMMARY, STEPS, GOOD = range(3)


def header_lines(diff: RunDiff, is_whole: bool) -> list[str]:
    """Both runs, what one took more than the other, and where they part."""
    part = next(divergence_lines(diff)) if is_whole else "aligning…  esc stops, what is aligned stays"
    effects = f" · {next(effect_lines(diff))}" if is_whole else ""
    return [
        f"A  {_run(diff.a)}",
        f"B  {_run(diff.b)}",
        f"B − A  {delta_words(diff)}{effects}",
        part,
    ]


def _run(run: Run) -> str:
    """A run by name first: on the screen its id matters least."""
    name = f"{safe(run.name or run.run_id, _NAME_CHARS)}  {run.status}"
    return " · ".join((name, *figure_words(run), safe(run.run_id[:_ID_CHARS])))


def summary_sections(diff: RunDiff) -> list[Section]:
    """The first divergence, side effects, and the differences of each level."""
    parts = (
        ("first divergence", divergence_lines(diff), "warning" if diff.divergence else "success"),
        ("side effects", effect_lines(diff), ""),
        ("levels", total_lines(diff), ""),
    )
    return [_section(title, lines, tone) for title, lines, tone in parts]


def consensus_sections(diff: RunDiff, consensus: Consensus | None) -> list[Section]:
    """What several good runs did and B did not, and the reverse."""
    if consensus is None:
        return [
            Section("", "m chooses good runs to compare B with: by session, tag, name or input", tone="muted")
        ]
    return [_section("B against the good runs", consensus_lines(diff.b, consensus), "")]


def _section(title: str, lines: Iterator[str], tone: str) -> Section:
    shown = plain_lines("\n".join(lines))
    return Section("", title, lambda: shown, tone=tone)


def compare_copies(
    diff: RunDiff, target: CompareTarget, paths: Sequence[str], steps: tuple[int, int] | None, level: Level
) -> list[Copy]:
    """The yank menu; `steps` are those of the row under the cursor, where both runs have one."""
    a, b = target.a, target.b
    found = [
        Copy("c", "command", shlex.join(["tracetui", "diff", *paths, "--runs", a, b])),
        Copy("m", "Markdown", "\n".join(markdown_lines("Runs compared", run_diff_lines(diff, level))) + "\n"),
        Copy("d", "divergence", "\n".join(divergence_lines(diff)) + "\n"),
        Copy("e", "side effects", "\n".join(effect_lines(diff)) + "\n"),
        Copy("a", "id of A", a),
        Copy("b", "id of B", b),
    ]
    if steps is not None:
        named = [f"{a}:{steps[0]}", f"{b}:{steps[1]}"]
        found.append(
            Copy("s", "command of the steps", shlex.join(["tracetui", "diff", *paths, "--steps", *named]))
        )
    if target.good:
        against = [word for run in target.good for word in ("--against", run)]
        words = ["tracetui", "diff", *paths, "--run", b, *against]
        found.append(Copy("g", "command of the good runs", shlex.join(words)))
    return found
