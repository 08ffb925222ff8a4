"""Conversations that a program writes as a file for each event: their pieces are read as one source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tracetui.reading.content import Content
from tracetui.reading.decompress import CountedStream
from tracetui.reading.faults import StreamFault

Item = TypeVar("Item")

_FOLDER = r"(?P<folder>(?:.*[/\\!])?)"
_EVENT = re.compile(_FOLDER + r"event-\d{5,}-[^/\\!]+\.json", re.DOTALL)
_STATE = re.compile(_FOLDER + r"base_state\.json", re.DOTALL)
_EVENTS_FOLDER = re.compile(r"(?:(?<=[/\\!])|^)events[/\\]$")


def grouped(items: Iterable[Item], name_of: Callable[[Item], str]) -> Iterator[list[Item]]:
    """The items in their order, those together whose names are pieces of one conversation: `base_state.json` and,
    beside it or in `events/` below, `event-00000-….json` and so on."""
    held: list[Item] = []
    held_folder = ""
    pieces: list[Item] = []
    folder = ""
    for item in items:
        name = name_of(item)
        event = _conversation(_EVENT, name)
        if pieces and event != folder:
            yield pieces
            pieces = []
        if held and not name.startswith(held_folder):
            yield held
            held = []
        if event is not None:
            if event == held_folder:
                pieces, held = [*held, *pieces], []
            pieces.append(item)
            folder = event
        elif (state := _conversation(_STATE, name)) is not None and not held:
            held, held_folder = [item], state
        else:
            yield [item]
    yield from (group for group in (pieces, held) if group)


def _conversation(pattern: re.Pattern[str], name: str) -> str | None:
    """The folder of the conversation that a piece belongs to, with the sign that ends it."""
    found = pattern.fullmatch(name)
    return _EVENTS_FOLDER.sub("", found["folder"]) if found else None


def whole_name(name: str) -> str | None:
    """What the conversation is called that a file of that name is a piece of, None where it is none."""
    folder = _conversation(_EVENT, name)
    folder = _conversation(_STATE, name) if folder is None else folder
    if folder is None:
        return None
    bare = folder.rstrip("/\\")
    return bare if bare and not bare.endswith("!") else f"{folder}events"


def joined(contents: Sequence[Content]) -> Content:
    """The pieces of one conversation as one content, a line between them, called like their folder."""
    if len(contents) == 1:
        return contents[0]
    return replace(
        contents[0],
        name=whole_name(contents[-1].name) or contents[0].name,
        size_bytes=sum(content.size_bytes for content in contents),
        open=lambda: _Chain(contents),
        path=None,
        random=None,
        asked_for=all(content.asked_for for content in contents),
    )


class _Chain:
    """One content after the other, opened when its turn comes; one that breaks off is told when all were read."""

    def __init__(self, contents: Sequence[Content]) -> None:
        self._rest = list(reversed(contents))
        self._name = ""
        self._stream: CountedStream | None = None
        self._done_bytes = 0
        self._faults: list[StreamFault] = []

    @property
    def consumed(self) -> int:
        return self._done_bytes + (self._stream.consumed if self._stream is not None else 0)

    def read(self, size: int, /) -> bytes:
        while self._stream is not None or self._rest:
            if octets := self._from_next(size):
                return octets
            self._done_bytes, self._stream = self.consumed, None
            if self._rest and size:
                return b"\n"
        if self._faults:
            first = self._faults[0]
            self._faults, more = [], len(self._faults) - 1
            others = {0: "", 1: ", and one more file"}.get(more, f", and {more:,} more files")
            raise StreamFault(first.code, f"{first.message}{others}")
        return b""

    def _from_next(self, size: int) -> bytes:
        try:
            if self._stream is None:
                content = self._rest.pop()
                self._name = content.name
                self._stream = content.open()
            return self._stream.read(size)
        except StreamFault as fault:
            self._faults.append(StreamFault(fault.code, f"{self._name.rpartition('!')[2]}: {fault.message}"))
            return b""
