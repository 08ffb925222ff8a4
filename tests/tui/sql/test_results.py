"""Results in the SQL view: columns, order, search, files, pictures, and files of the user's own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from textual.events import Key
from textual.widgets import Input

from tests.tui.conftest import RunApp, screen_text, settled, until
from tests.tui.sql.view import ask, opened_view
from tracetui.api import TraceDB
from tracetui.tui.dialogs import Menu
from tracetui.tui.sql.catalog import frequent_values
from tracetui.tui.sql.completion import complete
from tracetui.tui.sql.copying import copies
from tracetui.tui.sql.exporting import Exporting


async def test_sort_frequency_and_back(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await ask(app, pilot, "SELECT unnest([3, 1, 2, 1]) AS n, 'x' AS t")
        await pilot.press("escape", "s")
        await settled(app, pilot)
        assert view.pane.result is not None
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [1, 1, 2, 3]
        await pilot.press("s")
        await settled(app, pilot)
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [3, 2, 1, 1]
        await pilot.press("s")
        await settled(app, pilot)
        assert [row[0] for row in view.pane.result.rows(0, 4)] == [3, 1, 2, 1]
        await pilot.press("F")
        await settled(app, pilot)
        assert view.pane.result.rows(0, 1)[0][:3] == (1, 2, 0.5)
        assert "values of n" in screen_text(app)
        await pilot.press("escape")
        await settled(app, pilot)
        assert view.pane.result.row_count == 4


async def test_columns_can_be_hidden_frozen_and_sized(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a, 2 AS b, 3 AS c")
        await pilot.press("escape", "right", "x")
        await settled(app, pilot)
        assert "1 hidden" in screen_text(app)
        assert view.pane.top is not None
        assert list(view.pane.top.rows.arrangement.order) == [0, 2]
        await pilot.press("z", "plus")
        await settled(app, pilot)
        assert list(view.pane.top.rows.arrangement.order) == [2, 0]
        assert view.pane.top.rows.arrangement.frozen == 1
        assert view.pane.grid.width_of(0) > 3
        await pilot.press("X")
        await settled(app, pilot)
        assert list(view.pane.top.rows.arrangement.order) == [0, 1, 2]


async def test_find_goes_to_rows_that_hold_a_text(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 'row ' || i AS name FROM range(1000) AS t(i)")
        await pilot.press("escape", "slash", *"ROW 77", "enter")
        await settled(app, pilot)
        assert "11 hits" in screen_text(app)
        await until(pilot, lambda: view.pane.grid.cursor == 77)
        await pilot.press("n")
        assert view.pane.grid.cursor == 770


async def test_a_search_among_rows_that_still_come_is_made_when_all_are_there(
    run_app: RunApp, many_db: TraceDB
) -> None:
    query = "SELECT i, CASE WHEN i = 200000 THEN sleep_ms(1500) END AS slept FROM range(200001) t(i)"
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text(query)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.result is not None)
        view.pane.find("199999")
        await until(pilot, lambda: "1 of 1 hits" in screen_text(app))


async def test_a_sort_keeps_the_order_of_what_is_equal(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT i % 2 AS odd, 99999 - i AS n FROM range(100000) t(i)")
        await pilot.press("escape", "s")
        await settled(app, pilot)
        await until(pilot, lambda: len(view.pane.stack) == 2 and not view.pane.is_busy)
        assert view.pane.result is not None
        assert view.pane.result.columns == ("odd", "n")
        expected = [(0, n) for n in range(99_999, 0, -2)]
        assert view.pane.result.rows(0, 50_000) == expected


async def test_a_result_is_exported_and_never_overwrites(
    run_app: RunApp, many_db: TraceDB, tmp_path: Path
) -> None:
    target = tmp_path / "out.jsonl"
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a")
        for _ in range(2):
            await pilot.press("ctrl+e")
            view.prompt.open(view.prompt.purpose, str(target))
            await pilot.press("enter")
            await settled(app, pilot)
        assert "The file exists" in screen_text(app)
        await pilot.press("n")
        target.write_text("mine", encoding="utf-8")
        await pilot.press("ctrl+e")
        view.prompt.open(view.prompt.purpose, str(target))
        await pilot.press("enter")
        await settled(app, pilot)
        assert target.read_text(encoding="utf-8") == "mine"
        await pilot.press("y")
        await until(pilot, lambda: "Written: 2 rows" in screen_text(app))
        assert [json.loads(line) for line in target.read_text().splitlines()] == [{"a": 1}, {"a": 2}]


async def test_formulas_in_a_csv_file_are_asked_about(
    run_app: RunApp, many_db: TraceDB, tmp_path: Path
) -> None:
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT '=cmd()' AS t, -1 AS n UNION ALL SELECT '-5', 2 ORDER BY n")
        result = view.pane.result
        assert result is not None
        for key, written in (("g", "'=cmd()"), ("w", "=cmd()")):
            file = tmp_path / f"{key}.csv"
            view.exporting.begin(result, file)
            await until(pilot, lambda: "1 row holds text that a spreadsheet runs" in screen_text(app))
            await pilot.press(key)
            await until(pilot, file.exists)
            await settled(app, pilot)
            lines = file.read_text(encoding="utf-8").splitlines()
            assert lines == ["t,n", f"{written},-1", "-5,2"]


async def test_a_file_that_is_read_is_not_written_over(
    run_app: RunApp, many_db: TraceDB, tmp_path: Path
) -> None:
    source = tmp_path / "read.jsonl"
    source.write_text("{}", encoding="utf-8")
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a")
        assert view.pane.result is not None
        Exporting(view, view.work, lambda: (str(source),), view._note, view._show_problem).begin(
            view.pane.result, source
        )
        await until(pilot, lambda: "is what is read" in screen_text(app))
        attached = tmp_path / "mine.csv"
        attached.write_text("a\n41\n", encoding="utf-8")
        app.run_command(f"attach {attached}")
        await until(pilot, lambda: "Attached, as a copy: mine" in screen_text(app))
        view.exporting.begin(view.pane.result, attached)
        await until(pilot, lambda: "mine.csv is what is read" in screen_text(app))
    assert source.read_text(encoding="utf-8") == "{}"
    assert attached.read_text(encoding="utf-8") == "a\n41\n"


async def test_copies_hold_the_columns_in_view(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a, 2 AS b, 3 AS c")
        await pilot.press("escape", "x", "right", "z")
        await settled(app, pilot)
        assert view.pane.result is not None
        found = {each.key: each.text for each in copies(view.pane.result, 0, 2, view.pane.columns_in_view)}
    assert found["t"] == "c\tb\n3\t2"
    assert found["r"] == '{"c": 3, "b": 2}'
    assert found["c"] == "c, b"
    assert found["m"].startswith("| c | b |")


async def test_keys_typed_on_while_a_menu_closes_are_lost_and_harm_nothing(
    run_app: RunApp, many_db: TraceDB
) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1 AS a")
        await pilot.press("escape", "y")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        menu = app.screen
        for key in ("v", "r", "t"):
            menu.post_message(Key(key, key))
        await settled(app, pilot)
        assert app.screen is view
        assert app.is_running


async def test_rows_far_down_are_fetched_when_seen(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(app, pilot, "SELECT i FROM range(300000) t(i)")
        await pilot.press("escape", "G")
        await until(pilot, lambda: "299999" in screen_text(app))
        assert view.pane.top is not None
        assert len(view.pane.top.rows.window.rows_in_memory()) < 10_000


async def test_a_result_is_drawn_and_saved(run_app: RunApp, many_db: TraceDB, tmp_path: Path) -> None:
    async with run_app(many_db, size=(120, 36)) as (app, pilot):
        await ask(app, pilot, "SELECT name, total_tokens AS tok FROM runs WHERE total_tokens > 0")
        await pilot.press("escape", "c")
        await until(pilot, lambda: "tok by name" in screen_text(app) and "█" in screen_text(app))
        await pilot.press("tab")
        await until(pilot, lambda: "histogram of tok" in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: "Save the chart" in screen_text(app))
        app.screen.query_one(Input).value = str(tmp_path / "c.txt")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "c.txt").exists())
        (tmp_path / "c.txt").write_text("mine", encoding="utf-8")
        await pilot.press("s")
        await until(pilot, lambda: "Save the chart" in screen_text(app))
        app.screen.query_one(Input).value = str(tmp_path / "c.txt")
        await pilot.press("enter")
        await until(pilot, lambda: "The file exists" in screen_text(app))
        assert (tmp_path / "c.txt").read_text(encoding="utf-8") == "mine"
        await pilot.press("y")
        await until(pilot, lambda: (tmp_path / "c.txt").read_text(encoding="utf-8") != "mine")
    assert "histogram of tok" in (tmp_path / "c.txt").read_text(encoding="utf-8")


async def test_a_file_is_attached_by_a_command(run_app: RunApp, many_db: TraceDB, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n41\n", encoding="utf-8")
    async with run_app(many_db, size=(140, 30)) as (app, pilot):
        view = await ask(app, pilot, "SELECT 1")
        await pilot.press("escape")
        app.run_command(f"attach {tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "Attached, as a copy: mine" in screen_text(app))
        app.run_command(f"attach runs={tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "runs is the name of a view of the traces" in screen_text(app))
        app.run_command(f"attach order={tmp_path / 'mine.csv'}")
        await until(pilot, lambda: "order is a word of SQL" in screen_text(app))
        app.run_command(f'attach again="{tmp_path / "mine.csv"}"')
        await until(pilot, lambda: "Attached, as a copy: again" in screen_text(app))
        await ask(app, pilot, "SELECT a + 1 AS b FROM mine")
        assert view.pane.result is not None
        assert view.pane.result.rows(0, 1) == [(42,)]
        found = complete(view.proposals.known, "FROM mine WHERE a", 17)
        assert (found.items[0].text, found.items[0].about.strip()) == ("a", "BIGINT")
        assert "mine" in [item.text for item in complete(view.proposals.known, "FROM mi", 7).items]
        await pilot.press("f2")
        await until(pilot, lambda: "mine  1" in screen_text(app))
        assert await asyncio.to_thread(frequent_values, view._asking.of("mine", many_db), "mine", "a") == [
            ("41", 1)
        ]


async def test_columns_are_described_within_what_there_is(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db) as (app, pilot):
        view = await ask(
            app, pilot, "SELECT i AS n, CASE WHEN i % 4 = 0 THEN 'x' END AS t FROM range(1101) t(i)"
        )
        view._note("what was said before")
        await pilot.press("escape", "l", "h", "l")
        await until(pilot, lambda: "t VARCHAR" in screen_text(app))
        await pilot.press("i")
        await until(pilot, lambda: "columns described" in screen_text(app))
        await settled(app, pilot)
        result = view.pane.result
        assert result is not None
        rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows(0, 2)]
        assert [(row["column_name"], row["count"], row["min"], row["max"]) for row in rows] == [
            ("n", 1101, "0", "1100"), ("t", 1101, "x", "x"),
        ]  # fmt: skip
        assert all(row["approx_unique"] <= row["count"] for row in rows)
        assert "what was said before" not in screen_text(app)


async def test_rows_that_still_come_are_neither_written_nor_asked_further(
    run_app: RunApp, many_db: TraceDB, tmp_path: Path
) -> None:
    query = "SELECT i, CASE WHEN i = 200000 THEN sleep_ms(100000) END AS slept FROM range(200001) t(i)"
    async with run_app(many_db) as (app, pilot):
        view = await opened_view(app, pilot)
        view.editor.set_text(query)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.result is not None)
        assert view.pane.result is not None
        view.exporting.begin(view.pane.result, tmp_path / "never.csv")
        await until(pilot, lambda: "rows are still coming" in screen_text(app))
        view._note("")
        view.pane.action_describe()
        await until(pilot, lambda: "rows are still coming" in screen_text(app))
        await pilot.press("ctrl+c")
        await settled(app, pilot)
    assert not (tmp_path / "never.csv").exists()
