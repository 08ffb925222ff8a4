"""Records of other formats in one source: what its format does not know is offered to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from tracetui import formats
from tracetui.formats.contract import Format, Head
from tracetui.model import Entry, ImportIssue, JsonValue, Record, Severity, Skipped
from tracetui.workers.held_back import HeldBack

Read: TypeAlias = Callable[[Format, Iterable[Record]], Iterator[Entry]]

_SURE = 60
_LIKELY = 38
"""So sure a format has to be of records that nobody else knows."""

_HEAD_VALUES = 20
_MOST_SHAPES = 500
_WORDS = ("type", "kind", "role", "object", "event")


@dataclass(slots=True)
class Mixed:
    """The entries of a source whose records are of several formats, each with the format that made it.

    Held back are records that may be those of another format: those of which another one is sure while the source's own
    does not know them by themselves, and those that it skips. They are skipped after all where none reads them.
    `is_table` says that all records have the same columns, so that none of them is another's.
    """

    source: str
    known: Sequence[Format]
    read: Read
    is_table: bool = False
    _held: HeldBack = field(default_factory=HeldBack)
    _own_shapes: set[object] = field(default_factory=set)

    def entries(self, first: Format, records: Iterable[Record]) -> Iterator[tuple[Format, Entry]]:
        """What the source's own format makes of it, then what others make of what is left."""
        form, tried = first, [first]
        try:
            yield from self._of(form, records)
            while len(self._held) and (found := self._other(tried)) is not None:
                form, why = found
                tried.append(form)
                with closing(self._held) as left:
                    self._held = HeldBack()
                    yield form, _told(form, left, why)
                    yield from self._of(form, left.records())
            for entry in self._held.skipped():
                yield form, entry
        finally:
            self._held.close()

    def _of(self, form: Format, records: Iterable[Record]) -> Iterator[tuple[Format, Entry]]:
        self._own_shapes.clear()
        for entry in self.read(form, self._left_to(form, records)):
            if not (self.known and self._held.hold(entry)):
                yield form, entry

    def _left_to(self, form: Format, records: Iterable[Record]) -> Iterator[Record]:
        """The records without those that another format knows."""
        for record in records:
            if not self._is_claimed(form, record) or not self._held.hold(_foreign(record)):
                yield record

    def _is_claimed(self, form: Format, record: Record) -> bool:
        """Whether a format is sure of a record by itself, of which its source's own knows nothing.

        Records of one shape are looked at once; many readers take whatever has an id, so they cannot be asked.
        """
        if self.is_table or not self.known or len(self._own_shapes) >= _MOST_SHAPES:
            return False
        shape = _shape_of(record.value)
        if shape in self._own_shapes:
            return False
        head = Head([record.value], (), self.source)
        if formats.recognise(head, (form,)) is None:
            found = formats.recognise(head, [other for other in self.known if other.name != form.name])
            if found is not None and found[1].confidence >= _SURE:
                return True
        self._own_shapes.add(shape)
        return False

    def _other(self, tried: Sequence[Format]) -> tuple[Format, str] | None:
        """The format that is surest of what is held, all of it or a record of it."""
        values = [record.value for record in islice(self._held.records(), _HEAD_VALUES)]
        others = [form for form in self.known if form not in tried]
        for some in (values, *([value] for value in values)):
            found = formats.recognise(Head(some, (), self.source), others)
            if found is not None and found[1].confidence >= _LIKELY:
                return found[0], found[1].why
        return None


def _foreign(record: Record) -> Skipped:
    return Skipped(record.origin, "unknown_shape", "a record of another format", Severity.WARNING)


def _shape_of(value: JsonValue) -> object:
    """What records of one kind have in common: their keys, and the words that tell kinds of records apart."""
    if isinstance(value, list):
        first = value[0] if value else None
        return (list, *first) if isinstance(first, dict) else (list, type(first))
    if not isinstance(value, dict):
        return type(value)
    inner = (tuple(held) for held in value.values() if isinstance(held, dict))
    words = (held for key in _WORDS if isinstance(held := value.get(key), str))
    return (*value, *words, *inner)


def _told(form: Format, left: HeldBack, why: str) -> ImportIssue:
    first, last = left.first, left.last
    assert first is not None
    assert last is not None
    lines = "" if first.line is None else f" (lines {first.line:,} to {last.line:,})"
    if len(left) == 1 and first.line is not None:
        lines = f" (line {first.line:,})"
    many = "a record" if len(left) == 1 else f"{len(left):,} records"
    are = "is" if len(left) == 1 else "are"
    message = f"{many}{lines} {are} of another format, read as {form.name}: {why}"
    return ImportIssue("mixed_formats", message, Severity.INFO, first.line, first.byte_offset)
