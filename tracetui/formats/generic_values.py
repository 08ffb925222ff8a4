"""Fields whose columns no name gives away, told by the values of the first rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from tracetui.formats.generic_map import FieldMap, value_at
from tracetui.formats.generic_names import kind_named
from tracetui.formats.generic_spelled import moment_ns
from tracetui.model import JsonValue

YEAR_2001_NS = 978_307_200_000_000_000
_YEAR_2100_NS = 4_102_444_800_000_000_000
_DIGITS_OF_TIMES = (10, 13, 16, 19)
"""Digits of a time of this age in seconds, milliseconds, microseconds and nanoseconds."""

_LONGEST_ID_CHARS = 64
_LEAST_ROWS = 2
_MOST_COLUMNS = 500
_MOST_IDS = 20
_LONG_ID = re.compile(
    r"(?=.*[0-9])(?:[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4,12}){2,6}|[A-Za-z]{1,12}[-_][0-9A-Za-z]{6,40})"
)
_LONG_TEXT_CHARS = 20
POINTS = "its values are ids of other rows"
"""Why a column is taken for parents."""

Values: TypeAlias = Mapping[str, Sequence[JsonValue]]
"""Values of each column that has some in two rows or more, those that are empty left out."""


def by_values(
    chosen: dict[str, FieldMap], used: set[str], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    """Choose times, ids that point at other rows, what they point at, ids that rows share, words for kinds of steps,
    and long texts as what was asked and answered."""
    columns = columns[:_MOST_COLUMNS]
    found = {
        column: [value for row in rows if (value := row.get(column)) not in (None, "")] for column in columns
    }
    values = {
        column: held for column, held in found.items() if len(held) >= _LEAST_ROWS and column not in used
    }
    given = chosen.get("span_id")
    ids = None if given is None else [value_at(row, given.column) for row in rows]
    links = _links(values, len(rows), ids)
    linked = {
        **{offer.field: offer.column for offer in links},
        **{known.field: known.column for known in chosen.values()},
    }
    offers = (
        *_times(values, rows, chosen),
        *links,
        *_runs(values, len(rows)),
        *_shared_below(values, rows, linked),
        *_kinds(values),
        *_texts(values, chosen),
    )
    for offer in offers:
        if offer.field not in chosen and offer.column not in used:
            chosen[offer.field] = offer
            used.add(offer.column)
    name = chosen.get("name")
    if name is not None and "kind" not in chosen:
        for offer in _kinds({name.column: found.get(name.column, [])}, unknown=0):
            chosen["kind"] = offer


def nearly_all(found: Iterable[bool]) -> bool:
    """Whether no more than one in fifty is not so: of few values none."""
    known = list(found)
    return known.count(False) * 50 <= len(known)


def _times(
    values: Values, rows: Sequence[Mapping[str, Any]], chosen: Mapping[str, FieldMap]
) -> list[FieldMap]:
    """The first column of times as the start; the second, where no row has it before the first, as the end."""
    if "start" in chosen:
        return []
    moments = [column for column, held in values.items() if nearly_all(map(_is_moment, held))][:2]
    offers = [FieldMap("start", column, None, 50, "its values are times") for column in moments[:1]]
    if len(moments) > 1 and _follows(rows, *moments):
        offers.append(
            FieldMap("end", moments[1], None, 45, f"its values are times after those of {moments[0]}")
        )
    return offers


def _follows(rows: Sequence[Mapping[str, Any]], start: str, end: str) -> bool:
    pairs = [(moment_ns(row.get(start)), moment_ns(row.get(end))) for row in rows]
    known = [(first, last) for first, last in pairs if first is not None and last is not None]
    return any(first < last for first, last in known) and all(first <= last for first, last in known)


def _links(values: Values, rows: int, ids: Sequence[JsonValue] | None) -> list[FieldMap]:
    """Parents among the ids that are known, else a column of ids and another whose values are all among them."""
    if ids is not None:
        known = set(map(str, ids))
        pointing = [column for column, held in values.items() if {str(value) for value in held} <= known]
        return [FieldMap("parent_id", column, None, 60, POINTS) for column in pointing[:1]]
    for own in islice((column for column, held in values.items() if _are_ids(held, rows)), _MOST_IDS):
        known = set(map(str, values[own]))
        for column, held in values.items():
            if len(held) < rows and {str(value) for value in held} <= known:
                why = f"each row has its own, and {column} names them"
                return [
                    FieldMap("span_id", own, None, 55, why),
                    FieldMap("parent_id", column, None, 55, POINTS),
                ]
    return []


def _are_ids(held: Sequence[JsonValue], rows: int) -> bool:
    # numbers that differ from row to row may count anything
    texts = [value for value in held if isinstance(value, str) and not value.isdecimal()]
    return len(texts) == rows == len(set(texts)) and max(map(len, texts)) <= _LONGEST_ID_CHARS


def _runs(values: Values, rows: int) -> list[FieldMap]:
    """The first column of ids that several rows share and that no word or number could be."""
    why = "its values are ids that rows share"
    return [
        FieldMap("trace_id", column, None, 50, why)
        for column, held in values.items()
        if len(held) == rows and all(map(_is_long_id, held)) and len(set(map(str, held))) < rows
    ][:1]


def _shared_below(
    values: Values, rows: Sequence[Mapping[str, Any]], linked: Mapping[str, str]
) -> list[FieldMap]:
    """The first column that every row has in common with its parent, and no two rows without parents."""
    if not {"span_id", "parent_id"} <= linked.keys():
        return []
    own, up = ([_text_at(row, linked[name]) for row in rows] for name in ("span_id", "parent_id"))
    parents = {child: parent for child, parent in zip(own, up, strict=True) if parent}
    roots = set(own) - parents.keys()
    if len(roots) < _LEAST_ROWS or not parents or not set(parents.values()) <= set(own):
        return []
    return [
        FieldMap("trace_id", column, None, 55, "rows share it with their parents, and no other rows do")
        for column, held in values.items()
        if len(held) == len(rows)
        and column not in linked.values()
        and _is_of_roots(own, held, parents, roots)
    ][:1]


def _text_at(row: Mapping[str, Any], column: str) -> str:
    value = value_at(row, column)
    return "" if value is None else str(value)


def _is_of_roots(
    own: Sequence[str], held: Sequence[JsonValue], parents: Mapping[str, str], roots: set[str]
) -> bool:
    if not all(isinstance(value, (str, int)) for value in held) or len(set(map(str, held))) != len(roots):
        return False
    said = dict(zip(own, map(str, held), strict=True))
    return (
        all(said[name] == str(value) for name, value in zip(own, held, strict=True))
        and all(said[child] == said[parent] for child, parent in parents.items())
        and len({said[root] for root in roots}) == len(roots)
    )


def _is_long_id(value: JsonValue) -> bool:
    return isinstance(value, str) and _LONG_ID.fullmatch(value) is not None


def _texts(values: Values, chosen: Mapping[str, FieldMap]) -> list[FieldMap]:
    """Columns of several words or of messages: the first is what was asked, the second what was answered."""
    texts = [column for column, held in values.items() if all(map(_is_text, held))]
    fields = [field for field in ("input", "output") if field not in chosen]
    return [
        FieldMap(field, column, None, 40, "its values are texts or messages")
        for field, column in zip(fields, texts, strict=False)
    ]


def _is_text(value: JsonValue) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) and "role" in item for item in value)
    return isinstance(value, str) and len(value) >= _LONG_TEXT_CHARS and len(value.split()) > 3


def _kinds(values: Values, unknown: int = 1) -> list[FieldMap]:
    """Columns of words for kinds of steps, two or more, with no more than so many unknown words among them."""
    return [
        FieldMap("kind", column, None, 55, "its values are kinds of steps")
        for column, held in values.items()
        if all(isinstance(value, str) for value in held)
        and _tell_kinds({str(value) for value in held}, unknown)
    ]


def _tell_kinds(words: set[str], unknown: int) -> bool:
    known = {word for word in words if kind_named(word) is not None}
    return len(known) > 1 and len(words) - len(known) <= max(unknown, len(known) // 3)


def _is_moment(value: JsonValue) -> bool:
    """Whether a value is a time that nobody writes by chance: text with date and clock, or a number of this age,
    which is text in a CSV file."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return len(value) >= 16 and moment_ns(value) is not None
    if isinstance(value, str):
        value = int(value) if len(value) in _DIGITS_OF_TIMES else None
    return (
        YEAR_2001_NS < (moment_ns(value) or 0) < _YEAR_2100_NS if isinstance(value, (int, float)) else False
    )
