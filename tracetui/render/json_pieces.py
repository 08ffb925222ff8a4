"""One line of laid-out JSON as coloured pieces, tokens as written."""

from __future__ import annotations

import re

from tracetui.render.safe import safe

TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+|"', re.DOTALL)
"""A string, a sign, a bare word, or a quote that nothing closes."""

_OPEN_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*\\?\Z', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|.)", re.DOTALL)
_LITERALS = frozenset({"true", "false", "null", "NaN", "Infinity", "-Infinity"})


def json_pieces(text: str) -> tuple[tuple[str, str], ...]:
    """Pieces of one line; space between tokens is set anew, a string that goes on in the next line stays open."""
    pieces: list[tuple[str, str]] = []
    position = 0
    while match := TOKEN.search(text, position):
        lexeme = match[0]
        if lexeme == '"' and (rest := _OPEN_STRING.match(text, match.start())):
            return (*pieces, string_piece(rest[0]))
        pieces.append(_piece(lexeme, text, match.end()))
        if lexeme == ":":
            pieces.append((" ", "punctuation"))
        position = match.end()
    return tuple(pieces)


def string_piece(text: str) -> tuple[str, str]:
    """A JSON string, or part of one, with `\\u` escapes of printable characters read."""
    return safe(_ESCAPE.sub(_readable, text) if "\\u" in text else text), "string"


def _piece(lexeme: str, text: str, end: int) -> tuple[str, str]:
    if lexeme[0] == '"':
        shown, kind = string_piece(lexeme)
        return shown, "key" if _colon_follows(text, end) else kind
    if lexeme in "{}[],:":
        return lexeme, "punctuation"
    return safe(lexeme), "literal" if lexeme in _LITERALS else "number"


def _colon_follows(text: str, end: int) -> bool:
    return text[end : end + 1] == ":" or text[end:].lstrip()[:1] == ":"


def _readable(match: re.Match[str]) -> str:
    escape = match[0]
    if escape[1] != "u":
        return escape
    units = [int(unit, 16) for unit in escape[2:].split("\\u")]
    if min(units) < 0xA0:
        return escape
    return b"".join(unit.to_bytes(2, "big") for unit in units).decode("utf-16-be", "surrogatepass")
