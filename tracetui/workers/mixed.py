"""Records of other formats in one source: what its format does not know is offered to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tracetui import formats
from tracetui.formats.contract import Format, Head
from tracetui.model import Entry, ImportIssue, Record, Severity, Skipped
from tracetui.reading import lenient

Read: TypeAlias = Callable[[Format, Iterable[Record]], Iterator[Entry]]

_CODE = "unknown_shape"
_SURE = 60
_HEAD_VALUES = 20
_MOST_HELD_BYTES = 32_000_000


@dataclass(slots=True)
class Mixed:
    """The entries of a source whose records are of several formats, each with the format that made it.

    Held back are skipped records of a shape that the format does not know, up to 32 MB; they are skipped after all
    where no other format is sure of them.
    """

    source: str
    known: Sequence[Format]
    read: Read
    _held: list[tuple[Skipped, Record]] = field(default_factory=list)
    _held_bytes: int = 0

    def entries(self, first: Format, records: Iterable[Record]) -> Iterator[tuple[Format, Entry]]:
        """What the source's own format makes of it, then what others make of what is left."""
        form, tried = first, [first]
        yield from self._of(form, records)
        while self._held and (found := self._other(tried)) is not None:
            form, why = found
            tried.append(form)
            left, self._held, self._held_bytes = self._held, [], 0
            yield form, _told(form, [record for _, record in left], why)
            yield from self._of(form, (record for _, record in left))
        for entry, _ in self._held:
            yield form, entry

    def _of(self, form: Format, records: Iterable[Record]) -> Iterator[tuple[Format, Entry]]:
        for entry in self.read(form, records):
            if isinstance(entry, Skipped) and entry.code == _CODE and self._hold(entry):
                continue
            yield form, entry

    def _hold(self, entry: Skipped) -> bool:
        raw = entry.origin.raw
        if raw is None or self._held_bytes + len(raw) > _MOST_HELD_BYTES:
            return False
        try:
            value, _ = lenient.loads(raw)
        except lenient.NotJson:  # a row of CSV
            return False
        self._held.append((entry, Record(value, entry.origin)))
        self._held_bytes += len(raw)
        return True

    def _other(self, tried: Sequence[Format]) -> tuple[Format, str] | None:
        """The format that is surest of what is held."""
        values = [record.value for _, record in self._held[:_HEAD_VALUES]]
        others = [form for form in self.known if form not in tried]
        found = formats.recognise(Head(values, (), self.source), others)
        return (found[0], found[1].why) if found is not None and found[1].confidence >= _SURE else None


def _told(form: Format, left: Sequence[Record], why: str) -> ImportIssue:
    first, last = left[0].origin, left[-1].origin
    lines = "" if first.line is None else f" (lines {first.line:,} to {last.line:,})"
    message = f"{len(left):,} records{lines} are of another format, read as {form.name}: {why}"
    return ImportIssue("mixed_formats", message, Severity.INFO, first.line, first.byte_offset)
