"""Runs what a person typed, in the process that exists for it: statement by statement, each result on disk."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tracetui.errors import InterruptedByUser, NotLoadedError, QueryError, TracetuiError
from tracetui.store.column_types import WIDEST_IN_FILES, KeptColumn, kept_columns, quoted
from tracetui.store.first_rows import parts
from tracetui.store.gates import NOT_LOADED
from tracetui.store.kept_results import of_users, offer
from tracetui.store.plans import plan_rows
from tracetui.store.query_errors import told
from tracetui.store.query_limits import QueryLimits
from tracetui.store.spool import BATCH_ROWS, Spool
from tracetui.store.statements import Statement, explained_query, one_statement, statements_of

_PLAN_COLUMNS = (
    ("operator", "VARCHAR", pa.string()), ("rows", "BIGINT", pa.int64()), ("expected_rows", "BIGINT", pa.int64()),
    ("ms", "DOUBLE", pa.float64()), ("share", "DOUBLE", pa.float64()), ("detail", "VARCHAR", pa.string()),
)  # fmt: skip
_CANCELLED = "it was cancelled"
_CLOSED = "LocalFileSystem has been disabled"
_PROJECTED_LINES = 2
_SHOWS = re.compile(r"\bSHOW\s+(?:ALL\s+)?TABLES\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """One statement to run. `kept` maps names under which it may read earlier results to their files."""

    text: str
    parameters: Any
    kept: Mapping[str, Path]
    prices: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a result ended: `limit` says which bound cut it short, empty where all rows are there."""

    rows: int
    elapsed_ns: int
    limit: str


class TypedSql:
    """One connection, on which statements run one after the other; `interrupt` and `progress` come from other threads.

    It is always the same, since the progress of a query is known on a connection of its own settings only.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, limits: QueryLimits, *, is_unsafe: bool
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._is_unsafe = is_unsafe
        self._is_running = False
        self._has_prices = False
        self._is_interrupted = False

    def statements(self, script: str) -> list[Statement]:
        """The statements of a script; raises QueryError where it does not parse."""
        return statements_of(self._connection, script)

    def run(self, question: Question, path: Path, begun: Callable[[Spool], None]) -> Ended:
        """Write the result to a new file at `path`; `begun` is told of it once its first rows are there, or none come.

        Raises QueryError, NotLoadedError, or InterruptedByUser where `interrupt` came before the first row.
        """
        self._is_interrupted = False
        began_ns = time.monotonic_ns()
        statement = self._allowed(question.text)
        _refuse_missing(statement, question.parameters)
        self._is_running = True
        try:
            self._prepare(question)
            rows, limit = self._filled(_answer(self._connection, statement, question.parameters), path, begun)
            return Ended(rows, time.monotonic_ns() - began_ns, limit)
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise self._told(error, statement, question) from None
        finally:
            self._is_running = False

    def interrupt(self) -> None:
        """Ask the running statement to stop; not every one listens."""
        self._is_interrupted = True
        if self._is_running:
            self._connection.interrupt()

    def progress(self) -> float | None:
        """Which part of the running statement is done, from 0 to 1; None where that is not known."""
        try:
            percent = float(self._connection.query_progress()) if self._is_running else -1.0
        except duckdb.Error:  # it ended meanwhile
            return None
        return None if percent < 0 else min(percent / 100, 1.0)

    def _allowed(self, query: str) -> Statement:
        if not self._is_unsafe:
            return one_statement(self._connection, query)
        (first, *rest) = self.statements(query) or [Statement("", 0, 0, ())]
        if rest or not first.text:
            raise QueryError("one statement is run at a time")
        return first

    def _prepare(self, question: Question) -> None:
        if self._has_prices or question.prices is not None:
            self._has_prices = question.prices is not None
            self._connection.execute("SET VARIABLE tracetui_prices = ?::store.price[]", [question.prices])
        for name, path in question.kept.items():
            if re.search(rf"\b{re.escape(name)}\b", question.text, re.IGNORECASE) or _SHOWS.search(
                question.text
            ):
                offer(self._connection, name, path)

    def _filled(self, answer: _Answer, path: Path, begun: Callable[[Spool], None]) -> tuple[int, str]:
        spool = Spool(path, answer.columns, answer.schema)
        try:
            limit = self._append_all(spool, answer.batches, begun)
        except BaseException:
            if not (self._is_interrupted and spool.row_count):
                spool.abandon()
                raise
            limit = _CANCELLED
        spool.finish()
        return spool.row_count, limit

    def _append_all(
        self, spool: Spool, batches: Iterator[pa.RecordBatch], begun: Callable[[Spool], None]
    ) -> str:
        """Which bound ended it early, or nothing."""
        has_begun = False
        for batch in batches:
            if self._is_interrupted:
                break
            left = self._limits.rows - spool.row_count
            if left:
                spool.append(batch.slice(0, left))
            if not has_begun:
                has_begun = True
                begun(spool)
            if batch.num_rows > left:
                return f"a result holds at most {self._limits.rows:,} rows"
            if spool.size_bytes > self._limits.result_bytes:
                return f"a result takes at most {self._limits.result_bytes:,} bytes"
        if not has_begun:
            begun(spool)
        return _CANCELLED if self._is_interrupted else ""

    def _told(self, error: Exception, statement: Statement, question: Question) -> TracetuiError:
        message = str(error)
        if self._is_interrupted or isinstance(error, duckdb.InterruptException):
            return InterruptedByUser("the query was interrupted")
        if NOT_LOADED in message:
            return NotLoadedError(
                "the question needs payloads that are not loaded",
                "Load them with --full, or wait until they are.",
            )
        if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
            return QueryError(
                f"the query needs more than the {self._limits.memory_bytes:,} bytes of memory that it may use",
                "Ask for fewer columns or rows, or aggregate.",
            )
        if f"to {WIDEST_IN_FILES}" in message and "DECIMAL" not in statement.text.upper():
            return QueryError(
                "whole numbers of more than 38 digits are not kept inside of lists and structs",
                "Cast them to VARCHAR or DOUBLE, or select them by themselves.",
            )
        if _CLOSED in message:
            return QueryError(
                "statements read and write no files",
                ":attach FILE, or --attach FILE on the command line, puts a copy of a file beside the traces.",
            )
        told = _placed(error, self._connection, statement.text, question)
        return QueryError(told, _hint_of_value(error, question.parameters))


def _refuse_missing(statement: Statement, parameters: Any) -> None:
    given = parameters if isinstance(parameters, dict) else {}
    missing = [name for name in statement.parameters if not name.isdigit() and name not in given]
    if missing:
        asked = ", ".join(f"${name}" for name in missing)
        raise QueryError(f"the query asks for {asked}", f"--param {missing[0]}=… gives it a value.")


def _hint_of_value(error: Exception, parameters: Any) -> str:
    """Which parameter holds the value that is not of the type asked for; nothing where that is not plain."""
    if not isinstance(error, duckdb.ConversionException) or not isinstance(parameters, dict):
        return ""
    message = str(error)
    names = [name for name, value in parameters.items() if f"'{value}'" in message or f'"{value}"' in message]
    return f"That is the value of ${names[0]}." if len(names) == 1 else ""


def _placed(error: Exception, cursor: duckdb.DuckDBPyConnection, statement: str, question: Question) -> str:
    """The message with the place in the text as typed, which DuckDB tells of a prepared statement only."""
    message = str(error)
    plan = explained_query(statement)
    run = statement if plan is None else plan[1]
    lines_before = 0 if plan is None else 1
    if plan is None and isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        try:
            cursor.execute(f"EXPLAIN\n{statement}", question.parameters or None)
        except duckdb.Error as same:
            message, lines_before = str(same), 1
    left_out = question.text[: max(question.text.find(run), 0)].count("\n")
    # a place that is told while rows stream counts the lines that the projection put in front
    texts = [told(message, question.text, before - left_out) for before in (lines_before, _PROJECTED_LINES)]
    return max(texts, key=len)  # where the place is not in the text as typed, it is left out


@dataclass(frozen=True, slots=True)
class _Answer:
    columns: list[KeptColumn]
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def _answer(cursor: duckdb.DuckDBPyConnection, statement: Statement, parameters: Any) -> _Answer:
    plan = explained_query(statement.text)
    if plan is not None and plan[0] in {"", "ANALYZE"}:
        return _plan(cursor, *plan, parameters)
    text = of_users(statement.text) if _SHOWS.fullmatch(statement.text) else statement.text
    relation: Any = cursor.sql(text, params=parameters or None)  # annotated as never None
    if relation is None:  # a statement without rows, where those are allowed
        return _Answer([], pa.schema([]), iter(()))
    columns = kept_columns(relation.columns, relation.types)
    kept = ", ".join(f"{c.stored(f'#{at}')} AS {quoted(c.name)}" for at, c in enumerate(columns, start=1))
    asked = parts(cursor, statement.text)
    whole = [relation] if len(asked.statements) == 1 else []
    relations = whole or (cursor.sql(part, params=parameters or None) for part in asked.statements)
    readers = (each.project(kept).to_arrow_reader(BATCH_ROWS) for each in relations)
    first = next(readers)
    return _Answer(columns, first.schema, _bounded(chain([first], readers), asked.row_limit))


def _bounded(readers: Iterable[pa.RecordBatchReader], row_limit: int | None) -> Iterator[pa.RecordBatch]:
    """The rows of all readers, at most `row_limit`; a reader is begun once those before it have ended."""
    left = row_limit
    for reader in readers:
        for batch in reader:
            yield batch if left is None else batch.slice(0, left)
            left = None if left is None else max(left - batch.num_rows, 0)
            if left == 0:
                return


def _plan(cursor: duckdb.DuckDBPyConnection, how: str, query: str, parameters: Any) -> _Answer:
    options = "ANALYZE, FORMAT json" if how else "FORMAT json"
    relation = cursor.sql(f"EXPLAIN ({options})\n{query}", params=parameters or None)
    rows = [astuple(row) for row in plan_rows(relation.fetchall()[-1][1])]
    columns = [KeptColumn(name, kind, kind) for name, kind, _ in _PLAN_COLUMNS]
    schema = pa.schema([(name, kind) for name, _, kind in _PLAN_COLUMNS])
    arrays = [
        pa.array(values, kind)
        for values, (_, _, kind) in zip(zip(*rows, strict=True), _PLAN_COLUMNS, strict=True)
    ]
    return _Answer(columns, schema, iter([pa.RecordBatch.from_arrays(arrays, schema=schema)]))
