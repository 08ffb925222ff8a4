"""Tables of the user's own beside the traces: read as a copy, while typed SQL still opens no file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.sql.sessions import all_rows, session
from tracetui.errors import InputError, QueryError, UsageError


def test_a_csv_file_joins_with_the_traces(tmp_path: Path) -> None:
    (tmp_path / "my teams.csv").write_text("agent,team\ntravel-agent,blue\n", encoding="utf-8")
    with session() as asking:
        assert asking.attach(tmp_path / "my teams.csv") == ("my_teams",)
        result = asking.run("SELECT DISTINCT team FROM runs JOIN my_teams USING (agent)")
        assert all_rows(result) == [("blue",)]


def test_tables_and_views_of_a_database_are_read_and_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "own.duckdb"
    with duckdb.connect(str(path)) as own:
        own.execute('CREATE TABLE "a b" AS SELECT 1 AS x; CREATE VIEW v AS SELECT 2 AS y')
    before = path.read_bytes()
    with session() as asking:
        assert asking.attach(path, "o") == ("o_a_b", "o_v")
        assert all_rows(asking.run("FROM o_a_b, o_v")) == [(1, 2)]
    assert path.read_bytes() == before


def test_attaching_opens_no_file_to_what_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with session() as asking:
        asking.attach(path)
        with pytest.raises(QueryError):
            asking.run(f"FROM read_csv('{path}')")
        assert asking.run("FROM t").row_count == 1


def test_what_cannot_be_attached_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no", encoding="utf-8")
    (tmp_path / "x.xlsx").write_text("no", encoding="utf-8")
    with session() as asking:
        with pytest.raises(UsageError, match="there is no file"):
            asking.attach(tmp_path / "none.csv")
        with pytest.raises(UsageError, match="no file that can be attached"):
            asking.attach(tmp_path / "x.xlsx")
        with pytest.raises(InputError, match="could not be attached"):
            asking.attach(tmp_path / "x.parquet")


def test_a_table_does_not_take_the_place_of_the_traces(tmp_path: Path) -> None:
    path = tmp_path / "Spans.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with session() as asking:
        for given in (str(path), f"runs={path}", f"shown={path}"):
            with pytest.raises(UsageError, match="view of the traces"):
                asking.attach_given(given)
        assert asking.attach_given(f"mine={path}") == ("mine",)
        assert "span_id" in asking.run("FROM spans").columns
