"""How a call writes to a file, and the patches of `apply_patch` as such writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """What a call did to a file."""

    WHOLE = "the whole file"
    PARTS = "parts of the file"
    APPENDED = "appended to the file"
    INSERTED = "inserted into the file"
    DELETED = "deleted the file"
    UNKNOWN = "the file; what it wrote does not stand in the call"


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that another took the place of, once or wherever it stood."""

    old: str
    new: str
    is_everywhere: bool = False


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One file that a call wrote. `text` is all of it, what was appended, or what was inserted after `line` lines;
    `pieces` are the parts that were replaced."""

    path: str
    way: Way
    text: str | None = None
    pieces: Sequence[Piece] = ()
    line: int | None = None


_FILE = {"*** Add File: ": Way.WHOLE, "*** Update File: ": Way.PARTS, "*** Delete File: ": Way.DELETED}
_MOVE = "*** Move to: "


def patch_writes(patch: str) -> Iterator[FileWrite]:
    """The files of a patch between `*** Begin Patch` and `*** End Patch`; nothing of any other text."""
    way, path, lines = Way.UNKNOWN, "", list[str]()
    for line in [*patch.split("\n"), "*** End Patch"]:
        start = next((sign for sign in _FILE if line.startswith(sign)), None)
        if start is None and not line.startswith("*** End Patch"):
            lines.append(line)
            continue
        if path:
            yield from _file_of(path, way, lines)
        way, path, lines = (_FILE[start], line[len(start) :].strip(), []) if start else (Way.UNKNOWN, "", [])


def _file_of(path: str, way: Way, lines: Sequence[str]) -> Iterator[FileWrite]:
    if way is Way.WHOLE:
        yield FileWrite(path, way, "".join(f"{line[1:]}\n" for line in lines if line.startswith("+")))
        return
    moved = next((line[len(_MOVE) :].strip() for line in lines if line.startswith(_MOVE)), None)
    if way is Way.DELETED or moved:
        yield FileWrite(path, Way.DELETED)
    if way is Way.PARTS:
        yield FileWrite(moved or path, way, None, tuple(_pieces(lines)))


def _pieces(lines: Sequence[str]) -> Iterator[Piece]:
    """One piece a hunk: its lines as they were, and as they are; context stands in both."""
    old, new = list[str](), list[str]()
    for line in [*lines, "@@"]:
        sign = line[:1]
        if sign in ("-", " "):
            old.append(line[1:])
        if sign in ("+", " "):
            new.append(line[1:])
        if sign == "@" and (old or new):
            if old != new:
                yield Piece("\n".join(old), "\n".join(new))
            old, new = [], []
