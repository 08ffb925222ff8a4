"""What may be sent to a terminal: the interface's own sequences, and text that does nothing but show."""

from __future__ import annotations

import re
from unicodedata import category

_OWN = re.compile(
    r"\x1b\[[0-9;]*m"  # colours and weights
    r"|\x1b\[[0-9]+;[0-9]+H|\x1b\[H"  # where to write
    r"|\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048|7)[hl]"  # cursor, mouse, paste, screen
    r"|\x1b\[\?(?:2026|2048)\$p"  # asks what the terminal can do
    r"|\x1b\[[<>=][0-9;]*u|\x1b\[>4;[0-9]m"  # keyboard
    r"|\x1b\[2?K"  # the progress line of commands
    r"|\x1b\]22;(?:default|pointer|text)\x07"  # shape of the mouse pointer
)
_INJECTED = re.compile(r"\x1b[^A-Za-z]*777|\x1b\[6n|\x1b\[201~")
_KEPT_FORMAT = frozenset("\u200c\u200d")
_TOO_MANY_MARKS = r"\S[\u0300-\u036f]{5,}"


def foreign(sent: bytes, is_json: bool = False) -> list[str]:
    """What was sent that is neither the interface's own sequence nor harmless text, with what stands around it.

    JSON keeps every combining mark, since it is data; elsewhere a few on one letter are enough.
    """
    text = sent.decode("utf-8", "surrogateescape")
    plain = _OWN.sub("", text).replace("\r\n", "\n").replace("\r", "")
    found = [f"{match[0]!r}" for match in _INJECTED.finditer(text)]
    found += [
        f"{plain[max(0, at - 30) : at + 30]!r}"
        for at, char in enumerate(plain)
        if char != "\n" and _acts(char)
    ]
    return found if is_json else found + re.findall(_TOO_MANY_MARKS, plain)


def _acts(char: str) -> bool:
    """Controls, C1, bidirectional, tag and other invisible characters, bytes that are not UTF-8."""
    return category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in _KEPT_FORMAT
