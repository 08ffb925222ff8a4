"""Checks that every format of logs has to pass: each record accounted for once, and no wrong type that raises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.formats.reading import entries_of
from tests.loading.dumps import load
from tracetui.api import TraceDB
from tracetui.formats.contract import Format, Head
from tracetui.model import Entry, ImportIssue, Span

WRONG: tuple[Any, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    [1],
    ["x"],
    {},
    {"x": 1},
    [[{}]],
    [{"type": "text"}],
)


def accounted(entries: list[Entry]) -> Counter[int | None]:
    """How many entries stand for each line; derived spans and issues stand for none."""
    return Counter(
        entry.origin.line
        for entry in entries
        if not isinstance(entry, ImportIssue)
        and not (isinstance(entry, Span) and entry.is_derived)
        and entry.origin is not None
    )


def assert_never_raises(known: Format, lines: list[Any], *, one_entry_each: bool = True) -> None:
    """Every value at every place of the lines replaced by each wrong one; ids of spans stay unique."""
    for spoiled in _spoiled(lines):
        known.sniff(Head(spoiled))
        entries = entries_of(known, *spoiled)
        if one_entry_each:
            assert accounted(entries) == Counter(range(1, len(spoiled) + 1)), spoiled
        ids = Counter((e.trace_id, e.span_id) for e in entries if isinstance(e, Span))
        assert not [found for found, times in ids.items() if times > 1], spoiled


def _spoiled(lines: list[Any]) -> Iterator[list[Any]]:
    for at, line in enumerate(lines):
        for changed in _changed(line):
            yield [*lines[:at], changed, *lines[at + 1 :]]


def _changed(value: Any) -> Iterator[Any]:
    yield from WRONG
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {k: v for k, v in value.items() if k != key}
            for changed in _changed(inner):
                yield {**value, key: changed}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            for changed in _changed(inner):
                yield [*value[:at], changed, *value[at + 1 :]]


def loaded(path: Any, name: str) -> TraceDB:
    """A real file loaded whole; its counts add up and the format is the one expected."""
    db = load(path)
    for source in db.sources():
        assert source.format == name, source
        assert source.records == source.loaded + source.merged + source.skipped, source
    return db


def one(db: TraceDB, query: str) -> Any:
    """The one value of a query."""
    return db.sql(query).rows(0, 1)[0][0]
