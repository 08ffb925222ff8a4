"""Statements that never end, take everything or crash DuckDB: the session answers the next one all the same."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import pytest

from tests.sql.sessions import all_rows, session
from tracetui.errors import QueryError, TracetuiError, WorkerError
from tracetui.workers.queries import QuerySession

_RUNAWAYS = {
    "a range without end": "SELECT sum(i) FROM range(1000000000000) t(i)",
    "recursion without end": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    "a pause": "SELECT sleep_ms(100000)",
    "a text of gigabytes": "SELECT length(repeat('x', 2000000000))",
    "padding": "SELECT length(lpad('x', 2000000000, 'y'))",
    "a distance": "SELECT levenshtein(repeat('a', 60000), repeat('b', 60000))",
    "moments": "SELECT count(*) FROM (SELECT unnest(range(TIMESTAMP '0001-01-01', TIMESTAMP '2000-01-01', INTERVAL 1 SECOND)))",
    "rows without end": "SELECT i, repeat('x', 1000) AS x FROM range(1000000000000) t(i)",
    "a window": "SELECT sum(hash(i)) OVER (ORDER BY hash(i) ROWS BETWEEN 100000 PRECEDING AND 100000 FOLLOWING)"
    " FROM range(50000000) t(i)",
    "a join on few values": "SELECT count(*) FROM range(1000000) a(i) JOIN range(1000000) b(j)"
    " ON a.i % 3 = b.j % 3 AND hash(a.i) <> hash(b.j)",
    "a pattern": "SELECT regexp_replace(repeat('a', 20000000), '(a*)*b', 'x', 'g')",
    "a format": "SELECT length(printf('%1000000000d', 1))",
    "a list": "SELECT len(list_resize([1], 2000000000))",
    "ten thousand parts": " UNION ALL ".join(["SELECT 1"] * 6_000),
    "a view of a view of a view": "WITH a0 AS (SELECT 1 AS x), "
    + ", ".join(f"a{i} AS (SELECT l.x FROM a{i - 1} AS l, a{i - 1} AS r)" for i in range(1, 27))
    + " FROM a26",
    "brackets": f"SELECT {'(' * 45_000}1{')' * 45_000}",
}  # fmt: skip


@pytest.fixture(scope="module")
def asked() -> Iterator[QuerySession]:
    with session(keeps_spare=True) as opened:
        database = opened._sandbox.database
        before = hashlib.sha256(database.read_bytes()).hexdigest(), sorted(database.parent.iterdir())
        yield opened
        after = hashlib.sha256(database.read_bytes()).hexdigest(), sorted(database.parent.iterdir())
        assert after == before  # the files of the traces are as they were


@pytest.mark.parametrize("what", _RUNAWAYS)
def test_a_runaway_is_cancelled_and_the_next_statement_answered(asked: QuerySession, what: str) -> None:
    running = asked.start(_RUNAWAYS[what])
    with contextlib.suppress(TracetuiError):  # memory may end it before it is cancelled
        running.wait(0.3)
        running.cancel()
        assert running.wait(10)
    assert not running.is_running
    running.close()
    assert all_rows(asked.run("SELECT 42")) == [(42,)]


def test_a_statement_that_crashes_duckdb_is_told_and_the_next_one_answered(asked: QuerySession) -> None:
    with pytest.raises((WorkerError, QueryError)):
        asked.run("SELECT (repeat('[', 50000) || repeat(']', 50000))::JSON::VARIANT")
    assert all_rows(asked.run("SELECT 42")) == [(42,)]
