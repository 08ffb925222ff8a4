"""Which SQL that a person typed may run: statements that only read, told apart by DuckDB's own parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from tracetui.errors import QueryError
from tracetui.store.query_errors import told

MAX_QUERY_CHARACTERS = 100_000

_EXPLAIN = re.compile(r"\s*EXPLAIN\s*(ANALYZE\b|\([^)]*\))?\s*", re.IGNORECASE)
_READS = re.compile(
    r"[\s(]*(PIVOT|UNPIVOT|FROM|SELECT|WITH|SUMMARIZE|DESCRIBE|SHOW|VALUES|TABLE)\b", re.IGNORECASE
)
_PIVOTS = re.compile(r"\s*PIVOT", re.IGNORECASE)
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_READING_KINDS = frozenset({"SELECT", "MULTI", "EXPLAIN"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script: its text without comments around it, and where in the script it stands.

    `start` and `stop` count characters from 0. `parameters` are the names behind `$`, sorted, those of `?` being
    numbers.
    """

    text: str
    start: int
    stop: int
    parameters: tuple[str, ...]


def statements_of(connection: duckdb.DuckDBPyConnection, script: str) -> list[Statement]:
    """The statements of a script, in order, whether they may run or not; raises QueryError where it does not parse."""
    return list(_placed(_parsed(connection, script), script))


def one_statement(connection: duckdb.DuckDBPyConnection, query: str) -> Statement:
    """The one statement of `query`, which only reads; raises QueryError for anything else."""
    parsed = _parsed(connection, query)
    text = bare(parsed[0].query) if len(parsed) == 1 else bare(query)
    explained = _EXPLAIN.match(text)
    inner = bare(text[explained.end() :]) if explained else text
    if not parsed or not _READS.match(inner):
        raise QueryError(
            "only statements that read are run",
            "Allowed: SELECT, FROM, WITH, PIVOT, SUMMARIZE, DESCRIBE, EXPLAIN.",
        )
    kinds = {str(statement.type).rpartition(".")[2] for statement in parsed}
    if not kinds <= _READING_KINDS or (len(parsed) > 1 and not _PIVOTS.match(inner)):
        raise QueryError(
            "only one statement that reads is run at a time",
            "On the command line --script runs several.",
        )
    if explained:
        one_statement(connection, inner)
    start = max(query.find(text), 0)
    return Statement(text, start, start + len(text), _names(parsed))


def explained_query(text: str) -> tuple[str, str] | None:
    """What stands between EXPLAIN and the query that it explains, and that query; None for other statements."""
    found = _EXPLAIN.match(text)
    return None if found is None else ((found.group(1) or "").upper(), bare(text[found.end() :]))


def bare(query: str) -> str:
    """The text without comments in front of it and semicolons behind it."""
    return _COMMENTS.sub("", query, count=1).rstrip("; \t\r\n")


def _parsed(connection: duckdb.DuckDBPyConnection, query: str) -> list[duckdb.Statement]:
    if len(query) > MAX_QUERY_CHARACTERS:
        raise QueryError(f"the query is longer than {MAX_QUERY_CHARACTERS:,} characters")
    try:
        return connection.extract_statements(query)
    except duckdb.Error as error:
        raise QueryError(told(str(error), query, 0)) from None
    except UnicodeEncodeError:
        raise QueryError("the query is not valid text: it holds half of a surrogate pair") from None


def _placed(parsed: list[duckdb.Statement], script: str) -> Iterator[Statement]:
    position = 0
    for statement in parsed:
        text = bare(statement.query)
        start = script.find(text, position)
        if start < 0:  # the parser gave other text than was written
            start = position
        position = start + len(text)
        yield Statement(text, start, position, _names([statement]))


def _names(parsed: list[duckdb.Statement]) -> tuple[str, ...]:
    return tuple(sorted({name for statement in parsed for name in statement.named_parameters}))
