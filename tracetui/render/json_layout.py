"""JSON text laid out in lines without parsing it into objects: tokens stay as written, depth costs no recursion.

Numbers keep their digits and repeated keys stay. A string that holds JSON or several lines of text is opened.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto

from tracetui.render.json_pieces import TOKEN
from tracetui.render.lines import LineKind, Lines

MAX_NESTED_STRINGS = 3

_SCALAR = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|true|false|null|NaN")
_CONTAINER_IN_STRING = re.compile(r'"(?:\s|\\[nrt])*[\[{]')
_LINE_BREAK = re.compile("\r\n|\n")
_CLOSER = {"{": "}", "[": "]"}


class _Expect(Enum):
    VALUE = auto()
    FIRST_VALUE = auto()
    KEY = auto()
    FIRST_KEY = auto()
    COLON = auto()
    NEXT = auto()
    DONE = auto()


_EMPTY_SO_FAR = frozenset({_Expect.FIRST_VALUE, _Expect.FIRST_KEY})


def lay_out_json(lines: Lines, source: int, depth: int = 0, level: int = 0) -> bool:
    """Append the lines of `lines.sources[source]`; False, and nothing appended, where it is not JSON."""
    before = len(lines), len(lines.sources)
    if _Layout(lines, source, depth, level).run():
        return True
    lines.cut_back(*before)
    return False


class _Layout:
    """One pass over the tokens of one text; `opened` holds the open containers and the lines they began on."""

    def __init__(self, lines: Lines, source: int, depth: int, level: int) -> None:
        self.lines = lines
        self.source = source
        self.depth = depth
        self.level = level
        self.opened: list[tuple[str, int]] = []
        self.expect = _Expect.VALUE
        self.line_start = -1
        self.line_end = -1
        self.line_depth = depth

    def run(self) -> bool:
        for match in TOKEN.finditer(self.lines.sources[self.source]):
            if not self._take(match[0], match.start(), match.end()):
                return False
        self._break_line()
        return self.expect is _Expect.DONE

    def _take(self, lexeme: str, start: int, end: int) -> bool:
        sign = lexeme[0]
        if sign == '"':
            return self._take_string(lexeme, start, end)
        if sign == ",":
            return self._take_comma(start, end)
        if sign == ":":
            return self._take_colon(start, end)
        if sign in "{[":
            return self._open(sign, start, end)
        if sign in "}]":
            return self._close(sign, start, end)
        return _SCALAR.fullmatch(lexeme) is not None and self._take_value(start, end)

    def _place(self, start: int, end: int) -> None:
        if self.line_start < 0:
            self.line_start = start
            self.line_depth = self.depth + len(self.opened)
        self.line_end = end

    def _break_line(self, kind: LineKind = LineKind.JSON) -> None:
        if self.line_start >= 0:
            self.lines.add(self.source, self.line_start, self.line_end, self.line_depth, kind)
        self.line_start = -1

    def _begin(self, *allowed: _Expect) -> bool:
        """Whether a lexeme may stand here; the first one in a container goes to a line of its own."""
        if self.expect not in allowed:
            return False
        if self.expect in _EMPTY_SO_FAR:
            self._break_line()
        return True

    def _take_value(self, start: int, end: int) -> bool:
        if not self._begin(_Expect.VALUE, _Expect.FIRST_VALUE):
            return False
        self._place(start, end)
        self._end_value()
        return True

    def _end_value(self) -> None:
        self.expect = _Expect.NEXT if self.opened else _Expect.DONE

    def _take_string(self, lexeme: str, start: int, end: int) -> bool:
        if self._begin(_Expect.KEY, _Expect.FIRST_KEY):
            self._place(start, end)
            self.expect = _Expect.COLON
            return lexeme != '"'
        if lexeme == '"' or not self._begin(_Expect.VALUE, _Expect.FIRST_VALUE):
            return False
        if not self._open_string(lexeme, start):
            self._place(start, end)
        self._end_value()
        return True

    def _take_comma(self, start: int, end: int) -> bool:
        if self.expect is not _Expect.NEXT:
            return False
        if self.line_start >= 0:
            self._place(start, end)
            self._break_line()
        self.expect = _Expect.KEY if self.opened[-1][0] == "{" else _Expect.VALUE
        return True

    def _take_colon(self, start: int, end: int) -> bool:
        if self.expect is not _Expect.COLON:
            return False
        self._place(start, end)
        self.expect = _Expect.VALUE
        return True

    def _open(self, sign: str, start: int, end: int) -> bool:
        if not self._begin(_Expect.VALUE, _Expect.FIRST_VALUE):
            return False
        self._place(start, end)
        self.opened.append((sign, len(self.lines)))
        self.expect = _Expect.FIRST_KEY if sign == "{" else _Expect.FIRST_VALUE
        return True

    def _close(self, sign: str, start: int, end: int) -> bool:
        if not self.opened or _CLOSER[self.opened[-1][0]] != sign:
            return False
        if self.expect not in _EMPTY_SO_FAR and self.expect is not _Expect.NEXT:
            return False
        opener = self.opened.pop()[1]
        if self.expect is _Expect.NEXT:
            self._break_line()
            self.lines.fold_end[opener] = len(self.lines) + 1
        self._place(start, end)
        self._end_value()
        return True

    def _open_string(self, lexeme: str, start: int) -> bool:
        """Show a string that holds JSON or several lines as lines of its own, one level deeper."""
        holds_json = self.level < MAX_NESTED_STRINGS and _CONTAINER_IN_STRING.match(lexeme) is not None
        if not holds_json and "\\n" not in lexeme:
            return False
        text = _decoded(lexeme)
        if text is None:
            return False
        before = len(self.lines), len(self.lines.sources)
        opener, depth = self._end_line_before(start)
        self.lines.sources.append(text)
        if not (holds_json and lay_out_json(self.lines, before[1], depth + 1, self.level + 1)):
            if "\n" not in text:
                self.lines.cut_back(*before)
                return False
            self.lines.kind[opener] = LineKind.TEXT_IN_STRING
            lay_out_text(self.lines, before[1], depth + 1, LineKind.PROSE)
        self.lines.fold_end[opener] = len(self.lines)
        self.line_start = -1
        return True

    def _end_line_before(self, string_start: int) -> tuple[int, int]:
        """Add the line that a string to be opened stands on, without the string; its number and depth."""
        if self.line_start < 0:
            depth = self.depth + len(self.opened)
            start = end = string_start
        else:
            start, end, depth = self.line_start, self.line_end, self.line_depth
        self.lines.add(self.source, start, end, depth, LineKind.JSON_IN_STRING)
        return len(self.lines) - 1, depth


def lay_out_text(lines: Lines, source: int, depth: int, kind: LineKind) -> None:
    """Append the lines of `lines.sources[source]` as they are; line breaks are LF or CR LF."""
    text = lines.sources[source]
    start = 0
    for match in _LINE_BREAK.finditer(text):
        lines.add(source, start, match.start(), depth, kind)
        start = match.end()
    if start < len(text) or start == 0:
        lines.add(source, start, len(text), depth, kind)


def _decoded(lexeme: str) -> str | None:
    """The text that a JSON string stands for; None where its escapes are wrong."""
    try:
        text: object = json.loads(lexeme, strict=False)
    except ValueError:
        return None
    return text if isinstance(text, str) else None
