"""A mapping guessed from the names of columns and from the values in the first rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tracetui.formats.conventions_values import integer_value, number_value
from tracetui.formats.generic_calls import CALLS, answered
from tracetui.formats.generic_map import FIELDS, PARTS, UNIT_FIELDS, FieldMap, SourceMap, value_at
from tracetui.formats.generic_names import GROUPS, NAMES, kind_named, plain_name, unit_in
from tracetui.formats.generic_nested import name_in, paths_in
from tracetui.formats.generic_phases import phase_in, phase_offers
from tracetui.formats.generic_spelled import moment_ns, number_in, spelled_s
from tracetui.formats.generic_status import tell_how_ended
from tracetui.formats.generic_values import POINTS, YEAR_2001_NS, by_values, nearly_all
from tracetui.formats.times import iso_to_ns, ms_to_ns, ns_to_ns, s_to_ns, us_to_ns
from tracetui.model import JsonValue, SpanKind

Row = Mapping[str, Any]

_NUMBERS = frozenset(("input_tokens", "output_tokens", "total_tokens", "cost"))
_IDS = frozenset(("trace_id", "span_id", "parent_id", "session_id", "user_id"))
_TEXTS = frozenset(("name", "kind", "model", "provider", "agent", "tool_name"))
_PART_KINDS = frozenset((SpanKind.LLM, SpanKind.TOOL, SpanKind.RETRIEVER, SpanKind.EMBEDDING))
_PAYLOADS = frozenset(("input", "output"))
_LEAST = 30
_SPEAKING = 50
_NESTED_MALUS = 10
_DEEPER_MALUS = 5
_MOST_COLUMNS = 2_000
_LEAST_ROWS = 20
_MOST_ROWS = 500
_MOST_CELLS = 20_000
"""So many values are looked at, so that a guess takes no time however wide the rows are."""

_TIMES: Mapping[str | None, Callable[[JsonValue], int | None]] = MappingProxyType(
    {None: moment_ns, "iso": iso_to_ns, "s": s_to_ns, "ms": ms_to_ns, "us": us_to_ns, "ns": ns_to_ns}
)


def columns_of(rows: Sequence[JsonValue], columns: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of rows: those of the table, else the keys of the objects in the order they appear."""
    if columns:
        return tuple(columns)
    return tuple(dict.fromkeys(str(key) for row in rows if isinstance(row, dict) for key in row))


def guess(rows: Sequence[JsonValue], columns: Sequence[str] = ()) -> SourceMap:
    """The likeliest mapping of the rows; no column is used twice, and no field where nothing speaks for it."""
    every = [row for row in rows if isinstance(row, dict)]
    names = columns_of(rows, columns)
    objects = every[: min(_MOST_ROWS, max(_LEAST_ROWS, _MOST_CELLS // max(len(names), 1)))]
    parts = _parts(objects, names[:_MOST_COLUMNS])
    paths = tuple(paths_in(objects, [name for name in names[:_MOST_COLUMNS] if name not in parts]))
    said = _conversation(paths, objects)
    spoken = {offer.column for offer in said}
    offers = [
        *said,
        *(offer for column in paths if column not in spoken for offer in _offers(column, objects)),
    ]
    paired = phase_offers(paths, every, has_parents=any(offer.field == "parent_id" for offer in offers))
    chosen: dict[str, FieldMap] = {offer.field: offer for offer in paired}
    used: set[str] = {*parts, *(offer.column for offer in paired if offer.field == "span_id")}
    if parts:
        chosen["steps"] = FieldMap("steps", PARTS.join(parts), None, 70, "objects named for kinds of steps")
    if paired:
        offers = [
            offer
            for offer in offers
            if offer.field != "span_id" and not _is_bare_phase(offer, paired[0], objects)
        ]
    for offer in sorted(offers, key=lambda offer: (offer.field == "span_id", -offer.confidence)):
        if offer.field == "span_id" and not _tells_apart(offer.column, chosen.get("trace_id"), objects):
            continue
        if offer.field not in chosen and (offer.column not in used or _is_session(offer, chosen)):
            chosen[offer.field] = offer
            used.add(offer.column)
    _take_ids(chosen, used, offers, objects, names[:_MOST_COLUMNS])
    by_values(chosen, used, objects, names[:_MOST_COLUMNS])
    _check_end(chosen, objects)
    _check_parents(chosen, objects)
    _check_cost(chosen)
    ordered = tuple(chosen[field] for field in FIELDS if field in chosen)
    return SourceMap(ordered, names)


def _parts(rows: Sequence[Row], names: Sequence[str]) -> tuple[str, ...]:
    """Columns that hold a step each: objects under names of different kinds, side by side in a row."""
    found = [
        name
        for name in names
        if kind_named(name) in _PART_KINDS and any(isinstance(row.get(name), dict) for row in rows)
    ]
    side_by_side = any(sum(isinstance(row.get(name), dict) for name in found) > 1 for row in rows)
    return tuple(found) if side_by_side and len({kind_named(name) for name in found}) == len(found) else ()


def _is_bare_phase(offer: FieldMap, phase: FieldMap, rows: Sequence[Row]) -> bool:
    """Whether a column offers to name steps of which it says nothing but that they begin and end."""
    if offer.column != phase.column or offer.field not in ("name", "kind"):
        return False
    told = [phase_in(value_at(row, phase.column)) for row in rows]
    return not any(found.stem for found in told if found is not None)


def _is_session(offer: FieldMap, chosen: Mapping[str, FieldMap]) -> bool:
    """Whether a column offers to part runs by the sessions that it names already."""
    session = chosen.get("session_id")
    return offer.field == "trace_id" and session is not None and session.column == offer.column


def _tells_apart(column: str, trace: FieldMap | None, rows: Sequence[Row]) -> bool:
    """Whether no two rows of a run share the value of a column, but for one in fifty."""
    found = [
        (str(value_at(row, trace.column)) if trace is not None else "", str(value))
        for row in rows
        if (value := value_at(row, column)) not in (None, "")
    ]
    if "." in column and len(found) * 2 < len(rows):
        return False  # the id of something that some rows speak of
    return (len(found) - len(set(found))) * 50 <= len(found)


def _take_ids(
    chosen: dict[str, FieldMap],
    used: set[str],
    offers: Sequence[FieldMap],
    rows: Sequence[Row],
    columns: Sequence[str],
) -> None:
    """Names, or a column that nothing else is told of, are the ids where rows name all their parents by them:
    `{"step": "s1", "parent": "s0"}`."""
    parent, own, name = chosen.get("parent_id"), chosen.get("span_id"), chosen.get("name")
    pointed = _values_of(rows, parent.column) if parent is not None else set()
    if not pointed or "phase" in chosen or (own is not None and pointed <= _values_of(rows, own.column)):
        return
    named = [name.column] if name is not None else []
    for column in (*named, *(column for column in columns if own is None and column not in used)):
        if pointed <= _values_of(rows, column) and _tells_apart(column, chosen.get("trace_id"), rows):
            break
    else:
        return
    chosen["span_id"] = FieldMap("span_id", column, None, 60, "parents of other rows are its values")
    used.add(column)
    if name is not None and name.column == column:
        others = [offer for offer in offers if offer.field == "name" and offer.column not in used]
        del chosen["name"]
        # a bare `step` says no more than the id; an `operation` also what was done
        if others or name.confidence > _SPEAKING:
            chosen["name"] = max(others, key=lambda offer: offer.confidence, default=name)
            used.add(chosen["name"].column)


def _values_of(rows: Sequence[Row], column: str) -> set[str]:
    return {str(value) for row in rows if (value := value_at(row, column)) not in (None, "")}


def _conversation(columns: Sequence[str], rows: Sequence[Row]) -> list[FieldMap]:
    """Columns `user` and `assistant` side by side hold what these said, not who they are."""
    known = set(columns)
    for column in columns:
        before, dot, name = column.rpartition(".")
        other = f"{before}{dot}assistant"
        if name == "user" and other in known and _are_texts(rows, column) and _are_texts(rows, other):
            why = "user and assistant stand side by side"
            return [FieldMap("input", column, None, 75, why), FieldMap("output", other, None, 75, why)]
    return []


def _are_texts(rows: Sequence[Row], column: str) -> bool:
    return all(isinstance(value_at(row, column), (str, list, type(None))) for row in rows)


def _offers(column: str, rows: Sequence[Row]) -> Iterator[FieldMap]:
    values = [value for row in rows if (value := value_at(row, column)) not in (None, "")]
    nested = "." in column and not any(column in row for row in rows)
    name = name_in(column) if nested else plain_name(column)
    bare, unit = unit_in(name)
    malus_inside = _NESTED_MALUS + _DEEPER_MALUS * (column.count(".") - 1) if nested else 0
    for field, words in NAMES.items():
        timed = field in UNIT_FIELDS
        confidence = words.get(name) or (words.get(bare) if timed and unit else None)
        if confidence is None or not _fits(field, values):
            continue
        if _speaks_against(field, name, confidence, values):
            continue
        reason = f"the name {column!r}"
        if field == "output" and tell_how_ended(values):
            field, reason = "status", f"{reason}, whose values are words for how a step ended"
        if timed:
            unit, malus, more = _unit(field, values, unit)
            confidence, reason = confidence - malus, f"{reason}, {more}"
        if not values:
            confidence, reason = confidence - 20, f"{reason}; the first rows hold no value"
        confidence -= malus_inside
        if confidence >= _LEAST:
            yield FieldMap(field, column, unit if timed else None, confidence, reason)


def _speaks_against(field: str, name: str, confidence: int, values: Sequence[JsonValue]) -> bool:
    """Whether values that could be what the field holds say that they are not."""
    if name in CALLS and not any(map(answered, values)):
        return True  # what was asked for, not what was done
    if field == "trace_id":
        return name in GROUPS and not _repeats(values)
    if field in _PAYLOADS:
        return confidence < _SPEAKING and _are_numbers(values)
    # `step` that counts
    return field == "name" and confidence <= _SPEAKING and bool(values) and _are_numbers(values)


def _repeats(values: Sequence[JsonValue]) -> bool:
    """Whether rows share values."""
    return len({str(value) for value in values}) < len(values)


def _are_numbers(values: Sequence[JsonValue]) -> bool:
    return all(number_value(value) is not None for value in values)


def _fits(field: str, values: Sequence[JsonValue]) -> bool:
    """Whether the values can be what the field holds; one in fifty may be broken."""
    if field in ("start", "end"):
        return nearly_all((moment_ns(value) or 0) > 0 for value in values)
    if field == "duration":
        return nearly_all(number_in(value) is not None or spelled_s(value) is not None for value in values)
    if field in _NUMBERS:
        # what else stands there is told row by row as a figure that cannot be read
        read = number_in if field == "cost" else integer_value
        return not values or 2 * sum(read(value) is not None for value in values) > len(values)
    if field == "steps":
        return any(values) and all(_is_list_of_objects(value) for value in values)
    if field in _IDS | _TEXTS:
        return nearly_all(isinstance(value, (str, int, bool)) for value in values)
    return True


def _is_list_of_objects(value: JsonValue) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _unit(field: str, values: Sequence[JsonValue], named: str | None) -> tuple[str | None, int, str]:
    """The unit of a time, how much less sure it makes the field, and why."""
    if field != "duration":
        if named is not None and nearly_all(number_value(value) is not None for value in values):
            return named, 0, f"in {named} as the name says"
        if nearly_all(isinstance(value, str) and number_value(value) is None for value in values):
            return None, 0, "values are times as text"
        plausible = nearly_all((moment_ns(value) or 0) > YEAR_2001_NS for value in values)
        return None, 0 if plausible else 30, "the size of the values tells the unit"
    if named is not None:
        return named, 0, f"in {named} as the name says"
    if values and nearly_all(spelled_s(value) is not None for value in values):
        return "s", 0, "values name their units"
    numbers = sorted(number for value in values if (number := number_in(value)) is not None)
    middle = numbers[len(numbers) // 2] if numbers else 0.0
    return (
        ("ms", 35, "in ms by the size of the values")
        if middle >= 100
        else ("s", 35, "in s by the size of the values")
    )


def _check_end(chosen: dict[str, FieldMap], rows: Sequence[Row]) -> None:
    """Ends that mostly lie before the starts are no ends."""
    start, end = chosen.get("start"), chosen.get("end")
    if start is None or end is None:
        return
    times = [(time_in(row, start), time_in(row, end)) for row in rows]
    early = [last < first for first, last in times if first is not None and last is not None]
    if sum(early) * 2 > len(early):
        del chosen["end"]


def time_in(row: Row, known: FieldMap) -> int | None:
    """The time in ns that a row holds in a column, in the column's unit."""
    return _TIMES[known.unit](value_at(row, known.column))


def _check_cost(chosen: dict[str, FieldMap]) -> None:
    """A bare price is that of goods, unless something tells of a model."""
    cost = chosen.get("cost")
    tells_model = chosen.keys() & {"model", "provider", "input_tokens", "output_tokens", "total_tokens"}
    if cost is not None and plain_name(cost.column.rpartition(".")[2]) == "price" and not tells_model:
        del chosen["cost"]


def _check_parents(chosen: dict[str, FieldMap], rows: Sequence[Row]) -> None:
    """Parents mean nothing without ids of their own to point at."""
    parent, own = chosen.get("parent_id"), chosen.get("span_id")
    if parent is None:
        return
    if own is None:
        del chosen["parent_id"]
        return
    pointed = _values_of(rows, parent.column)
    if pointed and pointed <= _values_of(rows, own.column):
        sure = min(parent.confidence + 4, 99)
        told = parent.why if POINTS in parent.why else f"{parent.why}; {POINTS}"
        chosen["parent_id"] = replace(parent, confidence=sure, why=told)
