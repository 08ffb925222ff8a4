"""Text and documents driven by keys in a running app."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tracetui.render.json_lines import plain_lines, text_lines
from tracetui.render.lines import Lines
from tracetui.tui.bindings import Scope, bindings
from tracetui.tui.widgets.document import Section
from tracetui.tui.widgets.text_view import DocumentView
from tracetui.tui.widgets.wrap import wrap_pieces

PAYLOAD = json.dumps({"query": {"from": "VIE", "to": "LIS"}, "note": "needle " * 30, "list": [1, 2, 3]})


class Keyed(DocumentView):
    BINDINGS = bindings(Scope.LIST, Scope.TREE)


class TextApp(App[None]):
    CSS = "DocumentView { height: 1fr; }"

    def __init__(self, sections: list[Section], wrap: bool = True) -> None:
        super().__init__()
        self.sections = sections
        self.view = Keyed(wrap=wrap)
        self.entered: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.show_sections(self.sections)
        self.view.focus()

    def on_document_view_entered(self, event: DocumentView.Entered) -> None:
        self.entered.append((event.section.key, event.line))

    def lines(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]


def one(lines: Lines) -> list[Section]:
    return [Section("", "", lambda: lines)]


def conversation(made: list[str]) -> list[Section]:
    def section(key: str, text: str, is_folded: bool = False) -> Section:
        def lines() -> Lines:
            made.append(key)
            return text_lines(text)

        return Section(key, f"{key} [red]\x1b", lines, "12 tok", is_folded=is_folded)

    return [
        section("new", "hello\nworld"),
        section("earlier", "a\nb\nc", True),
        Section("end", "nothing", tone="muted"),
    ]


async def test_json_folds_by_keys() -> None:
    app = TextApp(one(text_lines(PAYLOAD)))
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        whole = app.lines()
        assert whole[0] == "▶▾ {"
        assert whole[1] == ' ▾   "query": {'
        await pilot.press("j", "space")
        assert app.lines()[1] == '▶▸   "query": { … 3 lines'
        assert app.view.line_text() == '"query": {'
        await pilot.press("l", "j", "h")
        assert app.lines()[1].startswith("▶▾")
        await pilot.press("h", "G", "enter")
        assert app.entered == [("", len(text_lines(PAYLOAD)) - 1)]
        assert app.view.section_text() == PAYLOAD


async def test_long_lines_wrap_or_scroll_sideways_with_a_sign() -> None:
    text = "first " + "word " * 40 + "last"
    app = TextApp(one(plain_lines(text)))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        assert " ".join(line[3:].strip() for line in app.lines()).strip() == text
        app.view.action_wrap()
        await pilot.pause()
        assert app.lines()[0].endswith("…")
        assert app.lines()[1] == ""
        await pilot.press("right")
        assert app.lines()[0].startswith("▶  rd word")


async def test_sections_fold_and_make_their_lines_when_opened() -> None:
    made: list[str] = []
    app = TextApp(conversation(made))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert made == ["new"]
        assert app.lines()[:5] == [
            "▶▾ new [red]␛  12 tok",
            "   hello",
            "   world",
            " ▸ earlier [red]␛  12 tok",
            "   nothing",
        ]
        await pilot.press("J", "space", "j")
        assert made == ["new", "earlier"]
        assert app.lines()[4] == "▶  a"
        await pilot.press("h", "H")
        assert [line for line in app.lines() if line] == [
            " ▸ new [red]␛  12 tok … 2 lines",
            "▶▸ earlier [red]␛  12 tok … 3 lines",
            "   nothing",
        ]
        await pilot.press("L", "K")
        assert app.view.section is not None
        assert app.view.section.key == "new"


async def test_search_finds_folded_lines_and_walks_round() -> None:
    app = TextApp(
        [*conversation([]), Section("json", "payload", lambda: text_lines(PAYLOAD), is_folded=True)]
    )
    async with app.run_test(size=(60, 12)) as pilot:
        assert app.view.search("NEEDLE") == 1
        assert app.view.search("c") == 1
        found = app.view.search("O")
        assert found == 9
        assert [app.view.go_to_hit() for _ in range(found + 1)] == [2, 3, 4, 5, 6, 7, 8, 9, 1, 2]
        assert app.view.line_text() == "hello"
        assert [app.view.go_to_hit(backwards=True) for _ in range(2)] == [1, found]
        await pilot.pause()
        assert app.view.line_text().startswith('"note"')
        assert app.view.search("absent") == app.view.go_to_hit() == 0
        assert app.view.search("") == 0


async def test_pages_walk_through_a_megabyte_and_back() -> None:
    app = TextApp(one(text_lines("lorem ipsum dolor " * 60_000)))
    async with app.run_test(size=(80, 20)) as pilot:
        for _ in range(30):
            await pilot.press("pagedown")
        middle = app.lines()
        await pilot.press("pagedown", "pageup")
        assert app.lines() == middle
        await pilot.press("G")
        assert all(app.lines())
        await pilot.press("g")
        assert app.lines()[0].startswith("▶  lorem ipsum")
        await pilot.press("j", "k", "ctrl+d", "ctrl+u", "up")
        app.view.scroll_to_line(2_000)
        app.view.scroll_lines(10**6)
        await pilot.pause()
        assert all(app.lines())


async def test_every_line_is_reached_going_down_and_up() -> None:
    app = TextApp(one(plain_lines("\n".join(f"line {number} " + "x" * number for number in range(120)))))
    async with app.run_test(size=(30, 8)) as pilot:
        seen: set[str] = set()
        for _ in range(600):
            seen.update(re.findall(r"line \d+", "".join(app.lines())))
            app.view.action_cursor_down()
        await pilot.pause()
        assert seen == {f"line {number}" for number in range(120)}
        for _ in range(600):
            app.view.action_cursor_up()
        assert app.lines()[0].startswith("▶  line 0")


async def test_nothing_on_show_takes_every_action() -> None:
    app = TextApp([])
    async with app.run_test(size=(30, 8)) as pilot:
        await pilot.press(
            "j", "k", "G", "g", "pagedown", "enter", "space", "l", "h", "L", "H", "J", "K", "left", "right"
        )
        assert app.view.place is None
        assert app.view.line_text() == app.view.section_text() == ""


@pytest.mark.parametrize("width", [1, 2, 4, 5, 9, 200])
@pytest.mark.parametrize("wrap", [True, False])
async def test_any_width_shows_lines_of_that_width(width: int, wrap: bool) -> None:
    hostile = "[red]\x1b[31m\u202e字字字👨\u200d👩\u200d👧 " * 9
    app = TextApp([*conversation([]), Section("x", hostile, lambda: text_lines(hostile), hostile)], wrap)
    async with app.run_test(size=(width, 9)) as pilot:
        await pilot.pause()
        assert {cell_len(app.view.render_line(y).text) for y in range(9)} == {width}
        assert not set("\x1b\u202e") & set(app.export_screenshot())


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=80), st.integers(5, 30))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    rows = wrap_pieces([(text[:7], "a"), (text[7:], "b")], width)
    assert all(cell_len("".join(piece for piece, _ in row)) <= width for row in rows)
    hang = len(text) - len(text.lstrip(" "))
    if hang == 0:
        assert "".join(piece for row in rows for piece, _ in row) == text


async def test_a_click_chooses_a_line_where_it_stands() -> None:
    long, short = " ".join(f"word{number}" for number in range(400)), "\n".join("abcdef")
    app = TextApp(one(plain_lines(f"{long}\n{short}")))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("G")
        await pilot.click(Keyed, offset=(20, 2))
        await pilot.pause()
        assert app.view.place is not None
        assert (app.view.place.line, app.lines()[-1].strip(" ▐")) == (0, "f")


async def test_a_double_click_on_a_title_folds_once() -> None:
    app = TextApp(conversation([]))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.double_click(Keyed, offset=(10, 3))
        await pilot.pause()
        assert [line.strip() for line in app.lines()[4:7]] == ["a", "b", "c"]
        assert app.entered == []
        await pilot.double_click(Keyed, offset=(10, 4))
        await pilot.pause()
        assert app.entered == [("earlier", 0)]
