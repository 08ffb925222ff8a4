"""Records that a format skipped, kept in a temporary file until it is known whether another one reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from tracetui.model import Entry, Origin, Record, Severity, Skipped
from tracetui.reading import lenient

_CODES = frozenset(("unknown_shape", "missing_id", "no_message"))
"""What a format says of records that may be those of another one."""

_MOST_BYTES = 1_000_000_000
_MOST_IN_MEMORY_BYTES = 1_000_000


@dataclass(slots=True)
class HeldBack:
    """Skipped records in the order of their source, up to 1 GB of them; each element of a record is one."""

    first: Origin | None = None
    last: Origin | None = None
    _count: int = 0
    _bytes: int = 0
    _file: IO[bytes] = field(default_factory=partial(SpooledTemporaryFile, _MOST_IN_MEMORY_BYTES), repr=False)

    def __len__(self) -> int:
        return self._count

    def hold(self, entry: Entry) -> bool:
        """Keep an entry if it is a record that others may know; whether it is kept."""
        if not isinstance(entry, Skipped) or entry.code not in _CODES:
            return False
        raw = entry.origin.raw or b""
        if self._bytes + len(raw) > _MOST_BYTES or not _is_json(raw):
            return False
        self.first, self.last = self.first or entry.origin, entry.origin
        self._file.write(_line(entry, len(raw)) + raw)
        self._count, self._bytes = self._count + 1, self._bytes + len(raw)
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def skipped(self) -> Iterator[Skipped]:
        """What is kept, as it was skipped."""
        self._file.seek(0)
        for _ in range(self._count):
            facts: Any = lenient.loads(self._file.readline())[0]
            line, byte_offset, byte_length, code, reason, severity, size_bytes = facts
            origin = Origin(line, byte_offset, byte_length, self._file.read(size_bytes))
            yield Skipped(origin, code, reason, Severity(severity))

    def records(self) -> Iterator[Record]:
        """What is kept, as records to be read by another format."""
        for entry in self.skipped():
            yield Record(lenient.loads(entry.origin.raw or b"")[0], entry.origin)


def _line(entry: Skipped, size_bytes: int) -> bytes:
    origin = entry.origin
    facts = (origin.line, origin.byte_offset, origin.byte_length, entry.code, entry.reason, entry.severity)
    return lenient.dumps((*facts, size_bytes)).encode("utf-8", "replace") + b"\n"


def _is_json(raw: bytes) -> bool:
    """Whether a record can be read again; a row of CSV cannot."""
    try:
        lenient.loads(raw)
    except lenient.NotJson:
        return False
    return True
