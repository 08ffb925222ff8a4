"""What DuckDB says of a failed query, told of the text that the person wrote and not of the one that was run."""

from __future__ import annotations

import re
import unicodedata

_MOST_LINES = 6
_PLACE = re.compile(r"^(LINE )(\d+)(: )(.*)\n( *)(\^+) *$", re.MULTILINE)
_CUT = "..."
_MOST_CELLS = 76


def told(message: str, query: str, lines_before: int) -> str:
    """The message of an error, its line number and caret those of `query`.

    `lines_before` is how many more lines stood in front of a line when the query ran. A place in text that nobody
    wrote, such as what a PIVOT was turned into, is left out.
    """
    places = list(_PLACE.finditer(message))
    if not places:
        return _first_lines(message)
    head = _first_lines(message[: places[-1].start()])
    number = int(places[-1].group(2)) - lines_before
    written = query.split("\n")
    quoted = places[-1].group(4).removeprefix(_CUT).removesuffix(_CUT).strip()
    if not 1 <= number <= len(written) or quoted not in written[number - 1]:
        return head
    return f"{head}\n{_place(places[-1], number)}"


def _place(found: re.Match[str], number: int) -> str:
    """The quoted line and the caret below it, of a long line what stands around the place, so that nothing is wrapped.
    DuckDB counts cells of the terminal and a tab as nothing; here a tab is one space."""
    label, old, colon, text, indent, caret = found.groups()
    left, at = len(indent) - len(f"{label}{old}{colon}"), 0
    while at < len(text) and (left > 0 or not _cells(text[at])):
        left -= _cells(text[at])
        at += 1
    line = text.replace("\t", " ").rstrip()
    head = f"{label}{number}{colon}"
    start, stop = _around(line, at, _MOST_CELLS - len(head) - 2 * len(_CUT))
    before, after = _CUT if start else "", _CUT if stop < len(line) else ""
    cells = len(head) + len(before) + sum(map(_cells, line[start:at]))
    return f"{head}{before}{line[start:stop]}{after}\n{' ' * cells}{caret[: max(1, _MOST_CELLS - cells)]}"


def _around(line: str, at: int, room: int) -> tuple[int, int]:
    """From where to where a line is shown, so that a place is in its middle and no more cells are taken than there are."""
    start = stop = min(at, len(line))
    while room > 1 and (start > 0 or stop < len(line)):
        if stop < len(line) and (start == 0 or stop - at <= at - start):
            stop += 1
            room -= _cells(line[stop - 1])
        else:
            start -= 1
            room -= _cells(line[start])
    return start, stop


def _cells(sign: str) -> int:
    """How many cells of a terminal a character takes."""
    if sign == "\t" or unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def _first_lines(message: str) -> str:
    return "\n".join(message.strip().splitlines()[:_MOST_LINES])
