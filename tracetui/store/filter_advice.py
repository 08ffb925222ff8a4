"""What a filter that nothing passes may have meant: attributes, metadata and scores whose names are near to its own."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import duckdb

from tracetui.analysis import filter_grammar as grammar
from tracetui.errors import FilterError

_KEYS_OF = (
    "SELECT DISTINCT unnest(json_keys({0})) FROM"
    " (SELECT {0} FROM store.{1} WHERE json_valid({0}) AND json_type({0}) = 'OBJECT' LIMIT 20_000)"
)
_NAMES = {
    "attr": _KEYS_OF.format("attributes", "payloads"), "meta": _KEYS_OF.format("metadata", "runs"),
    "score": "SELECT DISTINCT name FROM store.scores WHERE name IS NOT NULL",
}  # fmt: skip


def advice(cursor: duckdb.DuckDBPyConnection, text: str) -> str:
    """A question such as `did you mean attr.gen_ai.request.model?`; empty where every name is known, none is near, or
    attributes are not loaded."""
    try:
        tree = grammar.parse(text)
    except FilterError:
        return ""
    for term in _terms(tree):
        prefix, _, key = term.field.partition(".")
        if key and prefix.lower() in _NAMES:
            near = _near(cursor, prefix.lower(), key)
            if near:
                return f"did you mean {prefix}.{near}?"
    return ""


def _terms(tree: grammar.Filter | None) -> Iterator[grammar.Term]:
    waiting = [tree]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, grammar.Term):
            yield part
        elif isinstance(part, grammar.Not):
            waiting.insert(0, part.of)
        elif isinstance(part, grammar.AllOf | grammar.AnyOf):
            waiting[:0] = part.parts


def _near(cursor: duckdb.DuckDBPyConnection, prefix: str, key: str) -> str:
    try:
        known = sorted(str(row[0]) for row in cursor.execute(_NAMES[prefix]).fetchall())
    except duckdb.Error:  # not loaded yet
        return ""
    if key in known or key.partition(".")[0] in known:  # the latter: a path into a nested value
        return ""
    same = [name for name in known if name.lower() == key.lower()]
    ends = [name for name in known if name.lower().endswith(f".{key.lower()}")]
    return next(iter([*same, *difflib.get_close_matches(key, known, n=1), *ends]), "")
