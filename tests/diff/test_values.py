"""Differences of texts and JSON values: empty for equals, applicable, the same from both sides, bounded in depth."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.json_values import json_values
from tracetui.analysis.diff import json as json_diff
from tracetui.analysis.diff import sequences, text
from tracetui.analysis.diff.json import Change, JsonChange, diff_json, path_text
from tracetui.analysis.diff.text import Piece, TextPiece, diff_text
from tracetui.analysis.diff.volatile import NOTHING, volatile
from tracetui.model import JsonValue

numbers = st.lists(st.integers(0, 5), max_size=20)
values = json_values(st.sampled_from(["id", "k", "created_at"]))
texts = st.text(st.sampled_from("ab cd\n.é"), max_size=60)
MIRRORED = {Piece.ADDED: Piece.REMOVED, Piece.REMOVED: Piece.ADDED, Piece.EQUAL: Piece.EQUAL}


@given(numbers, numbers)
def test_matching_pairs_equal_elements_in_order_and_mirrors(a: list[int], b: list[int]) -> None:
    pairs = sequences.matching(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    assert sequences.matching(b, a) == [(j, i) for i, j in pairs]
    parts = sequences.stretches(pairs, len(a), len(b))
    assert [x for part in parts for x in a[part.a_start : part.a_end]] == a
    assert [x for part in parts for x in b[part.b_start : part.b_end]] == b
    assert [part.is_equal for part in parts] == [
        a[p.a_start : p.a_end] == b[p.b_start : p.b_end] for p in parts
    ]


@given(numbers, numbers)
def test_longest_common_is_longest(a: list[int], b: list[int]) -> None:
    lengths = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if x == y else max(lengths[i][j + 1], lengths[i + 1][j])
    assert len(sequences.longest_common(a, b)) == lengths[-1][-1]


def test_sequences_too_long_for_a_table_are_still_matched() -> None:
    chosen = random.Random(4)
    a, b = ([chosen.randrange(40) for _ in range(20_000)] for _ in range(2))
    pairs = sequences.matching(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert len(pairs) > 4_000


@given(texts, texts)
def test_text_diff_rebuilds_both_sides_and_mirrors(a: str, b: str) -> None:
    pieces = diff_text(a, b)
    assert (text.unpatched(pieces), text.patched(pieces)) == (a, b)
    assert all(piece.text for piece in pieces)
    assert all(x.kind is not y.kind for x, y in pairwise(pieces))
    mirrored = [(MIRRORED[piece.kind], piece.text) for piece in diff_text(b, a)]
    assert sorted(mirrored) == sorted((piece.kind, piece.text) for piece in pieces)


@given(texts)
def test_equal_texts_have_no_difference(a: str) -> None:
    assert {piece.kind for piece in diff_text(a, a)} <= {Piece.EQUAL}


def test_words_are_compared_inside_changed_lines() -> None:
    found = diff_text("keep this\nbook a seat in the morning\n", "keep this\nbook a seat in the evening\n")
    assert found == (
        TextPiece(Piece.EQUAL, "keep this\nbook a seat in the "),
        TextPiece(Piece.REMOVED, "morning"),
        TextPiece(Piece.ADDED, "evening"),
        TextPiece(Piece.EQUAL, "\n"),
    )


def test_unlike_lines_are_replaced_whole() -> None:
    found = diff_text("no seats are left, sorry", "Wednesday,4711")
    assert [piece.kind for piece in found] == [Piece.REMOVED, Piece.ADDED]


@given(texts, texts)
def test_common_prefix_is_the_longest(a: str, b: str) -> None:
    length = text.common_prefix(a, b)
    assert a[:length] == b[:length]
    assert length == min(len(a), len(b)) or a[length] != b[length]


@given(values, values)
def test_json_diff_applies_and_mirrors(a: JsonValue, b: JsonValue) -> None:
    changes = diff_json(a, b, NOTHING)
    assert diff_json(json_diff.patched(a, changes), b, NOTHING) == ()
    back = diff_json(b, a, NOTHING)
    swap = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED, Change.CHANGED: Change.CHANGED}
    mirrored = [(swap[c.change], c.b_path, c.a_path) for c in back]
    assert sorted(mirrored, key=repr) == sorted([(c.change, c.a_path, c.b_path) for c in changes], key=repr)


@given(values)
def test_a_value_does_not_differ_from_itself(a: JsonValue) -> None:
    assert diff_json(a, a) == ()


def test_truth_and_numbers_differ() -> None:
    assert diff_json({"n": 1}, {"n": True}) == (JsonChange(Change.CHANGED, ("n",), ("n",), 1, True),)
    assert diff_json([0], [False]) != ()
    assert diff_json([-1], [-2]) != ()
    assert diff_json({"n": None}, {}) == (JsonChange(Change.REMOVED, ("n",), None),)


def test_elements_of_a_list_are_aligned() -> None:
    a = {"legs": [{"n": "HAT1"}, {"n": "HAT2", "seat": 1}, {"n": "HAT3"}]}
    b = {"legs": [{"n": "HAT0"}, {"n": "HAT1"}, {"n": "HAT2", "seat": 2}, {"n": "HAT3"}]}
    assert [(c.change, c.a_path, c.b_path) for c in diff_json(a, b)] == [
        (Change.ADDED, None, ("legs", 0)),
        (Change.CHANGED, ("legs", 1, "seat"), ("legs", 2, "seat")),
    ]


def test_ids_and_times_do_not_count_unless_asked_for() -> None:
    a = {"requestId": "r1", "created_at": 1, "id": "call_0123456789", "user_id": "mia", "seat": 4}
    b = {"requestId": "r2", "created_at": 2, "id": "call_9876543210", "user_id": "mia", "seat": 4}
    assert diff_json(a, b) == ()
    assert [c.path for c in diff_json(a, b, NOTHING)] == [("requestId",), ("created_at",), ("id",)]
    assert diff_json({"id": "HAT136"}, {"id": "HAT039"}) != ()
    assert diff_json({"seat": 4}, {"seat": 5}, volatile(["seat"])) == ()
    assert diff_json({"created_at": 4}, {"created_at": 5}, volatile(by_default=False)) != ()


@pytest.mark.parametrize("kind", ["list", "object"])
def test_deep_values_are_compared(kind: str) -> None:
    def nested(leaf: JsonValue) -> JsonValue:
        value = leaf
        for _ in range(5_000):
            value = [value] if kind == "list" else {"k": value}
        return value

    changes = diff_json(nested(1), nested(2))
    assert [(len(c.path), c.before, c.after) for c in changes] == [(5_000, 1, 2)]
    assert diff_json(json_diff.patched(nested(1), changes), nested(2)) == ()


def test_paths_read_as_people_write_them() -> None:
    assert path_text(("a", 0, "b-c", "d e")) == 'a[0].b-c["d e"]'
