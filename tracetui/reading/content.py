"""Something that can be opened and read from the start: a file, a bundle's member, or either of them decompressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tracetui.reading.decompress import (
    Budget,
    Budgeted,
    CountedStream,
    Framed,
    Inflater,
    Unpacked,
    ZstdReader,
)
from tracetui.reading.limits import Limits
from tracetui.reading.random_access import RandomBytes, Window, spool


@dataclass(frozen=True, slots=True)
class Content:
    """`open` starts a new reading; its stream's `consumed` counts up to `size_bytes` of the input.

    `random` gives the bytes where they can be read at any offset without unpacking, `path` where they are those of a file.
    `compression` is "", "gz" or "zst". `asked_for` says that the user named it, rather than its folder or bundle.
    """

    name: str
    size_bytes: int
    open: Callable[[], CountedStream]
    path: Path | None = None
    random: Callable[[], RandomBytes] | None = None
    compression: str = ""
    in_bundle: bool = False
    asked_for: bool = False
    partitions: tuple[tuple[str, str | None], ...] = ()


def whole(random: Callable[[], RandomBytes]) -> Callable[[], CountedStream]:
    """Opens all of it."""

    def open_whole() -> CountedStream:
        octets = random()
        return Window(octets, 0, octets.size)

    return open_whole


def decompressed(content: Content, kind: str, budget: Budget) -> Content:
    """The content that the compression `gz`, `zst` or `framed` holds, within the budget."""
    unpacked = Unpacked()

    def open_inner() -> CountedStream:
        source = content.open()
        return Budgeted(_inner(kind, source, budget.limits), source, budget, unpacked)

    compression = "gz" if kind == "gz" else "zst"
    return replace(content, open=open_inner, path=None, random=None, compression=compression)


def _inner(kind: str, source: CountedStream, limits: Limits) -> Inflater | ZstdReader | Framed:
    if kind == "gz":
        return Inflater(source, gzip=True)
    return ZstdReader(source) if kind == "zst" else Framed(source, limits.line_bytes)


def random_access(content: Content, limits: Limits) -> RandomBytes | None:
    """The content readable at any offset, spooled into a nameless file if need be; None beyond the total limit.

    Raises StreamFault and OSError.
    """
    return content.random() if content.random else spool(content.open(), limits.total_bytes)
