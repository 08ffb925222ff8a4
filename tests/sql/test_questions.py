"""Ready questions are described, run over everything, and say what is in the samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.command import in_this_process
from tests.conftest import SAMPLES
from tests.loading.dumps import load
from tests.sql.sessions import all_rows
from tracetui import api
from tracetui.errors import QueryError, UsageError
from tracetui.sql.questions import question, question_names

OTLP = SAMPLES / "otlp"


@pytest.fixture(scope="module")
def db() -> Iterator[api.TraceDB]:
    with load(OTLP) as opened:
        opened.reprice()
        yield opened


def answer(db: api.TraceDB, name: str, **given: str) -> list[dict[str, Any]]:
    asked = question(name)
    result = db.sql(asked.text, asked.values(given))
    return [dict(zip(result.columns, row, strict=True)) for row in all_rows(result)]


@pytest.mark.parametrize("name", question_names())
def test_a_question_is_described_and_answered(db: api.TraceDB, name: str) -> None:
    asked = question(name)
    assert asked.title != name
    assert asked.about.endswith(".")
    given = {parameter.name: "5da4" for parameter in asked.parameters if parameter.default is None}
    result = db.sql(asked.text, asked.values(given))
    assert len(result.columns) > 3
    # every tool of these runs is called, and none of them tells of state
    assert result.row_count or name in ("unused_tools", "memory_anomalies")


def test_the_same_search_ten_times_is_a_storm(db: api.TraceDB) -> None:
    (storm,) = answer(db, "retry_storms")
    assert (storm["name"], storm["attempts"], storm["first_step"], storm["last_step"]) == (
        "web_search",
        10,
        2,
        20,
    )
    assert answer(db, "retry_storms", attempts="11") == []


def test_the_refund_waited_a_minute_for_its_approval(db: api.TraceDB) -> None:
    (wait,) = answer(db, "approval_waits")
    assert (wait["name"], wait["waited_s"]) == ("refund-graph", 63.001)
    assert db.run(wait["resumed_by"]).status == "ok"


def test_figures_of_tools_are_those_of_their_calls(db: api.TraceDB) -> None:
    calls = all_rows(db.sql("SELECT name, status, duration_ns FROM tool_calls"))
    for row in answer(db, "tool_success_rate"):
        mine = [status for name, status, _ in calls if name == row["tool"]]
        assert (row["calls"], row["worked"], row["failed"]) == (
            len(mine),
            mine.count("ok"),
            mine.count("error"),
        )
        known = row["worked"] + row["failed"]
        assert row["success_rate"] == (round(row["worked"] / known, 4) if known else None)
    slowest = answer(db, "slowest_tools")
    assert max(row["slowest_ms"] for row in slowest) == round(
        max(ns for *_, ns in calls if ns is not None) / 1e6, 1
    )


def test_costs_add_up_to_those_of_the_runs(db: api.TraceDB) -> None:
    ((whole,),) = all_rows(db.sql("SELECT sum(cost_usd) FROM runs"))
    assert sum(row["cost_usd"] or 0 for row in answer(db, "cost_by_day_and_model")) == whole > 0
    assert answer(db, "dearest_runs", limit="100")[-1]["share_so_far"] == 1


def test_growth_of_the_loop_is_its_first_and_last_input(db: api.TraceDB) -> None:
    loop = next(row for row in answer(db, "token_growth") if row["run_id"].startswith("5da4"))
    assert (loop["calls"], loop["first_input_tokens"], loop["last_input_tokens"]) == (10, 149, 1551)


def test_errors_alike_are_one_signature(db: api.TraceDB) -> None:
    text = question("error_signatures").text
    made = (
        "WITH spans AS (SELECT 'r' || range AS run_id, true AS raised, NULL AS duplicate_of,"
        " 1 AS step, NULL::TIMESTAMP AS started_at, 'E' AS error_type, 'order ' || (range * 977) || ' of user'"
        " || ' 0af7651916cd43dd8448eb211c80319' || range || ' failed: ''x' || range || '''' AS error_message, 'tool' AS tool_name,"
        " 'n' AS name FROM range(3)), "
    )
    rows = all_rows(db.sql(made + text.removeprefix("WITH "), {"runs": "1"}))
    assert [row[:4] for row in rows] == [("E", "order <n> of user <id> failed: <text>", 3, 3)]


def test_spans_tell_what_stands_above_them_and_where_errors_arose(db: api.TraceDB) -> None:
    above = (
        "SELECT count(*), count(s.parent_id) FROM spans AS s LEFT JOIN spans AS a ON a.run_id = s.run_id AND a.depth = s.depth - 1"
        " AND a.position < s.position AND s.position < a.subtree_end WHERE s.parent_id IS DISTINCT FROM a.span_id"
    )
    assert all_rows(db.sql(above)) == [(0, 0)]
    arose = (
        "SELECT count(*) FROM spans AS s WHERE raised IS DISTINCT FROM (status = 'error' AND NOT EXISTS (FROM spans AS b"
        " WHERE b.run_id = s.run_id AND b.status = 'error' AND b.position > s.position AND b.position < s.subtree_end))"
    )
    assert all_rows(db.sql(arose)) == [(0,)]
    assert all_rows(
        db.sql("SELECT count(*) FILTER (raised) < count(*) FILTER (status = 'error') FROM spans")
    ) == [(True,)]


def test_what_is_asked_wrongly_is_told(db: api.TraceDB) -> None:
    with pytest.raises(UsageError, match="no question"):
        question("slowest_tool_of_all")
    with pytest.raises(UsageError, match="asks for run"):
        question("similar_runs").values({})
    with pytest.raises(UsageError, match="no parameter"):
        question("slowest_tools").values({"nosuch": "1"})
    with pytest.raises(QueryError, match="no run zzz"):
        answer(db, "similar_runs", run="zzz")


def test_questions_and_scripts_on_the_command_line(tmp_path: Any) -> None:
    sample = OTLP / "research_same_search_loop.jsonl"
    listed = in_this_process("query", "retry-storms", sample, "--json")
    assert [row["attempts"] for row in listed.json] == [10], listed.err
    script = "SELECT kind, count(*) AS n FROM spans GROUP BY kind; FROM result_1 WHERE n > $least"
    done = in_this_process("sql", script, sample, "--script", "--param", "least=9", "--json")
    assert {row["kind"] for row in done.json} == {"LLM", "TOOL"}, done.err
    out = tmp_path / "out.csv"
    assert in_this_process("sql", "SELECT 1 AS n", sample, "-o", out).status == 0
    again = in_this_process("sql", "SELECT 2 AS n", sample, "-o", out)
    assert (again.status, out.read_text()) == (2, "n\n1\n")
