"""Rows of the Memory view: points of the run, keys of the state, changes of the context window."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Generic, TypeVar

from tracetui.analysis.state.replay import FILES
from tracetui.api.memory import ContextChange, KeyChange, KeyState, Point, differences
from tracetui.model import Fidelity
from tracetui.render import text
from tracetui.render.memory import WRITES, change_mark, key_words, readable, writer
from tracetui.render.safe import safe
from tracetui.tui.widgets.grid_columns import Cell, Column

T = TypeVar("T")

POINT_COLUMNS = (
    Column("step", "step", "right"), Column("changes", "±", "right"), Column("name", "what", max_width=30),
)  # fmt: skip
KEY_COLUMNS = (
    Column("mark", "", min_width=1), Column("key", "key", max_width=26), Column("step", "step", "right"),
    Column("actor", "written by", max_width=16), Column("value", "value", max_width=36), Column("size", "size", "right"),
)  # fmt: skip
CONTEXT_COLUMNS = (
    Column("step", "step", "right"), Column("change", "change"), Column("messages", "messages", "right"),
    Column("tokens", "~tokens", "right"), Column("window", "window", "right"), Column("first", "from", "right"),
    Column("evidence", "how it is known", max_width=48),
)  # fmt: skip
_STYLES = {"+": "success", "~": "warning", "»": "accent", "-": "error"}
_VALUE_CHARACTERS = 300
_PATH_CHARACTERS = 26


@dataclass(frozen=True, slots=True)
class Entry:
    """A key as it stands after a point, with the mark of what that point did to it; `change` where it did."""

    mark: str
    place: tuple[str, str, str]
    state: KeyState | None
    change: KeyChange | None


class Rows(Generic[T]):
    """Rows of a list that is in memory."""

    def __init__(
        self, columns: Sequence[Column], items: Sequence[T], cells: Callable[[T], list[Cell]]
    ) -> None:
        self.columns = columns
        self.items = items
        self._cells = cells

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.items)

    def rows(self, start: int, stop: int) -> list[list[Cell]]:
        """Cells of these rows."""
        return [self._cells(item) for item in self.items[start:stop]]


def entries_of(states: Sequence[KeyState], changed: Sequence[KeyChange]) -> list[Entry]:
    """Every key with what the last point did to it; deleted ones last."""
    last = {change.place: change for change in changed if change.op in WRITES}
    known = [
        Entry(_mark(last.get(state.place)), state.place, state, last.get(state.place)) for state in states
    ]
    there = {entry.place for entry in known}
    return [
        *known,
        *(Entry("-", place, None, change) for place, change in last.items() if place not in there),
    ]


def compared_entries(before: Sequence[KeyState], after: Sequence[KeyState]) -> list[Entry]:
    """Every key with how it differs from another point, which may be of another run; those that are gone last."""
    differing = {
        side.place: each
        for each in differences(before, after)
        if (side := each.after or each.before) is not None
    }
    signs = {"added": "+", "changed": "~", "removed": "-"}
    known = [
        Entry(
            signs[differing[state.place].word] if state.place in differing else "", state.place, state, None
        )
        for state in after
    ]
    there = {state.place for state in after}
    return [*known, *(Entry("-", state.place, state, None) for state in before if state.place not in there)]


def _mark(change: KeyChange | None) -> str:
    return "" if change is None else change_mark(change.op, change.before)


def point_cells(point: Point, wrong: Set[int] = frozenset()) -> list[Cell]:
    """A step or a moment of change between steps; `!` where a change looks wrong, as `wrong` tells by position."""
    style = "" if point.changes else "muted"
    step = str(point.step) if point.moment is None else "·"
    is_wrong = point.position in wrong
    changes = f"{point.changes or ''}{'!' if is_wrong else ''}"
    return [(step, style), (changes, "error" if is_wrong else "warning"), (point.name, style)]


def entry_cells(entry: Entry) -> list[Cell]:
    """A key with its value and who wrote it."""
    style = _STYLES.get(entry.mark, "")
    known = entry.state or entry.change
    assert known is not None
    value = entry.state.value if entry.state else entry.change.before if entry.change else None
    size = entry.state.size_bytes if entry.state else None
    return [
        (entry.mark, style), (_key_words(entry.place), style),
        (str(known.step), "muted"),
        (writer(known.actor, known.fidelity), "muted" if known.fidelity is Fidelity.INFERRED else ""),
        ("(not in the export)" if value is None else readable(entry.place[0], value)[:_VALUE_CHARACTERS], "muted" if entry.state is None else ""),
        ("" if size is None else text.size(size), "muted"),
    ]  # fmt: skip


def _key_words(place: tuple[str, str, str]) -> str:
    return safe(text.short_path(place[2], _PATH_CHARACTERS)) if place[0] == FILES else key_words(*place)


def context_cells(change: ContextChange) -> list[Cell]:
    """What entered or left at a model call."""
    style = "" if change.change == "entered" else "warning"
    return [
        (str(change.step), ""), (change.change, style), (_figure(change.messages), ""), (text.short_count(change.tokens), ""),
        (_window(change), "muted"), (_figure(change.first_position), "muted"),
        (change.evidence or "", "muted" if change.fidelity is Fidelity.EXACT else ""),
    ]  # fmt: skip


def _window(change: ContextChange) -> str:
    if change.window_tokens is None or not change.window_limit:
        return text.short_count(change.window_tokens)
    share = change.window_tokens * 100 // change.window_limit
    return f"{text.short_count(change.window_tokens)}, {share} %"


def _figure(value: int | None) -> str:
    return "" if value is None else str(value)
