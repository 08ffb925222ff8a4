"""SQL as tokens: for colours, for the statement under the cursor, and for what may be completed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEYWORDS = frozenset(
    [
        "all",
        "analyze",
        "and",
        "any",
        "anti",
        "as",
        "asc",
        "asof",
        "between",
        "both",
        "by",
        "case",
        "cast",
        "collate",
        "cross",
        "cube",
        "current",
        "desc",
        "describe",
        "distinct",
        "else",
        "end",
        "escape",
        "except",
        "exclude",
        "exists",
        "explain",
        "false",
        "fetch",
        "filter",
        "first",
        "following",
        "for",
        "from",
        "full",
        "group",
        "grouping",
        "having",
        "ilike",
        "in",
        "inner",
        "intersect",
        "interval",
        "into",
        "is",
        "join",
        "last",
        "lateral",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "nulls",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "pivot",
        "positional",
        "preceding",
        "qualify",
        "range",
        "recursive",
        "replace",
        "respect",
        "right",
        "rollup",
        "rows",
        "sample",
        "select",
        "semi",
        "sets",
        "show",
        "some",
        "summarize",
        "table",
        "tablesample",
        "then",
        "ties",
        "to",
        "true",
        "unbounded",
        "union",
        "unnest",
        "unpivot",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
        "within",
    ]
)
"""Words that begin or join the parts of a statement that reads."""

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<string>'(?:[^']|'')*(?:'|\Z)|\$(?P<tag>[A-Za-z_]?\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    |(?P<quoted>"(?:[^"]|"")*(?:"|\Z))
    |(?P<parameter>\$\w+|\?)
    |(?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<end>;)
    |(?P<sign>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_KINDS = ("comment", "string", "quoted", "parameter", "number", "word", "end", "sign")
_CALL = re.compile(r"\s*\(")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of SQL; `kind` is comment, string, quoted, parameter, number, keyword, function, name, end or sign."""

    start: int
    stop: int
    kind: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of a script, without what surrounds it."""

    start: int
    stop: int
    text: str


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a script in order; spaces are left out."""
    for match in _TOKEN.finditer(text):
        kind = next(kind for kind in _KINDS if match[kind] is not None)
        if kind == "word":
            kind = _word_kind(match[0], text, match.end())
        yield Token(match.start(), match.end(), kind)


def _word_kind(word: str, text: str, end: int) -> str:
    if word.lower() in KEYWORDS:
        return "keyword"
    return "function" if _CALL.match(text, end) else "name"


def statements(text: str) -> list[Piece]:
    """The statements of a script; what holds nothing but comments is none."""
    found = []
    start = None
    stop = 0
    for token in tokens(text):
        if token.kind == "end":
            if start is not None:
                found.append(Piece(start, stop, text[start:stop]))
            start = None
        elif token.kind != "comment":
            start, stop = token.start if start is None else start, token.stop
    if start is not None:
        found.append(Piece(start, stop, text[start:stop]))
    return found


def statement_at(text: str, place: int) -> Piece | None:
    """The statement that holds a place, else the last that ends before it, else the first."""
    found = statements(text)
    before = [piece for piece in found if piece.start <= place]
    return before[-1] if before else found[0] if found else None


def parameters(text: str) -> list[str]:
    """Names behind `$`, in the order in which they first stand."""
    named = (text[token.start + 1 : token.stop] for token in tokens(text) if token.kind == "parameter")
    return list(dict.fromkeys(name for name in named if name and not name.isdigit()))


def quoted_name(name: str) -> str:
    """A name as SQL writes it, in quotes where it needs them."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in KEYWORDS:
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def text_literal(text: str) -> str:
    """A text as a literal; characters that cannot be shown are spelled by their number."""
    parts = [
        "'" + part.replace("'", "''") + "'" if index % 2 == 0 else f"chr({ord(part)})"
        for index, part in enumerate(re.split(_UNSHOWN, text))
        if part or index == 0
    ]
    return " || ".join(parts)


_UNSHOWN = re.compile(
    "([\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff])"
)
