"""Where the spans stand in OTLP/JSON lines as exporters write them: compact, trace id first.

Finding `{"traceId":"` is lexically safe, since inside a JSON string its quotes would be escaped. Every other shape
(another key order, spaces, logs, metrics) fails one of the checks, and its line is left to the full reader.
"""

from __future__ import annotations

import re
from array import array

import orjson

from tracetui.reading.pieces import Chunk, Header, Piece, Pieces

FIRST = b'{"resourceSpans":[{"resource":'
_SPAN = b'{"traceId":"'
_SPAN_BEGINS = re.compile(re.escape(_SPAN))  # its iterator is faster than calls of `find`
_SPANS = b',"spans":['
_LINKS = b'"links":['
_SCOPES = b',"scopeSpans":['
_RESOURCE = b'{"resource":'
_SCOPE = b'{"scope":'
_COMMA, _SPACE, _OPEN = 0x2C, 0x20, 0x5B
_LONGEST_END = 2_000
_MOST_REMEMBERED = 4_096
_RESOURCE_FIELDS = frozenset({"attributes", "droppedAttributesCount", "entityRefs"})

_CLOSE = rb'\](?:,"schemaUrl":"[^"\\]*")?\}'
_SCOPE_END = re.compile(rb"\}(" + _CLOSE + rb",)\Z")
_RESOURCE_END = re.compile(rb"\}(" + _CLOSE + _CLOSE + rb",)\Z")
_LINE_END = re.compile(rb"\}(" + _CLOSE + _CLOSE + rb"\]\}\s*)\Z")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class _OtherShape(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """The line is not written as expected."""


class OtlpCutter:
    """Cuts chunks of OTLP lines into spans; one comma or bracket after each span is blanked in the buffer."""

    def __init__(self) -> None:
        self._regular: set[bytes] = set()

    def cut(self, chunk: Chunk, first_line: int) -> Pieces:
        """The spans of the chunk's lines, with rows of line 0 between the scopes."""
        pieces = Pieces(chunk)
        buffer, position = chunk.buffer, 0
        while position < chunk.size:
            stop = buffer.index(b"\n", position) + 1
            line = first_line + pieces.line_count
            pieces.line_starts.append(chunk.byte_offset + position)
            pieces.line_count += 1
            self._cut_line(pieces, position, stop, line)
            position = stop
        pieces.starts.append(position)
        return pieces

    def _cut_line(self, pieces: Pieces, start: int, stop: int, line: int) -> None:
        rows, headers = len(pieces.starts), len(pieces.headers)
        buffer = pieces.chunk.buffer
        if stop - start <= 2 and not buffer[start:stop].strip():
            _between(pieces, start)
            return
        try:
            if not buffer.startswith(FIRST, start):
                raise _OtherShape
            _Line(pieces, line, stop).cut(start)
            self._check([header for _, header in pieces.headers[headers:] if header])
        except _OtherShape:
            del pieces.starts[rows:], pieces.lines[rows:], pieces.headers[headers:]
            _between(pieces, start)
            pieces.rest.append(Piece(pieces.chunk.byte_offset + start, stop - 1 - start, line))

    def _check(self, headers: list[Header]) -> None:
        """Raise where a resource or scope is not written as OTLP says."""
        for header in headers:
            for text, is_regular in ((header.resource, _is_resource), (header.scope, _is_scope)):
                if text not in self._regular:
                    if not is_regular(text):
                        raise _OtherShape
                    if len(self._regular) > _MOST_REMEMBERED:
                        self._regular.clear()
                    self._regular.add(text)


def _is_resource(text: bytes) -> bool:
    """Whether the text is a resource whose attributes are all typed."""
    resource = _decoded(text)
    if not isinstance(resource, dict) or not (resource.keys() <= _RESOURCE_FIELDS):
        return False
    attributes = resource.get("attributes", [])
    return isinstance(attributes, list) and all(map(_is_typed, attributes))


def _is_scope(text: bytes) -> bool:
    return isinstance(_decoded(text), dict)


def _is_typed(attribute: object) -> bool:
    if not isinstance(attribute, dict) or not isinstance(attribute.get("key"), str):
        return False
    value = attribute.get("value")
    return (
        isinstance(value, dict)
        and isinstance(value.get("stringValue", ""), str)
        and str(value.get("intValue", "0")).removeprefix("-").isdecimal()
    )


def _decoded(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _between(pieces: Pieces, start: int) -> None:
    """A row that holds no record begins here."""
    pieces.starts.append(start)
    pieces.lines.append(0)
    pieces.headers.append((1, None))


class _Line:
    """One line being cut: goes from scope to scope."""

    def __init__(self, pieces: Pieces, line: int, stop: int) -> None:
        self._pieces = pieces
        self._buffer = pieces.chunk.buffer
        self._line = line
        self._stop = stop
        self._resource: tuple[bytes, int] | None = None

    def cut(self, start: int) -> None:
        buffer, stop = self._buffer, self._stop
        first = buffer.find(_SPAN, start, stop)
        if first < 0:
            raise _OtherShape
        _between(self._pieces, start)
        while first >= 0:
            header, _ = self._header(start, first)
            starts, following = self._spans(first)
            end = self._end(starts[-1], following)
            buffer[end] = _SPACE
            self._pieces.starts.extend(starts)
            self._pieces.lines.extend(array("q", (self._line,)) * len(starts))
            self._pieces.headers.append((len(starts), header))
            _between(self._pieces, end + 1)
            start, first = end, following

    def _spans(self, first: int) -> tuple[array[int], int]:
        """Starts of the spans of one scope, and the first span of the next scope or -1."""
        buffer, inside = self._buffer, 0
        starts = array("i", (first,))
        append = starts.append
        for found in _SPAN_BEGINS.finditer(buffer, first + len(_SPAN), self._stop):
            position = found.start()
            before = position - 1
            if position < inside:
                continue
            if buffer[before] == _COMMA:
                buffer[before] = _SPACE
                append(position)
            elif buffer[before] != _OPEN:
                raise _OtherShape
            elif buffer.endswith(_LINKS, 0, position):
                inside = self._after_array(before)
            else:
                return starts, position
        return starts, -1

    def _after_array(self, position: int) -> int:
        """Position after the array that begins at `position`."""
        depth = 0
        for token in _TOKEN.finditer(self._buffer, position, self._stop):
            sign = self._buffer[token.start()]
            depth += (sign in b"[{") - (sign in b"]}")
            if depth == 0:
                return token.end()
        raise _OtherShape

    def _header(self, start: int, first: int) -> tuple[Header, int]:
        """Resource and scope of the spans that begin at `first`, and where their text begins."""
        buffer, base = self._buffer, self._pieces.chunk.byte_offset
        scope = buffer.rfind(_SCOPE, start, first)
        if scope < 0 or not buffer.endswith(_SPANS, 0, first):
            raise _OtherShape
        begin = scope
        resource = buffer.rfind(_RESOURCE, start, scope)
        if resource >= 0:
            if not buffer.endswith(_SCOPES, 0, scope):
                raise _OtherShape
            begin, text = resource, resource + len(_RESOURCE)
            self._resource = (bytes(buffer[text : scope - len(_SCOPES)]), base + text)
        if self._resource is None:
            raise _OtherShape
        text = scope + len(_SCOPE)
        return Header(*self._resource, bytes(buffer[text : first - len(_SPANS)]), base + text), begin

    def _end(self, last: int, following: int) -> int:
        """Position after the last span of a scope, whose successors are checked to be nothing but brackets."""
        if following < 0:
            before, pattern = self._stop, _LINE_END
        else:
            _, before = self._header(last, following)
            pattern = _RESOURCE_END if self._buffer.startswith(_RESOURCE, before) else _SCOPE_END
        found = pattern.search(self._buffer, max(last, before - _LONGEST_END), before)
        if found is None:
            raise _OtherShape
        return found.start(1)
