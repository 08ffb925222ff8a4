"""Results grow while they are looked at, are kept, survive the death of their process; nothing that runs away harms."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tests.sql.sessions import all_rows, resident_bytes, session
from tracetui.errors import InterruptedByUser, QueryError, TracetuiError, UsageError, WorkerError
from tracetui.store.query_limits import QueryLimits
from tracetui.workers.queries import QuerySession

ENDLESS = "SELECT count(*) FROM range(1000000000000)"
DEAF = "SELECT repeat('x', 2000000000) || repeat('y', 2000000000)"
"""Looks at no interrupt for many seconds."""
MIB = 2**20


@pytest.fixture(scope="module")
def asked() -> Iterator[QuerySession]:
    with session() as opened:
        yield opened


def worker_of(opened: QuerySession) -> int:
    opened.run("SELECT 1")
    return opened._process.pid


def test_values_are_exact(asked: QuerySession) -> None:
    query = """
        SELECT 9223372036854775807 AS whole, 9223372036854775807::HUGEINT * 2 AS wide, 0.10::DECIMAL(4, 2) AS tenth,
            1e300::DOUBLE AS large, 1/0 AS endless, true AS yes, NULL AS nothing, 'é\u202e' AS text, '\\x00ff'::BLOB AS bytes,
            make_timestamp_ns(1234567890123456789) AS moment, DATE '2026-02-03' AS day, [1, NULL, 3] AS list,
            {'a': 1.5::DECIMAL(3, 1), '$decimal': [2::HUGEINT]} AS object, MAP {'k': 1} AS map, '{"a": [1]}'::JSON AS json,
            uuid() IS NOT NULL AS id, INTERVAL 3 DAY AS span, 'x'::ENUM ('x', 'y') AS choice, 1 AS twice, 2 AS twice"""
    result = asked.run(query)
    (row,) = all_rows(result)
    found = dict(zip(result.columns, row, strict=True))
    assert found["whole"] == 2**63 - 1
    assert found["wide"] == 2**64 - 2
    assert (str(found["tenth"]), found["large"], found["endless"]) == ("0.10", 1e300, float("inf"))
    assert (found["yes"], found["nothing"], found["text"]) == (True, None, "é\u202e")
    assert (found["bytes"], found["moment"]) == (b"\x00ff", "2009-02-13 23:31:30.123456789")
    assert (found["day"], found["list"]) == ("2026-02-03", [1, None, 3])
    assert str(found["object"]) == "{'a': Decimal('1.5'), '$decimal': [Decimal('2')]}"
    assert (found["map"], found["json"], found["choice"]) == ({"k": 1}, '{"a": [1]}', "x")
    assert (found["span"], found["twice"], found["twice_1"]) == ("3 days", 1, 2)


def test_two_million_rows_scroll_in_constant_memory(asked: QuerySession) -> None:
    result = asked.start("SELECT range AS n, 'row ' || range AS text FROM range(2_000_000)")
    assert result.wait_for_columns(30)
    while not result.row_count:
        time.sleep(0.01)
    assert result.cells(0, 2) == [["0", "row 0"], ["1", "row 1"]]  # while it goes on
    assert result.wait(60)
    pid = worker_of(asked)
    before, own = resident_bytes(pid), resident_bytes(os.getpid())
    for start in range(0, 2_000_000, 9_973):
        assert result.cells(start, start + 40)[0] == [str(start), f"row {start}"]
    assert result.row_count == 2_000_000
    assert result.cells(1_999_990, 2_100_000)[-1] == ["1999999", "row 1999999"]
    assert resident_bytes(pid) - before < 48 * MIB
    assert resident_bytes(os.getpid()) - own < 16 * MIB
    result.close()


def test_a_long_text_is_cut_in_a_cell_and_whole_in_the_viewer(asked: QuerySession) -> None:
    result = asked.run(
        "SELECT 'é' || repeat('x', 5_000_000) AS long, [repeat('y', 400_000)] AS list, NULL AS none"
    )
    ((cell, in_list, none),) = result.cells(0, 1)
    assert (cell, none) == ("é" + "x" * 1_999 + "…", None)
    assert str(in_list).endswith("…")
    assert result.cell(0, 0) == "é" + "x" * 5_000_000
    ((text, items, _),) = all_rows(result)
    assert (text, items) == ("é" + "x" * 5_000_000, ["y" * 400_000])


def test_chosen_columns_alone_are_sent(asked: QuerySession) -> None:
    result = asked.run("SELECT 1 AS a, 2 AS b, 3 AS c")
    assert result.cells(0, 1, columns=[2, 0]) == [["3", "1"]]


def test_a_kept_result_is_queried_further_with_its_types(asked: QuerySession) -> None:
    query = "SELECT run_id, started_at, sum(duration_ns) OVER () AS whole, [kind] AS kinds, attributes, [metadata] AS facts FROM spans"
    name = asked.run(query).keep()
    described = {row[0]: row[1] for row in all_rows(asked.run(f"DESCRIBE {name}"))}
    assert described == {
        "run_id": "VARCHAR", "started_at": "TIMESTAMP_NS", "whole": "HUGEINT", "kinds": "VARCHAR[]",
        "attributes": "JSON", "facts": "JSON[]",
    }  # fmt: skip
    (counted,) = all_rows(
        asked.run(
            f"SELECT count(*), count(*) FILTER (runs.started_at IS NULL) FROM {name} JOIN runs USING (run_id)"
        )
    )
    assert counted[0] == all_rows(asked.run("SELECT count(*) FROM spans"))[0][0]
    assert asked.run("SELECT 7 AS n").keep("mine") == "mine"
    assert all_rows(asked.run("FROM mine")) == [(7,)]
    with pytest.raises(UsageError, match="no name"):
        asked.run("SELECT 1").keep("a b")


def test_kept_results_go_over_to_the_next_session_of_a_load() -> None:
    with session() as before, session() as after:
        before.run("SELECT 42 AS n").keep()
        after.take_over(before)
        before.close()
        assert list(after.tables) == ["result_1"]
        assert all_rows(after.run("FROM result_1")) == [(42,)]
        assert after.run("SELECT 1").keep() == "result_2"


def test_the_parameter_that_does_not_convert_is_named(asked: QuerySession) -> None:
    with pytest.raises(QueryError) as told:
        asked.run("SELECT $least::BIGINT, $other::TEXT", {"least": "many", "other": "x"})
    assert told.value.hint == "That is the value of $least."


def test_results_survive_the_death_of_their_process() -> None:
    with session(keeps_spare=True) as opened:
        result = opened.run("SELECT range AS n FROM range(10_000)")
        name = result.keep()
        for _ in range(2):
            os.kill(worker_of(opened), signal.SIGKILL)
            assert result.rows(9_999, 10_000) == [(9_999,)]
            assert all_rows(opened.run(f"SELECT sum(n) FROM {name}")) == [(49_995_000,)]


def test_a_process_killed_in_the_middle_of_a_query_is_told_and_replaced() -> None:
    with session() as opened:
        pid = worker_of(opened)
        running = opened.start(ENDLESS)
        running.wait(0.3)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="signal 9"):
            running.wait(10)
        assert all_rows(opened.run("SELECT 42")) == [(42,)]


def test_a_running_query_is_cancelled_and_the_process_stays(asked: QuerySession) -> None:
    pid = worker_of(asked)
    running = asked.start(ENDLESS)
    assert not running.wait(0.3)
    running.cancel()
    with pytest.raises(InterruptedByUser):
        running.wait(1)
    assert worker_of(asked) == pid


def test_what_ignores_interrupts_is_killed() -> None:
    with session(limits=QueryLimits(address_space_bytes=2**36), keeps_spare=True) as opened:
        pid = worker_of(opened)
        running = opened.start(DEAF)
        assert not running.wait(0.4)
        running.cancel()
        with pytest.raises(InterruptedByUser):
            running.wait(1)
        assert worker_of(opened) != pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_rows_that_came_before_a_cancel_stay(asked: QuerySession) -> None:
    running = asked.start("SELECT a.range AS n FROM range(100_000_000_000) a")
    while running.row_count < 10_000:
        time.sleep(0.01)
    running.cancel()
    assert running.wait(5)
    assert running.limit == "it was cancelled"
    assert running.rows(9_999, 10_000) == [(9_999,)]
    running.close()


def test_time_rows_and_memory_are_bounded() -> None:
    limits = QueryLimits(seconds=0.5, rows=5_000, memory_bytes=256 * MIB)
    with session(limits=limits) as opened:
        with pytest.raises(QueryError, match="longer than"):
            opened.run(ENDLESS)
        cut = opened.run("SELECT range AS n FROM range(5_001)")
        assert (cut.row_count, "at most 5,000 rows" in cut.limit) == (5_000, True)
        assert opened.run("SELECT range AS n FROM range(5_000)").limit == ""
    with (
        session(limits=replace(limits, seconds=30.0)) as opened,
        pytest.raises(QueryError, match="bytes of memory"),
    ):
        opened.run("SELECT list(range::VARCHAR || repeat('x', 1000)) FROM range(10_000_000)")


def test_a_query_that_takes_all_memory_harms_nobody() -> None:
    with session(limits=QueryLimits(address_space_bytes=1_500 * MIB)) as opened:
        with pytest.raises(TracetuiError):
            opened.run("SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000))")
        assert all_rows(opened.run("SELECT 42")) == [(42,)]


def test_progress_is_told(asked: QuerySession) -> None:
    running = asked.start("SELECT sum(hash(a.range + b.range)) FROM range(40_000) a, range(40_000) b")
    while not running.fraction and not running.wait(0.05):
        assert running.elapsed_s < 30
    fraction = running.fraction
    assert running.is_running
    running.cancel()
    assert fraction is not None
    assert 0 < fraction < 1


def test_threads_may_ask_at_once(asked: QuerySession) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        found.append(all_rows(asked.run("SELECT $n::INTEGER", {"n": number}))[0][0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(8))


def test_statements_of_a_script_are_placed(asked: QuerySession) -> None:
    script = "-- first\nSELECT 1;\nFROM runs WHERE run_id = $run AND steps > $least;\n\nSELECT ';'"
    found = asked.statements(script)
    assert [script[one["start"] : one["stop"]] for one in found] == [one["text"] for one in found]
    assert [one["text"] for one in found] == [
        "SELECT 1",
        "FROM runs WHERE run_id = $run AND steps > $least",
        "SELECT ';'",
    ]
    assert found[1]["parameters"] == ["least", "run"]
    with pytest.raises(QueryError, match="LINE 2"):
        asked.statements("SELECT 1;\nSELEC 2")


def test_a_missing_parameter_is_asked_for(asked: QuerySession) -> None:
    with pytest.raises(QueryError, match=r"\$least, \$run"):
        asked.run("FROM runs WHERE run_id = $run AND steps > $least")
    assert all_rows(asked.run("SELECT ? + 1", [41])) == [(42,)]


def test_a_plan_is_a_tree_of_operators(asked: QuerySession) -> None:
    result = asked.run("EXPLAIN ANALYZE SELECT kind, count(*) FROM spans GROUP BY kind ORDER BY 2")
    rows = [dict(zip(result.columns, row, strict=True)) for row in all_rows(result)]
    scans = [row for row in rows if "TABLE_SCAN" in row["operator"]]
    assert rows[0]["operator"][0].isalpha()
    assert scans
    assert all(row["operator"].startswith((" ", "│", "├", "└")) for row in scans)
    assert {row["rows"] for row in scans} & {all_rows(asked.run("SELECT count(*) FROM spans"))[0][0]}
    assert abs(sum(row["share"] for row in rows) - 1) < 0.05
    planned = asked.run("EXPLAIN SELECT 1")
    assert all_rows(planned)[0][planned.columns.index("ms")] is None


def test_nothing_is_left_of_a_session() -> None:
    with session() as opened:
        pid = worker_of(opened)
        folder = opened._sandbox.folder
        opened.run("SELECT 1").keep()
        assert (folder.stat().st_mode & 0o777, list(folder.iterdir()) != []) == (0o700, True)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("before", [0, 30, 60, 200])
@pytest.mark.parametrize("after", [0, 40, 200])
def test_the_place_of_an_error_in_a_long_line_is_in_view(
    asked: QuerySession, before: int, after: int
) -> None:
    with pytest.raises(QueryError) as raised:
        asked.run(f"SELECT '{'x' * before}' AS a, nmae, '{'y' * after}' AS b FROM runs")
    line, caret = raised.value.message.splitlines()[-2:]
    assert len(line) <= 76
    assert line[len(caret) - 4 :].startswith("nmae")
    assert caret.strip() == "^^^^"


def test_the_place_of_an_error_counts_cells_of_the_terminal(asked: QuerySession) -> None:
    for before in ("漢" * 3, "漢" * 70, "e\u0301\t漢", "\t"):
        with pytest.raises(QueryError) as raised:
            asked.run(f"SELECT '{before}' AS a, nmae, '{'漢' * 60}' AS b FROM runs")
        line, caret = raised.value.message.splitlines()[-2:]
        assert cell_len(line) <= 76
        assert cell_len(line[: line.index("nmae")]) == len(caret) - 4
