"""What a person typed reads the traces and nothing else: attacks by family, then a thousand made from their parts."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loading.dumps import load
from tests.sql.sessions import SAMPLE, all_rows, session
from tracetui.errors import QueryError, UsageError, WorkerError
from tracetui.store import sandbox
from tracetui.store.query_limits import QueryLimits
from tracetui.workers.queries import QuerySession

CANARY = "canary-6f1d"
_SECRETS = re.compile(rf"{CANARY}|root:.*:/")
_SETTINGS = "SELECT name, value FROM duckdb_settings() ORDER BY name"


class Prey:
    """A session, and the files and settings that its statements must leave alone."""

    def __init__(self, opened: QuerySession, folder: Path) -> None:
        self.session = opened
        self.folder = folder
        self.canary = folder / "secret.csv"
        self.canary.write_text(f"word\n{CANARY}\n", encoding="utf-8")
        self.database = opened._sandbox.database
        self._before = self._state()

    def is_untouched(self) -> bool:
        return self._state() == self._before

    def attack(self, query: str) -> str | None:
        """What the statement gave away, None where it was refused."""
        try:
            result = self.session.run(query)
        except QueryError:
            return None
        found = str(all_rows(result)[:200])
        result.close()
        return found

    def _state(self) -> object:
        files = sorted([*self.folder.rglob("*"), *self.database.parent.glob("*.duckdb*")])
        hashes = [(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files if path.is_file()]
        counted = all_rows(self.session.run("SELECT count(*), sum(hash(COLUMNS(*)::VARCHAR)) FROM spans"))
        views = all_rows(
            self.session.run("SELECT view_name, sql FROM duckdb_views() WHERE NOT temporary ORDER BY ALL")
        )
        return hashes, counted, views, all_rows(self.session.run(_SETTINGS))


@pytest.fixture(scope="module")
def prey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prey]:
    with session() as opened:
        yield Prey(opened, tmp_path_factory.mktemp("files"))


_REFUSED = {
    "files read": [
        "FROM read_text('{file}')", "FROM read_blob('{file}')", "FROM read_csv('{file}')", "FROM '{file}'",
        "FROM read_json_auto('{file}')", "FROM read_parquet('{file}')", "FROM glob('{folder}/*')", "FROM sniff_csv('{file}')",
        "FROM query('FROM ''{file}''')", "FROM query_table(['{file}'])", "FROM parquet_metadata('{file}')",
        "FROM read_csv('/proc/self/environ')", "FROM 'file://{file}'", "SELECT (FROM read_text('{file}') SELECT content)",
        "FROM read_duckdb('{database}')", "EXPLAIN ANALYZE FROM read_text('{file}')", "FROM '~/.bashrc'", "FROM '/dev/stdin'",
        "FROM read_ndjson_objects('{file}')", "FROM read_single_csv('{file}')", "FROM parquet_schema('{file}')",
        "FROM read_text(['{file}'])", "FROM read_csv('{folder}/*.csv', union_by_name := true)", "SUMMARIZE '{file}'",
        "DESCRIBE FROM '{file}'", "PIVOT '{file}' ON word", "SHOW TABLES FROM '{file}'", "TABLE '{file}'",
    ],
    "files written": [
        "COPY runs TO '{folder}/out.csv'", "COPY (SELECT 1) TO '{database}'", "COPY (SELECT 'x'::BLOB) TO '{database}.wal' (FORMAT blob)",
        "EXPORT DATABASE '{folder}/all'", "EXPLAIN ANALYZE COPY runs TO '{folder}/out.csv'", "EXPLAIN COPY runs TO '{folder}/o'",
        "EXPLAIN (ANALYZE) COPY runs TO '{folder}/out.csv'", "PREPARE x AS COPY runs TO '{folder}/out.csv'", "CHECKPOINT",
        "/* SELECT */ COPY runs TO '{folder}/out.csv'", "SELECT 1; COPY runs TO '{folder}/out.csv'",
        "WITH x AS (COPY runs TO '{database}.wal') FROM x", "WITH x AS (COPY (SELECT 1) TO '{database}') FROM x",
        "FROM query('WITH x AS (CO' || 'PY runs TO ''{database}.wal'') FROM x')",
        "WITH x AS (WITH y AS (SELECT 1) COPY (FROM y) TO '{database}.wal') FROM x",
        "PIVOT (WITH x AS (COPY runs TO '{database}.wal') FROM x) ON Count",
        "EXPLAIN ANALYZE WITH x AS (COPY runs TO '{database}.checkpoint') FROM x",
        "PRAGMA enable_profiling='json'", "PRAGMA profiling_output='{folder}/p'",
    ],
    "several statements": [
        "SELECT 1; SELECT 2", "SELECT 1;; COPY runs TO '{folder}/o'", "SELECT 1; DROP VIEW runs", "PIVOT runs ON status; DROP VIEW runs",
        "FROM (SELECT 1); SET threads = 8", "SELECT 1 -- ;\n; CHECKPOINT", "SELECT '{long}'", "EXPLAIN EXPLAIN DROP VIEW runs",
        "EXPLAIN (FORMAT json) DELETE FROM store.spans", "", ";", "-- nothing", "SELECT '\ud800'",
    ],
    "macros and views": [
        "CREATE TEMP MACRO f() AS TABLE FROM read_text('{file}')", "CREATE OR REPLACE VIEW runs AS FROM '{file}'",
        "CREATE TEMP TABLE t AS FROM '{file}'", "CREATE FUNCTION spans() AS 1", "CREATE TYPE x AS INT", "CREATE SEQUENCE s",
        "CREATE TRIGGER x AFTER INSERT ON store.spans FOR EACH ROW SELECT 1", "CREATE INDEX i ON store.spans (name)", "DROP SCHEMA store CASCADE",
    ],
    "databases": [
        "ATTACH '{folder}/x.duckdb'", "ATTACH '{database}' AS again (READ_WRITE)", "DETACH traces", "USE memory",
        "IMPORT DATABASE '{folder}'", "VACUUM",
    ],
    "settings": [
        "SET threads = 8", "SET GLOBAL memory_limit = '10GB'", "RESET memory_limit", "SET enable_external_access = true",
        "PRAGMA memory_limit='10GB'", "SET VARIABLE tracetui_prices = NULL", "SET lock_configuration = false", "RESET ALL",
        "CALL pragma_version()", "SET search_path = 'store'",
    ],
    "data": [
        "INSERT INTO store.runs SELECT * FROM store.runs", "UPDATE store.spans SET name = 'x'", "DELETE FROM store.spans",
        "DROP VIEW runs", "CREATE TEMP VIEW runs AS SELECT 1", "CREATE TABLE x AS SELECT 1", "ALTER TABLE store.spans ADD COLUMN x INT",
        "TRUNCATE store.spans", "MERGE INTO store.spans USING store.runs ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
        "WITH x AS (INSERT INTO store.meta VALUES ('a', 'b') RETURNING *) FROM x", "BEGIN", "CREATE MACRO f(x) AS x",
        "WITH x AS (DELETE FROM store.spans RETURNING *) FROM x", "COMMENT ON VIEW runs IS 'x'",
        "WITH x AS (UPDATE store.spans SET name = 'x' RETURNING *) SELECT * FROM x",
    ],
    "extensions and secrets": [
        "INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial FROM community", "CREATE SECRET (TYPE s3)", "UPDATE EXTENSIONS",
        "INSTALL x FROM '{folder}'", "FROM read_csv('http://127.0.0.1:9/x.csv')", "FROM 's3://bucket/x.parquet'",
    ],
    "standard output": [
        "CALL enable_logging(storage := 'stdout')", "PRAGMA enable_logging", "SET enable_progress_bar_print = true",
        "COPY runs TO '/dev/stdout'", "WITH x AS (COPY runs TO '/dev/stdout') FROM x", "SET log_query_path = '/dev/stdout'",
    ],
    "the process": [
        "FROM asked", "SELECT getenv('HOME')", "EXECUTE x", "DEALLOCATE x", "FROM arrow_scan(1, 2, 3)",
        "FROM pandas_scan(1)", "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{file}'')'))",
    ],
}  # fmt: skip


@pytest.mark.parametrize("family", _REFUSED)
def test_a_family_of_attacks_is_refused_and_leaves_everything_as_it_was(prey: Prey, family: str) -> None:
    names = {"file": prey.canary, "folder": prey.folder, "database": prey.database, "long": "x" * 100_000}
    for template in _REFUSED[family]:
        query = template.format(**names)
        assert prey.attack(query) is None, query
    assert prey._state() == prey._before


def test_a_thousand_made_attacks_get_nothing(prey: Prey) -> None:
    places = [
        str(prey.canary),
        f"{prey.database}.wal",
        "/etc/passwd",
        f"file://{prey.canary}",
        f"{prey.folder}/../*/*",
    ]
    readers = ["read_text", "read_blob", "read_csv", "read_csv_auto", "read_json", "read_ndjson_objects", "parquet_scan",
               "parquet_schema", "glob", "sniff_csv", "read_single_csv", "query", "query_table", "read_duckdb"]  # fmt: skip
    acts = [f"FROM {reader}('{place}')" for reader, place in itertools.product(readers, places)]
    acts += [f"{act} '{place}'" for act, place in itertools.product(
        ["COPY runs TO", "ATTACH", "EXPORT DATABASE", "IMPORT DATABASE", "LOAD", "INSTALL", "COPY store.runs FROM", "FROM"], places)]  # fmt: skip
    wraps = [
        "{}",
        "EXPLAIN ANALYZE {}",
        "WITH a AS ({}) FROM a",
        "-- SELECT\n{};",
        "PREPARE p AS {}",
        "SELECT * FROM ({}) AS a",
    ]
    made = [wrap.format(act) for wrap, act in itertools.product(wraps, acts)]
    assert len(made) > 600
    variables = [
        "SET {} = true",
        "PRAGMA {}",
        "RESET {}",
        "SELECT set_config('{}')",
        "EXPLAIN SET {} = 1",
        "SET LOCAL {} = 1",
    ]
    settings = [row[0] for row in all_rows(prey.session.run(_SETTINGS))][::2]
    made += [form.format(name) for form, name in itertools.product(variables, settings)]
    assert len(made) > 1_000
    leaked = [query for query in made if _SECRETS.search(prey.attack(query) or "")]
    assert leaked == []
    assert prey._state() == prey._before


def test_names_of_columns_and_results_run_nothing(prey: Prey) -> None:
    hostile = """x" FROM runs; COPY runs TO '/tmp/x'; --"""
    result = prey.session.run('SELECT 1 AS "{}", 2 AS "a""b", 3 AS "#1"'.format(hostile.replace('"', '""')))
    assert result.columns == (hostile, 'a"b', "#1")
    name = result.keep()
    assert all_rows(prey.session.run(f"FROM {name}")) == [(1, 2, 3)]
    for wanted in ("x y", "x;DROP VIEW runs", 'a"b', "1", "ü"):
        with pytest.raises(UsageError):
            result.keep(wanted)
    again = prey.session.run(
        f"FROM {name} WHERE $value = 'x''; DROP VIEW runs; --'", {"value": "x'; DROP VIEW runs; --"}
    )
    assert again.row_count == 1
    assert prey.is_untouched()


@pytest.mark.parametrize("name", ["enable_external_access", "lock_configuration", "access_mode"])
def test_a_setting_that_was_not_taken_keeps_everything_shut(name: str, tmp_path: Path) -> None:
    with load(SAMPLE) as db:
        shutil.copyfile(db.path, tmp_path / "copy.duckdb")
    connection = sandbox.open_sandbox(tmp_path / "copy.duckdb", tmp_path / "spill", QueryLimits())
    with pytest.raises(WorkerError, match=name):
        sandbox._read_back(connection, {name: "something else"})
    connection.close()


def test_unsafe_sql_opens_files_and_leaves_the_traces_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with session(is_unsafe=True) as opened:
        assert opened.is_unsafe
        opened.run(f"COPY (SELECT 42 AS n) TO '{out}'")
        assert all_rows(opened.run(f"FROM read_csv('{out}')")) == [(42,)]
        opened.run("CREATE TEMP TABLE mine AS SELECT 1 AS n")
        assert all_rows(opened.run("FROM mine")) == [(1,)]
        with pytest.raises(QueryError, match="read-only"):
            opened.run("DELETE FROM store.spans")
