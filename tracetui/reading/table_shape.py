"""Tell whether a text that is not JSON is a table with a header row, and what parts its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracetui.reading.table_row import RowCutter

_SEPARATORS = (b",", b"\t", b";")
_SAMPLE_ROWS = 20
_CONSISTENT = 0.5
_FEWEST_ALONE = 3
"""Columns that a header without rows below it must have."""

_NAME = re.compile(r"[^\W\d][\w .:/()\[\]{}<>@#$%&*+?'-]{0,199}|[@#$][\w.]+(?: [\w.]+)*")
_STATED = re.compile(rb"sep=([,;\t])\r?\n")


def stated_separator(text: bytes) -> tuple[bytes | None, int]:
    """The separator that a first line `sep=;` states, as spreadsheets write it, and the bytes of that line."""
    found = _STATED.match(text)
    return (found[1], found.end()) if found else (None, 0)


def separator_of(text: bytes, *, complete: bool) -> bytes | None:
    """What parts the cells of a table in UTF-8, or None where the text is none. `complete` says that it is all of it."""
    body = text.removeprefix(b"\xef\xbb\xbf")
    stated, begin = stated_separator(body)
    candidates = [stated] if stated else _SEPARATORS
    widths = {separator: _width(body[begin:], separator, complete=complete) for separator in candidates}
    best = max(widths, key=lambda separator: widths[separator])
    return best if widths[best] > 1 else None


def is_one_column(text: bytes, *, complete: bool) -> bool:
    """Whether a text may be a table of a single column; most texts may, so only what is named a table is asked."""
    rows = _first_rows(text.removeprefix(b"\xef\xbb\xbf"), b",", complete=complete)
    return len(rows) > 1 and all(len(row) == 1 for row in rows) and _is_header(rows[0])


def _width(text: bytes, separator: bytes, *, complete: bool) -> int:
    """How many columns the text has with this separator, 0 where it is no table."""
    header, *rows = _first_rows(text, separator, complete=complete) or [[]]
    width = len(header)
    if width < 2 or not _is_header(header):
        return 0
    if not rows:
        return width if width >= _FEWEST_ALONE else 0
    fitting = sum(len(row) == width for row in rows)
    return width if fitting >= _CONSISTENT * len(rows) else 0


def _first_rows(text: bytes, separator: bytes, *, complete: bool) -> list[Sequence[bytes | None]]:
    cutter = RowCutter(separator)
    rows: list[Sequence[bytes | None]] = []
    at = 0
    while at < len(text) and len(rows) < _SAMPLE_ROWS:
        row = cutter.cut(text, at, final=complete)
        if row is None and not complete:
            break
        if row is None:  # a quote that is never closed spoils its line only
            at = text.find(b"\n", at) + 1 or len(text)
            continue
        if row.end > at:
            rows.append(row.cells)
        at = row.after
    return rows


def _is_header(cells: Sequence[bytes | None]) -> bool:
    """Whether all cells are names; the first may be empty, as data frames leave it for their index."""
    names = [(cell or b"").decode("utf-8", "replace") for cell in cells]
    return all(_NAME.fullmatch(name) for name in names[1:]) and (
        not names[0] or _NAME.fullmatch(names[0]) is not None
    )
