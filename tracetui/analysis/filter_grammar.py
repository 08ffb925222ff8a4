"""The filter language: `status:error tool:search cost:>0.1 -env:dev (a OR b) "two words"`, parsed to a tree.

Terms side by side must all hold; `OR` and brackets group; `-` or `NOT` before a term turns it round. A term is
`field:value`, with a comparison (`>`, `>=`, `<`, `<=`, `=`, `!=`), a range `a..b` or alternatives `a,b` after the colon;
a bare word is looked for in the text that is always shown. Which fields there are is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from tracetui.errors import FilterError

MOST_DEPTH = 40
"""Brackets within brackets beyond this are refused."""

_FIELD = re.compile(r"([A-Za-z_][\w.@/-]*):(?!//)")
_COMPARISON = re.compile(r">=|<=|!=|>|<|=")
_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Word:
    """A text to be found anywhere; `start` is its place in the filter, `is_exact` is true where it is quoted."""

    text: str
    start: int
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """`field` compared by `operator` (empty where none is written) with any of `values`.

    `is_exact` is true for a quoted value, which is taken as it stands. `start` and `stop` are places in the filter,
    `value_start` is that of the value.
    """

    field: str
    operator: str
    values: tuple[str, ...]
    is_exact: bool
    start: int
    value_start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    of: Filter


@dataclass(frozen=True, slots=True)
class AllOf:
    """What must hold together."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Of which one must hold."""

    parts: tuple[Filter, ...]


Filter: TypeAlias = "Word | Term | Not | AllOf | AnyOf"


def parse(text: str) -> Filter | None:
    """The tree of a filter, None for an empty one. Raises FilterError with the place of what does not fit."""
    reader = _Reader(text)
    found = reader.alternatives(0)
    if reader.position < len(text):
        raise FilterError("there is no bracket open that `)` could close", reader.position)
    return found


class _Reader:
    """Reads the text from left to right, one method a rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    def alternatives(self, depth: int) -> Filter | None:
        parts = [self._together(depth)]
        while self._keyword("OR"):
            parts.append(self._together(depth))
        if len(parts) > 1 and None in parts:
            raise FilterError("OR stands between two terms", max(self.position - 2, 0))
        found = tuple(part for part in parts if part is not None)
        return AnyOf(found) if len(found) > 1 else (found[0] if found else None)

    def _together(self, depth: int) -> Filter | None:
        parts: list[Filter] = []
        while not self._at_end_of_group() and not self._sees("OR"):
            if self._keyword("AND"):
                if not parts or self._at_end_of_group():
                    raise FilterError("AND stands between two terms", self.position)
                continue
            self._refuse_small_keyword()
            parts.append(self._one(depth))
        return AllOf(tuple(parts)) if len(parts) > 1 else (parts[0] if parts else None)

    def _one(self, depth: int) -> Filter:
        self._skip_blanks()
        start = self.position
        turns = 0
        while self._keyword("NOT") or self._minus():
            turns += 1
            self._skip_blanks()
        if self._at_end_of_group():
            raise FilterError("nothing stands after the negation", start)
        inner = self._group(depth) if self._text[self.position] == "(" else self._term()
        return Not(inner) if turns % 2 else inner

    def _group(self, depth: int) -> Filter:
        start = self.position
        if depth >= MOST_DEPTH:
            raise FilterError(f"more than {MOST_DEPTH} brackets within brackets", start)
        self.position += 1
        inner = self.alternatives(depth + 1)
        if self.position >= len(self._text):
            raise FilterError("this bracket is not closed", start)
        self.position += 1
        if inner is None:
            raise FilterError("these brackets hold nothing", start)
        return inner

    def _term(self) -> Filter:
        start = self.position
        named = _FIELD.match(self._text, start)
        if named is None:
            text, is_exact = self._value("")
            return Word(text, start, is_exact)
        self.position = named.end()
        compared = _COMPARISON.match(self._text, self.position)
        operator = compared.group() if compared else ""
        self.position += len(operator)
        value_start = self.position
        if self._at_end_of_group() or self._text[self.position].isspace():
            raise FilterError(f"{named.group(1)}: wants a value", value_start)
        values, is_exact = self._values()
        return Term(named.group(1), operator, values, is_exact, start, value_start, self.position)

    def _values(self) -> tuple[tuple[str, ...], bool]:
        values, is_exact = [], False
        while True:
            value, is_quoted = self._value(",")
            is_exact = is_exact or is_quoted
            values.append(value)
            if not self._text.startswith(",", self.position):
                return tuple(value for value in values if value or is_exact) or ("",), is_exact
            self.position += 1

    def _value(self, ends: str) -> tuple[str, bool]:
        """A quoted text, or everything up to a blank, a bracket that closes a group, or one of `ends`."""
        start = self.position
        if start < len(self._text) and self._text[start] in _QUOTES:
            return self._quoted(self._text[start]), True
        open_brackets = 0
        while self.position < len(self._text):
            sign = self._text[self.position]
            if sign.isspace() or sign in ends or (sign == ")" and not open_brackets):
                break
            open_brackets += (sign == "(") - (sign == ")")
            self.position += 1
        return self._text[start : self.position], False

    def _quoted(self, quote: str) -> str:
        start = self.position
        self.position += 1
        said: list[str] = []
        while self.position < len(self._text):
            sign = self._text[self.position]
            self.position += 1
            if sign == quote:
                return "".join(said)
            if sign == "\\" and self._text[self.position : self.position + 1] in (quote, "\\"):
                sign = self._text[self.position]
                self.position += 1
            said.append(sign)
        raise FilterError("this quote is not closed", start)

    def _minus(self) -> bool:
        following = self._text[self.position + 1 : self.position + 2]
        if self._text.startswith("-", self.position) and following and not following.isspace():
            self.position += 1
            return True
        return False

    def _keyword(self, word: str) -> bool:
        if not self._sees(word):
            return False
        self.position += len(word)
        return True

    def _sees(self, word: str) -> bool:
        """Whether the word stands here, alone."""
        self._skip_blanks()
        stop = self.position + len(word)
        alone = stop >= len(self._text) or self._text[stop].isspace() or self._text[stop] in "()"
        return alone and self._text.startswith(word, self.position)

    def _refuse_small_keyword(self) -> None:
        """In small letters nobody knows whether the word is meant or what it does."""
        for word in ("or", "and", "not"):
            if self._sees(word):
                hint = f'Write {word.upper()}, or "{word}" in quotes to find the word.'
                raise FilterError(f"{word} in small letters could mean two things", self.position, hint)

    def _at_end_of_group(self) -> bool:
        self._skip_blanks()
        return self.position >= len(self._text) or self._text[self.position] == ")"

    def _skip_blanks(self) -> None:
        while self.position < len(self._text) and self._text[self.position].isspace():
            self.position += 1
