"""Text against text: by lines, then by words inside the lines that changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracetui.analysis.diff.sequences import matching, numbered, stretches

MOST_WORDS = 20_000
"""Changed stretches with more words than this on one side are told by lines."""
_LEAST_ALIKE = 0.4
"""Stretches that share a smaller part of their words are told as a replacement, not word by word."""
_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_SPEAKING = re.compile(r"\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_COMPARED_CHARACTERS = 20_000


class Piece(StrEnum):
    """Where a piece of text stands."""

    EQUAL = "equal"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of one or both texts; neighbours are of different kinds and none is empty."""

    kind: Piece
    text: str


def diff_text(a: str, b: str) -> tuple[TextPiece, ...]:
    """The pieces of `a` (equal and removed) and of `b` (equal and added) in order; one equal piece where both are the
    same."""
    if a == b:
        return (TextPiece(Piece.EQUAL, a),) if a else ()
    a_lines, b_lines = _LINES.findall(a), _LINES.findall(b)
    return _joined(_refined(list(_by_elements(a_lines, b_lines))))


def patched(pieces: Sequence[TextPiece]) -> str:
    """The second text."""
    return "".join(piece.text for piece in pieces if piece.kind is not Piece.REMOVED)


def unpatched(pieces: Sequence[TextPiece]) -> str:
    """The first text."""
    return "".join(piece.text for piece in pieces if piece.kind is not Piece.ADDED)


def word_counts(text: str) -> Counter[str]:
    """The words and signs of a text, of a long one those it begins with, in lower case."""
    return Counter(_SPEAKING.findall(text[:_MOST_COMPARED_CHARACTERS].lower()))


def alike(a: Counter[str], b: Counter[str]) -> float:
    """How large a part of their words two texts share, from 0 to 1; 1 for two texts without words."""
    total = a.total() + b.total()
    return 2 * sum(min(count, b[word]) for word, count in a.items() if word in b) / total if total else 1.0


def common_prefix(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _by_elements(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[Piece, str]]:
    pairs = matching(*numbered(a, b))
    for part in stretches(pairs, len(a), len(b)):
        if part.is_equal:
            yield Piece.EQUAL, "".join(a[part.a_start : part.a_end])
            continue
        if part.a_end > part.a_start:
            yield Piece.REMOVED, "".join(a[part.a_start : part.a_end])
        if part.b_end > part.b_start:
            yield Piece.ADDED, "".join(b[part.b_start : part.b_end])


def _refined(pieces: Sequence[tuple[Piece, str]]) -> Iterator[tuple[Piece, str]]:
    """Each removed piece that an added one follows, word by word where they are alike."""
    place = 0
    while place < len(pieces):
        kind, text = pieces[place]
        follower = pieces[place + 1] if place + 1 < len(pieces) else (Piece.EQUAL, "")
        if kind is Piece.REMOVED and follower[0] is Piece.ADDED:
            yield from _by_words(text, follower[1])
            place += 1
        else:
            yield kind, text
        place += 1


def _by_words(a: str, b: str) -> Iterator[tuple[Piece, str]]:
    a_words, b_words = _WORDS.findall(a), _WORDS.findall(b)
    few = max(len(a_words), len(b_words)) <= MOST_WORDS
    if few and alike(word_counts(a), word_counts(b)) >= _LEAST_ALIKE:
        pieces = list(_by_elements(a_words, b_words))
        if _shared(pieces, a, b) >= _LEAST_ALIKE:
            yield from pieces
            return
    yield Piece.REMOVED, a
    yield Piece.ADDED, b


def _shared(pieces: Sequence[tuple[Piece, str]], a: str, b: str) -> float:
    """How large a part of the letters of two texts stands in equal pieces, from 0 to 1."""
    equal = sum(_letters(text) for kind, text in pieces if kind is Piece.EQUAL)
    total = _letters(a) + _letters(b)
    return 2 * equal / total if total else 1.0


def _letters(text: str) -> int:
    return sum(map(len, _WORD.findall(text)))


def _joined(pieces: Iterator[tuple[Piece, str]]) -> tuple[TextPiece, ...]:
    """Removed before added between two equal pieces, and no two neighbours alike."""
    found: list[TextPiece] = []
    waiting: dict[Piece, list[str]] = {Piece.REMOVED: [], Piece.ADDED: [], Piece.EQUAL: []}
    for kind, text in pieces:
        if kind is Piece.EQUAL:
            _flush(waiting, (Piece.REMOVED, Piece.ADDED), found)
        else:
            _flush(waiting, (Piece.EQUAL,), found)
        waiting[kind].append(text)
    _flush(waiting, (Piece.EQUAL, Piece.REMOVED, Piece.ADDED), found)
    return tuple(found)


def _flush(waiting: dict[Piece, list[str]], kinds: Sequence[Piece], found: list[TextPiece]) -> None:
    for kind in kinds:
        if waiting[kind]:
            found.append(TextPiece(kind, "".join(waiting[kind])))
            waiting[kind] = []
