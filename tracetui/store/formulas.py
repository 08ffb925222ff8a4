"""Texts that a spreadsheet runs as formulas where it finds them in a CSV file."""

from __future__ import annotations

import re

BEGINS = "[=+\\-@\t\r＝＋－＠]"
"""Signs with which such a text begins, as a class of a regular expression."""
PLAIN_NUMBER = r"[+-]?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?"
"""A text that begins so and is no formula."""
_BEGINS, _PLAIN_NUMBER = re.compile(BEGINS), re.compile(PLAIN_NUMBER)


def guarded(text: str) -> str:
    """The text with an apostrophe before it where it would be run."""
    return f"'{text}" if _BEGINS.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text
