"""Light Markdown: headings, bold, code, lists and quotes are told apart; nothing is reflowed or left out."""

from __future__ import annotations

import re

from tracetui.render.safe import safe

_LOOK_CHARS = 20_000
_SIGNS_OF_MARKDOWN = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE),
    re.compile(r"^ *(?:[-*+]|\d+[.)]) \S.*\n(?:.*\n)?? *(?:[-*+]|\d+[.)]) \S", re.MULTILINE),
    re.compile(r"\*\*\S[^*\n]*\*\*"),
    re.compile(r"\[[^\]\n]+\]\(\S+\)"),
    re.compile(r"^> \S", re.MULTILINE),
    re.compile(r"`[^`\n]+`"),
)
_CERTAIN = 2
FENCE = re.compile(r" {0,3}(?:```|~~~)")
_HEADING = re.compile(r" {0,3}#{1,6} ")
_BULLET = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) ")
_QUOTE = re.compile(r" {0,3}>")
_INLINE = re.compile(r"\*\*\S[^*]*\*\*|`[^`]+`")


def looks_like_markdown(text: str) -> bool:
    """Whether a text is written in Markdown: a heading or a code fence, or two other signs of it."""
    head = text[:_LOOK_CHARS]
    found = [bool(sign.search(head)) for sign in _SIGNS_OF_MARKDOWN]
    return any(found[:_CERTAIN]) or sum(found) >= _CERTAIN


def markdown_pieces(line: str) -> tuple[tuple[str, str], ...]:
    """One line outside a code fence as coloured pieces, its signs kept."""
    if _HEADING.match(line):
        return ((safe(line), "heading"),)
    if _QUOTE.match(line):
        return ((safe(line), "quote"),)
    if bullet := _BULLET.match(line):
        return ((bullet[0], "bullet"), *_inline(line[bullet.end() :]))
    return _inline(line)


def _inline(text: str) -> tuple[tuple[str, str], ...]:
    pieces: list[tuple[str, str]] = []
    position = 0
    for match in _INLINE.finditer(text):
        if match.start() > position:
            pieces.append((safe(text[position : match.start()]), "text"))
        pieces.append((safe(match[0]), "code" if match[0][0] == "`" else "strong"))
        position = match.end()
    if position < len(text) or not pieces:
        pieces.append((safe(text[position:]), "text"))
    return tuple(pieces)
