"""A comparison of two runs as readable lines: the first divergence on top, then side effects, then the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from tracetui.analysis.diff.align import Mark
from tracetui.analysis.diff.divergence import first_at
from tracetui.analysis.diff.runs import LEVEL_NAMES, Level, Row
from tracetui.analysis.diff.side_effects import Deed, DeedsDiff
from tracetui.api.diffs import RunDiff
from tracetui.model import SpanKind, Status
from tracetui.read_model import Run
from tracetui.render import text
from tracetui.render.row_changes import change_words
from tracetui.render.run_card import CardLine, called_words, divergence_lines, place_of, place_text, row_place
from tracetui.render.safe import safe
from tracetui.render.signs import UNICODE, Signs
from tracetui.render.verdict import run_money

_Number = TypeVar("_Number", int, Decimal)

_ARGUMENT_CHARACTERS = 200
_NAME_CHARACTERS = 80
_MOST_DEEDS = 20
"""Side effects of one run that are listed."""
_MARK_WORDS = {
    Mark.REORDERED: "moved", Mark.REPARENTED: "re-parented", Mark.RECUT: "in another turn", Mark.WRAPPER: "wrapped", Mark.WAITING: "not aligned yet",
}  # fmt: skip


def run_diff_lines(diff: RunDiff, level: Level, only: Sequence[int] | None = None) -> Iterator[str]:
    """Everything down to the level; equal stretches, and with `only` rows that are not among these, are counted, not
    listed."""
    yield f"A  {run_words(diff.a)}"
    yield f"B  {run_words(diff.b)}"
    yield f"B − A  {delta_words(diff)}"
    yield ""
    yield from divergence_lines(diff)
    yield ""
    yield from effect_lines(diff)
    yield ""
    yield from total_lines(diff)
    yield from left_out_lines(diff.left_out)
    yield ""
    yield from _steps(diff, level, only)


def effect_lines(diff: RunDiff) -> Iterator[str]:
    """Successful calls with side effects that only one run made."""
    return (line.text for line in effect_card(diff))


def effect_card(diff: RunDiff) -> Iterator[CardLine]:
    """The same, each line with the step that it tells of."""
    effects = diff.effects
    if not (effects.only_a or effects.only_b):
        count = len(effects.both)
        yield CardLine(
            f"Side effects: the same {count:,} call{'' if count == 1 else 's'}"
            if count
            else "Side effects: none, tools judged by their names"
        )
        return
    yield CardLine(
        f"Side effects: {len(effects.both):,} the same, {len(effects.only_a):,} only in A, "
        f"{len(effects.only_b):,} only in B"
    )
    for sign, side, deeds in (("−", "a", effects.only_a), ("+", "b", effects.only_b)):
        for deed in deeds[:_MOST_DEEDS]:
            again = times_words(effects, deed)
            told = f"  {sign} {deed_text(deed)}{f'  ({again})' if again else ''}"
            yield CardLine(told, side, place_of(diff, side, deed.step))
        if len(deeds) > _MOST_DEEDS:
            yield CardLine(f"  {sign} … {len(deeds) - _MOST_DEEDS:,} more only in {side.upper()}")


def times_words(effects: DeedsDiff, deed: Deed) -> str:
    """How often a call was made that both runs made, though not as often; empty for one that only one made."""
    ours, theirs = effects.times(deed)
    return f"made {ours:,}× in A, {theirs:,}× in B" if ours and theirs else ""


def deed_text(deed: Deed) -> str:
    """A call in one line."""
    step = f"step {deed.step:,} " if deed.step else ""
    return f"{step}{called_words(safe(deed.name), safe(deed.arguments, _ARGUMENT_CHARACTERS))}"


def run_words(run: Run) -> str:
    """A run in one line: id, name, how it ended and its figures."""
    return " · ".join((f"{safe(run.run_id)}  {safe(run.name)}  {run.status}", *figure_words(run)))


def run_lines(diff: RunDiff) -> Iterator[str]:
    """Both runs in full: id, name, how each ended, its figures and its source."""
    for side, run in (("A", diff.a), ("B", diff.b)):
        yield f"{side}  {run_words(run)} · {safe(run.source)}"


def figure_words(run: Run) -> list[str]:
    """The figures of a run that are known; what is unknown of its cost is told beside the other run's."""
    cost = run_money(run)
    told = [
        "" if run.steps is None else f"{run.steps:,} step{'' if run.steps == 1 else 's'}",
        text.duration(run.duration_ns, unknown=""),
        "" if run.total_tokens is None else text.tokens(run.total_tokens),
        "" if run.cost_usd is None else cost,
    ]
    return [words for words in told if words]


def delta_words(diff: RunDiff) -> str:
    """What B took more or less than A, and how much of both is aligned."""
    a, b = diff.a, diff.b
    told = [
        _signed(_less(a.steps, b.steps), lambda number: f"{number:,} step{'' if number == 1 else 's'}"),
        _signed(_less(a.duration_ns, b.duration_ns), text.duration),
        _signed(_less(a.total_tokens, b.total_tokens), text.tokens),
        _cost_delta(a, b),
        f"aligned {text.percent(2 * _paired(diff), len(diff.alignment.a) + len(diff.alignment.b))}",
    ]
    return " · ".join(part for part in told if part)


def _cost_delta(a: Run, b: Run) -> str:
    unknown = [name for name, run in (("A", a), ("B", b)) if run.cost_usd is None]
    if unknown:
        return "cost unknown" if len(unknown) == 2 else f"cost of {unknown[0]} unknown"
    told = _signed(_less(a.cost_usd, b.cost_usd), text.money)
    return f"{told} for what is priced" if a.is_cost_least or b.is_cost_least else told


def _less(a: _Number | None, b: _Number | None) -> _Number | None:
    return None if a is None or b is None else b - a


def _signed(number: _Number | None, shown: Callable[[_Number], str]) -> str:
    if number is None:
        return ""
    return f"+{shown(number)}" if number > 0 else f"−{shown(-number)}" if number < 0 else f"±{shown(number)}"


def _paired(diff: RunDiff) -> int:
    return sum(1 for row in diff.rows if row.a is not None and row.b is not None)


def total_lines(diff: RunDiff) -> Iterator[str]:
    """How much is aligned, and the differences of each level with their first place."""
    return (line.text for line in total_card(diff))


def total_card(diff: RunDiff) -> Iterator[CardLine]:
    """The same, each line with the step that it tells of."""
    yield CardLine(_aligned(diff))
    for level, name in LEVEL_NAMES.items():
        at = first_at(diff.rows, level)
        if at is not None:
            row = diff.rows[at]
            count = sum(1 for each in diff.rows if level in each.levels)
            side, place = ("b", row.b) if row.b is not None else ("a", row.a)
            told = f"{count:,} difference{'' if count == 1 else 's'}, first at {row_place(diff, row)}"
            yield CardLine(f"  {name:<13} {told}", side, place)


def _aligned(diff: RunDiff) -> str:
    paired, ours, theirs = _paired(diff), len(diff.alignment.a), len(diff.alignment.b)
    spans = f"{paired:,} span{'' if paired == 1 else 's'}"
    return (
        f"Aligned: all {spans}"
        if paired == ours == theirs
        else f"Aligned: {spans}, of {ours:,} in A and {theirs:,} in B"
    )


def left_out_lines(keys: Iterable[str]) -> Iterator[str]:
    """Which keys of values did not count, where there were such."""
    names = ", ".join(safe(key, _NAME_CHARACTERS) for key in keys)
    if names:
        yield f"Left out of values: {names}"


def _steps(diff: RunDiff, level: Level, only: Sequence[int] | None) -> Iterator[str]:
    """Rows that differ and pass; the rest as counts."""
    passing = range(len(diff.rows)) if only is None else frozenset(only)
    skipped: list[Row] = []
    others = 0
    for at, row in enumerate(diff.rows):
        if at not in passing:
            others += 1
        elif not (row.differs_at(level) or row.mark not in {Mark.PAIRED, Mark.RECUT, Mark.LONE}):
            skipped.append(row)
        else:
            yield from _skipped(skipped, level, others)
            skipped, others = [], 0
            yield _row(diff, row, level)
    yield from _skipped(skipped, level, others)


def _skipped(rows: Sequence[Row], level: Level, others: int) -> Iterator[str]:
    """How many rows are not listed, how many of them are not wholly the same, and how many others do not pass."""
    lesser = sum(1 for row in rows if row.levels or row.mark is Mark.LONE)
    same = f"{len(rows) - lesser:,} the same" if len(rows) > lesser else ""
    below = f"{lesser:,} differ{'s' if lesser == 1 else ''} below {LEVEL_NAMES[level]}" if lesser else ""
    left_out = f"{others:,} left out by the filter" if others else ""
    if rows or others:
        yield f"      … {', '.join(words for words in (same, below, left_out) if words)}"


def _row(diff: RunDiff, row: Row, level: Level) -> str:
    sign = row_sign(row)
    side, place = ("b", row.b) if row.b is not None else ("a", row.a)
    assert place is not None
    about = [part for part in (row_words(diff, row, level), *deltas(row), change_words(diff, row)) if part]
    return f"  {sign}  {place_text(diff, side, place)}   {' · '.join(about)}"


def row_words(diff: RunDiff, row: Row, level: Level) -> str:
    """Levels of what differs in a row down to a level, how its span stands, and errors that came or went."""
    told = [LEVEL_NAMES[found] for found in sorted(row.levels) if found <= level]
    if row.mark not in {Mark.PAIRED, Mark.LONE}:
        told.append(_MARK_WORDS.get(row.mark, str(row.mark)))
    a, b = diff.alignment.a, diff.alignment.b
    if row.a is not None and row.b is not None:
        if (
            row.mark is not Mark.PAIRED
            and b.kind[row.b] is SpanKind.TOOL
            and a.given[row.a] != b.given[row.b]
        ):
            told.append("other arguments")
        failed = [run.status[at] is Status.ERROR for run, at in ((a, row.a), (b, row.b))]
        told += ["error introduced"] if failed == [False, True] else []
        told += ["error gone"] if failed == [True, False] else []
    return ", ".join(told)


def row_sign(row: Row, marks: Signs = UNICODE) -> str:
    """One character for how a row stands."""
    if row.mark in {Mark.PAIRED, Mark.RECUT}:
        return "~" if row.levels else "="
    if row.mark is Mark.LONE:
        return "+" if row.a is None else marks.removed
    return {
        Mark.REORDERED: marks.moved, Mark.REPARENTED: marks.reparented, Mark.RETRIED: marks.repeat,
        Mark.WRAPPER: marks.wrapper,
    }.get(row.mark, "?")  # fmt: skip


def deltas(row: Row) -> Sequence[str]:
    """What B took more or less in a row."""
    told = []
    if row.duration_ns:
        told.append(f"{'+' if row.duration_ns > 0 else ''}{text.duration(row.duration_ns)}")
    if row.tokens:
        told.append(f"{row.tokens:+,} tok".replace("-", "−"))
    if row.cost_usd:
        told.append(f"{'+' if row.cost_usd > 0 else ''}{text.fine_money(row.cost_usd)}")
    return told
