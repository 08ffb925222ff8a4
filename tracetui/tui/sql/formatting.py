"""A statement laid out anew: keywords in capitals, a line for each clause, every other token as it was."""

from __future__ import annotations

from tracetui.tui.sql.tokens import tokens

_CLAUSES = frozenset(
    [
        "select",
        "from",
        "where",
        "group",
        "having",
        "qualify",
        "window",
        "order",
        "limit",
        "offset",
        "union",
        "except",
        "intersect",
        "with",
        "pivot",
        "unpivot",
    ]
)
_JOINS = frozenset(
    ["left", "right", "full", "inner", "cross", "natural", "asof", "positional", "semi", "anti", "join"]
)
_BEFORE_SELECT = frozenset(("all", "distinct", "describe", "summarize", "explain", "analyze"))


def formatted(text: str) -> str:
    """The statement laid out; what stands in brackets stays on its line."""
    parts: list[str] = []
    depth, end, before = 0, 0, ""
    for token in tokens(text):
        word = text[token.start : token.stop]
        lower = word.lower() if token.kind == "keyword" else ""
        if parts:
            has_gap = token.start > end
            is_clause = not depth and _begins_line(lower, before)
            parts.append("\n" if is_clause or parts[-1].startswith("--") else " " if has_gap else "")
        parts.append(word.upper() if lower else word)
        depth += (word in {"(", "[", "{"}) - (word in {")", "]", "}"})
        end, before = token.stop, lower
    return "".join(parts)


def _begins_line(word: str, before: str) -> bool:
    if word in _JOINS:
        return before not in _JOINS and before != "outer"
    if word == "select" and before in _BEFORE_SELECT:
        return False
    return (
        word in _CLAUSES and not (word == "group" and before == "within") and not (word == "with" and before)
    )
