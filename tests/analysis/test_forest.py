"""Every span is placed exactly once, whatever its parent says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.forest import SpanRow, grow


def row(
    key: int, span_id: str, parent_id: str | None = None, start_ns: int | None = None, kind: str = "CHAIN"
) -> SpanRow:
    return SpanRow(key, span_id, parent_id, start_ns, None, kind, "unset", span_id, "", False)


def test_children_stand_in_start_order_whatever_their_order_in_the_source() -> None:
    forest = grow([row(1, "b", "r", 20), row(2, "a", "r", 10), row(3, "r", None, 0)])
    assert forest.order == [2, 1, 0]
    assert [forest.depth[node] for node in forest.order] == [0, 1, 1]
    assert forest.subtree_end[2] == 3
    assert forest.findings == []


def test_an_orphan_hangs_under_a_synthetic_node_of_the_only_root() -> None:
    forest = grow([row(1, "r", None, 0), row(2, "o", "gone", 5)])
    assert forest.synthetic_ids == ["gone"]
    assert forest.parent == [-1, 2, 0]
    assert [finding.code for finding in forest.findings] == ["orphan"]


def test_orphans_without_any_root_share_one_synthetic_root() -> None:
    forest = grow([row(1, "a", "x", 0), row(2, "b", "y", 5)])
    assert forest.roots == [2]
    assert forest.synthetic_ids == ["(missing parents)"]
    assert forest.order == [2, 0, 1]


def test_several_roots_are_several_runs_unless_the_source_says_one() -> None:
    rows = [row(1, "a", None, 0), row(2, "b", None, 5)]
    assert grow(rows).roots == [0, 1]
    one = grow(rows, single_run=True)
    assert one.roots == [2]
    assert one.parent == [2, 2, -1]


def test_a_cycle_is_cut_above_its_earliest_span_and_reported() -> None:
    forest = grow([row(1, "a", "c", 30), row(2, "b", "a", 10), row(3, "c", "b", 20)])
    assert sorted(forest.order) == [0, 1, 2, 3]
    assert forest.parent[1] == 3
    assert [(finding.code, finding.index) for finding in forest.findings] == [("cycle", 1)]


def test_a_span_that_is_its_own_parent_is_kept() -> None:
    forest = grow([row(1, "a", "a", 0)])
    assert sorted(forest.order) == [0, 1]
    assert forest.findings[0].code == "cycle"


def test_twins_are_both_placed_and_children_join_the_first() -> None:
    forest = grow([row(1, "r", None, 0), row(2, "a", "r", 1), row(3, "a", "r", 2), row(4, "c", "a", 3)])
    assert forest.parent[3] == 1
    assert [finding.code for finding in forest.findings] == ["duplicate_id"]
    assert len(forest.order) == 4


def test_a_chain_of_100_000_spans_is_no_matter() -> None:
    count = 100_000
    forest = grow([row(n, str(n), str(n - 1) if n else None, n) for n in range(count)])
    assert forest.depth[count - 1] == count - 1
    assert forest.subtree_end[0] == count


@given(
    st.lists(
        st.tuples(
            st.integers(0, 8),
            st.one_of(st.none(), st.integers(0, 10)),
            st.one_of(st.none(), st.integers(0, 5)),
        ),
        min_size=1,
        max_size=30,
    ),
    st.booleans(),
)
def test_every_span_stands_once_below_its_parent(
    spans: list[tuple[int, int | None, int | None]], single_run: bool
) -> None:
    rows = [
        row(key, str(own), None if parent is None else str(parent), start)
        for key, (own, parent, start) in enumerate(spans)
    ]
    forest = grow(rows, single_run=single_run)
    assert sorted(forest.order) == list(range(len(forest.parent)))
    first = 0
    for root in forest.roots:
        members = forest.order[first : first + forest.subtree_end[root]]
        assert [forest.position[node] for node in members] == list(range(len(members)))
        for node in members:
            assert forest.root[node] == root
            above = forest.parent[node]
            if node != root:
                assert forest.position[above] < forest.position[node] < forest.subtree_end[above]
                assert forest.depth[node] == forest.depth[above] + 1
        first += len(members)
    assert first == len(forest.order)
