"""Cut one row of CSV from a buffer: quoted cells may hold separators, line ends and doubled quotes (RFC 4180)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Repeated groups are atomic, (?>(?:…)*): possessive ones, (?:…)*+, match wrongly in Python 3.11.2.
_QUOTED = re.compile(rb'"([^"]*+(?>(?:""[^"]*+)*))"')
_ESCAPED = re.compile(rb'"((?>(?:[^"\\]++|\\.|"")*))"', re.DOTALL)
_ESCAPE = re.compile(rb'\\(["\\])')
_QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class Row:
    """Cells of one row, None for an empty one without quotes. Its text is `[start:end]`, the next row is at `after`.

    `is_odd` says that text follows a closing quote.
    """

    cells: list[bytes | None]
    end: int
    after: int
    is_odd: bool


@dataclass(frozen=True, slots=True)
class RowCutter:
    """Cuts rows whose cells are parted by one byte."""

    separator: bytes
    _plain: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_plain", re.compile(b"[^" + re.escape(self.separator) + b"\n]*"))

    def cut(self, octets: bytes, start: int, *, final: bool) -> Row | None:
        """The row that begins at `start`, or None where the buffer ends before it does.

        With `final`, nothing follows the buffer: None then means a quote that is never closed.
        """
        cells: list[bytes | None] = []
        at, is_odd = start, False
        while True:
            quoted = octets[at : at + 1] == _QUOTE
            begin = at
            if quoted:
                found = self._quoted(octets, at, final=final)
                if found is None:
                    return None
                cell, at = found
            rest = self._plain.match(octets, at)
            assert rest is not None
            at = rest.end()
            if at == len(octets) and not final:
                return None
            ends = octets[at : at + 1] != self.separator
            text = rest.group().removesuffix(b"\r") if ends else rest.group()
            if not quoted:
                cells.append(text or None)
            elif text.strip():
                is_odd = True
                cells.append(octets[begin:at].removesuffix(b"\r") if ends else octets[begin:at])
            else:
                cells.append(cell)
            if ends:
                end = at - 1 if octets[start:at].endswith(b"\r") else at
                return Row(cells, end, min(at + 1, len(octets)), is_odd)
            at += 1

    def _quoted(self, octets: bytes, at: int, *, final: bool) -> tuple[bytes, int] | None:
        """A quoted cell and where it ends; None where it does not."""
        found = _QUOTED.match(octets, at)
        if found is None or (found.end() == len(octets) and not final):
            return None
        follows = octets[found.end() : found.end() + 1]
        if follows not in (self.separator, b"\n", b"\r", b"") and found[1].endswith(b"\\"):
            # quotes escaped by a backslash, as Spark writes them
            escaped = _ESCAPED.match(octets, at)
            if escaped is not None and escaped.end() < len(octets):
                return _ESCAPE.sub(rb"\1", escaped[1]), escaped.end()
        return found[1].replace(b'""', _QUOTE), found.end()
