"""Folding against a slow model that anyone can check by reading."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.trees import Node, chain, tree_of, wide
from tracetui.read_model import Tree
from tracetui.tui.widgets.tree_rows import TreeRows

ACTIONS = ("open", "close", "open_all", "close_all", "reveal")


@st.composite
def trees(draw: Any) -> Tree:
    steps = draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), min_size=1, max_size=30))
    depth, nodes = 0, []
    for index, (up, name) in enumerate(steps):
        depth = max(0, depth + 1 - up) if index else 0
        nodes.append(Node(depth, name))
    return tree_of(nodes)


def visible(rows: TreeRows) -> list[int]:
    """Walk the tree and skip what a folded row hides."""
    positions, position = [], 0
    while position < len(rows.tree):
        positions.append(position)
        if rows.is_grouped(position):
            for member in rows.members(position):
                stop = rows.tree.end[member]
            position = stop
        else:
            position = rows.tree.end[position] if rows.is_closed(position) else position + 1
    return positions


@given(trees(), st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 1000)), max_size=12))
def test_rows_are_what_folds_leave(tree: Tree, actions: list[tuple[str, int]]) -> None:
    rows = TreeRows(tree)
    for action, number in actions:
        positions = visible(rows)
        target = number % len(tree) if action == "reveal" else positions[number % len(positions)]
        getattr(rows, action)(target)
        assert action != "reveal" or not rows.is_hidden(target)
        positions = visible(rows)
        assert [rows.position(row) for row in range(len(rows))] == positions
        assert [rows.row(position) for position in positions] == list(range(len(rows)))
        for position in range(len(tree)):
            owner = rows.position(rows.row(position))
            assert rows.is_hidden(position) == (position not in positions)
            assert owner <= position < rows.stop(owner) or owner == position


@given(trees())
def test_relatives_are_found(tree: Tree) -> None:
    rows = TreeRows(tree)
    rows.open_everything()
    for position in range(len(tree)):
        depth = tree.depth[position]
        parents = [at for at in range(position) if tree.depth[at] == depth - 1 and tree.end[at] > position]
        assert rows.parent(position) == (parents[-1] if parents else None)
        following = tree.end[position]
        is_sibling = following < len(tree) and tree.depth[following] == depth
        assert rows.next_sibling(position) == (following if is_sibling else None)
        if is_sibling:
            assert rows.previous_sibling(following) == position
        head = rows.head_of(position)
        assert head is None or position in list(rows.members(head))


@given(trees(), st.integers(0, 4))
def test_fold_level_shows_levels_down_to_it(tree: Tree, level: int) -> None:
    rows = TreeRows(tree)
    rows.open_everything()
    rows.fold_level(level)
    shown = visible(rows)
    assert len(rows) == len(shown)
    assert max(tree.depth[position] for position in shown) <= level


def test_equal_siblings_are_one_row_until_opened() -> None:
    tree = tree_of([Node(0, "root"), *[Node(1, "call")] * 4, Node(1, "other"), Node(1, "call")])
    rows = TreeRows(tree)
    assert len(rows) == 4
    assert rows.is_grouped(1)
    assert rows.repeat(1) == 4
    assert rows.row(3) == 1
    assert rows.open(1)
    assert len(rows) == 7
    assert rows.head_of(3) == 1
    assert rows.head_of(6) is None
    assert rows.close(1)
    assert len(rows) == 4


def test_closing_everything_below_the_first_of_equal_siblings_groups_them_again() -> None:
    rows = TreeRows(tree_of([Node(0, "root"), *[Node(1, "call")] * 3, Node(2, "inner"), Node(1, "other")]))
    rows.close_all(1)
    rows.open(1)
    rows.close_all(1)
    assert [rows.position(row) for row in range(len(rows))] == visible(rows) == [0, 1, 5]


def test_a_chain_of_100_000_folds_and_unfolds() -> None:
    rows = TreeRows(chain(100_000))
    rows.close_everything()
    assert len(rows) == 1
    rows.open_everything()
    rows.close_all(50_000)
    assert len(rows) == 50_001
    assert rows.reveal(50_010)
    assert len(rows) == 50_011
    assert rows.parent(99_999) == 99_998


def test_a_million_spans_fold_and_unfold() -> None:
    rows = TreeRows(wide(100_000, 9))
    assert len(rows) == 1_000_001
    rows.close_everything()
    rows.open(0)
    assert len(rows) == 100_001
    rows.open(rows.position(50_000))
    assert len(rows) == 100_010
    rows.fold_level(1)
    assert len(rows) == 100_001
    rows.open_everything()
    assert rows.parent(1_000_000) == 1_000_000 - 9
