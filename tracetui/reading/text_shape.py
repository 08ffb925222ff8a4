"""Tell JSON Lines, a JSON list, one document, documents put together and tables apart by the first bytes of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from tracetui.reading.lenient import NotJson, loads
from tracetui.reading.prefixed import are_prefixed
from tracetui.reading.structure import value_end
from tracetui.reading.table_shape import separator_of
from tracetui.reading.text_stream import Peekable

_FIRST_LOOK_BYTES = 256 * 1024
_SAMPLE_LINES = 20
_RECORD_SEPARATOR = b"\x1e"  # begins each text of a JSON text sequence (RFC 7464)
_OBJECT = re.compile(rb'\{\s*(?:["}]|\Z)')
_LIST = re.compile(rb"\[\s*(?:[\[{\"\]]|(?:-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity)\s*[,\]]|\Z)")
_BRACKETS = re.compile(rb"\[[^\[\]{}\"\n]*\][ \t]*[^\s,\]]")
_OBJECT_AT_MARGIN = re.compile(rb'^\{\s*["}]', re.MULTILINE)
TABLES = ("csv", "tsv")
PREFIXED = "prefixed jsonl"
_VALUE_GOES_ON = (b",", b"[", b"{", b":")


@dataclass(frozen=True, slots=True)
class TextShape:
    """`container` is "jsonl", "json", "json array", "concatenated json", "csv", "tsv" or "prefixed jsonl".

    `separator` ends a line of "jsonl" and parts the cells of a table.
    """

    container: str
    separator: bytes = b"\n"


def look(stream: Peekable, limit_bytes: int) -> tuple[bytes, bool]:
    """The head of a text, at least its first line where that is not longer than the limit, and whether it is all."""
    size = _FIRST_LOOK_BYTES
    while True:
        head = stream.peek(size)
        if len(head) < size:
            return head, True
        if (
            b"\n" in head.lstrip()
            or b"\r" in head.lstrip()
            or size >= limit_bytes
            or head.lstrip()[:1] == b"["
        ):
            return head, False
        size = min(size * 4, limit_bytes)


def shape_of(head: bytes, *, complete: bool) -> TextShape | None:
    """The shape of a UTF-8 text, or None when it is neither JSON nor a table. `complete` says that the head is all."""
    # `[1234] INFO {…}` begins as a list does
    bracketed = _prefixed_shape(head, complete=complete) if _BRACKETS.match(head.lstrip()) else None
    return bracketed or (
        _json_shape(head, complete=complete)
        or _table_shape(head, complete=complete)
        or _prefixed_shape(head, complete=complete)
    )


def _prefixed_shape(head: bytes, *, complete: bool) -> TextShape | None:
    lines = [line for line in head.split(b"\n", _SAMPLE_LINES + 1) if line.strip()]
    # the last one is cut, or the rest
    lines = lines if complete and len(lines) <= _SAMPLE_LINES else lines[:-1]
    return TextShape(PREFIXED) if are_prefixed(lines) else None


def _table_shape(head: bytes, *, complete: bool) -> TextShape | None:
    separator = separator_of(head, complete=complete)
    if separator is None:
        return None
    return TextShape("tsv" if separator == b"\t" else "csv", separator)


def _json_shape(head: bytes, *, complete: bool) -> TextShape | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(_RECORD_SEPARATOR):
        return TextShape("concatenated json")
    separator = b"\n" if b"\n" in text or b"\r" not in text else b"\r"
    if not (_OBJECT.match(text) or _LIST.match(text)):
        return _shape_after_garbage(text, separator)
    first, _, rest = text.partition(separator)
    if not _is_json(first):
        return _shape_of_long_value(text, separator)
    if not rest.strip() and complete:
        return TextShape("json array" if text.startswith(b"[") else "json")
    spread = _spreads_over_lines(rest.strip(), separator)
    return TextShape("concatenated json") if spread else TextShape("jsonl", separator)


def _spreads_over_lines(text: bytes, separator: bytes) -> bool:
    """Whether the first line that is not a whole value begins an object or list that is whole on several lines."""
    for _ in range(_SAMPLE_LINES):
        line, _, rest = text.partition(separator)
        if not _is_json(line):
            break
        text = rest.lstrip()
    if text[:1] not in (b"{", b"["):
        return False
    end = value_end(text, 0)
    return end is not None and separator in text[:end] and _is_json(text[:end])


def _shape_of_long_value(text: bytes, separator: bytes) -> TextShape:
    """The first line does not hold a whole value."""
    end = value_end(text, 0)
    whole = end is not None and _is_json(text[:end])
    if not whole and _holds_json_lines(text, separator):
        return TextShape("jsonl", separator)
    if whole and text[end:].strip(b" \t\r\n,\x1e"):
        return TextShape("concatenated json")
    return TextShape("json array" if text.startswith(b"[") else "json")


def _shape_after_garbage(text: bytes, separator: bytes) -> TextShape | None:
    if _holds_json_lines(text, separator):
        return TextShape("jsonl", separator)
    for match in islice(_OBJECT_AT_MARGIN.finditer(text), _SAMPLE_LINES):
        end = value_end(text, match.start())
        if end is not None and _is_json(text[match.start() : end]):
            return TextShape("concatenated json")
    return TextShape("json") if _is_json(text.rstrip()) else None


def _holds_json_lines(text: bytes, separator: bytes) -> bool:
    """Whether one of the first lines is a whole object or list, not indented and not part of a longer value."""
    lines = [line.rstrip() for line in text.split(separator, _SAMPLE_LINES * 2)]
    lines = [line for line in lines if line][:_SAMPLE_LINES]
    for before, line in zip([b"", *lines], lines, strict=False):
        if line[:1] in (b"{", b"[") and not before.endswith(_VALUE_GOES_ON) and _is_json(line):
            return True
    return False


def _is_json(text: bytes) -> bool:
    try:
        loads(text)
    except NotJson:
        return False
    return True
