"""Rows out of order: one that ends a step waits for the one that begins it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tracetui.formats.generic_guess import time_in
from tracetui.formats.generic_map import SourceMap, value_at
from tracetui.formats.generic_phases import phase_in
from tracetui.model import JsonValue, Origin

Place: TypeAlias = tuple[JsonValue, int, Origin]
"""A row, its number from 1, and where it stands."""

_MOST_WAITING_BYTES = 30_000_000
_ROW_BYTES = 200
"""What a row takes besides its text, which it does several times."""

_MOST_OF_ONE_ID = 100
_Key: TypeAlias = tuple[str, str]


def begins_first(places: Iterable[Place], known: SourceMap) -> Iterator[Place]:
    """The rows, each that ends a step after the one with the same id that begins it, whatever their order.

    Of those that wait 30 MB are held at most; what nothing begins comes last. Rows without times stay in order.
    """
    if not (known.of("phase") and known.of("span_id") and (known.of("start") or known.of("end"))):
        yield from places
        return
    waiting = _Waiting(known)
    for place in places:
        yield from waiting.put(place)
    yield from waiting.rest()


@dataclass(slots=True)
class _Waiting:
    """Rows that end what nothing has begun yet, by run and id."""

    known: SourceMap
    _held: dict[_Key, list[Place]] = field(default_factory=dict)
    _open: Counter[_Key] = field(default_factory=Counter)
    _traces: dict[str, str] = field(default_factory=dict)
    _bytes: int = 0

    def put(self, place: Place) -> Iterator[Place]:
        """What can be read now: the row unless it has to wait, and the one that waited for it."""
        row = place[0]
        if not isinstance(row, dict):
            yield place
            return
        phase, own = phase_in(self._value(row, "phase")), self._value(row, "span_id")
        if phase is None or own in (None, ""):
            yield place
        elif phase.begins:
            yield from self._begin(place, self._key(row, str(own)))
        else:
            yield from self._end(place, self._key(row, str(own)))

    def rest(self) -> Iterator[Place]:
        """What is still waiting."""
        for held in self._held.values():
            yield from held
        self._held.clear()

    def _begin(self, place: Place, key: _Key) -> Iterator[Place]:
        held = self._held.get(key, [])
        ended = self._first_after(held, self._time(place))
        if ended is None:
            yield from self._released(key)  # they end what began before the source does
            self._open[key] += 1
            self._traces[key[1]] = key[0]
            yield place
            return
        held.remove(ended)
        self._bytes -= _size(ended)
        if not held:
            del self._held[key]
        yield place
        yield ended

    def _end(self, place: Place, key: _Key) -> Iterator[Place]:
        if self._open[key] > 0:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
                self._traces.pop(key[1], None)
            yield place
            return
        self._held.setdefault(key, []).append(place)
        self._bytes += _size(place)
        if len(self._held[key]) > _MOST_OF_ONE_ID:
            yield from self._released(key)
        while self._bytes > _MOST_WAITING_BYTES:
            yield from self._released(next(iter(self._held)))

    def _released(self, key: _Key) -> list[Place]:
        held = self._held.pop(key, [])
        self._bytes -= sum(map(_size, held))
        return held

    def _first_after(self, held: list[Place], begun_ns: int | None) -> Place | None:
        """The first of the ends of an id that do not lie before its begin."""
        timed = [(self._time(place), place) for place in held]
        fitting = [
            (time or 0, place)
            for time, place in timed
            if time is None or begun_ns is None or time >= begun_ns
        ]
        return min(fitting, key=lambda found: found[0])[1] if fitting else None

    def _key(self, row: Mapping[str, Any], own: str) -> _Key:
        trace = self._value(row, "trace_id")
        return (self._traces.get(own, "") if trace in (None, "") else str(trace)), own

    def _time(self, place: Place) -> int | None:
        row = place[0]
        times = (self.known.of("end"), self.known.of("start"))
        found = (time_in(row, known) for known in times if known is not None and isinstance(row, dict))
        return next((time for time in found if time is not None), None)

    def _value(self, row: Mapping[str, Any], name: str) -> JsonValue:
        known = self.known.of(name)
        return None if known is None else value_at(row, known.column)


def _size(place: Place) -> int:
    return place[2].byte_length + _ROW_BYTES
