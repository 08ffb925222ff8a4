"""Statements in two parts give the rows of the whole, each once; others are left as they are."""

from __future__ import annotations

import pytest

from tests.loading.dumps import load
from tests.sql.sessions import SAMPLE
from tracetui.store import first_rows

BY_ROW = (
    "SELECT * FROM spans",
    "FROM spans AS s SELECT s.name, upper(kind), depth + 1, attributes ->> 'x' WHERE s.depth BETWEEN 1 AND 3",
    "SELECT span_id FROM spans WHERE name ILIKE '%a%' AND NOT raised LIMIT 3",
    "SELECT COLUMNS('n.*'), CASE WHEN depth IN (0, 1) THEN name[1:2] END FROM spans LIMIT 1000",
)
WHOLE = (
    "SELECT count(*) FROM spans",
    "SELECT any_value(name), min(depth) FROM spans",
    "SELECT * REPLACE (max(name) AS name) FROM spans",
    "SELECT row_number() OVER () FROM spans",
    "SELECT DISTINCT name FROM spans",
    "SELECT name FROM spans ORDER BY start_ns LIMIT 3",
    "SELECT name FROM spans LIMIT 3 OFFSET 1",
    "SELECT name FROM spans LIMIT 50%",
    "SELECT name FROM spans USING SAMPLE 3",
    "SELECT name FROM spans QUALIFY true",
    "SELECT name FROM spans GROUP BY ALL",
    "SELECT name FROM spans WHERE depth = (SELECT max(depth) FROM spans)",
    "SELECT unnest([1, 2]) FROM spans",
    "FROM spans, runs",
    "FROM spans UNION ALL FROM spans",
    "WITH spans AS (SELECT 1) FROM spans",
    "FROM main.spans",
    "SUMMARIZE spans",
    "EXPLAIN FROM spans",
    "FROM runs -- spans",
)


def test_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with load(SAMPLE) as db:
        assert first_rows.parts(db._connection, BY_ROW[0]).statements == (BY_ROW[0],), "it has few spans"
        monkeypatch.setattr(first_rows, "MANY_SPANS", 0)
        monkeypatch.setattr(first_rows, "_FIRST_SPANS", 4)
        for statement in BY_ROW:
            found = first_rows.parts(db._connection, statement)
            results = [db.read(part) for part in found.statements]
            rows = [row for result in results for row in result.rows(0, result.row_count)][: found.row_limit]
            whole = db.read(statement)
            assert len(rows) == whole.row_count
            if found.row_limit is None:  # else it is left open which rows are chosen
                assert sorted(map(repr, rows)) == sorted(map(repr, whole.rows(0, whole.row_count)))
            assert len(results) == 2
            assert all(result.columns == whole.columns for result in results)
            assert all(result.types == whole.types for result in results)
            assert results[0].row_count
        for statement in WHOLE:
            assert first_rows.parts(db._connection, statement).statements == (statement,)
