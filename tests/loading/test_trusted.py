"""Runs of large files are listed before they are loaded, of Parquet in place where it is vouched for; what is loaded is the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tracetui
from benchmarks import generate
from tests.conftest import SAMPLES
from tracetui.api import Completed, FirstRuns, LoadOptions, Opened
from tracetui.errors import InputError
from tracetui.read_model import Run
from tracetui.store import build, listing


@pytest.fixture(autouse=True)
def everything_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own; sources of any size are indexed first."""
    monkeypatch.setenv("TRACETUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build, "INDEX_FROM_BYTES", 0)
    monkeypatch.setattr(listing, "LISTED_FROM_ROWS", 0)
    monkeypatch.setattr(listing, "LINES_LISTED_FROM_ROWS", 0)


@pytest.fixture
def phoenix(tmp_path: Path) -> Path:
    path = tmp_path / "spans of o'brien.parquet"
    generate.write(path, "phoenix", "light", 800)
    return path


def loaded(
    paths: Sequence[Path], *, trusted: bool, stage: str = "full"
) -> tuple[list[tuple[Run, ...]], list[Run]]:
    """The lists of runs shown before the first database, and the runs of the last one."""
    options = LoadOptions(trusted=trusted, in_process=True, cached=False, stage=stage)
    shown: list[tuple[Run, ...]] = []
    is_open = False
    for update in tracetui.begin([str(path) for path in paths], options).updates():
        if isinstance(update, FirstRuns) and not is_open:
            shown.append(update.runs)
        is_open = is_open or isinstance(update, Opened)
        if isinstance(update, Completed):
            runs = sorted(update.db.runs(), key=lambda run: run.run_id)
            update.db.close()
    return shown, runs


def listed(run: Run) -> tuple[object, ...]:
    return (run.run_id, run.source, run.format, run.name, run.agent, run.start_ns, run.end_ns,
            run.spans, run.llm_calls, run.tool_calls, run.errors)  # fmt: skip


@pytest.mark.parametrize("trusted", [False, True])
def test_runs_are_listed_first_and_loaded_the_same(
    phoenix: Path, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,), runs = loaded([phoenix], trusted=trusted, stage="index")
    assert len(runs) > 10
    assert sorted(map(listed, first)) == sorted(map(listed, runs))
    assert {run.run_id: run.status for run in first} == {run.run_id: run.status for run in runs}
    monkeypatch.setattr(listing, "LISTED_FROM_ROWS", 10**6)
    not_shown, whole = loaded([phoenix], trusted=False)
    assert not_shown == []
    assert loaded([phoenix], trusted=trusted)[1] == whole


@pytest.mark.parametrize("format_name", ["otlp", "plain"])
def test_runs_of_lines_are_listed_first_and_loaded_the_same(
    format_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, format_name, "light", 5_000)
    (first,), runs = loaded([path], trusted=False, stage="index")
    assert len(runs) > 50
    assert sorted(map(listed, first)) == sorted(map(listed, runs))
    monkeypatch.setattr(listing, "_FIRST_BYTES", 1)
    (beginning,), _ = loaded([path], trusted=False, stage="index")
    assert 0 < len(beginning) < len(first)
    assert {run.run_id for run in beginning} < {run.run_id for run in runs}
    monkeypatch.setattr(listing, "LINES_LISTED_FROM_ROWS", 10**6)
    assert loaded([path], trusted=False, stage="index") == ([], runs)


def test_runs_of_lines_with_defects_are_listed_first(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    generate.write(path, "otlp", "light", 15_000, defects=True)
    (first,), runs = loaded([path], trusted=False, stage="index")
    assert len(first) > 100
    assert {run.run_id for run in first} <= {run.run_id for run in runs}


@pytest.mark.parametrize("trusted", [False, True])
def test_failed_runs_are_listed_first_with_their_error(phoenix: Path, trusted: bool) -> None:
    (first,), _ = loaded([phoenix], trusted=trusted, stage="index")
    has_failed = [run.status == "error" for run in first]
    assert has_failed == sorted(has_failed, reverse=True)
    assert all(run.error_message and run.error_type for run in first if run.status == "error")


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("ms", "Asia/Tokyo")])
@pytest.mark.parametrize("trusted", [False, True])
def test_times_of_every_unit_are_the_same(
    kind: pa.DataType, trusted: bool, phoenix: Path, tmp_path: Path
) -> None:
    table = pq.read_table(phoenix)
    for name in ("start_time", "end_time"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table[name].cast(kind, safe=False))
    path = tmp_path / "other.parquet"
    pq.write_table(table, path)
    (first,), runs = loaded([path], trusted=trusted, stage="index")
    assert sorted(map(listed, first)) == sorted(map(listed, runs))


def test_files_one_after_another_are_listed_together(phoenix: Path) -> None:
    samples = sorted(SAMPLES.glob("phoenix/*.parquet"))
    assert samples
    shown, runs = loaded([phoenix, *samples], trusted=True)
    assert shown
    assert {run.run_id for run in shown[-1]} <= {run.run_id for run in runs}
    assert {run.source for run in shown[-1]} >= {str(phoenix)}
    assert loaded([phoenix, *samples], trusted=False)[1] == runs


def test_what_is_no_regular_parquet_is_loaded_as_ever(tmp_path: Path, phoenix: Path) -> None:
    lines = SAMPLES / "otlp" / "travel_agent_timeout.jsonl"
    assert loaded([lines], trusted=True)[1] == loaded([lines], trusted=False)[1]
    pattern = tmp_path / "spans[1].parquet"
    pattern.write_bytes(phoenix.read_bytes())
    assert loaded([pattern], trusted=True)[1] == loaded([pattern], trusted=False)[1]
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(phoenix.read_bytes()[:-100])
    with pytest.raises(InputError):
        loaded([torn], trusted=True)
