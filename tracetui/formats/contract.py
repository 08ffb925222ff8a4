"""What a trace format is: a name, a way to recognise it, and a way to read it.

A format is one module in this package (or an entry point of the group `tracetui.formats`) with a module-level
`FORMAT: Format`. Nothing else has to be edited to add one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracetui.model import Entry, JsonValue, Record


@dataclass(frozen=True, slots=True)
class Head:
    """The first decoded values of a source (at most 20), or, for Parquet, the column names and first rows."""

    values: Sequence[JsonValue]
    columns: Sequence[str] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A format recognised: confidence 1 to 100, the reason in words for the Import screen, and its flavour."""

    confidence: int
    why: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One trace format.

    `sniff` gets the head of a source and answers a Match or None; it must not raise on any JSON value.
    `read` turns records of the source named into entries, one entry at least for each record element, never raising
    on odd values: what it cannot map it yields as Skipped or adds an ImportIssue; a record that only adds to a span
    of another record it yields as Merged.
    `global_ids` says that trace and span ids are unique across sources, so that files may complete each other.
    """

    name: str
    title: str
    recognised_by: str
    produced_by: str
    sniff: Callable[[Head], Match | None]
    read: Callable[[Iterable[Record], str], Iterator[Entry]]
    global_ids: bool = True
