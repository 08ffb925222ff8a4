"""The span tree driven by keys and mouse in a running app."""

from __future__ import annotations

import gc
from array import array
from dataclasses import replace
from decimal import Decimal
from weakref import ref

import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.mouse import drag, send
from tests.widgets.trees import Node, chain, tree_of, wide
from tracetui.model import SpanKind, Status
from tracetui.read_model import Tree
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.widgets.span_tree import SpanTree

HOSTILE = "[red]x[/INST][@click=app.quit]\x1b[31m\x1b]8;;http://x\x07\u202e\u200b\x00\x9b\ud800\U000e0041"
RUN = (
    Node(0, "travel-agent", 0, 41.3, SpanKind.AGENT, Status.ERROR),
    Node(1, "chat gpt-4o", 0.1, 2.2, SpanKind.LLM, tokens=1800, cost_usd=Decimal("0.021")),
    Node(1, "search_flights", 2.3, 5.3, SpanKind.TOOL),
    Node(1, "search_flights", 5.4, 8.4, SpanKind.TOOL, Status.ERROR),
    Node(1, "search_flights", 8.5, 11.5, SpanKind.TOOL),
    Node(1, "retry", 12, 40),
    Node(2, "search_hotels", 12.5, None, SpanKind.TOOL, Status.UNFINISHED),
    Node(2, "ask", 30, 50, SpanKind.APPROVAL, Status.INTERRUPTED),
    Node(1, "handoff", 41, 41, SpanKind.HANDOFF),
)


SPENT = (
    Node(0, "agent", 0, 9, SpanKind.AGENT, tokens=30, cost_usd=Decimal("-0.0035")),
    Node(1, "chat", 1, 2, SpanKind.LLM, tokens=70, cost_usd=Decimal("0.0045")),
    Node(1, "loop", 2, 9),
    Node(2, "ask", 2, 3, SpanKind.LLM, cost_usd=Decimal("0.00358"), is_left_out=True),
    Node(2, "embed", 3, 4, SpanKind.LLM, is_left_out=True),
    Node(1, "free", 5, 6, SpanKind.LLM, cost_usd=Decimal(0)),
    Node(1, "tiny", 6, 7, SpanKind.LLM, cost_usd=Decimal("0.0004"), is_left_out=True),
)


class Keyed(SpanTree):
    BINDINGS = bindings(Scope.LIST, Scope.TREE)


class TreeApp(App[None]):
    CSS = "SpanTree { height: 1fr; }"

    def __init__(self, tree: Tree, cursor: int = 0, ascii_only: bool = False) -> None:
        super().__init__()
        self.shown = tree
        self.start_at = cursor
        self.moves: list[int] = []
        self.entered: list[int] = []
        self.widget = Keyed(ascii_only=ascii_only)

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_mount(self) -> None:
        self.widget.show(self.shown, self.start_at)
        self.widget.focus()

    def on_span_tree_moved(self, event: SpanTree.Moved) -> None:
        (self.entered if isinstance(event, SpanTree.Entered) else self.moves).append(event.position)

    def on_span_tree_entered(self, event: SpanTree.Entered) -> None:
        self.entered.append(event.position)

    def lines(self) -> list[str]:
        return [self.widget.render_line(y).text.rstrip() for y in range(self.widget.size.height)]


async def test_rows_show_tree_and_waterfall() -> None:
    app = TreeApp(tree_of(RUN, slow=frozenset({5})))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        lines = app.lines()
    assert lines[0].startswith("▶▾ ◆ travel-agent ✗")
    assert lines[0].endswith("41.3s   Σ1.8k    Σ$0.021")
    assert lines[1].startswith("     ● chat gpt-4o")
    assert lines[2].startswith("   ▸ ⚙ search_flights ×3 ↻ ✗")
    assert "9.0s" in lines[2]
    assert "▲28.0s" in lines[3]
    assert "▶" in lines[4]
    assert "…" in lines[4]
    assert "‖" in lines[5]
    assert "▏" in lines[6]
    assert lines[7] == ""


async def test_money_of_a_row_is_that_of_its_subtree_and_a_lower_bound_is_rounded_down() -> None:
    app = TreeApp(tree_of(SPENT))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        ends = [line.split()[-1] for line in app.lines() if line]
    assert ends == ["Σ≥$0.0049", "$0.0045", "Σ≥$0.0035", "≥$0.0035", "1.0s", "$0", "≥$0.00040"]


async def test_keys_move_fold_and_enter() -> None:
    app = TreeApp(tree_of(RUN))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("j", "j")
        assert app.widget.cursor == 2
        await pilot.press("l")
        assert app.widget.total_rows() == 9
        await pilot.press("j", "h")
        assert (app.widget.cursor, app.widget.total_rows()) == (2, 7)
        await pilot.press("J", "K", "K")
        assert app.widget.cursor == 1
        await pilot.press("h", "space")
        assert (app.widget.cursor, app.widget.total_rows()) == (0, 1)
        await pilot.press("L", "G")
        assert app.widget.cursor == 8
        await pilot.press("h", "H", "enter")
        assert (app.widget.cursor, app.widget.total_rows()) == (0, 1)
        await pilot.pause()
    assert app.entered == [0]
    assert app.moves[-1] == 0


async def test_reveal_opens_what_hides_a_span() -> None:
    app = TreeApp(tree_of(RUN), cursor=3)
    async with app.run_test(size=(80, 12)) as pilot:
        assert (app.widget.cursor, app.widget.total_rows()) == (3, 9)
        app.widget.close_everything()
        assert app.widget.cursor == 0
        app.widget.cursor = 7
        assert (app.widget.cursor, app.widget.total_rows()) == (7, 7)
        app.widget.fold_level(1)
        assert (app.widget.cursor, app.widget.total_rows()) == (5, 5)
        await pilot.pause()
    assert app.moves[-1] == 5


async def test_hits_are_marked_and_walked_round_the_end() -> None:
    app = TreeApp(tree_of(RUN))
    async with app.run_test(size=(80, 12)) as pilot:
        app.widget.set_hits([1, 7])
        await pilot.pause()
        assert app.lines()[1].startswith("»")
        visited = []
        for _ in range(3):
            app.widget.go_to_next([1, 7])
            visited.append(app.widget.cursor)
        app.widget.go_to_next([1, 7], backwards=True)
        assert [*visited, app.widget.cursor] == [1, 7, 1, 7]
        assert not app.widget.go_to_next([])


async def test_mouse_chooses_folds_and_scrolls() -> None:
    app = TreeApp(tree_of([*RUN, *[Node(1, f"step {number}") for number in range(40)]]))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.click(Keyed, offset=(20, 1))
        assert app.widget.cursor == 1
        await pilot.click(Keyed, offset=(3, 2))
        assert (app.widget.cursor, app.widget.total_rows()) == (2, 49)
        app.widget.scroll_lines(5)
        await pilot.pause()
        assert (app.widget.top, app.widget.cursor) == (5, 2)
        await pilot.click(Keyed, offset=(79, 11))
        assert app.widget.top == 49 - 12


async def test_a_double_click_goes_in_once_and_a_click_on_the_sign_folds_once() -> None:
    app = TreeApp(tree_of(RUN))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.double_click(Keyed, offset=(20, 1))
        await pilot.pause()
        assert app.entered == [1]
        rows = app.widget.total_rows()
        await pilot.click(Keyed, offset=(1, 0))
        assert app.widget.total_rows() < rows


@pytest.mark.parametrize("width", [1, 5, 12, 24, 36, 50, 64, 90, 200])
async def test_any_width_shows_lines_of_that_width(width: int) -> None:
    app = TreeApp(tree_of([*RUN, *[Node(depth, HOSTILE, 0, 1) for depth in range(2, 220)]]), cursor=200)
    async with app.run_test(size=(width, 10)) as pilot:
        await pilot.pause()
        strips = [app.widget.render_line(y) for y in range(10)]
        assert {cell_len(strip.text) for strip in strips} == {width}
        assert width < 50 or "depth 193" in strips[app.widget.cursor_row - app.widget.top].text


async def test_hostile_labels_stay_text() -> None:
    app = TreeApp(replace(tree_of(RUN), labels=[HOSTILE] * 7))
    async with app.run_test(size=(160, 12)) as pilot:
        await pilot.pause()
        text = "".join(app.lines())
        picture = app.export_screenshot()
    assert "[red]x[/INST][@click=app.quit]␛[31m" in text
    assert (
        not set(HOSTILE[HOSTILE.index("\x1b") :])
        & set("\x1b\x07\u202e\u200b\x00\x9b\ud800\U000e0041")
        & set(text + picture)
    )


async def test_the_ascii_set_draws_in_ascii() -> None:
    app = TreeApp(tree_of(RUN), ascii_only=True)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert all(line.replace("×", "x").replace("Σ", "S").isascii() for line in app.lines())


async def test_an_empty_tree_and_no_tree_take_every_action() -> None:
    app = TreeApp(tree_of([]))
    async with app.run_test(size=(40, 5)) as pilot:
        for _ in range(2):
            await pilot.press(
                "j", "G", "g", "l", "h", "space", "L", "H", "J", "K", "enter", "pagedown", "ctrl+u"
            )
            app.widget.clear()
        assert (app.widget.cursor, app.moves, app.entered) == (-1, [], [])


async def test_a_chain_of_12_000_spans() -> None:
    app = TreeApp(chain(12_000), cursor=11_999)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert "depth 11,999" in app.lines()[-1]
        app.widget.close_everything()
        await pilot.press("L", "G")
        assert app.widget.cursor == 11_999


async def test_a_million_spans() -> None:
    app = TreeApp(wide(100_000, 9), cursor=777_777)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("pagedown", "j", "G", "pageup")
        assert app.widget.cursor == 1_000_000 - 20
        app.widget.close_everything()
        await pilot.press("space", "G", "h")
        assert app.widget.cursor == 0


async def test_figures_wider_than_their_column_push_nothing_aside() -> None:
    tree = tree_of([Node(0, "root", -9e9, 9e9), Node(1, "chat", 0, 1, SpanKind.LLM)])
    app = TreeApp(replace(tree, step=array("i", [0, 1_234_567]), tokens=array("q", [0, 2**62])))
    async with app.run_test(size=(120, 4)) as pilot:
        await pilot.pause()
        lines = [app.widget.render_line(y).text for y in range(2)]
        assert {cell_len(line) for line in lines} == {120}
    assert " 1234567 " in lines[1]
    assert "208,333…" in lines[0]


async def test_paging_leaves_nothing_for_the_garbage_collector() -> None:
    app = TreeApp(wide(10_000, 9))
    async with app.run_test(size=(60, 20)) as pilot:
        app.widget.open_everything()
        await pilot.press(*["pagedown"] * 3)
        lines = ref(app.widget.render_lines(Region(0, 0, 60, 20))[0])
        await pilot.press("g")
        gc.disable()
        try:
            app.widget.forget_strips()
            await pilot.pause()
            assert lines() is None
        finally:
            gc.enable()


async def test_the_sign_folds_as_often_as_it_is_clicked_and_never_goes_in() -> None:
    app = TreeApp(tree_of(RUN))
    async with app.run_test(size=(80, 12)) as pilot:
        rows = app.widget.total_rows()
        await pilot.double_click(Keyed, offset=(1, 0))
        await pilot.pause()
        assert (app.widget.total_rows(), app.entered) == (rows, [])
        await pilot.click(Keyed, offset=(1, 0), times=3)
        assert app.widget.total_rows() < rows


async def test_the_thumb_moves_from_where_it_is_gripped() -> None:
    app = TreeApp(tree_of([*RUN, *[Node(1, f"step {number}") for number in range(20)]]))
    async with app.run_test(size=(80, 12)) as pilot:
        total = app.widget.total_rows()
        await drag(pilot, app.widget, (79, 3), (79, 3))
        assert app.widget.top == 0
        await drag(pilot, app.widget, (79, 3), (79, 4), (60, 11))
        assert app.widget.top == total - 12
        await drag(pilot, app.widget, (79, 11), (79, 0))
        assert app.widget.top == 0
        await send(pilot, events.MouseMove, app.widget, (79, 9))
        assert app.widget.top == 0
