"""Find where a JSON value ends without decoding it, at the speed of the regular expression engine."""

from __future__ import annotations

import re

# Repeated groups are atomic, (?>(?:…)*): possessive ones, (?:…)*+, match wrongly in Python 3.11.2.
_STRING = rb'"(?>[^"\\\n]*+(?:\\.[^"\\\n]*+)*)"'
_PLAIN = rb'[^"{}\[\]]++'
_LEAF = rb"(?>(?:" + _PLAIN + rb"|" + _STRING + rb")*)"
_TWIG = rb"(?>(?:" + _PLAIN + rb"|" + _STRING + rb"|\{" + _LEAF + rb"\}|\[" + _LEAF + rb"\])*)"
_TO_NEXT_BRACKET = re.compile(
    rb"(?>(?:" + _PLAIN + rb"|" + _STRING + rb"|\{" + _TWIG + rb"\}|\[" + _TWIG + rb"\])*)([{}\[\]\"]|\Z)",
    re.DOTALL,
)
_OPEN, _CLOSE, _QUOTE = b"{[", b"}]", ord('"')
_WHOLE_STRINGS = re.compile(rb'(?>(?:[^"]++|' + _STRING + rb")*)", re.DOTALL)
_STRINGS = re.compile(_STRING, re.DOTALL)
_TO_THE_END = re.compile(rb"\s*+\Z")
_DEEP = 64  # where a few hundred bytes cannot close what is open, they need not be walked
_MOST_AT_ONCE_BYTES = 1 << 16


class Walk:
    """Walks from the opening bracket of a value to its closing one over a buffer that may grow meanwhile."""

    def __init__(self, start: int) -> None:
        self._position = start + 1
        self._depth = 1

    def end(self, octets: bytes, *, final: bool) -> int | None:
        """The offset after the value, or None when the buffer ends before; call again with more of the same."""
        while True:
            if self._depth > _DEEP and self._passes_many(octets):
                continue
            match = _TO_NEXT_BRACKET.match(octets, self._position)
            if match is None:
                return None
            sign = match[1]
            if not sign:
                # Nothing but plain text follows: what was passed is final, unless a string is still open.
                self._position = match.end()
                return None
            if sign[0] == _QUOTE:
                if not self._passes_stray_quote(octets, match.end(), final=final):
                    return None
                continue
            self._position = match.end()
            self._depth += 1 if sign in _OPEN else -1
            if self._depth <= 0:
                return self._position

    def _passes_many(self, octets: bytes) -> bool:
        """Pass over fewer bytes than there are levels: the value cannot end there."""
        most = min(self._depth - 1, _MOST_AT_ONCE_BYTES)
        match = _WHOLE_STRINGS.match(octets, self._position, self._position + most)
        assert match is not None
        if match.end() == self._position:
            return False
        passed = match.group()
        if b'"' in passed:
            passed = _STRINGS.sub(b"", passed)
        ups = passed.count(b"[") + passed.count(b"{")
        self._depth += ups - passed.count(b"]") - passed.count(b"}")
        self._position = match.end()
        return True

    def _passes_stray_quote(self, octets: bytes, after: int, *, final: bool) -> bool:
        # A string cannot hold a raw line end, so a quote without a partner on its line stands for itself;
        # without a line end the string may go on in what has not been read yet, or was cut off.
        line_end = octets.find(b"\n", after)
        if line_end < 0 or (final and _TO_THE_END.match(octets, line_end)):
            return False
        self._position = after
        return True

    def shift(self, size: int) -> None:
        """Tell that `size` bytes were dropped from the front of the buffer."""
        self._position -= size

    @property
    def position(self) -> int:
        """How far the walk came; bytes before it are not needed to go on."""
        return self._position


def value_end(octets: bytes, start: int) -> int | None:
    """The offset after the object or list that begins at `start`, or None when it does not end."""
    return Walk(start).end(octets, final=True)
