"""Rows that begin a step and rows that end it, put together: both get the id of one span, whose records they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracetui.formats.generic_names import kind_named
from tracetui.formats.generic_phases import Phase, phase_in
from tracetui.formats.generic_rows import RowReader
from tracetui.model import JsonValue, Origin, Span, Status

_LABELS = ("name", "tool_name", "agent")


@dataclass(frozen=True, slots=True)
class _Begun:
    span_id: str
    parent_id: str | None
    has_start: bool
    has_kind: bool
    stem: str
    labels: Mapping[str, str]


@dataclass(slots=True)
class Pairs:
    """The steps of one source that have begun and not ended; a row that ends one becomes its second record.

    A row is paired by its id; without one by what it is called, where one open step alone can be meant.
    """

    rows: RowReader
    _open: dict[tuple[str, str | None], list[_Begun]] = field(default_factory=dict)
    _traces: dict[str, str] = field(default_factory=dict)
    _uses: Counter[tuple[str, str]] = field(default_factory=Counter)

    def span(self, row: JsonValue, number: int, origin: Origin) -> Span:
        """The span of a row as the beginning or the end of its step, or as it is."""
        span = self.rows.span(row, number, origin)
        if not isinstance(row, dict) or self.rows.known.of("phase") is None:
            return span
        phase = phase_in(self.rows.value(row, "phase"))
        own = self._own(span, row)
        if own is not None and self.rows.value(row, "trace_id") is None:
            span.trace_id = self._traces.get(own, span.trace_id)
        if phase is None:
            self._beside(span, own, number)
        elif phase.begins:
            self._begin(span, row, number, phase)
        else:
            self._end(span, row, phase)
        return span

    def _own(self, span: Span, row: Mapping[str, Any]) -> str | None:
        return span.span_id if self.rows.value(row, "span_id") is not None else None

    def _beside(self, span: Span, own: str | None, number: int) -> None:
        """A row of neither phase with the id of an open step happened in it."""
        held = self._open.get((span.trace_id, own)) if own is not None else None
        if held:
            span.span_id, span.parent_id = f"row-{number}", held[-1].span_id

    def _begin(self, span: Span, row: Mapping[str, Any], number: int, phase: Phase) -> None:
        own = self._own(span, row)
        if own is not None:
            self._uses[span.trace_id, own] += 1
            uses = self._uses[span.trace_id, own]
            span.span_id = own if uses == 1 else f"{own}~{uses}"
            self._traces[own] = span.trace_id
        self._rename(span, row, phase, otherwise=span.name)
        span.name = span.name or f"step {number}"
        if phase.is_open and span.end_ns is None and span.status in (None, Status.UNSET, Status.OK):
            span.status = Status.UNFINISHED
        begun = _Begun(
            span.span_id, span.parent_id, span.start_ns is not None, span.kind is not None, phase.stem,
            self._labels(row),
        )  # fmt: skip
        self._open.setdefault((span.trace_id, own), []).append(begun)

    def _end(self, span: Span, row: Mapping[str, Any], phase: Phase) -> None:
        begun = self._taken(span.trace_id, self._own(span, row), phase.stem, self._labels(row))
        if phase.failed and span.status in (None, Status.UNSET):
            span.status = Status.ERROR
        if begun is None:
            self._rename(span, row, phase, otherwise=span.name)
            return
        self._rename(span, row, phase)
        span.name = span.name if self._is_named(row) else span.tool_name
        span.span_id, span.parent_id = begun.span_id, span.parent_id or begun.parent_id
        if span.end_ns is None:
            span.start_ns, span.end_ns = None, span.start_ns
        if begun.has_start:
            span.start_ns = None
        if self.rows.value(row, "kind") is None and begun.has_kind:
            span.kind = None

    def _taken(self, trace_id: str, own: str | None, stem: str, labels: Mapping[str, str]) -> _Begun | None:
        """The one open step that ends here, which is open no more."""
        held = self._open.get((trace_id, own), [])
        fitting = [begun for begun in held if own is not None or _is_same(begun, stem, labels)]
        if not fitting or (own is None and len(fitting) > 1):
            return None
        begun = fitting[-1]
        held.remove(begun)
        if not held:
            del self._open[trace_id, own]
            if own is not None:
                self._traces.pop(own, None)
        return begun

    def _labels(self, row: Mapping[str, Any]) -> dict[str, str]:
        values = ((name, self.rows.value(row, name)) for name in _LABELS if not self._tells_phase(name))
        return {name: str(value) for name, value in values if value is not None}

    def _is_named(self, row: Mapping[str, Any]) -> bool:
        return not self._tells_phase("name") and self.rows.value(row, "name") is not None

    def _tells_phase(self, name: str) -> bool:
        known, phase = self.rows.known.of(name), self.rows.known.of("phase")
        return known is not None and phase is not None and known.column == phase.column

    def _rename(self, span: Span, row: Mapping[str, Any], phase: Phase, otherwise: str | None = None) -> None:
        """Call the step what it is, not that it began or ended."""
        if self._tells_phase("kind"):
            span.kind_original = phase.stem or None
            span.kind = span.kind if phase.stem else None
        span.kind = span.kind or kind_named(phase.stem)
        if not self._is_named(row):
            spoken = otherwise if phase_in(otherwise) is None else None
            span.name = span.tool_name or span.kind_original or phase.stem or spoken


def _is_same(begun: _Begun, stem: str, labels: Mapping[str, str]) -> bool:
    """Whether nothing that both rows say tells the steps apart."""
    return begun.stem == stem and all(
        labels.get(name, value) == value for name, value in begun.labels.items()
    )
