"""The steps that a row lists inside itself, as spans below it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tracetui.formats.generic_guess import guess
from tracetui.formats.generic_map import STEP_FIELDS, SourceMap, value_at
from tracetui.formats.generic_rows import RowReader
from tracetui.model import JsonValue, Origin, Span

BELOW = "/steps/"
"""Stands in the id of a step between the id of its row and its own."""

_HEAD_STEPS = 20


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the lists of steps in rows; `own` reads one step, through a mapping that is said, or guessed from the longest list."""

    rows: RowReader
    own: RowReader

    def below(self, parent: Span, row: JsonValue, origin: Origin) -> Iterator[Span]:
        """The steps in a row under its span. Their ids hold within the row alone; their record is the row."""
        found = [
            self.own.span(item, number, origin) for number, item in enumerate(_steps(self.rows.known, row), 1)
        ]
        named = {span.span_id for span in found}
        seen: set[str] = set()
        for number, span in enumerate(found, 1):
            inside = span.parent_id if span.parent_id in named else None
            own_id = span.span_id if span.span_id not in seen else f"step-{number}"
            seen.add(own_id)
            span.is_derived = True
            span.trace_id, span.span_id = parent.trace_id, f"{parent.span_id}{BELOW}{own_id}"
            span.parent_id = parent.span_id if inside is None else f"{parent.span_id}{BELOW}{inside}"
            yield span


def step_reader(rows: RowReader, first: Iterable[JsonValue]) -> StepReader | None:
    """What reads the steps in rows, from the first rows; None where no column holds lists of steps."""
    known = with_steps(rows.known, first).inner
    return None if known is None else StepReader(rows, RowReader(known, rows.whole, "step"))


def with_steps(known: SourceMap, first: Iterable[JsonValue]) -> SourceMap:
    """The mapping with that of the steps inside rows, which is guessed from the first rows where it is not said."""
    if known.of("steps") is None:
        return replace(known, inner=None)
    longest = max((_steps(known, row) for row in first), key=len, default=[])  # ids hold within one row
    found = guess(longest[:_HEAD_STEPS])
    if known.inner is not None:
        return replace(known, inner=replace(known.inner, columns=known.inner.columns or found.columns))
    fields = tuple(entry for entry in found.fields if entry.field in STEP_FIELDS)
    return replace(known, inner=replace(found, fields=fields))


def _steps(known: SourceMap, row: JsonValue) -> list[dict[str, Any]]:
    column = known.of("steps")
    held = value_at(row, column.column) if isinstance(row, dict) and column is not None else None
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []
