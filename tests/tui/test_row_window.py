"""Pages of a long list come when needed and go when too many."""

from __future__ import annotations

from tracetui.tui.row_window import MAX_PAGES, PAGE_ROWS, RowWindow


def test_a_page_is_asked_for_once() -> None:
    wanted: list[int] = []
    window: RowWindow[str] = RowWindow(1000, wanted.append)
    assert window.row(0) is None
    assert window.row(5) is None
    assert window.row(PAGE_ROWS) is None
    assert wanted == [0, 1]
    window.put(0, ["a", "b"])
    assert window.row(1) == "b"
    assert window.row(2) is None


def test_old_pages_give_way_and_can_come_again() -> None:
    wanted: list[int] = []
    window: RowWindow[int] = RowWindow(PAGE_ROWS * 100, wanted.append)
    for page in range(MAX_PAGES + 1):
        window.put(page, list(range(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)))
    assert window.row(MAX_PAGES * PAGE_ROWS + 3) == MAX_PAGES * PAGE_ROWS + 3
    assert window.row(0) is None
    assert wanted == [0]
    assert len(window.rows_in_memory()) == MAX_PAGES * PAGE_ROWS
