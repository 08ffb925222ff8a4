"""Readable output: aligned, fitted, complete, and harmless whatever the trace holds."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.command import in_this_process, on_terminal, tracetui
from tests.cli.traces import HOSTILE, TRACE_ID, hostile_file, otlp_file, span


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_file(tmp_path_factory.mktemp("hostile") / "bad\x1b[31m\u202ename.jsonl")


COMMANDS = [
    ["runs"],
    ["show"],
    ["show", "--step", "2"],
    ["import"],
    ["sql", 'SELECT name, error_message, attributes, 1 AS "\x1b[31m\u202e" FROM spans'],
]


def _command_line(command: list[str], path: Path) -> list[str | Path]:
    at = 2 if command[0] == "sql" else 1
    return [*command[:at], path, *command[at:]]


def _unprintable(text: str) -> set[str]:
    return {
        char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_hostile_text_is_harmless_in_a_pipe(hostile: Path, command: list[str]) -> None:
    done = in_this_process(*_command_line(command, hostile))
    assert done.status == 0, done.err
    assert "␛" in done.out
    assert _unprintable(done.out + done.err) == set()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_hostile_text_is_harmless_as_json(hostile: Path, command: list[str]) -> None:
    done = in_this_process(*_command_line(command, hostile), "--json")
    assert done.status == 0, done.err
    assert _unprintable(done.out) == set()
    assert "\\u001b" in done.out
    assert isinstance(done.json, list | dict)


def test_json_keeps_the_exact_text(hostile: Path) -> None:
    assert [
        row["name"] for row in in_this_process("sql", "SELECT name FROM spans", hostile, "--json").json
    ] == [HOSTILE] * 3


def test_csv_is_exact_in_a_pipe_and_harmless_on_a_terminal(hostile: Path) -> None:
    assert HOSTILE in in_this_process("sql", "SELECT name FROM spans", hostile, "--csv").out.replace(
        '""', '"'
    )
    status, sent = on_terminal("sql", "SELECT name FROM spans", hostile, "--csv", "--quiet")
    assert status == 0
    assert "␛" in sent
    assert _unprintable(sent) == set()


@pytest.mark.parametrize("command", COMMANDS[:3], ids=" ".join)
def test_hostile_text_is_harmless_on_a_terminal(hostile: Path, command: list[str]) -> None:
    status, sent = on_terminal(*_command_line(command, hostile), "--quiet", env={"NO_COLOR": "1"})
    assert status == 0
    assert _unprintable(sent) == set()


def test_hostile_arguments_are_harmless(tmp_path: Path) -> None:
    for arguments in (["runs", f"{tmp_path}/\x1b[31m"], ["runs", "--\x1b[31m"], ["runs", "\x9b31m"]):
        done = in_this_process(*arguments)
        assert done.status in {2, 3}
        assert _unprintable(done.err) == set()


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_lines_fit_the_terminal_and_cuts_are_marked(tmp_path: Path, columns: int) -> None:
    spans = [
        span(1, "root " * 30, error="x" * 500),
        *(span(n, f"child 漢字 {n} " * 9, parent=n - 1) for n in range(2, 60)),
    ]
    path = otlp_file(tmp_path / "long.jsonl", spans)
    env = {"COLUMNS": str(columns)}
    for command in (["runs"], ["import"], ["sql", "SELECT run_id, name, error_message FROM spans"]):
        lines = in_this_process(*_command_line(command, path), env=env).out.splitlines()
        assert [line for line in lines if cell_len(line) > columns] == []
    lines = in_this_process("show", path, env=env).out.splitlines()[1:]
    assert [line for line in lines if cell_len(line) > columns] == []
    assert any("…" in line for line in lines)


def test_nothing_is_cut_in_a_pipe_and_when_wide(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "long.jsonl", [span(1, "n" * 250, error="e" * 190)])
    for done in (
        in_this_process("runs", path),
        in_this_process("runs", path, "--wide", env={"COLUMNS": "60"}),
    ):
        assert "n" * 250 in done.out
        assert "e" * 190 in done.out


def test_left_out_columns_are_told(tmp_path: Path) -> None:
    path = otlp_file(tmp_path / "one.jsonl", [span(1, "only")])
    assert "--wide" in in_this_process("runs", path, env={"COLUMNS": "60"}).err
    assert in_this_process("runs", path, env={"COLUMNS": "200"}).err == ""


def test_verdict_says_what_failed_and_where(samples: Path) -> None:
    done = in_this_process("show", samples / "otlp" / "travel_agent_timeout.jsonl")
    verdict, heading, *rows = done.out.splitlines()
    assert "failed at step" in verdict
    assert "Timeout" in verdict
    assert heading.split() == ["step", "span", "start", "time", "tokens"]
    assert [row for row in rows if row.startswith("▶")]


def test_an_error_names_its_type_once(samples: Path) -> None:
    sample = samples / "otlp" / "plain_checkout.jsonl"
    assert "reserve stock LookupError: no stock left" in in_this_process("runs", sample).out
    sample = samples / "mlflow" / "stock_reserve_fails.json"
    told = in_this_process("show", sample, "--step", "2").out
    assert "error           ValueError: only 14 pieces of LAMP-07 can be reserved\n" in told


def test_step_is_shown_whole(tmp_path: Path) -> None:
    long = "word " * 2_000
    arguments = json.dumps({"query": long})
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.id": "call-1",
        "gen_ai.tool.call.arguments": arguments,
        "gen_ai.tool.call.result": "found\nnothing",
    }
    path = otlp_file(
        tmp_path / "tool.jsonl", [span(1, "root"), span(2, "execute_tool search", parent=1, attributes=tool)]
    )
    out = in_this_process("show", path, "--step", "1", env={"COLUMNS": "80"}).out
    assert long.strip() in out
    assert "    found\n    nothing\n" in out
    assert f"{path}, line 1, byte offset 0" in out
    assert TRACE_ID in out


def test_deep_and_wide_trees_are_printed(tmp_path: Path) -> None:
    deep = [span(1, "root"), *(span(n, f"level {n}", parent=n - 1) for n in range(2, 3_001))]
    done = in_this_process("show", otlp_file(tmp_path / "deep.jsonl", deep), env={"COLUMNS": "80"})
    assert done.status == 0, done.err
    assert len(done.out.splitlines()) == 3_002
    assert "depth 2,999" in done.out


def test_signs_are_ascii_where_the_terminal_is(samples: Path) -> None:
    done = in_this_process("runs", samples / "otlp", encoding="ascii")
    assert done.status == 0, done.err
    assert done.out.splitlines()[1].startswith("x  ")


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert "\x1b[" in on_terminal("runs", "absent.jsonl")[1]
    assert "\x1b[" not in on_terminal("runs", "absent.jsonl", env={"NO_COLOR": "1"})[1]
    assert "\x1b[" not in tracetui("runs", "absent.jsonl").err


def test_a_filter_that_nothing_passes_is_told(samples: Path) -> None:
    done = tracetui("runs", samples / "otlp" / "travel_agent_timeout.jsonl", "--filter", "name:nothing")
    assert (done.status, "none of 1 runs passes the filter" in done.err) == (0, True)


def test_long_ids_are_cut_in_the_middle_and_still_name_their_runs(tmp_path: Path) -> None:
    ids = [f"evaluation/java/verified/20240825/trajs/fasterxml/core-{number}" for number in (1016, 1208)]
    path = tmp_path / "paths.jsonl"
    path.write_text(
        "".join(json.dumps({"trace_id": run_id, "span_id": "s", "name": "fix"}) + "\n" for run_id in ids)
    )
    status, sent = on_terminal("runs", path, "--quiet")
    assert status == 0
    shown = [line.split()[1] for line in sent.splitlines()[1:]]
    assert sorted(shown) == ["evalua…xml/core-1016", "evalua…xml/core-1208"]
    for name in (shown[0], shown[0].replace("…", "...")):
        assert in_this_process("show", path, "--run", name, "--json").json[0]["run_id"] in ids
    assert in_this_process("show", path, "--run", "evaluation…").status == 2
    assert ids[0][:-2] in in_this_process("runs", path).out
