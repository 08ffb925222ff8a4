"""Histories stored as ranges: what comes out is what went in, and long conversations take few rows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.store.message_lists import MessageLists, Range, single

KEYS = st.lists(st.integers(1, 12), max_size=8)
ACTS = st.lists(
    st.tuples(st.sampled_from(("add", "cut", "change", "other")), KEYS, st.integers(0, 20)), max_size=30
)


class Stored:
    """What reached the tables, read as the view reads it."""

    def __init__(self) -> None:
        self.lists = MessageLists()
        self.rows: dict[tuple[int, int], int] = {}

    def given(self, keys: list[int]) -> list[int]:
        found = self.lists.ranges(keys)
        for list_key, place, key in self.lists.added:
            self.rows[(list_key, place)] = key
        self.lists.added.clear()
        return [key for each in found for key in self._keys(each)]

    def _keys(self, found: Range) -> list[int]:
        places = range(found.first, found.first + found.length)
        return [at if found.list_key is None else self.rows[(found.list_key, at)] for at in places]


@given(ACTS)
@settings(max_examples=150, deadline=None)
def test_every_call_gets_back_what_it_was_given(acts: list[tuple[str, list[int], int]]) -> None:
    stored, history = Stored(), [1]
    for act, keys, place in acts:
        at = place % (len(history) + 1)
        history = {
            "add": history + keys, "cut": history[:1] + history[at:], "change": history[:at] + keys[:1] + history[at + 1 :],
            "other": keys + history,
        }[act]  # fmt: skip
        assert stored.given(history) == history


def test_a_long_conversation_with_compactions_takes_few_rows() -> None:
    stored, history, new, flat, kept = MessageLists(), [1, 2], 2, 0, 0
    for _ in range(3_000):
        history += [new + 1, new + 2]
        new += 2
        if len(history) > 400:
            history = [*history[:2], new + 1, *history[-60:]]
            new += 1
        flat += len(history)
        kept += len(stored.ranges(history)) + 1
    assert kept + len(stored.added) < flat / 40
    assert [each.length for each in single([4, 5, 9])] == [2, 1]
