"""One row of text as segments: fold sign, search marks, and a cut at the sides that shows itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from tracetui.render.lines import Piece
from tracetui.render.signs import Signs
from tracetui.tui.widgets.document import Document, Place

TEXT_PARTS = frozenset(
    [
        "cursor",
        "hit",
        "title",
        "subtitle",
        "tone-error",
        "tone-warning",
        "tone-success",
        "tone-accent",
        "tone-muted",
        "fold",
        "text",
        "key",
        "string",
        "number",
        "literal",
        "punctuation",
        "mark",
        "guide",
        "heading",
        "strong",
        "code",
        "bullet",
        "quote",
        "removed",
        "added",
        "word",
    ]
)


def fold_sign(document: Document, place: Place, signs: Signs) -> str:
    """The fold sign of a line, or nothing."""
    if not document.can_fold(place):
        return ""
    return signs.closed if document.is_folded(place) else signs.opened


def highlighted(pieces: Iterable[Piece], needle: str) -> Iterator[Piece]:
    """Pieces with each occurrence of a text marked, also where it runs over several pieces."""
    pieces = list(pieces)
    text = "".join(piece for piece, _ in pieces)
    hits = [match.span() for match in re.finditer(re.escape(needle), text, re.IGNORECASE)]
    position = 0
    for piece, kind in pieces:
        yield from _split(piece, kind, position, hits)
        position += len(piece)


def _split(piece: str, kind: str, offset: int, hits: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    done = 0
    for start, end in hits:
        low, high = max(done, start - offset), min(len(piece), end - offset)
        if low >= high:
            continue
        if low > done:
            yield piece[done:low], kind
        yield piece[low:high], f"{kind} hit"
        done = high
    if done < len(piece):
        yield piece[done:], kind


def cut_row(start: Segment, segments: list[Segment], width: int, side: int, fill: Style) -> list[Segment]:
    """A row of `width` cells: its fold sign, then the segments from cell `side` on, `…` where more follows."""
    room = width - cell_len(start.text)
    if room <= 0:
        return [Segment(set_cell_size(start.text, max(0, width)), start.style)]
    if side:
        segments = list(_after(segments, side))
    length = sum(cell_len(segment.text) for segment in segments)
    if length <= room:
        return [start, *segments, Segment(" " * (room - length), fill)]
    return [start, *Segment.adjust_line_length(segments, room - 1), Segment("…", fill)]


def _after(segments: Iterable[Segment], cells: int) -> Iterator[Segment]:
    for segment in segments:
        length = cell_len(segment.text)
        if cells >= length:
            cells -= length
        elif cells:
            yield segment.split_cells(cells)[1]
            cells = 0
        else:
            yield segment
