"""The one sanitiser: text that came from a trace becomes text that a terminal can only display.

Nothing vanishes: what would act on the terminal or stay invisible is replaced by a visible sign.
"""

from __future__ import annotations

import re
from unicodedata import category

MAX_COMBINING_MARKS = 4
TAB_CELLS = 4

_JOINERS = "\u200c\u200d"
# A joiner that is not between characters from U+0300 on; negated small classes compile twenty times faster.
_STRAY_JOINER = re.compile(
    "(?<![^\0-\u02ff\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\0-\u02ff\u200c\u200d])"
)
_LINE_BREAK = re.compile("\r\n|\n")

# Format characters (Cf) that print a glyph: Arabic, Syriac and Kaithi signs that enclose digits.
_VISIBLE_FORMAT = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Characters that print nothing although their category says letter or mark.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2065")
_REPLACED_CATEGORIES = frozenset({"Cf", "Cs", "Zl", "Zp"})


def safe(text: str, limit: int | None = None) -> str:
    """Text as one displayable line; idempotent while no limit is given.

    Control characters become control pictures (`␛`), C1, bidirectional, zero-width, tag and other invisible
    characters and lone surrogates become `⟨U+202E⟩`. A text longer than `limit` characters is cut and ends
    in `… (+n chars)`, where n counts the characters left out.
    """
    if limit is not None and len(text) > limit:
        return f"{safe(text[:limit])}… (+{len(text) - limit:,} chars)"
    if text.isascii():
        return text if text.isprintable() else _replace(text)
    return _cap_marks(_replace(_STRAY_JOINER.sub(_code_point_sign, text)))


def safe_lines(text: str) -> list[str]:
    """Lines of a text, each made safe; line breaks are structure, tabs become spaces, a lone CR stays visible."""
    lines = _LINE_BREAK.split(text)
    return [safe(line.expandtabs(TAB_CELLS)) if "\t" in line else safe(line) for line in lines]


def _replace(text: str) -> str:
    signs = {ord(char): sign for char in set(text) if (sign := _sign(char)) is not None}
    return text.translate(signs) if signs else text


def _sign(char: str) -> str | None:
    """What stands for a character that must not be shown as it is; None keeps it."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code < 0x7F or char in _JOINERS:
        return None
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩" if _is_hidden(char, code) else None


def _is_hidden(char: str, code: int) -> bool:
    if code <= 0x9F or char in _INVISIBLE or 0xE0000 <= code <= 0xE0FFF or code & 0xFFFE == 0xFFFE:
        return True
    return category(char) in _REPLACED_CATEGORIES and char not in _VISIBLE_FORMAT


def _code_point_sign(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def _cap_marks(text: str) -> str:
    """At most four combining marks on one base; the rest of the run becomes `…`."""
    marks = {char for char in set(text) if category(char) in {"Mn", "Me"}}
    if not marks:
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        if char in marks:
            run += 1
        elif char not in _JOINERS:
            run = 0
        if run <= MAX_COMBINING_MARKS:
            kept.append(char)
        elif kept[-1] != "…":
            kept.append("…")
    return "".join(kept)
