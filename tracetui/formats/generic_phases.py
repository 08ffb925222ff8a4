"""Words that say of a row that it begins or ends its step, and the columns that hold them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracetui.formats.generic_map import FieldMap, value_at
from tracetui.formats.generic_names import NAMES, plain_name
from tracetui.model import JsonValue

_BEGINS = (
    "start|started|starting|begin|began|begun|enter|entered|open|opened|launch|launched|running|in_progress"
)
_ASKS = "call|called|use|request|requested|invoke|invoked|input"
_ENDS = (
    "end|ended|finish|finished|done|complete|completed|stop|stopped|exit|exited|close|closed|result|response|output"
    "|return|returned|success|succeeded"
)
_FAILS = "error|errored|failed|failure|fail|exception|timeout"
_LAST_WORD = re.compile(rf"(?:(?P<stem>.+)_)?(?P<word>{_BEGINS}|{_ASKS}|{_ENDS}|{_FAILS})")
_FIRST_WORD = re.compile(r"(?P<word>start|started|begin|end|ended|finish|finished|stop|stopped)_(?P<stem>.+)")
_CALL = re.compile(r"_(call|use|invocation|execution)\Z")
_LABELS = ("name", "tool", "tool_name", "step", "agent")
_LONGEST_CHARS = 60
_LONGEST_ID_CHARS = 64
_LEAST_UNNAMED = 2
_LEAST_APART = 5
"""So many ids that begin once and end once tell a column of ids, however many have their other half further on."""

_MOST_COLUMNS = 500
_MOST_SPOKEN = 8
_MOST_OTHERS = 100
_MOST_CELLS = 20_000
_MOST_LOOKS = 60_000
_LEAST_ROWS = 20
_MORE_IDS = frozenset(
    ("tool_call_id", "tool_use_id", "operation_id", "op_id", "action_id", "span", "activity_id")
)


@dataclass(frozen=True, slots=True)
class Phase:
    """Whether a row begins its step or ends it, what the word says the step is ("" where it does not), whether a step
    that begins so has an end to come, and whether it failed."""

    begins: bool
    stem: str = ""
    is_open: bool = False
    failed: bool = False


def phase_in(value: JsonValue) -> Phase | None:
    """What a word such as `start`, `tool_end`, `ToolStarted` or `tool_result` says; None where it is neither."""
    return _phase_of(value) if isinstance(value, str) and len(value) <= _LONGEST_CHARS else None


@lru_cache(maxsize=2_000)
def _phase_of(value: str) -> Phase | None:
    plain = plain_name(value)
    found = _LAST_WORD.fullmatch(plain) or _FIRST_WORD.fullmatch(plain)
    if found is None:
        return None
    word, stem = found["word"], _CALL.sub("", (found["stem"] or "").removeprefix("on_"))
    is_open = word in _BEGINS.split("|")
    return Phase(is_open or word in _ASKS.split("|"), stem, is_open, word in _FAILS.split("|"))


def phase_offers(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, has_parents: bool
) -> list[FieldMap]:
    """The column that tells begin from end, and the one with the id that both share, where there is one."""
    columns = columns[:_MOST_COLUMNS]
    few = rows[: max(_LEAST_ROWS, _MOST_CELLS // max(len(columns), 1))]
    spoken = [column for column in columns if _speaks(column, few)][:_MOST_SPOKEN]
    ids = [column for column in columns if _may_be_id(column)]
    found = _pairings(rows, [(phase, own) for phase in spoken for own in (*ids, *_no_id(phase))])
    if not any(pairs for pairs, _, own in found if own is not None):
        others = [column for column in columns if spoken and _may_hold_ids(column, few)][:_MOST_OTHERS]
        unnamed = [(phase, own) for phase in spoken for own in others if own != phase]
        found += [one for one in _pairings(rows, unnamed, once=True) if one[0] >= _LEAST_UNNAMED]
    pairs, phase, own = max(found, key=lambda one: (one[0], one[2] is not None), default=(0, "", None))
    if not pairs or (own is None and has_parents):
        return []
    why = f"{pairs} of the first rows end what another one begins"
    told = [FieldMap("phase", phase, None, 75 if own else 60, why)]
    return told if own is None else [*told, FieldMap("span_id", own, None, 75, why)]


def _pairings(
    rows: Sequence[Mapping[str, Any]], asked: Sequence[tuple[str, str | None]], *, once: bool = False
) -> list[tuple[int, str, str | None]]:
    """The pairs that each column of words and column of ids make, of as many rows as take no time."""
    few = rows[: max(_LEAST_ROWS, _MOST_LOOKS // max(len(asked), 1))]
    return [(_pairs(few, phase, own, once=once), phase, own) for phase, own in asked]


def _speaks(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    phases = [phase for row in rows if (phase := phase_in(value_at(row, column))) is not None]
    return any(phase.begins for phase in phases) and not all(phase.begins for phase in phases)


def _no_id(phase: str) -> tuple[None, ...]:
    """Rows of a status are only paired by an id: many steps are called the same and end in the same way."""
    return () if plain_name(phase.rpartition(".")[2]) in NAMES["status"] else (None,)


def _may_be_id(column: str) -> bool:
    name = plain_name(column.rpartition(".")[2])
    return name in NAMES["span_id"] or name in _MORE_IDS


def _may_hold_ids(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the name of a column says of it nothing else, and its values are short."""
    name = plain_name(column.rpartition(".")[2])
    if any(name in words for field, words in NAMES.items() if field != "span_id"):
        return False
    values = (value for row in rows if (value := value_at(row, column)) is not None)
    return all(isinstance(value, (str, int)) and len(str(value)) <= _LONGEST_ID_CHARS for value in values)


def _pairs(rows: Sequence[Mapping[str, Any]], phase: str, own: str | None, *, once: bool = False) -> int:
    """How many rows end what one before began, or with an id what one anywhere began.

    0 where most of them do not and no ids show that these are halves of a larger log out of order, where ids begin twice
    before they end, or where values used `once` alone count and some are not. One row in fifty may do so all the same.
    """
    open_keys: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[tuple[str, str], bool]] = Counter()
    pairs = ends = odd = 0
    for told, key in _told(rows, phase, own):
        seen[key, told.begins] += 1
        before = open_keys[key]
        open_keys[key] += 1 if told.begins else -1 if own is not None or before else 0
        if abs(open_keys[key]) > 1 or (once and seen[key, told.begins] > 1):
            odd, open_keys[key] = odd + 1, before
            if odd * 50 > len(rows):
                return 0
        ends += not told.begins
        pairs += before < 0 if told.begins else before > 0
    are_halves = own is not None and not once and pairs >= _LEAST_APART and max(seen.values()) == 1
    return pairs if pairs * 2 > ends or are_halves else 0


def _told(
    rows: Sequence[Mapping[str, Any]], column: str, own: str | None
) -> Iterator[tuple[Phase, tuple[str, str]]]:
    for row in rows:
        told = phase_in(value_at(row, column))
        value = None if own is None else value_at(row, own)
        if told is None or (own is not None and value in (None, "")):
            continue
        named = [str(row.get(key)) for key in _LABELS if key != column]
        yield told, (str(value), "") if own is not None else (told.stem, "\n".join(named))
