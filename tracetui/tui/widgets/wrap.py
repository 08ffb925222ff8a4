"""Soft wrap of coloured pieces, by cells, at spaces where there are some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, get_character_cell_size

from tracetui.render.lines import Piece

MIN_WRAP_CELLS = 4


def wrap_pieces(pieces: Sequence[Piece], width: int) -> list[tuple[Piece, ...]]:
    """Rows of at most `width` cells; rows after the first hang at the line's indentation."""
    text = "".join(piece for piece, _ in pieces)
    width = max(MIN_WRAP_CELLS, width)
    if cell_len(text) <= width:
        return [tuple(pieces)]
    hang = min(len(text) - len(text.lstrip(" ")), width // 3)
    indent = ((" " * hang, "text"),) if hang else ()
    rows = [tuple(_slice(pieces, *limits)) for limits in _breaks(text, width, width - hang)]
    return [rows[0], *((*indent, *row) for row in rows[1:])]


def _breaks(text: str, first_width: int, width: int) -> Iterator[tuple[int, int]]:
    cells = None if cell_len(text) == len(text) else [get_character_cell_size(char) for char in text]
    start, room = 0, first_width
    while start < len(text):
        end = min(len(text), start + room) if cells is None else _end_of_room(cells, start, room)
        if end < len(text):
            space = text.rfind(" ", start, end)
            end = space + 1 if space - start > room // 2 else end
        yield start, end
        start, room = end, width


def _end_of_room(cells: Sequence[int], start: int, room: int) -> int:
    end = start
    while end < len(cells) and cells[end] <= room:
        room -= cells[end]
        end += 1
    return max(end, start + 1)


def _slice(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    position = 0
    for text, kind in pieces:
        low, high = max(start, position), min(end, position + len(text))
        if low < high:
            yield text[low - position : high - position], kind
        position += len(text)
        if position >= end:
            return
