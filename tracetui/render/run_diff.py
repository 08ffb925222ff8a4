"""A comparison of two runs as readable lines: the first divergence on top, then side effects, then the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from tracetui.analysis.diff.align import Mark
from tracetui.analysis.diff.compared import CONTAINERS
from tracetui.analysis.diff.consensus import Consensus
from tracetui.analysis.diff.divergence import Cause, Divergence, first_at, step_of
from tracetui.analysis.diff.messages import message_text
from tracetui.analysis.diff.origin import Origin
from tracetui.analysis.diff.runs import Level, Row
from tracetui.analysis.diff.side_effects import Deed
from tracetui.analysis.diff.steps import ModelCallDiff
from tracetui.analysis.diff.volatile import Volatile
from tracetui.api.diffs import RunDiff
from tracetui.model import Run, Status
from tracetui.render import text
from tracetui.render.safe import safe
from tracetui.render.signs import UNICODE, Signs
from tracetui.render.step_diff import call_summary, rule_words
from tracetui.render.verdict import run_money

_Number = TypeVar("_Number", int, Decimal)

LEVEL_NAMES = {level: level.name.lower().replace("_", "-") for level in Level}
_ARGUMENT_CHARACTERS = 200
_NAME_CHARACTERS = 80
_CAUSES = {
    Cause.DECISION: "the model saw the same context and decided differently",
    Cause.CONTEXT: "what the model saw already differed",
    Cause.USER: "the user said something else",
    Cause.END: "one run ended, the other went on",
    Cause.ENVIRONMENT: "the same call gave another result",
    Cause.UNKNOWN: "what the model saw is not recorded on both sides",
}
_UNDECIDED = "no model call that both runs made stands before it"
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


def divergence_lines(diff: RunDiff) -> Iterator[str]:
    """The card: until where the runs are the same, what differs first, and why."""
    found = diff.divergence
    if found is None:
        yield from _same_lines(diff)
        return
    row = diff.rows[found.row]
    before = sum(
        1
        for each in diff.rows[: found.row]
        if each.a is not None and each.b is not None and _is_step(diff, each)
    )
    is_undecided = found.cause is Cause.UNKNOWN and found.calls is None
    yield f"First divergence: {_UNDECIDED if is_undecided else _cause_words(diff, found)}"
    yield f"  same actions for {before:,} step{'' if before == 1 else 's'}, then"
    if row.a is not None:
        yield f"  A  {place_text(diff, 'a', row.a)}"
    if row.b is not None:
        yield f"  B  {place_text(diff, 'b', row.b)}"
    if row.a is None or row.b is None:
        yield f"  {_instead(diff, found)}"
    yield from (f"  {line}" for line in _reasons(diff, found))


def _cause_words(diff: RunDiff, found: Divergence) -> str:
    if diff.origin is None or found.cause is Cause.USER:
        return _CAUSES[found.cause]
    if found.cause is Cause.ENVIRONMENT:
        return "the model was given another result"
    if diff.origin.a is None and diff.origin.b is None:
        return "same evidence, other decision; only wording of the chat differs"
    return "same evidence, other decision; the model's own words differed first"


def _origin_lines(origin: Origin) -> Iterator[str]:
    """Both messages that differ, each cut to a line."""
    if origin.a is None and origin.b is None:
        return
    for side, message in (("A", origin.a), ("B", origin.b)):
        if message is None:
            yield f"{side}  nothing in between"
        else:
            told = safe(" ".join(message_text(message).split()), _ARGUMENT_CHARACTERS)
            yield f"{side}  {safe(message.role, _NAME_CHARACTERS)}: {told}"


def _same_lines(diff: RunDiff) -> Iterator[str]:
    """What is told of runs that do not part."""
    empty = [name for name, run in (("A", diff.alignment.a), ("B", diff.alignment.b)) if not any(run.step)]
    if empty:
        yield f"No steps to compare in {' and '.join(empty)}."
    else:
        yield "No divergence: both runs took the same actions and got the same answers."
    seen = first_at(diff.rows, Level.CONTEXT)
    if seen is not None:
        yield f"What the model saw differs first at {_row_place(diff, diff.rows[seen])}"
    if diff.ends_differ:
        yield f"They end differently: A {diff.a.status}, B {diff.b.status}"


def _instead(diff: RunDiff, found: Divergence) -> str:
    """What the run without the step does next."""
    is_a = diff.rows[found.row].a is None
    side, run = ("a", diff.alignment.a) if is_a else ("b", diff.alignment.b)
    for row in diff.rows[found.row + 1 :]:
        place = row.a if is_a else row.b
        if place is not None and run.kind[place] not in CONTAINERS:
            return f"{side.upper()}  no such step; next is {place_text(diff, side, place)}"
    return f"{side.upper()}  no such step, and none follows"


def _reasons(diff: RunDiff, found: Divergence) -> Iterator[str]:
    if found.calls is not None:
        steps = [
            step_of(run, at)
            for run, at in zip((diff.alignment.a, diff.alignment.b), found.calls, strict=True)
        ]
        yield f"decided by step {steps[0] or text.UNKNOWN} of A, step {steps[1] or text.UNKNOWN} of B"
    if diff.origin is not None:
        yield from _origin_lines(diff.origin)
    if isinstance(diff.explained, ModelCallDiff) and found.cause is Cause.CONTEXT:
        yield f"there: {call_summary(diff.explained)}"
    if found.context_row is not None:
        row = diff.rows[found.context_row]
        side, place = ("b", row.b) if row.b is not None else ("a", row.a)
        if place is not None:
            yield f"context first differs after {side.upper()} {place_text(diff, side, place)}"


def effect_lines(diff: RunDiff) -> Iterator[str]:
    """Successful calls with side effects that only one run made."""
    effects = diff.effects
    if not (effects.only_a or effects.only_b):
        count = len(effects.both)
        yield (
            f"Side effects: the same {count:,} call{'' if count == 1 else 's'}"
            if count
            else "Side effects: none, tools judged by their names"
        )
        return
    yield f"Side effects: {len(effects.both):,} the same, {len(effects.only_a):,} only in A, {len(effects.only_b):,} only in B"
    for sign, deeds in (("−", effects.only_a), ("+", effects.only_b)):
        yield from (f"  {sign} {deed_text(deed)}" for deed in deeds)


def deed_text(deed: Deed) -> str:
    """A call in one line."""
    step = f"step {deed.step:,} " if deed.step else ""
    return f"{step}{safe(deed.name)} {safe(deed.arguments, _ARGUMENT_CHARACTERS)}"


def place_text(diff: RunDiff, side: str, place: int) -> str:
    """A span by step, kind and name."""
    run = diff.alignment.a if side == "a" else diff.alignment.b
    step = f"step {run.step[place]:,} " if run.step[place] else ""
    return f"{step}{run.kind[place]} {safe(run.name_of(place), _NAME_CHARACTERS)}"


def _row_place(diff: RunDiff, row: Row) -> str:
    """Where a row stands: in B, unless only A has it."""
    return (
        f"B {place_text(diff, 'b', row.b)}" if row.b is not None else f"A {place_text(diff, 'a', row.a or 0)}"
    )


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
    yield f"Aligned: {_paired(diff):,} of {len(diff.alignment.a):,} and {len(diff.alignment.b):,} spans"
    for level, name in LEVEL_NAMES.items():
        count = sum(1 for row in diff.rows if level in row.levels)
        at = first_at(diff.rows, level)
        if at is not None:
            where = _row_place(diff, diff.rows[at])
            yield f"  {name:<13} {count:,} difference{'' if count == 1 else 's'}, first at {where}"


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
    about = [part for part in (row_words(diff, row, level), *_deltas(row)) if part]
    return f"  {sign}  {place_text(diff, side, place)}   {' · '.join(about)}"


def row_words(diff: RunDiff, row: Row, level: Level) -> str:
    """Levels of what differs in a row down to a level, how its span stands, and errors that came or went."""
    told = [LEVEL_NAMES[found] for found in sorted(row.levels) if found <= level]
    if row.mark not in {Mark.PAIRED, Mark.LONE}:
        told.append(_MARK_WORDS.get(row.mark, str(row.mark)))
    a, b = diff.alignment.a, diff.alignment.b
    if row.a is not None and row.b is not None:
        failed = [run.status[at] is Status.ERROR for run, at in ((a, row.a), (b, row.b))]
        told += ["error introduced"] if failed == [False, True] else []
        told += ["error gone"] if failed == [True, False] else []
    return ", ".join(told)


def markdown_lines(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Readable lines as a Markdown section whose text nothing in the trace can leave."""
    yield f"### {title}"
    yield ""
    yield from (f"    {line}" for line in lines)


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


def _deltas(row: Row) -> Sequence[str]:
    told = []
    if row.duration_ns:
        told.append(f"{'+' if row.duration_ns > 0 else ''}{text.duration(row.duration_ns)}")
    if row.tokens:
        told.append(f"{row.tokens:+,} tok".replace("-", "−"))
    if row.cost_microusd:
        told.append(f"{row.cost_microusd / 1_000_000:+.4f} $".replace("-", "−"))
    return told


def _is_step(diff: RunDiff, row: Row) -> bool:
    return row.b is not None and diff.alignment.b.step[row.b] > 0


def consensus_lines(run: Run, consensus: Consensus, rule: Volatile) -> Iterator[str]:
    """A run against several good ones: what it lacks, the most usual first, and what none of them did."""
    yield f"Run  {run_words(run)}"
    yield f"against {consensus.good_runs:,} good run{'' if consensus.good_runs == 1 else 's'}"
    if not (consensus.missing or consensus.extra):
        yield "No difference in what was done."
    for usual in consensus.missing:
        share = (
            "all"
            if usual.good_runs == consensus.good_runs
            else f"{usual.good_runs:,} of {consensus.good_runs:,}"
        )
        yield f"  − in {share}: {safe(usual.name)} {safe(usual.arguments, _ARGUMENT_CHARACTERS)}"
    yield from (f"  + in none: {deed_text(deed)}" for deed in consensus.extra)
    yield f"Left out of values: {rule_words(rule)}"
