"""Display lines over untouched text: where each line stands is known at once, what it shows is computed when seen."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from tracetui.render.json_pieces import json_pieces, string_piece
from tracetui.render.markdown import markdown_pieces
from tracetui.render.safe import TAB_CELLS, safe

Piece: TypeAlias = "tuple[str, str]"
"""Safe text and its token: text, key, string, number, literal, punctuation, mark, guide, heading, strong, code,
bullet, quote, removed, added; `word` after another marks what differs inside a line."""

LONG_LINE_CHARS = 4096
INDENT_CELLS = 2
MAX_INDENT_LEVELS = 20


class LineKind(IntEnum):
    """How the text of a line is read."""

    TEXT = 0
    JSON = 1
    JSON_STRING_REST = 2
    JSON_IN_STRING = 3
    TEXT_IN_STRING = 4
    PROSE = 5
    MARKDOWN = 6
    CODE = 7
    REMOVED = 8
    ADDED = 9
    SAME = 10


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as slices of source texts; the columns have one entry a line.

    `fold_end[i]` is the line after the last one that folding line i hides, 0 where there is nothing to fold.
    `continued[i]` is 1 where line i goes on with line i-1, which was too long for one line. `folded` are lines that
    begin folded; `changed[s]` are the stretches of source s that a removed or added line stresses, ascending.
    """

    sources: list[str]
    source: array[int] = field(default_factory=lambda: array("i"))
    start: array[int] = field(default_factory=lambda: array("q"))
    end: array[int] = field(default_factory=lambda: array("q"))
    depth: array[int] = field(default_factory=lambda: array("i"))
    kind: array[int] = field(default_factory=lambda: array("b"))
    fold_end: array[int] = field(default_factory=lambda: array("q"))
    continued: array[int] = field(default_factory=lambda: array("b"))
    folded: list[int] = field(default_factory=list)
    changed: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.start)

    def add(self, source: int, start: int, end: int, depth: int, kind: LineKind) -> None:
        """Append a line; a slice of more than 4,096 characters becomes several lines that continue each other."""
        self._append(source, start, min(end, start + LONG_LINE_CHARS), depth, kind, 0)
        rest = LineKind.JSON_STRING_REST if kind is LineKind.JSON else kind
        for position in range(start + LONG_LINE_CHARS, end, LONG_LINE_CHARS):
            self._append(source, position, min(end, position + LONG_LINE_CHARS), depth, rest, 1)

    def _append(self, source: int, start: int, end: int, depth: int, kind: int, continued: int) -> None:
        self.source.append(source)
        self.start.append(start)
        self.end.append(end)
        self.depth.append(depth)
        self.kind.append(kind)
        self.fold_end.append(0)
        self.continued.append(continued)

    def cut_back(self, length: int, sources: int) -> None:
        """Drop the lines and sources from the given lengths on."""
        for column in (
            self.source,
            self.start,
            self.end,
            self.depth,
            self.kind,
            self.fold_end,
            self.continued,
        ):
            del column[length:]
        del self.sources[sources:]

    def pieces(self, line: int) -> tuple[Piece, ...]:
        """What line `line` shows, indented and sanitised."""
        text = self.sources[self.source[line]][self.start[line] : self.end[line]]
        indent = () if self.continued[line] else _indent(self.depth[line])
        kind = LineKind(self.kind[line])
        if kind in _COMPARED:
            sign, token = _COMPARED[kind]
            lead = () if self.continued[line] else ((sign, token),)
            return (*indent, *lead, *self._stressed(line, text, token))
        return (*indent, *_PIECES[kind](text), *self._mark(line))

    def plain(self, line: int) -> str:
        """The text of line `line` as shown."""
        return "".join(text for text, _ in self.pieces(line))

    def _mark(self, line: int) -> tuple[Piece, ...]:
        kind = self.kind[line]
        if kind == LineKind.JSON_IN_STRING:
            return (("⟪JSON in a string⟫", "mark"),)
        if kind == LineKind.TEXT_IN_STRING:
            return ((f"⟪text, {self.fold_end[line] - line - 1:,} lines⟫", "mark"),)
        return ()

    def _stressed(self, line: int, text: str, token: str) -> Iterator[Piece]:
        """The text of a line with what differs in it marked."""
        start, shown = self.start[line], 0
        stretches = self.changed.get(self.source[line], [])
        first = max(bisect_right(stretches, (start, 0)) - 1, 0)
        for begin, end in stretches[first:]:
            if begin >= self.end[line]:
                break
            begin, end = max(begin - start, shown), min(end - start, len(text))
            if begin < end:
                yield from _one_piece(text[shown:begin], token) if begin > shown else ()
                yield from _one_piece(text[begin:end], f"{token} word")
                shown = end
        if shown < len(text):
            yield from _one_piece(text[shown:], token)

    def find(self, needle: str) -> list[int]:
        """Lines whose source text holds `needle`, upper and lower case alike, in order."""
        if not needle:
            return []
        pattern = re.compile(re.escape(needle), re.IGNORECASE)
        found = {line for source in range(len(self.sources)) for line in self._find_in(source, pattern)}
        return sorted(found)

    def _find_in(self, source: int, pattern: re.Pattern[str]) -> Iterator[int]:
        lines = [line for line, of in enumerate(self.source) if of == source]
        position = 0
        for match in pattern.finditer(self.sources[source]):
            while position < len(lines) and self.end[lines[position]] <= match.start():
                position += 1
            if position == len(lines):
                return
            if self.start[lines[position]] < match.end():
                yield lines[position]


def _indent(depth: int) -> tuple[Piece, ...]:
    if depth <= 0:
        return ()
    if depth <= MAX_INDENT_LEVELS:
        return ((" " * (INDENT_CELLS * depth), "text"),)
    return ((" " * (INDENT_CELLS * MAX_INDENT_LEVELS), "text"), (f"depth {depth} ", "guide"))


def _one_piece(text: str, token: str) -> tuple[Piece, ...]:
    return ((safe(text.expandtabs(TAB_CELLS) if "\t" in text else text), token),)


_PIECES: Mapping[LineKind, Callable[[str], tuple[Piece, ...]]] = {
    LineKind.TEXT: lambda text: _one_piece(text, "text"),
    LineKind.JSON: json_pieces,
    LineKind.JSON_STRING_REST: lambda text: (string_piece(text),),
    LineKind.JSON_IN_STRING: json_pieces,
    LineKind.TEXT_IN_STRING: json_pieces,
    LineKind.PROSE: lambda text: (("│ ", "guide"), *_one_piece(text, "text")),
    LineKind.MARKDOWN: lambda text: markdown_pieces(text.expandtabs(TAB_CELLS)),
    LineKind.CODE: lambda text: _one_piece(text, "code"),
}

_COMPARED: Mapping[LineKind, tuple[str, str]] = {
    LineKind.REMOVED: ("− ", "removed"),
    LineKind.ADDED: ("+ ", "added"),
    LineKind.SAME: ("  ", "text"),
}
