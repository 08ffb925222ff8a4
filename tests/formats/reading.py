"""Values as records, and records as entries, for tests of formats."""

from __future__ import annotations

from typing import Any

from tracetui.formats.contract import Format
from tracetui.model import Entry, Origin, Record, Span
from tracetui.reading.lenient import loads


def entries_of(known: Format, *values: Any, source: str = "test") -> list[Entry]:
    """What a format makes of values, each a line of its own."""
    records = (Record(value, Origin(line, 0, 0)) for line, value in enumerate(values, 1))
    return list(known.read(records, source))


def spans_of(known: Format, *values: Any) -> list[Span]:
    """The spans among what a format makes of values; anything else fails."""
    entries = entries_of(known, *values)
    assert all(isinstance(entry, Span) for entry in entries), entries
    return [entry for entry in entries if isinstance(entry, Span)]


def span_of(known: Format, value: Any) -> Span:
    """The one span that a format makes of a value."""
    (span,) = spans_of(known, value)
    return span


def values_of(text: bytes) -> list[Any]:
    """The values of a JSON document or of JSON lines."""
    try:
        return [loads(text)[0]]
    except ValueError:
        return [loads(line)[0] for line in text.splitlines() if line.strip()]
