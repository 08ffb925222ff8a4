"""What the tests of this package share: open inputs, read everything, and check that nothing went missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from tracetui.model import ImportIssue, Record
from tracetui.reading.inputs import Limits, SourceFile, open_inputs


@dataclass(slots=True)
class Opened:
    """Everything that one opening gave: sources, their records by name, and all issues."""

    sources: dict[str, SourceFile] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    issues: list[ImportIssue] = field(default_factory=list)

    @property
    def values(self) -> list[Any]:
        return [record.value for records in self.records.values() for record in records]

    @property
    def codes(self) -> list[str]:
        return [issue.code for issue in self.issues]

    @property
    def skipped(self) -> int:
        return sum(issue.skipped for issue in self.issues)

    @property
    def only(self) -> SourceFile:
        (source,) = self.sources.values()
        return source


def read_all(
    *paths: Path | str, limits: Limits | None = None, stdin: bytes | None = None, look_first: bool = True
) -> Opened:
    """Open the paths and read every source to its end, looking at its head first as an import does."""
    opened = Opened()
    pipe = None if stdin is None else BytesIO(stdin)
    for found in open_inputs([str(path) for path in paths], limits=limits, stdin=pipe):
        if isinstance(found, ImportIssue):
            opened.issues.append(found)
            continue
        head = found.head()[0] if look_first else None
        progress: list[int] = []
        records = list(found.records(opened.issues.append, progress.append))
        opened.sources[found.name] = found
        opened.records[found.name] = records
        assert progress == sorted(progress)
        assert progress[-1] == found.size_bytes
        assert head is None or head == [record.value for record in records[: len(head)]]
    return opened


def read_bytes(folder: Path, content: bytes, *, limits: Limits | None = None, name: str = "export") -> Opened:
    """The same for one file with this content."""
    path = folder / name
    path.write_bytes(content)
    return read_all(path, limits=limits)


def check_places(content: bytes, records: Iterable[Record]) -> None:
    """Every record stands in the content exactly where it says."""
    for record in records:
        origin = record.origin
        assert origin.raw is not None
        assert len(origin.raw) == origin.byte_length
        assert content[origin.byte_offset : origin.byte_offset + origin.byte_length] == origin.raw
        assert origin.line == content.count(b"\n", 0, origin.byte_offset) + 1
