"""Differences of texts and JSON values as display lines: removed and added lines with what differs in them stressed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tracetui.analysis.diff.json import Change, JsonChange, path_text
from tracetui.analysis.diff.text import Piece, TextPiece, diff_text, patched, unpatched
from tracetui.analysis.diff.values import ValueDiff
from tracetui.model import JsonValue
from tracetui.reading.lenient import dumps
from tracetui.render.lines import LineKind, Lines

_AROUND_LINES = 3
"""Equal lines that stay in view beside changed ones; longer stretches begin folded."""
_LONG_CHARS = 60
"""Strings longer than this are compared word by word where both sides are strings."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_AFTER, _BEFORE = 0, 1


def value_diff_lines(diff: ValueDiff) -> Lines:
    """Lines of a difference of values; none for equals."""
    lines = Lines([])
    add_value_diff(lines, diff)
    return lines


def add_value_diff(lines: Lines, diff: ValueDiff, depth: int = 0) -> None:
    """Append what differs between two values."""
    pieces = [piece for piece in diff if isinstance(piece, TextPiece)]
    if pieces:
        add_text_diff(lines, pieces, depth)
    for change in diff:
        if isinstance(change, JsonChange):
            _add_change(lines, change, depth)


def add_heading(lines: Lines, words: str) -> None:
    """Append a line that says what follows; none for no words."""
    if words:
        _add_line(lines, LineKind.SAME, words, 0)


def add_text_diff(lines: Lines, pieces: Sequence[TextPiece], depth: int = 0) -> None:
    """Append a text comparison: `− before` and `+ after` for lines that differ, equal ones as they are."""
    first = len(lines.sources)
    lines.sources.extend((patched(pieces), unpatched(pieces)))
    begin = len(lines)
    _TextWalk(lines, first, depth).walk(pieces)
    _fold_equal(lines, begin)


def _add_change(lines: Lines, change: JsonChange, depth: int) -> None:
    path = path_text(change.path) or "(all)"
    both = change.change is Change.CHANGED
    if both and _is_long(change.before) and _is_long(change.after):
        _add_line(lines, LineKind.SAME, f"{path}:", depth)
        add_text_diff(lines, diff_text(str(change.before), str(change.after)), depth + 1)
        return
    if change.change is not Change.ADDED:
        _add_line(lines, LineKind.REMOVED, f"{path}: {dumps(change.before)}", depth)
    if change.change is not Change.REMOVED:
        _add_line(lines, LineKind.ADDED, f"{path}: {dumps(change.after)}", depth)


def _is_long(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value) > _LONG_CHARS


def _add_line(lines: Lines, kind: LineKind, text: str, depth: int) -> None:
    lines.sources.append(text)
    lines.add(len(lines.sources) - 1, 0, len(text), depth, kind)


@dataclass(slots=True)
class _Side:
    """One of two texts on the walk: how far it is, where its line began, whether that line differs, and the lines
    that wait for the other side."""

    source: int
    at: int = 0
    line: int = 0
    differs: bool = False
    waiting: list[tuple[int, int]] = field(default_factory=list)

    def end_line(self) -> None:
        """The line ends here."""
        self.waiting.append((self.line, self.at))
        self.line, self.differs = self.at, False


class _TextWalk:
    """Goes through the pieces of two texts and writes lines."""

    def __init__(self, lines: Lines, first_source: int, depth: int) -> None:
        self._lines, self._depth = lines, depth
        self._sides = (_Side(first_source + _AFTER), _Side(first_source + _BEFORE))
        self._is_in_step = True

    def walk(self, pieces: Iterable[TextPiece]) -> None:
        """Write all lines."""
        for piece in pieces:
            for chunk in _LINE.findall(piece.text):
                if piece.kind is Piece.EQUAL:
                    self._equal(chunk)
                else:
                    self._changed(self._sides[_AFTER if piece.kind is Piece.ADDED else _BEFORE], chunk)
        after, before = self._sides
        for side in self._sides:
            if side.at > side.line:
                side.end_line()
        is_same_end = self._is_in_step and self._texts(after.waiting[-1:], before.waiting[-1:])
        if is_same_end:
            line = after.waiting.pop()
            before.waiting.pop()
            self._flush()
            self._write(after.source, [line], LineKind.SAME)
        self._flush()

    def _equal(self, chunk: str) -> None:
        for side in self._sides:
            side.at += len(chunk)
        if not chunk.endswith("\n"):
            return
        after, before = self._sides
        is_same = self._is_in_step and not after.differs and not before.differs
        after.end_line()
        before.end_line()
        if is_same:
            line = after.waiting.pop()
            before.waiting.pop()
            self._flush()
            self._write(after.source, [line], LineKind.SAME)
        self._is_in_step = True

    def _changed(self, side: _Side, chunk: str) -> None:
        stretches = self._lines.changed.setdefault(side.source, [])
        stretches.append((side.at, side.at + len(chunk)))
        side.at += len(chunk)
        side.differs = True
        if chunk.endswith("\n"):
            # a line that is whole on one side leaves the other where it was; one that is not breaks the step
            self._is_in_step = self._is_in_step and self._is_whole(side)
            side.end_line()

    def _is_whole(self, side: _Side) -> bool:
        other = self._sides[_BEFORE if side is self._sides[_AFTER] else _AFTER]
        return other.at == other.line

    def _texts(self, after: list[tuple[int, int]], before: list[tuple[int, int]]) -> bool:
        """Whether the last lines of both sides are one and the same."""
        if not after or not before:
            return False
        texts = [
            self._lines.sources[side.source][slice(*line[0])]
            for side, line in zip(self._sides, (after, before), strict=True)
        ]
        return texts[0] == texts[1]

    def _flush(self) -> None:
        for side, kind in ((self._sides[_BEFORE], LineKind.REMOVED), (self._sides[_AFTER], LineKind.ADDED)):
            self._write(side.source, side.waiting, kind)
            side.waiting = []

    def _write(self, source: int, places: Iterable[tuple[int, int]], kind: LineKind) -> None:
        text = self._lines.sources[source]
        for start, end in places:
            end -= text[start:end].endswith("\n")
            self._lines.add(source, start, end, self._depth, kind)


def _fold_equal(lines: Lines, begin: int) -> None:
    """Long stretches of equal lines begin folded, but for those beside changed ones."""
    for start, end in _equal_stretches(lines, begin):
        first = start + (_AROUND_LINES if start > begin else 0)
        last = end - (_AROUND_LINES if end < len(lines) else 0)
        if last - first > 1:
            lines.fold_end[first] = last
            lines.folded.append(first)


def _equal_stretches(lines: Lines, begin: int) -> Iterator[tuple[int, int]]:
    start = begin
    for line in range(begin, len(lines) + 1):
        if line == len(lines) or lines.kind[line] != LineKind.SAME:
            if line > start:
                yield start, line
            start = line + 1
