"""Bars: true to an eighth of a cell, and honest about what is not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.trees import Node, tree_of
from tracetui.read_model import NO_TIME
from tracetui.render.signs import ASCII, UNICODE
from tracetui.tui.widgets.timeline import OVER, Scale, bar, tree_scale

SCALE = Scale(0, 800)


def drawn(*intervals: tuple[int, int], width: int = 10) -> list[tuple[str, bool]]:
    return bar(intervals, SCALE, width, UNICODE)


def test_whole_cells() -> None:
    assert drawn((80, 240)) == [(" ██       ", False)]
    assert drawn((0, 800)) == [("██████████", False)]


def test_eighths_at_both_ends() -> None:
    assert drawn((110, 250)) == [(" ", False), ("▍", True), ("█▏      ", False)]
    assert drawn((90, 120)) == [(" ▍        ", False)]
    assert drawn((130, 160)) == [(" ", False), ("▋", True), ("        ", False)]


def test_short_gone_and_open_spans() -> None:
    assert drawn((400, 400)) == [("     ▏    ", False)]
    assert drawn((800, 800)) == [("         ▏", False)]
    assert drawn((400, 300)) == [("     ▏    ", False)]
    assert drawn((480, NO_TIME)) == [("      ▒▒▒▶", False)]
    assert drawn((480, OVER)) == [("      ▶   ", False)]
    assert drawn((NO_TIME, 240)) == [("◀▒▒▒      ", False)]
    assert drawn((NO_TIME, NO_TIME)) == [(" " * 10, False)]


def test_gaps_between_equal_siblings_stay() -> None:
    assert drawn((0, 80), (240, 320)) == [("█  █      ", False)]


def test_ascii_needs_no_reverse() -> None:
    assert bar([(110, 250)], SCALE, 10, ASCII) == [(" ##|      ", False)]


@given(st.integers(-50, 900), st.integers(-50, 900), st.integers(0, 40))
def test_a_bar_always_fills_its_width_and_is_never_invisible(start_ns: int, end_ns: int, width: int) -> None:
    text = "".join(run for run, _ in bar([(start_ns, end_ns)], SCALE, width, UNICODE))
    assert len(text) == width
    assert bool(text.strip()) == (width > 0)


def test_the_scale_covers_children_that_outlive_their_parent() -> None:
    tree = tree_of(
        [Node(0, "root", 5, 10), Node(1, "late", 9, 50), Node(1, "early", 1, None), Node(1, "no time")]
    )
    assert tree_scale(tree) == Scale(1_000_000_000, 50_000_000_000)
    assert tree_scale(tree_of([Node(0, "no time")])) is None
