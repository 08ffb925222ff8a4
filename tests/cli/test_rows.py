"""What the commands print as JSON and CSV: the columns of the views, and figures that add up."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.cli.command import Done, in_this_process, tracetui
from tests.cli.traces import otlp_file, span
from tracetui.sql import view_names


@pytest.fixture(scope="module")
def otlp(samples: Path) -> Path:
    return samples / "otlp"


@pytest.fixture(scope="module")
def runs(otlp: Path) -> Done:
    return tracetui("runs", otlp, "--json")


def _column_names(view: str, path: Path) -> set[str]:
    return {row["column_name"] for row in in_this_process("sql", f"DESCRIBE {view}", path, "--json").json}


def test_runs_have_the_columns_of_the_view_and_failed_first(runs: Done, otlp: Path) -> None:
    assert runs.status == 0, runs.err
    rows = runs.json
    assert rows
    known = _column_names("runs", otlp) | {"start_ns", "end_ns", "failed_name", "copies"}
    assert set(rows[0]) - known == set()
    failed = [row["status"] == "error" for row in rows]
    assert failed == sorted(failed, reverse=True)
    assert True in failed


def test_runs_as_csv_are_the_same_rows(runs: Done, otlp: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(in_this_process("runs", otlp, "--csv").out)))
    assert [row["run_id"] for row in rows] == [row["run_id"] for row in runs.json]
    assert [row["total_tokens"] for row in rows] == [
        "" if row["total_tokens"] is None else str(row["total_tokens"]) for row in runs.json
    ]


def test_runs_can_be_filtered_and_limited(runs: Done, otlp: Path) -> None:
    name = runs.json[0]["name"]
    found = in_this_process("runs", otlp, "--json", "--filter", name.upper()).json
    assert found
    assert {row["name"] for row in found} == {name}
    assert len(in_this_process("runs", otlp, "--json", "--limit", "1").json) == 1


def test_the_sql_behind_a_filter_is_printed_and_finds_the_same(otlp: Path) -> None:
    wanted = "status:error tool:search_flights latency:>1s"
    query = in_this_process("runs", otlp, "--filter", wanted, "--show-sql").out
    found = in_this_process("runs", otlp, "--filter", wanted, "--json").json
    assert found
    assert {row["run_id"] for row in in_this_process("sql", query, otlp, "--json").json} == {
        row["run_id"] for row in found
    }
    assert in_this_process("runs", otlp, "--limit", "3", "--show-sql").out.endswith("LIMIT 3\n")
    run = found[0]["run_id"]
    query = in_this_process("show", otlp, "--run", run, "--filter", "kind:tool", "--show-sql").out
    kinds = {row["kind"] for row in in_this_process("sql", query, otlp, "--json").json}
    assert kinds == {"TOOL"}
    query = in_this_process("cost", otlp, "--by", "model", "--filter", wanted, "--show-sql").out
    assert in_this_process("sql", query, otlp, "--json").json[0]["cost_usd"] is not None
    query = in_this_process("diff", otlp, "--runs", run, run, "--filter", "kind:tool", "--show-sql").out
    assert {row["kind"] for row in in_this_process("sql", query, otlp, "--json").json} == {"TOOL"}
    refused = in_this_process("cost", otlp, "--show-sql", "--what-if", "gpt-4o")
    assert (refused.status, "--show-sql" in refused.err) == (2, True)


def test_show_takes_a_filter(otlp: Path) -> None:
    path = otlp / "travel_agent_timeout.jsonl"
    rows = in_this_process("show", path, "--filter", "kind:tool status:error", "--json").json
    assert rows
    assert {(row["kind"], row["status"]) for row in rows} == {("TOOL", "error")}
    *_, root, above, found = in_this_process("show", path, "--filter", "name:hold_room").out.splitlines()
    assert ("plan_trip" in root, "travel-agent" in above, "hold_room" in found) == (True, True, True)
    nothing = in_this_process("show", path, "--filter", "name:nothing")
    assert (nothing.status, "no span of the run passes the filter" in nothing.err) == (0, True)
    assert in_this_process("show", path, "--filter", "x", "--step", "1").status == 2


def test_a_filter_that_nothing_passes_asks_what_was_meant(otlp: Path) -> None:
    for text, meant in (
        ("attr.gen_ai.request.modle:gpt*", "did you mean attr.gen_ai.request.model?"),
        ("attr.GEN_AI.request.model:gpt*", "did you mean attr.gen_ai.request.model?"),
        ("status:error -(attr.request.model:nothing OR name:x)", ""),
        ("attr.gen_ai.request.model:nothing", ""),
    ):
        told = in_this_process("runs", otlp, "--filter", text).err
        assert meant in told
        assert ("did you mean" in told) == bool(meant)


def test_csv_for_spreadsheets_runs_nothing(otlp: Path, tmp_path: Path) -> None:
    query = (
        """SELECT unnest(['=1+1', '+49 1', '-5', '@x', 'a=b', chr(9) || 'x', '-1e5']) AS "=name", -5 AS n"""
    )
    exact = in_this_process("sql", query, otlp, "--csv").out
    assert [row[0] for row in csv.reader(io.StringIO(exact))] == [
        "=name", "=1+1", "+49 1", "-5", "@x", "a=b", "\tx", "-1e5",
    ]  # fmt: skip
    guarded = in_this_process("sql", query, otlp, "--csv", "--for-spreadsheet").out
    assert list(csv.reader(io.StringIO(guarded)))[1:3] == [["'=1+1", "-5"], ["'+49 1", "-5"]]
    assert [row[0] for row in csv.reader(io.StringIO(guarded))] == [
        "'=name", "'=1+1", "'+49 1", "-5", "'@x", "a=b", "'\tx", "-1e5",
    ]  # fmt: skip
    in_this_process("sql", query, otlp, "-o", tmp_path / "out.csv", "--for-spreadsheet")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == guarded


def test_show_gives_the_spans_of_the_run_in_tree_order(runs: Done, otlp: Path) -> None:
    run = runs.json[0]
    spans = in_this_process("show", otlp, "--json").json
    assert {row["run_id"] for row in spans} == {run["run_id"]}
    assert [row["position"] for row in spans] == list(range(run["spans"]))
    assert set(spans[0]) - _column_names("spans", otlp) == set()


def test_show_step_gives_everything_about_it(runs: Done, otlp: Path) -> None:
    run = next(run for run in runs.json if run["failed_step"])
    step = in_this_process(
        "show", otlp, "--json", "--run", run["run_id"][:12], "--step", str(run["failed_step"])
    ).json
    spans = in_this_process("show", otlp, "--json", "--run", run["run_id"]).json
    assert (step["run_id"], step["step"]) == (run["run_id"], run["failed_step"])
    assert step["span_id"] == spans[step["position"]]["span_id"]
    assert isinstance(step["attributes"], dict)
    assert json.loads(step["raw"])


def test_import_adds_up(otlp: Path) -> None:
    told = in_this_process("import", otlp, "--json").json
    assert len(told["sources"]) == len(list(otlp.glob("*.json*")))
    for source in told["sources"]:
        assert source["records"] == source["loaded"] + source["merged"] + source["skipped"], source
        assert source["format"] == "otlp"


def test_import_names_each_issue_with_its_line(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "torn.jsonl", [span(1, "whole")])
    with path.open("a") as file:
        file.write('{"resourceSpans": [{"resou')
    done = in_this_process("import", path, "--json")
    assert done.status == 0, done.err
    assert [issue["line"] for issue in done.json["import_issues"] if issue["line"] == 2] == [2]
    assert "import issues" in in_this_process("runs", path).err


def test_import_keeps_a_database_that_answers(tmp_path: Path, otlp: Path) -> None:
    kept = tmp_path / "kept.duckdb"
    assert in_this_process("import", otlp, "--into", kept).status == 0
    assert kept.stat().st_size > 0
    assert "1 held already" in in_this_process("import", otlp, "--into", kept).err
    assert "already" not in in_this_process("import", otlp, "--into", kept, "--overwrite").err
    assert in_this_process("runs", kept, "--csv").out == in_this_process("runs", otlp, "--csv").out


def test_sql_values_are_exact(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "one.jsonl", [span(1, "only", attributes={"a": "b"})])
    query = """
        SELECT 9007199254740993::BIGINT AS big, 1/0 AS endless, NULL AS nothing, [1, 2] AS list, {'k': 'v'} AS object,
               attributes, start_ns, true AS yes, 0.1::DECIMAL(4, 2) AS tenth, 'x' AS twice, 'y' AS twice
        FROM spans"""
    done = in_this_process("sql", query, path, "--json")
    assert done.status == 0, done.err
    (row,) = done.json
    assert row["big"] == 9007199254740993
    assert row["endless"] == "Infinity"
    assert row["nothing"] is None
    assert (row["list"], row["object"], row["yes"], row["tenth"]) == ([1, 2], {"k": "v"}, True, 0.1)
    assert row["attributes"]["a"] == "b"
    assert row["start_ns"] == 1_760_000_001_000_000_000
    assert (row["twice"], row["twice_1"]) == ("x", "y")


def test_sql_result_of_many_rows_is_whole(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "one.jsonl", [span(1, "only")])
    done = in_this_process("sql", "SELECT range AS n FROM range(12345)", path, "--csv")
    assert [int(row["n"]) for row in csv.DictReader(io.StringIO(done.out))] == list(range(12345))
    assert "12,345 rows" in in_this_process("sql", "SELECT range AS n FROM range(12345)", path).err


def test_sql_without_rows_is_an_empty_array(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "one.jsonl", [span(1, "only")])
    assert in_this_process("sql", "SELECT 1 AS n WHERE false", path, "--json").json == []


def test_in_process_gives_the_same(runs: Done, otlp: Path) -> None:
    assert in_this_process("runs", otlp, "--json").json == runs.json


def test_formats_limits_and_doctor(samples: Path) -> None:
    formats = tracetui("formats", "--json").json
    assert "otlp" in {row["name"] for row in formats}
    assert all(row["recognised_by"] and row["produced_by"] for row in formats)
    assert tracetui("limits", "--json").json["line_bytes"] == 64 * 2**20
    doctor = tracetui("doctor", "--json")
    assert doctor.status == 0, doctor.err
    assert doctor.json["worker"] == "ok"
    assert doctor.json["samples"] == str(samples)
    assert tracetui("demo", "--path").out.strip() == str(samples)


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_what_is_exported_loads_again(tmp_path: Path, otlp: Path, runs: Done, name: str) -> None:
    out = tmp_path / name
    done = in_this_process("export", otlp, "-o", out)
    assert done.status == 0, done.err
    again = in_this_process("runs", out, "--json")
    assert again.status == 0, again.err
    facts = ("name", "status", "spans", "steps", "total_tokens", "failed_step", "error_message")
    told = [{name: run[name] for name in facts} for run in again.json]
    assert told == [{name: run[name] for name in facts} for run in runs.json]


def test_export_does_not_overwrite_unasked(tmp_path: Path, otlp: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    done = in_this_process("export", otlp, "-o", out)
    assert done.status == 2
    assert out.read_text() == "mine"
    assert in_this_process("export", otlp, "-o", out, "--overwrite").status == 0
    written = out.read_text()
    assert written != "mine"
    attaching = [["sql", "SELECT 1", str(otlp), "--attach", f"{name}{out}"] for name in ("", "mine=")]
    for command in (["export", str(out)], ["sql", "SELECT 1", str(out)], *attaching):
        refused = in_this_process(*command, "-o", out, "--overwrite")
        assert (refused.status, out.read_text()) == (2, written)
        assert "is what is read" in refused.err


def test_a_folder_gets_one_parquet_file_a_view(tmp_path: Path, otlp: Path, runs: Done) -> None:
    assert in_this_process("export", otlp, "-o", tmp_path / "views").status == 0
    assert {path.stem for path in (tmp_path / "views").glob("*.parquet")} == set(view_names())
    written = parquet.read_table(tmp_path / "views" / "runs.parquet")
    assert set(written["run_id"].to_pylist()) == {run["run_id"] for run in runs.json}
