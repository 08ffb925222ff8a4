"""What may stand at a place of a statement: views, columns, functions, words, JSON keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tracetui.tui.sql.catalog import Catalog, ViewFacts
from tracetui.tui.sql.tokens import KEYWORDS, Token, quoted_name, statement_at, tokens

MAX_ITEMS = 60
_TABLE_WORDS = frozenset({"from", "join", "describe", "summarize", "table"})
_COMPARISONS = frozenset({"=", ">", "<", "!", "(", ",", "in", "like", "ilike"})


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal: the text that takes the place of what was typed, its kind, and a remark."""

    text: str
    kind: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Proposals for the text from `start` on. `column` names a column of `view` whose values are wanted."""

    start: int
    items: tuple[Item, ...] = ()
    column: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """The tokens before the place, and what of a token is typed already."""

    words: list[str]
    typed: str
    start: int
    is_text: bool
    views: Mapping[str, ViewFacts] = field(default_factory=dict)


def complete(catalog: Catalog, text: str, place: int) -> Completion:
    """Proposals for a place in a script. Columns whose values are wanted are only named."""
    at = _place(catalog, text, place)
    if at is None:
        return Completion(place)
    if at.is_text:
        return _in_text(catalog, at)
    before = at.words[-1].lower() if at.words else ""
    if before == "." and len(at.words) > 1:
        view = at.views.get(at.words[-2].lower())
        return _matching(at, _columns([view] if view else []))
    if before in _TABLE_WORDS or (before == "," and _is_in_from(at.words)):
        return _matching(at, _views(catalog))
    views = list(dict.fromkeys(at.views.values()))
    return _matching(at, _everything(catalog, views)) if at.typed else Completion(place)


def _place(catalog: Catalog, text: str, place: int) -> _Place | None:
    piece = statement_at(text, place)
    begin, end = (piece.start, piece.stop) if piece is not None else (0, len(text))
    found = list(tokens(text[begin : max(end, place)]))
    inside = next((t for t in found if begin + t.start < place <= begin + t.stop), None)
    if inside is not None and inside.kind == "comment":
        return None
    is_text = inside is not None and inside.kind == "string" and _is_open(text, begin, inside, place)
    is_word = inside is not None and inside.kind in {"name", "keyword", "function"}
    start = begin + inside.start + is_text if inside is not None and (is_text or is_word) else place
    words = [text[begin + t.start : begin + t.stop] for t in found if begin + t.stop <= start - is_text]
    return _Place(words, text[start:place], start, is_text, _named_views(catalog, text[begin:end], found))


def _is_open(text: str, begin: int, token: Token, place: int) -> bool:
    """Whether the place is inside the quotes."""
    stop = begin + token.stop
    return place < stop or text[stop - 1] != "'" or token.stop - token.start == 1


def _named_views(catalog: Catalog, text: str, found: list[Token]) -> dict[str, ViewFacts]:
    """Views of the statement by name and by alias, in lower case."""
    words = [text[t.start : t.stop].strip('"').lower() for t in found if t.kind != "comment"]
    named: dict[str, ViewFacts] = {}
    for index, word in enumerate(words):
        view = catalog.views.get(word)
        if view is None or index == 0 or (words[index - 1] not in _TABLE_WORDS and words[index - 1] != ","):
            continue
        named[word] = view
        after = words[index + 1 : index + 3]
        alias = after[1] if after[:1] == ["as"] and len(after) > 1 else after[0] if after else ""
        if re.fullmatch(r"\w+", alias) and alias not in KEYWORDS:
            named[alias] = view
    return named


def _is_in_from(words: list[str]) -> bool:
    for word in reversed(words):
        if word.lower() in KEYWORDS:
            return word.lower() in _TABLE_WORDS
    return False


def _in_text(catalog: Catalog, at: _Place) -> Completion:
    words = [word.lower() for word in at.words]
    if words[-2:] == ["-", ">"] or words[-3:] == ["-", ">", ">"]:
        column = words[-4 if words[-3:] == ["-", ">", ">"] else -3 :][0]
        return _matching(at, [Item(key.replace("'", "''"), "key") for key in _keys(catalog, at, column)])
    column = next(
        (word for word in reversed(words) if word not in _COMPARISONS and not word.startswith("'")), ""
    )
    for view in at.views.values():
        if any(known.name == column for known in view.columns):
            return Completion(at.start, column=column, view=view.name)
    return Completion(at.start)


def _keys(catalog: Catalog, at: _Place, column: str) -> Iterable[str]:
    """Keys of a JSON column: of the views that the statement names, or of all where none of these has it."""
    views = {view.name for view in at.views.values()}
    places = [place for place in catalog.keys if place[1] == column]
    named = [place for place in places if place[0] in views]
    return dict.fromkeys(key for place in named or places for key in catalog.keys[place])


def values_of(completion: Completion, typed: str, values: Iterable[tuple[str, int]]) -> Completion:
    """The proposals of a completion that wanted the values of a column."""
    items = [Item(text.replace("'", "''"), "value", f"{count:,}×") for text, count in values]
    at = _Place([], typed, completion.start, True)
    return _matching(at, items)


def _everything(catalog: Catalog, views: list[ViewFacts]) -> Iterator[Item]:
    yield from _columns(views or catalog.views.values())
    yield from (Item(name.upper(), "word") for name in sorted(KEYWORDS))
    yield from (Item(f"{name}(", "function") for name in catalog.functions)
    yield from _views(catalog)


def _views(catalog: Catalog) -> Iterator[Item]:
    for view in catalog.views.values():
        yield Item(quoted_name(view.name), "view", view.about)


def _columns(views: Iterable[ViewFacts]) -> Iterator[Item]:
    seen = set()
    for view in views:
        for column in view.columns:
            if column.name not in seen:
                seen.add(column.name)
                yield Item(quoted_name(column.name), "column", f"{column.type}  {column.about}")


def _matching(at: _Place, items: Iterable[Item]) -> Completion:
    """What begins with the typed text, then what holds it; nothing where it is typed whole already."""
    typed = at.typed.lower()
    first, rest = [], []
    for item in items:
        text = item.text.lower().lstrip('"')
        if text.startswith(typed):
            first.append(item)
        elif len(typed) > 1 and typed in text:
            rest.append(item)
    found = [*first, *rest]
    if len(found) == 1 and found[0].text.lower() == typed:
        found = []
    return Completion(at.start, tuple(found[:MAX_ITEMS]))
