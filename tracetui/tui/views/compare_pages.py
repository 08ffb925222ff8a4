"""What stands beside the rows of the Compare view: the summary, the good runs, and what can be copied."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import islice

from tracetui.analysis.diff.consensus import Consensus
from tracetui.analysis.diff.runs import Level
from tracetui.analysis.diff.volatile import Volatile
from tracetui.api.diffs import RunDiff
from tracetui.render.json_lines import plain_lines
from tracetui.render.run_against import AgainstLine, consensus_card
from tracetui.render.run_card import CardLine, card_lines, divergence_lines, place_of
from tracetui.render.run_diff import (
    effect_card,
    effect_lines,
    run_lines,
    total_card,
)
from tracetui.render.run_markdown import run_diff_markdown
from tracetui.render.step_diff import rule_words
from tracetui.tui.detail.copies import Copy
from tracetui.tui.leaving_out import rule_options
from tracetui.tui.view import CompareTarget
from tracetui.tui.widgets.document import Section

TITLES = ("Summary", "Steps", "Good runs")
SUMMARY, STEPS, GOOD = range(3)
GOOD_KEY = "good runs"


def summary_sections(diff: RunDiff, rule: Volatile) -> list[Section]:
    """The first divergence, side effects, the differences of each level, what is compared and what does not count."""
    tones = ("warning" if diff.divergence else "success", "", "")
    cards = [_card(key, list(lines(diff)), tone) for (key, lines), tone in zip(_CARDS, tones, strict=True)]
    rest = (("runs", run_lines(diff), ""), ("left out of values", iter((rule_words(rule),)), "muted"))
    return [*cards, *(_section(title, lines, tone) for title, lines, tone in rest)]


_CARDS = (("first divergence", card_lines), ("side effects", effect_card), ("levels", total_card))


def target_row(diff: RunDiff, key: str, line: int) -> int | None:
    """The row of the step that a line of the summary, or its title (-1), tells of; None where it tells of none."""
    lines = next((lines for title, lines in _CARDS if title == key), None)
    told = None if lines is None else next(islice(lines(diff), line + 1, None), None)
    if told is None or told.place is None:
        return None
    return _row_at(diff, told.side or "b", told.place)


def _row_at(diff: RunDiff, side: str, place: int) -> int | None:
    rows = enumerate(diff.rows)
    return next((at for at, row in rows if (row.a if side == "a" else row.b) == place), None)


def consensus_sections(diff: RunDiff, consensus: Consensus | None, rule: Volatile) -> list[Section]:
    """What several good runs did and B did not, and the reverse."""
    if consensus is None:
        return [
            Section(
                "",
                "m chooses good runs to compare B with: by session, tag, name, task or input",
                tone="muted",
            )
        ]
    lines = (line.text for line in consensus_card(diff.b, consensus, rule))
    shown = plain_lines("\n".join(lines))
    return [Section(GOOD_KEY, "B against the good runs", lambda: shown)]


def line_of_good(diff: RunDiff, consensus: Consensus | None, rule: Volatile, line: int) -> AgainstLine | None:
    """What a line of the good runs' tab tells of; None where it tells of no step."""
    if consensus is None or line < 0:
        return None
    told = next(islice(consensus_card(diff.b, consensus, rule), line, None), None)
    return None if told is None or told.run_id is None or told.step is None else told


def row_of_step(diff: RunDiff, run_id: str, step: int) -> int | None:
    """The row of a step of one of the two runs; None where the run is another."""
    for side, run in (("a", diff.a), ("b", diff.b)):
        place = place_of(diff, side, step) if run.run_id == run_id else None
        if place is not None:
            return _row_at(diff, side, place)
    return None


def _card(key: str, lines: Sequence[CardLine], tone: str) -> Section:
    """The first line is the title."""
    shown = plain_lines("\n".join(line.text for line in lines[1:]))
    return Section(key, lines[0].text, (lambda: shown) if lines[1:] else None, tone=tone)


def _section(title: str, lines: Iterator[str], tone: str) -> Section:
    shown = plain_lines("\n".join(lines))
    return Section("", title, lambda: shown, tone=tone)


def compare_copies(
    diff: RunDiff,
    target: CompareTarget,
    paths: Sequence[str],
    steps: tuple[int, int] | None,
    level: Level,
    rule: Volatile,
) -> list[Copy]:
    """The yank menu; `steps` are those of the row under the cursor, where both runs have one."""
    a, b = target.a, target.b
    begin = ["tracetui", "diff", *paths, *rule_options(rule)]
    found = [
        Copy("c", "command", shlex.join([*begin, "--runs", a, b])),
        Copy("m", "Markdown", "\n".join(run_diff_markdown(diff, level)) + "\n"),
        Copy("d", "divergence", "\n".join(divergence_lines(diff)) + "\n"),
        Copy("e", "side effects", "\n".join(effect_lines(diff)) + "\n"),
        Copy("a", "id of A", a),
        Copy("b", "id of B", b),
    ]
    if steps is not None:
        named = [f"{a}:{steps[0]}", f"{b}:{steps[1]}"]
        found.append(Copy("s", "command of the steps", shlex.join([*begin, "--steps", *named])))
    if target.good:
        against = [word for run in target.good for word in ("--against", run)]
        words = shlex.join([*begin, "--run", b, *against])
        found.append(Copy("g", "command of the good runs", words))
    return found
