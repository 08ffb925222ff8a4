"""Loops are found among siblings, with their whole subtrees."""

from __future__ import annotations

from tracetui.analysis.repeats import repeats


def columns(text: str) -> tuple[list[int], list[int], list[int]]:
    lines = [line for line in text.splitlines() if line.strip()]
    depth = [(len(line) - len(line.lstrip())) // 2 for line in lines]
    end = [
        next((later for later in range(at + 1, len(lines)) if depth[later] <= depth[at]), len(lines))
        for at in range(len(lines))
    ]
    return depth, end, [ord(line.strip()) for line in lines]


def test_equal_leaves_in_a_row_are_counted_at_the_first() -> None:
    found = repeats(*columns("r\n  a\n  a\n  a\n  b\n  a"))
    assert list(found) == [1, 3, 1, 1, 1, 1]


def test_turns_are_equal_only_with_all_that_is_below_them() -> None:
    found = repeats(*columns("r\n  t\n    m\n    a\n  t\n    m\n    a\n  t\n    m\n    b"))
    assert list(found) == [1, 2, 1, 1, 1, 1, 1, 1, 1, 1]


def test_cousins_are_no_siblings() -> None:
    assert set(repeats(*columns("r\n  t\n    a\n  u\n    a"))) == {1}
