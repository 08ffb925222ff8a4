"""Views written to a folder: all of them or nothing; what databases say of their tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tracetui import api
from tracetui.errors import NotLoadedError
from tracetui.sql import view_names
from tracetui.store import build

SAMPLE = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"


def test_a_folder_gets_every_view_and_keeps_its_other_files(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with load(SAMPLE) as db:
        written = api.export(db, out)
        (out / "notes.txt").write_text("mine", encoding="utf-8")
        (out / "runs.parquet").write_bytes(b"stale")
        assert api.export(db, out) == written > 0
    assert {path.name for path in out.iterdir()} == {
        "notes.txt",
        *(f"{name}.parquet" for name in view_names()),
    }
    assert (out / "runs.parquet").read_bytes()[:4] == b"PAR1"
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_is_left_as_it_was_when_a_view_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
        (out / "llm_calls.parquet").write_bytes(b"before")
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    with load(SAMPLE, stage="tree") as db, pytest.raises(NotLoadedError):
        api.export(db, out)
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if is_there else [])
    assert not is_there or [path.read_bytes() for path in out.iterdir()] == [b"before"]


UNTOLD = """
    SELECT table_name FROM duckdb_tables() WHERE comment IS NULL
    UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
    UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns()
        WHERE NOT internal AND schema_name = 'main' AND comment IS NULL
    UNION ALL SELECT function_name FROM duckdb_functions()
        WHERE NOT internal AND schema_name = 'main' AND comment IS NULL"""


def test_every_table_view_and_public_column_of_a_database_is_described(tmp_path: Path) -> None:
    out = tmp_path / "out.duckdb"
    with load(SAMPLE) as db:
        api.export(db, out)
    with duckdb.connect(str(out), read_only=True) as other:
        assert other.execute(UNTOLD).fetchall() == []
