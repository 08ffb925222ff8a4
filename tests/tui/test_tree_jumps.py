"""Jumps in a run's tree and the tree of errors alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fake import TRAVEL, Node, tree_of
from tracetui.model import SpanKind, Status
from tracetui.read_model import Tree
from tracetui.tui.tree_jumps import (
    Picture,
    error_positions,
    only_errors,
    rank_of,
    same_operation,
    slow_positions,
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Trees of up to 40 spans, some failed."""
    depths = [0]
    for _ in range(draw(st.integers(0, 39))):
        depths.append(draw(st.integers(0, depths[-1] + 1)))
    failed = draw(st.lists(st.booleans(), min_size=len(depths), max_size=len(depths)))
    nodes = [
        Node(depth, SpanKind.TOOL, f"n{index}", 0, 1, Status.ERROR if is_failed else Status.OK)
        for index, (depth, is_failed) in enumerate(zip(depths, failed, strict=True))
    ]
    return tree_of("r", nodes)


def test_errors_are_where_something_broke_not_what_passed_it_on() -> None:
    assert error_positions(tree_of("r", TRAVEL)) == [5]


def test_same_operation_and_slow() -> None:
    tree = tree_of("r", TRAVEL)
    assert same_operation(tree, 5) == [2, 5]
    assert slow_positions(tree) == [5]


def test_rank() -> None:
    assert rank_of([2, 5, 9], 5) == "2 of 3"
    assert rank_of([2, 5, 9], 4) == "3"
    assert rank_of([], 0) == "0"


def test_errors_only_keeps_the_way_to_each_error() -> None:
    picture = only_errors(tree_of("r", TRAVEL))
    assert [picture.tree.labels[label] for label in picture.tree.label] == [
        "travel-agent",
        "retry",
        "search_flights",
    ]
    assert list(picture.tree.end) == [3, 3, 3]
    assert picture.whole(2) == 5
    assert picture.shown(5) == 2
    assert picture.shown(6) is None
    assert picture.nearest(6) == 2
    assert picture.all_shown([0, 3, 5]) == [0, 2]


def test_the_whole_tree_maps_to_itself() -> None:
    picture = Picture(tree_of("r", TRAVEL))
    assert (picture.whole(4), picture.shown(4), picture.nearest(4)) == (4, 4, 4)


@given(trees())
def test_errors_only_is_a_tree_of_the_errors_and_their_ancestors(tree: Tree) -> None:
    picture = only_errors(tree)
    shown, kept = picture.tree, picture.positions
    assert kept is not None
    errors = error_positions(tree)
    expected = {at for at in range(len(tree)) if any(at <= error < tree.end[at] for error in errors)}
    assert set(kept) == expected
    for index in range(len(shown)):
        inside = [other for other in range(len(shown)) if kept[index] <= kept[other] < tree.end[kept[index]]]
        assert inside == list(range(index, shown.end[index]))
