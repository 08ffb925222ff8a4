"""Messages of model calls as ranges of lists: a history that every call repeats is stored once, and each call as the
few stretches of it that it was given.

One row a call and message grows with the square of a conversation. A conversation has a list here to which what is new
is added; a call that was given all of it is one range, one after a compaction a few.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

_MOST_LISTS = 20_000
_SHORTEST_GUESS = 32
_PIECES_WORTH = 4


@dataclass(frozen=True, slots=True)
class Range:
    """`length` messages of a list from place `first` on; without a list, those whose keys follow on `first`."""

    list_key: int | None
    first: int
    length: int


@dataclass(slots=True)
class _List:
    list_key: int
    keys: list[int] = field(default_factory=list)
    last: dict[int, int] = field(default_factory=dict)
    pieces: int = 0


@dataclass(slots=True)
class MessageLists:
    """Lists of message keys, one a conversation as its first messages tell it apart. Those that were not used for long
    are forgotten, and what follows on them begins anew. `added` collects rows of list, place and message."""

    added: list[tuple[int, int, int]] = field(default_factory=list)
    _lists: OrderedDict[tuple[int, ...], _List] = field(default_factory=OrderedDict)
    _made: int = 0

    def ranges(self, keys: Sequence[int]) -> list[Range]:
        """The messages as ranges, in order; what is new goes to the end of their list."""
        keys = list(keys)
        if not keys:
            return []
        own = self._list_of(keys)
        found = list(self._ranges(keys, own))
        own.pieces += len(found) - 1
        if own.pieces * _PIECES_WORTH < len(keys):
            return found
        # more calls like this one would cost more than writing it anew does
        fresh = self._lists[tuple(keys[:2])] = self._new_list()
        return [self._append(fresh, keys)]

    def _list_of(self, keys: list[int]) -> _List:
        head = tuple(keys[:2])
        found = self._lists.get(head)
        if found is None and len(head) == 2:
            # one that only its first message was known of so far
            found = self._lists.pop(head[:1], None)
        if found is None:
            found = self._new_list()
        self._lists[head] = found
        self._lists.move_to_end(head)
        if len(self._lists) > _MOST_LISTS:
            self._lists.popitem(last=False)
        return found

    def _new_list(self) -> _List:
        self._made += 1
        return _List(self._made)

    def _ranges(self, keys: list[int], own: _List) -> Iterator[Range]:
        at = 0
        while at < len(keys):
            start = 0 if at == 0 and own.keys[:1] == keys[:1] else own.last.get(keys[at])
            if start is None:
                end = at + 1
                while end < len(keys) and keys[end] not in own.last:
                    end += 1
                found = self._append(own, keys[at:end])
            else:
                found = Range(own.list_key, start, _common(own.keys, start, keys, at))
            at += found.length
            # what was added stands behind what was there: often one range
            while at < len(keys) and found.first + found.length == len(own.keys) and keys[at] not in own.last:
                found = Range(
                    found.list_key, found.first, found.length + self._append(own, [keys[at]]).length
                )
                at += 1
            yield found

    def _append(self, own: _List, keys: list[int]) -> Range:
        first = len(own.keys)
        for place, key in enumerate(keys, first):
            self.added.append((own.list_key, place, key))
            own.last[key] = place
        own.keys += keys
        return Range(own.list_key, first, len(keys))


def single(keys: Sequence[int]) -> Iterator[Range]:
    """Messages that no other call repeats in this order, such as answers."""
    for _, some in groupby(enumerate(keys), key=lambda each: each[1] - each[0]):
        found = [key for _, key in some]
        yield Range(None, found[0], len(found))


def _common(one: list[int], start: int, other: list[int], at: int) -> int:
    """How many entries are the same from there on, at least one."""
    most = min(len(one) - start, len(other) - at)
    step, found = _SHORTEST_GUESS, 0
    while found < most:
        until = min(found + step, most)
        if one[start + found : start + until] == other[at + found : at + until]:
            found, step = until, step * 2
        elif step > 1:
            step = max(1, step // 4)
        else:
            break
    return max(found, 1)
