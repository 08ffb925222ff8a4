"""Records of other formats in one source: what its format does not know is offered to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from tracetui import formats
from tracetui.formats.contract import Format, Head
from tracetui.model import Entry, ImportIssue, Record, Severity
from tracetui.workers.held_back import HeldBack

Read: TypeAlias = Callable[[Format, Iterable[Record]], Iterator[Entry]]

_SURE = 60
_HEAD_VALUES = 20


@dataclass(slots=True)
class Mixed:
    """The entries of a source whose records are of several formats, each with the format that made it.

    Held back are skipped records that may be those of another format; they are skipped after all where none is sure
    of them.
    """

    source: str
    known: Sequence[Format]
    read: Read
    _held: HeldBack = field(default_factory=HeldBack)

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
        for entry in self.read(form, records):
            if not (self.known and self._held.hold(entry)):
                yield form, entry

    def _other(self, tried: Sequence[Format]) -> tuple[Format, str] | None:
        """The format that is surest of what is held."""
        values = [record.value for record in islice(self._held.records(), _HEAD_VALUES)]
        others = [form for form in self.known if form not in tried]
        found = formats.recognise(Head(values, (), self.source), others)
        return (found[0], found[1].why) if found is not None and found[1].confidence >= _SURE else None


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
