"""Every way a command ends: its status, one clear message, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import SCRIPT, Done, environment, in_this_process, on_terminal, tracetui
from tests.cli.traces import otlp_file, span


@pytest.fixture
def two_runs(tmp_path: Path) -> Path:
    other = "1" * 32
    return otlp_file(tmp_path / "two.jsonl", [span(1, "first"), span(2, "second", trace_id=other)])


def _assert_told(done: Done, status: int, *words: str) -> None:
    assert done.status == status, done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert [word for word in words if word not in done.err] == []


def test_no_arguments_is_wrong_usage_with_help() -> None:
    _assert_told(tracetui(), 2, "Usage: tracetui", "runs")


def test_unknown_option() -> None:
    _assert_told(tracetui("runs", "--no-such-option", "x"), 2, "--no-such-option", "tracetui runs --help")


def test_missing_path(tmp_path: Path) -> None:
    _assert_told(tracetui("runs", tmp_path / "absent.jsonl"), 3, "absent.jsonl")


def test_mistyped_command_is_guessed() -> None:
    done = tracetui("rnus", "x.jsonl", env={"TERM": "dumb"})
    _assert_told(done, 2, "rnus", "`tracetui runs`")


def test_nothing_loadable_tells_the_first_reasons(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{not json\n[1, 2\n")
    _assert_told(tracetui("runs", tmp_path), 3, "bad.jsonl")


def test_an_import_of_which_nothing_loads_still_accounts_for_it(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"a":')
    done = tracetui("import", tmp_path, "--json")
    assert done.status == 3
    assert "nothing could be loaded" in done.err
    told = json.loads(done.out)
    assert [(source["records"], source["skipped"]) for source in told["sources"]] == [(1, 1)]
    assert [(issue["code"], issue["line"]) for issue in told["import_issues"]] == [("torn_tail", 1)]


def test_unknown_run_lists_near_ids(two_runs: Path) -> None:
    _assert_told(
        tracetui("show", two_runs, "--run", "0af76519zz"), 2, "0af76519zz", "0af7651916cd43dd8448eb211c80319c"
    )


def test_unknown_step(two_runs: Path) -> None:
    _assert_told(tracetui("show", two_runs, "--run", "1111", "--step", "99"), 2, "99", "It has")


def test_unknown_format(two_runs: Path) -> None:
    _assert_told(tracetui("runs", two_runs, "--format", "nosuch"), 2, "nosuch", "otlp")


@pytest.mark.parametrize("out", ["absent/spans.jsonl", "absent/kept.duckdb", "-"])
def test_output_that_cannot_be_written_is_told_before_loading(
    two_runs: Path, tmp_path: Path, out: str
) -> None:
    place = out if out == "-" else tmp_path / out
    _assert_told(
        tracetui("export", two_runs, "-o", place), 2, "absent" if "absent" in out else "- is no file"
    )


def test_output_that_fails_while_writing(two_runs: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    _assert_told(tracetui("export", two_runs, "-o", tmp_path / "taken" / "views"), 2, "could not be written")


def test_kept_database_needs_its_suffix(two_runs: Path, tmp_path: Path) -> None:
    _assert_told(tracetui("import", two_runs, "--into", tmp_path / "kept.jsonl"), 2, ".duckdb")


@pytest.mark.parametrize(
    "query", ["SELECT nosuch FROM runs", "DROP TABLE runs", "SELECT 1; SELECT 2", "SELEC"]
)
def test_bad_sql(two_runs: Path, query: str) -> None:
    _assert_told(tracetui("sql", query, two_runs), 2)


@pytest.mark.parametrize(
    ("query", "line", "pointed_at"),
    [
        ("SELECT\n  name,\n\t\tnosuch\nFROM runs", 3, "nosuch"),
        ("-- who\n\n SELECT nosuch FROM runs", 3, "nosuch"),
        ("-- who\nEXPLAIN -- how\n SELECT nosuch FROM runs", 3, "nosuch"),
        ("SELECT" + "\n" * 9 + "CAST(name AS INT) FROM runs", 10, "CAST(name AS INT)"),
        ("SELECT name\nFROM nosuch", 2, "nosuch"),
        ("SELECT name\nFRM runs", 2, "runs"),
    ],
)
def test_bad_sql_is_told_of_the_text_as_typed(two_runs: Path, query: str, line: int, pointed_at: str) -> None:
    done = in_this_process("sql", query, two_runs)
    _assert_told(done, 2)
    shown, caret = done.err.splitlines()[-2:]
    assert shown.split()[:2] == ["LINE", f"{line}:"]
    assert shown[caret.index("^") : caret.rindex("^") + 1] == pointed_at


def test_bad_pivot_is_told_without_the_text_that_it_was_turned_into(two_runs: Path) -> None:
    done = in_this_process("sql", "PIVOT runs ON status USING sum(nosuch)", two_runs)
    _assert_told(done, 2, '"nosuch" not found')
    assert [line for line in done.err.splitlines() if "CREATE" in line or "LINE" in line] == []


@pytest.mark.parametrize(
    "query", ["-- all of them\nSELECT name FROM runs ORDER BY name", "--all\nFROM runs SELECT name ORDER BY name", "/* all */ SELECT name FROM runs ORDER BY name"]
)  # fmt: skip
def test_sql_may_begin_with_a_comment(two_runs: Path, query: str) -> None:
    done = in_this_process("sql", "--csv", query, "-q", two_runs)
    assert (done.status, done.out.split()) == (0, ["name", "first", "second"]), done.err


def test_unknown_sort_column(two_runs: Path) -> None:
    _assert_told(tracetui("runs", two_runs, "--sort", "nosuch"), 2, "nosuch")


@pytest.mark.parametrize("arguments", [["open"], []])
def test_interface_without_terminal_names_its_twins(two_runs: Path, arguments: list[str]) -> None:
    _assert_told(tracetui(*arguments, two_runs), 2, "terminal", "tracetui show")


def test_interface_on_dumb_terminal(two_runs: Path) -> None:
    status, sent = on_terminal(two_runs, env={"TERM": "dumb"})
    assert status == 2
    assert "TERM=dumb" in sent
    assert "\x1b" not in sent


def test_terminal_as_stdin_is_refused() -> None:
    status, sent = on_terminal("runs", "-")
    assert status == 2
    assert "stdin" in sent


def test_closed_pipe_is_quiet(two_runs: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(SCRIPT), "sql", "SELECT * FROM range(100000)", str(two_runs), "--json", "--quiet"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 141


def test_interrupt_ends_with_130() -> None:
    command = [str(SCRIPT), "runs", "-"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(b"\n" * 1_000_000)
    process.stdin.flush()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b""), err.decode()
    assert b"Traceback" not in err


def test_stdin_is_a_source(two_runs: Path) -> None:
    done = tracetui("runs", "-", "--json", stdin=two_runs.read_bytes())
    assert done.status == 0, done.err
    assert sorted(run["name"] for run in done.json) == ["first", "second"]


def test_version_and_help_are_data() -> None:
    done = tracetui("--version")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("tracetui ")
    assert tracetui("runs", "--help").out.startswith("Usage: tracetui runs")
