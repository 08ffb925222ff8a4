"""The steps that a row lists inside itself, as spans below it, with the steps that these list themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracetui.formats.generic_calls import CALLS, answered
from tracetui.formats.generic_guess import guess
from tracetui.formats.generic_map import PARTS, STEP_FIELDS, SourceMap, steps_at
from tracetui.formats.generic_names import NAMES, plain_name
from tracetui.formats.generic_rows import RowReader
from tracetui.model import JsonValue, Origin, Span, SpanKind

BELOW = "/steps/"
"""Stands in the id of a step between the id of its row and its own."""

_HEAD_STEPS = 20
_MOST_LEVELS = 50
_TELLING = frozenset(("kind", "tool_name", "input", "output", "start"))
_Step = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the lists of steps in rows; `own` reads one step, through a mapping that is said, or guessed from the longest list."""

    rows: RowReader
    own: RowReader

    def below(self, parent: Span, row: JsonValue, origin: Origin) -> Iterator[Span]:
        """The steps in a row under its span. Their ids hold within the row alone; their record is the row."""
        column = self.rows.known.of("steps")
        key = column.column.rpartition(".")[2] if column is not None else ""
        waiting = [(parent, key, _steps(self.rows.known, row), 1)]
        while waiting:
            above, key, steps, level = waiting.pop()
            for span, step in self._level(above, key, steps, origin):
                inside = _inside(step) if level < _MOST_LEVELS else None
                if inside is not None:
                    span.attributes = {name: value for name, value in step.items() if name != inside[0]}
                    span.kind = span.kind or SpanKind.CHAIN
                    waiting.append((span, *inside, level + 1))
                yield span

    def _level(
        self, parent: Span, key: str, steps: Sequence[dict[str, Any]], origin: Origin
    ) -> Iterator[tuple[Span, dict[str, Any]]]:
        found = [self.own.span(step, number, origin) for number, step in enumerate(steps, 1)]
        named = {span.span_id for span in found}
        seen: set[str] = set()
        for number, span in enumerate(found, 1):
            inside = span.parent_id if span.parent_id in named else None
            own_id = span.span_id if span.span_id not in seen else f"step-{number}"
            seen.add(own_id)
            span.is_derived = True
            span.trace_id, span.span_id = parent.trace_id, f"{parent.span_id}{BELOW}{own_id}"
            span.parent_id = parent.span_id if inside is None else f"{parent.span_id}{BELOW}{inside}"
            if plain_name(key) in CALLS:
                span.kind = SpanKind.TOOL
            if span.kind is SpanKind.TOOL:
                span.tool_name = span.tool_name or span.name
            yield span, steps[number - 1]


def step_reader(rows: RowReader, first: Iterable[JsonValue]) -> StepReader | None:
    """What reads the steps in rows, from the first rows; None where no column holds lists of steps."""
    known = with_steps(rows.known, first).inner
    return None if known is None else StepReader(rows, RowReader(known, rows.whole, "step"))


def with_steps(known: SourceMap, first: Iterable[JsonValue]) -> SourceMap:
    """The mapping with that of the steps inside rows, which is guessed from the first rows where it is not said."""
    if known.of("steps") is None:
        return replace(known, inner=None)
    longest = max((_steps(known, row) for row in first), key=len, default=[])  # ids hold within one row
    found = guess([*longest[:_HEAD_STEPS], *_next_level(longest)])
    if known.inner is not None:
        return replace(known, inner=replace(known.inner, columns=known.inner.columns or found.columns))
    fields = tuple(entry for entry in found.fields if entry.field in STEP_FIELDS)
    return replace(known, inner=replace(found, fields=fields))


def tells_steps(known: SourceMap, rows: Sequence[JsonValue]) -> bool:
    """Whether what a document lists as steps can be told to be some."""
    inner, column = with_steps(known, rows).inner, known.of("steps")
    if inner is None or column is None:
        return False
    telling = _TELLING - {"kind"} if PARTS in column.column else _TELLING  # their kinds are their keys
    return any(entry.field in telling for entry in inner.fields)


def _next_level(steps: Sequence[_Step]) -> list[dict[str, Any]]:
    held = (inside for step in steps[:_HEAD_STEPS] if (inside := _inside(step)) is not None)
    return [step for _, steps in held for step in steps][:_HEAD_STEPS]


def _inside(step: _Step) -> tuple[str, list[dict[str, Any]]] | None:
    """The list of steps that a step holds, with its key."""
    for key, value in step.items():
        name = plain_name(str(key)) if isinstance(value, list) and value else ""
        is_asked = name in CALLS and not answered(value)
        if name in NAMES["steps"] and not is_asked and all(isinstance(item, dict) for item in value):
            return str(key), value
    return None


def _steps(known: SourceMap, row: JsonValue) -> list[dict[str, Any]]:
    column = known.of("steps")
    return steps_at(row, column.column) if isinstance(row, dict) and column is not None else []
