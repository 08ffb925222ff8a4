"""The program's own SQL in the asking process: one statement that reads, its result kept in a temporary table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeAlias

import duckdb

from tracetui.errors import InterruptedByUser, NotLoadedError, QueryError, UsageError
from tracetui.pricing.rows import PriceRow
from tracetui.store import id_lists, pricing
from tracetui.store.gates import NOT_LOADED
from tracetui.store.id_lists import Lists
from tracetui.store.query_errors import told
from tracetui.store.statements import explained_query, one_statement

_GRACE_S = 3.0
_MOMENTS = frozenset(
    (
        "TIMESTAMP",
        "TIMESTAMP_NS",
        "TIMESTAMP_MS",
        "TIMESTAMP_S",
        "TIMESTAMP WITH TIME ZONE",
        "TIME",
        "TIME WITH TIME ZONE",
    )
)
_TABLE = "tracetui_result"
"""Temporary tables belong to their cursor, so each result may use the same name."""
_KEEP = f"CREATE TEMP TABLE {_TABLE} AS FROM (\n{{query}}\n)"
_LINES_BEFORE = 1
"""Lines of `_KEEP` before those of the query."""


Values: TypeAlias = "Sequence[Any] | Mapping[str, Any]"
"""Parameters of a statement by place or by name."""


class Result:
    """The rows of a query, fetched by window from a temporary table that belongs to this object.

    Times with nanoseconds arrive as text, so that nothing is rounded; other values as Python has them.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, query: str, parameters: Values) -> None:
        self._cursor = cursor
        self.columns: tuple[str, ...] = ()
        self.types: tuple[str, ...] = ()
        self._explained: list[tuple[Any, ...]] | None = None
        if explained_query(query):
            self._explain(query, parameters)
        else:
            self._keep(query, parameters)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        if self._explained is not None:
            return len(self._explained)
        return len(self._cursor.table(_TABLE))

    def rows(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        """Rows from `start` up to but not including `stop`, counted from 0, in the order of the query."""
        if self._explained is not None:
            return self._explained[start:stop]
        relation = self._cursor.table(_TABLE).filter(f"rowid >= {int(start)} AND rowid < {int(stop)}")
        return relation.order("rowid").project(self._exact).fetchall()

    def close(self) -> None:
        """Drop the rows."""
        self._cursor.close()

    def _explain(self, query: str, parameters: Values) -> None:
        self._cursor.execute(query, _values(parameters))
        self.columns = tuple(column[0] for column in self._cursor.description or ())
        self.types = ("VARCHAR",) * len(self.columns)
        self._explained = self._cursor.fetchall()

    def _keep(self, query: str, parameters: Values) -> None:
        self._cursor.execute(_KEEP.format(query=query), _values(parameters))
        relation = self._cursor.table(_TABLE)
        self.columns = tuple(relation.columns)
        self.types = tuple(str(kind) for kind in relation.types)
        self._exact = ", ".join(
            f"CAST({_quoted(name)} AS VARCHAR)" if _is_moment(kind) else _quoted(name)
            for name, kind in zip(self.columns, self.types, strict=True)
        )


def run(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    parameters: Values,
    prices: Sequence[PriceRow] | None = None,
    lists: Lists | None = None,
) -> Result:
    """The result of one statement that only reads; raises QueryError for any other and for what fails.

    `prices` hold for the statement; without them those of the database. Filters in it may name the `lists`.
    """
    statement = one_statement(connection, query).text
    cursor = connection.cursor()
    pricing.use(cursor, prices)
    id_lists.use(cursor, lists or {})
    try:
        return _interruptible(cursor, lambda: Result(cursor, statement, parameters))
    except duckdb.Error as error:
        cursor.close()
        _refuse_not_loaded(error)
        left_out = query[: max(query.find(statement), 0)].count("\n")
        wrapped = 0 if explained_query(statement) else _LINES_BEFORE
        raise QueryError(told(str(error), query, wrapped - left_out)) from None


def _interruptible(cursor: duckdb.DuckDBPyConnection, answer: Callable[[], Result]) -> Result:
    """The answer, computed in a thread: DuckDB itself looks only now and then whether ctrl+c was pressed."""
    outcome: Future[Result] = Future()

    def work() -> None:
        try:
            outcome.set_result(answer())
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
            outcome.set_exception(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        return outcome.result()
    except KeyboardInterrupt:
        cursor.interrupt()
        thread.join(_GRACE_S)
        raise InterruptedByUser("the query was interrupted") from None


@contextmanager
def reading(
    connection: duckdb.DuckDBPyConnection,
    prices: Sequence[PriceRow] | None = None,
    lists: Lists | None = None,
    money: str | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor for our own reads, with these prices, what calls cost by them where that is kept, and lists of ids;
    raises NotLoadedError where one needs what is not loaded, UsageError where the connection is closed."""
    cursor = _cursor_of(connection)
    try:
        pricing.use(cursor, prices, money)
        id_lists.use(cursor, lists or {})
        yield cursor
    except duckdb.Error as error:
        _refuse_not_loaded(error)
        _cursor_of(connection).close()  # closed by another thread meanwhile: then that is what went wrong
        raise
    finally:
        cursor.close()


def _cursor_of(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    try:
        return connection.cursor()
    except duckdb.ConnectionException:
        raise UsageError("the database is closed", "Open it again with `tracetui.open`.") from None


def _refuse_not_loaded(error: duckdb.Error) -> None:
    if NOT_LOADED in str(error):
        raise NotLoadedError(
            "the question needs payloads that are not loaded",
            "Load them with --full, or wait until they are.",
        ) from None


def _values(parameters: Values) -> list[Any] | dict[str, Any]:
    return dict(parameters) if isinstance(parameters, Mapping) else list(parameters)


def _is_moment(kind: str) -> bool:
    return kind in _MOMENTS


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
