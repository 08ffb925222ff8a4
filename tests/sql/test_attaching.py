"""Tables of the user's own beside the traces: read as a copy, while typed SQL still opens no file."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sql.sessions import all_rows, session
from tracetui.errors import InputError, QueryError, UsageError
from tracetui.store.query_limits import QueryLimits


def test_a_csv_file_joins_with_the_traces(tmp_path: Path) -> None:
    (tmp_path / "my teams.csv").write_text("agent,team\ntravel-agent,blue\n", encoding="utf-8")
    with session() as asking:
        assert asking.attach(tmp_path / "my teams.csv").tables == ("my_teams",)
        result = asking.run("SELECT DISTINCT team FROM runs JOIN my_teams USING (agent)")
        assert all_rows(result) == [("blue",)]


def test_tables_and_views_of_a_database_are_read_and_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "own.duckdb"
    with duckdb.connect(str(path)) as own:
        own.execute('CREATE TABLE "a b" AS SELECT 1 AS x; CREATE VIEW v AS SELECT 2 AS y')
    before = path.read_bytes()
    with session() as asking:
        assert asking.attach(path, "o").tables == ("o_a_b", "o_v")
        assert all_rows(asking.run("FROM o_a_b, o_v")) == [(1, 2)]
    assert path.read_bytes() == before


def test_a_view_of_a_database_opens_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary", encoding="utf-8")
    with duckdb.connect(str(tmp_path / "own.duckdb")) as own:
        own.execute("CREATE TABLE t AS SELECT 1 AS x; CREATE VIEW ok AS SELECT x + 1 AS y FROM t")
        own.execute(f"CREATE VIEW leak AS FROM read_text('{tmp_path}/secret.txt')")
        own.execute(f"CREATE VIEW listed AS FROM glob('{tmp_path}/*')")
    before = sorted(tmp_path.iterdir())
    with session() as asking:
        found = asking.attach(tmp_path / "own.duckdb")
        assert (found.tables, found.left_out) == (("own_ok", "own_t"), ("own_leak", "own_listed"))
        assert all_rows(asking.run("FROM own_ok, own_t")) == [(2, 1)]
        with pytest.raises(QueryError):
            asking.run("FROM own_leak")
    assert sorted(tmp_path.iterdir()) == before


def test_no_table_of_a_database_takes_the_place_of_the_traces(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "tool.duckdb")) as own:
        own.execute("CREATE TABLE calls AS SELECT 1 AS x")
    with session() as asking, pytest.raises(UsageError, match="tool_calls is the name of a view"):
        asking.attach(tmp_path / "tool.duckdb")


def test_attaching_opens_no_file_to_what_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    with session() as asking:
        asking.attach(path)
        with pytest.raises(QueryError):
            asking.run(f"FROM read_csv('{path}')")
        assert asking.run("FROM t").row_count == 1


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl", "t.json", "t.ndjson.gz", "t.tsv"])
def test_text_files_are_attached_compressed_or_not(tmp_path: Path, name: str) -> None:
    text = "a\n41\n42\n" if "sv" in name else '{"a": 41}\n{"a": 42}\n'
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    with session() as asking:
        assert asking.attach(tmp_path / name).tables == ("t",)
        assert all_rows(asking.run("SELECT sum(a)::INT FROM t")) == [(83,)]


def test_show_tables_names_what_was_attached_or_kept(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    with session() as asking:
        asking.attach(tmp_path / "t.csv")
        asking.run("SELECT 1 AS x, 'y' AS y").keep("mine")
        names = [row[0] for row in all_rows(asking.run("show tables;"))]
        assert {"t", "mine", "runs"} <= set(names)
        assert [name for name in names if name.startswith("tracetui")] == []
        assert asking.tables == {"t": (("a", "BIGINT"),), "mine": (("x", "INTEGER"), ("y", "VARCHAR"))}


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
        for word in ("select", "Order", "left"):
            with pytest.raises(UsageError, match=f"{word} is a word of SQL"):
                asking.attach_given(f"{word}={path}")
        assert asking.attach_given(f"mine={path}").tables == ("mine",)
        assert "span_id" in asking.run("FROM spans").columns


def test_a_table_that_cannot_be_copied_whole_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n" + "1\n" * 30, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "d.duckdb")) as own:
        own.execute("CREATE VIEW t AS FROM range(30)")
    with session(limits=QueryLimits(rows=20)) as asking:
        for name in ("t.csv", "d.duckdb"):
            with pytest.raises(
                InputError, match=f"{name} could not be attached: it is too large to be copied whole: .*20"
            ):
                asking.attach(tmp_path / name)
        assert asking.tables == {}


def test_no_table_takes_the_place_of_another(tmp_path: Path) -> None:
    for folder, name in (("a", "x.csv"), ("b", "X.csv"), ("b", "result_1.csv")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(f"v\n{folder}\n", encoding="utf-8")
    with session() as asking:
        asking.attach(tmp_path / "a" / "x.csv")
        with pytest.raises(UsageError, match="X is the name of another table") as refused:
            asking.attach(tmp_path / "b" / "X.csv")
        assert "NAME=FILE" in refused.value.hint
        with pytest.raises(UsageError, match="result_1 is a name for results"):
            asking.attach(tmp_path / "b" / "result_1.csv")
        assert asking.attach_given(f"y={tmp_path / 'b' / 'X.csv'}").tables == ("y",)
        assert all_rows(asking.run("SELECT x.v, y.v FROM x, y")) == [("a", "b")]


def test_tables_of_one_name_in_a_database_are_told_apart(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as own:
        own.execute(
            'CREATE TABLE "a b" AS SELECT 1 AS x; CREATE TABLE a_b AS SELECT 2 AS x; CREATE SCHEMA s2'
        )
        own.execute("CREATE TABLE s2.a_b AS SELECT 3 AS x; CREATE TABLE s2.c AS SELECT 4 AS x")
    with session() as asking:
        found = asking.attach(tmp_path / "d.duckdb")
        assert found.tables == ("d_a_b", "d_a_b_2", "d_s2_a_b", "d_c")
        assert found.renamed == ("d_a_b is main.a b", "d_a_b_2 is main.a_b", "d_s2_a_b is s2.a_b")
        rows = asking.run("SELECT a.x, b.x, c.x, d.x FROM d_a_b a, d_a_b_2 b, d_s2_a_b c, d_c d")
        assert all_rows(rows) == [(1, 2, 3, 4)]


def test_ids_in_a_csv_file_stay_as_they_are_written(tmp_path: Path) -> None:
    ids = ("1234567e89012345", "1" * 32)
    rows = [f"{id_},{id_},{'2' * 25},12e4{n},{n},{n}.50" for n, id_ in enumerate(ids)]
    lines = ["Trace_ID,key,digits,part,n,cost", *rows]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "u.csv").write_text('span_id,"it\'s ""x"""\n12,3\n', encoding="utf-8")
    (tmp_path / "v.csv").write_text("12,3\n34,5\n", encoding="utf-8")
    with session() as asking:
        for name in "tuv":
            asking.attach(tmp_path / f"{name}.csv")
        assert [kind for _, kind in asking.tables["t"]] == ["VARCHAR"] * 4 + ["BIGINT", "DOUBLE"]
        assert all_rows(asking.run("SELECT trace_id, key, digits, part FROM t ORDER BY n")) == [
            (ids[0], ids[0], "2" * 25, "12e40"), (ids[1], ids[1], "2" * 25, "12e41")
        ]  # fmt: skip
        assert [kind for _, kind in asking.tables["u"]] == ["VARCHAR", "BIGINT"]
        assert all_rows(asking.run("SELECT count(*) FROM spans JOIN u USING (span_id)")) == [(0,)]
        assert all_rows(asking.run("FROM v")) == [(12, 3), (34, 5)]


def test_a_path_means_the_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "f[o]?*"
    folder.mkdir()
    for stem in ("r[1]", "r1", "s*", "sx", "q?", "qx"):
        (folder / f"{stem}.csv").write_text(f"v\n{stem}\n", encoding="utf-8")
        (folder / f"{stem}.json").write_text(f'{{"v": "{stem}"}}', encoding="utf-8")
        pq.write_table(pa.table({"v": [stem]}), folder / f"{stem}.parquet")
    with session() as asking:
        for kind in ("csv", "json", "parquet"):
            for stem in ("r[1]", "s*", "q?"):
                name = f"{kind}_{stem[0]}"
                asking.attach(folder / f"{stem}.{kind}", name)
                assert all_rows(asking.run(f"SELECT v FROM {name}")) == [(stem,)]
