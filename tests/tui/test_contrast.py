"""Every screen can be read in our themes: text has a contrast of 4.5 or more, and 16 colours are enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.color import Color, ColorType
from textual.pilot import Pilot

from tests.tui.conftest import RunApp, settled
from tests.tui.sql.view import ask
from tracetui.api import TraceDB
from tracetui.tui.app import TracetuiApp
from tracetui.tui.themes import THEME_NAMES, theme_name
from tracetui.tui.views.run import RunTree

LEAST = 4.5
DRAWN = set("▐─│╭╮╰╯┌┐└┘━╸▔▁▂▃▄▅▆▇█▏▎▍▌▋▊▉·▪■✕ ")
"""Bars, frames and marks: they are told by their place and shape."""

VIEWS = {
    "runs": ["1"], "filter": ["1", "f", *"statu:x"], "command": ["1", "colon"], "copy": ["1", "y"],
    "help": ["1", "question_mark"], "themes": ["1", "f9"], "palette": ["1", "ctrl+p"],
    "run": ["1", "j", "enter"], "found": ["1", "j", "enter", "slash", *"flight"], "diff": ["1", "j", "enter", "e", "e", "d"],
    "other pane": ["1", "j", "enter", "tab", "j"], "attributes": ["1", "j", "enter", *["right_square_bracket"] * 6],
    "raw": ["1", "j", "enter", *["right_square_bracket"] * 7],
    "memory": ["1", "j", "enter", "4"], "contexts": ["1", "j", "enter", "4", "t", "tab"],
    "cost": ["5"], "what if": ["5", "i"], "questions": ["5", "a"], "import": ["7"], "issues": ["7", "tab", "j"],
    "compare": ["g", "D", "j", "D", "right_square_bracket"], "sql": ["6"],
}  # fmt: skip


def luminance(color: Color) -> float:
    """As WCAG 2 has it."""
    parts = [part / 255 for part in color.get_truecolor()]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pale(app: TracetuiApp) -> Iterator[tuple[float, str]]:
    """Texts of the window, or of the screen where there is none, that are hard to read; the view below is dimmed."""
    windows = app.screen.query(".window, CommandPalette > Vertical")
    region = next((window.region for window in windows), app.screen.region)
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            style, at = segment.style, (x, y)
            x += segment.cell_length
            if style is None or style.color is None or style.bgcolor is None or not region.contains(*at):
                continue
            low, high = sorted((luminance(style.color), luminance(style.bgcolor)))
            if set(segment.text) - DRAWN and (ratio := (high + 0.05) / (low + 0.05)) < LEAST:
                yield round(ratio, 2), segment.text


async def pale_after(app: TracetuiApp, pilot: Pilot[None], *keys: str) -> list[tuple[float, str]]:
    """What is hard to read after these keys, in either theme."""
    await pilot.press(*keys)
    found: list[tuple[float, str]] = []
    for theme in ("tracetui-dark", "tracetui-light"):
        app.theme = theme
        await settled(app, pilot)
        found += pale(app)
    return found


@pytest.mark.parametrize("keys", VIEWS.values(), ids=VIEWS)
async def test_views_and_windows_can_be_read(run_app: RunApp, many_db: TraceDB, keys: list[str]) -> None:
    async with run_app(many_db, (120, 40)) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        assert await pale_after(app, pilot) == []


async def test_results_and_their_windows_can_be_read(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, (120, 40)) as (app, pilot):
        await ask(
            app, pilot, "SELECT kind, 'a' AS \"B\", max(output), count(*) -- comment\nFROM spans GROUP BY ALL"
        )
        assert await pale_after(app, pilot) == []
        assert await pale_after(app, pilot, "f2") == []
        assert await pale_after(app, pilot, "f2", "tab", "space") == []
        assert await pale_after(app, pilot, "escape", "c") == []
        assert app.screen.query_one(".window").region.x > 0
        assert await pale_after(app, pilot, "escape", "y") == []
        await pilot.press("escape")
        await ask(app, pilot, "SELECT $x")
        assert await pale_after(app, pilot) == []


def test_a_terminal_of_16_colours_has_themes_of_its_own() -> None:
    def chosen(wanted: str | None = None, **environment: str) -> str | None:
        return theme_name(wanted, THEME_NAMES, environment)

    assert chosen(TERM="xterm-256color") == "tracetui-dark"
    assert chosen(TERM="xterm", COLORTERM="truecolor") == "tracetui-dark"
    assert chosen(TERM="screen") == "tracetui-dark-16"
    assert chosen(TERM="linux", COLORFGBG="0;15") == "tracetui-light-16"
    assert chosen("light", TERM="xterm") == "tracetui-light-16"
    assert chosen("tracetui-light", TERM="xterm") == "tracetui-light"
    assert chosen(TERM="xterm", NO_COLOR="1") == "tracetui-dark"


@pytest.mark.parametrize("theme", ["tracetui-dark-16", "tracetui-light-16"])
async def test_16_colours_tell_the_cursor_and_errors(
    run_app: RunApp, timeout_db: TraceDB, theme: str
) -> None:
    async with run_app(timeout_db, (100, 30), theme=theme) as (app, pilot):
        await settled(app, pilot)
        tree = app.screen.query_one(RunTree)
        cursor, above = (
            next(iter(tree.render_line(tree.cursor_row - tree.top - rows))).style for rows in (0, 1)
        )
        assert cursor is not None
        assert above is not None
        assert cursor.bgcolor != above.bgcolor
        strips = app.screen._compositor.render_strips()
        failing = [segment.style for strip in strips for segment in strip if "failed at step" in segment.text]
        assert [style.color.number for style in failing if style and style.color] == [
            9 if theme == "tracetui-dark-16" else 1
        ]
        colors = {segment.style.color for strip in strips for segment in strip if segment.style}
        assert all(color is None or color.type in {ColorType.STANDARD, ColorType.DEFAULT} for color in colors)
