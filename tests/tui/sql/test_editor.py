"""The editor of the SQL view: proposals, schema, format."""

from __future__ import annotations

import pytest

from tests.tui.conftest import RunApp, screen_text, settled, until
from tests.tui.sql.view import opened_view
from tracetui.api import TraceDB
from tracetui.tui.sql.catalog import Catalog, ColumnFacts, ViewFacts
from tracetui.tui.sql.completion import complete
from tracetui.tui.sql.editor import SqlEditor
from tracetui.tui.sql.formatting import formatted
from tracetui.tui.sql.popup import Popup
from tracetui.tui.sql.schema import SchemaBrowser


async def test_proposals_follow_what_is_typed(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await opened_view(app, pilot)
        await until(pilot, lambda: view.proposals.catalog.views)
        await pilot.press(*"SELECT name FROM ru")
        await until(pilot, lambda: view.query_one(Popup).is_open)
        await pilot.press("tab", *" WHERE statu")
        await pilot.pause()
        await pilot.press("tab", *" = 'er")
        await until(pilot, lambda: "error  value" in screen_text(app))
        await pilot.press("tab", "ctrl+j")  # the quotation mark is put behind a value
        await until(pilot, lambda: view.pane.result is not None and not view.pane.is_busy)
        assert view.editor.text == "SELECT name FROM runs WHERE status = 'error'"
        assert view.pane.result is not None
        assert view.pane.result.row_count == many_db.run_count("status:error")


async def test_the_schema_tells_columns_and_values(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(140, 50)) as (app, pilot):
        view = await opened_view(app, pilot)
        await until(pilot, lambda: view.proposals.catalog.views)
        await pilot.press("f2")
        await settled(app, pilot)
        names = list(view.proposals.catalog.views)
        await pilot.press(*["j"] * names.index("runs"), "enter")
        await settled(app, pilot)
        assert "One row per run" in screen_text(app)
        columns = [column.name for column in view.proposals.catalog.views["runs"].columns]
        view.query_one(SchemaBrowser).search("status VARCHAR")
        view.query_one(SchemaBrowser).go_to_hit()
        await pilot.press("enter")
        await until(pilot, lambda: "runs.status: " in screen_text(app))
        assert "status" in columns


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT r.sta| FROM runs AS r", "status"),
        ("SELECT x FROM ru|", "runs"),
        ("FROM runs SELECT coun|", "count("),
        ("SELECT attributes ->> '|' FROM spans", "gen.ai"),
        ("SELECT attributes ->> '|' FROM runs", "other"),
        ("SELECT attributes ->> 'gen|' FROM result_1", "gen.ai"),
    ],
)
def test_what_is_proposed(query: str, wanted: str) -> None:
    columns = (ColumnFacts("status", "VARCHAR", ""), ColumnFacts("attributes", "JSON", ""))
    views = {name: ViewFacts(name, "", columns) for name in ("runs", "spans")}
    keys = {("runs", "attributes"): ("other",), ("spans", "attributes"): ("gen.ai",)}
    catalog = Catalog(views, ("count", "max"), keys)
    place = query.index("|")
    found = complete(catalog, query.replace("|", ""), place)
    assert wanted in [item.text for item in found.items]


def test_a_formatted_statement_keeps_its_tokens() -> None:
    text = "select a, max(b) filter (where c > 'x y') from runs -- why\n where 1=1 group by all order by 2"
    laid_out = formatted(text)
    assert laid_out.splitlines() == [
        "SELECT a, max(b) FILTER (WHERE c > 'x y')", "FROM runs -- why", "WHERE 1=1", "GROUP BY ALL", "ORDER BY 2",
    ]  # fmt: skip


async def test_proposals_end_when_the_statement_is_run(run_app: RunApp, many_db: TraceDB) -> None:
    async with run_app(many_db, size=(120, 40)) as (app, pilot):
        view = await opened_view(app, pilot)
        await until(pilot, lambda: view.proposals.catalog.views)
        view.editor.set_text("SELECT count(*) FROM range(100000000) a, range(100000) ru")
        await pilot.press("ctrl+j")
        await until(pilot, lambda: view.pane.running is not None)
        view.editor.post_message(SqlEditor.Typed())  # of a key that came before the one that ran it
        await pilot.pause()
        assert not view.query_one(Popup).is_open
        await pilot.press("n")
        await until(
            pilot, lambda: view.query_one(Popup).is_open
        )  # what is typed meanwhile is another statement
        assert view.pane.is_busy
        await pilot.press("ctrl+c")
        await settled(app, pilot)
