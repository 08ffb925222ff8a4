"""What rows of a comparison tell of values: what a step was given, and what of it, or of its result, became another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tracetui.analysis.diff.align import Alignment
from tracetui.analysis.diff.compared import CONTAINERS
from tracetui.analysis.diff.divergence import Divergence
from tracetui.analysis.diff.runs import Level, Row
from tracetui.analysis.diff.settings import Settings, SettingsText
from tracetui.analysis.diff.settings_diff import SettingsDiff, diff_settings
from tracetui.analysis.diff.side_effects import may_have_side_effects
from tracetui.analysis.diff.values import ValueDiff, diff_values
from tracetui.analysis.diff.volatile import BY_DEFAULT, Volatile

_MOST_ROWS = 1_000
"""Rows whose texts are read; those behind them are told without."""
_MOST_SETTINGS = 100
_TOLD = frozenset((Level.SIDE_EFFECTS, Level.ACTIONS, Level.ENVIRONMENT, Level.CONTEXT, Level.STATE))
_RETURNED = _TOLD - {Level.CONTEXT}


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of a prompt: a number that equal ones share, who said it, and how it begins."""

    number: int
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class StepText:
    """What a step was given and what came back, its error where nothing did; of a model call the answer, and what
    others said in its prompt."""

    given: str | None
    returned: str | None
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class RowTexts:
    """Texts of the steps of both runs by position, of the rows that tell of them and of where the runs part."""

    a: Mapping[int, StepText] = field(default_factory=dict)
    b: Mapping[int, StepText] = field(default_factory=dict)
    rule: Volatile = BY_DEFAULT
    a_settings: Mapping[int, SettingsText] = field(default_factory=dict)
    b_settings: Mapping[int, SettingsText] = field(default_factory=dict)

    def given(self, row: Row) -> tuple[str | None, str | None]:
        """What the step of a row was given in either run."""
        sides = ((self.a, row.a), (self.b, row.b))
        ours, theirs = (None if at is None else texts.get(at) for texts, at in sides)
        return None if ours is None else ours.given, None if theirs is None else theirs.given

    def settings_diff(self, row: Row) -> SettingsDiff | None:
        """What else the models of a row were told differently; None unless that is known of both."""
        if row.a is None or row.b is None:
            return None
        ours, theirs = self.a_settings.get(row.a), self.b_settings.get(row.b)
        return None if ours is None or theirs is None else diff_settings(ours, theirs, self.rule)

    def seen_only(self, row: Row) -> tuple[tuple[Seen, ...], tuple[Seen, ...]]:
        """The last messages in a row that only the prompt in A holds, and those that only that in B does: what stands
        before them was mostly told of a call before."""
        if row.a is None or row.b is None or row.a not in self.a or row.b not in self.b:
            return (), ()
        ours, theirs = self.a[row.a].seen, self.b[row.b].seen
        return _last_without(ours, theirs), _last_without(theirs, ours)

    def given_diff(self, row: Row, tool: str) -> ValueDiff:
        """What of the arguments differs; empty unless both are known."""
        before, after = self.given(row)
        if before is None or after is None:
            return ()
        rule = self.rule.of_arguments() if may_have_side_effects(tool) else self.rule
        return diff_values(before, after, rule)

    def returned_diff(self, row: Row) -> ValueDiff:
        """What of the results differs; empty unless both steps are known."""
        if row.a is None or row.b is None or row.a not in self.a or row.b not in self.b:
            return ()
        return diff_values(self.a[row.a].returned, self.b[row.b].returned, self.rule)


def _last_without(messages: Sequence[Seen], others: Sequence[Seen]) -> tuple[Seen, ...]:
    known = Counter(each.number for each in others)
    found: list[Seen] = []
    is_behind = False
    for each in messages:
        is_known = known[each.number] > 0
        known[each.number] -= is_known
        if not is_known:
            found = [each] if is_behind else [*found, each]
        is_behind = is_known
    return tuple(found)


def changes_of(texts: RowTexts, row: Row, tool: str) -> tuple[str, ValueDiff]:
    """What became another in a row that both runs have, and how: the arguments, else the result."""
    given = texts.given_diff(row, tool)
    if given or row.levels.isdisjoint(_RETURNED):
        return "arguments", given
    return "result", texts.returned_diff(row)


def places_told(
    alignment: Alignment, rows: Sequence[Row], divergence: Divergence | None
) -> tuple[list[int], list[int]]:
    """Positions in both runs of which texts are told."""
    told = [row for row in rows if not row.levels.isdisjoint(_TOLD)][:_MOST_ROWS]
    ours = {row.a for row in told if row.a is not None and alignment.a.kind[row.a] not in CONTAINERS}
    theirs = {row.b for row in told if row.b is not None and alignment.b.kind[row.b] not in CONTAINERS}
    for a, b in _parting(rows, divergence):
        ours |= set() if a is None else {a}
        theirs |= set() if b is None else {b}
    return sorted(ours), sorted(theirs)


def settings_told(alignment: Alignment, rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Positions in both runs of model calls whose settings are told to differ, each difference once."""
    told: dict[tuple[Settings, Settings], tuple[int, int]] = {}
    for row in rows:
        if Level.CONTEXT in row.levels and row.a is not None and row.b is not None:
            pair = alignment.a.settings[row.a], alignment.b.settings[row.b]
            if pair[0] != pair[1]:
                told.setdefault(pair, (row.a, row.b))
    first = list(told.values())[:_MOST_SETTINGS]
    return sorted(a for a, _ in first), sorted(b for _, b in first)


def _parting(rows: Sequence[Row], divergence: Divergence | None) -> Iterator[tuple[int | None, int | None]]:
    if divergence is None:
        return
    yield rows[divergence.row].a, rows[divergence.row].b
    if divergence.results is not None:
        yield divergence.results
    found = divergence.parting
    if found is not None:
        yield found.actions
        yield from (pair for pair in (found.shared, found.calls) if pair is not None)
