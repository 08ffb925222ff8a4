"""How deep JSON text nests, counted without decoding it: what is not a bracket outside of strings falls away first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

MAX_DEPTH = 512
"""Levels of nesting accepted; walkers and encoders downstream rely on it."""

_WINDOW_BYTES = 1 << 20
_FEW_BRACKETS = MAX_DEPTH  # counted at once; only where they may reach the limit, one by one
_NOT_BRACKETS = bytes(c for c in range(256) if c not in b"[]{}")
_UP, _DOWN = b"\x01", b"\xff"  # +1 and -1 as signed bytes
_STEPS = bytes.maketrans(b"[{]}", _UP * 2 + _DOWN * 2)
_BACKSLASHES = re.compile(rb"\\*")


def too_deep_at(octets: bytes) -> int | None:
    """Offset of the first bracket that opens a level beyond MAX_DEPTH; None where there is none.

    The text need not be JSON: an unfinished string lasts to the end, closing brackets too many count below zero.
    """
    if octets.count(b"[") + octets.count(b"{") <= MAX_DEPTH:
        return None
    start, level, in_string = 0, 0, 0
    while start < len(octets):
        end = _window_end(octets, start)
        # What is escaped ends no string; of the same length, so that places stay the same.
        parts = octets[start:end].replace(b"\\\\", b"__").replace(b'\\"', b"__").split(b'"')
        steps = b"".join(parts[in_string::2]).translate(_STEPS, _NOT_BRACKETS)
        beyond = _first_beyond(steps, level)
        if beyond is not None:
            return start + _place_of(beyond, parts, in_string)
        level += 2 * steps.count(_UP) - len(steps)
        in_string ^= (len(parts) - 1) & 1
        start = end
    return None


def _window_end(octets: bytes, start: int) -> int:
    """An end that does not part a backslash from what it escapes."""
    end = min(start + _WINDOW_BYTES, len(octets))
    if octets[end - 1 : end] != b"\\":
        return end
    match = _BACKSLASHES.match(octets, end)
    assert match is not None
    return min(match.end() + 1, len(octets))


def _first_beyond(steps: bytes, level: int) -> int | None:
    """Index of the first step that leads beyond MAX_DEPTH."""
    for start in range(0, len(steps), _FEW_BRACKETS):
        few = steps[start : start + _FEW_BRACKETS]
        ups = few.count(_UP)
        if level + ups > MAX_DEPTH:
            levels = accumulate(memoryview(few).cast("b"), initial=level)
            beyond = next((at for at, reached in enumerate(levels) if reached > MAX_DEPTH), None)
            if beyond is not None:
                return start + beyond - 1
        level += 2 * ups - len(few)
    return None


def _place_of(bracket: int, parts: Sequence[bytes], in_string: int) -> int:
    """Offset of a bracket, counted from 0 in every second part, in the text that quotes part."""
    offset = 0
    for number, part in enumerate(parts):
        if number % 2 == in_string:
            inside = len(part.translate(None, _NOT_BRACKETS))
            if bracket < inside:
                places = (at for at, octet in enumerate(part) if octet in b"[]{}")
                return offset + next(place for at, place in enumerate(places) if at == bracket)
            bracket -= inside
        offset += len(part) + 1
    raise AssertionError("the bracket was counted in one of the parts")
