"""Databases that are kept: what is added file by file is what would be loaded at once, and nobody else's SQL runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.cli.command import Done, in_this_process
from tests.conftest import SAMPLES
from tests.loading.dumps import dump, load
from tests.loading.test_run_notes import langfuse, langsmith, otlp
from tracetui.store.version import SCHEMA_VERSION

OTLP = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def keep(database: Path, *paths: Path, options: tuple[str, ...] = ()) -> Done:
    """`tracetui import PATH… --into DATABASE`, whatever comes of it."""
    return in_this_process("import", *paths, "--into", database, *options)


def kept_lines(done: Done) -> str:
    """What was told of the database."""
    assert done.status == 0, done.err
    return next(line for line in done.err.splitlines() if line.startswith("kept in"))


def dumped(*paths: Path) -> str:
    """Everything that shows in the model, but for the order of sources and issues."""
    with load(*paths) as db:
        return "\n".join(sorted(dump(db, SAMPLES).splitlines()))


def test_files_added_one_by_one_are_the_same_as_all_at_once(tmp_path: Path) -> None:
    database = tmp_path / "kept.duckdb"
    folders = [SAMPLES / name for name in ("openai_agents", "langsmith")]
    for count, folder in enumerate(folders):
        told = kept_lines(keep(database, *folders[: count + 1]))
        assert " new" in told or count == 0, folder
    assert dumped(database) == dumped(*folders)
    before = database.stat()
    assert " new" not in kept_lines(keep(database, *folders))
    assert database.stat() == before, "nothing new, so nothing is written"


def test_a_changed_file_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    database, other = tmp_path / "kept.duckdb", tmp_path / "other.jsonl"
    lines = (SAMPLES / "otlp" / "support_refund_multi_turn.jsonl").read_bytes()
    other.write_bytes(lines)
    keep(database, OTLP, other)
    os.utime(other, (1, 1))
    assert "2 held already" in kept_lines(keep(database, OTLP, other)), "another time alone is no change"
    other.write_bytes((SAMPLES / "otlp" / "research_same_search_loop.jsonl").read_bytes() + b"{broken\n")
    assert "1 held already, 1 replaced" in kept_lines(keep(database, OTLP, other))
    assert dumped(database) == dumped(OTLP, other)


def test_a_file_that_was_moved_is_held_already(tmp_path: Path) -> None:
    database, named = tmp_path / "kept.duckdb", tmp_path / "named.jsonl"
    named.write_bytes(OTLP.read_bytes())
    keep(database, named)
    before = dumped(database)
    moved = named.rename(tmp_path / "moved.jsonl")
    assert "1 held already" in kept_lines(keep(database, moved))
    assert dumped(database) == before


def test_parts_of_one_trace_in_several_files_are_put_together(tmp_path: Path) -> None:
    database, parts = tmp_path / "kept.duckdb", [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    shutil.copy(OTLP, parts[0])
    shutil.copy(OTLP, parts[1])
    keep(database, parts[0])
    assert "read anew" in kept_lines(keep(database, parts[1]))
    assert dumped(database) == dumped(*parts)
    third = tmp_path / "c.jsonl"
    third.write_bytes(OTLP.read_bytes() + b"\n")
    parts[0].unlink()
    before = database.read_bytes()
    done = keep(database, third)
    assert (done.status, database.read_bytes()) == (3, before)
    assert "a.jsonl is gone" in done.err


def test_another_export_of_a_kept_run_is_put_beside_it(tmp_path: Path) -> None:
    database, exports = tmp_path / "kept.duckdb", [langfuse(tmp_path), langsmith(tmp_path), otlp(tmp_path)]
    for export in exports:
        told = kept_lines(keep(database, export))
        assert "read anew" in told or export is exports[0]
    assert dumped(database) == dumped(*exports)


def test_any_duckdb_client_reads_the_views_and_their_comments(tmp_path: Path) -> None:
    database = tmp_path / "kept.duckdb"
    keep(database, OTLP)
    program = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        "print(c.execute('SELECT count(*), sum(cost_usd) > 0 FROM llm_calls').fetchall(),"
        " c.execute(\"SELECT comment FROM duckdb_views() WHERE view_name = 'runs'\").fetchall())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, database], capture_output=True, text=True, check=True
    )
    assert "True" in told.stdout, "prices are in it"
    assert "One row per run" in told.stdout


def _stolen(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    (folder / "secret.txt").write_text("the secret")
    connection.execute("DROP VIEW runs")
    connection.execute(f"CREATE VIEW runs AS SELECT content AS run_id FROM read_text('{folder}/secret.txt')")


def _table_as_view(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute("ALTER TABLE store.scores RENAME TO scores_before")
    connection.execute(f"CREATE VIEW store.scores AS FROM read_text('{folder}/secret.txt')")


def _computed_column(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute("DROP TABLE store.inputs")
    connection.execute(
        "CREATE TABLE store.inputs (name VARCHAR, path VARCHAR, size_bytes BIGINT, modified_ns BIGINT,"
        " digest VARCHAR AS (repeat('x', 10)))"
    )


def _other_meta(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute("DROP TABLE store.meta")
    connection.execute("CREATE VIEW store.meta AS SELECT 'schema_version' AS key, '10' AS value")


def _version(number: str) -> Callable[[duckdb.DuckDBPyConnection, Path], None]:
    def change(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        connection.execute("UPDATE store.meta SET value = ? WHERE key = 'schema_version'", [number])

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_table_as_view, "its table scores was changed"),
        (_computed_column, "its table inputs was changed"),
        (_other_meta, "none that tracetui keeps"),
        (_version(str(SCHEMA_VERSION - 1)), "older tracetui"),
        (_version(str(SCHEMA_VERSION + 1)), "newer tracetui"),
        (_version("1; DROP TABLE x"), "none that tracetui keeps"),
    ],
)
def test_a_database_that_is_not_as_it_was_made_is_refused(
    tmp_path: Path, change: Callable[[duckdb.DuckDBPyConnection, Path], None], message: str
) -> None:
    database = tmp_path / "kept.duckdb"
    keep(database, OTLP)
    with duckdb.connect(str(database)) as connection:
        change(connection, tmp_path)
    for done in (in_this_process("runs", database), keep(database, SAMPLES / "langgraph")):
        assert (done.status, done.out) == (3, "")
        assert message in done.err
        assert "hint:" in done.err


def test_views_of_a_foreign_database_are_never_run(tmp_path: Path) -> None:
    database = tmp_path / "kept.duckdb"
    keep(database, OTLP)
    with duckdb.connect(str(database)) as connection:
        _stolen(connection, tmp_path)
        connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    for arguments in (("runs", database, "--json"), ("sql", "FROM runs", database, "--json")):
        done = in_this_process(*arguments)
        assert done.status == 0, done.err
        assert "secret" not in done.out
        assert "travel-agent" in done.out
    refused = keep(database, SAMPLES / "langgraph")
    assert refused.status == 2
    assert "mine" in refused.err


def test_other_databases_and_unfinished_ones_are_told_apart(tmp_path: Path) -> None:
    other, database = tmp_path / "other.duckdb", tmp_path / "kept.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS x")
    done = in_this_process("runs", other)
    assert done.status == 3
    assert "none that tracetui keeps" in done.err
    assert "--attach" in keep(other, OTLP).err
    keep(database, OTLP)
    two = in_this_process("runs", other, database)
    assert (two.status, "both databases" in two.err) == (2, True)
    database.with_name("kept.duckdb.wal").write_bytes(b"x")
    assert "write-ahead log" in in_this_process("runs", database).err
    database.with_name("kept.duckdb.wal").unlink()
    database.write_bytes(database.read_bytes()[:20_000])
    assert in_this_process("runs", database).status == 3


def test_a_kept_database_opens_together_with_other_files(tmp_path: Path) -> None:
    database = tmp_path / "kept.duckdb"
    keep(database, OTLP)
    assert dumped(database, SAMPLES / "langgraph") == dumped(OTLP, SAMPLES / "langgraph")
