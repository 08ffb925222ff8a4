"""What DuckDB says of a failed query, told of the text that the person wrote and not of the one that was run."""

from __future__ import annotations

import re

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
    """The quoted line and the caret below it; DuckDB counts a tab as nothing, here it is one space."""
    label, old, colon, text, indent, caret = found.groups()
    before = re.match(rf"(?:\t*[^\t]){{0,{len(indent)}}}\t*", f"{label}{old}{colon}{text}")
    cells = len(indent) + (before.group().count("\t") if before else 0) + len(str(number)) - len(old)
    shown = text.replace("\t", " ").rstrip()
    head = f"{label}{number}{colon}"
    return "\n".join(_in_view(head, shown, cells - len(head), caret))


def _in_view(head: str, line: str, place: int, caret: str) -> tuple[str, str]:
    """The line and the caret below it, of a long line what stands around `place`, so that none of it is wrapped."""
    room = _MOST_CELLS - len(head) - 2 * len(_CUT)
    start = max(0, min(place - room // 2, len(line) - room))
    before, after = _CUT if start else "", _CUT if start + room < len(line) else ""
    shown = f"{head}{before}{line[start : start + room]}{after}"
    at = len(head) + len(before) + place - start
    return shown, " " * at + caret[: max(1, _MOST_CELLS - at)]


def _first_lines(message: str) -> str:
    return "\n".join(message.strip().splitlines()[:_MOST_LINES])
